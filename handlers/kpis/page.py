"""What a chat shows of an initiative's numbers: each with its line, its owner, and both names behind it."""

from collections.abc import Sequence
from datetime import date

from domain.contributions import day_words
from domain.initiatives import Initiative
from domain.kpis import Kpi, Reading, amount_words, change_words, number_words
from domain.people import Act, may
from handlers.capability import Actor, marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Chart,
    Confirm,
    Context,
    Divider,
    Heading,
    Series,
    Shown,
    Text,
    runs,
    strong,
)
from handlers.keeping import button, may_keep, names_of
from storage import kpis
from storage.store import Work

#: How many readings a line has.
MOST_READINGS = 12
#: How many KPIs of one card have their line; each of the others has it on a card of its own.
MOST_CHARTS = 2


def all_of(actor: Actor, initiative: Initiative, work: Work, *, note: str | None = None) -> Card:
    """Every KPI of an initiative."""
    known = kpis.of(work, initiative.id)
    readings = kpis.latest(work, [kpi.id for kpi in known], limit=MOST_READINGS)
    names = names_of({kpi.owner_id for kpi in known}, work)
    title = f"What {initiative.name} is judged by"
    elements: list[Shown] = [Heading(text=title)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    if not known:
        elements.append(
            Text(
                runs=runs(
                    "There is no number yet. A number has a baseline, a direction, and the name of somebody "
                    f"in {initiative.department} or another business team behind it. "
                    "Its sponsors and the product owner put them here."
                )
            )
        )
    for place, kpi in enumerate(known):
        mine = readings.get(kpi.id, [])
        elements += [Divider(), *_one(actor, initiative, kpi, mine, names, chart=place < MOST_CHARTS)]
    elements += _closing(actor, initiative, known, readings)
    if may_keep(actor, initiative):
        first = not known
        elements.append(
            Buttons(items=(button("New KPI", "kpi.new", initiative.id, initiative.name, primary=first),))
        )
    return Card(summary=f"{title}: {_count(known)}", elements=tuple(elements))


def one_of(actor: Actor, initiative: Initiative, kpi: Kpi, work: Work, *, note: str | None = None) -> Card:
    """One KPI of an initiative."""
    readings = kpis.latest(work, [kpi.id], limit=MOST_READINGS)
    mine = readings.get(kpi.id, [])
    title = f"{initiative.name}: {kpi.name}"
    elements: list[Shown] = [Heading(text=title)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    elements += _one(actor, initiative, kpi, mine, names_of({kpi.owner_id}, work), chart=True)
    elements += _closing(actor, initiative, [kpi], readings)
    elements.append(
        Buttons(items=(button("All numbers", "kpi.show", initiative.id, initiative.name),)),
    )
    return Card(summary=f"{initiative.name}: {_stands(kpi, mine)}", elements=tuple(elements))


def section(actor: Actor, initiative: Initiative, work: Work) -> tuple[Shown, ...]:
    """What `initiative show` says of the numbers."""
    known = kpis.of(work, initiative.id)
    if not known:
        text = f"KPIs: no number carries a name yet. `initiative kpi {initiative.key}` is where they go."
        new: tuple[Shown, ...] = ()
        if may_keep(actor, initiative):
            new = (Buttons(items=(button("New KPI", "kpi.new", initiative.id, initiative.name),)),)
        return (Text(runs=marked(actor.origin, text)), *new)
    readings = kpis.latest(work, [kpi.id for kpi in known], limit=1)
    names = names_of({kpi.owner_id for kpi in known}, work)
    shown = [
        Text(
            runs=runs(
                strong(f"{kpi.name}: "),
                f"{_change(kpi, readings.get(kpi.id, []))} ({names.get(kpi.owner_id, 'somebody')}'s number).",
            )
        )
        for kpi in known[:3]
    ]
    more = f"all {len(known)} numbers" if len(known) > 3 else "the readings"
    credit = f"{credit_words(initiative, len(known))} " if readings else ""
    small = marked(actor.origin, f"{credit}`initiative kpi {initiative.key}` shows {more}.")
    elements: tuple[Shown, ...] = (*shown, Context(runs=small))
    if not may_keep(actor, initiative):
        return elements
    return (
        *elements,
        Buttons(items=(button("Edit the numbers", "kpi.show", initiative.id, initiative.name),)),
    )


def credit_words(initiative: Initiative, numbers: int) -> str:
    """Who has earned a result: the department and the AI function, always together."""
    these = "this number" if numbers == 1 else "these numbers"
    return (
        f"{initiative.department} redesigned the work, the AI function built the tool: "
        f"both names stand on {these}."
    )


def may_note(actor: Actor, kpi: Kpi, initiative: Initiative) -> bool:
    """Whether somebody notes readings: whose number it is, and who keeps the initiative."""
    if kpi.owner_id == actor.person.id:
        return True
    return may(actor.person, Act.KEEP_INITIATIVE, initiative.accepted_parts_of(actor.person.id))


def _one(
    actor: Actor,
    initiative: Initiative,
    kpi: Kpi,
    readings: Sequence[Reading],
    names: dict[int, str],
    *,
    chart: bool,
) -> tuple[Shown, ...]:
    elements: list[Shown] = [Text(runs=runs(strong(f"{kpi.name}: "), f"{_change(kpi, readings)}."))]
    last = f" Last read {day_words(readings[-1].day, actor.today)}." if readings else ""
    owner = names.get(kpi.owner_id, "somebody")
    elements.append(Context(runs=runs(f"{owner}'s number; {kpi.direction.label}.{last} Key: {kpi.key}")))
    if len(readings) > 1 and chart:
        elements.append(_line(kpi, readings))
    elif len(readings) > 1:
        text = f"`initiative kpi {initiative.key} {kpi.key}` shows its line."
        elements.append(Context(runs=marked(actor.origin, text)))
    buttons: list[Button] = []
    if may_note(actor, kpi, initiative) and not initiative.closed:
        buttons.append(button("Note a reading", "kpi.reading", kpi.id, kpi.name))
    if may_keep(actor, initiative):
        buttons += [button("Edit", "kpi.edit", kpi.id, kpi.name), _retire(kpi)]
    if buttons:
        elements.append(Buttons(items=tuple(buttons)))
    return tuple(elements)


def _closing(
    actor: Actor, initiative: Initiative, known: Sequence[Kpi], readings: dict[int, list[Reading]]
) -> list[Shown]:
    """Whose doing it is, and how a reading is noted."""
    elements: list[Shown] = [Divider()] if known else []
    if readings:
        elements.append(Text(runs=runs(credit_words(initiative, len(known)))))
    mine = next((kpi for kpi in known if may_note(actor, kpi, initiative)), None)
    if mine is not None and not initiative.closed:
        example = number_words(mine.baseline)
        text = f"`initiative kpi {initiative.key} {mine.key} {example} yesterday` notes a reading."
        elements.append(Context(runs=marked(actor.origin, f"{text} Everybody can see these numbers.")))
    elif known:
        elements.append(Context(runs=runs("Everybody can see these numbers.")))
    return elements


def _line(kpi: Kpi, readings: Sequence[Reading]) -> Chart:
    first, last = readings[0], readings[-1]
    long = (last.day - first.day).days > 300
    return Chart(
        title=kpi.name,
        kind="line",
        categories=tuple(_day(reading.day, long=long) for reading in readings),
        series=(Series(name="Reading", values=tuple(reading.value for reading in readings)),),
        unit=kpi.unit,
        summary=(
            f"{kpi.name}, {len(readings)} readings: {amount_words(kpi, first.value)} on "
            f"{_day(first.day, long=long)}, {amount_words(kpi, last.value)} on {_day(last.day, long=long)}. "
            f"The baseline is {number_words(kpi.baseline)}"
            + ("." if kpi.target is None else f", the target {number_words(kpi.target)}.")
        ),
    )


def _retire(kpi: Kpi) -> Button:
    return Button(
        label="Retire",
        action="kpi.retire",
        value=str(kpi.id),
        described=f"Retire: {kpi.name}",
        confirm=Confirm(
            title="Retire this KPI?",
            text="It is no longer shown. Its readings are kept.",
            yes="Retire",
        ),
    )


def _change(kpi: Kpi, readings: Sequence[Reading]) -> str:
    if readings:
        return change_words(kpi, readings[-1].value)
    target = "" if kpi.target is None else f"; target {number_words(kpi.target)}"
    return f"no reading yet, from a baseline of {amount_words(kpi, kpi.baseline)}{target}"


def _stands(kpi: Kpi, readings: Sequence[Reading]) -> str:
    return f"{kpi.name}, {_change(kpi, readings)}."


def _count(known: Sequence[Kpi]) -> str:
    return "1 number" if len(known) == 1 else f"{len(known) or 'no'} numbers"


def _day(day: date, *, long: bool) -> str:
    return f"{day.day} {day:%b} {day.year}" if long else f"{day.day} {day:%b}"
