"""How many are unfavourable, as ranges: rounded outward, as wide as blurred counts and missing answers make them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.questions import Driver
from domain.releases import Range
from domain.shares import Z_90, Answers, between, share_of
from tests.pulses.conftest import DOCUMENT, answers

TRUST = Driver.TRUST


def test_a_count_at_the_end_of_its_scale_is_as_wide_as_it_is_blurred() -> None:
    assert share_of([answers(TRUST, 1, 8)], invited=8).answered == Range(0, 25)


@given(seen=st.integers(3, 17), all_of=st.integers(20, 200))
def test_no_interval_tells_that_everybody_answered(seen: int, all_of: int) -> None:
    everybody = share_of([answers(TRUST, seen, all_of)], invited=all_of)

    assert everybody.invited.low < everybody.answered.low or everybody.invited.high > everybody.answered.high


def test_percentages_are_rounded_outward() -> None:
    assert share_of([answers(TRUST, 4, 9)], invited=9).answered == Range(44, 45)


@given(p=st.integers(3, 97), n=st.integers(8, 200), more=st.integers(30, 2000))
def test_the_limits_are_wilsons_with_the_correction_for_a_finite_population(
    p: int, n: int, more: int
) -> None:
    """At each limit q the observed p is z standard errors away, the error taken at q."""
    value, invited = max(3, n * p // 100), n + more
    value = min(value, n - 3)
    share = share_of([answers(TRUST, value, n)], invited)
    variance_factor = (invited - n) / ((invited - 1) * n)

    def distance(limit: int) -> float:
        q = limit / 100
        return abs(value / n - q) / math.sqrt(q * (1 - q) * variance_factor) if 0 < q < 1 else math.inf

    assert distance(share.invited.low) >= Z_90 - 1e-6
    assert distance(share.invited.high) >= Z_90 - 1e-6
    if share.invited.low + 1 <= share.answered.low:
        assert distance(share.invited.low + 1) <= Z_90 + 1e-6
    if share.invited.high - 1 >= share.answered.high:
        assert distance(share.invited.high - 1) <= Z_90 + 1e-6


@pytest.mark.parametrize(("n", "invited"), [(8, 12), (12, 40), (20, 40), (60, 400)])
def test_nine_times_in_ten_the_interval_holds_the_share_of_all_who_were_invited(n: int, invited: int) -> None:
    """Exactly, over all samples of n from the invited, for every possible number of unfavourable people."""
    held = []
    limits = [share_of([answers(TRUST, seen, n)], invited).invited for seen in range(n + 1)]
    for truth in range(invited + 1):
        ways = 0
        for seen in range(max(0, n - (invited - truth)), min(n, truth) + 1):
            if limits[seen].low <= 100 * truth / invited <= limits[seen].high:
                ways += math.comb(truth, seen) * math.comb(invited - truth, n - seen)
        held.append(ways / math.comb(invited, n))

    assert sum(held) / len(held) >= 0.9
    assert min(held) >= 0.8


def test_two_questions_to_the_same_people_do_not_count_as_more_people() -> None:
    one = share_of([answers(TRUST, 10, 30)], invited=100)
    twice = share_of([answers(TRUST, 10, 30), answers(TRUST, 10, 30)], invited=100)

    assert twice == one


def test_more_answers_than_invitations_are_refused() -> None:
    with pytest.raises(ValueError, match="invited"):
        share_of([answers(TRUST, 3, 12)], invited=11)


def test_counts_out_of_order_are_refused() -> None:
    with pytest.raises(ValidationError):
        Answers(driver=TRUST, n=8, favourable=Range(0, 2), unfavourable=Range(6, 9))


def test_a_share_is_said_as_a_range_unless_it_is_none() -> None:
    assert between(Range(30, 55)) == "between 30 and 55 of 100"
    assert between(Range(40, 40)) == "40 of 100"


def test_the_examples_of_the_document_are_what_is_worked_out() -> None:
    document = DOCUMENT.read_text()
    blurred = share_of([answers(TRUST, 1, 12)], invited=12)
    widened = share_of([answers(TRUST, 8, 20)], invited=40)

    assert f'"{between(blurred.answered)}"' in document
    assert f"8 unfavourable of 20 answers are {between(widened.answered)}" in document
    assert f"is {between(widened.invited)}, in nine pulses of ten" in document
