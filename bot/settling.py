"""Storing what became of messages: many at a time, until it is stored, since what is not would be sent again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

import structlog

from bot.sending import Attempted
from storage import outcomes, people
from storage.store import Store, Work

log = structlog.get_logger()

#: After so many failures while the database answers, an outcome is not to be stored.
MOST_TRIES = 4
#: How long a process that is to stop waits for the database.
LAST_S = 10.0
#: How often it is seen to that leases are renewed, at the least.
PAUSES_S = (0.2, 1.0, 3.0)
#: Before another transaction has let go of a row.
LOCKED_S = 0.05


class Entry(NamedTuple):
    attempted: Attempted
    #: All the ends that its lease may have.
    leases: set[datetime]
    #: Called with whether what was sent is the newest; an exception where it could not be stored.
    stored: Callable[[bool | Exception], None]


class Settling:
    """Stores outcomes in groups, and renews leases in between, so that neither gets in the other's way."""

    def __init__(
        self, store: Store, renew: Callable[[], Awaitable[None]], *, every_s: float, at_most: int
    ) -> None:
        self._store = store
        self._renew = renew
        self._every_s = every_s
        self._at_most = at_most
        self._entries: list[Entry] = []
        self._storing = 0
        self._woken = asyncio.Event()
        self._stored = asyncio.Event()
        self._stopping_at_s: float | None = None

    async def room(self) -> None:
        """Wait until not too many outcomes wait to be stored: those a kill leaves in doubt."""
        while len(self._entries) + self._storing >= self._at_most:
            self._stored.clear()
            await self._stored.wait()

    def put(self, entry: Entry) -> None:
        """Store an outcome soon."""
        self._entries.append(entry)
        self._woken.set()

    def stop(self) -> None:
        """`run` returns when everything is stored, or after a while if the database is away."""
        self._stopping_at_s = asyncio.get_running_loop().time()
        self._woken.set()

    async def run(self) -> None:
        """Store until stopped."""
        loop = asyncio.get_running_loop()
        renew_at_s = loop.time() + self._every_s
        while self._entries or self._stopping_at_s is None:
            if not self._entries:
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(renew_at_s):
                        await self._woken.wait()
            self._woken.clear()
            if loop.time() >= renew_at_s:
                renew_at_s = loop.time() + self._every_s
                try:
                    await self._renew()
                except Exception as error:
                    log.warning("leases_not_renewed", error=type(error).__name__)
            if self._entries:
                entries, self._entries = self._entries, []
                self._storing = len(entries)
                await self._store_all(entries)
                self._storing = 0
                self._stored.set()

    async def _store_all(self, entries: list[Entry]) -> None:
        for number in range(1_000_000):
            try:
                await self._store_together(entries)
                return
            except Exception as error:
                log.warning("outcomes_not_stored", error=type(error).__name__, count=len(entries))
                if number + 1 >= MOST_TRIES and (self._is_over() or await self._database_answers()):
                    break
                await asyncio.sleep(PAUSES_S[min(number, len(PAUSES_S) - 1)])
        # One of them cannot be stored: not the others' fault.
        for entry in entries:
            try:
                await self._store_together([entry])
            except Exception as error:
                entry.stored(error)

    async def _store_together(self, entries: Sequence[Entry]) -> None:
        found = [entry.attempted.outcome for entry in entries]
        leases = {entry.attempted.outcome.taken.id: entry.leases for entry in entries}
        settled = await self._store.write(lambda work: outcomes.settle(work, found, leases))
        await self._remember([entry.attempted for entry in entries if entry.attempted.chat is not None])
        locked = {one.taken.id for one in settled.locked}
        for entry in entries:
            number = entry.attempted.outcome.taken.id
            if number in locked:
                self._entries.append(entry)
            else:
                entry.stored(number not in settled.revised)
        if locked:
            await asyncio.sleep(LOCKED_S)

    async def _remember(self, met: Sequence[Attempted]) -> None:
        """Keep where people's own chats are. If that fails, it is found out again next time."""

        def unit(work: Work) -> None:
            for one in met:
                chat = one.chat
                if chat is not None and chat.conversation is not None:
                    people.remember_conversation(
                        work, chat.platform, chat.tenant, chat.user_id, chat.conversation
                    )

        if met:
            try:
                await self._store.write(unit)
            except Exception as error:
                log.warning("chats_not_remembered", error=type(error).__name__)

    def _is_over(self) -> bool:
        stopping_at_s = self._stopping_at_s
        return stopping_at_s is not None and asyncio.get_running_loop().time() > stopping_at_s + LAST_S

    async def _database_answers(self) -> bool:
        try:
            await self._store.read(lambda work: None)
        except Exception:
            return False
        return True
