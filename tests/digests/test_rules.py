"""Weeks, what is usual, whom to thank, and when a digest is due."""

from datetime import UTC, date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.briefs import IsOver, Session, TooFar, off_target
from domain.contributions import Kind
from domain.digest_facts import MOST_THANKED, Candidate, WeekSum, compared, worth_telling
from domain.digests import NotAWeek, Sending, Week
from domain.initiatives import Stage
from domain.kpis import Direction, Kpi, Reading

DAYS = st.dates(date(2000, 1, 3), date(2190, 12, 31))
ZONES = st.sampled_from(
    ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Pacific/Apia", "Africa/Cairo", "UTC"]
)


@given(DAYS)
def test_a_week_is_read_back_from_its_key_and_has_its_day(day: date) -> None:
    week = Week.of(day)
    assert Week.read(week.key) == week
    assert week.first <= day <= week.last
    assert week.shifted(1).first == week.last + timedelta(days=1)


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-W0", "2026-47", "W47", "last week", "2026-W٤٧", "1999-W10"]
)
def test_what_is_no_week_gets_a_sentence_with_an_example(text: str) -> None:
    with pytest.raises(NotAWeek, match="looks like 2026-W"):
        Week.read(text)


def test_a_week_that_a_year_does_not_have_is_refused_with_those_it_has() -> None:
    assert Week.read("2026-W53").last == date(2027, 1, 3)
    with pytest.raises(NotAWeek, match="2027 has the weeks 1 to 52"):
        Week.read("2027-W53")


@given(DAYS, ZONES)
def test_weeks_of_a_zone_follow_each_other_without_a_gap(day: date, zone: str) -> None:
    week = Week.of(day)
    assert week.span(ZoneInfo(zone))[1] == week.shifted(1).span(ZoneInfo(zone))[0]


@given(
    ZONES,
    st.integers(1, 7),
    st.integers(0, 24 * 60 - 1),
    st.integers(0, 10 * 366 * 86_400).map(lambda s: datetime(2016, 1, 4, tzinfo=UTC) + timedelta(seconds=s)),
    st.lists(st.integers(1, 10**6), min_size=1, max_size=8),
)
def test_every_week_is_due_once_however_time_is_cut(
    zone: str, weekday: int, minute: int, begin: datetime, steps_s: list[int]
) -> None:
    sending = Sending(weekday=weekday, minute=minute, zone=zone)
    end = begin + timedelta(seconds=sum(steps_s))
    found, after = [], begin
    for step in steps_s:
        until = after + timedelta(seconds=step)
        found += list(sending.due(after, until))
        after = until
    assert found == list(sending.due(begin, end))
    weeks = [week for week, _ in found]
    assert weeks == [weeks[0].shifted(number) for number in range(len(weeks))] if weeks else True
    assert len(weeks) >= (end - begin).days // 7 - 1
    for week, at in found:
        local = at.astimezone(ZoneInfo(zone))
        assert local.isoweekday() == weekday or local.hour < 2
        assert week.last < local.date()


def test_without_a_setting_it_is_monday_morning_in_berlin_in_summer_and_in_winter() -> None:
    due = list(Sending().due(datetime(2026, 10, 18, tzinfo=UTC), datetime(2026, 10, 27, tzinfo=UTC)))
    assert due == [
        (Week(2026, 42), datetime(2026, 10, 19, 6, 30, tzinfo=UTC)),
        (Week(2026, 43), datetime(2026, 10, 26, 7, 30, tzinfo=UTC)),
    ]


@pytest.mark.parametrize("stored", [{"zone": "Mars/Olympus"}, {"weekday": 9}, ["monday"], "x"])
def test_a_setting_that_cannot_be_read_any_more_is_the_usual_one(stored: object) -> None:
    assert Sending.of(stored) == Sending()


def test_usual_is_the_median_of_the_eight_weeks_before_and_not_their_mean() -> None:
    sums = [WeekSum(weeks, "Operations", Kind.DATA, 2, 60) for weeks in range(1, 6)]
    sums += [WeekSum(6, "Operations", Kind.DATA, 90, 60), WeekSum(0, "Operations", Kind.DATA, 5, 300)]
    usual, departments, cells = compared(sums)
    assert usual == 2.0
    assert [(one.name, one.entries, one.usual, one.effort_minutes) for one in departments] == [
        ("Operations", 5, 2.0, 300)
    ]
    assert [(one.kind, one.entries, one.usual) for one in cells] == [("data", 5, 2.0)]


def test_a_week_without_entries_counts_when_the_median_is_taken() -> None:
    sums = [WeekSum(weeks, "Operations", Kind.DATA, 9, 0) for weeks in (1, 2, 3)]
    assert compared(sums) == (0.0, (), ())


