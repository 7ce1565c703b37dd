"""When people may be written to, and what times on walls mean."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from domain.calendar import (
    Hours,
    Moment,
    daily,
    last_weekday_of_month,
    local,
    next_allowed,
    weekly,
    workdays_before,
)

BERLIN = ZoneInfo("Europe/Berlin")
NIGHT = Hours(0, 24 * 60)


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-18 12:00", "2026-11-18 12:00"),
        ("2026-11-18 08:29", "2026-11-18 08:30"),
        ("2026-11-18 08:30", "2026-11-18 08:30"),
        ("2026-11-18 17:29", "2026-11-18 17:29"),
        ("2026-11-18 17:30", "2026-11-19 08:30"),
        ("2026-11-20 18:00", "2026-11-23 08:30"),  # a Friday evening
        ("2026-11-22 03:00", "2026-11-23 08:30"),
    ],
)
def test_messages_wait_for_the_usual_hours_on_working_days(now: str, then: str) -> None:
    assert next_allowed(at(now), BERLIN) == at(then)


def test_the_answer_is_in_utc_whatever_zone_the_question_was_in() -> None:
    answer = next_allowed(at("2026-11-18 23:00", "Asia/Tokyo"), BERLIN)
    assert answer == at("2026-11-18 15:00") and answer.tzinfo is UTC


def test_another_weekend_holidays_and_a_pause_are_kept() -> None:
    riyadh, sunday_to_thursday = ZoneInfo("Asia/Riyadh"), {7, 1, 2, 3, 4}
    friday = at("2026-11-20 10:00", "Asia/Riyadh")
    assert next_allowed(friday, riyadh, weekdays=sunday_to_thursday) == at("2026-11-22 08:30", "Asia/Riyadh")
    christmas = {date(2026, 12, 25), date(2026, 12, 28)}
    late = at("2026-12-24 19:00")
    assert next_allowed(late, BERLIN, holidays=christmas.__contains__) == at("2026-12-29 08:30")
    paused = next_allowed(late, BERLIN, holidays=christmas.__contains__, paused_until=date(2027, 1, 1))
    assert paused == at("2027-01-04 08:30")
    assert next_allowed(at("2026-11-18 12:00"), BERLIN, paused_until=date(2026, 11, 17)) == at(
        "2026-11-18 12:00"
    )


def test_a_pause_ends_with_the_day_where_the_person_is() -> None:
    tokyo = ZoneInfo("Asia/Tokyo")
    answer = next_allowed(at("2026-11-18 23:00", "UTC"), tokyo, NIGHT, paused_until=date(2026, 11, 18))
    assert answer == at("2026-11-19 08:00", "Asia/Tokyo")  # it is the 19th there already
    answer = next_allowed(at("2026-11-18 12:00", "UTC"), tokyo, NIGHT, paused_until=date(2026, 11, 18))
    assert answer == at("2026-11-19 00:00", "Asia/Tokyo")


def test_hours_that_clocks_skip_or_show_twice() -> None:
    every_day = range(1, 8)
    # 02:00 to 03:00 is not there on 29 March 2026; 02:00 to 03:00 is there twice on 25 October.
    gone = next_allowed(at("2026-03-28 12:00"), BERLIN, Hours(120, 180), every_day)
    assert gone == at("2026-03-30 02:00")
    half = next_allowed(at("2026-03-28 12:00"), BERLIN, Hours(150, 240), every_day)
    assert half == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)  # 02:30 moves to 03:30
    twice = next_allowed(at("2026-10-24 12:00"), BERLIN, Hours(120, 150), every_day)
    assert twice == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    second = datetime(2026, 10, 25, 1, 10, tzinfo=UTC)  # 02:10 for the second time
    assert next_allowed(second, BERLIN, Hours(120, 150), every_day) == at("2026-10-26 02:00")


def test_a_day_that_a_zone_left_out_is_nobodys_working_day() -> None:
    apia = ZoneInfo("Pacific/Apia")
    # Samoa went from Thursday 29 to Saturday 31 December 2011.
    assert next_allowed(at("2011-12-29 20:00", "Pacific/Apia"), apia) == at(
        "2012-01-02 08:30", "Pacific/Apia"
    )
    found = daily(
        apia, time(9), at("2011-12-28 12:00", "Pacific/Apia"), at("2012-01-01 12:00", "Pacific/Apia")
    )
    assert [moment.day.day for moment in found] == [29, 31, 1]
    week = weekly(
        apia, 5, time(9), at("2011-12-25 00:00", "Pacific/Apia"), at("2012-01-03 12:00", "Pacific/Apia")
    )
    assert [moment.at for moment in week] == [at("2011-12-31 09:00", "Pacific/Apia")]


@pytest.mark.parametrize(
    ("hours", "weekdays"),
    [
        (Hours(600, 600), {1}),
        (Hours(700, 600), {1}),
        (Hours(0, 1441), {1}),
        (Hours(-1, 60), {1}),
        (NIGHT, set()),
        (NIGHT, {0}),
        (NIGHT, {8}),
    ],
)
def test_hours_that_leave_no_time_are_refused(hours: Hours, weekdays: set[int]) -> None:
    with pytest.raises(ValueError, match="ha"):
        next_allowed(at("2026-11-18 12:00"), BERLIN, hours, weekdays)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="naive"):
        next_allowed(datetime(2026, 11, 18, 12), BERLIN)  # noqa: DTZ001


def test_a_calendar_of_nothing_but_holidays_does_not_silence_anybody_for_ever() -> None:
    assert next_allowed(at("2026-11-18 18:00"), BERLIN, holidays=lambda day: True) == at("2026-11-19 08:30")


def test_hours_until_midnight_end_with_the_day() -> None:
    late = Hours(20 * 60, 24 * 60)
    assert next_allowed(at("2026-11-18 23:59"), BERLIN, late) == at("2026-11-18 23:59")
    assert next_allowed(at("2026-11-19 00:00"), BERLIN, late) == at("2026-11-19 20:00")


def test_a_time_on_the_wall_moves_out_of_a_gap_and_is_the_first_of_two() -> None:
    assert local(BERLIN, date(2026, 3, 29), time(2, 30)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
    assert local(BERLIN, date(2026, 10, 25), time(2, 30)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
    assert local(BERLIN, date(2026, 10, 25), time(2, 30, fold=1)) == datetime(2026, 10, 25, 0, 30, tzinfo=UTC)


def test_the_last_thursday_of_each_month() -> None:
    found = last_weekday_of_month(BERLIN, 4, time(15), at("2026-10-29 15:00"), at("2027-02-25 15:00"))
    assert [moment.day.isoformat() for moment in found] == [
        "2026-11-26",
        "2026-12-31",
        "2027-01-28",
        "2027-02-25",
    ]


def test_an_interval_holds_its_end_and_not_its_beginning() -> None:
    begin, end = at("2026-11-16 08:30"), at("2026-11-23 08:30")
    assert list(weekly(BERLIN, 1, time(8, 30), begin, end)) == [Moment(date(2026, 11, 23), end)]
    assert list(weekly(BERLIN, 1, time(8, 30), end, end)) == []
    assert list(weekly(BERLIN, 1, time(8, 30), end, begin)) == []


def test_working_days_are_counted_back_over_weekends_and_holidays() -> None:
    assert workdays_before(date(2026, 12, 3), 2) == date(2026, 12, 1)
    assert workdays_before(date(2026, 11, 30), 1) == date(2026, 11, 27)
    assert workdays_before(date(2026, 12, 29), 2, holidays={date(2026, 12, 25)}.__contains__) == date(
        2026, 12, 24
    )
    for count, days in ((0, {1}), (1, set[int]())):
        with pytest.raises(ValueError, match="no such working day"):
            workdays_before(date(2026, 12, 3), count, days)


def test_two_days_before_is_two_days_of_a_week_with_another_weekend() -> None:
    assert workdays_before(date(2026, 11, 22), 1, {7, 1, 2, 3, 4}) == date(2026, 11, 19)
    assert date(2026, 11, 22) - timedelta(days=3) == date(2026, 11, 19)
