"""When a showcase is, how that is read, whose work it is, and what calendars are told."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.clocks import NotAZone
from domain.errors import InvalidField, Refused
from domain.people import Person, TeamKind
from domain.showcases import (
    BadRule,
    Rule,
    Showcase,
    State,
    after_due,
    agenda_due,
    call_due,
    check_offer,
    credit,
    credited_department,
    day_due,
    learnings_due,
    when_words,
)
from handlers.showcases import ics
from handlers.showcases.when import (
    HasPassed,
    NotADate,
    NotATime,
    NoTime,
    TooFar,
    read_when,
)

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
BERLIN = "Europe/Berlin"


def read(text: str) -> tuple[datetime, str] | Rule:
    return read_when(text, today=date(2026, 11, 18), now=NOW, zone=BERLIN)


def showcase(starts_at: datetime, zone: str = BERLIN, **more: object) -> Showcase:
    values = {"id": 7, "state": State.PLANNED, "created_at": NOW, "starts_at": starts_at, "zone": zone}
    return Showcase.model_validate(values | more)


LAST_THURSDAY = Rule(nth=-1, weekday=3, at=time(15), zone=BERLIN)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("last Thursday 15:00 Europe/Berlin", LAST_THURSDAY),
        ("the last thursday of the month at 3 pm berlin", LAST_THURSDAY),
        ("last thu 15.00", LAST_THURSDAY),
        ("2nd tue 10:00 UTC", Rule(nth=2, weekday=1, at=time(10), zone="UTC")),
        ("every first Monday 8:15 in London", Rule(nth=1, weekday=0, at=time(8, 15), zone="Europe/London")),
    ],
)
def test_rules_are_read_as_people_write_them(text: str, rule: Rule) -> None:
    assert read(text) == rule
    assert Rule.load(rule.dump()) == rule


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-12-03 15:00", datetime(2026, 12, 3, 14, tzinfo=UTC)),
        ("3 December 15:00 New York", datetime(2026, 12, 3, 20, tzinfo=UTC)),
        ("3.12.2026 15.00", datetime(2026, 12, 3, 14, tzinfo=UTC)),
        ("next thursday 9:30", datetime(2026, 11, 19, 8, 30, tzinfo=UTC)),
        ("wednesday 9:30", datetime(2026, 11, 25, 8, 30, tzinfo=UTC)),
        ("tomorrow 3pm", datetime(2026, 11, 19, 14, tzinfo=UTC)),
        ("15:00 on 3 December", datetime(2026, 12, 3, 14, tzinfo=UTC)),
    ],
)
def test_dates_are_read_as_people_write_them(text: str, at: datetime) -> None:
    found = read(text)
    assert not isinstance(found, Rule)
    assert found[0] == at


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("last Thursday 25:00 Europe/Berlin", NotATime),
        ("last Thursday 13 pm", NotATime),
        ("last Thursday 15:00 Mars/Base", NotAZone),
        ("last Thursday 15:00 ../../etc/passwd", NotAZone),
        ("last Thursday", NoTime),
        ("2026-12-03", NoTime),
        ("2026-13-40 15:00", NotADate),
        ("last Foo 15:00", NotADate),
        ("fifth Monday 15:00", NotADate),
        ("", NotADate),
        ("2026-11-18 12:00", HasPassed),
        ("2029-01-01 15:00", TooFar),
    ],
)
def test_what_is_no_date_is_refused_with_an_example(text: str, refusal: type[Refused]) -> None:
    with pytest.raises(refusal) as refused:
        read(text)
    assert re.search(r"15:00|Europe/Berlin", refused.value.sentence)


@given(st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    try:
        read(text)
    except Refused as refused:
        assert refused.sentence


@given(
    nth=st.sampled_from([1, 2, 3, 4, -1]),
    weekday=st.integers(0, 6),
    at=st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    zone=st.sampled_from([BERLIN, "America/New_York", "Asia/Kolkata", "Pacific/Apia", "UTC"]),
    moment=st.datetimes(datetime(2024, 1, 1), datetime(2034, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_rule_is_once_in_every_month(nth: int, weekday: int, at: time, zone: str, moment: datetime) -> None:
    rule = Rule(nth=nth, weekday=weekday, at=at, zone=zone)
    months: list[tuple[int, int]] = []
    for _ in range(15):
        found = rule.first_after(moment)
        assert found > moment
        there = found.astimezone(ZoneInfo(zone))
        assert there.weekday() == weekday
        assert (
            (there.day + 6) // 7 == nth
            if nth > 0
            else (there.date() + timedelta(days=7)).month != there.month
        )
        months.append((there.year, there.month))
        moment = found
    following = [(year + month // 12, month % 12 + 1) for year, month in months[:-1]]
    assert months[1:] == following


def test_a_kept_rule_that_is_none_is_refused() -> None:
    for kept in ("", "last", "last Thursday 15 Europe/Berlin", "sometimes Thursday 15:00 UTC"):
        with pytest.raises(BadRule):
            Rule.load(kept)


def test_reminders_come_on_working_mornings_of_the_zone_across_a_change_of_clocks() -> None:
    # Sunday 1 November 2026, 15:00 in New York: clocks went back that night.
    one = showcase(datetime(2026, 11, 1, 20, tzinfo=UTC), "America/New_York")
    assert call_due(one) == datetime(2026, 10, 16, 13, tzinfo=UTC)  # the Friday before
    assert agenda_due(one) == datetime(2026, 10, 23, 13, tzinfo=UTC)
    assert day_due(one) == datetime(2026, 11, 1, 14, tzinfo=UTC)
    assert after_due(one) == datetime(2026, 11, 2, 14, tzinfo=UTC)
    assert day_due(showcase(datetime(2026, 11, 26, 7, 30, tzinfo=UTC))) == datetime(
        2026, 11, 26, 6, 30, tzinfo=UTC
    )


def test_learnings_come_the_working_day_after_the_minutes() -> None:
    one = showcase(datetime(2026, 11, 26, 14, tzinfo=UTC))
    friday = datetime(2026, 11, 27, 10, tzinfo=UTC)
    assert learnings_due(one, friday) == datetime(2026, 11, 30, 8, tzinfo=UTC)
    assert learnings_due(one, one.starts_at) == datetime(2026, 11, 27, 8, tzinfo=UTC)


def test_the_reader_sees_the_time_on_their_own_clock() -> None:
    one = showcase(datetime(2026, 11, 26, 23, tzinfo=UTC))
    assert when_words(one, BERLIN) == "Friday 27 November 2026, 00:00 (Europe/Berlin)"
    assert when_words(one, "Europe/Madrid") == when_words(one)
    assert when_words(one, "America/New_York").endswith("; Thursday 18:00 your time")


def person(name: str, team: str, kind: TeamKind) -> Person:
    values = {"id": 1, "email": "x@alder.example", "team_id": 1, "time_zone": BERLIN, "locale": "en-GB"}
    return Person.model_validate(values | {"name": name, "team_path": team, "team_kind": kind})


def test_the_department_stands_first_whoever_shows_it() -> None:
    ada = person("Ada Fern", "Operations/Claims", TeamKind.BUSINESS)
    emil = person("Emil Stone", "AI function", TeamKind.AI)
    department, is_ai = credited_department(emil, "Operations")
    said = credit(department, [ada, emil, ada], by_ai_function=is_ai)
    assert said == "Operations: Ada Fern and Emil Stone. Technical partner: the AI function"
    department, is_ai = credited_department(emil, None)
    assert credit(department, [emil], by_ai_function=is_ai) == "AI function: Emil Stone"
    assert credited_department(ada, None) == ("Operations", False)


def test_what_failed_is_as_valid_as_what_worked() -> None:
    values = {"tried": "x", "learned": "y", "duration": "10", "presenter_id": 1, "initiative_id": None}
    for worked in ("yes", "no"):
        assert check_offer(**values, worked=worked).worked is (worked == "yes")  # type: ignore[arg-type]
    with pytest.raises(InvalidField) as invalid:
        check_offer(**(values | {"tried": "x" * 301, "duration": "1.5"}), worked="")  # type: ignore[arg-type]
    assert set(invalid.value.errors) == {"tried", "duration", "worked"}


def unfolded(text: str) -> list[str]:
    """The content lines of a calendar file."""
    assert text.endswith("\r\n")
    lines = text.removesuffix("\r\n").split("\r\n")
    assert all(len(line.encode()) <= 75 and "\n" not in line for line in lines)
    whole: list[str] = []
    for line in lines:
        if line.startswith(" "):
            whole[-1] += line[1:]
        else:
            whole.append(line)
    return whole


def test_the_calendar_file_is_folded_escaped_and_stable() -> None:
    one = showcase(datetime(2026, 11, 26, 14, tzinfo=UTC), place="Room Elm, 2nd floor; or the call")
    details = "Zürich tried; and learned, that\n" + "ü" * 120
    text = ics.calendar(one, details, 75, organiser=('Hana "HR" Reed', "hana@alder.example"), now=NOW)
    lines = unfolded(text)
    assert lines[0] == "BEGIN:VCALENDAR"
    assert lines[-1] == "END:VCALENDAR"
    assert {"METHOD:PUBLISH", "DTSTART:20261126T140000Z", "DTEND:20261126T151500Z", "SEQUENCE:0"} <= set(
        lines
    )
    assert "LOCATION:Room Elm\\, 2nd floor\\; or the call" in lines
    assert "DESCRIPTION:Zürich tried\\; and learned\\, that\\n" + "ü" * 120 in lines
    assert 'ORGANIZER;CN="Hana HR Reed":mailto:hana@alder.example' in lines
    moved = one.model_copy(update={"starts_at": one.starts_at + timedelta(days=7), "sequence": 1})
    again = unfolded(ics.calendar(moved, details, 75, organiser=None, now=NOW))
    assert [line for line in lines if line.startswith("UID:")] == [
        line for line in again if line.startswith("UID:")
    ]
    assert "SEQUENCE:1" in again
    off = unfolded(
        ics.calendar(one.model_copy(update={"state": State.CANCELLED}), "", 60, organiser=None, now=NOW)
    )
    assert {"METHOD:CANCEL", "STATUS:CANCELLED"} <= set(off)


@given(st.text(max_size=400))
def test_a_folded_line_is_whole_again(line: str) -> None:
    pieces = list(ics.folded(line))
    assert all(len(piece.encode("utf-8", "surrogatepass")) <= 75 for piece in pieces)
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line


def test_what_people_write_adds_no_line_to_the_calendar() -> None:
    one = showcase(NOW, place="x\r\nEND:VEVENT")
    text = ics.calendar(one, "y\r\nATTACH:z", 60, organiser=("a\r\nb", "c@d\r\ne"), now=NOW)
    lines = text.split("\r\n")
    assert lines.count("END:VEVENT") == 1
    assert not [line for line in lines if line.startswith(("ATTACH", "ORGANIZER"))]
