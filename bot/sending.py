"""One attempt to deliver one message: where to, what it says by now, and what became of it."""

import asyncio
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from time import perf_counter

import structlog
from pydantic import ValidationError

from bot.metrics import Metrics
from bot.probing import Probes
from domain.errors import Refused
from domain.pacing import Limits
from domain.people import Platform
from handlers.capability import View
from handlers.cards import sentence
from handlers.conversation import MESSAGE, CardMessage, FileMessage, LiveMessage, Message
from handlers.ports import (
    Address,
    Closed,
    Exports,
    Gone,
    Profiles,
    Progress,
    Sender,
    Sent,
    TryLater,
    Undeliverable,
)
from storage import outcomes, pace, people
from storage.claims import Claimed
from storage.outbox import Waiting
from storage.outcomes import Outcome
from storage.store import Store, Work

log = structlog.get_logger()

#: After so many failures a message is set aside: about two and a half hours.
MOST_ATTEMPTS = 12
FIRST_PAUSE_S = 5.0
#: About how long a platform takes for a message, in seconds: so long it takes too to send none without a trace.
AS_IF_SENT_S = (0.1, 0.4)
LONGEST_PAUSE_S = 3600.0
#: What leaves no trace is tried so often while it is in hand, with pauses of so many seconds at the most, ...
UNTOLD_ATTEMPTS = 5
LONGEST_UNTOLD_S = 30.0
#: ... and is not begun while its platform does not answer: that is tried again after so many seconds.
PUT_OFF_S = 60.0


