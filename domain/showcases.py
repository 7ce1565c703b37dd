"""Showcases: when the monthly session is, what is offered for it, and whose work it is.

Source of the purpose: teams show what they tried, failures included, and the department stands first, then its people,
then the AI function as technical partner (seeds, first article, "Explicit credit-sharing and communication protocols").
"""

import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from domain.calendar import last_weekday, local
from domain.contributions import clean
from domain.errors import InvalidField, Refused
from domain.people import Person, TeamKind
from domain.values import Value

MAX_TRIED = 300
MAX_LEARNED = 2000
MAX_MINUTES = 4000
MAX_PLACE = 500
#: How long a single thing may take to show, in minutes.
LONGEST_SHOWN = 60
USUAL_SHOWN = 10
#: How long the session lasts at the least, in minutes.
SHORTEST_SESSION = 60

CALL_BEFORE = timedelta(days=14)
AGENDA_BEFORE = timedelta(days=7)
#: When reminders come, where the showcase was set.
REMINDED_AT = time(9)

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_NTH = {1: "first", 2: "second", 3: "third", 4: "fourth", -1: "last"}
_NTH_OF = {word: number for number, word in _NTH.items()} | {"1st": 1, "2nd": 2, "3rd": 3, "4th": 4}
_RULE = re.compile(
    rf"(?:every\s+|the\s+)*(?P<nth>{'|'.join(_NTH_OF)})\s+(?P<weekday>[a-z]+)"
    r"(?:\s+(?:of|in)\s+(?:the|every|each)\s+month|\s+monthly)?",
    re.IGNORECASE,
)


class BadRule(Refused):
    """I could not read that rule. An example: `showcase next last Thursday 15:00 Europe/Berlin`."""


class Rule(Value):
    """On which day of every month it is, at a time of day in a zone."""

    #: 1 to 4, or -1 for the last.
    nth: int
    #: 0 is Monday.
    weekday: int
    at: time
    zone: str

    @property
    def words(self) -> str:
        """As in "the last Thursday of the month, 15:00 (Europe/Berlin)"."""
        return f"the {_NTH[self.nth]} {WEEKDAYS[self.weekday]} of the month, {self.at:%H:%M} ({self.zone})"

    def dump(self) -> str:
        """As it is kept: "last Thursday 15:00 Europe/Berlin"."""
        return f"{_NTH[self.nth]} {WEEKDAYS[self.weekday]} {self.at:%H:%M} {self.zone}"

    @classmethod
    def load(cls, kept: str) -> "Rule":
        """Read what `dump` made. Raises BadRule."""
        nth, weekday, at, zone = [*kept.split(), "", "", "", ""][:4]
        days = read_days(f"{nth} {weekday}")
        if days is None or not re.fullmatch(r"\d\d:\d\d", at):
            raise BadRule
        return cls(nth=days[0], weekday=days[1], at=time.fromisoformat(at), zone=zone)

    def first_after(self, moment: datetime) -> datetime:
        """The next time it is, later than `moment` (aware)."""
        day = moment.astimezone(ZoneInfo(self.zone)).date().replace(day=1)
        while True:
            found = local(ZoneInfo(self.zone), self.day_in(day), self.at)
            if found > moment:
                return found
            day = (day + timedelta(days=31)).replace(day=1)

    def day_in(self, month: date) -> date:
        """The day in the month that begins on `month`."""
        if self.nth > 0:
            return month + timedelta(days=(self.weekday - month.weekday()) % 7 + 7 * (self.nth - 1))
        return last_weekday(month.year, month.month, self.weekday + 1)


def read_days(text: str) -> tuple[int, int] | None:
    """Which and what weekday a rule names ("last Thursday of the month"); None if it is no rule."""
    match = _RULE.fullmatch(text.strip(" ,"))
    if match is None:
        return None
    word = (
        match["weekday"].lower().removesuffix("s") if len(match["weekday"]) > 4 else match["weekday"].lower()
    )
    found = [n for n, name in enumerate(WEEKDAYS) if len(word) > 2 and name.lower().startswith(word)]
    return (_NTH_OF[match["nth"].lower()], found[0]) if found else None


class State(StrEnum):
    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


class Showcase(Value):
    """One session."""

    id: int
    starts_at: datetime
    #: The zone in which its date was set.
    zone: str
    #: A room or a link.
    place: str | None = None
    state: State
    #: What came out of it, in words.
    minutes: str | None = None
    #: Counts up with every change of its date or place, for calendars.
    sequence: int = 0
    #: Who set its date, and is asked for the minutes.
    created_by_id: int | None = None
    created_at: datetime

    @property
    def local_start(self) -> datetime:
        """When it begins on the clocks where it was set."""
        return self.starts_at.astimezone(ZoneInfo(self.zone))

    @property
    def day(self) -> date:
        """Its day where it was set."""
        return self.local_start.date()


class OfferDraft(Value):
    """What somebody would show."""

    initiative_id: int | None = None
    presenter_id: int
    tried: str
    learned: str
    #: Whether what was tried worked; both are shown alike.
    worked: bool
    #: How long it takes to show.
    duration_minutes: int


class Offer(OfferDraft):
    id: int
    showcase_id: int
    offered_by_id: int
    withdrawn: bool = False

    def may_change(self, person_id: int) -> bool:
        """Whether somebody may edit or withdraw it: whoever offered it, and whoever shows it."""
        return person_id in (self.offered_by_id, self.presenter_id)


