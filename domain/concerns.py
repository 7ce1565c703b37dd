"""Concerns: one specific observation about one deployment, its way to "what changed", and how long that may take.

Source: "people are worried about AI" cannot be acted on; which team, which tool, what happened, how often and what
nobody told them can (seeds, third article, "What Working Together Actually Requires").
"""

import re
import unicodedata
from collections.abc import Collection
from datetime import datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.calendar import MONDAY_TO_FRIDAY, local
from domain.errors import InvalidField, NotAllowed, Refused
from domain.people import Part, Person, Role
from domain.values import Value

MAX_WHAT = 1500
MAX_DETAIL = 500
MAX_MESSAGE = 2000
MAX_OUTCOME = 1000
#: Figures are told from so many concerns on; "so many people report this" from so many.
LEAST_IN_FIGURES = 5
LEAST_ALIKE = 3
#: How often a case is reopened because its reporter says that it is not settled.
MOST_REOPENED = 1
#: When anonymous concerns are handed to those who handle them, in the organisation's zone: never when they come.
HANDED_AT = (time(9), time(14))

#: Crockford's base 32: no I, L, O or U, so that nothing is read for something else.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CODE_CHARACTERS = 25
_ALIKE = str.maketrans({"I": "1", "L": "1", "O": "0"})


class Cause(StrEnum):
    """Why somebody does not go along, in their own word."""

    UNDERSTANDING = "understanding"
    TRUST = "trust"
    INTEREST = "interest"
    OTHER = "other"

    @property
    def label(self) -> str:
        return {
            Cause.UNDERSTANDING: "I do not see what it does for me",
            Cause.TRUST: "I cannot rely on it here",
            Cause.INTEREST: "It works against me",
            Cause.OTHER: "Something else",
        }[self]


class Gap(StrEnum):
    """Where the answer lies."""

    DEPLOYMENT = "deployment"
    TRUST = "trust"

    @property
    def label(self) -> str:
        return {Gap.DEPLOYMENT: "The tool or its roll-out", Gap.TRUST: "The organisation around it"}[self]


class Severity(StrEnum):
    """How pressing it is."""

    SERIOUS = "serious"
    USUAL = "usual"

    @property
    def label(self) -> str:
        return {Severity.SERIOUS: "Serious", Severity.USUAL: "Usual"}[self]


class State(StrEnum):
    """Where a concern is."""

    #: Raised without a name, and not handed over yet.
    SENT = "sent"
    NEW = "new"
    #: Somebody owns it.
    TAKEN = "taken"
    #: It has its answer, and waits for the reporter's word.
    CLOSED = "closed"
    #: The reporter said that it is settled.
    SETTLED = "settled"
    #: The reporter said that it is not, and it is with the sponsors.
    REOPENED = "reopened"
    #: It tells the same as another one, whose answer it gets.
    MERGED = "merged"
    #: Raised without a name, and nobody can open what came: it is no concern of any figure.
    UNUSABLE = "unusable"

    @property
    def open(self) -> bool:
        return self in (State.NEW, State.TAKEN, State.REOPENED)

    @property
    def label(self) -> str:
        return {
            State.SENT: "Sent",
            State.NEW: "New",
            State.TAKEN: "Being looked into",
            State.CLOSED: "Answered",
            State.SETTLED: "Settled",
            State.REOPENED: "Not settled",
            State.MERGED: "Merged into another one",
            State.UNUSABLE: "Cannot be read",
        }[self]


OPEN = tuple(state for state in State if state.open)


class Outcome(StrEnum):
    """What became of it: nothing is closed without."""

    CHANGED = "changed"
    EXPLAINED = "explained"
    LIMIT = "limit"
    DECLINED = "declined"

    @property
    def label(self) -> str:
        return {
            Outcome.CHANGED: "Changed",
            Outcome.EXPLAINED: "Explained",
            Outcome.LIMIT: "Known limit",
            Outcome.DECLINED: "Not changed",
        }[self]


class Kind(StrEnum):
    """What a message in the thread is."""

    ASKED = "asked"
    ANSWERED = "answered"
    #: Among those who handle it; never shown to the reporter.
    NOTE = "note"
    #: Of the reporter.
    REPLY = "reply"
    OUTCOME = "outcome"
    SETTLED = "settled"
    NOT_SETTLED = "not_settled"

    @property
    def of_reporter(self) -> bool:
        return self in (Kind.REPLY, Kind.SETTLED, Kind.NOT_SETTLED)


class Concern(Value):
    """A concern as it is kept, without what was written."""

    #: 16 bytes: drawn by chance, or made from the reporter's code.
    case_id: bytes
    #: What handlers call it; None before it is handed over.
    number: int | None
    initiative_id: int | None
    #: None for whoever raised it without a name.
    reporter_id: int | None
    #: The ISO week in which it was raised: "2026-W47".
    week: str
    severity: Severity
    cause: Cause | None
    gap: Gap | None
    is_specific: bool
    state: State
    owner_id: int | None
    handed_at: datetime | None
    #: Until when there should be a first answer.
    due_at: datetime | None
    first_answer_at: datetime | None
    escalated_at: datetime | None
    closed_at: datetime | None
    outcome: Outcome | None
    reopened: int
    #: The number of the one that it is merged into.
    merged_into: int | None
    milestone: str | None
    limit_id: int | None
    #: Whether the reporter asked to be told of an answer.
    push: bool

    @property
    def is_anonymous(self) -> bool:
        return self.reporter_id is None

    def is_overdue(self, now: datetime) -> bool:
        return (
            self.state.open and self.first_answer_at is None and self.due_at is not None and self.due_at < now
        )


