"""What a sponsor gets on each platform: the whole text that is signed, and the buttons, where they can be updated."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.playground.blocks import check_message_blocks
from domain.initiatives import Initiative
from domain.people import Person, TeamKind
from domain.signoffs import Authority, Content, Criterion, Decision, Side, Signoff, State, Verdict
from handlers.cards import Card
from handlers.signoffs.card import Seen, Viewer, whole
from handlers.slack import render as slack
from handlers.teams import render as teams
from tests.chat import labels
from tests.teams import activities
from tests.teams.test_render import assert_valid

Node = dict[str, Any]

NOW = datetime(2026, 11, 18, 12, tzinfo=UTC)
DECIDING = ["Approve", "Ask for changes", "Decline", "Delegate"]
ASKING = ["Remind now", "Edit", "Withdraw"]
CLAIMS = Initiative(
    id=1,
    key="claims",
    name="Claims triage",
    outcome="Simple claims are settled within a day.",
    department_id=1,
    department="Operations",
    business_sponsor_id=1,
    technical_sponsor_id=2,
    product_owner_id=3,
    business_accepted_at=NOW,
    technical_accepted_at=NOW,
)
USUAL = Content(
    initiative="claims",
    milestone="go-live",
    title="Go-live",
    summary="Triage sorts the Monday queue.",
    criteria=(
        Criterion(text="95 of 100 claims in the right queue", evidence="https://wiki.example/sample"),
        Criterion(text="Everybody was trained"),
    ),
    risks="Some claims wait a day longer.",
    effort="2 days in 9 entries by 4 people",
    limits=("Reads no handwriting. Changes work at the margin.",),
    plan=("Run the process (open)",),
)
#: As much as the forms take.
LONGEST = USUAL.model_copy(
    update={
        "summary": "word " * 200,
        "risks": "risk " * 200,
        "criteria": tuple(
            Criterion(text=f"Criterion {number} {'<&> ' * 60}", evidence=f"https://wiki.example/{number}")
            for number in range(12)
        ),
        "limits": tuple(f"Limit {number} {'much ' * 90}" for number in range(25)),
        "plan": tuple(f"Step {number} {'done ' * 55}" for number in range(20)),
    }
)


def person(number: int, name: str) -> Person:
    return Person(
        id=number,
        name=name,
        email=f"p{number}@alder.example",
        team_id=1,
        team_path="Operations",
        team_kind=TeamKind.BUSINESS,
        time_zone="Europe/Berlin",
        locale="en-GB",
    )


PEOPLE = {1: person(1, "Cleo Marsh"), 2: person(2, "Emil Stone"), 3: person(3, "Bo Lindqvist")}


def shown(
    content: Content,
    *,
    state: State = State.PENDING,
    asks: bool = False,
    decided: tuple[Decision, ...] = (),
) -> Card:
    """The business sponsor's card."""
    one = Signoff(
        id=7,
        initiative_id=1,
        milestone_id=1,
        requested_by_id=1 if asks else 3,
        state=state,
        version=1,
        fingerprint=content.fingerprint,
        approved_side=None,
        content=content,
        created_at=NOW,
        expires_at=NOW + timedelta(days=14),
        settled_at=None if state.open else NOW,
    )
    viewer = Viewer(zone=ZoneInfo("Europe/Berlin"), right=Authority(Side.BUSINESS), asks=asks)
    return whole(Seen(one, CLAIMS, decided, PEOPLE), viewer)


def slack_buttons(page: Node) -> list[str]:
    rows = [block["elements"] for block in page["blocks"] if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row]


def teams_buttons(page: Node) -> list[str]:
    return [one["title"] for one in activities.actions(page) if one["type"] != "Action.OpenUrl"]


@pytest.mark.parametrize("state", State)
def test_a_card_is_one_message_on_both_platforms_whatever_became_of_it(state: State) -> None:
    said = Decision(
        side=Side.TECHNICAL, verdict=Verdict.CHANGES, version=1, person_id=2, reason="x " * 1000, at=NOW
    )
    card = shown(USUAL, state=state, decided=(said,) if state is State.CHANGES else ())
    (page,) = slack.messages(card)
    assert check_message_blocks(page["blocks"]) == []
    (adaptive,) = teams.pages(card, "n")
    assert_valid(adaptive)
    deciding = DECIDING if state is State.PENDING else []
    assert slack_buttons(page) == teams_buttons(adaptive) == labels(card) == deciding


def test_a_sponsor_who_asked_has_seven_buttons_and_what_decides_stands_apart_on_both_platforms() -> None:
    card = shown(USUAL, asks=True)
    (page,) = slack.messages(card)
    assert check_message_blocks(page["blocks"]) == []
    assert [len(block["elements"]) for block in page["blocks"] if block["type"] == "actions"] == [4, 3]
    assert slack_buttons(page) == DECIDING + ASKING
    (adaptive,) = teams.pages(card, "n")
    assert_valid(adaptive)
    rows = [node for node in adaptive["body"] if node["type"] == "ActionSet"]
    assert [[one["title"] for one in row["actions"]] for row in rows] == [DECIDING[:3], DECIDING[3:], ASKING]


def test_of_the_longest_text_every_word_is_shown_and_the_buttons_can_be_taken_away() -> None:
    card = shown(LONGEST, asks=True)
    pages = slack.messages(card)
    assert all(check_message_blocks(page["blocks"]) == [] for page in pages)
    adaptives = teams.pages(card, "n")
    for adaptive in adaptives:
        assert_valid(adaptive)
    for said in (str(pages).replace("&lt;&amp;&gt;", "<&>"), str(adaptives)):
        for word, count in (("word ", 200), ("risk ", 200), ("much ", 25 * 90), ("done ", 20 * 55)):
            assert said.count(word.rstrip()) >= count, word
        for number in range(12):
            assert f"wiki.example/{number}" in said
        assert "…" not in said
    # Only the first message is brought up to date.
    assert slack_buttons(pages[0]) == DECIDING + ASKING
    assert [slack_buttons(page) for page in pages[1:]] == [[]] * len(pages[1:])
    assert set(DECIDING + ASKING) <= set(teams_buttons(adaptives[0]))
    assert [teams_buttons(page) for page in adaptives[1:]] == [[]] * len(adaptives[1:])
