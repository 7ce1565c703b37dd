"""Charters in chat: what the department decides about its tool, and what the AI function decides."""

from itertools import zip_longest

from domain.charters import (
    LEAST_HOURS,
    MAX_ENTRY,
    MOST_ENTRIES,
    MOST_HOURS,
    PROPOSED,
    Charter,
    CharterDraft,
    check,
    differences,
    escalation_name,
    hours_words,
)
from domain.contributions import day_words
from domain.errors import InvalidField, Refused
from domain.initiatives import Initiative
from handlers.capability import Actor, AnyReply, Capability, FormRoute, marked, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Column,
    Context,
    Form,
    Heading,
    NumberInput,
    Shown,
    Table,
    Text,
    TextInput,
    plain,
    runs,
    strong,
)
from handlers.conversation import Command, Open, Press, Say, Submission
from handlers.keeping import (
    asked_for,
    button,
    by_value,
    log_change,
    may_keep,
    names_of,
    person_input,
    require_keeper,
    tell_sponsors,
)
from handlers.people import picked
from storage import charters
from storage.store import Work

_LONGEST = MOST_ENTRIES * (MAX_ENTRY + 1)


class ChangedMeanwhile(Refused):
    """Somebody else saved this charter while you were writing. Please keep a copy of your lines and open it again."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative charter claims`"""
    initiative = asked_for(command, work, "initiative charter claims")
    return Say(card=_shown(actor, initiative, work))


def on_show(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=_shown(actor, by_value(press.value, work), work))


def on_edit(actor: Actor, press: Press, work: Work) -> AnyReply:
    initiative = by_value(press.value, work)
    require_keeper(actor, initiative)
    return Open(form=_form(actor, initiative, None, work))


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    number, _, seen = submission.context.partition(":")
    initiative = by_value(number, work)
    require_keeper(actor, initiative)
    present = charters.of(work, initiative.id, lock=True)
    if _stamp(present) != seen:
        raise ChangedMeanwhile
    draft = _read(actor, submission, present, work)
    before: CharterDraft = PROPOSED if present is None else present
    names = names_of({before.escalation_person_id, draft.escalation_person_id}, work)
    changes = differences(_bare(before), draft, names)
    if present is not None and not changes:
        return Say(card=_shown(actor, initiative, work, note="Nothing was changed."))
    charters.save(work, initiative.id, draft, changed_by_id=actor.person.id)
    log_change(actor, initiative, "charter.saved", work, now=draft, before=present)
    _tell(actor, initiative, submission.key, changes, work, first=present is None)
    named = draft.escalation_person_id
    if named is not None and named != before.escalation_person_id:
        _tell_named(actor, initiative, submission.key, draft, named, work)
    return Say(card=_shown(actor, initiative, work, note="It is saved, and both sponsors know."))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    initiative = by_value(submission.context.partition(":")[0], work)
    return _form(actor, initiative, submission, work)


def section(actor: Actor, initiative: Initiative, work: Work) -> tuple[Shown, ...]:
    """What `initiative show` says of the charter."""
    saved = charters.of(work, initiative.id)
    if saved is None:
        text = "Charter: nobody has written it down yet. `initiative charter {}` shows a proposal."
        return (
            Text(runs=marked(actor.origin, text.format(initiative.key))),
            *_buttons(actor, initiative, saved),
        )
    names = names_of({saved.escalation_person_id}, work)
    said = (
        f"{initiative.department} decides {_listed(saved.department_decides)}. "
        f"The AI function decides {_listed(saved.technology_decides)}. "
        f"Escalations: {escalation_name(saved, names)}, within {hours_words(saved.escalation_hours)}."
    )
    return (Text(runs=runs(strong("Charter: "), said)), *_buttons(actor, initiative, saved))


