"""What the worker takes care of: closed chats, pages that are there, pauses for all, a stop that loses nothing."""

import asyncio
from datetime import timedelta

import pytest

from bot.delivery import DeliveryWorker
from bot.pacing import paces
from handlers.cards import sentence
from handlers.conversation import CardMessage, Message
from handlers.ports import Address, Closed, Progress, Sent, TryLater
from storage import outbox, outcomes, pace, people
from storage.store import Store
from tests.bot.post import Post, rows, running, until, worker_of
from tests.company import TENANT, Company, founded, user_id
from tests.conftest import MovedClock


@pytest.fixture
async def company(store: Store) -> Company:
    return await founded(store)


async def put(store: Store, key: str, person_id: int, **kwargs: object) -> None:
    text = CardMessage(card=sentence(key)).model_dump_json()
    await store.write(lambda work: outbox.put(work, key, person_id, text, **kwargs))  # type: ignore[arg-type]


async def settled(store: Store) -> bool:
    return all(state != "waiting" for state, _attempts, _reason in (await rows(store)).values())


async def test_whoever_left_one_platform_gets_the_message_on_the_other_once(
    store: Store, clock: MovedClock, company: Company
) -> None:
    slack, teams = Post(), Post()
    slack.failures = {"a": [Closed("conversations.open: user_disabled")]}
    ada = company.person["Ada"]
    await put(store, "a", ada)
    async with running(worker_of(store, clock, slack=slack, teams=teams)):
        await until(lambda: settled(store))
        await put(store, "b", ada)
    async with running(worker_of(store, clock, slack=slack, teams=teams)):
        await until(lambda: settled(store))
    assert (slack.keys, teams.keys) == ([], ["a", "b"])
    assert len(slack.addresses) == 1
    known = await store.read(lambda work: people.identities(work, ada))
    assert {one.platform: one.closed_at is not None for one in known} == {"slack": True, "teams": False}


async def test_whoever_blocked_the_bot_everywhere_is_given_up_and_not_asked_about_again(
    store: Store, clock: MovedClock, company: Company
) -> None:
    slack = Post()
    slack.failures = {"a": [Closed("Teams answered 403 (ConversationBlockedByUser)")]}
    ada = company.person["Ada"]
    worker = worker_of(store, clock, slack=slack)
    await put(store, "a", ada)
    async with running(worker):
        await until(lambda: settled(store))
        await put(store, "b", ada, platform="slack")
        worker.wake()
        await until(lambda: settled(store))
    found = await rows(store)
    assert found["a"] == ("dead", 1, "Teams answered 403 (ConversationBlockedByUser)")
    assert len(slack.addresses) == 1


class Pages:
    """A platform that takes three pages a message, and fails before one of them."""

    def __init__(self) -> None:
        self.pages: list[str] = []
        self.updates: list[str] = []
        self.fail_at = 2

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        key: str,
        file: object = None,
        progress: Progress | None = None,
    ) -> Sent:
        assert progress is not None
        for number in range(3):
            if progress.was_sent(number):
                continue
            if number == self.fail_at:
                self.fail_at = 9
                raise TryLater("ratelimited", 0.0)
            self.pages.append(f"{key}#{number}")
            progress.one_more(Sent(reference=f"D1:{key}#{number}", conversation="D1"))
        assert progress.first is not None
        return progress.first

    async def update(self, address: Address, reference: str, message: CardMessage, *, key: str) -> Sent:
        self.updates.append(f"{reference} {key}")
        return Sent(reference=reference, conversation="D1")


@pytest.mark.parametrize("revised", [False, True])
async def test_pages_that_are_there_are_not_sent_again(
    store: Store, clock: MovedClock, company: Company, revised: bool
) -> None:
    pages = Pages()
    worker = DeliveryWorker(store, {"slack": pages}, clock=clock)
    await put(store, "k", company.person["Ada"])
    async with running(worker):

        async def later() -> bool:
            return (await rows(store))["k"][2] == "ratelimited"

        await until(later)
        if revised:
            newer = CardMessage(card=sentence("newer")).model_dump_json()
            assert await store.write(lambda work: outbox.revise(work, "k", newer))
        clock.move(seconds=2)
        worker.wake()
        await until(lambda: settled(store))
        await store.write(
            lambda work: outbox.revise(work, "k", CardMessage(card=sentence("x")).model_dump_json())
        )
        worker.wake()
        await until(lambda: settled(store))
    if revised:
        # The first page is put in its place; what followed it was of older words.
        assert pages.pages == ["k#0", "k#1"]
        assert pages.updates == ["D1:k#0 k~1", "D1:k#0 k~2"]
    else:
        assert pages.pages == ["k#0", "k#1", "k#2"]
        assert pages.updates == ["D1:k#0 k~1"]


