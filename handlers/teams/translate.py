"""What an activity means: Bot Framework's JSON to inbound values, and nothing else."""

import hashlib
import html
import json
import math
import re
from datetime import datetime
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
        channel=turn.reference.conversation,
        private=private,
        can_ask=private,
        address=turn.reference.model_dump_json() if turn.personal else None,
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


def _characters(text: str) -> str:
    """HTML entities as characters; an entity is no way around the cleaning."""
    return clean(html.unescape(text)).replace("\xa0", " ") if "&" in text else text.replace("\xa0", " ")


def _message(activity: Node, turn: Turn, doubles: DoublePresses) -> Meaning:
    if text_of(activity, "from", "role") == "bot":
        return None
    # Clients that do not know Action.Execute send a press as a message without words.
    value = activity.get("value")
    if isinstance(value, dict) and isinstance(value.get(OURS), dict):
        return _pressed(activity, turn, doubles, text_of(value, OURS, "action"), value)
    name, _, text = words(activity).partition(" ")
    name, line_end, more = name.partition("\n")
    return Command(
        key=_key("message", id_of(activity, "id"), turn.reference.conversation),
        origin=origin(turn),
        name=name.lower().removeprefix("/") or "help",
        text=f"{more} {text}".strip() if line_end else text.strip(),
    )


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
        link = text_of(value, "messagePayload", "linkToMessage")
        return MessageAction(
            key=_key("action", id_of(activity, "id"), turn.reference.conversation, turn.reference.user),
            origin=origin(turn),
            action=id_of(value, "commandId"),
            link=link if link.startswith("https://") and len(link) <= 2000 else None,
        )
    if turn.invoke == "fileConsent/invoke":
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
    raise Malformed("name")


def _pressed(activity: Node, turn: Turn, doubles: DoublePresses, verb: str, data: Node) -> Meaning:
    if verb == CANCEL:
        return Cancelled()
    ours = node_of(data, OURS)
    nonce = text_of(ours, "nonce")
    who = turn.reference.user
    if isinstance(ours.get("form"), str):
        values = _values(ours, data)
        context = text_of(ours, "context")
        form = id_of(ours, "form")
        filled = json.dumps(values, sort_keys=True)
        return Submission(
            key=_key("form", turn.reply_to, who, form, nonce, context, filled),
            origin=origin(turn),
            form=form,
            values=values,
            context=context,
        )
    if not verb:
        raise Malformed("verb")
    pressed = text_of(ours, "press")
    button = _key("press", turn.reference.conversation, turn.reply_to, who, verb, pressed, nonce)
    number = doubles.number(button, _seconds(text_of(activity, "timestamp")))
    return Press(key=f"{button}:{number}", origin=origin(turn), action=verb, value=pressed)


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
    bot = turn.reference.bot
    if not any(member.get("id") == bot for member in nodes_of(activity, "membersAdded")):
        return None
    if not turn.personal:
        return Welcome()
    arrived = text_of(activity, "id") or text_of(activity, "timestamp")
    return HomeOpened(key=_key("home", turn.reference.conversation, arrived), origin=origin(turn))


def _seconds(timestamp: str) -> float:
    try:
        return datetime.fromisoformat(timestamp).timestamp()
    except (ValueError, OverflowError, OSError):
        return 0.0


def _key(kind: str, *parts: str) -> str:
    told = "\x1f".join(parts).encode()
    return f"teams:{kind}:{hashlib.blake2b(told, digest_size=20).hexdigest()}"