def _shown(actor: Actor, initiative: Initiative, work: Work, *, note: str | None = None) -> Card:
    saved = charters.of(work, initiative.id)
    shown: CharterDraft = PROPOSED if saved is None else saved
    names = names_of({shown.escalation_person_id, None if saved is None else saved.changed_by_id}, work)
    decided = f"decided by {escalation_name(shown, names)},"
    if shown.escalation_person_id is None:
        decided = "nobody is named to decide it yet;"
    title = f"Charter of {initiative.name}" + (" (proposed)" if saved is None else "")
    elements: list[Shown] = [Heading(text=title)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    elements += [
        Table(
            caption=f"What {initiative.department} and the AI function decide about {initiative.name}",
            columns=(
                Column(label=f"{initiative.department} decides"),
                Column(label="The AI function decides"),
            ),
            rows=tuple(zip_longest(shown.department_decides, shown.technology_decides, fillvalue="")),
        ),
        Text(
            runs=runs(
                strong("What they cannot agree on: "),
                f"{decided} within {hours_words(shown.escalation_hours)}.",
            )
        ),
    ]
    if saved is None:
        small = (
            "This is a proposal; nobody has agreed to it yet. "
            "It holds once a sponsor or the product owner saves it."
        )
    else:
        day = day_words(saved.changed_at.astimezone(actor.person.zone).date(), actor.today)
        small = (
            f"Saved {day} by {names.get(saved.changed_by_id, 'somebody')}. Everybody can read it; "
            "the sponsors and the product owner change it."
        )
    elements.append(Context(runs=runs(small)))
    elements += _buttons(actor, initiative, saved)
    return Card(summary=title, elements=tuple(elements))


def _buttons(actor: Actor, initiative: Initiative, saved: Charter | None) -> tuple[Shown, ...]:
    if not may_keep(actor, initiative):
        return ()
    label = "Agree on the charter" if saved is None else "Edit the charter"
    return (Buttons(items=(button(label, "charter.edit", initiative.id, initiative.name),)),)


def _form(actor: Actor, initiative: Initiative, submission: Submission | None, work: Work) -> Form:
    saved = charters.of(work, initiative.id)
    shown: CharterDraft = PROPOSED if saved is None else saved
    typed = None if submission is None else {name: submission.text(name) for name in submission.values}
    if typed is None:
        typed = {
            "department": "\n".join(shown.department_decides),
            "technology": "\n".join(shown.technology_decides),
            "hours": str(shown.escalation_hours),
        }
    return Form(
        name="charter.form",
        title="Charter",
        elements=(
            Text(runs=runs(strong(initiative.name), ": one line for each thing that is decided.")),
            TextInput(
                name="department",
                label=f"{initiative.department} decides",
                value=typed.get("department") or None,
                hint="How the work is done, how much risk is taken, what customers are promised.",
                multiline=True,
                max_length=_LONGEST,
            ),
            TextInput(
                name="technology",
                label="The AI function decides",
                value=typed.get("technology") or None,
                hint="Which model, how it is run, which standards it meets.",
                multiline=True,
                max_length=_LONGEST,
            ),
            person_input(
                actor,
                "person",
                "Who decides what the two cannot agree on",
                work,
                typed=typed.get("person"),
                held_by=shown.escalation_person_id,
                hint="Somebody both sides accept.",
            ),
            NumberInput(
                name="hours",
                label="Within how many hours",
                value=_hours(typed.get("hours", "")),
                minimum=LEAST_HOURS,
                maximum=MOST_HOURS,
            ),
            Context(runs=runs("Everybody can read the charter. Both sponsors are told what you change.")),
        ),
        context=f"{initiative.id}:{_stamp(saved)}" if submission is None else submission.context,
    )


def _read(actor: Actor, submission: Submission, present: Charter | None, work: Work) -> CharterDraft:
    values = {name: submission.text(name) for name in submission.values}
    errors: dict[str, str] = {}
    person_id = None if present is None else present.escalation_person_id
    if values.get("person") or person_id is None:
        try:
            person_id = picked(actor, values.get("person", ""), work, field="person").id
        except InvalidField as invalid:
            errors |= invalid.errors
    try:
        draft = check(values, escalation_person_id=person_id or 0)
    except InvalidField as invalid:
        raise InvalidField(**errors, **invalid.errors) from None
    if errors:
        raise InvalidField(**errors)
    return draft


def _tell(
    actor: Actor, initiative: Initiative, key: str, changes: list[str], work: Work, *, first: bool
) -> None:
    did = "wrote down the charter of" if first else "changed the charter of"
    said = runs(strong(actor.person.name), f" {did} {initiative.name}.")
    if first and not changes:
        changes = ["It is saved as it was proposed."]
    elements: list[Shown] = [Text(runs=said), *(Text(runs=runs(change)) for change in changes)]
    elements.append(_to_the_charter(initiative))
    card = Card(summary=" ".join([plain(said), *changes]), elements=tuple(elements))
    tell_sponsors(actor, initiative, f"charter:{key}", card, work)


def _tell_named(
    actor: Actor, initiative: Initiative, key: str, draft: CharterDraft, person_id: int, work: Work
) -> None:
    """Tell whoever decides escalations from now on; sponsors and the one who saved it know already."""
    if person_id in {actor.person.id, initiative.business_sponsor_id, initiative.technical_sponsor_id}:
        return
    said = runs(
        strong(actor.person.name),
        f" named you in the charter of {initiative.name}: you decide what {initiative.department} and the AI "
        f"function cannot agree on, within {hours_words(draft.escalation_hours)}.",
    )
    card = Card(summary=plain(said), elements=(Text(runs=said), _to_the_charter(initiative)))
    tell(work, f"charter-named:{key}", person_id, card)


def _to_the_charter(initiative: Initiative) -> Buttons:
    return Buttons(items=(Button(label="See the charter", action="charter.show", value=str(initiative.id)),))


def _bare(charter: CharterDraft) -> CharterDraft:
    return CharterDraft(**charter.model_dump(include=set(CharterDraft.model_fields)))


def _stamp(charter: Charter | None) -> str:
    return "" if charter is None else charter.changed_at.isoformat()


def _hours(text: str) -> float | None:
    text = text.removesuffix(".0")
    return float(text) if text.isascii() and text.isdecimal() and len(text) < 6 else None


def _listed(entries: tuple[str, ...]) -> str:
    return "; ".join(entry[:1].lower() + entry[1:] if entry[1:2].islower() else entry for entry in entries)


CAPABILITY = Capability(
    name="charters",
    help=(("initiative charter claims", "who decides what: the department and the AI function"),),
    commands={"initiative charter": on_command},
    presses={"charter.show": on_show, "charter.edit": on_edit},
    forms={"charter.form": FormRoute(submit=on_submit, again=again)},
    reads=frozenset({"initiative charter", "charter.show"}),
)