@given(
    st.permutations(
        [
            WeekSum(0, name, kind, entries, 0)
            for name, entries in (("zoology", 1), ("Ärzte", 900), ("Bank", 5))
            for kind in (Kind.TRAINING, Kind.DATA)
        ]
    )
)
def test_departments_stand_in_alphabetical_order_whatever_they_put_in(sums: list[WeekSum]) -> None:
    _, departments, cells = compared(sums)
    assert [one.name for one in departments] == ["Ärzte", "Bank", "zoology"]
    assert [one.kind for one in cells] == ["data", "training"] * 3


CANDIDATES = st.lists(
    st.builds(
        Candidate,
        entry_id=st.integers(1, 50),
        person_id=st.integers(1, 6),
        department=st.sampled_from(["Bank", "Claims", "Legal", "Sales"]),
        newcomer=st.booleans(),
        of_kind=st.integers(1, 9),
    ),
    max_size=12,
    unique_by=lambda one: one.entry_id,
)


@given(CANDIDATES)
def test_as_many_people_are_thanked_as_can_be_and_nobody_twice(candidates: list[Candidate]) -> None:
    chosen = worth_telling(candidates)
    people = {one.person_id for one in candidates}
    assert len({one.person_id for one in chosen}) == len(chosen) == min(MOST_THANKED, len(people))
    assert set(chosen) <= set(candidates)


@given(CANDIDATES, st.randoms())
def test_whom_to_thank_does_not_depend_on_the_order_in_which_entries_come(
    candidates: list[Candidate], chance: Random
) -> None:
    shuffled = list(candidates)
    chance.shuffle(shuffled)
    assert worth_telling(shuffled) == worth_telling(candidates)


def test_one_of_each_department_comes_first_then_newcomers_then_what_is_rare() -> None:
    common = Candidate(1, 1, "Claims", False, 40)
    rare = Candidate(2, 2, "Claims", False, 2)
    new = Candidate(3, 3, "Claims", True, 90)
    legal = Candidate(9, 4, "Legal", False, 80)
    assert worth_telling([common, rare, new, legal]) == [new, legal, rare]


def test_a_session_keeps_the_one_before_it_once_that_is_over() -> None:
    today = date(2026, 11, 18)
    first = Session().moved(date(2026, 12, 3), today)
    assert (first.coming(today), first.last(today)) == (date(2026, 12, 3), None)
    moved = first.moved(date(2026, 12, 4), today)
    assert moved.before is None
    later = moved.moved(date(2027, 1, 7), date(2026, 12, 5))
    assert later == Session(day=date(2027, 1, 7), before=date(2026, 12, 4))
    with pytest.raises(IsOver):
        Session().moved(date(2026, 11, 17), today)
    with pytest.raises(TooFar):
        Session().moved(date(2028, 11, 17), today)


def test_the_brief_is_due_two_days_before_by_the_clock_of_the_zone() -> None:
    session = Session(day=date(2026, 10, 27))
    assert session.sent_at(510, ZoneInfo("Europe/Berlin")) == datetime(2026, 10, 25, 7, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "stage", "said"),
    [
        (21.0, Stage.IDEA, "worse"),
        (15.0, Stage.SCOPED, None),
        (15.0, Stage.LIVE, "short of its target"),
        (12.0, Stage.LIVE, None),
        (None, Stage.LIVE, None),
    ],
)
def test_a_number_asks_for_a_decision_where_it_is_worse_or_live_and_short(
    value: float | None, stage: Stage, said: str | None
) -> None:
    kpi = Kpi(
        id=1,
        initiative_id=1,
        key="time",
        name="Handling time",
        unit="minutes",
        direction=Direction.DOWN,
        baseline=20.5,
        target=12.0,
        owner_id=1,
    )
    readings = [] if value is None else [Reading(kpi_id=1, day=date(2026, 11, 1), value=value, noted_by_id=1)]
    found = off_target(kpi, readings, stage)
    assert (found is None) if said is None else (found is not None and said in found)


@pytest.mark.parametrize(("value", "worse"), [(50.0, True), (70.0, False)])
def test_of_a_number_that_shall_grow_less_is_worse(value: float, worse: bool) -> None:
    kpi = Kpi(
        id=1,
        initiative_id=1,
        key="right",
        name="In the right queue",
        unit="%",
        direction=Direction.UP,
        baseline=60.0,
        owner_id=1,
    )
    reading = Reading(kpi_id=1, day=date(2026, 11, 1), value=value, noted_by_id=1)
    assert (off_target(kpi, [reading], Stage.LIVE) is not None) is worse