@dataclass(frozen=True, slots=True)
class Place:
    """Where a message goes: a person's own chat, or a channel."""

    platform: Platform
    address: Address
    is_own_chat: bool


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of an attempt, and what was learned by it."""

    outcome: Outcome
    #: A person's own chat whose address is new.
    chat: people.ChatIdentity | None = None


@dataclass(frozen=True, slots=True)
class Attempts:
    """Makes attempts; knows the platforms, and nothing of queues and leases."""

    store: Store
    senders: Mapping[str, Sender]
    metrics: Metrics
    clock: Callable[[], datetime]
    profiles: Mapping[Platform, Profiles] = field(default_factory=dict)
    exports: Exports | None = None
    views: Mapping[str, View] = field(default_factory=dict)
    limits: Mapping[Platform, Limits] = field(default_factory=dict)
    chance: random.Random = field(default_factory=random.Random)
    probes: Probes = field(default_factory=lambda: Probes({}))

    async def make(self, claimed: Claimed, within: Callable[[], asyncio.Timeout]) -> Attempted:
        """Try to deliver a message; `within` limits the time that a platform has to take it.

        Raises only what the database raises.
        """
        traceless = _is_traceless(claimed.row)
        if traceless and (put_off := await self._put_off(claimed)) is not None:
            return put_off
        attempted = await self._make(claimed, within)
        if not traceless:
            return attempted
        for _ in range(1, UNTOLD_ATTEMPTS):
            if attempted.outcome.kind != "later":
                break
            until = attempted.outcome.until
            pause_s = 0.0 if until is None else (until - self.clock()).total_seconds()
            await asyncio.sleep(min(LONGEST_UNTOLD_S, max(0.0, pause_s)))
            attempted = await self._make(claimed, within)
        # ... and then let go: a row that waited would say that there was something to say.
        return Attempted(outcomes.sent(claimed.row, ""))

    async def _put_off(self, claimed: Claimed) -> Attempted | None:
        """Put it off while the platform does not answer: so is everybody's, before it is seen who has anything to get.

        None where it may be begun.
        """
        row = claimed.row
        try:
            place = _place(claimed) or await self._introduced(row)
            trouble = None if place is None else await self.probes.trouble(place.platform, place.address)
        except TryLater as error:
            trouble = error
        if trouble is None:
            return None
        until = self.clock() + timedelta(seconds=max(PUT_OFF_S, trouble.after_seconds or 0.0))
        return Attempted(outcomes.later(row, until, "the platform did not answer", counts=False))

    async def _make(self, claimed: Claimed, within: Callable[[], asyncio.Timeout]) -> Attempted:
        row = claimed.row
        try:
            place = _place(claimed) or await self._introduced(row)
        except TryLater as error:
            return self._later(row, error.reason, error.after_seconds)
        if place is None:
            where = row.platform or "any connected platform"
            return self._dead(row, f"the person is not known on {where} yet")
        progress = _progress(row)
        try:
            async with within():
                return await self._to(place, row, progress)
        except Exception as error:
            return await self._failed(place, row, progress, error)

    async def _to(self, place: Place, row: Waiting, progress: Progress) -> Attempted:
        began = perf_counter()
        stored = MESSAGE.validate_json(row.message)
        message = await self._made(stored, row, place.platform)
        sender = self.senders.get(place.platform)
        if sender is None:
            raise TryLater(f"{place.platform} is not connected")
        sent = await self._send(sender, place.address, message, row, progress)
        self.metrics.attempted(place.platform, "sent", perf_counter() - began)
        outcome = outcomes.sent(
            row, sent.reference, platform=place.platform, keep=isinstance(stored, LiveMessage)
        )
        known = place.address
        if not place.is_own_chat or row.reference is not None or sent.conversation == known.conversation:
            return Attempted(outcome)
        chat = people.ChatIdentity(place.platform, known.tenant, known.user_id, sent.conversation)
        return Attempted(outcome, chat)

    async def _failed(self, place: Place, row: Waiting, progress: Progress, error: Exception) -> Attempted:
        platform = place.platform
        reference = _partly(row, progress)
        match error:
            case ValidationError():
                return self._dead(row, "the message was written by another version of Tandem")
            case Closed():
                self.metrics.attempted(platform, "closed")
                return await self._closed(place, row, str(error))
            case Gone() if _is_traceless(row):
                return Attempted(outcomes.gone(row, ""))
            case Gone():
                self.metrics.attempted(platform, "undeliverable")
                log.info("card_gone", outbox_id=_shown(row), platform=platform)
                return Attempted(outcomes.gone(row, str(error)))
            case Undeliverable():
                self.metrics.attempted(platform, "undeliverable")
                return self._dead(row, str(error) or "the platform refused it")
            case TryLater():
                self.metrics.attempted(platform, "later")
                self.probes.doubt(platform)
                if error.in_doubt:
                    self.metrics.doubted()
                if error.after_seconds is not None:
                    await self._hold(place, error.after_seconds)
                return self._later(row, error.reason, error.after_seconds, reference)
            case TimeoutError():
                self.metrics.attempted(platform, "error")
                self.metrics.doubted()
                self.probes.doubt(platform)
                return self._later(row, f"{platform} did not answer in time", None, reference)
            case _:
                self.metrics.attempted(platform, "error")
                log.error(
                    "send_failed",
                    outbox_id=_shown(row),
                    platform=platform,
                    attempts=row.attempts,
                    exc_info=error,
                )
                return self._later(row, f"unexpected {type(error).__name__}", None, reference)

    async def _made(self, stored: Message | LiveMessage, row: Waiting, platform: Platform) -> Message:
        """What is sent. A card that is kept up to date shows things as they are after the row was taken."""
        if not isinstance(stored, LiveMessage):
            return stored
        view = self.views.get(stored.view)
        if view is None:
            raise Undeliverable("this version of Tandem does not know that card")
        card = await self.store.read(lambda work: view(work, stored.params, row.person_id, platform))
        if card is None and stored.traceless:
            await asyncio.sleep(self.chance.uniform(*AS_IF_SENT_S))
        if card is None:
            raise Gone("there is nothing to show any more")
        return CardMessage(card=card)

    async def _introduced(self, row: Waiting) -> Place | None:
        """Where to write to somebody who has never written to the bot: found by e-mail, and remembered."""
        person_id = row.person_id
        if person_id is None:
            return None
        person = await self.store.read(lambda work: people.by_id(work, person_id))
        for platform, source in self.profiles.items():
            if person is None or row.platform not in (None, platform):
                continue
            profile = await source.find(person.email)
            if profile is None or profile.refused is not None:
                continue
            met = people.ChatIdentity(platform, profile.tenant, profile.user_id, None)
            await self.store.write(partial(_met, identity=met, person_id=person_id))
            return _own_chat(met)
        return None

    async def _send(
        self, sender: Sender, address: Address, message: Message, row: Waiting, progress: Progress
    ) -> Sent:
        key = row.key
        stands_at = row.reference if progress.first is None else progress.first.reference
        if stands_at is not None and progress.pages == 0 and isinstance(message, CardMessage):
            return await sender.update(address, stands_at, message, key=f"{key}~{row.revision}")
        if not isinstance(message, FileMessage):
            return await sender.send(address, message, key=key, progress=progress)
        if self.exports is None:
            raise TryLater("files cannot be made here")
        try:
            async with self.exports.file(message) as path:
                return await sender.send(address, message, key=key, file=path)
        except Refused as refusal:
            # What was allowed when it was asked for is not any more: say so instead.
            return await sender.send(address, CardMessage(card=sentence(refusal.sentence)), key=key)

    async def _closed(self, place: Place, row: Waiting, reason: str) -> Attempted:
        """Keep that the person is not there any more, and try their other platform if there is one."""
        if _is_traceless(row):
            return self._dead(row, reason)  # who is not written to would not be found out
        address = place.address

        def unit(work: Work) -> list[people.ChatIdentity]:
            people.close(work, place.platform, address.tenant, address.user_id)
            return [] if row.person_id is None else people.identities(work, row.person_id)

        known = await self.store.write(unit)
        others = [one for one in known if one.closed_at is None and one.platform in self.senders]
        log.info("chat_closed", outbox_id=_shown(row), platform=place.platform, others=len(others))
        if row.reference is not None:
            return Attempted(outcomes.gone(row, reason))
        if not others:
            return self._dead(row, reason)
        return Attempted(outcomes.later(row, self.clock(), reason, counts=False, platform=others[0].platform))

    async def _hold(self, place: Place, seconds: float) -> None:
        """Let every replica leave a platform alone for as long as it asks."""
        limits = self.limits.get(place.platform)
        if limits is not None:
            until = self.clock() + timedelta(seconds=seconds)
            tenant = place.address.tenant
            await self.store.write(lambda work: pace.hold(work, place.platform, tenant, limits, until=until))

    def _later(
        self, row: Waiting, reason: str, wish_s: float | None, reference: str | None = None
    ) -> Attempted:
        """Try again after a while. A platform that says when to come back is no failure of the message."""
        if row.attempts >= MOST_ATTEMPTS and wish_s is None:
            return self._dead(row, f"{row.attempts} attempts failed, the last: {reason}")
        pause_s = self.pause_after(row.attempts, wish_s)
        log.debug("send_later", outbox_id=_shown(row), attempts=row.attempts, pause_s=round(pause_s, 1))
        until = self.clock() + timedelta(seconds=pause_s)
        return Attempted(outcomes.later(row, until, reason, counts=wish_s is None, reference=reference))

    def pause_after(self, attempts: int, wish_s: float | None = None) -> float:
        """Seconds to wait after so many attempts: never less than the platform asks for."""
        if wish_s is not None:
            return max(0.0, wish_s) + self.chance.uniform(0.0, 1.0)
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2.0 ** (attempts - 1))
        return pause_s * self.chance.uniform(0.8, 1.2)

    def _dead(self, row: Waiting, reason: str) -> Attempted:
        log.warning("given_up", outbox_id=_shown(row), attempts=row.attempts, reason=reason)
        return Attempted(outcomes.dead(row, reason))


def _is_traceless(row: Waiting) -> bool:
    """Whether nothing may show for whom there was something to say (`LiveMessage.traceless`)."""
    return '"traceless":true' in row.message


def _shown(row: Waiting) -> int | None:
    """What the log may say of which message it was."""
    return None if _is_traceless(row) else row.id


def _met(work: Work, *, identity: people.ChatIdentity, person_id: int) -> None:
    people.link(work, identity.platform, identity.tenant, identity.user_id, person_id)


def _place(claimed: Claimed) -> Place | None:
    if claimed.channel is not None:
        channel = claimed.channel
        address = Address(tenant=channel.tenant, conversation=channel.conversation or channel.channel)
        return Place(channel.platform, address, is_own_chat=False)
    return None if claimed.identity is None else _own_chat(claimed.identity)


def _own_chat(identity: people.ChatIdentity) -> Place:
    address = Address(tenant=identity.tenant, user_id=identity.user_id, conversation=identity.conversation)
    return Place(identity.platform, address, is_own_chat=True)


# A message that stopped between two pages: "pages:REVISION:HOW MANY:WHERE THE FIRST IS".
_PARTLY = "pages:"


def _progress(row: Waiting) -> Progress:
    """How far an earlier attempt got. Pages of older words are not counted on: the first is put in its place."""
    if row.reference is None or not row.reference.startswith(_PARTLY):
        return Progress()
    _, revision, pages, first = row.reference.split(":", 3)
    sent = Sent(reference=first, conversation="")
    return Progress(int(pages) if int(revision) == row.revision else 0, sent)


def _partly(row: Waiting, progress: Progress) -> str | None:
    """What to keep of an attempt that failed between two pages; None if there is nothing new."""
    if progress.first is None or progress.pages == 0:
        return None
    return f"{_PARTLY}{row.revision}:{progress.pages}:{progress.first.reference}"
