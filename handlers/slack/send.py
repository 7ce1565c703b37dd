"""What goes out from the outbox to Slack, and what Slack knows of people."""

import asyncio
from pathlib import Path

from handlers.cards import ASKED, Button, Buttons, Card, Text, runs, strong
from handlers.conversation import CardMessage, FileMessage, FormMessage, Message, Profile
from handlers.ports import Address, Closed, Gone, Progress, Sent, TryLater, Undeliverable
from handlers.slack import translate
from handlers.slack.answer import first_taken
from handlers.slack.client import ApiError, Json, SlackClient
from handlers.slack.limits import TEXT_CHARACTERS, cut_escaped
from handlers.slack.text import clean, escape

#: The event type of the metadata that carries a message's outbox key.
METADATA_EVENT = "tandem_message"
#: The action of the button under which a form waits in a message.
OPEN_FORM = "form.open"

#: After these the message itself cannot be updated, now or later.
_GONE = frozenset({"cant_update_message", "edit_window_closed", "message_not_found"})
#: What an administrator can do about a channel, by Slack's code.
_CHANNEL = {
    "channel_not_found": "the channel is not there, or the bot is not a member of it",
    "is_archived": "the channel is archived",
    "not_in_channel": "the bot is not a member of the channel: /invite it there",
}
#: Of a person's own chat: they left the workspace, or cannot be written to by the bot.
_CLOSED = frozenset(
    {
        "cannot_dm_bot",
        "channel_not_found",
        "is_archived",
        "user_disabled",
        "user_not_found",
        "user_not_visible",
        "users_not_found",
    }
)
_NOBODY = frozenset({"user_not_found", "users_not_found", "user_not_visible"})


class SlackSender:
    """Sends messages to people's own chats with the bot and to channels that it was invited to."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        key: str,
        file: Path | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send a message; a file is read from disk in pieces. Raises TryLater, Undeliverable or Closed."""
        try:
            channel = address.conversation or await self._own_chat(address.user_id)
            if isinstance(message, FileMessage):
                if file is None:
                    raise Undeliverable("the message has a file, and none was given")
                return await self._send_file(channel, message, file)
            card = waiting(message) if isinstance(message, FormMessage) else message.card
            return await self._send_card(channel, card, key, progress or Progress())
        except ApiError as error:
            raise _refusal(error, address) from error

    async def update(self, address: Address, reference: str, message: CardMessage, *, key: str) -> Sent:
        """Put a card in the place of a message that was sent. Raises TryLater, Undeliverable, Closed or Gone."""
        channel, _, ts = reference.partition(":")
        if not ts:
            raise Gone("no message was sent")

        async def post(page: Json, number: int) -> None:
            if number == 0:
                await self._client.call(
                    "chat.update", {"channel": channel, "ts": ts, **_carrying(key), **page}
                )

        try:
            await first_taken(message.card, post)
        except ApiError as error:
            raise _refusal(error, address) from error
        return Sent(reference=reference, conversation=channel)

    async def _own_chat(self, user_id: str) -> str:
        opened = await self._client.call("conversations.open", {"users": user_id})
        return _text(opened, "conversations.open", "channel", "id")

    async def _send_card(self, channel: str, card: Card, key: str, progress: Progress) -> Sent:
        async def post(page: Json, number: int) -> None:
            if progress.was_sent(number):
                return
            carried = key if number == 0 else f"{key}#{number + 1}"
            posted = await self._client.call(
                "chat.postMessage",
                {
                    "channel": channel,
                    "unfurl_links": False,
                    "unfurl_media": False,
                    **_carrying(carried),
                    **page,
                },
            )
            reference = f"{channel}:{_text(posted, 'chat.postMessage', 'ts')}"
            progress.one_more(Sent(reference=reference, conversation=channel))

        await first_taken(card, post)
        assert progress.first is not None  # a card has a page
        return progress.first

    async def _send_file(self, channel: str, message: FileMessage, file: Path) -> Sent:
        filename = clean(message.filename).replace("/", "-") or "file"
        size_bytes = (await asyncio.to_thread(file.stat)).st_size
        place = await self._client.form_call(
            "files.getUploadURLExternal", {"filename": filename, "length": str(size_bytes)}
        )
        file_id = _text(place, "files.getUploadURLExternal", "file_id")
        await self._client.upload(_text(place, "files.getUploadURLExternal", "upload_url"), file)
        await self._client.call(
            "files.completeUploadExternal",
            {
                "files": [{"id": file_id, "title": filename}],
                "channel_id": channel,
                "initial_comment": cut_escaped(escape(clean(message.card.summary)), TEXT_CHARACTERS),
            },
        )
        return Sent(reference=f"{channel}:{file_id}", conversation=channel)


class SlackProfiles:
    """What Slack knows of the people of a workspace."""

    def __init__(self, client: SlackClient) -> None:
        self._client = client

    async def profile(self, tenant: str, user_id: str) -> Profile | None:
        """A user's profile, refused for those who are not served; None if there is no such user.

        Raises TryLater.
        """
        return await self._asked("users.info", {"user": user_id, "include_locale": "true"}, tenant)

    async def find(self, email: str) -> Profile | None:
        """The user with an e-mail address, in the workspace that the bot is in. Raises TryLater."""
        return await self._asked("users.lookupByEmail", {"email": email}, None)

    async def _asked(self, method: str, arguments: dict[str, str], tenant: str | None) -> Profile | None:
        try:
            found = await self._client.form_call(method, arguments)
            user = found.get("user")
            user = user if isinstance(user, dict) else {}
            return translate.profile(user, tenant or str(user.get("team_id", "")))
        except ApiError as error:
            if error.code in _NOBODY:
                return None
            raise TryLater(str(error), error.after_seconds) from error
        except translate.PayloadError as error:
            raise TryLater(f"{method}: {error}") from error


def waiting(message: FormMessage) -> Card:
    """A form as a card: Slack shows a form only in answer to a press, so here is what to press."""
    form = message.form
    shown = (element for element in form.elements if not isinstance(element, (*ASKED, Buttons)))
    button = Button(
        label="Open the form",
        action=OPEN_FORM,
        value=message.again,
        style="primary",
        described=f"Open the form: {form.title}",
    )
    return Card(
        summary=form.title,
        elements=(Text(runs=runs(strong(form.title))), *shown, Buttons(items=(button,))),
    )


def _carrying(key: str) -> Json:
    return {"metadata": {"event_type": METADATA_EVENT, "event_payload": {"key": key}}}


def _refusal(error: ApiError, address: Address) -> TryLater | Undeliverable:
    if error.may_pass:
        return TryLater(str(error), error.after_seconds, in_doubt=error.status == 0)
    if address.user_id and error.code in _CLOSED:
        return Closed(str(error))
    if error.method == "chat.update" and error.code in _GONE:
        return Gone(str(error))
    why = _CHANNEL.get(error.code)
    return Undeliverable(str(error) if why is None else f"{why} ({error})")


def _text(answer: Json, method: str, *path: str) -> str:
    value: object = answer
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if not isinstance(value, str):
        raise ApiError(method, "unreadable", status=0)
    return value
