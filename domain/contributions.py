"""The contribution log: what a person put in, and when an entry makes sense.

Source of the purpose: a log of which teams give data, expertise, testing and operational change is the input to
recognition and performance reviews (seeds, first article, "Make contributions and impact traceable").
"""

import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from enum import Enum, StrEnum

from domain.errors import InvalidField
from domain.values import Value

MAX_WHAT = 2000
MAX_LINK = 2000
MINUTES_A_DAY = 24 * 60


class Kind(Enum):
    """What was put in: a stored key, a label, and the words people type for it."""

    DATA = ("data", "data", ("data", "dataset", "datasets", "labelling", "labeling", "labels"))
    EXPERTISE = ("expertise", "expertise", ("expertise", "expert", "advice", "knowledge", "sme"))
    TESTING = ("testing", "testing", ("testing", "test", "tests", "tested", "uat"))
    CHANGE = (
        "change",
        "operational change",
        ("operational change", "change", "process change", "operations", "rollout", "roll-out"),
    )
    DESIGN = ("design", "co-design", ("co-design", "codesign", "design", "workshop"))
    RISK = ("risk", "risk taken", ("risk taken", "risk"))
    REVIEW = ("review", "review", ("review", "reviewing", "reviewed"))
    TRAINING = ("training", "training", ("training", "train", "trained", "teaching", "coaching"))

    def __init__(self, key: str, label: str, words: tuple[str, ...]) -> None:
        self.key = key
        self.label = label
        self.words = words

    @classmethod
    def of(cls, key: str) -> "Kind":
        """The kind with a stored key. Raises KeyError."""
        return _KINDS[key]


_KINDS: Mapping[str, Kind] = {kind.key: kind for kind in Kind}


class Degree(StrEnum):
    """How large a part somebody had in a piece of work, after the degrees of the CRediT taxonomy."""

    LEAD = "lead"
    EQUAL = "equal"
    SUPPORTING = "supporting"


class Status(StrEnum):
    COUNTED = "counted"
    #: Logged by somebody else; counts once the person has confirmed.
    AWAITING = "awaiting"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"


class Policy(Value):
    """What an organisation sets."""

    #: What "1 day" means, in hours.
    hours_a_day: float = 8.0
    #: How far back an entry may be dated, in days.
    backdate_days: int = 90
    #: For how long a request for a sign-off stays open, in days.
    signoff_days: int = 14


class Draft(Value):
    """An entry as somebody wants it."""

    kind: Kind
    initiative_id: int
    #: None where no effort was given ("shared the 2024 complaints extract").
    effort_minutes: int | None = None
    day: date
    what: str
    degree: Degree = Degree.EQUAL
    link: str | None = None


class Contribution(Draft):
    """An entry in the log."""

    id: int
    person_id: int
    #: The team the person sat in when the entry was made.
    team_id: int
    logged_by_id: int
    status: Status
    #: Counts up with every change, from 1.
    version: int
    created_at: datetime


def check(draft: Draft, *, today: date, policy: Policy) -> Draft:
    """The draft, tidied, if it makes sense. `today` is the person's own day.

    Raises InvalidField, keyed by the names of the form's inputs.
    """
    errors: dict[str, str] = {}
    what = clean(draft.what)
    if not what:
        errors["what"] = "Please say in a few words what was done."
    elif len(what) > MAX_WHAT:
        errors["what"] = f"That is {len(what):,} characters; please keep it to {MAX_WHAT:,}."
    if draft.day > today:
        errors["day"] = "That day is still to come. Please log it when it is done."
    elif draft.day < today - timedelta(days=policy.backdate_days):
        errors["day"] = f"Entries can go back {policy.backdate_days} days at the most."
    if draft.effort_minutes is not None:
        if draft.effort_minutes <= 0:
            errors["effort"] = "Effort must be more than nothing. Leave it empty if there was none to count."
        elif draft.effort_minutes > MINUTES_A_DAY:
            errors["effort"] = "A day has 24 hours. Please split the effort over the days it took."
    link = draft.link
    if link is not None and not (re.match(r"https?://[^\s<>|\"]+$", link) and len(link) <= MAX_LINK):
        errors["link"] = "A link starts with https:// and has no spaces."
    if errors:
        raise InvalidField(**errors)
    return draft if what == draft.what else draft.model_copy(update={"what": what})


