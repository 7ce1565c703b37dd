"""Reading activities safely: plain dictionaries from outside, of which nothing may be believed."""

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from handlers.cards import Value

Node = dict[str, Any]

#: The channel whose tokens and activities are taken; others let the client choose who it is.
CHANNEL = "msteams"

#: Ids longer than this are not Teams'.
LONGEST_ID = 1024

# C0 (but tab and line feed), C1, soft hyphen, bidi marks and overrides, BOM, interlinear marks, lone surrogates.
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


class Malformed(ValueError):
    """The request is not an activity that this bot understands."""


def clean(text: str) -> str:
    """The text without control characters, bidi marks and halves of characters; line ends are line feeds."""
    if text.isascii() and text.isprintable():
        return text
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def node_of(node: object, *path: str) -> Node:
    """The object at a path; empty if there is none."""
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return node if isinstance(node, dict) else {}


def text_of(node: object, *path: str) -> str:
    """The cleaned string at a path; empty if there is none."""
    for key in path:
        node = node.get(key) if isinstance(node, dict) else None
    return clean(node) if isinstance(node, str) else ""


def nodes_of(node: object, key: str) -> list[Node]:
    """The objects in the list under a key."""
    found = node.get(key) if isinstance(node, dict) else None
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def id_of(node: object, *path: str) -> str:
    """An id that has to be there. Raises Malformed."""
    found = text_of(node, *path)
    if not found or len(found) > LONGEST_ID:
        raise Malformed(".".join(path))
    return found


class Reference(Value):
    """How to write into one conversation again (`Address.conversation`, as JSON)."""

    service_url: str
    conversation: str
    bot: str
    tenant: str
    #: Empty where it leads to a channel, not to one of its members.
    user: str

    @property
    def as_channel(self) -> "Reference":
        """The way to a channel from any of its threads."""
        return self.model_copy(update={"conversation": self.conversation.partition(";")[0], "user": ""})

    @staticmethod
    def read(text: str | None) -> "Reference | None":
        """The reference in a stored address; None if there is none or it is none of ours."""
        try:
            return None if text is None else Reference.model_validate_json(text)
        except ValidationError:
            return None


@dataclass(frozen=True, slots=True)
class Turn:
    """One authenticated activity: who is talking, where, and how to answer."""

    reference: Reference
    #: Teams' own id of the person, beside the object id.
    account: str
    #: Whether the conversation is the person's own chat with the bot.
    personal: bool
    activity_id: str
    #: The message whose card was pressed, if one was.
    reply_to: str
    #: The name of an invoke; empty for everything that is not answered in the HTTP response.
    invoke: str
    locale: str
    time_zone: str


def turn(activity: Node) -> Turn:
    """What every activity tells. Raises Malformed."""
    kind = text_of(activity, "type")
    conversation = id_of(activity, "conversation", "id")
    user = text_of(activity, "from", "aadObjectId") or id_of(activity, "from", "id")
    if len(user) > LONGEST_ID:
        raise Malformed("from.aadObjectId")
    kind_of_chat = text_of(activity, "conversation", "conversationType")
    return Turn(
        reference=Reference(
            service_url=id_of(activity, "serviceUrl"),
            conversation=conversation,
            bot=id_of(activity, "recipient", "id"),
            tenant=tenant_of(activity),
            user=user,
        ),
        account=text_of(activity, "from", "id")[:LONGEST_ID] or user,
        personal=kind_of_chat == "personal",
        activity_id=text_of(activity, "id")[:LONGEST_ID],
        reply_to=text_of(activity, "replyToId")[:LONGEST_ID],
        invoke=text_of(activity, "name") if kind == "invoke" else "",
        locale=text_of(activity, "locale") or _client(activity, "locale"),
        time_zone=text_of(activity, "localTimezone") or _client(activity, "timezone"),
    )


def tenant_of(activity: Node) -> str:
    """The organisation an activity comes from. The SDK's own `conversation.tenant_id` is always None."""
    return text_of(activity, "channelData", "tenant", "id")[:LONGEST_ID]


def _client(activity: Node, key: str) -> str:
    for entity in nodes_of(activity, "entities"):
        if entity.get("type") == "clientInfo":
            return text_of(entity, key)
    return ""
