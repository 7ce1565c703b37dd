"""A ballot as both platforms get it: taken by both, and every button told apart by its name alone."""

import pytest

from bot.playground.blocks import check_message_blocks
from domain.people import Platform
from domain.pulses import Spec, Status
from domain.question_bank import BANK
from handlers.cards import Button, Buttons, Card
from handlers.pulses import ballot
from handlers.pulses.ballot import BEFORE, NOT_YET, Given
from handlers.slack import render as slack
from handlers.teams import limits
from handlers.teams import render as teams
from storage.pulses import Pulse
from tests.pulses.conftest import spec, three
from tests.teams.test_render import assert_valid

#: The longest words that a ballot can have.
LONGEST = spec(
    title="T" * 80,
    tool="W" * 80,
    questions=tuple(sorted(BANK, key=lambda one: -len(one.text) - sum(map(len, one.labels)))[:3]),
)


def pulse(asked: Spec) -> Pulse:
    return Pulse(12, 7, 1, Status.OPEN, asked, None, None, None)


def cards(asked: Spec, platform: Platform) -> list[Card]:
    """A ballot in every place that it goes through, and what people are promised."""
    count = len(asked.questions)
    places = [Given("4" * number + NOT_YET * (count - number)) for number in range(count + 1)]
    places += [Given("2" * count, comment=True), Given(BEFORE * count, comment=True)]
    shown = [ballot.card(pulse(asked), one, platform, note="Locked in.") for one in places]
    return [
        *shown,
        ballot.card(pulse(asked), Given("1" * count), platform, at=0),
        ballot.promised(asked, platform),
    ]


@pytest.mark.parametrize(
    "asked", [spec(), three(), LONGEST, three(comments=False, trustee="the works council")]
)
def test_a_ballot_is_taken_by_both_platforms(asked: Spec) -> None:
    for card in cards(asked, "slack"):
        for message in slack.messages(card):
            assert check_message_blocks(message["blocks"]) == []
    for card in cards(asked, "teams"):
        for page in teams.pages(card, "n"):
            assert_valid(page)
            assert limits.problems(page) == []
    assert_valid(teams.form(ballot.comment_form(pulse(asked), Given("4" * len(asked.questions))), "n"))


@pytest.mark.parametrize("asked", [spec(), three(), LONGEST])
def test_every_button_of_a_ballot_has_a_name_of_its_own_on_both_platforms(asked: Spec) -> None:
    for card in cards(asked, "slack"):
        buttons = [
            one
            for element in card.elements
            if isinstance(element, Buttons)
            for one in element.items
            if isinstance(one, Button)
        ]
        assert len(buttons) <= 6
        names = [one.described or one.label for one in buttons]
        assert len(set(names)) == len(names)
        assert all(
            one.label in (one.described or one.label) or one.label.startswith("Change") for one in buttons
        )
        rows = [
            block
            for message in slack.messages(card)
            for block in message["blocks"]
            if block["type"] == "actions"
        ]
        said = [
            each.get("accessibility_label") or each["text"]["text"]
            for row in rows
            for each in row["elements"]
        ]
        assert len(set(said)) == len(said) == len(buttons)
