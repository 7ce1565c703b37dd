"""Times of day and time zones as people type them."""

from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import FoundTime, NotATime, NotAZone, find_time, read_time, read_zone


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("8:30", time(8, 30)),
        ("08.30", time(8, 30)),
        ("8h30", time(8, 30)),
        (" 16 ", time(16)),
        ("0:00", time(0)),
        ("3 pm", time(15)),
        ("12 a.m.", time(0)),
        ("3:15PM", time(15, 15)),
        ("at 9:00", time(9)),
    ],
)
def test_a_time_of_day_is_read_as_people_type_it(text: str, at: time) -> None:
    assert read_time(text) == at


@pytest.mark.parametrize(
    "text", ["24:00", "8:60", "8:7", "13 pm", "0 am", "half past", "", "99", "8:30 daily"]
)
def test_what_no_clock_shows_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(NotATime, match="08:30"):
        read_time(text)


def test_a_time_of_day_is_found_in_a_longer_text() -> None:
    assert find_time("3.12.2026 15.00 Berlin") == FoundTime(time(15), 10, 15)
    assert find_time("3 December at 3 pm") == FoundTime(time(15), 11, 18)
    assert find_time("2026-12-03") is None
    with pytest.raises(NotATime):
        find_time("last Thursday 25:00")


def test_zones_are_known_by_their_name_and_by_their_city_where_only_one_has_it() -> None:
    assert read_zone(" europe/berlin ") == read_zone("berlin") == "Europe/Berlin"
    assert read_zone("America/new york") == read_zone("New York") == "America/New_York"
    assert read_zone("utc") == "UTC"


@pytest.mark.parametrize(
    "text", ["Berlin/Europe", "", "../etc/passwd", "Europe", "Atlantis", "posix/Europe/Berlin"]
)
def test_an_unknown_zone_is_refused_with_examples(text: str) -> None:
    with pytest.raises(NotAZone, match="Europe/Berlin") as refused:
        read_zone(text)
    assert text in refused.value.sentence


@given(st.times())
def test_every_minute_of_a_day_is_read(at: time) -> None:
    at = time(at.hour, at.minute)
    assert read_time(f"{at:%H:%M}") == read_time(f"{at:%I:%M %p}") == at
