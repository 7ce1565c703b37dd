"""The digest and the brief as each platform gets them: nothing of them is refused, nor cut away."""

from bot.playground.blocks import check_message_blocks
from handlers.cards import Card
from handlers.slack import render as slack
from handlers.teams import render as teams
from tests.chat import card_of
from tests.digests.conftest import MONDAY, DigestChat
from tests.digests.test_brief import story
from tests.teams.test_render import assert_valid


def assert_shown(card: Card, *said: str) -> None:
    """Both platforms take it, and say this."""
    pages, adaptives = slack.messages(card), teams.pages(card, "n")
    assert all(check_message_blocks(page["blocks"]) == [] for page in pages)
    for adaptive in adaptives:
        assert_valid(adaptive)
    for line in said:
        assert line in str(pages), line
        assert line in str(adaptives), line


async def test_a_digest_is_taken_by_both_platforms(chat: DigestChat) -> None:
    await chat.log("Ada", MONDAY)
    await chat.store.write(lambda work: story(chat, work))
    for audience, title in (("hr", "Week 46: digest for HR"), ("ai", "Week 46: digest for the AI function")):
        card = card_of(await chat.say("Ines", f"tandem digest {audience}"))
        assert_shown(card, title, "Contributions by department and kind", "Entries by department")


async def test_a_brief_is_taken_by_both_platforms(chat: DigestChat) -> None:
    await chat.store.write(lambda work: story(chat, work))
    card = card_of(await chat.say("Hana", "tandem brief"))
    assert_shown(card, "Claims triage", "Reads no handwriting.", "Decisions wanted")
