"""Adding an initiative and changing who answers for it."""

from domain.contributions import clean
from domain.errors import InvalidField, KeyTaken, NoSuchInitiative
from domain.initiatives import Initiative, InitiativeDraft, field_of, normal_key, problems_of
from domain.people import Act, Part, Person, TeamKind, may
from handlers.capability import Actor, AnyReply
from handlers.cards import ChoiceInput, Element, Form, Option, PersonInput, TextInput
from handlers.conversation import Command, Open, Press, Say, Submission
from handlers.initiatives import roles
from handlers.initiatives.finding import CannotCreate, asked_for, by_value, require_edit
from handlers.initiatives.show import shown
from handlers.people import picked, user_id_of
from handlers.signoffs import following
from storage import audit, initiatives
from storage import people as directory
from storage.store import Work

_WHAT_IT_MEANS = {
    Part.BUSINESS_SPONSOR: "Accountable for the outcome; from the department. Counts once they accept.",
    Part.TECHNICAL_SPONSOR: "Accountable for robustness and safe deployment. Counts once they accept.",
    Part.PRODUCT_OWNER: "From the department: controls the backlog and accepts the work.",
}


def on_new(actor: Actor, command: Command, work: Work) -> AnyReply:
    if not may(actor.person, Act.CREATE_INITIATIVE):
        raise CannotCreate
    return Open(form=_form(actor, {"name": command.text.strip()[:120]}, work))


def on_edit(actor: Actor, command: Command, work: Work) -> AnyReply:
    return _edit(actor, asked_for(command.text, work), work)


def on_edit_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _edit(actor, by_value(press.value, work), work)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A new initiative, or a change to one."""
    present = by_value(submission.context, work) if submission.context else None
    if present is not None:
        require_edit(actor, present)
    elif not may(actor.person, Act.CREATE_INITIATIVE):
        raise CannotCreate
    draft = _read(actor, submission, present, work)
    owner = initiatives.key_owner(work, draft.key)
    if owner is not None and (present is None or owner != present.id):
        raise KeyTaken(key=f"Another initiative has the key “{draft.key}”. Please choose a different one.")
    if present is None:
        number = initiatives.add(work, draft, created_by_id=actor.person.id)
    else:
        number = present.id
        initiatives.change(work, number, draft)
    _log(actor, number, draft, present, work)
    said = "It is added. Colleagues can log what they put in." if present is None else "It is changed."
    asked = roles.named(actor, _stored(work, number), present, work)
    if present is not None:
        following.sponsors_changed(work, _stored(work, number))
    if asked:
        names = " and ".join(person.name for person in asked)
        said += f" I have asked {names} to accept the role."
    return Say(card=shown(actor, _stored(work, number), work, note=said))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    values = {name: submission.text(name) for name in submission.values}
    held = by_value(submission.context, work) if submission.context else None
    return _form(actor, values, work, context=submission.context, held=held)


def _stored(work: Work, number: int) -> Initiative:
    stored = initiatives.by_id(work, number)
    if stored is None:
        raise NoSuchInitiative
    return stored


def _log(actor: Actor, number: int, draft: InitiativeDraft, present: Initiative | None, work: Work) -> None:
    """Keep who answers for it in the audit log, where that is new."""
    after, before = _answerable(draft), None if present is None else _answerable(present)
    if before == after:
        return
    audit.append(
        work,
        "initiative.created" if present is None else "initiative.people",
        actor_id=actor.person.id,
        platform=actor.origin.platform,
        subject=f"initiative:{number}",
        details={"key": draft.key, **after} if before is None else {"before": before, "after": after},
    )


def _answerable(draft: InitiativeDraft) -> dict[str, int]:
    people = {field_of(part): person_id for part, person_id in draft.holders.items()}
    return {"department": draft.department_id, **people}


def _edit(actor: Actor, initiative: Initiative, work: Work) -> AnyReply:
    require_edit(actor, initiative)
    values = {
        "key": initiative.key,
        "name": initiative.name,
        "outcome": initiative.outcome,
        "department": str(initiative.department_id),
    }
    for part, holder in initiative.holders.items():
        values[field_of(part)] = user_id_of(actor, holder, work) or ""
    return Open(form=_form(actor, values, work, context=str(initiative.id), held=initiative))


def _form(
    actor: Actor,
    values: dict[str, str],
    work: Work,
    *,
    context: str = "",
    held: Initiative | None = None,
) -> Form:
    kinds = directory.department_kinds(work)
    departments = tuple(
        Option(key=str(number), label=name)
        for number, name in directory.departments(work)
        if kinds[number] is not TeamKind.AI
    )
    chosen = values.get("department")
    names = {} if held is None else directory.by_ids(work, held.holders.values())
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
            hint="The AI function is the technical partner, so it is not among them.",
        ),
    ]
    for part, meaning in _WHAT_IT_MEANS.items():
        name = field_of(part)
        holder = names.get(held.holders[part]) if held is not None else None
        hint = meaning
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


def _read(actor: Actor, submission: Submission, present: Initiative | None, work: Work) -> InitiativeDraft:
    errors: dict[str, str] = {}
    key = normal_key(submission.text("key"))
    if key is None:
        errors["key"] = "A key has 2 to 30 of a to z, 0 to 9 and hyphens, and begins with a letter."
    name, outcome = clean(submission.text("name")), clean(submission.text("outcome"))
    if not 2 <= len(name) <= 120:
        errors["name"] = "A name has 2 to 120 characters."
    if not 1 <= len(outcome) <= 500:
        errors["outcome"] = "Please say in one sentence of at most 500 characters what it is for."
    names = {str(number): name for number, name in directory.departments(work)}
    department = submission.text("department")
    if department not in names:
        errors["department"] = "Please choose a department."
    people: dict[Part, Person] = {}
    for part in Part:
        try:
            people[part] = _person(actor, submission, part, present, work)
        except InvalidField as invalid:
            errors |= invalid.errors
    if department in names:
        kind = directory.department_kinds(work)[int(department)]
        errors |= problems_of(names[department], kind, people)
    if errors or key is None:
        raise InvalidField(**errors)
    return InitiativeDraft(
        key=key,
        name=name,
        outcome=outcome,
        department_id=int(department),
        business_sponsor_id=people[Part.BUSINESS_SPONSOR].id,
        technical_sponsor_id=people[Part.TECHNICAL_SPONSOR].id,
        product_owner_id=people[Part.PRODUCT_OWNER].id,
    )


def _person(
    actor: Actor, submission: Submission, part: Part, present: Initiative | None, work: Work
) -> Person:
    """Who is picked for a part; left empty in a change, whoever has it."""
    user_id = submission.text(field_of(part))
    if not user_id and present is not None:
        held = directory.by_id(work, present.holders[part])
        if held is not None:
            return held
    return picked(actor, user_id, work, field=field_of(part))
