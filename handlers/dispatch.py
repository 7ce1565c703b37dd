"""From an inbound value to a reply: who asks, which capability answers, and one commit with its effect."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TypeVar

import structlog

from domain.contributions import Policy
from domain.errors import InvalidField, NotServed, Refused, UnknownPerson
from domain.people import Person, Platform, Role
from handlers import people
from handlers.cards import sentence
from handlers.capability import Actor, AnyReply, Capability
from handlers.conversation import (
    REPLY,
    AnyInbound,
    CardMessage,
    Command,
    FieldErrors,
    FormMessage,
    HomeOpened,
    MessageAction,
    Nothing,
    Open,
    Press,
    Profile,
    Replace,
    Say,
    ShowHome,
    Submission,
)
from handlers.ports import Profiles
from handlers.registry import Routes
from storage import inbox, outbox
from storage import people as directory
from storage.store import Store, Work

log = structlog.get_logger()
T = TypeVar("T")

#: Identities are marked as seen at most this often, so that reading stays reading.
SEEN_EVERY = timedelta(hours=1)


class _Stranger(Exception):
    """Nobody is known behind an identity yet."""


class _AnsweredBefore(Exception):
    """The same inbound value was answered, here or on another replica; its effects are rolled back."""


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
    ) -> None:
        self._store = store
        self._routes = Routes(capabilities)
        self._policy = policy
        self._profiles = profiles
        self._on_enqueued = on_enqueued

    async def __call__(self, inbound: AnyInbound) -> AnyReply:
        try:
            try:
                return await self._handle(inbound)
            except _Stranger:
                await self._introduce(inbound)
                return await self._handle(inbound)
        except Refused as refusal:
            return Say(card=sentence(refusal.sentence))

    async def profile_changed(self, platform: Platform, profile: Profile) -> None:
        """Take over what a person changed in their chat profile: time zone and locale."""

        def change(work: Work) -> None:
            found = directory.by_identity(work, platform, profile.tenant, profile.user_id)
            if found is not None:
                people.take_over(work, found[0], profile)

        await self._store.write(change)

    async def _handle(self, inbound: AnyInbound) -> AnyReply:
        if self._routes.only_reads(inbound):
            return await self._store.read(lambda work: self._answer(inbound, work))
        enqueued = False

        def unit(work: Work) -> AnyReply:
            nonlocal enqueued
            reply = self._elsewhere(inbound, self._answer(inbound, work, lock=True), work)
            if not inbox.keep(work, inbound.key, reply.model_dump_json()):
                raise _AnsweredBefore
            enqueued = work.enqueued
            return reply

        try:
            reply = await self._store.write(unit)
        except _AnsweredBefore:
            stored = await self._store.read(lambda work: inbox.answered(work, inbound.key))
            log.info("answered_before", kind=inbound.type)
            return Nothing() if stored is None else REPLY.validate_json(stored)
        if enqueued:
            self._on_enqueued()
        return reply

    def _answer(self, inbound: AnyInbound, work: Work, *, lock: bool = False) -> AnyReply:
        origin = inbound.origin
        found = directory.by_identity(work, origin.platform, origin.tenant, origin.user_id, lock=lock)
        if found is None:
            raise _Stranger
        person, conversation = found
        if lock and origin.address is not None and origin.address != conversation:
            directory.remember_chat(
                work,
                origin.platform,
                origin.tenant,
                origin.user_id,
                conversation=origin.address,
                seen_at=work.now,
            )
        actor = Actor(
            person=person,
            origin=origin,
            policy=self._policy,
            today=work.now.astimezone(person.zone).date(),
        )
        return self._settle(actor, inbound, work)

    def _settle(self, actor: Actor, inbound: AnyInbound, work: Work) -> AnyReply:
        """Route to the capability; what it refuses becomes a private sentence or field errors."""
        # A refusal must leave nothing behind of what was begun before it.
        savepoint = work.connection.begin_nested()
        enqueued = work.enqueued
        try:
            reply = self._routes.answer(actor, inbound, work)
        except Refused as refusal:
            savepoint.rollback()
            work.enqueued = enqueued
            return self._refusal(actor, inbound, work, refusal)
        savepoint.commit()
        return reply

    def _refusal(self, actor: Actor, inbound: AnyInbound, work: Work, refusal: Refused) -> AnyReply:
        if isinstance(inbound, Submission):
            route = self._routes.form(inbound.form)
            if route is not None:
                form = route.again(actor, inbound, work)
                names = [field.name for field in form.inputs()]
                errors = refusal.errors if isinstance(refusal, InvalidField) else {names[0]: refusal.sentence}
                return FieldErrors(errors=errors, form=form)
        return Say(card=sentence(refusal.sentence))

    def _elsewhere(self, inbound: AnyInbound, reply: AnyReply, work: Work) -> AnyReply:
        """Where others would read the answer, or a form cannot be shown, write to the person's own chat."""
        origin = inbound.origin
        if isinstance(reply, (Nothing, FieldErrors)) or (
            origin.private and (origin.can_ask or not isinstance(reply, Open))
        ):
            return reply
        found = directory.by_identity(work, origin.platform, origin.tenant, origin.user_id)
        if found is None:
            return reply
        message: CardMessage | FormMessage
        if isinstance(reply, Open):
            again = f"{inbound.name} {inbound.text}".strip() if isinstance(inbound, Command) else ""
            message = FormMessage(form=reply.form, again=again)
        else:
            message = CardMessage(card=reply.card)
        outbox.put(
            work,
            f"answer:{inbound.key}",
            found[0].id,
            message.model_dump_json(),
            platform=origin.platform,
        )
        return Nothing() if origin.private else Say(card=sentence("I have written to you."))

    async def _introduce(self, inbound: AnyInbound) -> None:
        """Match an unknown chat identity with the directory, by the e-mail of its profile."""
        origin = inbound.origin
        source = self._profiles.get(origin.platform)
        profile = None if source is None else await source.profile(origin.tenant, origin.user_id)
        if profile is not None and profile.refused is not None:
            log.info("not_served", platform=origin.platform, why=profile.refused)
            raise NotServed
        enqueued = False

        def unit(work: Work) -> UnknownPerson | None:
            nonlocal enqueued
            problem = people.introduce(work, origin, profile)
            enqueued = work.enqueued
            return problem

        problem = await self._store.write(unit)
        if enqueued:
            self._on_enqueued()
        if problem is not None:
            raise problem


