"""Who can play which part, the name test, and what a stopped initiative leaves."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidField
from domain.initiatives import (
    MAX_LEARNED,
    MIN_LEARNED,
    Gap,
    Initiative,
    Stage,
    eligible,
    lesson,
    name_test,
    problems_of,
    read_lesson,
)
from domain.people import Part, Person, Role, TeamKind

THEN = datetime(2026, 3, 2, 9, tzinfo=UTC)
TEAMS = (
    ("Operations", TeamKind.BUSINESS),
    ("Operations/Claims", TeamKind.BUSINESS),
    ("Operations/Automation", TeamKind.AI),
    ("Finance/Payments", TeamKind.BUSINESS),
    ("AI function", TeamKind.AI),
    ("People", TeamKind.HR),
)


def person(number: int, team: tuple[str, TeamKind], *roles: Role) -> Person:
    return Person(
        id=number,
        name=f"Person {number}",
        email=f"p{number}@alder.example",
        team_id=1,
        team_path=team[0],
        team_kind=team[1],
        time_zone="UTC",
        locale="en-GB",
        roles=frozenset(roles),
    )


OPERATIONS, CLAIMS, AUTOMATION, PAYMENTS, AI, HR = TEAMS
FITTING = {
    Part.BUSINESS_SPONSOR: person(1, OPERATIONS),
    Part.TECHNICAL_SPONSOR: person(2, AI),
    Part.PRODUCT_OWNER: person(3, CLAIMS),
}

people = st.builds(
    lambda number, team, roles: person(number, team, *roles),
    st.integers(1, 4),
    st.sampled_from(TEAMS),
    st.sets(st.sampled_from(Role)),
)
parts = st.fixed_dictionaries(dict.fromkeys(Part, people))


def test_people_who_fit_are_taken() -> None:
    assert problems_of("Operations", TeamKind.BUSINESS, FITTING) == {}


@pytest.mark.parametrize("part", [Part.BUSINESS_SPONSOR, Part.PRODUCT_OWNER])
def test_somebody_from_another_department_is_refused_with_the_reason(part: Part) -> None:
    reason = eligible(part, person(9, PAYMENTS), "Operations")
    assert reason is not None
    assert "Operations" in reason and "Person 9 sits in Finance/Payments" in reason


@pytest.mark.parametrize("part", [Part.BUSINESS_SPONSOR, Part.PRODUCT_OWNER])
def test_an_ai_team_inside_the_department_is_not_the_business(part: Part) -> None:
    reason = eligible(part, person(9, AUTOMATION), "Operations")
    assert reason is not None
    assert "sits in the AI function" in reason


def test_a_technical_sponsor_outside_the_ai_function_needs_the_role() -> None:
    reason = eligible(Part.TECHNICAL_SPONSOR, person(9, CLAIMS), "Operations")
    assert reason is not None and "Operations/Claims" in reason
    assert eligible(Part.TECHNICAL_SPONSOR, person(9, CLAIMS, Role.TECHNICAL), "Operations") is None


def test_the_ai_function_owns_no_initiative() -> None:
    problems = problems_of("AI function", TeamKind.AI, FITTING)
    assert list(problems) == ["department"]
    assert "technical partner" in problems["department"]


def test_one_person_is_not_both_sponsors() -> None:
    both = person(1, OPERATIONS, Role.TECHNICAL)
    problems = problems_of(
        "Operations",
        TeamKind.BUSINESS,
        {**FITTING, Part.BUSINESS_SPONSOR: both, Part.TECHNICAL_SPONSOR: both},
    )
    assert list(problems) == ["technical_sponsor"]
    assert "two people" in problems["technical_sponsor"]


@given(st.sampled_from(("Operations", "Finance", "AI function", "People")), st.sampled_from(TeamKind), parts)
def test_whatever_is_accepted_has_two_sponsors_and_business_people(
    department: str, kind: TeamKind, named: dict[Part, Person]
) -> None:
    if problems_of(department, kind, named):
        return
    business, technical, owner = (named[part] for part in Part)
    assert business.id != technical.id
    assert kind is not TeamKind.AI
    assert TeamKind.AI not in (business.team_kind, owner.team_kind)
    assert business.department == owner.department == department
    assert technical.team_kind is TeamKind.AI or Role.TECHNICAL in technical.roles


@given(parts)
def test_each_problem_stands_at_the_input_it_is_about(named: dict[Part, Person]) -> None:
    fields = {"business_sponsor", "technical_sponsor", "product_owner"}
    problems = problems_of("Operations", TeamKind.BUSINESS, named)
    assert problems.keys() <= fields
    for part, one in named.items():
        if eligible(part, one, "Operations") is not None:
            assert part.value.replace(" ", "_") in problems


def initiative(**more: object) -> Initiative:
    values: dict[str, object] = {
        "id": 1,
        "key": "claims",
        "name": "Claims triage",
        "outcome": "Simple claims are settled within a day.",
        "department_id": 1,
        "department": "Operations",
        "business_sponsor_id": 1,
        "technical_sponsor_id": 2,
        "product_owner_id": 3,
        "business_accepted_at": THEN,
    }
    return Initiative.model_validate(values | more)


KNOWN = {one.id: one for one in FITTING.values()}


def test_an_owned_initiative_passes_the_name_test() -> None:
    assert name_test(initiative(), KNOWN, business_number=True) == ()


def test_an_initiative_that_nobody_accepted_without_a_number_or_an_owner_fails_three_times() -> None:
    inside = {**KNOWN, 3: person(3, AI)}
    found = name_test(initiative(business_accepted_at=None), inside, business_number=False)
    assert found == (Gap.SPONSOR, Gap.NUMBER, Gap.OWNER)


def test_a_sponsor_who_moved_to_the_ai_function_is_nobody_from_the_business() -> None:
    moved = {**KNOWN, 1: person(1, AI)}
    assert name_test(initiative(), moved, business_number=True) == (Gap.SPONSOR,)


@pytest.mark.parametrize("closed", [{"archived": True}, {"stage": Stage.STOPPED}])
def test_what_is_over_is_not_held_to_the_name_test(closed: dict[str, object]) -> None:
    one = initiative(business_accepted_at=None, **closed)
    assert name_test(one, KNOWN, business_number=False) == ()


def test_a_sponsor_counts_from_when_they_accepted_and_a_product_owner_at_once() -> None:
    one = initiative(technical_sponsor_id=1, product_owner_id=1)
    assert one.parts_of(1) == frozenset(Part)
    assert one.accepted_parts_of(1) == {Part.BUSINESS_SPONSOR, Part.PRODUCT_OWNER}


WORDS = st.text(st.characters(categories=("L", "N"), include_characters=" .,:\n"), max_size=MAX_LEARNED + 9)


@given(WORDS, WORDS)
def test_a_lesson_is_kept_whole_or_refused(learned: str, helps: str) -> None:
    try:
        kept = lesson(learned, helps)
    except InvalidField as invalid:
        short = len(learned.strip()) < MIN_LEARNED or len(learned.strip()) > MAX_LEARNED
        assert ("learned" in invalid.errors) == short
        assert ("helps" in invalid.errors) == (len(helps.strip()) > MAX_LEARNED)
    else:
        assert read_lesson(kept) == (learned.strip(), helps.strip())


def test_every_stage_has_words() -> None:
    assert len({stage.words for stage in Stage}) == len(Stage)