#: What an organisation may set, both from 1.
MOST_SERIOUS_HOURS = 240
MOST_USUAL_DAYS = 60


class Levels(NamedTuple):
    """How soon there is a first answer."""

    serious_hours: int = 24
    usual_days: int = 5

    @property
    def words(self) -> str:
        """As in "within 24 hours to a serious concern, and by the end of 5 working days to any other"."""
        hours = "1 hour" if self.serious_hours == 1 else f"{self.serious_hours} hours"
        days = "the next working day" if self.usual_days == 1 else f"{self.usual_days} working days"
        return f"within {hours} to a serious concern, and by the end of {days} to any other"


def read_levels(serious_hours: str, usual_days: str) -> Levels:
    """What was typed for the two. Raises InvalidField, keyed by their names."""
    errors: dict[str, str] = {}
    hours = _whole(serious_hours, MOST_SERIOUS_HOURS)
    days = _whole(usual_days, MOST_USUAL_DAYS)
    if hours is None:
        errors["serious_hours"] = (
            f"Please give whole hours from 1 to {MOST_SERIOUS_HOURS}, as in 24 for a day and a night."
        )
    if days is None:
        errors["usual_days"] = f"Please give working days from 1 to {MOST_USUAL_DAYS}, as in 5 for a week."
    if hours is None or days is None:
        raise InvalidField(**errors)
    return Levels(hours, days)


def _whole(text: str, most: int) -> int | None:
    text = text.strip().removesuffix(".0")  # as one platform sends whole numbers
    found = int(text) if text.isascii() and text.isdecimal() and len(text) <= 5 else 0
    return found if 1 <= found <= most else None


def due_at(
    severity: Severity,
    handed_at: datetime,
    zone: ZoneInfo,
    levels: Levels = Levels(),  # noqa: B008  a frozen value
) -> datetime:
    """Until when a first answer is due: so many hours, or the end of so many working days of the organisation."""
    if severity is Severity.SERIOUS:
        return handed_at + timedelta(hours=levels.serious_hours)
    day, left = handed_at.astimezone(zone).date(), levels.usual_days
    while left:
        day += timedelta(days=1)
        if day.isoweekday() in MONDAY_TO_FRIDAY:
            left -= 1
    return local(zone, day, time(17, 30))


def may_handle(person: Person, parts: Collection[Part]) -> bool:
    """Whether somebody reads and answers the concerns of an initiative: its product owner, the AI function and HR.

    The sponsors do once it was escalated or reopened (`may_decide`).
    """
    return bool(person.roles & {Role.HR, Role.AI}) or Part.PRODUCT_OWNER in parts


def may_decide(person: Person, parts: Collection[Part], concern: Concern) -> bool:
    """The same, with the sponsors where a service level was missed or the reporter was not content."""
    sponsors = {Part.BUSINESS_SPONSOR, Part.TECHNICAL_SPONSOR}
    is_theirs = concern.escalated_at is not None or concern.state is State.REOPENED or concern.reopened > 0
    return may_handle(person, parts) or (is_theirs and not sponsors.isdisjoint(parts))


def code_words(code: str) -> str:
    """A code as people read it: five groups of five."""
    return "-".join(code[at : at + 5] for at in range(0, len(code), 5))


_CALLED_CODE = re.compile(r"^\W*(?:my )?code\W+", re.I)
_NUMBER = re.compile(r"[#c]?\s*[-‐‑‒–—−]?\s*([0-9]{1,9})", re.I)


def read_code(text: str) -> str | None:
    """A code as it was typed, in any case and whatever stands between and around it; None if it cannot be one."""
    kept = _CALLED_CODE.sub("", unicodedata.normalize("NFKC", text))
    code = "".join(one for one in kept if one.isalnum()).upper().translate(_ALIKE)
    return code if len(code) == CODE_CHARACTERS and set(code) <= set(ALPHABET) else None


def number_words(number: int) -> str:
    """As handlers call a concern: "C-12"."""
    return f"C-{number}"


def read_number(text: str) -> int | None:
    """The number in "C-12", "c12", "#12" or "12", whichever dash it has; None if there is none."""
    found = _NUMBER.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return None if found is None else int(found[1])


class NoSuchConcern(Refused):
    """I know no such concern. `concern list` shows those that are yours to handle."""


class NoSuchCode(Refused):
    """No concern has this code. Please check each of its 25 characters; nobody can look a code up."""


class NotYours(NotAllowed):
    """Only its product owner, the AI function and HR handle the concerns of an initiative."""


class AlreadyClosed(Refused):
    """This concern has its answer already. Its thread shows it."""
