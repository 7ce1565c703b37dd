"""In every time zone there is, over ten years, no happening is lost or doubled, however time is cut into ticks.

`TANDEM_TEST_LONG=1` looks at every day of every zone and cuts finer; without it a sample stays under half a minute.
"""

import itertools
import os
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.calendar import Hours, Moment, daily, last_weekday_of_month, local, next_allowed, weekly

LONG = bool(os.environ.get("TANDEM_TEST_LONG"))
ZONES = sorted(available_timezones())
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)
#: Also times that clocks skip or show twice.
TIMES = (time(0, 0), time(0, 30), time(1, 30), time(2, 0), time(2, 30), time(3, 0), time(9, 0), time(23, 59))


def cuts(seed: str, rounds: int) -> list[datetime]:
    """Moments that cut the ten years into ticks of very different lengths."""
    chance = random.Random(seed)
    whole = (LAST - FIRST).total_seconds()
    return [
        FIRST,
        *(FIRST + timedelta(seconds=at) for at in sorted(chance.uniform(0, whole) for _ in range(rounds))),
        LAST,
    ]


def exists(zone: ZoneInfo, day: date, at: time) -> bool:
    """Whether a zone's clocks show this at all, asked of the zone the other way round."""
    return local(zone, day, at).astimezone(zone).replace(tzinfo=None, fold=0) == datetime.combine(day, at)


def check_walls(zone: ZoneInfo, at: time, moments: list[Moment]) -> None:
    for moment in moments:
        shown = moment.at.astimezone(zone)
        if exists(zone, moment.day, at):
            assert (shown.date(), shown.time(), shown.fold) == (moment.day, at, 0), (zone, moment)
        else:  # it moved forward, by no more than the clocks skipped
            skipped = shown.replace(tzinfo=None) - datetime.combine(moment.day, at)
            assert timedelta(0) < skipped <= timedelta(hours=24), (zone, moment)


def in_ten_years(zone: ZoneInfo, weekday: int) -> Iterator[date]:
    """Every such weekday whose moment may lie in the ten years."""
    day = date(2025, 12, 28)
    day += timedelta(days=(weekday - day.isoweekday()) % 7)
    while day <= date(2036, 1, 4):
        yield day
        day += timedelta(weeks=1)


def test_every_week_of_every_zone_is_there_once_however_time_is_cut() -> None:
    for number, name in enumerate(ZONES):
        zone = ZoneInfo(name)
        for at in TIMES if LONG else (TIMES[number % len(TIMES)],):
            weekday = 7 if number % 2 else 1 + number % 7  # clocks change on Sundays more than on other days
            wanted = [
                Moment(day, when)
                for day in in_ten_years(zone, weekday)
                if FIRST < (when := local(zone, day, at)) <= LAST
            ]
            found = [
                moment
                for after, until in itertools.pairwise(cuts(f"{name}{at}", 40))
                for moment in weekly(zone, weekday, at, after, until)
            ]
            assert found == wanted, (name, at, weekday)
            assert len(found) in (521, 522)
            check_walls(zone, at, found)


def test_every_day_of_a_zone_is_there_once_however_time_is_cut() -> None:
    for number, name in enumerate(ZONES):
        if not LONG and number % 10:
            continue
        zone = ZoneInfo(name)
        for at in TIMES if LONG else (TIMES[number // 10 % len(TIMES)],):
            found = [
                moment
                for after, until in itertools.pairwise(cuts(f"{name}{at}", 60))
                for moment in daily(zone, at, after, until)
            ]
            days = [moment.day for moment in found]
            assert days == [days[0] + timedelta(days=n) for n in range(len(days))], (name, at)
            assert len(days) in (3652, 3653)
            check_walls(zone, at, found)


def test_every_month_of_every_zone_is_there_once_however_time_is_cut() -> None:
    for number, name in enumerate(ZONES):
        zone, at = ZoneInfo(name), TIMES[number % len(TIMES)]
        found = [
            moment
            for after, until in itertools.pairwise(cuts(name, 25))
            for moment in last_weekday_of_month(zone, 1 + number % 7, at, after, until)
        ]
        months = [(moment.day.year, moment.day.month) for moment in found]
        assert len(set(months)) == len(months) and len(months) in (119, 120, 121), name
        assert all((moment.day + timedelta(days=7)).month != moment.day.month for moment in found)
        check_walls(zone, at, found)


def test_minute_ticks_over_each_change_of_the_clocks_find_each_day_once() -> None:
    for name in (
        ZONES if LONG else ("Europe/Berlin", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo")
    ):
        zone = ZoneInfo(name)
        for change in changes(zone, 2027):
            for at in TIMES:
                begin = change - timedelta(hours=30)
                ticks = [begin + timedelta(minutes=n) for n in range(60 * 60)]
                if not LONG:
                    ticks = ticks[::7]
                found = [m for pair in itertools.pairwise(ticks) for m in daily(zone, at, *pair)]
                assert found == list(daily(zone, at, ticks[0], ticks[-1])), (name, change, at)
                assert len(found) in (2, 3)


def changes(zone: ZoneInfo, year: int) -> Iterator[datetime]:
    """The hours of a year in which the zone's offset changes."""
    hour = datetime(year, 1, 1, tzinfo=UTC)
    offset = hour.astimezone(zone).utcoffset()
    while hour.year == year:
        hour += timedelta(hours=1)
        now = hour.astimezone(zone).utcoffset()
        if now != offset:
            yield hour
            offset = now


@settings(max_examples=5000 if LONG else 400, deadline=None)
@given(
    name=st.sampled_from(ZONES),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2036, 1, 1)),  # noqa: DTZ001
    begins=st.integers(0, 1439),
    minutes=st.integers(1, 1440),
    weekdays=st.frozensets(st.integers(1, 7), min_size=1),
    free=st.frozensets(st.integers(0, 30)),
    pause=st.none() | st.integers(-3, 40),
)
def test_the_next_allowed_moment_is_allowed_and_none_before_it_is(
    name: str,
    now: datetime,
    begins: int,
    minutes: int,
    weekdays: frozenset[int],
    free: frozenset[int],
    pause: int | None,
) -> None:
    zone = ZoneInfo(name)
    now = now.replace(tzinfo=UTC, second=0, microsecond=0)
    today = now.astimezone(zone).date()
    hours = Hours(begins, min(1440, begins + minutes))
    holidays = frozenset(today + timedelta(days=n) for n in free)
    paused_until = None if pause is None else today + timedelta(days=pause)

    def allowed(moment: datetime) -> bool:
        wall = moment.astimezone(zone)
        return (
            hours.from_minute <= wall.hour * 60 + wall.minute < hours.until_minute
            and wall.isoweekday() in weekdays
            and wall.date() not in holidays
            and (paused_until is None or wall.date() > paused_until)
        )

    answer = next_allowed(now, zone, hours, weekdays, holidays.__contains__, paused_until)
    assert answer >= now
    assert next_allowed(answer, zone, hours, weekdays, holidays.__contains__, paused_until) == answer
    shown = answer.astimezone(zone)
    plain = all(
        shown.utcoffset() == (answer + timedelta(days=n)).astimezone(zone).utcoffset() for n in (-1, 1)
    )
    if plain:  # around a change of the clocks the wall alone does not say it
        assert allowed(answer), (name, now, answer)
        step = timedelta(minutes=1 if LONG else 11)
        before = answer - step
        while before >= max(now, answer - timedelta(hours=20)):
            assert not allowed(before), (name, now, answer, before)
            before -= step
