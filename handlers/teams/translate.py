"""What an activity means: Bot Framework's JSON to inbound values, and nothing else."""

import hashlib
import html
import json
import math
import re
from datetime import datetime
from typing import Literal
from urllib.parse import unquote

from pydantic import ValidationError

from handlers.cards import Value
from handlers.conversation import (
    AnyInbound,
    Command,
    HomeOpened,
    MessageAction,
    Origin,
    Press,
    Profile,
    Submission,
)
from handlers.teams.activity import Malformed, Node, Turn, clean, id_of, node_of, nodes_of, text_of
from handlers.teams.presses import DoublePresses

#: Under this key an action's data carries what the bot put there; inputs have the other keys.
OURS = "_tandem"
#: The verb of `refresh`: Teams presses it on its own, so it never counts as a press.
REFRESH = "card.refresh"
#: The verb of the Cancel button of a form that is a card.
CANCEL = "form.cancel"

_MENTION = re.compile(r"<at\b[^>]*>(.*?)</at>", re.IGNORECASE | re.DOTALL)


class Welcome(Value):
    """The bot was added to a team or a group chat."""


class Refresh(Value):
    """Teams looks whether the card is still true."""


class Cancelled(Value):
    """A form was put away."""


class FileAnswer(Value):
    """Yes or no to a file offered."""

    accepted: bool
    #: What was put into the offer, unverified.
    ticket: str
    upload_url: str
    content_url: str
    unique_id: str
    file_type: str
    filename: str


Meaning = AnyInbound | Welcome | Refresh | Cancelled | FileAnswer | None


def inbound(activity: Node, turn: Turn, doubles: DoublePresses) -> Meaning:
    """What is meant by an activity; None if it is nothing to answer. Raises Malformed."""
    kind = text_of(activity, "type")
    try:
        if kind == "message":
            return _message(activity, turn, doubles)
        if kind == "invoke":
            return _invoke(activity, turn, doubles)
        if kind == "conversationUpdate":
            return _arrival(activity, turn)
    except ValidationError as error:
        raise Malformed(kind) from error
    if not kind:
        raise Malformed("type")
    return None


def origin(turn: Turn) -> Origin:
    """Who asks and where. Answers to invokes are seen by the person alone, wherever the card or dialog is."""
    private = turn.personal or bool(turn.invoke)
    return Origin(
        platform="teams",
        tenant=turn.reference.tenant,
        user_id=turn.reference.user,
        # A thread of a channel is in its channel.
        channel=turn.reference.conversation.partition(";")[0],
        private=private,
        can_ask=private,
        address=turn.reference.model_dump_json() if turn.personal else None,
        conversation=None if turn.personal else turn.reference.as_channel.model_dump_json(),
    )


def words(activity: Node) -> str:
    """A message's text: the bot's own mention removed, people as `<@id>`, HTML entities as characters."""
    bot = text_of(activity, "recipient", "id")
    named: dict[str, list[str]] = {}
    for entity in nodes_of(activity, "entities"):
        if entity.get("type") == "mention":
            who = text_of(entity, "mentioned", "aadObjectId") or text_of(entity, "mentioned", "id")
            named.setdefault(text_of(entity, "text"), []).append(
                "" if text_of(entity, "mentioned", "id") == bot else f"<@{who}>"
            )
    text, parts, at = text_of(activity, "text"), [], 0
    for tag in _MENTION.finditer(text):
        people = named.get(tag.group())
        parts.append(_characters(text[at : tag.start()]))
        # Several mentions of one name stand in the order of their entities.
        if not people:
            parts.append(_characters(tag.group(1)))
        else:
            parts.append(people.pop(0) if len(people) > 1 else people[0])
        at = tag.end()
    parts.append(_characters(text[at:]))
    return "".join(parts).strip()


def accounts_named(activity: Node) -> list[str]:
    """Of the people mentioned, those whom Teams named by its own id instead of the object id."""
    bot = text_of(activity, "recipient", "id")
    named = [
        text_of(entity, "mentioned", "id")
        for entity in nodes_of(activity, "entities")
        if entity.get("type") == "mention" and not text_of(entity, "mentioned", "aadObjectId")
    ]
    return [account for account in dict.fromkeys(named) if account and account != bot]


def _characters(text: str) -> str:
    """HTML entities as characters; an entity is no way around the cleaning."""
    return clean(html.unescape(text)).replace("\xa0", " ") if "&" in text else text.replace("\xa0", " ")


def command(activity: Node, turn: Turn) -> Command:
    """Words typed to the bot. Raises Malformed."""
    name, _, text = words(activity).partition(" ")
    name, line_end, more = name.partition("\n")
    return Command(
        key=_key("message", id_of(activity, "id"), turn.reference.conversation),
        origin=origin(turn),
        name=name.lower().removeprefix("/") or "help",
        text=f"{more} {text}".strip() if line_end else text.strip(),
    )


def press(activity: Node, turn: Turn, action: str, data: Node, doubles: DoublePresses) -> Press:
    """A button: its action, value and card stand for the intent, since each click has an id of its own."""
    pressed, nonce = text_of(data, OURS, "press"), text_of(data, OURS, "nonce")
    if not action:
        raise Malformed("verb")
    chat, who = turn.reference.conversation, turn.reference.user
    button = _key("press", chat, turn.reply_to, who, action, pressed, nonce)
    number = doubles.number(button, _seconds(text_of(activity, "timestamp")))
    return Press(key=f"{button}:{number}", origin=origin(turn), action=action, value=pressed)


