"""Cards that are kept up to date: whatever happens in between, what stands in the end is the newest."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.delivery import DeliveryWorker
from domain.people import Platform
from handlers.capability import keep_up, place, reshow, show
from handlers.cards import Card, sentence
from handlers.conversation import CardMessage, Message
from handlers.ports import Address, Gone, Progress, Sent, TryLater, Undeliverable
from storage import channels, outbox, people
from storage.store import Store, Work, open_store
from tests.bot.post import Post, rows, running, until, worker_of
from tests.company import TENANT, Company, founded, user_id
from tests.conftest import MovedClock

LEASE = timedelta(seconds=60)


@pytest.fixture
async def company(store: Store) -> Company:
    return await founded(store)


async def shown(store: Store, company: Company, text: str = "one", *, key: str = "k") -> None:
    ada = company.person["Ada"]
    await store.write(lambda work: show(work, key, "signoff:1", sentence(text), person_id=ada))


async def reshown(store: Store, text: str, *, key: str = "k") -> bool:
    return await store.write(lambda work: reshow(work, key, sentence(text)))


async def in_channel(store: Store, platform: Platform, conversation: str | None) -> None:
    def unit(work: Work) -> None:
        claims = channels.remember(work, platform, TENANT[platform], "C0CLAIMS", conversation)
        show(work, "k", "signoff:1", sentence("one"), channel_id=claims)

    await store.write(unit)


def stands(store: Store, post: Post, *texts: str) -> Callable[[], Awaitable[bool]]:
    """Whether these are the cards that everybody sees, and nothing is left to do."""

    async def condition() -> bool:
        states = {state for state, _attempts, _reason in (await rows(store)).values()}
        return tuple(post.shown.values()) == texts and states == {"sent"}

    return condition


class Held:
    """Holds the next attempt until it is let go."""

    def __init__(self, post: Post) -> None:
        self.begun, self.go = asyncio.Event(), asyncio.Event()
        post.before = self

    async def __call__(self) -> None:
        self.begun.set()
        await self.go.wait()


async def test_a_card_is_sent_once_and_then_updated_in_its_place(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    worker = worker_of(store, clock, slack=post)
    await shown(store, company)
    async with running(worker):
        await until(stands(store, post, "one"))
        assert await reshown(store, "two")
        worker.wake()
        await until(stands(store, post, "two"))
    assert (post.keys, post.updates) == (["k"], ["k~1"])


async def test_before_it_is_sent_only_the_newest_card_is(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    await shown(store, company)
    assert await reshown(store, "two")
    async with running(worker_of(store, clock, slack=post)):
        await until(stands(store, post, "two"))
    assert (post.keys, post.updates) == (["k"], [])


async def test_a_card_revised_while_it_is_sent_is_updated_right_after_by_the_same_worker(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    held = Held(post)
    await shown(store, company)
    async with running(worker_of(store, clock, slack=post)):
        await asyncio.wait_for(held.begun.wait(), 10)
        assert await reshown(store, "two")
        assert await reshown(store, "three")
        held.go.set()
        await until(stands(store, post, "three"))
    assert (post.keys, post.updates) == (["k"], ["k~2"])


async def test_revisions_that_come_quickly_are_one_update(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    worker = worker_of(store, clock, slack=post)
    await shown(store, company)
    async with running(worker):
        await until(stands(store, post, "one"))
        held = Held(post)
        assert await reshown(store, "two")
        worker.wake()
        await asyncio.wait_for(held.begun.wait(), 10)
        for number in range(3, 9):
            assert await reshown(store, str(number))
            worker.wake()
        held.go.set()
        await until(stands(store, post, "8"))
    assert post.updates == ["k~1", "k~7"]


async def test_two_workers_on_one_database_bring_every_card_to_its_newest_state(
    store: Store, database_url: str, clock: MovedClock, company: Company
) -> None:
    post = Post()
    under_way: set[str] = set()
    overlaps: list[str] = []
    send, update = post.send, post.update

    @asynccontextmanager
    async def watched(key: str) -> AsyncIterator[None]:
        if key in under_way:
            overlaps.append(key)
        under_way.add(key)
        await asyncio.sleep(0.003)
        yield
        under_way.discard(key)

    async def first(
        address: Address,
        message: Message,
        *,
        key: str,
        file: Path | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        async with watched(key):
            return await send(address, message, key=key)

    async def then(address: Address, reference: str, message: CardMessage, *, key: str) -> Sent:
        async with watched(key.partition("~")[0]):
            return await update(address, reference, message, key=key)

    post.send, post.update = first, then  # type: ignore[method-assign]
    other = open_store(database_url, clock, pool_size=4)
    workers = [worker_of(one, clock, slack=post) for one in (store, other)]
    keys = [f"k{number}" for number in range(4)]
    for key in keys:
        await shown(store, company, f"{key} 0", key=key)
    try:
        async with running(workers[0]), running(workers[1]):
            for number in range(1, 13):
                for key, at in zip(keys, (store, other) * 2, strict=True):
                    await reshown(at, f"{key} {number}", key=key)
                for worker in workers:
                    worker.wake()
                await asyncio.sleep(0.005)
            await until(stands_for(store, post, {f"ref:{key}": f"{key} 12" for key in keys}))
    finally:
        await other.close()
    assert sorted(post.keys) == keys
    assert overlaps == []


def stands_for(store: Store, post: Post, cards: dict[str, str]) -> Callable[[], Awaitable[bool]]:
    async def condition() -> bool:
        states = {state for state, _attempts, _reason in (await rows(store)).values()}
        return post.shown == cards and states == {"sent"}

    return condition


@pytest.mark.parametrize("was_sent", [False, True])
async def test_a_worker_that_dies_before_it_has_stored_the_outcome_leaves_the_card_to_the_next(
    store: Store, clock: MovedClock, company: Company, was_sent: bool
) -> None:
    post = Post()
    worker = worker_of(store, clock, slack=post)
    await shown(store, company)
    if was_sent:
        async with running(worker):
            await until(stands(store, post, "one"))
        await reshown(store, "two")
    [dying] = await store.write(lambda work: outbox.take(work, limit=9, lease=LEASE))
    ada, words = (
        Address(tenant=TENANT["slack"], user_id="U-ADA"),
        CardMessage.model_validate_json(dying.message),
    )
    if dying.reference is None:
        await post.send(ada, words, key="k")
    else:
        await post.update(ada, dying.reference, words, key="k~1")
    await reshown(store, "three")
    clock.move(seconds=61)
    async with running(worker_of(store, clock, slack=post)):
        # Nobody can know that the first message went out: the second is the one that is kept.
        expected = ("three",) if was_sent else ("one", "three")
        await until(stands(store, post, *expected))
        assert await reshown(store, "four")
    async with running(worker_of(store, clock, slack=post)):
        await until(stands(store, post, *expected[:-1], "four"))


async def test_a_card_stays_on_the_platform_where_it_stands(
    store: Store, clock: MovedClock, company: Company
) -> None:
    slack, teams = Post(), Post()
    worker = worker_of(store, clock, slack=slack, teams=teams)
    await shown(store, company)
    async with running(worker):
        await until(stands(store, slack, "one"))
        clock.move(minutes=1)
        await store.write(
            lambda work: people.remember_chat(
                work, "teams", TENANT["teams"], user_id("teams", "Ada"), conversation=None, seen_at=work.now
            )
        )
        await reshown(store, "two")
        worker.wake()
        await until(stands(store, slack, "two"))
    assert teams.shown == {}


async def test_a_card_made_when_it_is_sent_shows_things_as_they_are_then(
    store: Store, clock: MovedClock, company: Company
) -> None:
    things = {"7": "one"}
    made: list[tuple[int | None, Platform]] = []

    def view(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
        made.append((person_id, platform))
        return sentence(things[params["id"]]) if params["id"] in things else None

    ada = company.person["Ada"]
    post = Post()
    worker = DeliveryWorker(store, {"slack": post}, views={"thing": view}, clock=clock)
    await store.write(lambda work: place(work, "k", "thing:7", "thing", {"id": "7"}, person_id=ada))
    things["7"] = "two"
    async with running(worker):
        await until(stands(store, post, "two"))
        things["7"] = "three"
        await store.write(lambda work: keep_up(work, "thing:7"))
        worker.wake()
        await until(stands(store, post, "three"))
        things.clear()
        await store.write(lambda work: keep_up(work, "thing:7"))
        worker.wake()

        async def settled() -> bool:
            return (await rows(store))["k"] == ("sent", 1, "there is nothing to show any more")

        await until(settled)
    assert (post.keys, post.updates) == (["k"], ["k~1"])
    assert set(made) == {(ada, "slack")}


@pytest.mark.parametrize("subject", ["signoff:1", "signoff:2"])
async def test_of_words_that_were_sent_none_stay_in_the_outbox(
    store: Store, clock: MovedClock, company: Company, subject: str
) -> None:
    post = Post()
    await shown(store, company)
    async with running(worker_of(store, clock, slack=post)):
        await until(stands(store, post, "one"))
    table = outbox.outbox
    [message] = await store.read(lambda work: work.connection.scalars(sa.select(table.c.message)).all())
    assert message == ""
    await store.write(lambda work: keep_up(work, subject))
    assert await store.read(outbox.next_due) is None


async def test_a_deleted_message_ends_the_matter(store: Store, clock: MovedClock, company: Company) -> None:
    post = Post()
    post.failures = {"k~1": [Gone("message_not_found")]}
    worker = worker_of(store, clock, slack=post)
    await shown(store, company)
    async with running(worker):
        await until(stands(store, post, "one"))
        await reshown(store, "two")
        worker.wake()

        async def settled() -> bool:
            return (await rows(store))["k"] == ("sent", 1, "message_not_found")

        await until(settled)
    assert not await reshown(store, "three")


async def test_an_update_that_may_pass_is_tried_again_in_the_newest_words(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    post.failures = {"k~1": [TryLater("ratelimited", 30.0)]}
    worker = worker_of(store, clock, slack=post)
    await shown(store, company)
    async with running(worker):
        await until(stands(store, post, "one"))
        await reshown(store, "two")
        worker.wake()

        async def later() -> bool:
            return (await rows(store))["k"][2] == "ratelimited"

        await until(later)
        await reshown(store, "three")
        clock.move(seconds=32)
        worker.wake()
        await until(stands(store, post, "three"))
    assert post.updates == ["k~2"]


@pytest.mark.parametrize(
    ("platform", "conversation", "expected"), [("slack", None, "C0CLAIMS"), ("teams", "{}", "{}")]
)
async def test_a_card_goes_to_a_channel_and_is_updated_there(
    store: Store,
    clock: MovedClock,
    company: Company,
    platform: Platform,
    conversation: str | None,
    expected: str,
) -> None:
    post, other = Post(), Post()
    posts = {"slack": post, "teams": other} if platform == "slack" else {"slack": other, "teams": post}
    worker = worker_of(store, clock, **posts)
    await in_channel(store, platform, conversation)
    async with running(worker):
        await until(stands(store, post, "one"))
        await reshown(store, "two")
        worker.wake()
        await until(stands(store, post, "two"))
    assert {(one.tenant, one.user_id, one.conversation) for one in post.addresses} == {
        (TENANT[platform], "", expected)
    }
    assert other.addresses == []


async def test_a_channel_that_cannot_be_written_to_is_set_aside_with_the_reason(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    post.failures = {"k": [Undeliverable("the channel is archived")]}
    await in_channel(store, "slack", None)
    async with running(worker_of(store, clock, slack=post)):

        async def dead() -> bool:
            return (await rows(store))["k"] == ("dead", 1, "the channel is archived")

        await until(dead)
        assert await reshown(store, "two")
        assert (await rows(store))["k"][0] == "dead"
