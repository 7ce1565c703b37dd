"""From an inbound value to a reply: who asks, which capability answers, and one commit with its effect."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta

import structlog

from domain.contributions import Policy
from domain.errors import Attempt, InvalidField, NotAllowed, NotServed, Refused
from domain.people import Platform
from handlers import people
from handlers.capability import Actor, AnyReply, AskAgain, Capability, marked
from handlers.cards import sentence
from handlers.conversation import (
    REPLY,
    AnyInbound,
    CardMessage,
    Command,
    FieldErrors,
    FormMessage,
    MessageAction,
    Nothing,
    Open,
    Press,
    Profile,
    Say,
    Submission,
)
from handlers.pacer import Limit, Pacer
from handlers.ports import Profiles, TryLater
from handlers.registry import Routes
from storage import audit, inbox, outbox
from storage import people as directory
from storage.store import Store, Work

log = structlog.get_logger()

#: Of how many people one request may ask the platform's profiles.
MOST_INTRODUCTIONS = 4


#: How exactly it is known when a person was last here: messages go to the platform where that was.
SEEN_WITHIN = timedelta(hours=1)
#: Of a command that a button repeats, in characters: a button carries no more; of a longer one its name is.
LONGEST_AGAIN = 2000


class _AnsweredBefore(Exception):
    """The same inbound value was answered, here or on another replica; its effects are rolled back."""


class CannotLookUp(Refused):
    """I could not look up who that is just now, so nothing was changed. Please try again in a moment."""


class Dispatcher:
    """Handles inbound values. One per process; `handlers.ports.Dispatch` is its `__call__`."""

    def __init__(
        self,
        store: Store,
        capabilities: Sequence[Capability],
        *,
        policy: Policy,
        profiles: Mapping[str, Profiles],
        on_enqueued: Callable[[], None] = lambda: None,
        pacer: Pacer | None = None,
    ) -> None:
        self._store = store
        self._routes = Routes(capabilities)
        self._policy = policy
        self._profiles = profiles
        self._on_enqueued = on_enqueued
        self._pacer = pacer or Pacer()

    async def __call__(self, inbound: AnyInbound) -> AnyReply:
        # One more try for everybody who has to be introduced first: the person who asks, and whom they name.
        introduced: set[str] = set()
        while True:
            try:
                return await self._handle(inbound)
            except people.NeedsProfile as stranger:
                user_id = stranger.user_id
            try:
                if user_id in introduced or len(introduced) > MOST_INTRODUCTIONS:
                    raise people.UnknownColleague
                introduced.add(user_id)
                await self._introduce(inbound, user_id)
            except CannotLookUp as refusal:
                return _said(inbound, refusal)  # not kept: the next try may go better
            except Refused as refusal:
                return await self._refuse(inbound, refusal)

    async def profile_changed(self, platform: Platform, profile: Profile) -> None:
        """Take over what a person changed in their chat profile: time zone and locale."""

        def change(work: Work) -> None:
            found = directory.by_identity(work, platform, profile.tenant, profile.user_id)
            if found is not None:
                people.take_over(work, found.person, profile)

        await self._store.write(change)

    async def _handle(self, inbound: AnyInbound) -> AnyReply:
        limit = self._routes.limit(inbound)
        if limit is None or not limit.counts(inbound):
            return await self._answer(inbound)
        if self._routes.is_traceless(inbound):
            return await self._without_trace(inbound, limit)
        actor = await self._store.read(lambda work: self._actor(inbound, work, lock=False))
        counted = self._pacer.take(actor.person.id, limit)
        if counted is None:
            refusal = limit.refusal()
            return await self._store.read(lambda work: self._refusal(actor, inbound, work, refusal))
        try:
            reply = await self._answer(inbound)
        except BaseException:
            self._pacer.give_back(counted)
            raise
        if isinstance(reply, Open | FieldErrors) and not limit.forms_count:
            self._pacer.give_back(counted)
        return reply

    async def _answer(self, inbound: AnyInbound) -> AnyReply:
        if self._routes.is_traceless(inbound):
            return await self._without_trace(inbound)
        if self._routes.only_reads(inbound):
            return await self._store.read(lambda work: self._read(inbound, work))
        if self._routes.has_glance(inbound):
            seen = await self._store.read(lambda work: self._glance(inbound, work))
            if seen is not None:
                return seen
        try:
            return await self._commit(inbound, self._routes.answer)
        except Refused as refusal:
            # What was begun before the refusal is rolled back; the refusal itself is kept as the answer.
            return await self._refuse(inbound, refusal)
        except _AnsweredBefore:
            return await self._stored(inbound)

    async def _without_trace(self, inbound: AnyInbound, limit: Limit | None = None) -> AnyReply:
        """Only the effect is kept; the same again is done again, and comes to the same."""
        enqueued = False
        counted: bytes | None = None

        def unit(work: Work) -> AnyReply:
            nonlocal enqueued, counted
            actor = self._actor(inbound, work, lock=False)
            if limit is not None and counted is None:  # a unit may run twice
                counted = self._pacer.take(actor.person.id, limit)
                if counted is None:
                    return self._refusal(actor, inbound, work, limit.refusal())
            reply = self._routes.answer(actor, inbound, work)
            enqueued = work.enqueued
            return reply

        try:
            reply = await self._store.write(unit)
        except Refused as refusal:
            kept = refusal  # a name that outlives the clause
            reply = await self._store.read(
                lambda work: self._refusal(self._actor(inbound, work, lock=False), inbound, work, kept)
            )
        except BaseException:
            self._uncount(counted)
            raise
        if enqueued:
            self._on_enqueued()
        if limit is not None and isinstance(reply, Open | FieldErrors) and not limit.forms_count:
            self._uncount(counted)
        return reply

    def _uncount(self, counted: bytes | None) -> None:
        if counted is not None:
            self._pacer.give_back(counted)

    async def _stored(self, inbound: AnyInbound) -> AnyReply:
        log.info("answered_before", kind=inbound.type)
        stored = await self._store.read(lambda work: inbox.answered(work, inbound.key))
        return Nothing() if stored is None else REPLY.validate_json(stored)

    async def _refuse(self, inbound: AnyInbound, refusal: Refused) -> AnyReply:
        def answer(actor: Actor, inbound: AnyInbound, work: Work) -> AnyReply:
            if isinstance(refusal, NotAllowed) and refusal.attempt is not None:
                _record(work, actor, inbound, refusal.attempt)
            return self._refusal(actor, inbound, work, refusal)

        try:
            return await self._commit(inbound, answer)
        except _AnsweredBefore:
            return await self._stored(inbound)
        except people.NeedsProfile:
            # Nobody is known who could be answered in a transaction of their own.
            return _said(inbound, refusal)

    def _read(self, inbound: AnyInbound, work: Work) -> AnyReply:
        actor = self._actor(inbound, work, lock=False)
        try:
            return self._routes.answer(actor, inbound, work)
        except Refused as refused:
            return self._refusal(actor, inbound, work, refused)

    def _glance(self, inbound: AnyInbound, work: Work) -> AnyReply | None:
        """The answer if nothing has to change for it; a refusal may be one that is kept."""
        try:
            return self._routes.glance(self._actor(inbound, work, lock=False), inbound, work)
        except Refused:
            return None

    async def _commit(
        self, inbound: AnyInbound, answer: Callable[[Actor, AnyInbound, Work], AnyReply]
    ) -> AnyReply:
        """One transaction: the effect, the messages it causes, and the answer under its key."""
        enqueued = False

        def unit(work: Work) -> AnyReply:
            nonlocal enqueued
            actor = self._actor(inbound, work, lock=True)
            reply = _elsewhere(actor, inbound, answer(actor, inbound, work), work)
            # A form with errors stays open and is sent again, from the same view: there is no effect to guard.
            if not isinstance(reply, FieldErrors) and not inbox.keep(
                work, inbound.key, reply.model_dump_json()
            ):
                raise _AnsweredBefore
            enqueued = work.enqueued
            return reply

        reply = await self._store.write(unit)
        if enqueued:
            self._on_enqueued()
        return reply

    def _actor(self, inbound: AnyInbound, work: Work, *, lock: bool) -> Actor:
        origin = inbound.origin
        found = directory.by_identity(work, origin.platform, origin.tenant, origin.user_id, lock=lock)
        if found is None:
            raise people.NeedsProfile(origin.user_id)
        person = found.person
        moved = origin.address is not None and origin.address != found.conversation
        if lock and (moved or found.is_closed or work.now - found.seen_at > SEEN_WITHIN):
            directory.remember_chat(
                work,
                origin.platform,
                origin.tenant,
                origin.user_id,
                conversation=origin.address,
                seen_at=work.now,
            )
        return Actor(
            person=person,
            origin=origin,
            policy=self._policy,
            today=work.now.astimezone(person.zone).date(),
        )

    def _refusal(self, actor: Actor, inbound: AnyInbound, work: Work, refusal: Refused) -> AnyReply:
        if isinstance(refusal, AskAgain):
            return Open(form=refusal.form)
        if isinstance(inbound, Submission):
            route = self._routes.form(inbound.form)
            if route is not None:
                try:
                    form = route.again(actor, inbound, work)
                except Refused:
                    # What the form was about is gone, or is not theirs: there is nothing to fill in again.
                    return _said(inbound, refusal)
                first = next(form.inputs()).name
                errors = (
                    refusal.errors
                    if isinstance(refusal, InvalidField)
                    else {first: refusal.sentence.replace("`", "")}
                )
                return FieldErrors(errors=errors, form=form)
        return _said(inbound, refusal)

    async def _introduce(self, inbound: AnyInbound, user_id: str) -> None:
        """Match an unknown chat identity with the directory, by the e-mail of its profile. Raises Refused."""
        origin = inbound.origin
        source = self._profiles.get(origin.platform)
        try:
            profile = None if source is None else await source.profile(origin.tenant, user_id)
        except TryLater as error:
            log.warning("profile_unavailable", platform=origin.platform, reason=error.reason)
            raise CannotLookUp from error
        if profile is not None and profile.refused is not None:
            log.info("not_served", platform=origin.platform, why=profile.refused)
            raise NotServed
        asks = user_id == origin.user_id
        enqueued = False

        def unit(work: Work) -> Refused | None:
            nonlocal enqueued
            problem = people.introduce(work, origin, user_id, profile, asks=asks)
            enqueued = work.enqueued
            return problem

        problem = await self._store.write(unit)
        if enqueued:
            self._on_enqueued()
        if problem is not None:
            raise problem


def _record(work: Work, actor: Actor, inbound: AnyInbound, attempt: Attempt) -> None:
    """Keep in the audit log that somebody tried what is not theirs to do."""
    what = inbound.action if isinstance(inbound, Press | MessageAction) else inbound.type
    audit.append(
        work,
        "authority.refused",
        actor_id=actor.person.id,
        platform=actor.origin.platform,
        subject=attempt.subject,
        details={**attempt.details, "tried": what},
    )


def _said(inbound: AnyInbound, refusal: Refused) -> Say:
    return Say(card=sentence(*marked(inbound.origin, refusal.sentence)))


def _elsewhere(actor: Actor, inbound: AnyInbound, reply: AnyReply, work: Work) -> AnyReply:
    """Where others would read the answer, or a form cannot be shown, write to the person's own chat."""
    origin = inbound.origin
    if isinstance(reply, (Nothing, FieldErrors)) or (
        origin.private and (origin.can_ask or not isinstance(reply, Open))
    ):
        return reply
    message: CardMessage | FormMessage
    if isinstance(reply, Open):
        again = f"{inbound.name} {inbound.text}".strip() if isinstance(inbound, Command) else ""
        if len(again) > LONGEST_AGAIN:
            again = again.split()[0]
        message = FormMessage(form=reply.form, again=again)
    else:
        message = CardMessage(card=reply.card)
    outbox.put(
        work,
        f"answer:{inbound.key}",
        actor.person.id,
        message.model_dump_json(),
        platform=origin.platform,
        priority=outbox.Priority.URGENT,
    )
    return Nothing() if origin.private else Say(card=sentence("I have written to you."))
