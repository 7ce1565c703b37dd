"""The rules of joint sign-off, without a database."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidField
from domain.initiatives import Initiative, Stage
from domain.people import Person, Role, TeamKind
from domain.signoffs import (
    Authority,
    Content,
    Criterion,
    Delegation,
    Side,
    Signoff,
    State,
    Verdict,
    authority,
    delegation_problem,
    differences,
    milestone_key,
    read_criteria,
    stage_after,
    written_criteria,
)

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
TODAY = NOW.date()


def person(number: int, team: str = "Operations/Claims", kind: TeamKind = TeamKind.BUSINESS) -> Person:
    return Person(
        id=number,
        name=f"Person {number}",
        email=f"{number}@alder.example",
        team_id=1,
        team_path=team,
        team_kind=kind,
        time_zone="Europe/Berlin",
        locale="en-GB",
    )


BUSINESS, TECHNICAL, OWNER, COLLEAGUE = person(1), person(2, "AI function", TeamKind.AI), person(3), person(4)
ENGINEER = person(5, "AI function", TeamKind.AI)


def initiative(**more: object) -> Initiative:
    return Initiative.model_validate(
        {
            "id": 7,
            "key": "claims",
            "name": "Claims triage",
            "outcome": "Simple claims are settled within a day.",
            "department_id": 1,
            "department": "Operations",
            "business_sponsor_id": 1,
            "technical_sponsor_id": 2,
            "product_owner_id": 3,
            "business_accepted_at": NOW,
            "technical_accepted_at": NOW,
            **more,
        }
    )


def delegation(side: Side, delegate: Person, *, sponsor_id: int | None = None, **more: object) -> Delegation:
    return Delegation.model_validate(
        {
            "id": 1,
            "initiative_id": 7,
            "side": side,
            "sponsor_id": sponsor_id or (1 if side is Side.BUSINESS else 2),
            "delegate_id": delegate.id,
            "first_day": TODAY,
            "last_day": TODAY + timedelta(days=7),
            "state": "accepted",
            **more,
        }
    )


CONTENT = Content(
    initiative="claims",
    milestone="go-live",
    title="Go-live",
    summary="Triage goes live.",
    criteria=(Criterion(text="95 of 100 right", evidence="https://wiki.example/1"),),
    risks="Slower queue for a week.",
)

texts = st.text(min_size=1, max_size=30)
contents = st.builds(
    Content,
    initiative=texts,
    milestone=texts,
    title=texts,
    summary=texts,
    criteria=st.lists(st.builds(Criterion, text=texts, evidence=st.none() | texts), max_size=4).map(tuple),
    risks=texts,
    effort=texts,
    limits=st.lists(texts, max_size=3).map(tuple),
    plan=st.lists(texts, max_size=3).map(tuple),
)


@given(contents, contents)
def test_fingerprints_are_the_same_exactly_where_the_content_is(one: Content, other: Content) -> None:
    assert (one.fingerprint == other.fingerprint) == (one == other)
    assert Content.model_validate_json(one.text).fingerprint == one.fingerprint


@given(contents, contents)
def test_whatever_changes_in_what_is_signed_is_said(one: Content, other: Content) -> None:
    other = other.model_copy(update={"initiative": one.initiative, "milestone": one.milestone})
    assert bool(differences(one, other)) == (one != other)


def test_differences_name_what_changed() -> None:
    after = CONTENT.model_copy(
        update={
            "summary": "Triage goes live for storms.",
            "criteria": (
                Criterion(text="95 of 100 right", evidence="https://wiki.example/2"),
                Criterion(text="A person checks declines"),
            ),
        }
    )
    assert differences(CONTENT, after) == (
        "The summary changed.",
        "New criterion: A person checks declines.",
        "Other evidence for: 95 of 100 right.",
    )


def test_criteria_are_read_a_line_each_with_their_evidence() -> None:
    read = read_criteria("- 95 of 100 right: https://wiki.example/a?b=1.\n\n2 weeks without an outage\r\n")
    assert read == (
        Criterion(text="95 of 100 right", evidence="https://wiki.example/a?b=1"),
        Criterion(text="2 weeks without an outage"),
    )
    assert read_criteria(written_criteria(read)) == read


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "at least one"),
        ("https://wiki.example", "says not what it shows"),
        ("\n".join(f"criterion {n}" for n in range(13)), "12 criteria"),
        ("x" * 301, "300 characters"),
    ],
)
def test_criteria_that_cannot_be_signed_are_refused_with_a_reason(text: str, said: str) -> None:
    with pytest.raises(InvalidField, match=said):
        read_criteria(text)


@given(st.text(max_size=400))
def test_reading_criteria_never_fails_in_another_way(text: str) -> None:
    try:
        read = read_criteria(text)
    except InvalidField:
        return
    assert read_criteria(written_criteria(read))


@pytest.mark.parametrize("side", Side)
def test_it_takes_both_sides_on_the_same_version(side: Side) -> None:
    one = Signoff(
        id=1,
        initiative_id=7,
        milestone_id=1,
        requested_by_id=3,
        state=State.PENDING,
        version=1,
        fingerprint=CONTENT.fingerprint,
        approved_side=None,
        content=CONTENT,
        created_at=NOW,
        expires_at=NOW + timedelta(days=14),
    )
    assert set(one.waiting_for()) == set(Side)
    state, approved = one.after(side, Verdict.APPROVED)
    assert (state, approved) == (State.PENDING, side)
    half = one.model_copy(update={"approved_side": approved})
    assert half.waiting_for() == (side.other,)
    assert half.after(side.other, Verdict.APPROVED) == (State.SIGNED_OFF, None)
    assert half.after(side.other, Verdict.DECLINED) == (State.DECLINED, None)
    assert half.after(side.other, Verdict.CHANGES) == (State.CHANGES, None)


def test_sponsors_decide_for_their_own_side_once_they_have_accepted() -> None:
    about = initiative()
    assert authority(BUSINESS, about, (), TODAY) == Authority(Side.BUSINESS)
    assert authority(TECHNICAL, about, (), TODAY) == Authority(Side.TECHNICAL)
    assert "Only the sponsors" in str(authority(OWNER, about, (), TODAY))
    said = authority(BUSINESS, initiative(business_accepted_at=None), (), TODAY)
    assert "not accepted yet" in str(said)


def test_a_sponsor_who_moved_to_the_other_function_decides_no_more() -> None:
    moved = person(1, "AI function", TeamKind.AI)
    assert isinstance(authority(moved, initiative(), (), TODAY), str)
    left = person(2, "Operations/Claims")
    assert isinstance(authority(left, initiative(), (), TODAY), str)
    marked = left.model_copy(update={"roles": frozenset({Role.TECHNICAL})})
    assert authority(marked, initiative(), (), TODAY) == Authority(Side.TECHNICAL)


def test_a_delegate_decides_for_the_sponsor_within_the_dates() -> None:
    about = initiative()
    given_to = (delegation(Side.BUSINESS, COLLEAGUE),)
    assert authority(COLLEAGUE, about, given_to, TODAY) == Authority(Side.BUSINESS, BUSINESS.id)
    for day in (TODAY - timedelta(days=1), TODAY + timedelta(days=8)):
        assert isinstance(authority(COLLEAGUE, about, given_to, day), str)
    for state in ("offered", "declined", "revoked"):
        held = (delegation(Side.BUSINESS, COLLEAGUE, state=state),)
        assert isinstance(authority(COLLEAGUE, about, held, TODAY), str)


def test_a_delegation_ends_with_the_sponsor_who_gave_it() -> None:
    held = (delegation(Side.BUSINESS, COLLEAGUE, sponsor_id=99),)
    assert isinstance(authority(COLLEAGUE, initiative(), held, TODAY), str)
    unaccepted = initiative(business_accepted_at=None)
    held = (delegation(Side.BUSINESS, COLLEAGUE),)
    assert isinstance(authority(COLLEAGUE, unaccepted, held, TODAY), str)


def test_nobody_stands_on_both_sides() -> None:
    both = (delegation(Side.BUSINESS, COLLEAGUE), delegation(Side.TECHNICAL, COLLEAGUE))
    assert isinstance(authority(COLLEAGUE, initiative(), both, TODAY), str)
    # A sponsor's own role goes before what the other sponsor lent them.
    lent = (delegation(Side.TECHNICAL, BUSINESS),)
    assert authority(BUSINESS, initiative(), lent, TODAY) == Authority(Side.BUSINESS)
    assert isinstance(authority(BUSINESS, initiative(technical_sponsor_id=1), (), TODAY), str)


def problem(delegate: Person, side: Side = Side.BUSINESS, *others: Delegation, days: int = 7) -> str:
    sponsor = BUSINESS if side is Side.BUSINESS else TECHNICAL
    last = TODAY + timedelta(days=days)
    return " ".join(delegation_problem(sponsor, delegate, side, initiative(), others, TODAY, last).values())


def test_who_may_decide_for_a_sponsor() -> None:
    assert problem(COLLEAGUE) == ""
    assert problem(ENGINEER, Side.TECHNICAL) == ""
    assert "That is you" in problem(BUSINESS)
    assert "two people" in problem(TECHNICAL)
    assert "AI function" in problem(ENGINEER)
    assert "Finance" in problem(person(9, "Finance"))
    other = delegation(Side.TECHNICAL, COLLEAGUE, state="offered")
    assert "other side" in problem(COLLEAGUE, Side.BUSINESS, other)
    over = other.model_copy(update={"last_day": TODAY - timedelta(days=1), "first_day": date(2026, 1, 1)})
    assert problem(COLLEAGUE, Side.BUSINESS, over) == ""
    assert "92 days" in problem(COLLEAGUE, days=92)
    assert "before the first" in problem(COLLEAGUE, days=-1)


def test_a_stage_only_ever_moves_on() -> None:
    assert stage_after("go-live", Stage.IDEA) is Stage.LIVE
    assert stage_after("mvp-scope", Stage.LIVE) is Stage.LIVE
    assert stage_after("our-own", Stage.SCOPED) is Stage.SCOPED
    assert stage_after("scaling", Stage.STOPPED) is Stage.STOPPED


@given(st.text(max_size=100))
def test_the_key_of_a_milestone_is_plain_or_there_is_none(title: str) -> None:
    key = milestone_key(title)
    assert key is None or (0 < len(key) <= 40 and key.strip("-") == key and milestone_key(key) == key)
