"""A card that is written anew stands once and in its newest words, on both platforms, whatever fails in between."""

from functools import partial

from handlers.capability import reshow, show
from handlers.cards import sentence
from handlers.teams.activity import Reference
from storage import channels
from storage.store import Work
from tests.scenario.stage import INES, Stage, comes_true, person_id, until
from tests.teams import activities as teams

KEY = "signoff:7:card"


async def all_sent(stage: Stage) -> bool:
    return all(state == "sent" for key, state in await stage.outbox() if key == KEY)


async def to_channel(stage: Stage, platform: str, channel: str, conversation: str | None) -> None:
    def unit(work: Work) -> None:
        place = channels.remember(
            work, "slack" if platform == "slack" else "teams", teams.TENANT, channel, conversation
        )
        show(work, KEY, "signoff:7", sentence("Version 0"), channel_id=place)

    await stage.store.write(unit)
    stage.bots[0].worker.wake()


async def versions(stage: Stage, first: int, last: int) -> None:
    """Write the card anew, by each of the bots in turn."""
    for number in range(first, last + 1):
        bot = stage.bots[number % len(stage.bots)]
        await bot.store.write(partial(reshow, key=KEY, card=sentence(f"Version {number}")))
        bot.worker.wake()


async def test_two_bots_keep_a_card_in_a_slack_channel_up_to_date_through_faults(stage: Stage) -> None:
    await stage.another()
    for kind in ("server_error", "rate_limited", "drop_before", "drop_after"):
        stage.workspace.faults.add("chat.update", kind, seconds=1)
    before = len(stage.workspace.messages(INES, "claims"))
    await to_channel(stage, "slack", "C0CLAIMS", None)
    await stage.workspace.wait_for(lambda: len(stage.workspace.messages(INES, "claims")) > before)
    await versions(stage, 1, 12)

    async def newest() -> bool:
        return stage.last(INES, "claims")["text"] == "Version 12" and await all_sent(stage)

    await comes_true(newest, timeout_s=30)
    assert len(stage.workspace.messages(INES, "claims")) == before + 1
    assert len(stage.workspace.calls_of("chat.postMessage")) == 1


async def test_a_card_in_somebodys_own_chat_is_updated_there(stage: Stage) -> None:
    def unit(work: Work) -> None:
        show(work, KEY, "signoff:7", sentence("Version 0"), person_id=person_id(work, INES))

    await stage.says(INES, "help", command="/tandem")
    await stage.store.write(unit)
    stage.bots[0].worker.wake()
    first = await stage.told(INES, "Version 0")
    await versions(stage, 1, 1)
    last = await stage.told(INES, "Version 1")
    assert (last["ts"], stage.count(INES, "Version 0")) == (first["ts"], 0)


async def test_a_card_in_a_teams_channel_is_updated_there(stage: Stage) -> None:
    reference = Reference(
        service_url=stage.connector.url,
        conversation="19:claims@thread.tacv2",
        bot=teams.BOT,
        tenant=teams.TENANT,
        user="",
    )
    await to_channel(stage, "teams", reference.conversation, reference.model_dump_json())
    await until(lambda: stage.connector.received)
    await versions(stage, 1, 3)

    async def newest() -> bool:
        return "Version 3" in teams.words(stage.connector.cards[-1]) and await all_sent(stage)

    await comes_true(newest)
    first, *later = stage.connector.received
    assert first.updates is None
    assert {one.conversation for one in later} == {reference.conversation}
    assert len({one.updates for one in later}) == 1
