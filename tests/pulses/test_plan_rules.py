"""Which days, rhythms and names a plan may have, and what a panel comes to."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.pulse_plans import (
    asked_each_time,
    day_problems,
    days_words,
    limit_problems,
    named,
    panel_words,
    rhythm_problems,
    rhythm_words,
    usual_days,
    usual_title,
)
from domain.pulses import MAX_TITLE, MOST_DAYS, Plan, Rhythm
from domain.question_bank import by_key
from domain.releases import Tally, release
from domain.trees import Node, Tree
from tests.pulses.conftest import spec

DAYS = st.dates(date(2026, 1, 1), date(2028, 12, 31))
SIZES = st.dictionaries(st.integers(1, 40), st.integers(1, 30), min_size=1)


@given(DAYS)
def test_the_usual_days_are_always_possible(today: date) -> None:
    opens_on, closes_on = usual_days(today)
    assert day_problems(opens_on, closes_on, today) == {}
    assert opens_on.isoweekday() <= 5 and opens_on > today


@given(DAYS, st.integers(-3, 400), st.integers(-2, 40))
def test_days_that_are_taken_hold_a_whole_working_day_and_are_not_over(
    today: date, ahead: int, length: int
) -> None:
    opens_on = today + timedelta(days=ahead)
    closes_on = opens_on + timedelta(days=length)
    if not day_problems(opens_on, closes_on, today):
        assert today <= opens_on <= closes_on
        assert length < MOST_DAYS
        assert any(
            one.isoweekday() <= 5
            for one in (opens_on + timedelta(days=number) for number in range(length + 1))
            if one > today
        )


@given(st.integers(0, 60), st.integers(0, 40))
def test_every_size_that_is_taken_can_be_released(k: int, m: int) -> None:
    if not limit_problems(k, m):
        tree = Tree(nodes=(Node(1, "All", None),), invited={1: k})
        assert release(tree, [("q", k, m)], {"q": {1: Tally(k, k, 0)}})


@given(SIZES, st.integers(1, 26))
def test_a_panel_is_about_its_share_and_never_more_than_a_team_has(sizes: dict[int, int], gap: int) -> None:
    plan = Plan(spec=spec(), rhythm=Rhythm.WEEKLY, gap_weeks=gap, until=date(2026, 12, 31))
    asked = asked_each_time(plan, sizes)
    assert asked.keys() == sizes.keys()
    assert all(asked[team] <= size for team, size in sizes.items())
    assert abs(sum(asked.values()) - sum(sizes.values()) / gap) < 1


def test_a_panel_of_everybody_says_so() -> None:
    plan = Plan(spec=spec(), rhythm=Rhythm.FORTNIGHTLY, gap_weeks=2, until=date(2026, 12, 31))
    assert rhythm_problems(plan) == {}
    assert panel_words(plan, 41, 41) == "Everybody is asked each time: 41 people, every 2 weeks."
    assert rhythm_words(plan) == "every two weeks, 4 times, the last from Wednesday 30 December"
    assert panel_words(Plan(spec=spec()), 41, 41) == ""


def test_a_name_fits_or_is_a_shorter_whole_one() -> None:
    trust = (by_key("trust.exceptions"),)
    assert usual_title("After go-live", trust, "Claims triage") == "After go-live: Claims triage"
    assert usual_title("After go-live", trust, "x" * MAX_TITLE) == "After go-live"
    assert usual_title(None, (*trust, *trust), None) == "Trust in the results"


def test_lists_and_days_are_said_whole() -> None:
    assert [named(["a"]), named(["a", "b"]), named("abcdef")] == ["a", "a and b", "a, b, c, d and 2 more"]
    assert days_words(spec(closes_on=date(2026, 11, 18))) == "Wednesday 18 November, 1 day"
