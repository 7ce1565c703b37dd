"""The delivery worker: takes messages from the outbox after their commit and sends them until they are sent."""

import asyncio
import random
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog

from bot.metrics import Metrics
from bot.probing import Probes
from bot.sending import Attempted, Attempts
from bot.settling import Entry, Settling
from domain.pacing import Limits
from domain.people import Platform
from handlers.capability import View
from handlers.hours import next_allowed_in
from handlers.ports import Exports, Profiles, Sender
from storage import claims, outbox, outcomes
from storage.claims import Claim, Claimed
from storage.store import Store, Work

log = structlog.get_logger()

#: How long a message that was taken stays with whoever took it; it is renewed long before. After a crash messages
#: wait so long at the most.
LEASE = timedelta(seconds=15)
#: A lease counts as lost a little earlier than it is, so that nobody else sends the same meanwhile.
LEASE_USED = 0.8
#: How long a single attempt may take.
MOST_SECONDS_AN_ATTEMPT = 45.0
#: How many messages one process sends at the same time: enough for what the platforms take, with their delays. With
#: what was sent and is not stored yet, it is what a kill leaves in doubt.
AT_ONCE = 16
#: How many outcomes may wait to be stored.
MOST_UNSTORED = 64
#: How many messages are taken up in one transaction.
BATCH = 512
#: How often it is looked for what a clock that was set back left behind.
RESCUE_EVERY_S = 60.0
#: How often the log says how far a long queue got.
TOLD_EVERY_S = 10.0

Turn = tuple[int | None, int | None]


@dataclass(slots=True)
class InHand:
    """A message that this process has, and until when."""

    claimed: Claimed
    #: The event loop's time at which the lease is lost, if it is not renewed.
    lost_at_s: float
    #: All the ends that its lease may have by now.
    leases: set[datetime]
    #: The attempt under way, and when it began.
    attempt: asyncio.Timeout | None = None
    began_s: float = 0.0


@dataclass(slots=True)
class Hand:
    """What this process has taken up: in a line for each place, one after the other."""

    items: dict[int, InHand] = field(default_factory=dict)
    lines: dict[Turn, deque[InHand]] = field(default_factory=dict)
    #: The places with something to send and nothing under way.
    ready: deque[Turn] = field(default_factory=deque)
    #: How many are not begun.
    waiting: int = 0

    def add(self, item: InHand) -> None:
        row = item.claimed.row
        turn = (row.person_id, row.channel_id)
        self.items[row.id] = item
        self.waiting += 1
        if turn not in self.lines:
            self.lines[turn] = deque()
            self.ready.append(turn)
        self.lines[turn].append(item)

    def begin(self) -> tuple[Turn, InHand]:
        """The next that may be sent; its place is not ready before `end`."""
        turn = self.ready.popleft()
        self.waiting -= 1
        return turn, self.lines[turn].popleft()

    def end(self, turn: Turn) -> None:
        """The place is ready for the next."""
        if self.lines[turn]:
            self.ready.append(turn)
        else:
            del self.lines[turn]

    def let_go(self) -> list[InHand]:
        """Everything that is not begun, which is no longer in hand."""
        found = [item for line in self.lines.values() for item in line]
        for item in found:
            del self.items[item.claimed.row.id]
        for turn in self.ready:
            del self.lines[turn]
        for line in self.lines.values():
            line.clear()
        self.ready.clear()
        self.waiting = 0
        return found


