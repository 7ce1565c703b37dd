"""What a person chose for themselves: when and where planned messages reach them."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import MINUTES_A_DAY, MONDAY_TO_FRIDAY, USUAL_HOURS, Hours, never, next_allowed
from domain.contributions import day_words
from domain.errors import InvalidField
from domain.people import Platform
from domain.reports import and_words
from domain.values import Value

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
#: For how long somebody hears nothing of pulses who asks for a rest from them.
PULSE_REST = timedelta(weeks=4)
#: So that there is time for what waits.
LEAST_MINUTES = 60
LONGEST_PAUSE = timedelta(days=366)
PLATFORMS: Mapping[Platform, str] = {"slack": "Slack", "teams": "Teams"}


class Preferences(Value):
    """A person's choices; None where they chose nothing and the usual holds."""

    #: Minutes after midnight, in the person's zone.
    from_minute: int | None = None
    until_minute: int | None = None
    #: ISO weekdays; None for the working days of the person's country.
    weekdays: frozenset[int] | None = None
    #: The last day of a pause, in the person's zone.
    paused_until: date | None = None
    #: None for where they were last.
    platform: Platform | None = None
    #: Whether they want to be asked on Fridays what they put in.
    nudge: bool = False
    #: Whether they want no word of pulses at all, or none up to this day, which is included.
    pulses_off: bool = False
    pulses_snoozed_until: date | None = None
    #: Whether they do without the weekly line that an answer to a concern may be waiting.
    answers_line_off: bool = False

    def wants_pulses(self, day: date) -> bool:
        """Whether they may be written to about pulses on a day."""
        return not self.pulses_off and (self.pulses_snoozed_until is None or self.pulses_snoozed_until < day)

    def pulse_words(self, today: date) -> str:
        """Whether they hear of pulses, in a sentence."""
        if self.pulses_off:
            return (
                "You hear nothing of pulses: no invitation, no reminder, no results. Nobody was told. Those that ask "
                "you stand in `pulse` all the same."
            )
        if self.pulses_snoozed_until is not None and self.pulses_snoozed_until >= today:
            until = day_words(self.pulses_snoozed_until, today)
            return f"You hear nothing of pulses until the end of {until}; then they come again by themselves."
        return "You are invited to the pulses that ask you, reminded once, and sent what came of them."

    @property
    def hours(self) -> Hours:
        if self.from_minute is None or self.until_minute is None:
            return USUAL_HOURS
        return Hours(self.from_minute, self.until_minute)

    def next_allowed(
        self,
        now: datetime,
        zone: ZoneInfo,
        *,
        workdays: frozenset[int] = MONDAY_TO_FRIDAY,
        holidays: Callable[[date], bool] = never,
    ) -> datetime:
        """`now` if planned messages may come now, else when they may next; `workdays` are those of the country."""
        return next_allowed(now, zone, self.hours, self.weekdays or workdays, holidays, self.paused_until)

    @property
    def hours_words(self) -> str:
        """As in "08:30 to 17:30"."""
        return f"{minute_words(self.hours.from_minute)} to {minute_words(self.hours.until_minute)}"


def checked(
    before: Preferences,
    begins: str,
    ends: str,
    weekdays: Iterable[str],
    paused_until: str,
    *,
    today: date,
    workdays: frozenset[int] = MONDAY_TO_FRIDAY,
) -> Preferences:
    """A person's choices as they typed them; what is the usual is not kept, so that it follows the usual.

    Raises InvalidField, keyed by the names of the form's inputs.
    """
    errors: dict[str, str] = {}
    first = read_minute(begins) if begins.strip() else USUAL_HOURS.from_minute
    last = read_minute(ends) if ends.strip() else USUAL_HOURS.until_minute
    if first is None or first == MINUTES_A_DAY:
        errors["begins"] = NO_TIME
    if last is None:
        errors["ends"] = NO_TIME
    elif first is not None and last - first < LEAST_MINUTES:
        errors["ends"] = (
            "The hours end at least an hour after they begin, on the same day. An example: 08:30 to 17:30."
        )
    days = frozenset(int(day) for day in weekdays if day in {"1", "2", "3", "4", "5", "6", "7"})
    if not days:
        errors["weekdays"] = "Please leave at least one day. To hear nothing for a while, set a pause."
    pause = before.paused_until
    try:
        pause = check_pause(paused_until, today=today) if paused_until.strip() else None
    except InvalidField as problem:
        errors |= problem.errors
    if errors or first is None or last is None:
        raise InvalidField(**errors)
    usual = Hours(first, last) == USUAL_HOURS
    return before.model_copy(
        update={
            "from_minute": None if usual else first,
            "until_minute": None if usual else last,
            "weekdays": None if days == workdays else days,
            "paused_until": pause,
        }
    )


NO_TIME = "I cannot read that as a time of day. Examples: 08:30, 9 or 5:30 pm."


def check_pause(iso: str, *, today: date) -> date:
    """The last day of a pause, from an ISO date. Raises InvalidField."""
    try:
        day = date.fromisoformat(iso.strip())
    except ValueError:
        raise InvalidField(paused_until="I cannot read that as a day. An example: 2026-12-24.") from None
    if day < today:
        raise InvalidField(paused_until="That day is over. A pause lasts to the end of a day to come.")
    if day > today + LONGEST_PAUSE:
        raise InvalidField(paused_until="A pause lasts a year at the most.")
    return day


_TIME = re.compile(r"(\d{1,2})(?:[:.h](\d{2})|h)?\s*(am|pm|a\.m\.|p\.m\.)?", re.ASCII | re.IGNORECASE)


def read_minute(text: str) -> int | None:
    """The minute of the day in "8:30", "08.30", "9" or "5:30 pm"; 24:00 is the end of the day; None if it is none."""
    found = _TIME.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    if found[3]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found[3].lower().startswith("p") else 0)
    total = hour * 60 + minute
    return total if minute < 60 and total <= MINUTES_A_DAY else None


def minute_words(minute: int) -> str:
    """As in "08:30"."""
    return "{:02}:{:02}".format(*divmod(minute, 60))


def weekdays_words(days: frozenset[int]) -> str:
    """ISO weekdays as in "Monday to Friday", "Sunday to Thursday", "Monday and Wednesday" or "every day"."""
    if len(days) == len(WEEKDAYS):
        return "every day"
    firsts = [day for day in sorted(days) if (day - 2) % 7 + 1 not in days]
    if len(firsts) == 1 and len(days) > 2:
        return f"{WEEKDAYS[firsts[0] - 1]} to {WEEKDAYS[(firsts[0] + len(days) - 2) % 7]}"
    return and_words([WEEKDAYS[day - 1] for day in sorted(days)])


def zone_words(time_zone: str) -> str:
    """As in "Berlin time"."""
    city = time_zone.rpartition("/")[2].replace("_", " ")
    return city if city == "UTC" else f"{city} time"


def places_words(chosen: Platform | None, known: Sequence[Platform]) -> str:
    """Where planned messages come, for somebody who is known on these platforms."""
    if chosen is not None:
        return f"They come on {PLATFORMS[chosen]}."
    if len(known) > 1:
        return f"They come where you were last, {' or '.join(PLATFORMS[one] for one in sorted(known))}."
    return f"They come on {PLATFORMS[known[0]]}." if known else "They come where you write to me."
