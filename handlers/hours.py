"""A person's own hours: what they chose, the working days of their country and its public holidays, together."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from domain.calendar import MONDAY_TO_FRIDAY, never
from domain.people import Person
from domain.preferences import Preferences
from storage import people, preferences
from storage.store import Work

#: Names that the calendars' own keys do not give.
_NAMES = {
    "AE": "the United Arab Emirates",
    "BS": "the Bahamas",
    "CD": "the Democratic Republic of the Congo",
    "DO": "the Dominican Republic",
    "GB": "the United Kingdom",
    "GM": "the Gambia",
    "HK": "Hong Kong",
    "MV": "the Maldives",
    "NL": "the Netherlands",
    "PH": "the Philippines",
    "SC": "the Seychelles",
    "SY": "Syria",
    "US": "the United States",
}


class Country(NamedTuple):
    """What its calendar says of a country."""

    #: As it stands behind "in": "Germany", "the Netherlands".
    name: str
    #: ISO weekdays.
    workdays: frozenset[int]


def may_send_at(work: Work, person_id: int, now: datetime) -> datetime:
    """`now` if planned messages may reach a person now, else when they may next."""
    person = people.by_id(work, person_id)
    if person is None:
        return now
    return next_allowed_for(person, preferences.of(work, person_id), now)


def next_allowed_for(person: Person, chosen: Preferences, now: datetime) -> datetime:
    """The same, for somebody whose choices are known."""
    return next_allowed_in(person.time_zone, person.country, chosen, now)


def next_allowed_in(time_zone: str, country: str | None, chosen: Preferences, now: datetime) -> datetime:
    """The same, for everybody of one zone and country who chose this."""
    return chosen.next_allowed(
        now, zone_of(time_zone), workdays=workdays_of(country), holidays=holidays_of(country)
    )


def zone_of(name: str) -> ZoneInfo:
    """The zone of that name; UTC where this machine does not know it, since a message late is better than none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def workdays_of(country: str | None) -> frozenset[int]:
    """The ISO weekdays that are worked in a country (ISO 3166, two letters); Monday to Friday where none is known."""
    known = None if country is None else about(country)
    return MONDAY_TO_FRIDAY if known is None else known.workdays


def holidays_of(country: str | None) -> Callable[[date], bool]:
    """Whether a day is a public holiday in the whole of a country; never where none is known."""
    if country is None or about(country) is None:
        return never
    return lambda day: day in _days_off(country, day.year)


@cache
def about(country: str) -> Country | None:
    """What is known of a country; None if its calendar is not."""
    from holidays import country_holidays  # slow to import
    from holidays.registry import COUNTRIES

    try:
        weekend = country_holidays(country).weekend
    except NotImplementedError:
        return None
    if len(weekend) == 1:  # where the law names one day, offices rest on the day before as well
        weekend = weekend | {(day - 1) % 7 for day in weekend}
    return Country(_name(country, COUNTRIES), frozenset(range(1, 8)) - {day + 1 for day in weekend})


def _name(country: str, known: Mapping[str, Sequence[str]]) -> str:
    """Its name out of the calendars' keys: "bosnia_and_herzegovina"."""
    if country in _NAMES:
        return _NAMES[country]
    key = next(key for key, (_, code, *_) in known.items() if code == country)
    return key.replace("_", " ").title().replace(" And ", " and ").replace(" Of ", " of ")


def warm() -> None:
    """Bring the calendars in, which takes a second, before somebody waits for them."""
    holidays_of("GB")(date(2026, 1, 1))


@lru_cache(maxsize=1000)
def _days_off(country: str, year: int) -> frozenset[date]:
    from holidays import country_holidays

    return frozenset(country_holidays(country, years=year, expand=False))
