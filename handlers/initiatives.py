"""AI initiatives in chat: add one, see who answers for it, change it."""

from domain.contributions import clean
from domain.errors import InvalidField, KeyTaken, NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import Initiative, InitiativeDraft, normal_key
from domain.people import Act, Part, may
from handlers.capability import Actor, AnyReply, Capability, FormRoute, marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    ChoiceInput,
    Column,
    Context,
    Element,
    Fact,
    Facts,
    Form,
    Heading,
    Option,
    PersonInput,
    Shown,
    Table,
    Text,
    TextInput,
    runs,
    sentence,
)
from handlers.conversation import Command, Open, Press, Replace, Say, Submission
from handlers.people import picked, user_id_of
from handlers.phrases import find_initiative
from storage import initiatives
from storage import people as directory
from storage.store import Work

PAGE = 20
_INPUT_OF = {
    Part.BUSINESS_SPONSOR: "business_sponsor",
    Part.TECHNICAL_SPONSOR: "technical_sponsor",
    Part.PRODUCT_OWNER: "product_owner",
}
_WHAT_IT_MEANS = {
    Part.BUSINESS_SPONSOR: "Accountable for the outcome.",
    Part.TECHNICAL_SPONSOR: "Accountable for robustness and safe deployment.",
    Part.PRODUCT_OWNER: "From the department: controls the backlog and accepts the work.",
}


class CannotCreate(NotAllowed):
    """Only administrators, HR and the AI function add initiatives. Ask one of them to add yours."""


class CannotEdit(NotAllowed):
    """Only its sponsors and administrators can edit an initiative."""


class WhichInitiative(Refused):
    """Please say which one: `initiative show claims`."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative` alone lists them; `initiative claims` shows one."""
    if command.text.strip():
        return on_show(actor, command, work)
    return on_list(actor, command, work)


def on_new(actor: Actor, command: Command, work: Work) -> AnyReply:
    _require(actor, Act.CREATE_INITIATIVE, CannotCreate())
    return Open(form=_form(actor, {"name": command.text.strip()[:120]}, work))


def on_edit(actor: Actor, command: Command, work: Work) -> AnyReply:
    if not command.text.strip():
        raise WhichInitiative
    return _edit(actor, find_initiative(work, command.text), work)


def on_show(actor: Actor, command: Command, work: Work) -> AnyReply:
    if not command.text.strip():
        raise WhichInitiative
    return Say(card=_shown(actor, find_initiative(work, command.text), work))


def on_list(actor: Actor, command: Command, work: Work) -> AnyReply:
    return Say(card=_listed(actor, 0, work))


def on_page(actor: Actor, press: Press, work: Work) -> AnyReply:
    skip = int(press.value) if press.value.isascii() and press.value.isdecimal() else 0
    return Replace(card=_listed(actor, skip, work))


def on_show_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=_shown(actor, _by_value(press.value, work), work))


