"""From a reply to what Slack shows: what goes back in the response, and what is called besides or after it."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from handlers.cards import Card, given_back, sentence
from handlers.conversation import FieldErrors, Nothing, Open, Origin, Replace, Say, ShowHome
from handlers.slack import render
from handlers.slack.behind import Behind
from handlers.slack.client import ApiError, Json, SlackClient
from handlers.slack.limits import LABEL_CHARACTERS, cut
from handlers.slack.text import clean, neutral
from handlers.slack.translate import AT_HOME, came_from

log = structlog.get_logger(__name__)

AnyReply = Say | Replace | Open | FieldErrors | ShowHome | Nothing

#: A trigger is worth three seconds; a person who waits for a form longer than this will have gone on.
FORM_SECONDS = 2.5
#: What is done before the acknowledgement has to leave time for it: Slack waits three seconds.
RESPONSE_SECONDS = 2.0
#: After it, nobody waits but the person.
AFTERWARDS_SECONDS = 10.0
#: A response URL takes five answers.
RESPONSE_USES = 5

FORM_NOT_OPENED = "The form could not be opened in time. Please try again."
NO_FORM_HERE = "I cannot open a form from here. Please use the slash command or the shortcut."

#: A person mentioned in a command, with the name that Slack gives.
_NAMED = re.compile(r"<@[^>|]+\|([^>]+)>")

_PRIVATE: Json = {"response_type": "ephemeral", "replace_original": False, "unfurl_links": False}
_REPLACING: Json = {"replace_original": True, "unfurl_links": False}


class Answers:
    """Shows replies in Slack. Each method gives the body of the response, empty where there is none."""

    def __init__(self, client: SlackClient, behind: Behind) -> None:
        self._client = client
        self._behind = behind

    async def command(self, body: Json, origin: Origin, reply: AnyReply) -> Json:
        """A slash command: what fits stands in the response itself."""
        if isinstance(reply, Open):
            if await self._show(body, render.modal(reply.form)):
                return {}
            reply = Say(card=_not_opened(body))
        elif isinstance(reply, ShowHome):
            await self._publish(origin, reply.card)
        card = _card(reply)
        if card is None:
            return {}
        pages = render.messages(card)
        if len(pages) > 1 or render.has_figures(card):
            if await self._respond(body, origin, card):
                return {}
            pages = render.messages(card, typed=True)
        return _PRIVATE | pages[0]

    async def words(self, body: Json, origin: Origin, reply: AnyReply) -> Json:
        """Words to the bot: answered in its own chat, or in a channel so that only that person sees it."""
        if isinstance(reply, ShowHome):
            await self._publish(origin, reply.card)
        card = sentence(NO_FORM_HERE) if isinstance(reply, Open) else _card(reply)
        if card is not None:
            method = "chat.postMessage" if origin.private else "chat.postEphemeral"
            target: Json = {"channel": origin.channel, "unfurl_links": False, "unfurl_media": False}
            if not origin.private:
                target["user"] = origin.user_id
            if isinstance(body["event"].get("thread_ts"), str):
                target["thread_ts"] = body["event"]["thread_ts"]

            async def post(page: Json, _number: int) -> None:
                await self._client.call(method, target | page)

            await first_taken(card, post)
        return {}

    async def press(self, body: Json, origin: Origin, reply: AnyReply) -> Json:
        """A button: in a message the answer goes by its response URL, in a view it is another view."""
        view = body.get("view")
        if isinstance(reply, Nothing):
            return {}
        if isinstance(view, dict):
            await self._press_in_view(body, view, origin, reply)
        elif isinstance(reply, Open):
            await self._show_or_tell(body, origin, render.modal(reply.form, at=came_from(body)))
        else:
            if isinstance(reply, ShowHome):
                await self._publish(origin, reply.card)
            card = _card(reply)
            if card is not None:
                await self._respond(
                    body, origin, card, replace=isinstance(reply, Replace), seconds=AFTERWARDS_SECONDS
                )
        return {}

    async def submission(self, body: Json, origin: Origin, reply: AnyReply) -> Json:
        """A form: it stays open with its errors, closes, or becomes what is shown next."""
        view: Json = body["view"]
        if isinstance(reply, FieldErrors):
            errors = _input_errors(view, reply.errors)
            if errors:
                return {"response_action": "errors", "errors": errors}
        if isinstance(reply, Open):
            return {"response_action": "update", "view": render.modal(reply.form, at=came_from(body))}
        if isinstance(reply, ShowHome):
            await self._publish(origin, reply.card)
            return {"response_action": "clear"}
        card = _card(reply)
        if card is None:
            return {"response_action": "clear"}
        at = came_from(body)
        if isinstance(reply, Replace) and at not in ("", AT_HOME):
            await self._behind.put(origin.user_id, self._replace(at, origin, card))
            return {"response_action": "clear"}
        return {"response_action": "update", "view": render.card_modal(card, _title(view), at=at)}

    async def shortcut(self, body: Json, origin: Origin, reply: AnyReply) -> Json:
        """A shortcut: a form, or a card beside the message; the global one has no place but a modal."""
        if isinstance(reply, Open):
            await self._show_or_tell(body, origin, render.modal(reply.form))
            return {}
        if isinstance(reply, ShowHome):
            await self._publish(origin, reply.card)
        card = _card(reply)
        if card is not None and body.get("response_url"):
            await self._respond(body, origin, card)
        elif card is not None:
            await self._show_or_tell(body, origin, render.card_modal(card))
        return {}

    async def home(self, body: Json, origin: Origin, reply: AnyReply) -> Json:
        """The Home tab."""
        card = _card(reply)
        if card is not None:
            await self._publish(origin, card)
        return {}

    async def tell(self, body: Json, origin: Origin, text: str) -> None:
        """Say a sentence to the person alone, by whichever way is open; never raises."""
        await self._respond(body, origin, sentence(text))

    async def _press_in_view(self, body: Json, view: Json, origin: Origin, reply: AnyReply) -> None:
        at_home = view.get("type") == "home"
        card = _card(reply)
        if isinstance(reply, ShowHome) or (at_home and isinstance(reply, Replace)):
            await self._publish(origin, reply.card)
        elif isinstance(reply, Replace):
            content = render.card_modal(reply.card, _title(view), at=came_from(body))
            shown = {"view_id": view.get("id"), "view": content}
            await self._try("views.update", shown)
        elif isinstance(reply, Open):
            form = render.modal(reply.form, at=came_from(body))
            await self._show_or_tell(body, origin, form, on_top=not at_home)
        elif card is not None:
            content = render.card_modal(card, at=came_from(body))
            await self._show_or_tell(body, origin, content, on_top=not at_home)

    async def _show_or_tell(self, body: Json, origin: Origin, content: Json, *, on_top: bool = False) -> None:
        if not await self._show(body, content, on_top=on_top):
            await self.tell(body, origin, FORM_NOT_OPENED)

    async def _show(self, body: Json, content: Json, *, on_top: bool = False) -> bool:
        """Open a modal; on top of another one it is pushed, and where the pile is full it takes its place."""
        shown = {"trigger_id": body.get("trigger_id"), "view": content}
        if not on_top:
            return await self._try("views.open", shown) is None
        code = await self._try("views.push", shown)
        if code == "push_limit_reached":
            code = await self._try("views.update", {"view_id": body["view"].get("id"), "view": content})
        return code is None

    async def _try(self, method: str, arguments: Json) -> str | None:
        """Call a method that shows something; what went wrong is logged and given back."""
        try:
            await self._client.call(method, arguments, seconds=FORM_SECONDS)
        except ApiError as error:
            log.warning("slack.not_shown", method=method, code=error.code, status=error.status)
            return error.code
        return None

    async def _publish(self, origin: Origin, card: Card) -> None:
        await self._try("views.publish", {"user_id": origin.user_id, "view": render.home(card)})

    async def _replace(self, url: str, origin: Origin, card: Card) -> None:
        """Put a card in the place of the one that a form was opened from; where that is too late, say it."""
        at = {"response_url": url}
        if not await self._respond(at, origin, card, replace=True, seconds=AFTERWARDS_SECONDS):
            await self._respond({}, origin, card, seconds=AFTERWARDS_SECONDS)

    async def _respond(
        self,
        body: Json,
        origin: Origin,
        card: Card,
        *,
        replace: bool = False,
        seconds: float = RESPONSE_SECONDS,
    ) -> bool:
        """Answer by the response URL, or where there is none in the person's own chat with the bot.

        Whether it went through; what went wrong is logged.
        """
        url = body.get("response_url")

        async def post(page: Json, number: int) -> None:
            if isinstance(url, str) and url and number < RESPONSE_USES:
                how = _REPLACING if replace and number == 0 else _PRIVATE
                await self._client.respond(url, how | page, seconds=seconds)
            else:
                target = {"channel": origin.user_id, "unfurl_links": False}
                await self._client.call("chat.postMessage", target | page, seconds=seconds)

        try:
            await first_taken(card, post)
        except ApiError as error:
            log.warning("slack.not_answered", method=error.method, code=error.code, status=error.status)
            return False
        return True


async def first_taken(card: Card, post: Callable[[Json, int], Awaitable[None]]) -> None:
    """Post a card's messages in the first version that Slack takes. Raises ApiError."""
    *newer, last = render.versions(card)
    for pages in newer:
        try:
            for number, page in enumerate(pages):
                await post(page, number)
            return
        except ApiError as error:
            if not error.is_about_blocks:
                raise
            log.warning("slack.newer_blocks_refused", method=error.method)
    for number, page in enumerate(last):
        await post(page, number)


