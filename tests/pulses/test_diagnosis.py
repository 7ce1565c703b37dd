"""A diagnosis names a cause only where every way to read the released counts names the same one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.diagnosis import (
    DEPLOYMENT,
    INVESTMENT,
    ORGANISATION,
    STEPS,
    Cause,
    Diagnosis,
    coming,
    diagnose,
    diagnosed,
    heard,
    not_shown,
    quiet,
)
from domain.questions import Driver
from domain.releases import Range, Tally, coded, release
from domain.trees import Node, Tree
from tests.pulses.conftest import DOCUMENT, answers

UNDERSTANDING, TRUST, INTEREST = (cause.driver for cause in Cause)


def of(n: int, invited: int, **unfavourable: int) -> Diagnosis:
    return diagnose([answers(Driver(name), count, n) for name, count in unfavourable.items()], invited)


# Which cause


def test_a_cause_far_above_the_others_is_clear() -> None:
    found = of(90, 100, understanding=20, trust=60, interest=15)

    assert (found.dominant, found.certainty, found.gap) == (Cause.TRUST, "clear", "deployment")
    assert found.reading == (
        "Between 64 and 70 of 100 people here cannot rely on the results in their own work: "
        "clearly more than for the other causes."
    )
    assert found.steps == STEPS[Cause.TRUST]


def test_a_lead_that_few_answers_carry_is_only_likely() -> None:
    found = of(20, 100, understanding=5, trust=10, interest=6)

    assert (found.dominant, found.certainty) == (Cause.TRUST, "likely")
    assert "probably" in found.reading and "do not settle it" in found.reading


def test_a_lead_that_may_lie_below_fifteen_of_100_is_only_likely() -> None:
    found = of(100, 10_000, understanding=2, trust=17, interest=1)

    assert (found.dominant, found.certainty) == (Cause.TRUST, "likely")


def test_counts_that_are_blurred_into_each_other_leave_the_cause_open() -> None:
    found = of(6, 6, understanding=0, trust=2, interest=1)

    assert (found.dominant, found.certainty) == (None, "open")
    assert found.reading == (
        "Which cause leads cannot be told; unfavourable: understanding between 0 and 50 of 100; "
        "trust in the results between 0 and 50 of 100; own interest between 0 and 50 of 100."
    )
    assert not found.nothing_stands_out, "a third of them may be unfavourable"
    assert found.steps == STEPS["open"]


def test_two_causes_alike_leave_it_open() -> None:
    found = of(100, 100, understanding=40, trust=40, interest=5)

    assert found.dominant is None and found.gap == "deployment"


def test_below_fifteen_of_100_nothing_stands_out() -> None:
    found = of(100, 120, understanding=14, trust=3, interest=8)

    assert (found.dominant, found.certainty, found.gap) == (None, "open", "none")
    assert found.nothing_stands_out
    assert (
        found.reading
        == "Nothing stands out: fewer than 15 of 100 are unfavourable about anything shown here."
    )
    assert found.steps == STEPS["nothing"]


def test_something_else_than_a_cause_can_stand_out() -> None:
    found = of(100, 100, understanding=5, trust=5, interest=5, fairness=40)

    assert not found.nothing_stands_out and found.dominant is None
    assert found.gap == "trust"
    assert found.reading.startswith(
        "No cause stands out; unfavourable: understanding between 3 and 7 of 100;"
    )
    assert found.reading.endswith("fairness of credit between 37 and 43 of 100.")


def test_a_cause_of_which_nothing_is_shown_keeps_the_lead_from_being_clear() -> None:
    found = of(100, 100, understanding=5, trust=70)

    assert (found.dominant, found.certainty) == (Cause.TRUST, "likely")
    assert "(nothing is shown here about interest)" in found.reading


def test_one_cause_alone_is_compared_with_nothing() -> None:
    assert of(100, 100, trust=90).dominant is None


def test_questions_about_use_alone_diagnose_nothing() -> None:
    found = of(100, 100, use=90)

    assert (found.dominant, found.gap, found.nothing_stands_out) == (None, "none", False)
    assert found.reading == "Which cause leads cannot be told: nothing is shown here about one."


GROUPS = st.integers(5, 60).flatmap(
    lambda n: st.tuples(
        st.just(n), st.integers(n, 4 * n), st.lists(st.integers(0, n), min_size=3, max_size=3)
    )
)


@given(GROUPS)
def test_a_named_cause_leads_in_every_world_that_the_release_allows(
    group: tuple[int, int, list[int]],
) -> None:
    n, invited, unfavourable = group
    true = dict(zip(Cause, unfavourable, strict=True))
    found = of(n, invited, **{cause.value: count for cause, count in true.items()})

    if found.dominant is not None:
        lead = true.pop(found.dominant)
        assert lead > max(true.values())
        assert lead >= 0.15 * n
    assert (found.certainty == "open") == (found.dominant is None)
    if found.nothing_stands_out:
        assert max(unfavourable) < 0.15 * n
    if found.certainty == "clear":
        by_driver = {share.driver: share.invited for share in found.causes}
        lead_interval = by_driver.pop(Driver(str(found.dominant)))
        assert all(lead_interval.low > other.high for other in by_driver.values())


@given(GROUPS)
def test_what_the_blur_hides_changes_nothing(group: tuple[int, int, list[int]]) -> None:
    n, invited, unfavourable = group
    blurred = [coded(count, n, 2) for count in unfavourable]
    low, high = ([end[index] for end in blurred] for index in (0, 1))

    def found(counts: list[int]) -> Diagnosis:
        return of(n, invited, **{cause.value: count for cause, count in zip(Cause, counts, strict=True)})

    assert found(low).shares == found(high).shares == found(unfavourable).shares
    assert found(low).reading == found(high).reading == found(unfavourable).reading


# Gaps and what lies beneath


@pytest.mark.parametrize(
    ("unfavourable", "gap"),
    [
        ({"understanding": 60, "trust": 10, "interest": 10}, "deployment"),
        ({"understanding": 10, "trust": 10, "interest": 60}, "trust"),
        ({"understanding": 60, "trust": 10, "interest": 10, "voice": 70}, "both"),
        ({"understanding": 60, "trust": 10, "interest": 10, "voice": 40}, "deployment"),
        ({"understanding": 40, "trust": 10, "interest": 40}, "both"),
        ({"understanding": 10, "trust": 10, "interest": 10, "use": 90}, "none"),
    ],
)
def test_the_gap_follows_the_lead(unfavourable: dict[str, int], gap: str) -> None:
    assert of(100, 100, **unfavourable).gap == gap


def test_every_driver_but_use_is_on_one_side() -> None:
    assert sorted((*DEPLOYMENT, *ORGANISATION, Driver.USE)) == sorted(Driver)


def test_investments_that_are_missed_come_with_their_steps_the_most_missed_first() -> None:
    found = of(100, 100, understanding=5, trust=50, interest=5, time=20, help=14, role=45)

    assert [one.share.driver for one in found.beneath] == [Driver.ROLE, Driver.TIME]
    assert found.beneath[0].steps == STEPS[Driver.ROLE]


def test_what_may_only_be_missed_is_not_said_to_be() -> None:
    found = of(12, 12, understanding=1, trust=8, interest=1, time=2)

    assert found.shares[-1].answered == Range(0, 17)
    assert found.beneath == ()


def test_the_document_shows_the_same_steps() -> None:
    rows = re.findall(r"^\| `(\w+)`[^|]* \| ([^|]+) \| ([^|]+) \|$", DOCUMENT.read_text(), re.MULTILINE)

    assert {key: (hr, ai) for key, hr, ai in rows} == {str(key): tuple(steps) for key, steps in STEPS.items()}
    assert set(STEPS) == {*Cause, *INVESTMENT, "open", "nothing"}


# From the release


def test_a_group_is_diagnosed_from_the_atoms_within_it_alone() -> None:
    tree = Tree(
        nodes=(
            Node(1, "Operations", None),
            Node(2, "Claims", 1),
            Node(3, "Sales", None),
            Node(4, "Legal", None),
        ),
        invited={2: 40, 3: 30, 4: 3},
    )
    drivers = {"a.one": UNDERSTANDING, "a.two": TRUST, "a.three": INTEREST}
    counts = {"a.one": 4, "a.two": 20, "a.three": 5}
    tallies = {
        key: {2: Tally(30, 30 - bad, bad), 3: Tally(20, 15, 5), 4: Tally(2, 0, 2)}
        for key, bad in counts.items()
    }
    released = release(tree, [(key, 5, 2) for key in drivers], tallies)

    claims = diagnosed(tree, tree.leaves_of(1), released, drivers)
    everyone = diagnosed(tree, tree.leaves_of(0), released, drivers)

    assert claims is not None and everyone is not None
    assert claims == of(30, 40, understanding=4, trust=20, interest=5)
    assert {share.people for share in everyone.shares} == {52}
    assert diagnosed(tree, tree.leaves_of(4), released, drivers) is None, "three people are no group"


# Going quiet


@pytest.mark.parametrize(
    ("series", "is_quiet"),
    [
        ([(70, 70, 100), (50, 50, 100), (30, 30, 100)], True),
        ([(70, 70, 100), (50, 50, 100), (45, 45, 100)], False),
        ([(70, 70, 100), (30, 30, 100)], False),
        ([(70, 70, 100), (75, 75, 100), (72, 72, 100), (35, 35, 100)], True),
        ([(70, 70, 100), (75, 75, 100), (72, 72, 100), (45, 45, 100)], False),
        ([(70, 85, 100), (50, 70, 100), (30, 30, 100)], False),
        ([(60, 80, 100), (40, 60, 100), (20, 40, 100)], True),
        ([(100, 100, 100), (79, 79, 100), (59, 59, 100)], True),
        ([(30, 30, 100), (50, 50, 100), (70, 70, 100)], False),
        ([(6, 6, 10), (3, 3, 10), (0, 0, 10)], True),
    ],
)
def test_a_department_has_gone_quiet_when_its_bands_fall(
    series: list[tuple[int, int, int]], is_quiet: bool
) -> None:
    assert (quiet(series) is not None) == is_quiet


def test_the_quiet_sentence_has_bands_in_it_and_blames_nobody() -> None:
    found = quiet([(71, 71, 100), (52, 52, 100), (33, 33, 100)])

    assert found is not None
    assert found.sentence == (
        "Fewer people answer here than before: between 20 and 40 of 100 this time, after between 60 and 80 of 100. "
        "Leave or a heavy month can be behind it, or people who no longer expect an answer: ask before you conclude."
    )


@given(st.lists(st.tuples(st.integers(0, 50), st.just(50)), min_size=3, max_size=8))
def test_only_bands_are_looked_at(turnout: list[tuple[int, int]]) -> None:
    exact = [(answered, answered, invited) for answered, invited in turnout]
    bands = [(min(answered // 10, 4) * 10, min(answered // 10, 4) * 10 + 10, 50) for answered, _ in turnout]

    assert quiet(exact) == quiet(bands)


@pytest.mark.parametrize("wrong", [(5, 4, 10), (5, 11, 10), (0, 0, 0), (-1, 4, 10)])
def test_a_response_that_cannot_be_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(ValueError, match="counts in this order"):
        quiet([wrong, (5, 5, 10), (5, 5, 10)])


# For everybody


def test_everybody_hears_the_response_as_a_band_and_the_reading() -> None:
    found = of(90, 100, understanding=20, trust=60, interest=15)

    assert heard(found, Range(80, 100), k=5) == (
        f"Between 80 and 100 of 100 who were asked have answered. {found.reading}"
    )
    assert "next step" in coming(found)


def test_too_few_answers_are_said_to_be_destroyed_unread() -> None:
    assert heard(None, None, k=5) == "Fewer than 5 people answered, so the answers were destroyed unread."
    assert "`concern`" in coming(None)


def test_what_is_not_shown_is_said_without_a_count_of_it() -> None:
    assert re.findall(r"\d+", not_shown(5, comments_unread=True)) == ["5"]
    assert "Comments" not in not_shown(5)
