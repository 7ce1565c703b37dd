"""Pulses: what two functions agree to ask, of whom, how often, and how little of it anybody will read.

Source: resistance is information with one of three causes, and only an honest answer tells which (seeds, third
article). How an answer is kept is in docs/privacy.md.
"""

import codecs
import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from domain.audit import canonical, digest
from domain.calendar import local
from domain.errors import Refused
from domain.people import Person, Role
from domain.questions import Question
from domain.values import Value

MAX_TITLE = 80
MOST_QUESTIONS = 3
#: A comment, in characters (as UTF-16 counts them) and in bytes as it is packed: all boxes are as large as the largest,
#: and without a page of its own in SQLite as long as that is below a kilobyte.
MAX_COMMENT = 300
COMMENT_BYTES = 2 * MAX_COMMENT + 2
#: How many answers a group has at least, and how many at its ends are not told apart: never lower.
LEAST_K = 5
LEAST_M = 2
SENSITIVE_K = 10
SENSITIVE_M = 3
MOST_K = 50
#: For how long a pulse is open, in days.
MOST_DAYS = 28
#: How many weeks lie between two pulses for one person, where a pulse comes again and again.
USUAL_GAP_WEEKS = 4
MOST_GAP_WEEKS = 26
#: Working days for the answer of the two functions after the close.
RESPONSE_DAYS = 3


def comment_length(text: str) -> int:
    """How many characters a comment has, as chat clients count them: most emoji are two or more."""
    return len(text.encode("utf-16-le")) // 2


def pack_comment(text: str) -> bytes:
    """A comment of at most `MAX_COMMENT` characters in at most `COMMENT_BYTES`, whatever its script."""
    plain = text.encode()
    return plain if len(plain) <= COMMENT_BYTES else codecs.BOM_UTF16_LE + text.encode("utf-16-le")


def unpack_comment(packed: bytes) -> str:
    """The text that was packed. What stands before UTF-16 begins no UTF-8; what is damaged is replaced."""
    coding = "utf-16" if packed.startswith(codecs.BOM_UTF16_LE) else "utf-8"
    return packed.decode(coding, errors="replace")


class Side(StrEnum):
    """Who launches a pulse together."""

    HR = "hr"
    AI = "ai"

    @property
    def role(self) -> Role:
        return Role.HR if self is Side.HR else Role.AI

    @property
    def other(self) -> "Side":
        return Side.AI if self is Side.HR else Side.HR

    @property
    def label(self) -> str:
        return "HR" if self is Side.HR else "the AI function"


class PlanState(StrEnum):
    """What has become of a plan for pulses."""

    DRAFT = "draft"
    #: Both functions approved it: its pulses are launched when their days come.
    APPROVED = "approved"
    #: All its pulses were launched.
    DONE = "done"
    WITHDRAWN = "withdrawn"


class Status(StrEnum):
    """Where a pulse is."""

    #: Keys and roster are to be made on its day.
    PLANNED = "planned"
    OPEN = "open"
    #: No answer is taken any more; it is to be counted.
    CLOSING = "closing"
    RELEASED = "released"
    #: Fewer than k answered: all were destroyed unread.
    UNREAD = "unread"
    #: Something was tampered with: nothing is released.
    STOPPED = "stopped"
    WITHDRAWN = "withdrawn"

    @property
    def over(self) -> bool:
        """Whether its keys are to be destroyed, if there are any left."""
        return self in (Status.RELEASED, Status.UNREAD, Status.WITHDRAWN)


class Rhythm(StrEnum):
    ONCE = "once"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"

    @property
    def weeks(self) -> int:
        """Weeks between two pulses; 0 where there is one."""
        return {Rhythm.ONCE: 0, Rhythm.WEEKLY: 1, Rhythm.FORTNIGHTLY: 2}[self]


class Audience(Value):
    """Who is asked."""

    kind: Literal["everyone", "departments", "initiative"]
    #: Ids of departments, or of the one initiative.
    ids: tuple[int, ...] = ()
    #: As people read it: "Operations and Finance".
    words: str = "everyone"


class Spec(Value):
    """One pulse, frozen at its launch: what people were promised is made from this alone."""

    title: str
    questions: tuple[Question, ...]
    #: The tool's name in the questions; None for the AI tools in general.
    tool: str | None = None
    initiative_id: int | None = None
    audience: Audience
    #: The first day, and the last, which is included; in `zone`.
    opens_on: date
    closes_on: date
    zone: str
    k: int = LEAST_K
    m: int = LEAST_M
    comments: bool = True
    #: Who alone holds the opening key, and its public half in hexadecimal; None where the bot holds it.
    trustee: str | None = None
    trustee_key: str | None = None

    def limits(self, question: Question) -> tuple[int, int]:
        """k and m of a question: higher where it is sensitive."""
        if question.sensitive:
            return max(self.k, SENSITIVE_K), max(self.m, SENSITIVE_M)
        return self.k, self.m

    @property
    def group(self) -> int:
        """How many answers a group that is read has: of all questions, that which needs most decides."""
        return max(self.limits(one)[0] for one in self.questions)

    @property
    def closes_at(self) -> datetime:
        """The midnight after the last day, where the pulse was planned."""
        return local(ZoneInfo(self.zone), self.closes_on + timedelta(days=1), time())

    @property
    def opens_at(self) -> datetime:
        return local(ZoneInfo(self.zone), self.opens_on, time())

    @property
    def parts(self) -> int:
        """How many parts a ballot has: one for each question, one for a comment."""
        return len(self.questions) + (1 if self.comments else 0)

    def digest(self) -> str:
        """SHA-256 of it all, in hexadecimal."""
        return digest(canonical(self.model_dump(mode="json")))


