"""The Web API: Slack's methods, arguments, answers and error codes over the workspace's state."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from bot.playground.blocks import check_message_blocks
from bot.playground.files import FileMethods
from bot.playground.roster import BOT_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID, User
from bot.playground.state import ApiError, Channel, Json, Message, State
from bot.playground.views import ViewMethods

Method = Callable[[Json], Awaitable[Json] | Json]

#: The scopes a method needs (any one of them), where it needs one.
SCOPES: dict[str, tuple[str, ...]] = {
    "users.info": ("users:read",),
    "users.list": ("users:read",),
    "users.lookupByEmail": ("users:read.email",),
    "bots.info": ("users:read",),
    "team.info": ("team:read",),
    "conversations.open": ("im:write", "mpim:write", "channels:manage", "groups:write"),
    "conversations.info": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.list": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.members": ("channels:read", "groups:read", "im:read", "mpim:read"),
    "conversations.history": ("channels:history", "groups:history", "im:history", "mpim:history"),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "chat.delete": ("chat:write",),
    "chat.postEphemeral": ("chat:write",),
    "files.getUploadURLExternal": ("files:write",),
    "files.completeUploadExternal": ("files:write",),
}


class WebApi:
    """Answers one Web API call: `api.call(method, args)` gives the JSON answer, refusals included."""

    def __init__(self, state: State, scopes: tuple[str, ...], base_url: Callable[[], str]) -> None:
        self.state = state
        self.scopes = scopes
        self.base_url = base_url
        self.methods: dict[str, Callable[[Json], Json]] = {
            "api.test": lambda args: {"args": args},
            "auth.test": self.auth_test,
            "team.info": self.team_info,
            "bots.info": self.bots_info,
            "users.info": self.users_info,
            "users.list": self.users_list,
            "users.lookupByEmail": self.users_lookup_by_email,
            "conversations.open": self.conversations_open,
            "conversations.info": self.conversations_info,
            "conversations.list": self.conversations_list,
            "conversations.members": self.conversations_members,
            "conversations.history": self.conversations_history,
            "chat.postMessage": self.post_message,
            "chat.update": self.update,
            "chat.delete": self.delete,
            "chat.postEphemeral": self.post_ephemeral,
            "chat.getPermalink": self.get_permalink,
        }
        self.methods.update(ViewMethods(state).methods())
        self.methods.update(FileMethods(state, base_url).methods())

    def call(self, method: str, args: Json) -> Json:
        """The answer to a call whose token was right, `{"ok": ...}` as Slack gives it."""
        handler = self.methods.get(method)
        if handler is None:
            return {"ok": False, "error": "unknown_method", "req_method": method}
        needed = SCOPES.get(method)
        if needed and not set(needed) & set(self.scopes):
            return {
                "ok": False,
                "error": "missing_scope",
                "needed": needed[0],
                "provided": ",".join(self.scopes),
            }
        try:
            return {"ok": True, **handler(args)}
        except ApiError as error:
            return {"ok": False, "error": error.code, **error.extra}

    # identity

    def auth_test(self, args: Json) -> Json:
        return {
            "url": f"https://{TEAM_DOMAIN}.slack.example/",
            "team": self.state.company.name,
            "user": "tandem",
            "team_id": TEAM_ID,
            "user_id": BOT_USER_ID,
            "bot_id": BOT_ID,
            "is_enterprise_install": False,
        }

    def team_info(self, args: Json) -> Json:
        return {"team": {"id": TEAM_ID, "name": self.state.company.name, "domain": TEAM_DOMAIN}}

    def bots_info(self, args: Json) -> Json:
        if args.get("bot") not in (None, BOT_ID):
            raise ApiError("bot_not_found")
        return {"bot": {"id": BOT_ID, "name": "Tandem", "user_id": BOT_USER_ID, "deleted": False}}

    # people

    def user_json(self, user: User, args: Json) -> Json:
        return self.state.user_json(
            user,
            with_email="users:read.email" in self.scopes,
            with_locale=truth(args.get("include_locale")),
        )

    def users_info(self, args: Json) -> Json:
        user = self.state.users.get(str(args.get("user", "")))
        if user is None:
            raise ApiError("user_not_found")
        return {"user": self.user_json(user, args)}

    def users_lookup_by_email(self, args: Json) -> Json:
        email = str(args.get("email", "")).strip().lower()
        for user in self.state.users.values():
            if email and user.email.lower() == email and not user.deleted:
                return {"user": self.user_json(user, args)}
        raise ApiError("users_not_found")

    def users_list(self, args: Json) -> Json:
        users, cursor = page(list(self.state.users.values()), args)
        return {
            "members": [self.user_json(user, args) for user in users],
            "cache_ts": int(self.state.now()),
            "response_metadata": {"next_cursor": cursor},
        }

    # conversations

    def conversations_open(self, args: Json) -> Json:
        if args.get("channel"):
            channel = self.state.channel(str(args["channel"]))
        else:
            ids = [part.strip() for part in as_list(args.get("users")) if part.strip()]
            if not ids:
                raise ApiError("users_list_not_supplied")
            for user_id in ids:
                self.state.dm(user_id)
            channel = self.state.dm(ids[0]) if len(ids) == 1 else self.state.group(ids)
        if truth(args.get("return_im")):
            return {"channel": self.channel_json(channel)}
        return {"channel": {"id": channel.id}}

    def conversations_info(self, args: Json) -> Json:
        channel = self.state.channel(str(args.get("channel", "")))
        result = self.channel_json(channel)
        if truth(args.get("include_num_members")):
            result["num_members"] = len(channel.members)
        return {"channel": result}

    def conversations_list(self, args: Json) -> Json:
        types = {part.strip() for part in str(args.get("types") or "public_channel").split(",")}
        kinds = {"public_channel": "channel", "im": "im", "mpim": "mpim"}
        wanted = {kinds[t] for t in types if t in kinds}
        channels, cursor = page([c for c in self.state.channels.values() if c.kind in wanted], args)
        return {
            "channels": [self.channel_json(channel) for channel in channels],
            "response_metadata": {"next_cursor": cursor},
        }

    def conversations_members(self, args: Json) -> Json:
        channel = self.state.channel(str(args.get("channel", "")))
        members, cursor = page(channel.members, args)
        return {"members": members, "response_metadata": {"next_cursor": cursor}}

    def conversations_history(self, args: Json) -> Json:
        channel = self.state.channel(str(args.get("channel", "")))
        bodies = [m.body for m in reversed(self.state.messages[channel.id]) if m.only_for is None]
        messages, cursor = page(bodies, args)
        return {"messages": messages, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}

    def channel_json(self, channel: Channel) -> Json:
        result: Json = {
            "id": channel.id,
            "created": channel.created,
            "is_channel": channel.kind == "channel",
            "is_group": False,
            "is_im": channel.kind == "im",
            "is_mpim": channel.kind == "mpim",
            "is_private": channel.kind != "channel",
            "is_archived": channel.archived,
            "is_general": channel.name == "general",
            "is_shared": False,
            "is_ext_shared": False,
            "is_org_shared": False,
            "context_team_id": TEAM_ID,
            "updated": channel.created * 1000,
        }
        if channel.kind == "im":
            result["user"] = next((m for m in channel.members if m != BOT_USER_ID), BOT_USER_ID)
        else:
            result |= {
                "name": channel.name,
                "name_normalized": channel.name,
                "is_member": BOT_USER_ID in channel.members,
                "topic": {"value": "", "creator": "", "last_set": 0},
                "purpose": {"value": "", "creator": "", "last_set": 0},
            }
        return result

    # chat

    def post_message(self, args: Json) -> Json:
        content = message_content(args)
        channel = self.state.channel(required(args, "channel"))
        if BOT_USER_ID not in channel.members and "chat:write.public" not in self.scopes:
            raise ApiError("not_in_channel")
        if channel.archived:
            raise ApiError("is_archived")
        message = self.state.post(Message(channel.id, self.state.bot_body(content)))
        return {"channel": channel.id, "ts": message.ts, "message": message.body}

    def post_ephemeral(self, args: Json) -> Json:
        content = message_content(args)
        channel = self.state.channel(required(args, "channel"))
        user = required(args, "user")
        if BOT_USER_ID not in channel.members:
            raise ApiError("not_in_channel")
        if user not in channel.members:
            raise ApiError("user_not_in_channel")
        message = self.state.post(Message(channel.id, self.state.bot_body(content), only_for=user))
        return {"message_ts": message.ts}

    def update(self, args: Json) -> Json:
        content = message_content(args)
        message = self.own_message(args, "cant_update_message")
        body = self.state.bot_body(content)
        body["ts"] = message.ts
        body["edited"] = {"user": BOT_USER_ID, "ts": self.state.next_ts()}
        for key in ("metadata", "files", "thread_ts"):
            if key in message.body:
                body.setdefault(key, message.body[key])
        if "blocks" not in content and "text" in content:
            body.pop("blocks", None)
        message.body = body
        self.state.touch()
        return {"channel": message.channel, "ts": message.ts, "text": body["text"], "message": body}

    def delete(self, args: Json) -> Json:
        message = self.own_message(args, "cant_delete_message")
        self.state.remove(message)
        return {"channel": message.channel, "ts": message.ts}

    def own_message(self, args: Json, refusal: str) -> Message:
        channel = self.state.channel(required(args, "channel"))
        message = self.state.find(channel.id, required(args, "ts"))
        if message is None or message.only_for is not None:
            raise ApiError("message_not_found")
        if message.body.get("user") != BOT_USER_ID:
            raise ApiError(refusal)
        return message

    def get_permalink(self, args: Json) -> Json:
        channel = self.state.channel(required(args, "channel"))
        ts = required(args, "message_ts")
        if self.state.find(channel.id, ts) is None:
            raise ApiError("message_not_found")
        return {
            "channel": channel.id,
            "permalink": f"{self.base_url()}/archives/{channel.id}/p{ts.replace('.', '')}",
        }


def truth(value: Any) -> bool:
    """A boolean argument, which form bodies carry as text."""
    return value is True or str(value).lower() in ("true", "1")


def as_list(value: Any) -> list[str]:
    """A list argument, which form bodies carry with commas."""
    if isinstance(value, list):
        return [str(item) for item in value]
    return str(value or "").split(",")


def required(args: Json, key: str) -> str:
    """The argument, or `invalid_arguments`."""
    value = args.get(key)
    if value in (None, ""):
        code = "channel_not_found" if key == "channel" else "invalid_arguments"
        raise ApiError(code, response_metadata={"messages": [f"[ERROR] missing required field: {key}"]})
    return str(value)


def page(items: list[Any], args: Json) -> tuple[list[Any], str]:
    """One page of `items` and the cursor of the next, empty at the end."""
    limit = int(args.get("limit") or 0) or 1000
    cursor = str(args.get("cursor") or "0")
    if not cursor.isdigit():
        raise ApiError("invalid_cursor")
    start = int(cursor)
    end = start + max(1, min(limit, 1000))
    return items[start:end], str(end) if end < len(items) else ""


def message_content(args: Json) -> Json:
    """The message in the arguments of a chat method, checked."""
    content = {key: args[key] for key in ("text", "thread_ts") if args.get(key) is not None}
    for key in ("blocks", "attachments", "metadata"):
        if args.get(key) not in (None, ""):
            content[key] = decoded(args[key], f"invalid_{key}_format")
    for key in ("unfurl_links", "unfurl_media"):
        if key in args:
            content[key] = truth(args[key])
    return checked_content(content)


def checked_content(content: Json) -> Json:
    """The message, or the refusal that Slack would give."""
    if content.get("blocks"):
        problems = check_message_blocks(content["blocks"])
        if problems:
            raise ApiError(
                "invalid_blocks",
                errors=problems,
                response_metadata={"messages": [f"[ERROR] {problem}" for problem in problems]},
            )
    if not content.get("text") and not content.get("blocks") and not content.get("attachments"):
        raise ApiError("no_text")
    if len(str(content.get("text") or "")) > 40_000:
        raise ApiError("msg_too_long")
    metadata = content.get("metadata")
    if metadata is not None:
        if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
            raise ApiError("invalid_metadata_format")
        if not isinstance(metadata.get("event_type"), str):
            raise ApiError("invalid_metadata_format")
    return content


def decoded(value: Any, refusal: str) -> Any:
    """A structured argument: JSON text in a form, the thing itself in a JSON body."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise ApiError(refusal) from error