def check_day(minutes_that_day: int) -> None:
    """Refuse a day of more than 24 hours, all its entries together. Raises InvalidField."""
    if minutes_that_day > MINUTES_A_DAY:
        raise InvalidField(
            effort=f"With your other entries of that day this makes {effort_words(minutes_that_day)}, "
            "and a day has 24 hours."
        )


_EFFORT_FORMS = (
    (re.compile(r"(\d{1,4})\s*(?:h|hrs?|hours?|std)\s*(\d{1,2})\s*(?:m|min|mins|minutes?)?", re.I), "h+m"),
    (re.compile(r"(\d{1,4}(?:[.,]\d{1,3})?)\s*(?:h|hrs?|hours?|std)", re.I), "h"),
    (re.compile(r"(\d{1,4}):([0-5]\d)(?:\s*(?:h|hrs?|hours?))?", re.I), "h+m"),
    (re.compile(r"(\d{1,5})\s*(?:m|min|mins|minutes?)", re.I), "m"),
    (re.compile(r"(\d{1,3}(?:[.,]\d{1,3})?)\s*(?:d|days?)", re.I), "d"),
    (re.compile(r"half\s+an?\s+hour", re.I), "30"),
    (re.compile(r"an?\s+hour\s+and\s+a\s+half", re.I), "90"),
    (re.compile(r"an?\s+hour", re.I), "60"),
    (re.compile(r"half\s+a\s+day", re.I), "half day"),
    (re.compile(r"(?:a|one)\s+(?:whole\s+|full\s+)?day", re.I), "day"),
)
_BOUNDED_FORMS = tuple(
    (re.compile(rf"(?<![\w.,:/+-]){form.pattern}(?![\w:/]|[.,]\d|\s+ago\b)", re.I), unit)
    for form, unit in _EFFORT_FORMS
)


def find_effort(text: str, *, hours_a_day: float) -> tuple[int, int, int] | None:
    """The first effort in a text: (minutes, start, end), or None.

    Understands `3h`, `1.5h`, `1,5h`, `2h30`, `90m`, `2:43`, `half a day`, `1 day`, `half an hour`.
    """
    found: list[tuple[int, int, int]] = []
    for form, unit in _BOUNDED_FORMS:
        match = form.search(text)
        if match is not None:
            # Of two that begin at the same place the longer one is meant.
            found.append((match.start(), -match.end(), _minutes(match, unit, hours_a_day)))
    if not found:
        return None
    start, end, minutes = min(found)
    return minutes, start, -end


def parse_effort(text: str, *, hours_a_day: float) -> int | None:
    """The minutes in a text that is nothing but an effort; a bare number counts as hours. None if it is not."""
    text = text.strip()
    if re.fullmatch(r"\d{1,3}(?:[.,]\d{1,3})?", text):
        text += "h"
    found = find_effort(text, hours_a_day=hours_a_day)
    return found[0] if found is not None and found[1:] == (0, len(text)) else None


def _minutes(match: re.Match[str], unit: str, hours_a_day: float) -> int:
    match unit:
        case "h+m":
            return int(match[1]) * 60 + int(match[2])
        case "h":
            return round(float(match[1].replace(",", ".")) * 60)
        case "m":
            return int(match[1])
        case "d":
            return round(float(match[1].replace(",", ".")) * hours_a_day * 60)
        case "half day":
            return round(hours_a_day * 30)
        case "day":
            return round(hours_a_day * 60)
        case _:
            return int(unit)


def effort_words(minutes: int | None) -> str:
    """An effort as people read it: "3 h", "1 h 30 min", "45 min", "no effort given"."""
    if minutes is None:
        return "no effort given"
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} min"
    return f"{hours} h {rest} min" if rest else f"{hours} h"


def day_words(day: date, today: date) -> str:
    """A day as people read it, seen from `today`: "today", "yesterday", "Tuesday 3 November"."""
    match (today - day).days:
        case 0:
            return "today"
        case 1:
            return "yesterday"
    words = f"{day:%A} {day.day} {day:%B}"
    return words if day.year == today.year else f"{words} {day.year}"


# Tab and line feed are kept; other controls, marks that turn the writing direction, and lone surrogates are not.
_UNWANTED = {"Cc", "Cf", "Cs", "Co"}
_JOINERS = {"\u200c", "\u200d"}  # wanted in Persian, Hindi and in composed emoji


def clean(text: str) -> str:
    """A text without control characters and direction marks, and without space around it."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return "".join(
        character
        for character in text.replace("\r\n", "\n").replace("\r", "\n")
        if character in "\n\t" or character in _JOINERS or unicodedata.category(character) not in _UNWANTED
    ).strip()
