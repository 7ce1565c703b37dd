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
from handlers.capability import View
from handlers.cards import sentence
from handlers.conversation import MESSAGE, CardMessage, FileMessage, LiveMessage, Message
from handlers.ports import Address, Exports, Gone, Profiles, Sender, Sent, TryLater, Undeliverable
from storage import channels, outbox, people
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
class Place:
    """Where a message goes: a person's own chat, or a channel."""

    platform: Platform
    address: Address
    is_own_chat: bool


@dataclass(frozen=True, slots=True)
class Taken:
    """A message taken up, and where it may go."""

    row: outbox.Waiting
    place: Place | None
    #: The event loop's time by which the attempt is over.
    deadline_s: float


class DeliveryWorker:
    """Sends a few messages at a time, those to one place in their order. One per process; several may run.

    A card that was sent before is put in its place.
    """

    def __init__(
        self,
        store: Store,
        senders: Mapping[str, Sender],
        *,
        profiles: Mapping[Platform, Profiles] | None = None,
        exports: Exports | None = None,
        views: Mapping[str, View] | None = None,
        metrics: Metrics | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: random.Random | None = None,
        at_once: int = 4,
    ) -> None:
        self._store = store
        self._senders = senders
        self._profiles = profiles or {}
        self._exports = exports
        self._views = views or {}
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._chance = chance or random.Random()
        self._at_once = at_once
        self._woken = asyncio.Event()
        self._stopping = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._turns: WeakValueDictionary[tuple[int | None, int | None], asyncio.Lock] = WeakValueDictionary()

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
            return [Taken(row, self._place(work, row), deadline_s) for row in rows]

        # An empty outbox is the usual case, and looking must not make writers wait.
        if not await self._store.read(lambda work: _is_due(work)):
            return []
        return await self._store.write(unit)

    def _place(self, work: Work, row: outbox.Waiting) -> Place | None:
        """Where to write: to the channel, or on the message's platform, else where the person was last and we can."""
        if row.channel_id is not None:
            channel = channels.by_id(work, row.channel_id)
            return None if channel is None else _in_channel(channel)
        if row.person_id is None:
            return None
        wanted = {row.platform} if row.platform is not None else self._senders.keys()
        known = people.identities(work, row.person_id)
        return next((_own_chat(one) for one in known if one.platform in wanted), None)

    async def _pause(self) -> float:
        """Seconds until the next message is due; a minute at the most."""
        due = await self._store.read(outbox.next_due)
        if due is None:
            return 60.0
        return min(60.0, max(0.05, (due - self._clock()).total_seconds()))

    async def _deliver(self, taken: Taken) -> None:
        row = taken.row
        turn = self._turns.setdefault((row.person_id, row.channel_id), asyncio.Lock())
        try:
            async with turn:
                await self._attempt(taken)
        except Exception:
            # Not even the outcome could be stored; the lease brings the message back.
            log.exception("delivery_unsettled", outbox_id=row.id)

    async def _attempt(self, taken: Taken) -> None:
        row = taken.row
        try:
            place = taken.place or await self._introduced(row)
        except TryLater as error:
            await self._postpone(row, error.reason, error.after_seconds)
            return
        if place is None:
            where = row.platform or "any connected platform"
            await self._give_up(row, f"the person is not known on {where} yet")
            return
        platform = place.platform
        began = perf_counter()
        try:
            stored = MESSAGE.validate_json(row.message)
            message = await self._made(stored, row, platform)
            sender = self._senders.get(platform)
            if sender is None:
                raise TryLater(f"{platform} is not connected")
            async with asyncio.timeout_at(taken.deadline_s):
                sent = await self._send(sender, place.address, message, row)
        except ValidationError:
            await self._give_up(row, "the message was written by another version of Tandem")
        except Undeliverable as error:
            self._metrics.attempted(platform, "undeliverable")
            reason = str(error) or "the platform refused it"
            if isinstance(error, Gone):
                log.info("card_gone", outbox_id=row.id, platform=platform)
                await self._settle(lambda work: outbox.gone(work, row, reason))
            else:
                await self._give_up(row, reason)
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
            is_newest = await self._settle(
                lambda work: _sent(work, row, place, sent, keep=isinstance(stored, LiveMessage))
            )
            log.info("sent", outbox_id=row.id, platform=platform, attempts=row.attempts)
            if not is_newest:
                self.wake()

    async def _made(self, stored: Message | LiveMessage, row: outbox.Waiting, platform: Platform) -> Message:
        """What is sent. A card that is kept up to date shows things as they are after the row was taken."""
        if not isinstance(stored, LiveMessage):
            return stored
        view = self._views.get(stored.view)
        if view is None:
            raise Undeliverable("this version of Tandem does not know that card")
        card = await self._store.read(lambda work: view(work, stored.params, row.person_id, platform))
        if card is None:
            raise Gone("there is nothing to show any more")
        return CardMessage(card=card)

    async def _introduced(self, row: outbox.Waiting) -> Place | None:
        """Where to write to somebody who has never written to the bot: found by e-mail, and remembered."""
        person_id = row.person_id
        if person_id is None:
            return None
        person = await self._store.read(lambda work: people.by_id(work, person_id))
        for platform, source in self._profiles.items():
            if person is None or row.platform not in (None, platform):
                continue
            profile = await source.find(person.email)
            if profile is None or profile.refused is not None:
                continue
            met = people.ChatIdentity(platform, profile.tenant, profile.user_id, None)
            await self._store.write(partial(_met, identity=met, person_id=person_id))
            return _own_chat(met)
        return None

    async def _send(self, sender: Sender, address: Address, message: Message, row: outbox.Waiting) -> Sent:
        key = row.key
        if row.reference is not None and isinstance(message, CardMessage):
            return await sender.update(address, row.reference, message, key=f"{key}~{row.revision}")
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
        await self._settle(lambda work: outbox.postpone(work, row, until=until, reason=reason))
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
        if not await self._settle(lambda work: outbox.give_up(work, row, reason)):
            self.wake()

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


def _own_chat(identity: people.ChatIdentity) -> Place:
    address = Address(tenant=identity.tenant, user_id=identity.user_id, conversation=identity.conversation)
    return Place(identity.platform, address, is_own_chat=True)


def _in_channel(channel: channels.Channel) -> Place:
    address = Address(tenant=channel.tenant, conversation=channel.conversation or channel.channel)
    return Place(channel.platform, address, is_own_chat=False)


def _sent(work: Work, row: outbox.Waiting, place: Place, sent: Sent, *, keep: bool) -> bool:
    """Store that a message was sent, and to which chat; False if it was revised meanwhile."""
    address = place.address
    if place.is_own_chat and row.reference is None and sent.conversation != address.conversation:
        people.remember_chat(
            work,
            place.platform,
            address.tenant,
            address.user_id,
            conversation=sent.conversation,
            seen_at=work.now,
        )
    return outbox.sent(work, row, sent.reference, platform=place.platform, keep=keep)
