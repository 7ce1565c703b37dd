"""After the reminders nothing in the database tells who got one, whatever the platforms made of them."""

from typing import Any

import pytest
import sqlalchemy as sa

from bot import delivery, sending
from handlers.conversation import CardMessage
from handlers.ports import Closed, TryLater
from storage.outbox import outbox
from storage.people import identity
from storage.store import Store, Work
from tests.bot.post import Post, running, until
from tests.company import user_id
from tests.pulses.conftest import Poll, poll  # noqa: F401

ANSWERED = [f"Claims{number}" for number in range(1, 13)]
#: Those who have not, whom the platforms fail in different ways.
TOO_MANY, CLOSED, BROKEN = "Ada", "Bo", "Dara"


def rows(work: Work, batch: str) -> dict[int, tuple[Any, ...]]:
    """The reminders by person, without what every row has of its own."""
    found = work.connection.execute(sa.select(outbox).where(outbox.c.batch.like(f"{batch}%"))).all()
    return {
        row.person_id: tuple(
            value for key, value in row._mapping.items() if key not in ("id", "key", "person_id")
        )
        for row in found
    }


def chats(work: Work) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in work.connection.execute(sa.select(identity).order_by(identity.c.user_id))]


async def reminded(poll: Poll, monkeypatch: pytest.MonkeyPatch, *, left: int = 0) -> Post:  # noqa: F811
    """Let a pulse's reminders be sent by the worker to a platform with troubles; so many may wait on."""
    monkeypatch.setattr(sending, "AS_IF_SENT_S", (0.0, 0.01))
    monkeypatch.setattr(sending, "LONGEST_UNTOLD_S", 0.01, raising=False)
    number = await poll.launch()
    await poll.sent()
    for who in ANSWERED:
        await poll.answer(who, number, 5)
    poll.clock.move(days=5)
    await poll.tick()
    keys = await poll.store.read(
        lambda work: {
            row.person_id: row.key
            for row in work.connection.execute(
                sa.select(outbox).where(outbox.c.batch.like("pulse.reminder%"))
            )
        }
    )
    person = poll.company.person
    assert keys.keys() == set(person.values())
    post = Post()
    post.failures = {
        keys[person[TOO_MANY]]: [TryLater("ratelimited", after_seconds=7)],
        keys[person[CLOSED]]: [Closed("account_inactive")],
        keys[person[BROKEN]]: [RuntimeError("x")] * 9,
    }
    worker = delivery.DeliveryWorker(poll.store, {"slack": post}, views=poll.views, clock=poll.clock)
    async with running(worker):

        async def done() -> bool:
            return await waiting(poll.store) <= left

        await until(done)
    return post


async def waiting(store: Store) -> int:
    return await store.read(
        lambda work: int(
            work.connection.execute(
                sa.select(sa.func.count())
                .select_from(outbox)
                .where(outbox.c.state == "waiting", outbox.c.batch.like("pulse.reminder%"))
            ).scalar_one()
        )
    )


async def test_who_answered_and_who_did_not_have_the_same_rows_after_the_reminders(
    poll: Poll,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = await poll.store.read(chats)
    post = await reminded(poll, monkeypatch)
    got = {user for user, _, message, _ in post.sent if isinstance(message, CardMessage)}
    expected = set(poll.company.person) - set(ANSWERED) - {CLOSED, BROKEN}
    assert got == {user_id("slack", one) for one in expected}
    found = await poll.store.read(lambda work: rows(work, "pulse.reminder"))
    assert len(found) == len(poll.company.person)
    assert len(set(found.values())) == 1
    # Nor does the address of a chat tell, that was learned or lost by a reminder.
    assert await poll.store.read(chats) == before


async def test_that_comparison_finds_what_a_usual_message_leaves(
    poll: Poll,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sending, "_is_traceless", lambda row: False)
    before = await poll.store.read(chats)
    await reminded(poll, monkeypatch, left=3)
    found = await poll.store.read(lambda work: rows(work, "pulse.reminder"))
    person = poll.company.person
    answered = {found[person[one]] for one in ANSWERED}
    others = {found[number] for name, number in person.items() if name not in ANSWERED}
    assert not answered & others
    assert await poll.store.read(chats) != before
