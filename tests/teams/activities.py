"""Activities as Teams sends them, made from what differs between them."""

import itertools
from datetime import UTC, datetime
from typing import Any

Node = dict[str, Any]

APP_ID = "5f0c2d0e-3b5a-4a53-9a4e-0f2f4d9f1c11"
BOT = f"28:{APP_ID}"
TENANT = "0d9a8a5e-7c1b-4f7e-8a55-3a8a4c5b6d01"
SERVICE_URL = "https://smba.trafficmanager.net/emea/"

PERSONAL = "a:1AbCdEf-personal"
CHANNEL = "19:channel@thread.tacv2;messageid=1700000000000"
ANNA = "a1a1a1a1-0000-4000-8000-000000000001"
BEN = "b2b2b2b2-0000-4000-8000-000000000002"

_numbers = itertools.count(1)


def account(user: str) -> str:
    """Teams' own account id of a user, which it puts beside the object id."""
    return f"29:1-{user}"


def base(
    kind: str,
    *,
    user: str = ANNA,
    name: str = "Anna Abel",
    conversation: str = PERSONAL,
    service_url: str = SERVICE_URL,
    tenant: str = TENANT,
    app_id: str = APP_ID,
    activity_id: str | None = None,
    timestamp: str | None = None,
) -> Node:
    """What every activity has."""
    personal = conversation.startswith("a:")
    place: Node = {
        "id": conversation,
        "conversationType": "personal" if personal else "channel",
        "tenantId": tenant,
    }
    if not personal:
        place |= {"isGroup": True, "name": "General"}
    return {
        "type": kind,
        "id": activity_id or f"17000000{next(_numbers):05}",
        "timestamp": timestamp or datetime.now(UTC).isoformat(),
        "localTimestamp": "2026-11-21T05:00:00.000+01:00",
        "localTimezone": "Europe/Berlin",
        "serviceUrl": service_url,
        "channelId": "msteams",
        "from": {"id": account(user), "name": name, "aadObjectId": user},
        "conversation": place,
        "recipient": {"id": f"28:{app_id}", "name": "Tandem"},
        "entities": [
            {
                "type": "clientInfo",
                "locale": "en-GB",
                "country": "GB",
                "platform": "Web",
                "timezone": "Europe/Berlin",
            }
        ],
        "channelData": {"tenant": {"id": tenant}},
        "locale": "en-GB",
    }


def message(text: str, **where: Any) -> Node:
    """Words typed to the bot; `<at>Tandem</at>` and `<at>Name</at>` have to be given with `mention`."""
    return base("message", **where) | {"text": text, "textFormat": "plain"}


def mention(activity: Node, who: str, name: str) -> Node:
    """The entity that Teams adds for `<at>name</at>`; `who` is an account id."""
    activity["entities"].append(
        {"type": "mention", "text": f"<at>{name}</at>", "mentioned": {"id": who, "name": name}}
    )
    return activity


def press(action: Node, *, reply_to: str = "1699999999999", inputs: Node | None = None, **where: Any) -> Node:
    """A press on an `Action.Execute` as it stands in a card, with what was filled in."""
    data = {**action.get("data", {}), **(inputs or {})}
    return invoke(
        "adaptiveCard/action",
        {
            "action": {"type": "Action.Execute", "verb": action["verb"], "data": data},
            "trigger": "manual",
        },
        **where,
    ) | {"replyToId": reply_to}


def invoke(name: str, value: Node, **where: Any) -> Node:
    return base("invoke", **where) | {"name": name, "value": value}


def message_action(command: str = "log_contribution", *, link: str, **where: Any) -> Node:
    """ "Log as contribution" in the menu of somebody's message."""
    payload = {
        "id": "1699999990000",
        "linkToMessage": link,
        "from": {"user": {"id": BEN, "displayName": "Ben Beck"}},
        "body": {"contentType": "html", "content": "<p>What Ben wrote is nobody's business</p>"},
    }
    value = {
        "commandId": command,
        "commandContext": "message",
        "messagePayload": payload,
        "context": {"theme": "default"},
    }
    return invoke("composeExtension/fetchTask", value, **where)


def dialog_submit(action: Node, inputs: Node, *, of_message: bool = False, **where: Any) -> Node:
    """The `Action.Submit` of a form in a dialog, with what was filled in."""
    data = {**action["data"], **inputs}
    if not of_message:
        return invoke("task/submit", {"data": data, "context": {"theme": "default"}}, **where)
    value = {"commandId": "log_contribution", "commandContext": "message", "data": data}
    return invoke("composeExtension/submitAction", value, **where)


def added(*members: str, **where: Any) -> Node:
    """Members added to a conversation; the bot is `BOT`."""
    return base("conversationUpdate", **where) | {"membersAdded": [{"id": member} for member in members]}


def file_answer(consent: Node, upload_url: str, *, accepted: bool = True, **where: Any) -> Node:
    """The answer to a file consent card, as it was received."""
    content = consent["content"]
    value: Node = {
        "type": "fileUpload",
        "action": "accept" if accepted else "decline",
        "context": content["acceptContext" if accepted else "declineContext"],
    }
    if accepted:
        value["uploadInfo"] = {
            "contentUrl": "https://contoso-my.sharepoint.com/personal/anna/Documents/file.csv",
            "name": consent["name"],
            "uploadUrl": upload_url,
            "uniqueId": "1150D938-8870-4044-9F2C-5BBDEBA70C9D",
            "fileType": "csv",
        }
    return invoke("fileConsent/invoke", value, **where) | {"replyToId": "1699999999998"}


def actions(node: object) -> list[Node]:
    """Every action in a card, in the order in which they are shown."""
    if isinstance(node, list):
        return [action for item in node for action in actions(item)]
    if not isinstance(node, dict):
        return []
    found = [node] if str(node.get("type", "")).startswith("Action.") else []
    return found + [action for key, value in node.items() if key != "data" for action in actions(value)]


def action(card: Node, title: str) -> Node:
    """The action of that title in a card. Raises LookupError."""
    for found in actions(card):
        if found.get("title") == title:
            return found
    raise LookupError(title)


def words(node: object) -> str:
    """Everything that can be read in a card, in order."""
    if isinstance(node, list):
        return "\n".join(filter(None, map(words, node)))
    if not isinstance(node, dict):
        return ""
    own = [node[key] for key in ("text", "label", "title", "value") if isinstance(node.get(key), str)]
    nested = [words(value) for key, value in node.items() if key != "data"]
    return "\n".join(filter(None, own + nested))


def fetched(button: Node, **where: Any) -> Node:
    """A press of a button that opens a dialog: Teams asks what to show in it."""
    return invoke("task/fetch", {"data": button["data"], "context": {"theme": "default"}}, **where)
