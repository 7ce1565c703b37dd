"""What is sent around a showcase by itself: the call for offers, the agenda, the day, and what follows it.

The periods say what a reminder is about, so that a showcase that is moved gets its reminders by its new date and none
that still holds: offers are called for once for its month, the agenda comes once for its week, and people are reminded
once of its day.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta

from domain.schedules import Happening, month_of, week_of
from domain.showcases import Showcase, after_due, agenda_due, call_due, day_due
from handlers.capability import tell
from handlers.schedule import Chore, Schedule
from handlers.showcases import live, minutes, offering, setting
from storage import contributions, initiatives, showcases
from storage import people as directory
from storage.outbox import Priority
from storage.showcases import UNDER_WAY, Proposal
from storage.store import Work

#: A reminder that is missed by more than a day is of no use.
CATCH_UP = timedelta(days=1)
#: Longer than the earliest reminder is before a showcase, and than the latest is after it.
NEAR = timedelta(days=21)
#: From how far back something is proposed.
PROPOSED_SINCE = timedelta(weeks=4)

Due = Callable[[Showcase], datetime]
Named = Callable[[Showcase], str]


def _before(due: Due, named: Named) -> Callable[[Work, datetime, datetime], Iterable[Happening]]:
    """The happenings of a reminder that comes before a planned showcase."""

    def happenings(work: Work, after: datetime, until: datetime) -> Iterator[Happening]:
        for one in showcases.planned(work, after=after, until=until + NEAR):
            yield Happening(f"{one.id}/{named(one)}", due(one))

    return happenings


def _after(work: Work, after: datetime, until: datetime) -> Iterator[Happening]:
    for one in showcases.without_minutes(work, after=after - NEAR, until=until):
        yield Happening(f"{one.id}/{one.day}", after_due(one))


def _call(work: Work, happening: Happening) -> int:
    """Call for offers in the channel, and ask product owners whether they would show something."""
    one = _of(work, happening)
    if one is None:
        return 0
    count = live.to_channel(work, one, "call", happening.period)
    since = work.now - PROPOSED_SINCE
    asked: dict[int, Proposal] = {}
    for found in showcases.stopped_to_propose(work, since=since):
        asked.setdefault(found.person_id, found)
    for found in showcases.entries_to_propose(work, one.id, since=since.date()):
        asked.setdefault(found.person_id, found)
    return count + sum(_propose(work, one, found) for found in asked.values())


def _propose(work: Work, one: Showcase, found: Proposal) -> bool:
    owner = directory.by_id(work, found.person_id)
    about = initiatives.by_id(work, found.initiative_id)
    entry = None if found.contribution_id is None else contributions.by_id(work, found.contribution_id)
    if owner is None or about is None:
        return False
    month = month_of(work.now.date())
    return tell(
        work,
        f"showcase:proposal:{month}:p{owner.id}",
        owner.id,
        offering.proposal(owner, about, entry, one),
        priority=Priority.LATER,
        polite=True,
        expires_at=one.starts_at,
        batch=f"showcase.proposal/{month}",
    )


def _agenda(work: Work, happening: Happening) -> int:
    one = _of(work, happening)
    if one is None:
        return 0
    return live.to_channel(work, one, "agenda", happening.period) + live.to_presenters(
        work, one, "agenda", happening.period
    )


def _day(work: Work, happening: Happening) -> int:
    one = _of(work, happening)
    if one is None:
        return 0
    return live.to_channel(work, one, "day", happening.period, expires_at=one.starts_at) + live.to_presenters(
        work, one, "day", happening.period, expires_at=one.starts_at
    )


def _minutes(work: Work, happening: Happening) -> int:
    """Ask whoever set the date for the minutes."""
    one = _of(work, happening)
    organiser = None if one is None or one.created_by_id is None else directory.by_id(work, one.created_by_id)
    if one is None or organiser is None:
        return 0
    return int(
        tell(
            work,
            f"showcase:minutes:{happening.period}:p{organiser.id}",
            organiser.id,
            minutes.reminder(one, organiser.time_zone),
            priority=Priority.LATER,
            polite=True,
            batch=f"showcase.minutes/{happening.period}",
        )
    )


def _of(work: Work, happening: Happening) -> Showcase | None:
    return showcases.by_id(work, int(happening.period.partition("/")[0]))


def _over(work: Work) -> Sequence[int]:
    return showcases.over(work, before=work.now - UNDER_WAY)


def _hold(work: Work, number: int) -> None:
    """A showcase whose time is over was held, and the next one is planned."""
    if showcases.hold(work, number):
        one = showcases.by_id(work, number)
        if one is not None:
            setting.follow(work, one)


SCHEDULES = (
    Schedule("showcase.call", CATCH_UP, _before(call_due, lambda one: month_of(one.day)), _call),
    Schedule("showcase.agenda", CATCH_UP, _before(agenda_due, lambda one: week_of(one.day)), _agenda),
    Schedule("showcase.day", CATCH_UP, _before(day_due, lambda one: one.day.isoformat()), _day),
    Schedule("showcase.minutes", CATCH_UP, _after, _minutes),
)
CHORES = (Chore("showcase.over", _over, _hold),)
