"""The form of a KPI: what is counted, from where to where, and whose number it is."""

from domain.errors import InvalidField, Refused
from domain.initiatives import Initiative
from domain.kpis import (
    MAX_NAME,
    MAX_UNIT,
    Direction,
    Kpi,
    KpiDraft,
    check,
    check_owner,
    has_decimal_comma,
    number_words,
)
from handlers.capability import Actor, AnyReply, tell
from handlers.cards import (
    Buttons,
    Card,
    ChoiceInput,
    Context,
    Element,
    Form,
    Option,
    Text,
    TextInput,
    plain,
    runs,
    strong,
)
from handlers.conversation import Open, Press, Replace, Say, Submission
from handlers.keeping import button, by_value, log_change, number_of, person_input, require_keeper
from handlers.kpis import page
from handlers.people import picked
from storage import kpis
from storage import people as directory
from storage.store import Work

NAME = "kpi.form"
#: More numbers than this judge nothing.
MOST_KPIS = 12


class NoSuchKpi(Refused):
    """I cannot find that KPI. `initiative kpi claims` shows the ones there are."""


class EnoughKpis(Refused):
    """This initiative has twelve KPIs already. Please retire one that nobody looks at first."""


def on_new(actor: Actor, press: Press, work: Work) -> AnyReply:
    initiative = by_value(press.value, work)
    require_keeper(actor, initiative)
    if len(kpis.of(work, initiative.id)) >= MOST_KPIS:
        raise EnoughKpis
    return Open(form=_form(actor, initiative, None, None, work))


def on_edit(actor: Actor, press: Press, work: Work) -> AnyReply:
    kpi, initiative = known(press.value, work)
    require_keeper(actor, initiative)
    return Open(form=_form(actor, initiative, kpi, None, work))


def on_retire(actor: Actor, press: Press, work: Work) -> AnyReply:
    kpi, initiative = known(press.value, work)
    require_keeper(actor, initiative)
    if not kpis.archive(work, kpi.id):
        raise NoSuchKpi
    log_change(actor, initiative, "kpi.retired", work, kpi=kpi.id)
    note = f"{kpi.name} is retired; its readings are kept."
    return Replace(card=page.all_of(actor, initiative, work, note=note))


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A new KPI, or a change to one."""
    initiative, present = _aim(submission, work)
    require_keeper(actor, initiative)
    draft = _read(actor, submission, present, work)
    if present is None:
        if len(kpis.of(work, initiative.id)) >= MOST_KPIS:
            raise EnoughKpis
        number = kpis.add(work, initiative.id, draft)
        if number is None:
            former = kpis.key_owner(work, initiative.id, draft.key)
            retired = " that was retired" if former is not None and former.archived else ""
            raise InvalidField(
                key=f"This initiative has a KPI “{draft.key}”{retired}. Please choose a different key."
            )
        log_change(actor, initiative, "kpi.added", work, now=draft, kpi=number, owner=draft.owner_id)
    else:
        kpis.change(work, present.id, draft)
        log_change(
            actor,
            initiative,
            "kpi.changed",
            work,
            now=draft,
            before=present,
            kpi=present.id,
            owner=draft.owner_id,
        )
    if present is None or present.owner_id != draft.owner_id:
        _tell_owner(actor, initiative, draft, submission.key, work)
    note = f"{draft.name} is {'added' if present is None else 'changed'}."
    return Say(card=page.all_of(actor, initiative, work, note=note))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    initiative, present = _aim(submission, work)
    return _form(actor, initiative, present, submission, work)


def known(value: str, work: Work) -> tuple[Kpi, Initiative]:
    """The KPI whose id a button or a form carries, and its initiative. Raises NoSuchKpi."""
    number = number_of(value)
    kpi = None if number is None else kpis.by_id(work, number)
    if kpi is None or kpi.archived:
        raise NoSuchKpi
    return kpi, by_value(str(kpi.initiative_id), work)


def _aim(submission: Submission, work: Work) -> tuple[Initiative, Kpi | None]:
    number, _, kpi_id = submission.context.partition(":")
    if not kpi_id:
        return by_value(number, work), None
    kpi, initiative = known(kpi_id, work)
    return initiative, kpi


def _read(actor: Actor, submission: Submission, present: Kpi | None, work: Work) -> KpiDraft:
    values = {name: submission.text(name) for name in submission.values}
    if present is not None:
        values["key"] = present.key
    errors: dict[str, str] = {}
    owner_id = 0
    try:
        if present is not None and not values.get("owner"):
            held = directory.by_id(work, present.owner_id)
        else:
            held = picked(actor, values.get("owner", ""), work, field="owner")
        if held is not None:
            check_owner(held)
            owner_id = held.id
    except InvalidField as invalid:
        errors |= invalid.errors
    try:
        draft = check(values, owner_id=owner_id, decimal_comma=has_decimal_comma(actor.person.locale))
    except InvalidField as invalid:
        raise InvalidField(**errors, **invalid.errors) from None
    if errors:
        raise InvalidField(**errors)
    return draft


def _tell_owner(actor: Actor, initiative: Initiative, draft: KpiDraft, key: str, work: Work) -> None:
    """Nobody's name stands on a number without their knowing."""
    if draft.owner_id == actor.person.id:
        return
    said = runs(
        strong(actor.person.name),
        f" put your name on a number of {initiative.name}: ",
        strong(draft.name),
        ".",
    )
    card = Card(
        summary=plain(said),
        elements=(
            Text(runs=said),
            Context(runs=runs("You can note its readings. If it is not your number, please tell them.")),
            Buttons(items=(button("See the numbers", "kpi.show", initiative.id, initiative.name),)),
        ),
    )
    tell(work, f"kpi-owner:{key}", draft.owner_id, card)


