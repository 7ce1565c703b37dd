"""What a showcase says over its weeks, as each platform gets it: nothing of it is refused."""

from bot.playground.blocks import check_message_blocks
from handlers.slack import render as slack
from handlers.teams import render as teams
from tests.chat import card_of
from tests.showcases.conftest import Stage
from tests.showcases.test_chat import offered
from tests.teams.test_render import assert_valid


async def test_every_card_of_a_showcase_is_taken_by_both_platforms(stage: Stage) -> None:
    await stage.here()
    await stage.say("Hana", "showcase next last Thursday 15:00 Europe/Berlin")
    await offered(stage, "Emil", presenter="U-ADA")
    cards = [card_of(await stage.say("Ada", line)) for line in ("showcase", "showcase agenda")]
    cards += [card for _, card in await stage.run(days=12)]
    assert len({card.summary for card in cards}) >= 4
    for card in cards:
        assert all(check_message_blocks(page["blocks"]) == [] for page in slack.messages(card))
        for adaptive in teams.pages(card, "n"):
            assert_valid(adaptive)
