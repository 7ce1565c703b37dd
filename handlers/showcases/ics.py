"""A showcase in people's calendars: an iCalendar file (RFC 5545), and links that fill in a calendar on the web."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode

from domain.showcases import Showcase, State

#: Octets in a line, without its end (RFC 5545, 3.1).
LINE_OCTETS = 75
TITLE = "AI showcase"

_ESCAPED = str.maketrans({"\\": "\\\\", ";": "\\;", ",": "\\,", "\n": "\\n", "\r": None})
_ADDRESS = re.compile(r"[^\s<>\"',;:]+@[^\s<>\"',;:]+")


def calendar(
    showcase: Showcase, details: str, minutes: int, *, organiser: tuple[str, str] | None, now: datetime
) -> str:
    """The file: the event as it is now, or its cancellation. Lines end with CRLF and are folded.

    `details` is what the event's description says, `minutes` how long it lasts, `organiser` a name and an e-mail
    address. Times are in UTC, which every calendar shows in the reader's own zone.
    """
    cancelled = showcase.state is State.CANCELLED
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//Tandem//Showcase//EN",
        f"METHOD:{'CANCEL' if cancelled else 'PUBLISH'}",
        "BEGIN:VEVENT",
        f"UID:{uid(showcase)}",
        f"SEQUENCE:{showcase.sequence}",
        f"DTSTAMP:{_utc(now)}",
        f"DTSTART:{_utc(showcase.starts_at)}",
        f"DTEND:{_utc(_end(showcase, minutes))}",
        f"SUMMARY:{TITLE}",
        f"DESCRIPTION:{_text(details)}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
    ]
    if showcase.place:
        lines.append(f"LOCATION:{_text(showcase.place)}")
    if organiser is not None and _ADDRESS.fullmatch(organiser[1]):
        lines.append(f'ORGANIZER;CN="{_parameter(organiser[0])}":mailto:{organiser[1]}')
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return "".join(f"{piece}\r\n" for line in lines for piece in folded(line))


def uid(showcase: Showcase) -> str:
    """The same for as long as the showcase is, wherever it is moved."""
    return f"showcase-{showcase.id}-{int(showcase.created_at.timestamp())}@tandem"


def google_link(showcase: Showcase, details: str, minutes: int) -> str:
    """A link that opens the event in Google Calendar, to be saved there."""
    query = {
        "action": "TEMPLATE",
        "text": TITLE,
        "dates": f"{_utc(showcase.starts_at)}/{_utc(_end(showcase, minutes))}",
        "details": details,
        "location": showcase.place or "",
    }
    return f"https://calendar.google.com/calendar/render?{urlencode(query, quote_via=quote)}"


def outlook_link(showcase: Showcase, details: str, minutes: int) -> str:
    """A link that opens the event in Outlook on the web, to be saved there."""
    query = {
        "path": "/calendar/action/compose",
        "rru": "addevent",
        "subject": TITLE,
        "startdt": _iso(showcase.starts_at),
        "enddt": _iso(_end(showcase, minutes)),
        "body": details,
        "location": showcase.place or "",
    }
    return f"https://outlook.office.com/calendar/0/deeplink/compose?{urlencode(query, quote_via=quote)}"


def folded(line: str) -> Iterator[str]:
    """A content line in pieces of at most 75 octets, never inside a character; those that follow begin with a space."""
    piece, octets = "", 0
    for character in line:
        size = len(character.encode())
        if octets + size > LINE_OCTETS:
            yield piece
            piece, octets = " ", 1
        piece += character
        octets += size
    yield piece


def _end(showcase: Showcase, minutes: int) -> datetime:
    return showcase.starts_at + timedelta(minutes=minutes)


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _iso(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def _text(text: str) -> str:
    """A TEXT value (RFC 5545, 3.3.11)."""
    return text.translate(_ESCAPED)


def _parameter(text: str) -> str:
    """A quoted parameter's value, which can hold no quote and no control character (RFC 5545, 3.2)."""
    return "".join(character for character in text if character.isprintable() and character != '"')
