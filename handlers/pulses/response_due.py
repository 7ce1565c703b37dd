"""Reminding HR and the AI function of the answer that they owe after a pulse, while none is agreed."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import local
from domain.pulses import Side
from domain.results import day_words, working_day_before
from domain.schedules import Happening
from handlers.cards import Card, Text, runs, strong
from handlers.pulses import results
from handlers.pulses.telling import tell_functions
from handlers.schedule import Schedule
from storage import pulses
from storage.pulses import Pulse
from storage.store import Work

#: When the functions are reminded.
MORNING = time(9, 0)


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


REMIND = Schedule("pulse.response", timedelta(hours=7), reminders, remind)