def _form(
    actor: Actor, initiative: Initiative, present: Kpi | None, submission: Submission | None, work: Work
) -> Form:
    if submission is not None:
        values = {name: submission.text(name) for name in submission.values}
    elif present is not None:
        values = {
            "name": present.name,
            "unit": present.unit,
            "direction": present.direction.value,
            "baseline": number_words(present.baseline),
            "target": "" if present.target is None else number_words(present.target),
        }
    else:
        values = {}
    elements: list[Element] = [
        Text(runs=runs(strong(initiative.name))),
        TextInput(
            name="name",
            label="Name",
            value=values.get("name") or None,
            placeholder="Handling time",
            max_length=MAX_NAME,
        ),
    ]
    if present is None:
        elements.append(
            TextInput(
                name="key",
                label="Short key",
                value=values.get("key") or None,
                placeholder="handling-time",
                hint="What people type: a to z, 0 to 9 and hyphens.",
                max_length=30,
            )
        )
    direction = values.get("direction")
    elements += [
        TextInput(
            name="unit",
            label="Unit",
            value=values.get("unit") or None,
            placeholder="minutes",
            max_length=MAX_UNIT,
        ),
        ChoiceInput(
            name="direction",
            label="Which way is better?",
            options=tuple(Option(key=one.value, label=one.label.capitalize()) for one in Direction),
            value=direction if direction in set(Direction) else None,
            placeholder="Choose one",
        ),
        TextInput(
            name="baseline",
            label="Baseline",
            value=values.get("baseline") or None,
            placeholder="20.5",
            hint="What it was before the initiative.",
            max_length=40,
        ),
        TextInput(
            name="target",
            label="Target",
            value=values.get("target") or None,
            placeholder="12",
            optional=True,
            max_length=40,
        ),
        person_input(
            actor,
            "owner",
            "Whose number is this?",
            work,
            typed=None if submission is None else values.get("owner", ""),
            held_by=None if present is None else present.owner_id,
            hint="A leader from the business, whose own goals it stands in.",
        ),
        Context(runs=runs("Everybody can see the number, its readings and this name.")),
    ]
    return Form(
        name=NAME,
        title="New KPI" if present is None else "Edit the KPI",
        elements=tuple(elements),
        context=f"{initiative.id}:{'' if present is None else present.id}",
    )
