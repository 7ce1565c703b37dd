"""A platform that keeps what it is sent, and the worker that sends to it."""

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import sqlalchemy as sa

from bot.delivery import DeliveryWorker
from handlers.conversation import CardMessage, FormMessage, Message
from handlers.ports import Address, Progress, Sent
from storage import outbox
from storage.store import Store, Work
from tests.conftest import MovedClock


class Post:
    """A sender that keeps what it is given, and fails as it is told."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, Message, Path | None]] = []
        self.failures: dict[str, list[Exception]] = {}
        self.addresses: list[Address] = []
        self.before: Callable[[], Awaitable[None]] | None = None
        #: What everybody sees in the end, by reference; and the keys of the updates, in order.
        self.shown: dict[str, str] = {}
        self.updates: list[str] = []

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        key: str,
        file: Path | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        if self.before is not None:
            await self.before()
        self.addresses.append(address)
        if self.failures.get(key):
            raise self.failures[key].pop(0)
        self.sent.append((address.user_id, key, message, file))
        reference = f"ref:{key}" if f"ref:{key}" not in self.shown else f"ref:{key}:again"
        self.shown[reference] = shown_by(message)
        return Sent(reference=reference, conversation=f"D-{address.user_id}")

    async def update(self, address: Address, reference: str, message: CardMessage, *, key: str) -> Sent:
        if self.before is not None:
            await self.before()
        self.addresses.append(address)
        if self.failures.get(key):
            raise self.failures[key].pop(0)
        self.updates.append(key)
        self.shown[reference] = shown_by(message)
        return Sent(reference=reference, conversation=reference)

    @property
    def keys(self) -> list[str]:
        return [key for _user, key, _message, _file in self.sent]


def shown_by(message: Message) -> str:
    return message.form.title if isinstance(message, FormMessage) else message.card.summary


async def rows(store: Store) -> dict[str, tuple[str, int, str | None]]:
    """State, attempts and reason by key."""

    def unit(work: Work) -> dict[str, tuple[str, int, str | None]]:
        table = outbox.outbox
        found = work.connection.execute(
            sa.select(table.c.key, table.c.state, table.c.attempts, table.c.reason)
        )
        return {key: (state, attempts, reason) for key, state, attempts, reason in found}

    return await store.read(unit)


@asynccontextmanager
async def running(worker: DeliveryWorker) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.run())
    try:
        yield
    finally:
        worker.stop()
        await asyncio.wait_for(task, 60)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):  # a busy machine takes its time
        while not await condition():  # noqa: ASYNC110  (the database has no event to wait for)
            await asyncio.sleep(0.01)


def worker_of(store: Store, clock: MovedClock, **senders: Post) -> DeliveryWorker:
    return DeliveryWorker(store, senders, clock=clock, chance=random.Random(1))