class Plan(Value):
    """What both functions approve: the first pulse, and how it comes again."""

    spec: Spec
    rhythm: Rhythm = Rhythm.ONCE
    #: The last day on which another one may open; None where there is one.
    until: date | None = None
    #: Nobody is asked again before so many weeks are over.
    gap_weeks: int = USUAL_GAP_WEEKS

    def fingerprint(self) -> str:
        """What an approval is bound to: SHA-256 of it all, in hexadecimal."""
        return digest(canonical(self.model_dump(mode="json")))

    def run(self, number: int) -> Spec | None:
        """The pulse with that number, from 1 on; None where there is none."""
        shift = timedelta(weeks=self.rhythm.weeks * (number - 1))
        opens_on = self.spec.opens_on + shift
        if number > 1 and (self.rhythm is Rhythm.ONCE or self.until is None or opens_on > self.until):
            return None
        return self.spec.model_copy(update={"opens_on": opens_on, "closes_on": self.spec.closes_on + shift})

    @property
    def share(self) -> float:
        """Which part of the audience is asked each time."""
        return 1.0 if self.rhythm is Rhythm.ONCE else min(1.0, self.rhythm.weeks / self.gap_weeks)


class Approvals(NamedTuple):
    """Who has approved a plan as it is now, by id."""

    hr: int | None
    ai: int | None

    def of(self, side: Side) -> int | None:
        return self.hr if side is Side.HR else self.ai

    @property
    def complete(self) -> bool:
        return self.hr is not None and self.ai is not None


def side_of(person: Person, approvals: Approvals) -> Side | str:
    """For which function a person approves now, or the sentence why for none.

    Two people are needed: who has both roles stands for the function that nobody approved for yet.
    """
    if person.id in approvals:
        return "You have approved this already. Somebody from the other function approves it too."
    sides = [side for side in Side if side.role in person.roles]
    if not sides:
        return "A pulse is launched by HR and the AI function together."
    free = [side for side in sides if approvals.of(side) is None]
    return free[0] if free else f"{sides[0].label[0].upper()}{sides[0].label[1:]} has approved this already."


class Turn(NamedTuple):
    """Somebody who could be asked."""

    person_id: int
    team_id: int
    #: When they were last asked by a pulse that comes again and again.
    asked_on: date | None


def panel(
    people: Iterable[Turn], share: float, day: date, gap_weeks: int, lots: Mapping[int, float]
) -> set[int]:
    """Whom a pulse that comes again and again asks this time: about `share` of each team, each person at most every
    `gap_weeks` weeks.

    Those not asked for longest come first, and `lots` (a number for each person, drawn by the caller) decide among
    equals. What does not divide evenly is carried from team to team in order of their ids, so that the whole panel
    has the size that was meant.
    """
    teams: dict[int, list[Turn]] = defaultdict(list)
    for one in people:
        teams[one.team_id].append(one)
    chosen: set[int] = set()
    carried = 0.0
    before = day - timedelta(weeks=gap_weeks)
    for _, members in sorted(teams.items()):
        wanted = len(members) * share + carried
        free = [one for one in members if one.asked_on is None or one.asked_on <= before]
        free.sort(key=lambda one: (one.asked_on or date.min, lots[one.person_id]))
        taken = free[: math.floor(wanted + 1e-9)]
        carried = wanted - math.floor(wanted + 1e-9)
        chosen.update(one.person_id for one in taken)
    return chosen


class NotAsked(Refused):
    """This pulse is not for you: you were not among those asked when it began."""


class PulseOver(Refused):
    """This pulse is closed, so answers cannot be taken or changed any more. `pulse` shows what came of it."""


class NoSuchPulse(Refused):
    """I know no such pulse. `pulse` shows those that concern you."""


class CannotSeal(Refused):
    """Your answer was not taken: it cannot be locked just now, and nothing you pressed was kept. Please try again \
later."""


def working_days_after(day: date, number: int, is_free: "Collection[date]" = ()) -> date:
    """The day that is so many working days (Monday to Friday, without `is_free`) after another."""
    while number > 0:
        day += timedelta(days=1)
        if day.isoweekday() <= 5 and day not in is_free:
            number -= 1
    return day
