"""How choices read, and what counts as a time of day."""

import pytest

from domain.preferences import Preferences, places_words, read_minute, weekdays_words, zone_words
from handlers.hours import about, holidays_of, next_allowed_in, workdays_of, zone_of
from storage.preferences import read_weekdays
from tests.planner.test_calendar import at


@pytest.mark.parametrize(
    ("text", "minute"),
    [
        ("08:30", 510),
        (" 8.30 ", 510),
        ("8h30", 510),
        ("8", 480),
        ("8h", 480),
        ("8 am", 480),
        ("12 am", 0),
        ("12:15 PM", 735),
        ("5:30 p.m.", 1050),
        ("24:00", 1440),
        ("24:01", None),
        ("8:60", None),
        ("13 pm", None),
        ("0 am", None),
        ("８:30", None),
        ("8:3", None),
        ("morning", None),
        ("", None),
        ("-8", None),
    ],
)
def test_times_of_day_are_read_as_people_type_them(text: str, minute: int | None) -> None:
    assert read_minute(text) == minute


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ("12345", "Monday to Friday"),
        ("71234", "Sunday to Thursday"),
        ("671", "Saturday to Monday"),
        ("1234567", "every day"),
        ("123456", "Monday to Saturday"),
        ("13", "Monday and Wednesday"),
        ("12", "Monday and Tuesday"),
        ("135", "Monday, Wednesday and Friday"),
        ("1245", "Monday, Tuesday, Thursday and Friday"),
        ("7", "Sunday"),
    ],
)
def test_weekdays_read_as_people_say_them(days: str, words: str) -> None:
    assert weekdays_words(read_weekdays(days)) == words


def test_zones_and_places_read_as_people_say_them() -> None:
    assert zone_words("America/New_York") == "New York time"
    assert zone_words("UTC") == "UTC"
    assert places_words(None, ["teams"]) == "They come on Teams."
    assert places_words("slack", ["slack", "teams"]) == "They come on Slack."
    assert places_words(None, []) == "They come where you write to me."


def test_countries_have_names_weekends_and_holidays() -> None:
    assert [getattr(about(code), "name", None) for code in ("DE", "GB", "BA", "HK", "ZZ")] == [
        "Germany",
        "the United Kingdom",
        "Bosnia and Herzegovina",
        "Hong Kong",
        None,
    ]
    assert workdays_of("HK") == {1, 2, 3, 4, 5}
    assert workdays_of("EG") == {7, 1, 2, 3, 4}
    assert workdays_of("BN") == {1, 2, 3, 4, 6}
    assert workdays_of(None) == workdays_of("ZZ") == {1, 2, 3, 4, 5}
    new_year = at("2027-01-01 00:00").date()
    assert holidays_of("GB")(new_year) and not holidays_of("ZZ")(new_year) and not holidays_of(None)(new_year)


def test_a_zone_that_this_machine_does_not_know_is_utc() -> None:
    for name in ("Nowhere/Atoll", "", "../etc/passwd", "Europe"):
        assert zone_of(name).key == "UTC"
    assert next_allowed_in("Nowhere/Atoll", None, Preferences(), at("2026-11-18 07:00", "UTC")) == at(
        "2026-11-18 08:30", "UTC"
    )
