"""Reading when a showcase is: a rule for every month, or one date, with a time of day and a zone."""

import re
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain import clocks
from domain.calendar import local
from domain.clocks import FoundTime, find_time, read_zone
from domain.contributions import clean
from domain.errors import Refused
from domain.showcases import Rule, read_days
from handlers.coming import coming_day

#: The furthest that a showcase can be set ahead.
FURTHEST = timedelta(days=400)
MAX_TYPED = 200


class NotADate(Refused):
    """I could not read when that is. `showcase next last Thursday 15:00 Europe/Berlin` sets a rule for every month, \
`showcase next 2026-12-03 15:00` a single date."""


class NoTime(Refused):
    """At which time of day? Please type it behind the date, as in 2026-12-03 15:00."""


class NotATime(Refused):
    """There is no such time of day. An example: `showcase next last Thursday 15:00 Europe/Berlin`."""


class HasPassed(Refused):
    """That has passed already. Please set a date that is still to come, such as `showcase next 2026-12-03 15:00`."""


class TooFar(Refused):
    """That is more than a year away. Please set a nearer date, such as `showcase next 2026-12-03 15:00`."""


def read_when(text: str, *, today: date, now: datetime, zone: str) -> tuple[datetime, str] | Rule:
    """One date (an instant, and the zone in which it was set) or a rule. `zone` holds where none is named.

    Understands `last Thursday 15:00 Europe/Berlin`, `2026-12-03 15:00`, `3 December 3pm Berlin`, `next thursday
    15:00`. Raises Refused.
    """
    text = " ".join(clean(text).split())
    if len(text) > MAX_TYPED:
        raise NotADate
    found = _found_time(text)
    if found is None:
        raise NotADate if _day(text, today) is None and read_days(_bare(text)) is None else NoTime
    days, behind = text[: found.start].strip(" ,"), text[found.end :].strip(" ,()")
    if not days:
        # The time stands first: "15:00 on 3 December".
        days, behind = behind, ""
    named = read_zone(behind.removeprefix("in ").strip()) if behind else zone
    rule = read_days(_bare(days))
    if rule is not None:
        return Rule(nth=rule[0], weekday=rule[1], at=found.at, zone=named)
    day = _day(days, today)
    if day is None:
        raise NotADate
    return check_moment(local(ZoneInfo(named), day, found.at), now), named


def check_moment(moment: datetime, now: datetime) -> datetime:
    """A moment that is still to come, within about a year. Raises HasPassed or TooFar."""
    if moment <= now:
        raise HasPassed
    if moment > now + FURTHEST:
        raise TooFar
    return moment


def _found_time(text: str) -> FoundTime | None:
    try:
        return find_time(text)
    except clocks.NotATime as error:
        raise NotATime from error


def _bare(text: str) -> str:
    return re.sub(r"\s+at$|^on\s+", "", text.strip(), flags=re.IGNORECASE)


def _day(text: str, today: date) -> date | None:
    """A day that is named in numbers or words; without a year the next such day."""
    return coming_day(_bare(text), today=today)
