"""What people type is understood, and nothing that they type breaks anything."""

import contextlib
import string
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.contributions import (
    Degree,
    Draft,
    Kind,
    Policy,
    check,
    check_day,
    clean,
    day_words,
    effort_words,
    find_effort,
    parse_effort,
)
from domain.errors import InvalidField, NoSuchInitiative
from domain.initiatives import Initiative, normal_key
from handlers.phrases import Ambiguous, Line, choose, find_day, read_line

#: A Wednesday.
TODAY = date(2026, 11, 18)
POLICY = Policy()


def parse_day(text: str, *, today: date) -> date | None:
    """The day in a text that is nothing but a day."""
    text = text.strip()
    found = find_day(text, today=today)
    return found[0] if found is not None and found[1:] == (0, len(text)) else None


def write_line(line: Line, key: str) -> str:
    """A line that `read_line` reads as the same, with the initiative by its key."""
    parts = []
    if line.effort_minutes is not None:
        parts.append(f"{line.effort_minutes}m")
    if line.kind is not None:
        parts.append(line.kind.label)
    if line.degree is not None:
        parts.append(f"as {line.degree.value}")
    parts.append(f"on {key}")
    if line.day is not None:
        parts.append(line.day.isoformat())
    return " ".join(parts) + f": {line.what}"


@pytest.mark.parametrize(
    ("typed", "minutes"),
    [
        ("3h", 180),
        ("1.5h", 90),
        ("1,5h", 90),
        ("90m", 90),
        ("2:43", 163),
        ("half a day", 240),
        ("1 day", 480),
        ("a day", 480),
        ("2 days", 960),
        ("0.5d", 240),
        ("45 min", 45),
        ("1 h 30 min", 90),
        ("2h30", 150),
        ("3 hours", 180),
        ("half an hour", 30),
        ("an hour", 60),
        ("3", 180),
    ],
)
def test_efforts_are_read(typed: str, minutes: int) -> None:
    assert parse_effort(typed, hours_a_day=8) == minutes


@pytest.mark.parametrize("typed", ["", "-3h", "abc", "3x", "h", "1.2.3h", "2:60", "3h and a bit", "=1+1"])
def test_what_is_no_effort_is_not_read_as_one(typed: str) -> None:
    assert parse_effort(typed, hours_a_day=8) is None


def test_a_day_is_as_long_as_the_organisation_says() -> None:
    assert parse_effort("half a day", hours_a_day=7.5) == 225


@given(st.integers(1, 24 * 60))
def test_an_effort_in_words_is_read_back(minutes: int) -> None:
    assert parse_effort(effort_words(minutes), hours_a_day=8) == minutes


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("today", TODAY),
        ("Yesterday", date(2026, 11, 17)),
        ("last Friday", date(2026, 11, 13)),
        ("friday", date(2026, 11, 13)),
        ("on Monday", date(2026, 11, 16)),
        ("wednesday", date(2026, 11, 11)),
        ("3 Nov", date(2026, 11, 3)),
        ("Nov 3", date(2026, 11, 3)),
        ("3rd of November", date(2026, 11, 3)),
        ("24 December", date(2025, 12, 24)),
        ("3 Nov 2025", date(2025, 11, 3)),
        ("2026-11-03", date(2026, 11, 3)),
        ("3.11.2026", date(2026, 11, 3)),
        ("3 days ago", date(2026, 11, 15)),
        ("a week ago", date(2026, 11, 11)),
    ],
)
def test_days_are_read(typed: str, day: date) -> None:
    assert parse_day(typed, today=TODAY) == day


@pytest.mark.parametrize(
    "typed", ["2026-02-30", "31.02.2026", "mayor", "monday-ish", "2024 extract", "sunny"]
)
def test_what_is_no_day_is_not_read_as_one(typed: str) -> None:
    assert find_day(typed, today=TODAY) is None


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        (
            "3h data on claims triage yesterday: labelled 400 exceptions",
            Line(180, Kind.DATA, None, date(2026, 11, 17), "claims triage", "labelled 400 exceptions"),
        ),
        (
            "2:43 testing on claims: tried 1:1 cases: all good",
            Line(163, Kind.TESTING, None, None, "claims", "tried 1:1 cases: all good"),
        ),
        (
            "data on complaints: shared the 2024 complaints extract",
            Line(None, Kind.DATA, None, None, "complaints", "shared the 2024 complaints extract"),
        ),
        (
            "half a day operational change for claims as lead 3 Nov: new queue rules",
            Line(240, Kind.CHANGE, Degree.LEAD, date(2026, 11, 3), "claims", "new queue rules"),
        ),
        (
            "2h testing on data platform: ran the checks",
            Line(120, Kind.TESTING, None, None, "data platform", "ran the checks"),
        ),
        (
            "2h review claims: see https://files.example/a:b today",
            Line(
                120,
                Kind.REVIEW,
                None,
                None,
                "claims",
                "see https://files.example/a:b today",
                "https://files.example/a:b",
            ),
        ),
        (
            "review 3 days ago on claims: read ten",
            Line(None, Kind.REVIEW, None, date(2026, 11, 15), "claims", "read ten"),
        ),
    ],
)
def test_lines_are_read(typed: str, line: Line) -> None:
    assert read_line(typed, today=TODAY, policy=POLICY) == line


