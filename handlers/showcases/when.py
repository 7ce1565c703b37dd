"""Reading when a showcase is: a rule for every month, or one date, with a time of day and a zone."""

import re
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from domain.calendar import local
from domain.contributions import clean
from domain.errors import Refused
from domain.showcases import Rule, read_days
from handlers.coming import coming_day

#: The furthest that a showcase can be set ahead.
FURTHEST = timedelta(days=400)
MAX_TYPED = 200

_TIME = re.compile(
    r"(?<![\d.:/-])(?:at\s+)?(?:(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?![\d.:])\s*(?P<half>[ap]\.?m\.?(?!\w))?"
    r"|(?P<bare>\d{1,2})\s*(?P<bare_half>[ap]\.?m\.?)(?!\w))",
    re.IGNORECASE,
)


class NotADate(Refused):
    """I could not read when that is. `showcase next last Thursday 15:00 Europe/Berlin` sets a rule for every month, \
`showcase next 2026-12-03 15:00` a single date."""


class NoTime(Refused):
    """At which time of day? An example: `showcase next last Thursday 15:00 Europe/Berlin`."""


class NotATime(Refused):
    """There is no such time of day. An example: `showcase next last Thursday 15:00 Europe/Berlin`."""


class NoSuchZone(Refused):
    """I do not know that time zone. Examples: Europe/Berlin, America/New_York, Asia/Kolkata."""


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
    found = _TIME.search(text)
    if found is None:
        raise NotADate if _day(text, today) is None and read_days(_bare(text)) is None else NoTime
    at = _time(found)
    days, behind = text[: found.start()].strip(" ,"), text[found.end() :].strip(" ,()")
    if not days:
        # The time stands first: "15:00 on 3 December".
        days, behind = behind, ""
    named = read_zone(behind.removeprefix("in ").strip()) if behind else zone
    rule = read_days(_bare(days))
    if rule is not None:
        return Rule(nth=rule[0], weekday=rule[1], at=at, zone=named)
    day = _day(days, today)
    if day is None:
        raise NotADate
    return check_moment(local(ZoneInfo(named), day, at), now), named


def read_time(text: str) -> time:
    """A time of day alone: "15:00", "3 pm". Raises NotATime."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        raise NotATime
    return _time(found)


def read_zone(text: str) -> str:
    """A zone by its name, or by its city: "Europe/Berlin", "Berlin", "new york". Raises NoSuchZone."""
    found = _zones().get(text.strip().lower().replace(" ", "_"))
    if found is None:
        raise NoSuchZone(
            f"I know no time zone called “{text.strip()[:40]}”. "
            "Examples: Europe/Berlin, America/New_York, Asia/Kolkata."
        )
    return found


def check_moment(moment: datetime, now: datetime) -> datetime:
    """A moment that is still to come, within about a year. Raises HasPassed or TooFar."""
    if moment <= now:
        raise HasPassed
    if moment > now + FURTHEST:
        raise TooFar
    return moment


@lru_cache(maxsize=1)
def _zones() -> dict[str, str]:
    """Every zone by its whole name and, where only one has it, by its city, in lower case."""
    names = sorted(one for one in available_timezones() if not one.startswith(("Etc/", "posix/", "right/")))
    cities: dict[str, list[str]] = {}
    for name in names:
        cities.setdefault(name.rpartition("/")[2].lower(), []).append(name)
    found = {city: known[0] for city, known in cities.items() if len(known) == 1}
    return found | {name.lower(): name for name in names}


def _time(found: re.Match[str]) -> time:
    hour = int(found["hour"] or found["bare"])
    minute = int(found["minute"] or 0)
    half = (found["half"] or found["bare_half"] or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise NotATime
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        raise NotATime(
            f"There is no {found[0].removeprefix('at').strip()} on a clock. "
            "An example: `showcase next last Thursday 15:00 Europe/Berlin`."
        )
    return time(hour, minute)


def _bare(text: str) -> str:
    return re.sub(r"\s+at$|^on\s+", "", text.strip(), flags=re.IGNORECASE)


def _day(text: str, today: date) -> date | None:
    """A day that is named in numbers or words; without a year the next such day."""
    return coming_day(_bare(text), today=today)