class DeliveryWorker:
    """Sends many messages at a time, those to one place in their order. One per process; several may run.

    A card that was sent before is put in its place. What the platforms take (`limits`) all processes share.
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
        limits: Mapping[Platform, Limits] | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        chance: random.Random | None = None,
        at_once: int = AT_ONCE,
        batch: int = BATCH,
        lease: timedelta = LEASE,
    ) -> None:
        self._store = store
        self._metrics = metrics or Metrics()
        self._clock = clock
        self._limits = limits or {}
        self._attempts = Attempts(
            store,
            senders,
            self._metrics,
            clock,
            profiles=profiles or {},
            exports=exports,
            views=views or {},
            limits=self._limits,
            chance=chance or random.Random(),
            probes=Probes(profiles or {}),
        )
        self._at_once, self._batch, self._lease = at_once, batch, lease
        self._hand = Hand()
        self._settling = Settling(
            store, self._renew, every_s=lease.total_seconds() / 3, at_most=MOST_UNSTORED
        )
        self._woken = asyncio.Event()
        self._stopping = False
        self._senders: set[asyncio.Task[None]] = set()
        self._told: Counter[str] = Counter()
        self._told_at_s = 0.0
        self._rescued_at_s = 0.0

    def wake(self) -> None:
        """Look into the outbox now: something was committed to it."""
        self._woken.set()

    @property
    def in_hand(self) -> int:
        """How many messages were taken up and are not settled yet."""
        return len(self._hand.items)

    def stop(self) -> None:
        """Take up nothing more; `run` returns when what is under way is settled."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> None:
        """Send until stopped."""
        settling = asyncio.create_task(self._settling.run())
        troubles = 0
        while not self._stopping:
            self._woken.clear()
            pause_s = 60.0
            if self._hand.waiting <= self._batch // 2:
                try:
                    pause_s = await self._look()
                    troubles = 0
                except Exception:
                    log.exception("outbox_unavailable")
                    pause_s = min(30.0, 2.0**troubles)
                    troubles += 1
            if pause_s and not self._stopping:
                with suppress(TimeoutError):
                    async with asyncio.timeout(pause_s):
                        await self._woken.wait()
        self._put_back()
        while self._senders:
            await asyncio.wait(self._senders)
        self._settling.stop()
        await settling
        self._tell()

    async def _look(self) -> float:
        """Take up what may go, and begin to send it; seconds until the next look, if nothing wakes us."""
        loop = asyncio.get_running_loop()
        lost_at_s = loop.time() + self._lease.total_seconds() * LEASE_USED
        # An empty outbox is the usual case, and looking must not make writers wait.
        due = await self._store.read(outbox.next_due)
        now = self._clock()
        if due is None or due > now:
            return 60.0 if due is None else min(60.0, max(0.05, (due - now).total_seconds()))
        room = self._batch - self._hand.waiting
        claim = await self._store.write(lambda work: self._claim(work, room))
        self._metrics.claimed(claim)
        for one in claim.rows:
            self._hand.add(InHand(one, lost_at_s, {one.row.leased_until}))
        self._begin()
        if claim.rows:
            return 0.0
        if claim.again_at is None:
            return 0.0 if claim.expired or claim.dead else 0.25
        return min(60.0, max(0.02, (claim.again_at - self._clock()).total_seconds()))

    def _claim(self, work: Work, room: int) -> Claim:
        return claims.claim(
            work,
            limit=room,
            lease=self._lease,
            platforms=self._attempts.senders.keys(),
            limits=self._limits,
            allowed=next_allowed_in,
        )

    def _begin(self) -> None:
        """As many hands as there are places to send to, up to the limit."""
        for _ in range(min(len(self._hand.ready), self._at_once - len(self._senders))):
            task = asyncio.create_task(self._send())
            self._senders.add(task)
            task.add_done_callback(self._senders.discard)

    async def _send(self) -> None:
        """Send what is ready, one message at a time, until nothing is, or we are to stop."""
        while self._hand.ready and not self._stopping:
            turn, item = self._hand.begin()
            try:
                await self._deliver(item)
            except Exception as error:
                # Not even that could be stored; the lease brings the message back.
                log.error("delivery_unsettled", outbox_id=item.claimed.row.id, exc_info=error)
                self._hand.items.pop(item.claimed.row.id, None)
            finally:
                self._hand.end(turn)
                if self._hand.waiting <= self._batch // 2:
                    self._woken.set()
            await self._settling.room()

    async def _deliver(self, item: InHand) -> None:
        loop = asyncio.get_running_loop()
        item.began_s = loop.time()
        if item.lost_at_s <= item.began_s:
            self._hand.items.pop(item.claimed.row.id, None)
            return  # somebody else has it by now

        def within() -> asyncio.Timeout:
            item.attempt = asyncio.timeout_at(self._deadline(item))
            return item.attempt

        attempted = await self._attempts.make(item.claimed, within)
        item.attempt = None
        self._settling.put(Entry(attempted, item.leases, partial(self._stored, item, attempted)))

    def _stored(self, item: InHand, attempted: Attempted, told: bool | Exception) -> None:
        """What to do when an outcome is stored, or cannot be."""
        self._hand.items.pop(item.claimed.row.id, None)
        if isinstance(told, Exception):
            log.error("delivery_unsettled", outbox_id=item.claimed.row.id, exc_info=told)
            return
        self._told[attempted.outcome.kind] += 1
        if asyncio.get_running_loop().time() - self._told_at_s > TOLD_EVERY_S:
            self._tell()
        if not told or attempted.outcome.kind == "later":
            # Until now the worker waits for the end of this message's lease, which is later.
            self._woken.set()

    def _deadline(self, item: InHand) -> float:
        return min(item.lost_at_s, item.began_s + MOST_SECONDS_AN_ATTEMPT)

    async def _renew(self) -> None:
        """Keep what this process has in hand, and let go of what it lost."""
        loop = asyncio.get_running_loop()
        lost_at_s = loop.time() + self._lease.total_seconds() * LEASE_USED
        until = self._clock() + self._lease
        old = [
            item
            for item in self._hand.items.values()
            if item.lost_at_s - loop.time() < self._lease.total_seconds() * 2 / 3
        ]
        if old:
            ends = set().union(*(item.leases for item in old))
            for item in old:
                item.leases.add(until)
            ids = [item.claimed.row.id for item in old]
            ours = await self._store.write(lambda work: outcomes.renew(work, ids, ends, until))
            for item in old:
                if item.claimed.row.id in ours:
                    item.lost_at_s = lost_at_s
                    if item.attempt is not None:
                        with suppress(RuntimeError):  # it ended just now
                            item.attempt.reschedule(self._deadline(item))
        if loop.time() - self._rescued_at_s > RESCUE_EVERY_S:
            self._rescued_at_s = loop.time()
            if await self._store.read(lambda work: outcomes.is_stuck(work, self._lease)):
                await self._store.write(lambda work: outcomes.rescue(work, self._lease))
                self._woken.set()

    def _put_back(self) -> None:
        """Let others have what was not begun."""
        for item in self._hand.let_go():
            outcome = outcomes.later(item.claimed.row, self._clock(), outcomes.PUT_BACK, counts=False)
            self._settling.put(Entry(Attempted(outcome), item.leases, lambda told: None))

    def _tell(self) -> None:
        """Say in the log how far it got, seldom, since there may be thousands a second."""
        if self._told:
            log.info("delivered", **self._told, in_hand=len(self._hand.items))
        self._told.clear()
        self._told_at_s = asyncio.get_running_loop().time()
