"""The answer that HR and the AI function owe after a pulse: they are reminded, and it waits on their page."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import local
from domain.people import Act, Person, may
from domain.pulses import Side
from domain.results import day_words, working_day_before
from domain.schedules import Happening
from handlers.capability import Actor
from handlers.cards import Button, Buttons, Card, Shown, Text, runs, strong
from handlers.pulses import results
from handlers.pulses.telling import tell_functions
from handlers.schedule import Schedule
from storage import pulses
from storage.pulses import Pulse, Response
from storage.store import Work

#: When the functions are reminded.
MORNING = time(9, 0)
#: How long before and after its day an answer stands on the page of those who owe it.
ON_PAGE = timedelta(days=14)


def reminders(work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
    """The working day before the answer is due, and that day, in the morning; only while none is agreed."""
    first, last = after.date() - timedelta(days=1), until.date() + timedelta(days=5)
    for one in pulses.answer_due_between(work, first, last):
        for day in _days(one):
            at = local(ZoneInfo(one.spec.zone), day, MORNING)
            if after < at <= until:
                yield Happening(period=f"{one.id}/{day.isoformat()}", due_at=at)


def _days(one: Pulse) -> tuple[date, ...]:
    if one.response_due_on is None:
        return ()
    return (working_day_before(one.response_due_on), one.response_due_on)


def remind(work: Work, happening: Happening) -> int:
    """Write to both functions, and to nobody else."""
    number, _, _ = happening.period.partition("/")
    one = pulses.by_id(work, int(number))
    response = pulses.response(work, int(number))
    if one is None or one.response_due_on is None or (response is not None and response.is_agreed):
        return 0
    if response is None:
        waits = "Nobody has written one yet."
    else:
        side = Side.HR if response.approvals.hr is not None else Side.AI
        waits = f"Words from {side.label} wait for {side.other.label} to agree: “{response.text}”"
    said = (
        f"Everybody who was asked gets the results on {day_words(one.response_due_on)}, and your answer with them if "
        "there is one by then: what happens next."
    )
    card = Card(
        summary=f"{one.spec.title}: {said} {waits}",
        elements=(
            Text(runs=runs(strong(one.spec.title), f". {said}")),
            Text(runs=runs(waits)),
            results.buttons(one),
        ),
    )
    tell_functions(work, f"pulse.answer_due:{happening.period}", card)
    return 1


def waiting(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """The pulses whose answer waits for this person's function, for the top of their page; nothing where none does."""
    if not may(actor.person, Act.ANSWER_PULSE_RESULTS):
        return ()
    elements: list[Shown] = []
    for one in pulses.answer_due_between(work, actor.today - ON_PAGE, actor.today + ON_PAGE):
        response = pulses.response(work, one.id)
        if response is None:
            by = "" if one.response_due_on is None else f" by {day_words(one.response_due_on)}"
            said = f" is closed. HR and the AI function say together what happens next{by}."
            elements += [Text(runs=runs(strong(one.spec.title), said)), results.buttons(one)]
        elif _is_to_agree(actor.person, response):
            side = Side.HR if response.approvals.hr is not None else Side.AI
            said = f": {side.label} wrote what happens next, and it waits for {side.other.label}."
            elements += [Text(runs=runs(strong(one.spec.title), said)), _to_agree(one)]
    return tuple(elements)


def _is_to_agree(person: Person, response: Response) -> bool:
    """Whether these words wait for the function of somebody who did not write them."""
    side = Side.HR if response.approvals.hr is not None else Side.AI
    return person.id not in response.approvals and side.other.role in person.roles


def _to_agree(one: Pulse) -> Buttons:
    return Buttons(
        items=(
            Button(
                label="See it and agree",
                action="pulse.words",
                value=str(one.id),
                described=f"See what happens next after {one.spec.title}, and agree",
            ),
        )
    )


REMIND = Schedule("pulse.response", timedelta(hours=7), reminders, remind)
