"""The Friday nudge: when somebody is asked what they put in, and what "like last week" means."""

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import local
from domain.contributions import Contribution, Draft

FOUR_WEEKS = timedelta(weeks=4)
#: ISO: Friday, in the afternoon where the person is.
WEEKDAY = 5
AT = time(15)
#: Of one week so many entries are offered again at the most.
MOST_ENTRIES = 3


def week_starts(friday: date, zone: ZoneInfo) -> datetime:
    """The instant when the week of a Friday begins where somebody is."""
    return local(zone, friday - timedelta(days=friday.weekday()), time())


def day_ends(friday: date, zone: ZoneInfo) -> datetime:
    """The instant when a Friday is over where somebody is: after it nobody is asked about its week."""
    return local(zone, friday + timedelta(days=1), time())


def friday_of(period: str) -> date:
    """The Friday of an ISO week as in "2026-W47". Raises ValueError."""
    return date.fromisoformat(f"{period[:8]}-5")


def repeated(entries: Iterable[Contribution], day: date) -> tuple[Draft, ...]:
    """The same again on another day: effort, kind, initiative, part and words; not the link, which was of that time."""
    return tuple(
        Draft(
            kind=one.kind,
            initiative_id=one.initiative_id,
            effort_minutes=one.effort_minutes,
            day=day,
            what=one.what,
            degree=one.degree,
        )
        for one in entries
    )
