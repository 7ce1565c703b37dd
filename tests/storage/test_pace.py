"""The budget of messages: no more than a platform takes, in any stretch of time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.pacing import PACES, paces
from domain.pacing import Limit

START = datetime(2026, 11, 18, 12, tzinfo=UTC)


def leaving(limit: Limit, asked_s: list[float]) -> list[float]:
    """When each leaves, in seconds after the start, if each is asked for as early as this."""
    rests_at: datetime | None = None
    left = []
    for second in sorted(asked_s):
        at = limit.allows_at(rests_at, START + timedelta(seconds=second))
        rests_at = limit.after_one(rests_at, at)
        left.append((at - START).total_seconds())
    return left


@given(
    st.builds(Limit, st.floats(0.2, 50), st.integers(1, 30)),
    st.lists(st.floats(0, 60), min_size=1, max_size=80),
    st.floats(0.1, 60),
)
def test_in_any_stretch_of_time_no_more_leave_than_the_limit_says(
    limit: Limit, asked_s: list[float], stretch_s: float
) -> None:
    left = leaving(limit, asked_s)
    for begin in left:
        count = sum(begin <= at < begin + stretch_s for at in left)
        assert count <= limit.burst + stretch_s * limit.per_second + 1e-3


@given(st.builds(Limit, st.floats(0.2, 50), st.integers(1, 30)))
def test_after_a_pause_that_was_asked_for_nothing_leaves_earlier_and_one_leaves_then(limit: Limit) -> None:
    pause_ends = START + timedelta(seconds=30)
    rests_at = limit.shut_until(pause_ends)
    assert abs(limit.allows_at(rests_at, START) - pause_ends) < timedelta(milliseconds=1)
    assert limit.allows_at(limit.after_one(rests_at, pause_ends), pause_ends) > pause_ends


@pytest.mark.parametrize(("seconds", "most"), [(1, 7), (2, 8), (30, 60), (3600, 1800)])
def test_one_limit_keeps_under_all_that_teams_says_of_a_conversation(seconds: int, most: int) -> None:
    chat = PACES["teams"].chat
    assert chat.burst + seconds * chat.per_second <= most


def test_a_pace_of_zero_is_no_limit_and_others_scale_it() -> None:
    assert paces(0) == {}
    assert paces(10)["slack"].chat == Limit(per_second=10.0, burst=30)