def on_edit_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _edit(actor, _by_value(press.value, work), work)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A new initiative, or a change to one."""
    present = _by_value(submission.context, work) if submission.context else None
    if present is None:
        _require(actor, Act.CREATE_INITIATIVE, CannotCreate())
    else:
        _require(actor, Act.EDIT_INITIATIVE, CannotEdit(), present)
    draft = _read(actor, submission, work)
    owner = initiatives.key_owner(work, draft.key)
    if owner is not None and (present is None or owner != present.id):
        raise KeyTaken(key=f"Another initiative has the key “{draft.key}”. Please choose a different one.")
    if present is None:
        number = initiatives.add(work, draft, created_by_id=actor.person.id)
    else:
        number = present.id
        initiatives.change(work, number, draft)
    stored = initiatives.by_id(work, number)
    if stored is None:
        raise NoSuchInitiative
    said = "It is added. Colleagues can log what they put in." if present is None else "It is changed."
    return Say(card=_shown(actor, stored, work, note=said))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    values = {name: submission.text(name) for name in submission.values}
    return _form(actor, values, work, context=submission.context)


def _edit(actor: Actor, initiative: Initiative, work: Work) -> AnyReply:
    _require(actor, Act.EDIT_INITIATIVE, CannotEdit(), initiative)
    values = {
        "key": initiative.key,
        "name": initiative.name,
        "outcome": initiative.outcome,
        "department": str(initiative.department_id),
    }
    for part, holder in _holders(initiative).items():
        values[_INPUT_OF[part]] = user_id_of(actor, holder, work) or ""
    return Open(form=_form(actor, values, work, context=str(initiative.id), held=initiative))


def _form(
    actor: Actor,
    values: dict[str, str],
    work: Work,
    *,
    context: str = "",
    held: Initiative | None = None,
) -> Form:
    departments = tuple(Option(key=str(number), label=name) for number, name in directory.departments(work))
    chosen = values.get("department")
    names = {} if held is None else directory.by_ids(work, _holders(held).values())
    elements: list[Element] = [
        TextInput(
            name="name",
            label="Name",
            value=values.get("name") or None,
            placeholder="Claims triage",
            max_length=120,
        ),
        TextInput(
            name="key",
            label="Short key",
            value=values.get("key") or None,
            placeholder="claims",
            hint="What people type: a to z, 0 to 9 and hyphens.",
            max_length=30,
        ),
        TextInput(
            name="outcome",
            label="Outcome in one sentence",
            value=values.get("outcome") or None,
            placeholder="Simple claims are settled within a day.",
            max_length=500,
        ),
        ChoiceInput(
            name="department",
            label="Department",
            options=departments,
            value=chosen if chosen in {option.key for option in departments} else None,
            placeholder="Whose outcome is it?",
        ),
    ]
    for part, name in _INPUT_OF.items():
        holder = names.get(_holders(held)[part]) if held is not None else None
        hint = _WHAT_IT_MEANS[part]
        # A person who never wrote to the bot from this platform cannot be preselected, only named.
        if holder is not None and not values.get(name):
            hint += f" Now {holder.name}; leave it empty to keep it so."
        elements.append(
            PersonInput(
                name=name,
                label=part.value.capitalize(),
                value=values.get(name) or None,
                hint=hint,
                placeholder="Pick a person",
                optional=holder is not None and not values.get(name),
            )
        )
    title = "Edit the initiative" if context else "New initiative"
    return Form(name="initiative.form", title=title, elements=tuple(elements), context=context)


def _read(actor: Actor, submission: Submission, work: Work) -> InitiativeDraft:
    errors: dict[str, str] = {}
    key = normal_key(submission.text("key"))
    if key is None:
        errors["key"] = "A key has 2 to 30 of a to z, 0 to 9 and hyphens, and begins with a letter."
    name, outcome = clean(submission.text("name")), clean(submission.text("outcome"))
    if not 2 <= len(name) <= 120:
        errors["name"] = "A name has 2 to 120 characters."
    if not 1 <= len(outcome) <= 500:
        errors["outcome"] = "Please say in one sentence of at most 500 characters what it is for."
    department = submission.text("department")
    if department not in {str(number) for number, _ in directory.departments(work)}:
        errors["department"] = "Please choose a department."
    present = _by_value(submission.context, work) if submission.context else None
    people: dict[str, int] = {}
    for part, field in _INPUT_OF.items():
        user_id = submission.text(field)
        if not user_id and present is not None:
            people[field] = _holders(present)[part]
            continue
        try:
            people[field] = picked(actor, user_id, work, field=field).id
        except InvalidField as invalid:
            errors |= invalid.errors
    if errors or key is None:
        raise InvalidField(**errors)
    return InitiativeDraft(
        key=key,
        name=name,
        outcome=outcome,
        department_id=int(department),
        business_sponsor_id=people["business_sponsor"],
        technical_sponsor_id=people["technical_sponsor"],
        product_owner_id=people["product_owner"],
    )


def _shown(actor: Actor, initiative: Initiative, work: Work, *, note: str | None = None) -> Card:
    people = directory.by_ids(work, _holders(initiative).values())
    elements: list[Shown] = [Heading(text=initiative.name)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    elements += [
        Text(runs=runs(initiative.outcome)),
        Facts(
            items=(
                Fact(label="Department", value=initiative.department),
                *(
                    Fact(label=part.value.capitalize(), value=people[holder].name)
                    for part, holder in _holders(initiative).items()
                ),
                Fact(label="Key", value=initiative.key),
            )
        ),
        Context(runs=runs(f"Led by {initiative.department}, with the AI function as technical partner.")),
    ]
    buttons = [Button(label="Report", action="report.open", value=str(initiative.id))]
    if may(actor.person, Act.EDIT_INITIATIVE, initiative.parts_of(actor.person.id)):
        buttons.append(Button(label="Edit", action="initiative.edit", value=str(initiative.id)))
    elements.append(Buttons(items=tuple(buttons)))
    return Card(summary=f"{initiative.name}: {initiative.outcome}", elements=tuple(elements))


def _listed(actor: Actor, skip: int, work: Work) -> Card:
    known = initiatives.active(work)
    shown = known[skip : skip + PAGE]
    if not known:
        text = "There is no initiative yet."
        if may(actor.person, Act.CREATE_INITIATIVE):
            text += " `initiative new` adds the first one."
        return sentence(*marked(actor.origin, text))
    people = directory.by_ids(
        work, {one.business_sponsor_id for one in shown} | {one.product_owner_id for one in shown}
    )
    title = f"{len(known)} initiative{'' if len(known) == 1 else 's'}"
    elements: list[Shown] = [
        Heading(text=title),
        Table(
            caption="Initiatives and who answers for them",
            columns=tuple(
                Column(label=label)
                for label in ("Initiative", "Key", "Department", "Business sponsor", "Product owner")
            ),
            rows=tuple(
                (
                    one.name,
                    one.key,
                    one.department,
                    people[one.business_sponsor_id].name,
                    people[one.product_owner_id].name,
                )
                for one in shown
            ),
        ),
        Context(
            runs=marked(
                actor.origin,
                "`initiative show claims` shows one; `contribute 3h data on claims: ...` logs for it.",
            )
        ),
    ]
    turns = []
    if skip:
        turns.append(Button(label="Earlier", action="initiative.list", value=str(max(0, skip - PAGE))))
    if skip + PAGE < len(known):
        turns.append(Button(label="More", action="initiative.list", value=str(skip + PAGE)))
    if turns:
        elements.append(Buttons(items=tuple(turns)))
    return Card(summary=title, elements=tuple(elements))


def _holders(initiative: Initiative) -> dict[Part, int]:
    return {
        Part.BUSINESS_SPONSOR: initiative.business_sponsor_id,
        Part.TECHNICAL_SPONSOR: initiative.technical_sponsor_id,
        Part.PRODUCT_OWNER: initiative.product_owner_id,
    }


def _by_value(value: str, work: Work) -> Initiative:
    found = None
    if value.isascii() and value.isdecimal() and len(value) < 18:
        found = initiatives.by_id(work, int(value))
    if found is None:
        raise NoSuchInitiative
    return found


def _require(actor: Actor, act: Act, otherwise: Refused, initiative: Initiative | None = None) -> None:
    parts = frozenset[Part]() if initiative is None else initiative.parts_of(actor.person.id)
    if not may(actor.person, act, parts):
        raise otherwise


CAPABILITY = Capability(
    name="initiatives",
    help=(
        ("initiative list", "all initiatives and who answers for them"),
        ("initiative show claims", "one of them"),
        ("initiative new", "adds one (administrators, HR, the AI function)"),
    ),
    commands={
        "initiative": on_command,
        "initiative new": on_new,
        "initiative edit": on_edit,
        "initiative show": on_show,
        "initiative list": on_list,
    },
    presses={
        "initiative.list": on_page,
        "initiative.show": on_show_pressed,
        "initiative.edit": on_edit_pressed,
    },
    forms={"initiative.form": FormRoute(submit=on_submit, again=again)},
    reads=frozenset(
        {"initiative", "initiative show", "initiative list", "initiative.list", "initiative.show"}
    ),
)
