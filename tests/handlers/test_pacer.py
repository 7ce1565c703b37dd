"""How often people do what leaves no trace."""

from datetime import timedelta

from domain.errors import Refused
from handlers.pacer import Limit, Pacer
from tests.conftest import MovedClock


class TooOften(Refused):
    """That is enough for now."""


DAILY = Limit(name="writing", most=2, per=timedelta(days=1), refusal=TooOften)
HOURLY = Limit(name="codes", most=2, per=timedelta(hours=1), refusal=TooOften)


def test_each_person_is_counted_on_their_own_and_what_is_given_back_does_not_count(clock: MovedClock) -> None:
    pacer = Pacer(clock)
    first = pacer.take(1, DAILY)
    assert first is not None
    assert pacer.take(1, DAILY) is not None
    assert pacer.take(1, DAILY) is None
    assert pacer.take(2, DAILY) is not None
    assert pacer.take(1, HOURLY) is not None
    pacer.give_back(first)
    assert pacer.take(1, DAILY) is not None
    assert pacer.take(1, DAILY) is None


def test_an_hour_later_an_hourly_limit_begins_anew_and_a_daily_one_does_not(clock: MovedClock) -> None:
    pacer = Pacer(clock)
    for limit in (DAILY, HOURLY):
        while pacer.take(1, limit) is not None:
            pass
    clock.move(hours=1)
    assert pacer.take(1, HOURLY) is not None
    assert pacer.take(1, DAILY) is None
    clock.move(days=1)
    assert pacer.take(1, DAILY) is not None


def test_people_are_kept_by_a_key_that_is_drawn_anew_each_day(clock: MovedClock) -> None:
    keys = iter((b"monday", b"tuesday"))
    pacer = Pacer(clock, lambda: next(keys))
    today = pacer.take(1, DAILY)
    clock.move(days=1)
    assert today is not None
    assert pacer.take(1, DAILY) not in (None, today)
    assert len(pacer._counts) == 1
