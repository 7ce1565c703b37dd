"""An initiative is stopped, edited or asked about in the very moment in which a sponsor signs."""

import asyncio

import sqlalchemy as sa

from domain.initiatives import Stage
from storage import initiatives, verification
from storage.initiatives import initiative
from storage.store import Work
from tests.chat import button
from tests.signoffs.conftest import REQUEST, SignoffChat

ROUNDS = 10
LEARNED: dict[str, str | None] = {"learned": "The queue was short already; nobody needed it."}


async def holds(chat: SignoffChat) -> Stage:
    """The stage of the initiative; what is shown says what the log says."""

    def look(work: Work) -> Stage:
        assert verification.verify(work).broken is None
        about = initiatives.by_id(work, chat.company.initiative["claims"])
        assert about is not None
        return about.stage

    return await chat.store.read(look)


async def half_signed(chat: SignoffChat, **values: str) -> int:
    """A request that waits for the business sponsor alone."""
    number = await chat.request(**values)
    await chat.press("Emil", button(await chat.card("Emil", number), "Approve"))
    return number


async def test_stopping_it_and_the_second_signature_take_turns(chat: SignoffChat) -> None:
    going = sa.update(initiative).values(stage=Stage.IDEA.value)
    for attempt in range(ROUNDS):
        number = await half_signed(chat, milestone="own", title=f"Gate {attempt}")
        approve = button(await chat.card("Cleo", number), "Approve")
        form = await chat.say("Emil", "initiative stop claims")
        await asyncio.gather(chat.press("Cleo", approve), chat.submit("Emil", form, LEARNED))
        assert await holds(chat) is Stage.STOPPED
        assert await chat.state(number) in ("withdrawn", "signed_off")
        await chat.store.write(lambda work: work.connection.execute(going) and None)


async def test_asking_for_one_milestone_and_signing_another_take_turns(chat: SignoffChat) -> None:
    for attempt in range(ROUNDS):
        number = await half_signed(chat)
        approve = button(await chat.card("Cleo", number), "Approve")
        form = await chat.say("Bo", "signoff request claims")
        own: dict[str, str | None] = {**REQUEST, "milestone": "own", "title": f"Gate {attempt}"}
        await asyncio.gather(chat.press("Cleo", approve), chat.submit("Bo", form, own))
        assert await holds(chat) is Stage.SCOPED
        assert await chat.state(number) == "signed_off"


async def test_of_two_milestones_signed_at_once_the_later_stage_stays(chat: SignoffChat) -> None:
    back = sa.update(initiative).values(stage=Stage.IDEA.value)
    for _ in range(ROUNDS):
        numbers = [await half_signed(chat, milestone=key) for key in ("scaling", "problem-framing")]
        cards = [button(await chat.card("Cleo", number), "Approve") for number in numbers]
        await asyncio.gather(chat.press("Cleo", cards[0]), chat.press("Cleo", cards[1], "teams"))
        assert await holds(chat) is Stage.SCALING
        await chat.store.write(lambda work: work.connection.execute(back) and None)
