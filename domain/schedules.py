"""Schedules: what happens again and again, and whether a happening that was missed is still of use."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

#: How often the planner looks.
TICK = timedelta(minutes=1)
#: How far back the planner looks for what was missed, to say that it was.
LOOK_BACK = timedelta(days=35)


class Happening(NamedTuple):
    """One happening of a schedule."""

    #: Unique within the schedule: "2026-W47", or "2026-W47@Europe/Berlin" where each zone has its own.
    period: str
    #: Aware.
    due_at: datetime


class Outcome(StrEnum):
    PLANNED = "planned"
    #: It was too late to be of use.
    DROPPED = "dropped"


def outcome_of(happening: Happening, now: datetime, catch_up: timedelta) -> Outcome:
    """Whether a happening that is due is planned now, however late, or dropped."""
    return Outcome.PLANNED if happening.due_at > now - catch_up - TICK else Outcome.DROPPED


def looked_back_to(
    now: datetime, catch_up: timedelta, newest: datetime | None, begun: datetime | None
) -> datetime:
    """After which moment the planner looks for happenings.

    That is as far as they are caught up with; or to the `newest` that was ever planned, if nobody looked since, so
    that what was missed is counted. Of a schedule that never happened nothing is missed from before somebody was there
    for it: before it had `begun` (None: not yet).
    """
    caught = now - catch_up - TICK
    if newest is None:
        return now if begun is None else min(now, max(caught, begun))
    if newest >= caught:
        return caught
    return max(newest, now - max(catch_up + TICK, LOOK_BACK))


def week_of(day: date) -> str:
    """The ISO week of a day: "2026-W47"."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def month_of(day: date) -> str:
    """The month of a day: "2026-11"."""
    return f"{day.year}-{day.month:02}"


def in_zone(period: str, zone: ZoneInfo) -> str:
    """A period that each zone has for itself: "2026-W47@Europe/Berlin"."""
    return f"{period}@{zone.key}"


def undecided(happenings: Iterable[Happening], after: datetime, until: datetime) -> dict[str, Happening]:
    """The happenings due in (after, until], by period; of two with one period the first counts."""
    found: dict[str, Happening] = {}
    for one in happenings:
        if one.due_at.tzinfo is None:
            raise ValueError("a happening is due at an aware moment")
        if after < one.due_at <= until:
            found.setdefault(one.period, one)
    return found