def comes_after(body: Json, reply: AnyReply) -> bool:
    """Whether an answer is shown after the acknowledgement: what a press in a message says needs no trigger."""
    return body.get("type") == "block_actions" and "view" not in body and not isinstance(reply, Open)


def changes_home(body: Json, reply: AnyReply) -> bool:
    """Whether the Home tab behind the window that this came from may have to say something else now."""
    if isinstance(reply, Open | FieldErrors | ShowHome | Nothing) or came_from(body) != AT_HOME:
        return False
    return not (isinstance(reply, Replace) and body["view"].get("type") == "home")


def _not_opened(body: Json) -> Card:
    """What is said where a command's form did not come, with the command: Slack has taken it from the box."""
    if not body.get("text"):
        return sentence(FORM_NOT_OPENED)
    typed = neutral(_NAMED.sub(r"@\1", f"{body['command']} {body['text']}"))
    return given_back(f"{FORM_NOT_OPENED} This is what you typed, to copy:", typed)


def _card(reply: AnyReply) -> Card | None:
    """What a reply says where it can only be said."""
    if isinstance(reply, Say | Replace | ShowHome):
        return reply.card
    if isinstance(reply, FieldErrors):
        return sentence(" ".join(reply.errors.values()))
    return None


def _input_errors(view: Json, errors: dict[str, str]) -> dict[str, str]:
    """The errors by block id of an input; what belongs to no input of the view stands at the first."""
    blocks = view.get("blocks")
    inputs = [
        block["block_id"]
        for block in (blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict) and block.get("type") == "input" and isinstance(block.get("block_id"), str)
    ]
    if not inputs:
        return {}
    placed: dict[str, str] = {}
    for name, words in errors.items():
        at = name if name in inputs else inputs[0]
        placed[at] = f"{placed[at]} {clean(words)}" if at in placed else clean(words)
    return {name: cut(words, LABEL_CHARACTERS) for name, words in placed.items()}


def _title(view: Json) -> str:
    title: Any = view.get("title")
    text = title.get("text") if isinstance(title, dict) else None
    return text if isinstance(text, str) else "Tandem"
