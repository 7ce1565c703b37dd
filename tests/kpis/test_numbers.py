"""Numbers as people type them, and changes as they read them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidField
from domain.kpis import (
    DECIMALS,
    MOST,
    Direction,
    KpiDraft,
    change_words,
    check,
    has_decimal_comma,
    number_words,
    parse_number,
)

NUMBERS = st.integers(-int(MOST), int(MOST)).flatmap(
    lambda whole: st.integers(0, DECIMALS).map(lambda places: whole / 10**places)
)


@given(NUMBERS, st.booleans())
def test_what_is_printed_is_read_back_as_it_was_whatever_the_locale(value: float, comma: bool) -> None:
    assert parse_number(number_words(value), decimal_comma=comma) == value


@given(NUMBERS)
def test_a_number_printed_the_english_or_the_continental_way_is_read(value: float) -> None:
    english = f"{value:,.{DECIMALS}f}"
    continental = english.translate(str.maketrans(",.", ".,"))
    assert parse_number(english) == parse_number(continental, decimal_comma=True) == value


@given(st.text(max_size=60), st.booleans())
def test_no_text_breaks_it_and_no_number_is_beyond_what_is_kept(text: str, comma: bool) -> None:
    value = parse_number(text, decimal_comma=comma)
    assert value is None or abs(value) <= MOST


@pytest.mark.parametrize(
    ("text", "english", "continental"),
    [
        ("14.2", 14.2, 14.2),
        ("14,2", 14.2, 14.2),
        (" 14,25 ", 14.25, 14.25),
        ("1,250", 1250.0, 1.25),
        ("0,250", 0.25, 0.25),
        ("1.250", 1.25, 1.25),
        ("12 500", 12500.0, 12500.0),
        ("12\u202f500,5", 12500.5, 12500.5),
        ("12'500.5", 12500.5, 12500.5),
        ("12,500.5", 12500.5, 12500.5),
        ("12.500,5", 12500.5, 12500.5),
        ("1,234,567", 1234567.0, 1234567.0),
        ("1.234.567", 1234567.0, 1234567.0),
        ("-3", -3.0, -3.0),
        ("\u22123,5", -3.5, -3.5),
        ("+4", 4.0, 4.0),
        (".5", 0.5, 0.5),
        ("-0", 0.0, 0.0),
    ],
)
def test_decimal_commas_and_thousands_separators_are_understood(
    text: str, english: float, continental: float
) -> None:
    assert parse_number(text) == english
    assert parse_number(text, decimal_comma=True) == continental


@pytest.mark.parametrize(
    "text",
    [
        "",
        "about 14",
        "1,2,3",
        "12 50",
        "1,23.4.5",
        "1e3",
        "nan",
        "inf",
        "٣",
        "14.2.3",
        "1 2",
        "--1",
        "9" * 39,
        "½",
    ],
)
def test_nonsense_is_no_number(text: str) -> None:
    assert parse_number(text) is None
    assert parse_number(text, decimal_comma=True) is None


def test_numbers_are_shown_so_that_no_separator_can_be_mistaken() -> None:
    shown = [number_words(value) for value in (14.2, 14.0, 1250.0, 12500.0, -1234567.5, 0.000001, -0.0)]
    assert shown == ["14.2", "14", "1250", "12\u202f500", "-1\u202f234\u202f567.5", "0.000001", "0"]


@pytest.mark.parametrize(
    ("locale", "comma"), [("de-DE", True), ("de_CH", False), ("de", True), ("en-GB", False), ("pt-BR", True)]
)
def test_a_locale_says_how_its_people_write(locale: str, comma: bool) -> None:
    assert has_decimal_comma(locale) is comma


def kpi(
    unit: str = "minutes", baseline: float = 20.5, target: float | None = 12, direction: str = "down"
) -> KpiDraft:
    return KpiDraft(
        key="handling-time",
        name="Handling time",
        unit=unit,
        direction=Direction(direction),
        baseline=baseline,
        target=target,
        owner_id=1,
    )


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (14.2, "14.2 minutes, 31 % less than the baseline of 20.5; target 12"),
        (20.5, "20.5 minutes, the same as the baseline of 20.5; target 12"),
        (20.45, "20.45 minutes, under 1 % less than the baseline of 20.5; target 12"),
        (41, "41 minutes, 100 % more than the baseline of 20.5; target 12"),
        (12, "12 minutes, 41 % less than the baseline of 20.5; the target of 12 is reached"),
        (500, "500 minutes, 479.5 more than the baseline of 20.5; target 12"),
    ],
)
def test_a_change_is_told_in_words(value: float, said: str) -> None:
    assert change_words(kpi(), value) == said


def test_without_a_target_from_nothing_and_below_nothing_a_change_still_makes_sense() -> None:
    assert change_words(kpi(target=None), 14.2).endswith("the baseline of 20.5")
    assert change_words(kpi("errors", 0, None), 3) == "3 errors, 3 more than the baseline of 0"
    assert (
        change_words(kpi("points", -20, None, "up"), -10) == "-10 points, 50 % more than the baseline of -20"
    )


def test_a_per_cent_of_per_cents_is_told_in_points() -> None:
    share = kpi("%", 62, 80, "up")
    assert change_words(share, 66.5) == "66.5 %, 4.5 points more than the baseline of 62; target 80"
    assert change_words(share, 63) == "63 %, 1 point more than the baseline of 62; target 80"
    assert change_words(share, 80).endswith("the target of 80 is reached")


@given(NUMBERS, NUMBERS, st.sampled_from(["minutes", "%"]), st.sampled_from(["up", "down"]))
def test_any_change_is_told_with_both_numbers_in_it(
    baseline: float, value: float, unit: str, direction: str
) -> None:
    said = change_words(kpi(unit, baseline, None, direction), value)
    assert said.startswith(f"{number_words(value)} {unit}, ")
    assert said.endswith(f"the baseline of {number_words(baseline)}")
    assert ("more" in said, "less" in said) == (value > baseline, value < baseline)


GOOD = {
    "name": "Handling time",
    "key": "handling-time",
    "unit": "minutes",
    "direction": "down",
    "baseline": "20,5",
    "target": "12",
}


def test_a_good_form_is_a_draft() -> None:
    assert check(GOOD, owner_id=1, decimal_comma=False) == kpi()
    assert check(GOOD | {"name": " Handling\n time"}, owner_id=1, decimal_comma=False) == kpi()
    assert check(GOOD | {"target": " "}, owner_id=1, decimal_comma=False).target is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("name", "x"),
        ("name", "x" * 121),
        ("key", "Handling time"),
        ("unit", ""),
        ("unit", "x" * 31),
        ("direction", "sideways"),
        ("baseline", ""),
        ("baseline", "soon"),
        ("target", "soon"),
        ("target", "21"),
    ],
)
def test_what_does_not_fit_is_said_at_its_input(name: str, text: str) -> None:
    with pytest.raises(InvalidField) as refused:
        check(GOOD | {name: text}, owner_id=1, decimal_comma=False)
    assert set(refused.value.errors) == {name}