async def test_a_platform_that_asks_for_a_pause_gets_it_for_all_messages(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    post.failures = {"a": [TryLater("ratelimited", 30.0)]}
    await put(store, "a", company.person["Ada"])
    worker = DeliveryWorker(store, {"slack": post}, clock=clock, limits=paces(1))
    async with running(worker):

        async def later() -> bool:
            return (await rows(store))["a"][2] == "ratelimited"

        await until(later)
        await put(store, "b", company.person["Bo"])
        worker.wake()
        await asyncio.sleep(0.2)
        assert post.sent == []
        key = pace.whole_key("slack", TENANT["slack"])
        rests = await store.read(lambda work: pace.rests(work, [key]))
        limit = paces(1)["slack"].whole
        assert limit.allows_at(rests[key], clock.now) >= clock.now + timedelta(seconds=30)
        clock.move(seconds=32)
        worker.wake()
        await until(lambda: settled(store))
    assert sorted(post.keys) == ["a", "b"]


async def test_many_rate_limits_in_a_row_do_not_use_up_a_messages_attempts(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    post.failures = {"a": [*(TryLater("ratelimited", 1.0) for _ in range(13)), TryLater("no_service")]}
    await put(store, "a", company.person["Ada"])
    worker = worker_of(store, clock, slack=post)
    async with running(worker):

        async def sent() -> bool:
            state, _attempts, reason = (await rows(store))["a"]
            if reason is not None:
                clock.move(seconds=10)
                worker.wake()
            return state == "sent"

        await until(sent)
    assert (await rows(store))["a"] == ("sent", 2, None)


async def test_what_was_taken_up_and_not_begun_is_put_back_by_a_stop(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    begun, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        begun.set()
        await go.wait()

    post.before = hold
    for number in range(5):
        await put(store, f"k{number}", company.person["Ada"])
    worker = worker_of(store, clock, slack=post)
    task = asyncio.create_task(worker.run())
    await asyncio.wait_for(begun.wait(), 10)
    worker.stop()
    go.set()
    await asyncio.wait_for(task, 10)
    found = await rows(store)
    assert found["k0"] == ("sent", 1, None)
    assert {found[f"k{number}"] for number in range(1, 5)} == {("waiting", 0, outcomes.PUT_BACK)}
    assert await store.read(outbox.next_due) == clock.now


async def test_a_lease_is_renewed_for_as_long_as_an_attempt_takes(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    lease = timedelta(seconds=3)
    begun, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        begun.set()
        await go.wait()

    post.before = hold
    await put(store, "a", company.person["Ada"])
    worker = DeliveryWorker(store, {"slack": post}, clock=clock, lease=lease)
    async with running(worker):
        await asyncio.wait_for(begun.wait(), 10)
        began = clock.now
        for _ in range(2):
            clock.move(seconds=2)
            moved_to = clock.now + lease

            async def renewed(moved_to: object = moved_to) -> bool:
                return await store.read(outbox.next_due) == moved_to

            await until(renewed)
        assert clock.now > began + lease
        go.set()
        await until(lambda: settled(store))
    assert (await rows(store))["a"] == ("sent", 1, None)


async def test_an_outcome_waits_for_a_database_that_is_away(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    worker = worker_of(store, clock, slack=post)
    write, away = store.write, 0
    await put(store, "a", company.person["Ada"])

    async def flaky(unit: object) -> object:
        nonlocal away
        if post.keys and away < 2:
            away += 1
            raise ConnectionError
        return await write(unit)  # type: ignore[arg-type]

    store.write = flaky  # type: ignore[method-assign, assignment]
    async with running(worker):
        await until(lambda: settled(store))
    assert (away, post.keys) == (2, ["a"])
    assert user_id("slack", "Ada") == post.sent[0][0]