def check_offer(
    *, tried: str, learned: str, worked: str, duration: str, presenter_id: int, initiative_id: int | None
) -> OfferDraft:
    """The offer that was filled in, tidied. Raises InvalidField, keyed by the names of the form's inputs."""
    tried, learned = " ".join(clean(tried).split()), clean(learned)
    errors: dict[str, str] = {}
    if not tried:
        errors["tried"] = "Please say in a few words what was tried."
    elif len(tried) > MAX_TRIED:
        errors["tried"] = f"That is {len(tried):,} characters; please keep it to {MAX_TRIED:,}."
    if not learned:
        errors["learned"] = "Please say what was learned; a sentence is enough."
    elif len(learned) > MAX_LEARNED:
        errors["learned"] = f"That is {len(learned):,} characters; please keep it to {MAX_LEARNED:,}."
    if worked not in ("yes", "no"):
        errors["worked"] = "Please choose one; both are equally welcome."
    minutes = int(duration) if duration.isascii() and duration.isdecimal() and len(duration) < 4 else 0
    if not 1 <= minutes <= LONGEST_SHOWN:
        errors["duration"] = f"Please give whole minutes from 1 to {LONGEST_SHOWN}, such as {USUAL_SHOWN}."
    if errors:
        raise InvalidField(**errors)
    return OfferDraft(
        initiative_id=initiative_id,
        presenter_id=presenter_id,
        tried=tried,
        learned=learned,
        worked=worked == "yes",
        duration_minutes=minutes,
    )


def check_minutes(text: str) -> str:
    """The minutes, tidied. Raises InvalidField."""
    text = clean(text)
    if not text:
        raise InvalidField(minutes="Please write what came out of it; a few lines are enough.")
    if len(text) > MAX_MINUTES:
        raise InvalidField(minutes=f"That is {len(text):,} characters; please keep it to {MAX_MINUTES:,}.")
    return text


def check_place(text: str) -> str | None:
    """A room or a link, tidied; None where there is none. Raises InvalidField."""
    text = " ".join(clean(text).split())
    if len(text) > MAX_PLACE:
        raise InvalidField(place=f"That is {len(text):,} characters; please keep it to {MAX_PLACE:,}.")
    return text or None


def total_minutes(offers: Iterable[Offer]) -> int:
    """How long everything takes to show."""
    return sum(one.duration_minutes for one in offers)


def session_minutes(offers: Iterable[Offer]) -> int:
    """How long to keep free in a calendar: an hour, or what everything takes, in quarters of an hour."""
    return max(SHORTEST_SESSION, -(-total_minutes(offers) // 15) * 15)


def credit(department: str, people: Iterable[Person], *, by_ai_function: bool) -> str:
    """Whose work it is: the department, then the names, then the AI function as technical partner.

    `by_ai_function` is whether the department is the AI function itself.
    """
    names = list(dict.fromkeys(person.name for person in people))
    said = f"{department}: {listed(names)}" if names else department
    return said if by_ai_function else f"{said}. Technical partner: the AI function"


def credited_department(presenter: Person | None, initiative_department: str | None) -> tuple[str, bool]:
    """The department that stands first, and whether it is the AI function itself.

    An initiative belongs to its department, whoever shows it.
    """
    if initiative_department is not None:
        return initiative_department.split("/", 1)[0], False
    if presenter is None:
        return "A team", False
    return presenter.department, presenter.team_kind is TeamKind.AI


def listed(names: list[str]) -> str:
    """As in "Ada, Bo and Cleo"."""
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def when_words(showcase: Showcase, zone: str | None = None) -> str:
    """As in "Thursday 26 November 2026, 15:00 (Europe/Berlin)"; in another zone with what it is there."""
    start = showcase.local_start
    said = f"{WEEKDAYS[start.weekday()]} {start.day} {start:%B %Y}, {start:%H:%M} ({showcase.zone})"
    if zone is None or zone == showcase.zone:
        return said
    there = showcase.starts_at.astimezone(ZoneInfo(zone))
    if there.utcoffset() == start.utcoffset():
        return said
    day = "" if there.date() == start.date() else f"{WEEKDAYS[there.weekday()]} "
    return f"{said}; {day}{there:%H:%M} your time"


def call_due(showcase: Showcase) -> datetime:
    """When offers are called for: two weeks before, on a working day."""
    return _morning(showcase, workday(showcase.day - CALL_BEFORE, step=-1))


def agenda_due(showcase: Showcase) -> datetime:
    """When the agenda is sent: one week before, on a working day."""
    return _morning(showcase, workday(showcase.day - AGENDA_BEFORE, step=-1))


def day_due(showcase: Showcase) -> datetime:
    """When people are reminded on the day itself: in the morning, and an hour before at the latest."""
    return min(_morning(showcase, showcase.day), showcase.starts_at - timedelta(hours=1))


def after_due(showcase: Showcase) -> datetime:
    """When the organiser is asked for minutes that are missing: the working day after."""
    return _morning(showcase, workday(showcase.day + timedelta(days=1), step=1))


def learnings_due(showcase: Showcase, written_at: datetime) -> datetime:
    """When the learnings are sent: the working day after the minutes were written."""
    written = written_at.astimezone(ZoneInfo(showcase.zone)).date()
    return _morning(showcase, workday(max(written, showcase.day) + timedelta(days=1), step=1))


def workday(day: date, *, step: int) -> date:
    """The day itself, or the next one (`step` 1) or the one before (`step` -1) that is not on a weekend."""
    while day.weekday() > 4:
        day += timedelta(days=step)
    return day


def _morning(showcase: Showcase, day: date) -> datetime:
    return local(ZoneInfo(showcase.zone), day, REMINDED_AT)
