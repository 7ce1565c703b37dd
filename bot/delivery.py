"""The delivery worker: takes messages from the outbox after their commit and sends them until they are sent."""

import asyncio
import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from time import perf_counter
from typing import TypeVar
from weakref import WeakValueDictionary

import structlog
from pydantic import ValidationError

from bot.metrics import Metrics
from domain.errors import Refused
from domain.people import Platform
from handlers.cards import sentence
from handlers.conversation import MESSAGE, CardMessage, FileMessage, Message
from handlers.ports import Address, Exports, Profiles, Sender, Sent, TryLater, Undeliverable
from storage import outbox, people
from storage.store import Store, Work

log = structlog.get_logger()

T = TypeVar("T")

#: How long a message that was taken stays with whoever took it.
LEASE = timedelta(seconds=60)
#: A single attempt ends well within the lease, so that nobody else sends the same meanwhile.
MOST_SECONDS_AN_ATTEMPT = 45.0
#: After so many failures a message is set aside: about two and a half hours.
MOST_ATTEMPTS = 12
#: The same where the platform itself keeps asking to come back later.
MOST_WISHES = 100
FIRST_PAUSE_S = 5.0
LONGEST_PAUSE_S = 3600.0


@dataclass(frozen=True, slots=True)
class Taken:
    """A message taken up, and where it may go."""

    row: outbox.Waiting
    identity: people.ChatIdentity | None
    #: The event loop's time by which the attempt is over.
    deadline_s: float


