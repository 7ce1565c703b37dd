"""Messages from the outbox to people's own chats and to channels, and what Teams knows of people."""

import asyncio
import json
from pathlib import Path

from handlers.conversation import CardMessage, FileMessage, FormMessage, Message, Profile
from handlers.ports import Address, Closed, Gone, Progress, Sent, Undeliverable
from handlers.teams import files, render, translate
from handlers.teams.activity import Node, Reference
from handlers.teams.connector import Connector
from handlers.teams.registration import Registration
from handlers.teams.seen import Seen


class TeamsSender:
    """`handlers.ports.Sender` for Teams."""

    def __init__(self, registration: Registration, connector: Connector, seen: Seen) -> None:
        self._registration = registration
        self._connector = connector
        self._seen = seen

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        key: str,
        file: Path | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send a message to a person's own chat or to a channel. Raises TryLater, Undeliverable or Closed."""
        progress = progress or Progress()
        try:
            chat = await self._chat(address)
            stored = chat.model_dump_json()
            for number, activity in enumerate(await self._activities(address, message, key, file)):
                if not progress.was_sent(number):
                    sent = await self._connector.send(chat, activity)
                    reference = json.dumps({"activity": sent, "chat": stored})
                    progress.one_more(Sent(reference=reference, conversation=stored))
        except (Closed, Gone) as error:
            # Of a chat that is not there nothing can be updated: nothing was sent.
            raise (Closed if address.user_id else Undeliverable)(str(error)) from error
        assert progress.first is not None  # a message has a page
        return progress.first

    async def update(self, address: Address, reference: str, message: CardMessage, *, key: str) -> Sent:
        """Put a card in the place of a message that was sent. Raises TryLater, Undeliverable or Gone."""
        told = json.loads(reference)
        chat = Reference.read(told["chat"])
        if chat is None or not told["activity"]:
            raise Gone("There is no message to update.")
        card = render.card(message.card, render.nonce(key))
        await self._connector.update(chat, told["activity"], render.message(card, key=key))
        return Sent(reference=reference, conversation=told["chat"])

    async def _chat(self, address: Address) -> Reference:
        chat = Reference.read(address.conversation)
        if chat is not None:
            return chat
        if not address.user_id:
            raise Undeliverable("The way to the channel is not known.")
        seen = self._seen.of(address.tenant, address.user_id)
        if seen is not None and seen.chat is not None:
            return seen.chat
        url = self._registration.service_url if seen is None else seen.place.service_url
        return await self._connector.open_dm(url, tenant=address.tenant, user=address.user_id)

    async def _activities(
        self, address: Address, message: Message, key: str, file: Path | None
    ) -> list[Node]:
        if isinstance(message, FileMessage):
            if file is None:
                raise Undeliverable("The file is missing.")
            size_bytes = (await asyncio.to_thread(file.stat)).st_size
            return [
                files.offer(
                    self._registration, message, size_bytes, tenant=address.tenant, user=address.user_id
                )
            ]
        if isinstance(message, FormMessage) and message.form.window:
            shut = render.door(message.form, render.OPEN_FORM, message.again, render.nonce(key))
            return [render.message(shut, key=key)]
        if isinstance(message, FormMessage):
            return [render.message(render.form(message.form, render.nonce(key)), key=key)]
        return [render.message(page, key=key) for page in render.pages(message.card, render.nonce(key))]


class TeamsProfiles:
    """`handlers.ports.Profiles` for Teams: a member of a conversation that the bot is in."""

    def __init__(self, registration: Registration, connector: Connector, seen: Seen) -> None:
        self._registration = registration
        self._connector = connector
        self._seen = seen

    async def profile(self, tenant: str, user_id: str) -> Profile | None:
        """What Teams knows of a user; None if there is no such user. Raises TryLater."""
        seen = self._seen.of(tenant, user_id)
        chat = None if seen is None else seen.chat or seen.place
        if chat is None:
            url = self._registration.service_url if seen is None else seen.place.service_url
            try:
                chat = await self._connector.open_dm(url, tenant=tenant, user=user_id)
            except Undeliverable:
                return None
        account = user_id if seen is None else seen.account
        member = await self._connector.member(chat.service_url, chat.conversation, account)
        if member is None:
            return None
        told = translate.profile(member, tenant, user_id)
        if not self._registration.serves(tenant):
            told = told.model_copy(update={"refused": "stranger"})
        if seen is None:
            return told
        return told.model_copy(update={"time_zone": seen.time_zone, "locale": seen.locale})

    async def find(self, email: str) -> Profile | None:
        """None: without Graph, Teams tells of people only where the bot has met them."""
        return None
