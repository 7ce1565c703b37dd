"""The rules of reports: months in words, order, sentences, and what a spreadsheet must not take for a formula."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.contributions import Degree, Kind
from domain.people import Part as Plays
from domain.people import Person, Role, TeamKind
from domain.records import OnInitiative, Part, Record, sentences
from domain.reports import (
    Month,
    Period,
    PersonParts,
    Reach,
    Report,
    Scope,
    TeamKindSum,
    alphabetical,
    effort_note,
    hours_by_kind,
    last_twelve_months,
    may_have,
    parse_month,
    parse_period,
    parts_in_order,
    period_words,
    report_sentence,
    split_month,
    sums_in_order,
    tame,
)

TODAY = date(2026, 11, 18)
DAYS = st.dates(min_value=date(2001, 1, 1), max_value=date(2190, 12, 31))
MONTHS = st.builds(Month, st.integers(2000, 2199), st.integers(1, 12))


@pytest.mark.parametrize(
    ("text", "month"),
    [
        ("", (2026, 11)),
        ("this month", (2026, 11)),
        ("Last Month", (2026, 10)),
        ("previous  month", (2026, 10)),
        ("2026-10", (2026, 10)),
        ("2026-1", (2026, 1)),
        ("10/2026", (2026, 10)),
        ("3.2025", (2025, 3)),
        ("October", (2026, 10)),
        ("oct.", (2026, 10)),
        ("november", (2026, 11)),
        ("December", (2025, 12)),
        ("last November", (2025, 11)),
        ("last October", (2026, 10)),
        ("sept 2025", (2025, 9)),
        ("2025 May", (2025, 5)),
    ],
)
def test_a_month_is_read_as_people_write_it(text: str, month: tuple[int, int]) -> None:
    assert parse_month(text, today=TODAY) == month


@pytest.mark.parametrize(
    "text", ["2026-13", "2026-00", "claims", "0/2026", "octobre", "2026", "9999-01", "-1"]
)
def test_what_is_not_a_month_is_none(text: str) -> None:
    assert parse_month(text, today=TODAY) is None


@given(st.text(max_size=80), DAYS)
def test_reading_any_text_never_raises(text: str, today: date) -> None:
    parse_month(text, today=today)
    parse_period(text, today=today)
    split_month(text, today=today)


@given(MONTHS, DAYS)
def test_a_month_is_read_back_from_its_key_and_from_its_words(month: Month, today: date) -> None:
    assert parse_month(month.key, today=today) == month
    assert parse_month(period_words(month.period), today=today) == month
    if month <= Month.of(today):
        assert parse_month(month.words(today), today=today) == month


@given(MONTHS, st.integers(-500, 500))
def test_going_so_many_months_on_and_back_ends_where_it_began(month: Month, months: int) -> None:
    assert month.shifted(months).shifted(-months) == month


@given(DAYS, st.sampled_from(["january", "May", "sep", "December"]))
def test_a_name_without_a_year_is_the_latest_such_month_that_is_not_in_the_future(
    today: date, name: str
) -> None:
    month = parse_month(name, today=today)
    assert month is not None
    assert month <= Month.of(today) < month.shifted(12)


@pytest.mark.parametrize(
    ("text", "phrase", "month"),
    [
        ("claims", "claims", (2026, 11)),
        ("claims last month", "claims", (2026, 10)),
        ("on claims triage for October 2025", "claims triage", (2025, 10)),
        ("claims in 2026-09", "claims", (2026, 9)),
        ("for October", "", (2026, 10)),
        ("last month", "", (2026, 10)),
        ("", "", (2026, 11)),
    ],
)
def test_the_month_at_the_end_is_told_from_the_initiative(
    text: str, phrase: str, month: tuple[int, int]
) -> None:
    assert split_month(text, today=TODAY) == (phrase, month)


def test_a_year_and_a_month_are_periods_and_anything_else_is_not() -> None:
    assert parse_period("2025", today=TODAY) == Period(first=date(2025, 1, 1), last=date(2025, 12, 31))
    assert parse_period("last year", today=TODAY) == parse_period("2025", today=TODAY)
    assert parse_period("October", today=TODAY) == Month(2026, 10).period
    assert parse_period("", today=TODAY) is None
    assert parse_period("soon", today=TODAY) is None


@given(DAYS)
def test_the_last_twelve_months_are_a_year_that_ends_today(today: date) -> None:
    period = last_twelve_months(today)
    assert period.last == today
    assert 364 <= (period.last - period.first).days <= 365


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="before it begins"):
        Period(first=TODAY, last=date(2026, 1, 1))


SUMS = st.lists(
    st.builds(
        TeamKindSum,
        st.sampled_from(
            ["Operations/Claims", "operations/Archive", "Ärzte", "Zoo", "Finance", "Finance/Tax"]
        ),
        st.sampled_from(list(Kind)),
        st.integers(1, 50),
        st.integers(0, 1),
        st.integers(0, 100_000),
    ),
    unique_by=lambda one: (one.team, one.kind),
    max_size=30,
)


@given(SUMS)
def test_the_order_of_lines_is_alphabetical_and_does_not_depend_on_effort(sums: list[TeamKindSum]) -> None:
    inverted = [one._replace(effort_minutes=100_000 - one.effort_minutes) for one in reversed(sums)]
    ordered = [(one.team, one.kind) for one in sums_in_order(sums)]
    assert ordered == [(one.team, one.kind) for one in sums_in_order(inverted)]
    assert ordered == sorted(ordered, key=lambda pair: (alphabetical(pair[0]), pair[1].label))


@given(SUMS)
def test_a_chart_has_every_hour_whether_departments_are_apart_or_together(sums: list[TeamKindSum]) -> None:
    minutes = sum(one.effort_minutes for one in sums)
    for most in (1, 6):
        chart = hours_by_kind(sums, most_series=most)
        assert sum(value for _, values in chart.series for value in values) == pytest.approx(
            minutes / 60, abs=0.3
        )
        assert list(chart.kinds) == sorted(chart.kinds)
        assert all(len(values) == len(chart.kinds) for _, values in chart.series)


def test_the_chart_says_its_numbers_in_words() -> None:
    sums = [
        TeamKindSum("Operations/Claims", Kind.TESTING, 1, 0, 210),
        TeamKindSum("Operations/Claims", Kind.DATA, 2, 0, 720),
        TeamKindSum("Finance", Kind.DATA, 1, 0, 60),
    ]
    assert (
        hours_by_kind(sums, most_series=6).summary()
        == "Finance: data 1 h. Operations: data 12 h, testing 3.5 h."
    )


def test_names_are_in_the_order_that_a_reader_expects() -> None:
    names = ["Zoe", "ada", "Émile", "Emil", "Örn", "Oskar"]
    assert sorted(names, key=alphabetical) == ["ada", "Emil", "Émile", "Örn", "Oskar", "Zoe"]


def test_degrees_of_a_kind_are_named_from_lead_to_supporting() -> None:
    found = [(Kind.TESTING, Degree.SUPPORTING), (Kind.DATA, Degree.LEAD), (Kind.TESTING, Degree.EQUAL)]
    parts = PersonParts("Ada", parts_in_order(found))
    assert parts.words() == "data (lead), testing (equal and supporting)"


def _report(*sums: TeamKindSum, people: int = 2) -> Report:
    return Report(sums=sums, people=people)


def test_the_sentence_counts_people_teams_and_hours() -> None:
    one = TeamKindSum("Operations/Claims", Kind.DATA, 3, 0, 200 * 60)
    other = TeamKindSum("Finance", Kind.DATA, 1, 0, 12 * 60)
    report = _report(one, other, people=34)
    assert (
        report_sentence(report, "Claims triage", "October", own=False)
        == "In October 34 people of 2 teams put 212 h into Claims triage."
    )
    assert effort_note(report) is None


def test_entries_without_effort_are_counted_apart() -> None:
    some = _report(TeamKindSum("A", Kind.DATA, 3, 1, 120), people=1)
    assert report_sentence(some, "X", "May", own=False) == "In May 1 person of 1 team put 2 h into X."
    assert effort_note(some) == "1 of 3 entries gave no effort; the hours do not include it."
    none = _report(TeamKindSum("A", Kind.DATA, 2, 2, 0), people=1)
    assert report_sentence(none, "X", "May", own=True) == "In May you logged 2 entries on X, without effort."
    assert report_sentence(_report(people=0), "X", "May", own=False) == "Nothing was logged on X in May."


def _person(number: int, *roles: Role) -> Person:
    return Person(
        id=number,
        name="P",
        email="p@a.example",
        team_id=1,
        team_path="T",
        team_kind=TeamKind.BUSINESS,
        time_zone="UTC",
        locale="en",
        roles=frozenset(roles),
    )


@pytest.mark.parametrize(
    ("roles", "parts", "allowed"),
    [
        ((), (), {Reach.OWN}),
        ((), (Plays.PRODUCT_OWNER,), {Reach.OWN, Reach.INITIATIVE}),
        ((), (Plays.BUSINESS_SPONSOR,), {Reach.OWN, Reach.INITIATIVE}),
        ((), (Plays.TECHNICAL_SPONSOR,), {Reach.OWN, Reach.INITIATIVE}),
        ((Role.HR,), (), {Reach.OWN, Reach.INITIATIVE, Reach.ALL}),
        ((Role.AI,), (), {Reach.OWN}),
        ((Role.ADMIN,), (), {Reach.OWN}),
    ],
)
def test_each_gets_the_files_of_their_part(
    roles: tuple[Role, ...], parts: tuple[Plays, ...], allowed: set[Reach]
) -> None:
    person = _person(1, *roles)
    scopes = {reach: Scope(reach=reach, person_id=1, initiative_id=5) for reach in Reach}
    assert {reach for reach, scope in scopes.items() if may_have(person, scope, parts)} == allowed


def test_nobody_gets_a_file_that_somebody_else_asked_for() -> None:
    assert not may_have(_person(1, Role.HR), Scope(reach=Reach.OWN, person_id=2))


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "＝1",
        "＋1",
        "－1",
        "＠A",
        "  =1",
        "\u200b=1",
        "\ufeff@x",
    ],
)
def test_a_cell_that_begins_like_a_formula_gets_an_apostrophe(text: str) -> None:
    assert tame(text) == "'" + text


@given(st.text(max_size=30))
def test_a_tamed_cell_is_the_text_itself_or_the_text_behind_an_apostrophe(text: str) -> None:
    assert tame(text) in (text, "'" + text)
    assert not tame(text).lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def _on(name: str, *parts: Part) -> OnInitiative:
    return OnInitiative(name=name, department="Operations", parts=parts)


def _record(*initiatives: OnInitiative) -> Record:
    return Record(
        person="Ada",
        email="ada@a.example",
        team="Operations/Claims",
        period=last_twelve_months(TODAY),
        initiatives=initiatives,
    )


def test_sentences_credit_the_department_first_and_the_ai_function_as_technical_partner() -> None:
    one = _on(
        "Claims triage",
        Part(Kind.DATA, Degree.LEAD, TeamKind.BUSINESS, 12, 1, 31 * 60),
        Part(Kind.TESTING, Degree.LEAD, TeamKind.BUSINESS, 1, 0, 60),
        Part(Kind.TRAINING, Degree.SUPPORTING, TeamKind.BUSINESS, 2, 2, 0),
    )
    assert sentences(_record(one)) == (
        "On Claims triage, an initiative led by Operations with the AI function as technical partner: "
        "led data work and testing (13 entries, 32 h) and supported training (2 entries).",
    )


def test_somebody_of_the_ai_function_is_named_as_technical_partner() -> None:
    one = _on("Claims triage", Part(Kind.REVIEW, Degree.EQUAL, TeamKind.AI, 1, 0, 90))
    assert sentences(_record(one)) == (
        "On Claims triage, an initiative led by Operations, as its technical partner: "
        "shared in review (1 entry, 1 h 30 min).",
    )


def test_there_are_three_sentences_and_one_that_counts_the_rest() -> None:
    part = Part(Kind.DATA, Degree.SUPPORTING, TeamKind.BUSINESS, 1, 1, 0)
    five = [_on(f"Case {n}", part) for n in range(4)] + [_on("Zebra", part._replace(degree=Degree.LEAD))]
    said = sentences(_record(*five))
    assert len(said) == 4
    assert said[0].startswith("On Zebra, ")
    assert said[3] == "Contributed to 2 more initiatives besides."
    assert sentences(_record()) == ()