class DeliveryWorker:
    """Sends a few messages at a time, each person's in their order. One per process; several processes may run."""

    def __init__(
        self,
        store: Store,
        senders: Mapping[str, Sender],
        *,
        profiles: Mapping[Platform, Profiles] | None = None,
        exports: Exports | None = None,
        metrics: Metrics | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: random.Random | None = None,
        at_once: int = 4,
    ) -> None:
        self._store = store
        self._senders = senders
        self._profiles = profiles or {}
        self._exports = exports
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._chance = chance or random.Random()
        self._at_once = at_once
        self._woken = asyncio.Event()
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    def wake(self) -> None:
        """Look into the outbox now: something was committed to it."""
        self._woken.set()

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what is under way is settled."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped."""
        troubles = 0
        while not self._stopping:
            self._woken.clear()
            try:
                taken = await self._take(self._at_once - len(self._under_way))
                pause_s = 0.0 if taken else await self._pause()
                troubles = 0
            except Exception:
                log.exception("outbox_unavailable")
                taken, pause_s = [], min(30.0, 2.0**troubles)
                troubles += 1
            for one in taken:
                task = asyncio.create_task(self._deliver(one))
                self._under_way.add(task)
                task.add_done_callback(self._finished)
            if len(self._under_way) >= self._at_once:
                await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            elif not taken and not self._stopping:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._woken.wait()
        while self._under_way:
            await asyncio.wait(self._under_way)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._under_way.discard(task)

    async def _take(self, limit: int) -> list[Taken]:
        deadline_s = asyncio.get_running_loop().time() + MOST_SECONDS_AN_ATTEMPT

        def unit(work: Work) -> list[Taken]:
            rows = outbox.take(work, limit=limit, lease=LEASE)
            return [Taken(row, self._identity(work, row), deadline_s) for row in rows]

        # An empty outbox is the usual case, and looking must not make writers wait.
        if not await self._store.read(lambda work: _is_due(work)):
            return []
        return await self._store.write(unit)

    def _identity(self, work: Work, row: outbox.Waiting) -> people.ChatIdentity | None:
        """Where to write: on the message's platform, else where the person was last and we can write."""
        wanted = {row.platform} if row.platform is not None else self._senders.keys()
        return next(
            (one for one in people.identities(work, row.person_id) if one.platform in wanted),
            None,
        )

    async def _pause(self) -> float:
        """Seconds until the next message is due; a minute at the most."""
        due = await self._store.read(outbox.next_due)
        if due is None:
            return 60.0
        return min(60.0, max(0.05, (due - self._clock()).total_seconds()))

    async def _deliver(self, taken: Taken) -> None:
        row = taken.row
        turn = self._turns.setdefault(row.person_id, asyncio.Lock())
        try:
            async with turn:
                await self._attempt(taken)
        except Exception:
            # Not even the outcome could be stored; the lease brings the message back.
            log.exception("delivery_unsettled", outbox_id=row.id)

    async def _attempt(self, taken: Taken) -> None:
        row = taken.row
        try:
            identity = taken.identity or await self._introduced(row)
        except TryLater as error:
            await self._postpone(row, error.reason, error.after_seconds)
            return
        if identity is None:
            where = row.platform or "any connected platform"
            await self._give_up(row, f"the person is not known on {where} yet")
            return
        platform = identity.platform
        began = perf_counter()
        try:
            message = MESSAGE.validate_json(row.message)
            sender = self._senders.get(platform)
            if sender is None:
                raise TryLater(f"{platform} is not connected")
            async with asyncio.timeout_at(taken.deadline_s):
                sent = await self._send(sender, identity, message, row.key)
        except ValidationError:
            await self._give_up(row, "the message was written by another version of Tandem")
        except Undeliverable as error:
            self._metrics.attempted(platform, "undeliverable")
            await self._give_up(row, str(error) or "the platform refused it")
        except TryLater as error:
            self._metrics.attempted(platform, "later")
            await self._postpone(row, error.reason, error.after_seconds)
        except TimeoutError:
            self._metrics.attempted(platform, "error")
            await self._postpone(row, f"{platform} did not answer in time")
        except Exception as error:
            self._metrics.attempted(platform, "error")
            log.exception("send_failed", outbox_id=row.id, platform=platform, attempts=row.attempts)
            await self._postpone(row, f"unexpected {type(error).__name__}")
        else:
            self._metrics.attempted(platform, "sent", perf_counter() - began)
            await self._settle(lambda work: _sent(work, row, identity, sent))
            log.info("sent", outbox_id=row.id, platform=platform, attempts=row.attempts)

    async def _introduced(self, row: outbox.Waiting) -> people.ChatIdentity | None:
        """Where to write to somebody who has never written to the bot: found by e-mail, and remembered."""
        person = await self._store.read(lambda work: people.by_id(work, row.person_id))
        for platform, source in self._profiles.items():
            if person is None or row.platform not in (None, platform):
                continue
            profile = await source.find(person.email)
            if profile is None or profile.refused is not None:
                continue
            met = people.ChatIdentity(platform, profile.tenant, profile.user_id, None)
            await self._store.write(partial(_met, identity=met, person_id=row.person_id))
            return met
        return None

    async def _send(self, sender: Sender, identity: people.ChatIdentity, message: Message, key: str) -> Sent:
        address = Address(
            tenant=identity.tenant, user_id=identity.user_id, conversation=identity.conversation
        )
        if not isinstance(message, FileMessage):
            return await sender.send(address, message, key=key)
        if self._exports is None:
            raise TryLater("files cannot be made here")
        try:
            async with self._exports.file(message) as path:
                return await sender.send(address, message, key=key, file=path)
        except Refused as refusal:
            # What was allowed when it was asked for is not any more: say so instead.
            return await sender.send(address, CardMessage(card=sentence(refusal.sentence)), key=key)

    async def _postpone(self, row: outbox.Waiting, reason: str, wish_s: float | None = None) -> None:
        if row.attempts >= (MOST_ATTEMPTS if wish_s is None else MOST_WISHES):
            await self._give_up(row, f"{row.attempts} attempts failed, the last: {reason}")
            return
        pause_s = self.pause_after(row.attempts, wish_s)
        log.info("send_later", outbox_id=row.id, attempts=row.attempts, pause_s=round(pause_s, 1))
        until = self._clock() + timedelta(seconds=pause_s)
        await self._settle(lambda work: outbox.postpone(work, row.id, until=until, reason=reason))
        # Meanwhile the worker waits for the end of this message's lease, which is later.
        self.wake()

    def pause_after(self, attempts: int, wish_s: float | None = None) -> float:
        """Seconds to wait after so many attempts: never less than the platform asks for."""
        if wish_s is not None:
            return max(0.0, wish_s) + self._chance.uniform(0.0, 1.0)
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempts - 1))
        return pause_s * self._chance.uniform(0.8, 1.2)

    async def _give_up(self, row: outbox.Waiting, reason: str) -> None:
        log.warning("given_up", outbox_id=row.id, attempts=row.attempts, reason=reason)
        await self._settle(lambda work: outbox.give_up(work, row.id, reason))

    async def _settle(self, unit: Callable[[Work], T]) -> T:
        """Store an outcome, and try again for a while: a message sent and not settled would be sent twice."""
        for pause_s in (0.2, 1.0, 3.0):
            try:
                return await self._store.write(unit)
            except Exception:
                log.exception("outcome_not_stored")
                await asyncio.sleep(pause_s)
        return await self._store.write(unit)


def _is_due(work: Work) -> bool:
    due = outbox.next_due(work)
    return due is not None and due <= work.now


def _met(work: Work, *, identity: people.ChatIdentity, person_id: int) -> None:
    people.link(work, identity.platform, identity.tenant, identity.user_id, person_id)


def _sent(work: Work, row: outbox.Waiting, identity: people.ChatIdentity, sent: Sent) -> None:
    outbox.sent(work, row.id, sent.reference)
    if sent.conversation != identity.conversation:
        people.remember_chat(
            work,
            identity.platform,
            identity.tenant,
            identity.user_id,
            conversation=sent.conversation,
            seen_at=work.now,
        )
