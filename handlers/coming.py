"""Understanding which day that is still to come people type."""

import re
from datetime import date, datetime, time, timedelta

from domain.contributions import clean

MAX_TYPED = 60

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


def coming_day(text: str, *, today: date) -> date | None:
    """The day in a text that is nothing but a day; None if it is not one.

    Understands 2026-12-03, 3.12.2026, 3 December, next Thursday (the first one after today), tomorrow, in two weeks.
    A day in numbers may be over; one in words is the next such day.
    """
    text = " ".join(clean(text).split())
    if not text or len(text) > MAX_TYPED:
        return None
    try:
        if found := _ISO.fullmatch(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _DOTTED.fullmatch(text):
            return date(int(found[3]), int(found[2]), int(found[1]))
    except ValueError:
        return None
    if not re.search(r"[a-z]", text, re.IGNORECASE):
        return None
    word = re.sub(r"^(?:on|next|this|coming|the)\s+", "", text, flags=re.IGNORECASE)
    for number, name in enumerate(_WEEKDAYS):
        if len(word) > 2 and name.startswith(word.lower().rstrip(".,")):
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    import dateparser  # slow to import, and few people name a day in words

    parsed = dateparser.parse(
        re.sub(r"\bof\b|\.(?=\s|$)", "", word, flags=re.IGNORECASE),
        languages=["en"],
        settings={
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "PREFER_DATES_FROM": "future",
            "REQUIRE_PARTS": ["day"],
            "RETURN_AS_TIMEZONE_AWARE": False,
        },
    )
    return None if parsed is None else parsed.date()
