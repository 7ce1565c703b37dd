"""When somebody may be written to, and what a time on the wall means: by zone, never by offset."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
#: ISO numbers: Monday is 1, Sunday is 7.
MONDAY_TO_FRIDAY = frozenset({1, 2, 3, 4, 5})
#: How far ahead an allowed day is looked for behind a pause.
_MOST_DAYS = 400


class Hours(NamedTuple):
    """From when to when on a day, in minutes after midnight on the wall; the end is not included."""

    from_minute: int
    until_minute: int


#: 08:30 to 17:30.
USUAL_HOURS = Hours(8 * 60 + 30, 17 * 60 + 30)


class Moment(NamedTuple):
    """A time on the wall of one zone, as an instant."""

    #: The day that was meant, in the zone.
    day: date
    at: datetime


def never(day: date) -> bool:
    """No public holidays."""
    return False


def local(zone: ZoneInfo, day: date, at: time) -> datetime:
    """The instant, in UTC, when the clocks of a zone show this.

    A time that the clocks skip moves forward by what they skip, also over a day that a zone left out; of a time that
    they show twice it is the first (PEP 495, `fold=0`).
    """
    return datetime.combine(day, at.replace(fold=0), zone).astimezone(UTC)


def next_allowed(
    now: datetime,
    zone: ZoneInfo,
    hours: Hours = USUAL_HOURS,
    weekdays: Iterable[int] = MONDAY_TO_FRIDAY,
    holidays: Callable[[date], bool] = never,
    paused_until: date | None = None,
) -> datetime:
    """`now` if somebody may be written to now, else the next moment when that is so, in UTC.

    `weekdays` are ISO numbers in their zone; `paused_until` is the last day of a pause. Raises ValueError where no
    moment is ever allowed, or `now` is naive. If a year is nothing but holidays, they no longer count.
    """
    if now.tzinfo is None:
        raise ValueError("a naive datetime has no place in a calendar")
    days = frozenset(weekdays)
    if not days or not days <= frozenset(range(1, 8)):
        raise ValueError("at least one day of the week, from 1 to 7, has to be allowed")
    if not 0 <= hours.from_minute < hours.until_minute <= MINUTES_A_DAY:
        raise ValueError("the hours have to end after they begin, on the same day")
    first = now.astimezone(zone).date()
    if paused_until is not None and paused_until >= first:
        first = paused_until + timedelta(days=1)
    for is_free in (holidays, never):
        for number in range(_MOST_DAYS):
            day = first + timedelta(days=number)
            if day.isoweekday() not in days or is_free(day):
                continue
            begins, ends = _on_wall(zone, day, hours.from_minute), _on_wall(zone, day, hours.until_minute)
            # The hours, or the day, may be among what the clocks skip.
            if begins.astimezone(zone).date() == day and max(now, begins) < ends:
                return max(now, begins).astimezone(UTC)
    raise ValueError("these hours are on no day of this zone")


def daily(zone: ZoneInfo, at: time, after: datetime, until: datetime) -> Iterator[Moment]:
    """Every day's moment in (after, until]; a day that a zone left out has none."""
    day = _first_day(zone, after)
    for moment in _until(zone, at, until, (day + timedelta(days=n) for n in range(_span(after, until)))):
        if moment.at > after and _exists(zone, moment.day):
            yield moment


def weekly(zone: ZoneInfo, weekday: int, at: time, after: datetime, until: datetime) -> Iterator[Moment]:
    """Every week's moment in (after, until], on an ISO weekday (Monday is 1)."""
    day = _first_day(zone, after)
    day += timedelta(days=(weekday - day.isoweekday()) % 7)
    days = (day + timedelta(weeks=n) for n in range(_span(after, until) // 7 + 1))
    yield from (moment for moment in _until(zone, at, until, days) if moment.at > after)


def last_weekday_of_month(
    zone: ZoneInfo, weekday: int, at: time, after: datetime, until: datetime
) -> Iterator[Moment]:
    """Every month's moment in (after, until], on the last such ISO weekday of the month."""
    first = _first_day(zone, after).replace(day=1)
    days = (last_weekday(*_month_after(first, n), weekday) for n in range(_span(after, until) // 28 + 2))
    yield from (moment for moment in _until(zone, at, until, days) if moment.at > after)


def last_weekday(year: int, month: int, weekday: int) -> date:
    """The last such ISO weekday of a month."""
    year, month = _month_after(date(year, month, 1), 1)
    last = date(year, month, 1) - timedelta(days=1)
    return last - timedelta(days=(last.isoweekday() - weekday) % 7)


def workdays_before(
    day: date,
    count: int,
    weekdays: Iterable[int] = MONDAY_TO_FRIDAY,
    holidays: Callable[[date], bool] = never,
) -> date:
    """The working day that is so many working days before a day (1: the last one before it).

    Raises ValueError for a count below 1 or where no day of the week is worked.
    """
    days = frozenset(weekdays)
    if count < 1 or not days & frozenset(range(1, 8)):
        raise ValueError("there is no such working day")
    for is_free in (holidays, never):
        found, left = day, count
        for _ in range(_MOST_DAYS + 7 * count):
            found -= timedelta(days=1)
            if found.isoweekday() in days and not is_free(found):
                left -= 1
            if left == 0:
                return found
    raise ValueError("there is no such working day")


def _on_wall(zone: ZoneInfo, day: date, minute: int) -> datetime:
    day += timedelta(days=minute // MINUTES_A_DAY)
    return local(zone, day, time(minute % MINUTES_A_DAY // 60, minute % 60))


def _exists(zone: ZoneInfo, day: date) -> bool:
    """Whether clocks ever showed this day: Samoa had no 30 December 2011."""
    return local(zone, day, time(12)).astimezone(zone).date() == day


def _first_day(zone: ZoneInfo, after: datetime) -> date:
    """A day whose moment is surely not later than `after`, though clocks skip up to a day."""
    return after.astimezone(zone).date() - timedelta(days=2)


def _span(after: datetime, until: datetime) -> int:
    """How many days to look at from `_first_day` on."""
    return max(0, (until - after).days) + 6


def _until(zone: ZoneInfo, at: time, until: datetime, days: Iterable[date]) -> Iterator[Moment]:
    for day in days:
        moment = Moment(day, local(zone, day, at))
        if moment.at <= until:
            yield moment


def _month_after(first: date, months: int) -> tuple[int, int]:
    number = first.year * 12 + first.month - 1 + months
    return number // 12, number % 12 + 1
