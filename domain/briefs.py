"""The monthly brief: per active initiative what HR and the AI function need to decide together.

Source: a monthly working session "focused specifically on active deployments and the human response to them, with
actual operational detail rather than metrics summaries" (seeds, third article).
"""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError

from domain.audit import canonical
from domain.calendar import local
from domain.errors import Refused
from domain.initiatives import Stage
from domain.kpis import Kpi, Reading, reaches
from domain.values import Value

#: How long before the session the brief is sent.
DAYS_BEFORE = 2
#: What is looked back over where there was no session before.
USUAL_DAYS = 30
#: How far ahead a session can be.
FURTHEST = timedelta(days=366)
#: Limits that are quoted of one initiative; the others are counted.
MOST_LIMITS = 3


class IsOver(Refused):
    """That day is over. Please name one that is still to come, as in `tandem brief next 2026-12-03`."""


class TooFar(Refused):
    """That is more than a year away. Please name a nearer day, as in `tandem brief next 2026-12-03`."""


class Session(Value):
    """The working session that is set, and the one before it."""

    day: date | None = None
    before: date | None = None

    @classmethod
    def of(cls, stored: Any) -> "Session":
        """From a stored setting; none where there is none, or it cannot be read any more."""
        try:
            return cls() if stored is None else cls.model_validate(stored)
        except ValidationError:
            return cls()

    def coming(self, today: date) -> date | None:
        """The next session, if one is set that is not over."""
        return self.day if self.day is not None and self.day >= today else None

    def last(self, today: date) -> date | None:
        """The last session that is over."""
        return self.day if self.day is not None and self.day < today else self.before

    def moved(self, day: date, today: date) -> "Session":
        """With another day for the next session. Raises IsOver or TooFar."""
        if day < today:
            raise IsOver
        if day > today + FURTHEST:
            raise TooFar
        return Session(day=day, before=self.last(today))

    def sent_at(self, minute: int, zone: ZoneInfo) -> datetime | None:
        """When the brief is due, in UTC; `minute` is the time of day."""
        if self.day is None:
            return None
        return local(zone, self.day - timedelta(days=DAYS_BEFORE), time(*divmod(minute, 60)))


class InitiativeBrief(Value):
    """One active initiative."""

    name: str
    key: str
    department: str
    stage: Stage
    #: The newest first, `MOST_LIMITS` at the most; each with whose work it changes.
    limits: tuple[str, ...]
    limits_in_all: int
    #: The last milestone that was signed off.
    signed_off: str | None
    signed_off_on: date | None
    #: Since the last session.
    entries: int
    people: int
    effort_minutes: int
    #: What people report, specific and with its status.
    reported: tuple[str, ...]
    #: A sentence each.
    wanted: tuple[str, ...]


class Brief(Value):
    """Everything that a brief shows."""

    #: The day of the session; None if none is set.
    session: date | None
    made_on: date
    #: From which day on contributions count.
    since: date
    #: In order of name.
    initiatives: tuple[InitiativeBrief, ...]

    @property
    def text(self) -> str:
        """The canonical JSON that is kept."""
        return canonical(self.model_dump(mode="json"))

    @property
    def wanted(self) -> int:
        return sum(len(one.wanted) for one in self.initiatives)


def off_target(kpi: Kpi, readings: list[Reading], stage: Stage) -> str | None:
    """Why a number asks for a decision: worse than where it began, or live and short of its target; else None."""
    if not readings:
        return None
    value = readings[-1].value
    worse = value < kpi.baseline if kpi.direction == "up" else value > kpi.baseline
    if worse:
        return "it is worse than where it began"
    if stage in (Stage.LIVE, Stage.SCALING) and kpi.target is not None and not reaches(kpi, value):
        return "it is live and short of its target"
    return None