@given(st.text(max_size=400))
@settings(max_examples=400)
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    read_line(text, today=TODAY, policy=POLICY)
    find_effort(text, hours_a_day=8)
    clean(text)


_WORDS = st.text(string.ascii_letters + string.digits + " ,.;()=@#'\"äöüß漢字-", min_size=1, max_size=80)


@given(
    minutes=st.none() | st.integers(1, 1440),
    kind=st.sampled_from(Kind),
    degree=st.none() | st.sampled_from(Degree),
    back=st.none() | st.integers(0, 500),
    what=_WORDS.map(lambda text: clean(text)).filter(bool),
)
@settings(max_examples=300)
def test_a_written_line_is_read_back_as_it_was(
    minutes: int | None, kind: Kind, degree: Degree | None, back: int | None, what: str
) -> None:
    line = Line(
        effort_minutes=minutes,
        kind=kind,
        degree=degree,
        day=None if back is None else TODAY - timedelta(days=back),
        initiative_phrase="claims",
        what=what,
    )
    assert read_line(write_line(line, "claims"), today=TODAY, policy=POLICY) == line


def initiative(number: int, key: str, name: str) -> Initiative:
    return Initiative(
        id=number,
        key=key,
        name=name,
        outcome="",
        department_id=1,
        department="Operations",
        business_sponsor_id=1,
        technical_sponsor_id=2,
        product_owner_id=3,
    )


KNOWN = [
    initiative(1, "claims", "Claims triage"),
    initiative(2, "complaints", "Complaints summariser"),
    initiative(3, "notes", "Underwriting notes"),
    initiative(4, "fraud", "Claims fraud hints"),
]


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("claims", "claims"),
        ("Claims Triage", "claims"),
        ("claims trage", "claims"),
        ("triage", "claims"),
        ("complaint summariser", "complaints"),
        ("complaints", "complaints"),
        ("sumariser", "complaints"),
        ("underwriting", "notes"),
        ("fraud hints", "fraud"),
    ],
)
def test_an_initiative_is_found_by_a_part_of_its_name_and_with_typos(typed: str, key: str) -> None:
    assert choose(typed, KNOWN).key == key


@pytest.mark.parametrize("typed", ["", "payroll", "x", "☃", "the moon landing"])
def test_what_is_like_no_initiative_is_not_guessed(typed: str) -> None:
    with pytest.raises(NoSuchInitiative):
        choose(typed, KNOWN)


def test_what_fits_nothing_is_repeated_shortly_and_without_a_command_in_it() -> None:
    with pytest.raises(NoSuchInitiative) as refused:
        choose("Pay`roll` " + "x" * 400, KNOWN)
    said = refused.value.sentence
    assert said.startswith("I know no initiative like “pay roll xxx") and len(said) < 140
    assert said.count("`") == 2


def test_what_fits_two_initiatives_is_asked() -> None:
    with pytest.raises(Ambiguous) as asked:
        choose("claim", KNOWN)
    assert {one.key for one in asked.value.candidates} == {"claims", "fraud"}


@given(st.text(max_size=60))
@settings(max_examples=300)
def test_no_name_breaks_the_search(typed: str) -> None:
    with contextlib.suppress(NoSuchInitiative, Ambiguous):
        choose(typed, KNOWN)


def draft(**changes: object) -> Draft:
    values = {
        "kind": Kind.DATA,
        "initiative_id": 1,
        "effort_minutes": 60,
        "day": TODAY,
        "what": "x",
    } | changes
    return Draft.model_validate(values)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"what": "  \u202e\x00 "}, "what"),
        ({"what": "x" * 2001}, "what"),
        ({"day": TODAY + timedelta(days=1)}, "day"),
        ({"day": TODAY - timedelta(days=91)}, "day"),
        ({"effort_minutes": 0}, "effort"),
        ({"effort_minutes": -60}, "effort"),
        ({"effort_minutes": 1441}, "effort"),
        ({"link": "javascript:alert(1)"}, "link"),
        ({"link": "https://a b"}, "link"),
    ],
)
def test_nonsense_is_refused_at_its_field(changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check(draft(**changes), today=TODAY, policy=POLICY)
    assert set(refused.value.errors) == {field}


def test_a_day_holds_24_hours_and_not_a_minute_more() -> None:
    check_day(1440)
    with pytest.raises(InvalidField):
        check_day(1441)


def test_control_characters_and_direction_marks_are_taken_out_and_emoji_stay() -> None:
    assert clean(" a\u202eb\x07c\u200f 👩‍🔬\r\nd\te ") == "abc 👩‍🔬\nd\te"


def test_days_are_told_as_people_say_them() -> None:
    assert day_words(TODAY, TODAY) == "today"
    assert day_words(TODAY - timedelta(days=1), TODAY) == "yesterday"
    assert day_words(date(2026, 11, 3), TODAY) == "Tuesday 3 November"
    assert day_words(date(2025, 11, 3), TODAY) == "Monday 3 November 2025"


@pytest.mark.parametrize(
    ("typed", "key"), [(" Claims ", "claims"), ("a", None), ("1a", None), ("a b", None), ("é", None)]
)
def test_keys_are_short_and_plain(typed: str, key: str | None) -> None:
    assert normal_key(typed) == key