def submission(turn: Turn, data: Node) -> Submission:
    """A form: what was filled in stands for the intent, beside the form's own nonce. Raises Malformed."""
    ours = node_of(data, OURS)
    values = _values(ours, data)
    form, context, nonce = id_of(ours, "form"), text_of(ours, "context"), text_of(ours, "nonce")
    filled = json.dumps(values, sort_keys=True)
    return Submission(
        key=_key("form", turn.reply_to, turn.reference.user, form, nonce, context, filled),
        origin=origin(turn),
        form=form,
        values=values,
        context=context,
    )


def shortcut(activity: Node, turn: Turn) -> MessageAction:
    """An action from a message's menu: of the message only the link is read. Raises Malformed."""
    value = node_of(activity, "value")
    link = text_of(value, "messagePayload", "linkToMessage")
    return MessageAction(
        key=_key("action", id_of(activity, "id"), turn.reference.conversation, turn.reference.user),
        origin=origin(turn),
        action=id_of(value, "commandId"),
        link=link if link.startswith("https://") and len(link) <= 2000 else None,
    )


def home_opened(activity: Node, turn: Turn) -> HomeOpened:
    """The person has just got their own chat with the bot: its first card is their home."""
    arrived = text_of(activity, "id") or text_of(activity, "timestamp")
    return HomeOpened(key=_key("home", turn.reference.conversation, arrived), origin=origin(turn))


def profile(member: Node, tenant: str, user_id: str) -> Profile:
    """What a member of a conversation is to us; a member of another organisation is a stranger."""
    account = text_of(member, "userPrincipalName")
    role = text_of(member, "userRole").lower()
    home = text_of(member, "tenantId") or tenant
    refused: Literal["bot", "guest", "stranger"] | None = None
    if role == "guest" or "#EXT#" in account.upper():
        refused = "guest"
    elif role == "anonymous" or home.lower() != tenant.lower():
        refused = "stranger"
    elif text_of(member, "role").lower() == "bot":
        refused = "bot"
    return Profile(
        user_id=text_of(member, "aadObjectId") or text_of(member, "objectId") or user_id,
        tenant=tenant,
        name=text_of(member, "name") or account,
        email=text_of(member, "email") or account or None,
        refused=refused,
    )


def _message(activity: Node, turn: Turn, doubles: DoublePresses) -> Meaning:
    if text_of(activity, "from", "role") == "bot":
        return None
    # Clients that do not know Action.Execute send a press as a message without words.
    value = activity.get("value")
    if isinstance(value, dict) and isinstance(value.get(OURS), dict):
        return _pressed(activity, turn, doubles, text_of(value, OURS, "action"), value)
    return command(activity, turn)


def _invoke(activity: Node, turn: Turn, doubles: DoublePresses) -> Meaning:
    value = node_of(activity, "value")
    if turn.invoke == "adaptiveCard/action":
        verb = id_of(value, "action", "verb")
        if verb == REFRESH or value.get("trigger") == "automatic":
            return Refresh()
        return _pressed(activity, turn, doubles, verb, node_of(value, "action", "data"))
    if turn.invoke in ("task/fetch", "task/submit", "composeExtension/submitAction"):
        data = node_of(value, "data")
        return _pressed(activity, turn, doubles, text_of(data, OURS, "action"), data)
    if turn.invoke == "composeExtension/fetchTask":
        return shortcut(activity, turn)
    if turn.invoke == "fileConsent/invoke":
        return _file_answer(value)
    raise Malformed("name")


def _pressed(activity: Node, turn: Turn, doubles: DoublePresses, verb: str, data: Node) -> Meaning:
    if verb == CANCEL:
        return Cancelled()
    if isinstance(node_of(data, OURS).get("form"), str):
        return submission(turn, data)
    return press(activity, turn, verb, data, doubles)


def _file_answer(value: Node) -> FileAnswer:
    upload = node_of(value, "uploadInfo")
    return FileAnswer(
        accepted=text_of(value, "action") == "accept",
        ticket=text_of(value, "context", OURS),
        upload_url=text_of(upload, "uploadUrl"),
        content_url=text_of(upload, "contentUrl"),
        unique_id=text_of(upload, "uniqueId"),
        file_type=text_of(upload, "fileType"),
        filename=text_of(upload, "name"),
    )


def _values(ours: Node, data: Node) -> dict[str, str | tuple[str, ...] | None]:
    """What was filled in, by the names that the form asked for; nothing else that a client may send."""
    several = ours.get("several")
    asked = ours.get("asked")
    values: dict[str, str | tuple[str, ...] | None] = {}
    for name in asked[:100] if isinstance(asked, list) else ():
        if not isinstance(name, str):
            continue
        given = data.get(name)
        text = text_of(data, name)
        if isinstance(given, (int, float)) and not isinstance(given, bool) and math.isfinite(given):
            text = str(given)
        if isinstance(several, list) and name in several:
            values[name] = tuple(unquote(key) for key in text.split(",") if key)
        else:
            values[name] = text if text.strip() else None
    return values


def _arrival(activity: Node, turn: Turn) -> Meaning:
    """The bot itself is among the members added; the others are greeted by people."""
    if not any(member.get("id") == turn.reference.bot for member in nodes_of(activity, "membersAdded")):
        return None
    return home_opened(activity, turn) if turn.personal else Welcome()


def _seconds(timestamp: str) -> float:
    try:
        return datetime.fromisoformat(timestamp).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _key(kind: str, *parts: str) -> str:
    told = "\x1f".join(parts).encode()
    return f"teams:{kind}:{hashlib.blake2b(told, digest_size=20).hexdigest()}"
