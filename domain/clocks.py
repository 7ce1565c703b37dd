"""Reading times of day and time zones as people type them."""

import re
from datetime import time
from functools import cache
from typing import NamedTuple
from zoneinfo import available_timezones

from domain.errors import Refused

_TIME = re.compile(
    r"(?<![\d.:/-])(?:at\s+)?(?:(?P<hour>\d{1,2})[:.h](?P<minute>\d{2})(?![\d.:])(?:\s*(?P<half>[ap]\.?m\.?(?!\w)))?"
    r"|(?P<bare>\d{1,2})\s*(?P<bare_half>[ap]\.?m\.?)(?!\w))",
    re.ASCII | re.IGNORECASE,
)


_EXAMPLES = "Examples: Europe/Berlin, America/New_York, Asia/Kolkata."


class NotATime(Refused):
    """A time of day looks like 08:30, or 3 pm."""


class NotAZone(Refused):
    """I do not know that time zone. Examples: Europe/Berlin, America/New_York, Asia/Kolkata."""


class FoundTime(NamedTuple):
    """A time of day in a longer text, and where it stands there."""

    at: time
    start: int
    end: int


def find_time(text: str) -> FoundTime | None:
    """The first time of day in a text, "15:00", "3.15 pm", "at 3pm"; None if there is none.

    Raises NotATime for one that no clock shows, such as 25:00.
    """
    found = _TIME.search(text)
    return None if found is None else FoundTime(_time(found), found.start(), found.end())


def read_time(text: str) -> time:
    """A time of day alone: "8:30", "08.30", "3 pm", or the hour, "16". Raises NotATime."""
    text = text.strip()
    if re.fullmatch(r"\d{1,2}", text, re.ASCII):
        text += ":00"
    found = _TIME.fullmatch(text)
    if found is None:
        raise NotATime
    return _time(found)


def read_zone(text: str) -> str:
    """A zone by its name, or by its city where only one has it: "europe/berlin", "Berlin", "new york".

    Raises NotAZone.
    """
    text = text.strip()
    found = _zones().get(text.lower().replace(" ", "_"))
    if found is None and text:
        raise NotAZone(f"I know no time zone called “{text[:40]}”. {_EXAMPLES}")
    if found is None:
        raise NotAZone
    return found


def _time(found: re.Match[str]) -> time:
    hour = int(found["hour"] or found["bare"])
    minute = int(found["minute"] or 0)
    half = (found["half"] or found["bare_half"] or "").lower().replace(".", "")
    if half:
        if not 1 <= hour <= 12:
            raise NotATime
        hour = hour % 12 + (12 if half == "pm" else 0)
    if hour > 23 or minute > 59:
        raise NotATime
    return time(hour, minute)


@cache
def _zones() -> dict[str, str]:
    """Every zone that people live in by its whole name and, where only one has it, by its city, in lower case."""
    names = sorted(
        name
        for name in available_timezones()
        if ("/" in name and not name.startswith(("Etc/", "posix/", "right/"))) or name == "UTC"
    )
    cities: dict[str, list[str]] = {}
    for name in names:
        cities.setdefault(name.rpartition("/")[2].lower(), []).append(name)
    found = {city: known[0] for city, known in cities.items() if len(known) == 1}
    return found | {name.lower(): name for name in names}
