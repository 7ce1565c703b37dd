"""The delivery worker, on both databases: what is sent, when again, and when not any more."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from bot import delivery, sending
from bot.delivery import DeliveryWorker
from domain.errors import NotAllowed
from handlers.cards import sentence
from handlers.conversation import CardMessage, FileMessage, Profile
from handlers.ports import TryLater, Undeliverable
from storage import outbox, people
from storage.store import Store, Work
from tests.bot.post import Post, rows, running, until, worker_of
from tests.company import TENANT, Company, founded, user_id
from tests.conftest import MovedClock


class Files:
    def __init__(self, path: Path, refusal: Exception | None = None) -> None:
        self.path = path
        self.refusal = refusal

    @asynccontextmanager
    async def file(self, message: FileMessage) -> AsyncIterator[Path]:
        if self.refusal is not None:
            raise self.refusal
        yield self.path


@pytest.fixture
async def company(store: Store) -> Company:
    return await founded(store)


async def put(
    store: Store, key: str, person_id: int, *, message: str | None = None, platform: str | None = None
) -> None:
    text = CardMessage(card=sentence(key)).model_dump_json() if message is None else message
    await store.write(lambda work: outbox.put(work, key, person_id, text, platform=platform))


async def test_what_waits_at_the_start_is_sent_and_settled(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    await put(store, "a", company.person["Ada"])
    async with running(worker_of(store, clock, slack=post)):

        async def done() -> bool:
            return (await rows(store))["a"][0] == "sent"

        await until(done)
    assert post.keys == ["a"]
    ada = await store.read(lambda work: people.identities(work, company.person["Ada"]))
    assert {one.conversation for one in ada if one.platform == "slack"} == {"D-U-ADA"}


async def test_a_message_committed_later_is_sent_when_the_worker_is_woken(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    worker = worker_of(store, clock, slack=post)
    async with running(worker):
        await asyncio.sleep(0.05)
        await put(store, "b", company.person["Bo"])
        worker.wake()

        async def done() -> bool:
            return post.keys == ["b"]

        await until(done)


async def test_a_person_is_written_to_where_they_were_last_or_where_the_message_says(
    store: Store, clock: MovedClock, company: Company
) -> None:
    slack, teams = Post(), Post()
    ada = company.person["Ada"]
    clock.move(minutes=1)
    await store.write(
        lambda work: people.remember_chat(
            work, "teams", TENANT["teams"], user_id("teams", "Ada"), conversation=None, seen_at=work.now
        )
    )
    await put(store, "anywhere", ada)
    await put(store, "on slack", ada, platform="slack")
    async with running(worker_of(store, clock, slack=slack, teams=teams)):

        async def done() -> bool:
            return all(state == "sent" for state, _attempts, _reason in (await rows(store)).values())

        await until(done)
    assert (teams.keys, slack.keys) == (["anywhere"], ["on slack"])


async def test_a_poisoned_message_does_not_stop_the_others(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    post.failures = {"boom": [RuntimeError("x")] * 9, "gone": [Undeliverable("user_not_found")]}
    await put(store, "boom", company.person["Ada"])
    await put(store, "garbage", company.person["Ada"], message='{"type":"hologram"}')
    await put(store, "gone", company.person["Bo"])
    for number in range(20):
        await put(store, f"good {number}", company.person["Cleo"])
    async with running(worker_of(store, clock, slack=post)):

        async def done() -> bool:
            return len(post.sent) == 20 and (await rows(store))["boom"][2] is not None

        await until(done)
    found = await rows(store)
    assert found["boom"] == ("waiting", 1, "unexpected RuntimeError")
    assert found["garbage"][0] == "dead"
    assert found["gone"] == ("dead", 1, "user_not_found")
    assert post.keys == [f"good {number}" for number in range(20)]


async def test_a_person_without_an_identity_is_given_up_with_that_reason(
    store: Store, clock: MovedClock
) -> None:
    company = await founded(store, linked=False)
    await put(store, "a", company.person["Ada"])
    async with running(worker_of(store, clock, slack=Post())):

        async def done() -> bool:
            return (await rows(store))["a"][0] == "dead"

        await until(done)
    assert "is not known on" in str((await rows(store))["a"][2])
    assert await store.write(outbox.retry_dead) == 1
    assert (await rows(store))["a"][:2] == ("waiting", 0)


async def test_somebody_who_never_wrote_is_found_by_e_mail_and_remembered(
    store: Store, clock: MovedClock
) -> None:
    made = await founded(store, linked=False)
    ada = made.person["Ada"]

    class Directory:
        async def profile(self, tenant: str, user_id: str) -> Profile | None:
            return None

        async def find(self, email: str) -> Profile | None:
            found = Profile(user_id="U-FOUND", tenant=TENANT["slack"], name="Ada", email=email)
            return found if email == "ada@alder.example" else None

    post = Post()
    worker = DeliveryWorker(store, {"slack": post}, profiles={"slack": Directory()}, clock=clock)
    await put(store, "a", ada)
    await put(store, "b", made.person["Bo"])
    async with running(worker):

        async def done() -> bool:
            found = await rows(store)
            return (found["a"][0], found["b"][0]) == ("sent", "dead")

        await until(done)
    [identity] = await store.read(lambda work: people.identities(work, ada))
    assert (identity.user_id, identity.conversation) == ("U-FOUND", "D-U-FOUND")
    assert post.keys == ["a"]


async def test_the_platforms_wish_is_kept_and_the_message_sent_after_it(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    post.failures = {"a": [TryLater("ratelimited", 30.0)]}
    await put(store, "a", company.person["Ada"])
    worker = worker_of(store, clock, slack=post)
    async with running(worker):

        async def later() -> bool:
            return (await rows(store))["a"][2] == "ratelimited"

        await until(later)
        due = await store.read(outbox.next_due)
        assert due is not None and 30 <= (due - clock.now).total_seconds() <= 31
        clock.move(seconds=29)
        worker.wake()
        await asyncio.sleep(0.1)
        assert post.sent == []
        clock.move(seconds=3)
        worker.wake()

        async def done() -> bool:
            return post.keys == ["a"]

        await until(done)


async def test_after_too_many_failures_a_message_is_set_aside(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    post.failures = {"a": [TryLater("no_service") for _ in range(50)]}
    await put(store, "a", company.person["Ada"])
    worker = worker_of(store, clock, slack=post)
    async with running(worker):
        moved_after = 0

        async def dead() -> bool:
            nonlocal moved_after
            state, attempts, reason = (await rows(store))["a"][:3]
            # Once after each attempt, when its outcome is kept: else the clock would end the lease of the next one.
            if reason is not None and attempts > moved_after:
                moved_after = attempts
                clock.move(hours=2)
            worker.wake()
            return state == "dead"

        await until(dead)
    assert (await rows(store))["a"][1] == sending.MOST_ATTEMPTS
    assert "no_service" in str((await rows(store))["a"][2])


async def test_a_stop_waits_for_what_is_being_sent(store: Store, clock: MovedClock, company: Company) -> None:
    post = Post()
    begun, go = asyncio.Event(), asyncio.Event()

    async def hold() -> None:
        begun.set()
        await go.wait()

    post.before = hold
    await put(store, "a", company.person["Ada"])
    worker = worker_of(store, clock, slack=post)
    task = asyncio.create_task(worker.run())
    await asyncio.wait_for(begun.wait(), 10)
    worker.stop()
    await asyncio.sleep(0.05)
    assert not task.done()
    go.set()
    await asyncio.wait_for(task, 10)
    assert (await rows(store))["a"][0] == "sent"


async def test_a_send_that_hangs_ends_within_its_lease(
    store: Store, clock: MovedClock, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MOST_SECONDS_AN_ATTEMPT", 0.1)
    post = Post()
    post.before = lambda: asyncio.sleep(60)
    await put(store, "a", company.person["Ada"])
    async with running(worker_of(store, clock, slack=post)):

        async def later() -> bool:
            return (await rows(store))["a"][2] is not None

        await until(later)
    assert (await rows(store))["a"] == ("waiting", 1, "slack did not answer in time")


@pytest.mark.parametrize("refusal", [None, NotAllowed()])
async def test_a_file_is_made_when_it_is_sent_and_a_refusal_is_told_instead(
    store: Store, clock: MovedClock, company: Company, tmp_path: Path, refusal: Exception | None
) -> None:
    post = Post()
    wanted = FileMessage(export="contributions", params={}, filename="mine.csv", card=sentence("Here it is."))
    await put(store, "file", company.person["Ada"], message=wanted.model_dump_json())
    files = Files(tmp_path / "file", refusal)
    async with running(DeliveryWorker(store, {"slack": post}, exports=files, clock=clock)):

        async def done() -> bool:
            return (await rows(store))["file"][0] == "sent"

        await until(done)
    ((_user, _key, message, file),) = post.sent
    if refusal is None:
        assert (message, file) == (wanted, tmp_path / "file")
    else:
        assert isinstance(message, CardMessage) and file is None
        assert message.card.summary == NotAllowed().sentence


async def test_a_database_that_is_away_is_waited_for(
    store: Store, clock: MovedClock, company: Company
) -> None:
    post = Post()
    worker = worker_of(store, clock, slack=post)
    read = store.read
    broken = True

    async def flaky(unit: Callable[[Work], object]) -> object:
        if broken:
            raise ConnectionError
        return await read(unit)

    store.read = flaky  # type: ignore[method-assign, assignment]
    await put(store, "a", company.person["Ada"])
    async with running(worker):
        await asyncio.sleep(0.1)
        broken = False
        worker.wake()

        async def done() -> bool:
            return post.keys == ["a"]

        await until(done)


def test_pauses_grow_and_never_undercut_the_platform() -> None:
    worker = sending.Attempts.__new__(sending.Attempts)
    object.__setattr__(worker, "chance", random.Random(3))
    pauses = [worker.pause_after(attempts) for attempts in range(1, 13)]
    assert 4 <= pauses[0] <= 6
    assert all(later > earlier for earlier, later in pairwise(pauses[:9]))
    assert max(pauses) <= sending.LONGEST_PAUSE_S * 1.2
    assert worker.pause_after(1, 120.0) >= 120
