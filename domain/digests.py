"""Weekly digests: which week is meant, for whom each is, when they are sent, and what is kept of them."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import Field, JsonValue, ValidationError

from domain.audit import canonical
from domain.calendar import weekly
from domain.clocks import NotAZone, read_zone
from domain.errors import Refused
from domain.people import Act, Role
from domain.reports import date_words
from domain.values import Value


class Audience(StrEnum):
    """Whom a digest is for. Both read the same week; what they can do about it differs."""

    HR = "hr"
    AI = "ai"

    @property
    def words(self) -> str:
        return "HR" if self is Audience.HR else "the AI function"

    @property
    def role(self) -> Role:
        return Role.HR if self is Audience.HR else Role.AI

    @property
    def act(self) -> Act:
        """What one must be allowed to do to read it."""
        return Act.READ_HR_DIGEST if self is Audience.HR else Act.READ_AI_DIGEST


class NotAWeek(Refused):
    """A week looks like 2026-W47: the year, a W, and the number of the week."""


_FIRST_YEAR, _LAST_YEAR = 2000, 2199


class Week(NamedTuple):
    """A week by ISO 8601, from Monday to Sunday."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Week":
        found = day.isocalendar()
        return cls(found.year, found.week)

    @classmethod
    def read(cls, text: str) -> "Week":
        """The week in a text such as "2026-W47". Raises NotAWeek."""
        match = re.fullmatch(r"\s*(\d{4})-?W(\d{1,2})\s*", text, re.IGNORECASE | re.ASCII)
        if match is None or not _FIRST_YEAR <= int(match[1]) <= _LAST_YEAR:
            raise NotAWeek
        year, number = int(match[1]), int(match[2])
        last = date(year, 12, 28).isocalendar().week
        if not 1 <= number <= last:
            raise NotAWeek(f"{year} has the weeks 1 to {last}; one looks like {year}-W{last}.")
        return cls(year, number)

    @property
    def key(self) -> str:
        """As in "2026-W47"."""
        return f"{self.year:04}-W{self.number:02}"

    @property
    def first(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def last(self) -> date:
        return date.fromisocalendar(self.year, self.number, 7)

    def shifted(self, weeks: int) -> "Week":
        """The week so many weeks later; earlier if negative."""
        return Week.of(self.first + timedelta(weeks=weeks))

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """From when (included) to when (not included) it lasts in a zone, aware."""
        return (
            datetime.combine(self.first, time(0), zone).astimezone(UTC),
            datetime.combine(self.last + timedelta(days=1), time(0), zone).astimezone(UTC),
        )

    @property
    def words(self) -> str:
        """As in "16 to 22 November 2026"."""
        first, last = self.first, self.last
        if first.year != last.year:
            return f"{date_words(first)} to {date_words(last)}"
        if first.month != last.month:
            return f"{first.day} {first:%B} to {date_words(last)}"
        return f"{first.day} to {date_words(last)}"


class Digest(Value):
    """Everything that either digest of a week shows: the facts of its sections, by the sections' names."""

    week: str
    #: The day in the organisation's zone on which it was made; what stands there stood so on that day.
    made_on: date
    #: A section that has nothing to say is not here.
    sections: dict[str, JsonValue]

    @property
    def text(self) -> str:
        """The canonical JSON that is kept."""
        return canonical(self.model_dump(mode="json"))


class Made(NamedTuple):
    """A digest as it is kept, or as it would be kept now."""

    digest: Digest
    #: From 1; 0 for what is not kept, since the week is not over.
    version: int
    #: What the correction changed, in words; None for a first version.
    change: str | None


#: Monday to Sunday, by ISO number from 1.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


class Place(Value):
    """Where one digest goes: to everybody with the role, to a channel, to both or nowhere."""

    people: bool = True
    channel_id: int | None = None


class Sending(Value):
    """When and where the weekly digests are sent: what an organisation set, or what holds if it set nothing."""

    #: By ISO 8601: 1 is Monday.
    weekday: int = Field(default=1, ge=1, le=7)
    #: Minutes after midnight.
    minute: int = Field(default=8 * 60 + 30, ge=0, lt=24 * 60)
    zone: str = "Europe/Berlin"
    hr: Place = Place()
    ai: Place = Place()

    @classmethod
    def of(cls, stored: Any) -> "Sending":
        """From a stored setting; the usual where there is none, or it cannot be read any more."""
        try:
            found = cls() if stored is None else cls.model_validate(stored)
            read_zone(found.zone)
        except (ValidationError, NotAZone):
            return cls()
        return found

    def place(self, audience: Audience) -> Place:
        return self.hr if audience is Audience.HR else self.ai

    @property
    def zone_info(self) -> ZoneInfo:
        return ZoneInfo(self.zone)

    @property
    def words(self) -> str:
        """As in "on Mondays at 08:30 (Europe/Berlin)"."""
        return f"on {WEEKDAYS[self.weekday - 1]}s at {time_words(self.minute)} ({self.zone})"

    def due(self, after: datetime, until: datetime) -> Iterator[tuple[Week, datetime]]:
        """When digests are due in (after, until], aware, each with the week that was over last by then."""
        at = time(*divmod(self.minute, 60))
        for moment in weekly(self.zone_info, self.weekday, at, after, until):
            yield Week.of(moment.day).shifted(-1), moment.at


def time_words(minute: int) -> str:
    """As in "08:30"."""
    return "{:02}:{:02}".format(*divmod(minute, 60))
