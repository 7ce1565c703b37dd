"""After the reminders nothing in the database tells who got one, whatever the platforms made of them."""

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from bot import delivery, probing, sending
from handlers.conversation import CardMessage, Profile
from handlers.ports import Address, Closed, TryLater
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


class Outage:
    """A platform that takes nothing and tells nothing while it is out."""

    def __init__(self, *, after: int = 0) -> None:
        self.post = Post()
        self.post.before = self._before
        #: After so many messages it goes out.
        self.after = after
        self.asked = 0
        self.over = False

    @property
    def out(self) -> bool:
        return not self.over and len(self.post.sent) >= self.after

    async def _before(self) -> None:
        if self.out:
            raise TryLater("service_unavailable")

    async def profile(self, tenant: str, user_id: str) -> Profile | None:
        self.asked += 1
        if self.out:
            raise TryLater("service_unavailable")
        return None

    async def find(self, email: str) -> Profile | None:
        return await self.profile("", "")

    def reached(self) -> set[str]:
        return {user for user, _, message, _ in self.post.sent if isinstance(message, CardMessage)}


async def due(poll: Poll, monkeypatch: pytest.MonkeyPatch) -> set[str]:  # noqa: F811
    """Bring a pulse to where its reminders are due; whom they should reach."""
    monkeypatch.setattr(sending, "AS_IF_SENT_S", (0.0, 0.01))
    monkeypatch.setattr(sending, "LONGEST_UNTOLD_S", 0.01)
    number = await poll.launch()
    await poll.sent()
    for who in ANSWERED:
        await poll.answer(who, number, 5)
    poll.clock.move(days=5)
    await poll.tick()
    return {user_id("slack", one) for one in set(poll.company.person) - set(ANSWERED)}


async def delivered(poll: Poll, outage: Outage, **more: Any) -> None:  # noqa: F811
    """Let a worker see to everything that is due."""
    more = {"profiles": {"slack": outage}, **more}
    senders = {"slack": outage.post}
    worker = delivery.DeliveryWorker(poll.store, senders, views=poll.views, clock=poll.clock, **more)

    async def done() -> bool:
        left = await poll.store.read(lambda work: work.connection.execute(still_due(work)).scalar_one())
        return left == 0 and worker.in_hand == 0

    async with running(worker):
        await until(done)


def still_due(work: Work) -> sa.Select[Any]:
    """How many are due or taken up: what the worker has just taken up has no reason yet, and is not in its hand."""
    return (
        sa.select(sa.func.count())
        .select_from(outbox)
        .where(
            outbox.c.state == "waiting",
            sa.or_(outbox.c.due_at <= work.now, outbox.c.reason.is_(None)),
            outbox.c.batch.like("pulse.reminder%"),
        )
    )


async def test_while_the_platform_is_out_everybody_s_reminder_is_put_off_alike_and_comes_afterwards(
    poll: Poll,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = await due(poll, monkeypatch)
    before = await poll.store.read(chats)
    outage = Outage()
    for _ in range(3):
        await delivered(poll, outage)
        found = await poll.store.read(lambda work: rows(work, "pulse.reminder"))
        assert len(found) == len(poll.company.person)
        assert len(set(found.values())) == 1  # waiting, for whoever answered and whoever did not
        assert await waiting(poll.store) == len(found)
        assert outage.reached() == set()
        poll.clock.move(minutes=2)
    assert outage.asked == 3  # one question for all of them
    outage.over = True
    await delivered(poll, outage)
    assert outage.reached() == expected
    found = await poll.store.read(lambda work: rows(work, "pulse.reminder"))
    assert len(set(found.values())) == 1
    assert await waiting(poll.store) == 0
    assert await poll.store.read(chats) == before


async def test_nobody_s_box_is_looked_into_while_the_platform_is_out(
    poll: Poll,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await due(poll, monkeypatch)
    looked: list[int | None] = []
    views = poll.views

    def watched(name: str) -> Callable[..., Any]:
        def view(work: Work, params: Any, person_id: int | None, platform: Any) -> Any:
            looked.append(person_id)
            return views[name](work, params, person_id, platform)

        return view

    outage = Outage()
    poll.views = {name: watched(name) for name in views}
    await delivered(poll, outage)
    assert looked == []
    outage.over = True
    poll.clock.move(minutes=2)
    await delivered(poll, outage)
    assert len(looked) == len(poll.company.person)


async def test_of_an_outage_that_begins_half_way_only_what_is_under_way_is_lost(
    poll: Poll,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    expected = await due(poll, monkeypatch)
    outage = Outage(after=1)
    await delivered(poll, outage, at_once=1)
    put_off = await poll.store.read(lambda work: rows(work, "pulse.reminder"))
    assert len(outage.reached()) == 1 and await waiting(poll.store) > 0
    # Those who wait are of both kinds, and the same in all they have.
    person = poll.company.person
    left = {number for number, row in put_off.items() if "waiting" in row}
    assert len({put_off[number] for number in left}) == 1
    assert left & {person[one] for one in ANSWERED} and left - {person[one] for one in ANSWERED}
    outage.over = True
    poll.clock.move(minutes=2)
    await delivered(poll, outage, at_once=1)
    assert len(expected - outage.reached()) == 1


async def test_that_without_asking_the_platform_an_outage_loses_every_reminder(
    poll: Poll,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def none(self: probing.Probes, platform: str, address: Address) -> None:
        return None

    monkeypatch.setattr(probing.Probes, "trouble", none)
    await due(poll, monkeypatch)
    outage = Outage()
    await delivered(poll, outage)
    outage.over = True
    poll.clock.move(minutes=2)
    await delivered(poll, outage)
    assert outage.reached() == set()


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
