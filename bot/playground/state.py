"""What the workspace remembers: people, channels, messages, open views, triggers, response URLs and files."""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from bot.playground.roster import (
    APP_ID,
    BOT_ID,
    BOT_USER_ID,
    TEAM_DOMAIN,
    TEAM_ID,
    Company,
    User,
)

Json = dict[str, Any]
Clock = Callable[[], datetime]

TRIGGER_LIFE_S = 3.0
RESPONSE_LIFE_S = 30 * 60.0
RESPONSE_USES = 5
STACK_LIMIT = 3


class ApiError(Exception):
    """A refusal in Slack's vocabulary: the error code, and what else stands in the answer."""

    def __init__(self, code: str, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.extra = extra


@dataclass
class Channel:
    """A conversation; `kind` is channel, im or mpim."""

    id: str
    name: str
    kind: str
    members: list[str]
    created: int
    archived: bool = False


@dataclass
class Message:
    """A message; `only_for` is the user an ephemeral one is shown to."""

    channel: str
    body: Json
    only_for: str | None = None

    @property
    def ts(self) -> str:
        return str(self.body["ts"])

    def seen(self) -> Json:
        """The body with what the inspection methods add: `channel`, `is_ephemeral`."""
        return {**self.body, "channel": self.channel, "is_ephemeral": self.only_for is not None}


@dataclass
class Trigger:
    """A trigger_id: good once, for three seconds."""

    id: str
    user: str
    born: float
    used: bool = False


@dataclass
class ResponseUrl:
    """A response_url: five uses in thirty minutes."""

    token: str
    user: str
    channel: str
    born: float
    source: Message | None = None
    uses: int = 0


@dataclass
class StoredFile:
    """An uploaded file; `channel` is empty until the upload is completed."""

    id: str
    name: str
    length: int
    alt_text: str = ""
    content: bytes = b""
    title: str = ""
    channels: list[str] = field(default_factory=list)


class State:
    """The workspace's memory; every change raises `version` and wakes those who wait on it."""

    def __init__(self, company: Company, clock: Clock) -> None:
        self.company = company
        self.clock = clock
        self.users: dict[str, User] = {user.id: user for user in company.users}
        self.users[BOT_USER_ID] = User(BOT_USER_ID, "Tandem", "", is_bot=True, title="App")
        self.channels: dict[str, Channel] = {}
        self.messages: dict[str, list[Message]] = {}
        self.views: dict[str, Json] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.triggers: dict[str, Trigger] = {}
        self.responses: dict[str, ResponseUrl] = {}
        self.files: dict[str, StoredFile] = {}
        self.read: dict[tuple[str, str], str] = {}
        self.version = 0
        self._watchers: set[asyncio.Event] = set()
        self._numbers = itertools.count(1)
        self._last_ts = 0.0
        self._populate()

    def now(self) -> float:
        """The clock as seconds since 1970."""
        return self.clock().timestamp()

    def number(self) -> int:
        """The next of a running number, for ids."""
        return next(self._numbers)

    def new_id(self, prefix: str) -> str:
        """An id of Slack's look that does not repeat."""
        return f"{prefix}{self.number():05d}{secrets.token_hex(3).upper()}"

    def next_ts(self, at: float | None = None) -> str:
        """A message timestamp, strictly increasing for messages of now."""
        moment = self.now() if at is None else at
        if at is None:
            moment = max(moment, self._last_ts + 0.000001)
            self._last_ts = moment
        return f"{moment:.6f}"

    def touch(self) -> None:
        """Say that something changed."""
        self.version += 1
        for watcher in self._watchers:
            watcher.set()

    def watch(self) -> asyncio.Event:
        """An event set on every change; give it back to `unwatch`."""
        event = asyncio.Event()
        self._watchers.add(event)
        return event

    def unwatch(self, event: asyncio.Event) -> None:
        self._watchers.discard(event)

    def _populate(self) -> None:
        created = int(self.now()) - 86_400 * 200
        people = [user.id for user in self.users.values() if not user.deleted]
        for channel_id, name in self.company.channels.items():
            members = [BOT_USER_ID, *(p for p in people if p != BOT_USER_ID)]
            self.channels[channel_id] = Channel(channel_id, name, "channel", members, created)
            self.messages[channel_id] = []
        by_email = {user.email: user.id for user in self.users.values() if user.email}
        for seed in sorted(self.company.seed_messages, key=lambda s: -s.minutes_ago):
            ts = self.next_ts(self.now() - seed.minutes_ago * 60)
            body = self.human_body(by_email[seed.author_email], seed.text, ts)
            self.messages[seed.channel].append(Message(seed.channel, body))

    # people and conversations

    def person(self, ref: str) -> User:
        """The user with this id, e-mail or handle."""
        user = self.users.get(ref)
        if user is None:
            user = next((u for u in self.users.values() if ref in (u.email, u.handle) and ref), None)
        if user is None:
            raise ApiError("user_not_found")
        return user

    def human_body(self, user: str, text: str, ts: str) -> Json:
        return {"type": "message", "user": user, "text": text, "ts": ts, "team": TEAM_ID}

    def dm(self, user_id: str) -> Channel:
        """The conversation of a user with the bot."""
        user = self.users.get(user_id)
        if user is None:
            raise ApiError("user_not_found")
        if user.deleted:
            raise ApiError("user_disabled")
        if user.is_bot:
            raise ApiError("cannot_dm_bot")
        channel_id = "D" + user_id[1:]
        if channel_id not in self.channels:
            self.channels[channel_id] = Channel(channel_id, "", "im", [user_id, BOT_USER_ID], int(self.now()))
            self.messages[channel_id] = []
        return self.channels[channel_id]

    def group(self, user_ids: list[str]) -> Channel:
        """The group conversation of these users with the bot."""
        wanted = sorted({BOT_USER_ID, *user_ids})
        for channel in self.channels.values():
            if channel.kind == "mpim" and sorted(channel.members) == wanted:
                return channel
        names = "--".join(self.users[u].handle for u in wanted)
        channel = Channel(self.new_id("G"), f"mpdm-{names}-1", "mpim", wanted, int(self.now()))
        self.channels[channel.id] = channel
        self.messages[channel.id] = []
        return channel

    def channel(self, ref: str) -> Channel:
        """The conversation with this id, name, #name, or user id (their DM)."""
        if ref in self.channels:
            return self.channels[ref]
        name = ref.removeprefix("#")
        for channel in self.channels.values():
            if channel.kind == "channel" and channel.name == name:
                return channel
        if ref.startswith("U") and ref in self.users:
            return self.dm(ref)
        if ref.startswith("D") and "U" + ref[1:] in self.users:
            return self.dm("U" + ref[1:])
        raise ApiError("channel_not_found")

    # messages

    def post(self, message: Message) -> Message:
        self.messages[message.channel].append(message)
        self.touch()
        return message

    def find(self, channel: str, ts: str) -> Message | None:
        return next((m for m in self.messages.get(channel, []) if m.ts == ts), None)

    def remove(self, message: Message) -> None:
        if message in self.messages[message.channel]:
            self.messages[message.channel].remove(message)
        self.touch()

    def bot_body(self, content: Json) -> Json:
        """A message of the bot: `content` is what the bot sent (text, blocks, metadata, ...)."""
        body: Json = {
            "type": "message",
            "user": BOT_USER_ID,
            "bot_id": BOT_ID,
            "app_id": APP_ID,
            "team": TEAM_ID,
            "text": content.get("text") or "",
            "ts": self.next_ts(),
        }
        for key in ("blocks", "attachments", "metadata", "thread_ts", "unfurl_links", "unfurl_media"):
            if content.get(key) is not None:
                body[key] = content[key]
        if body.get("blocks"):
            body["blocks"] = self.with_ids(body["blocks"])
        return body

    def with_ids(self, blocks: list[Json]) -> list[Json]:
        """The blocks with the block_ids and action_ids that Slack adds where there are none."""
        out: list[Json] = []
        for block in blocks:
            copy = dict(block)
            copy.setdefault("block_id", f"b{self.number():04d}")
            for key in ("element", "accessory"):
                if isinstance(copy.get(key), dict) and copy[key].get("type") != "image":
                    copy[key] = {"action_id": f"a{self.number():04d}", **copy[key]}
            if copy.get("type") == "actions":
                copy["elements"] = [{"action_id": f"a{self.number():04d}", **e} for e in copy["elements"]]
            out.append(copy)
        return out

    # triggers and response URLs

    def new_trigger(self, user: str) -> str:
        trigger = Trigger(f"{self.number()}.{TEAM_ID}.{secrets.token_hex(8)}", user, self.now())
        self.triggers[trigger.id] = trigger
        return trigger.id

    def use_trigger(self, trigger_id: str) -> str:
        """Spend a trigger and return its user; refuses as Slack does."""
        trigger = self.triggers.get(trigger_id)
        if trigger is None:
            raise ApiError("invalid_trigger_id")
        if trigger.used:
            raise ApiError("exchanged_trigger_id")
        if self.now() - trigger.born > TRIGGER_LIFE_S:
            raise ApiError("expired_trigger_id")
        trigger.used = True
        return trigger.user

    def new_response(self, user: str, channel: str, source: Message | None = None) -> ResponseUrl:
        response = ResponseUrl(secrets.token_hex(12), user, channel, self.now(), source)
        self.responses[response.token] = response
        return response

    # wire shapes

    def user_json(self, user: User, *, with_email: bool, with_locale: bool) -> Json:
        """A user as `users.info` gives it."""
        offset = ZoneInfo(user.time_zone).utcoffset(self.clock())
        first, _, last = user.name.partition(" ")
        profile: Json = {
            "title": user.title,
            "real_name": user.name,
            "real_name_normalized": user.name,
            "display_name": user.handle,
            "display_name_normalized": user.handle,
            "first_name": first,
            "last_name": last,
            "avatar_hash": "g" + user.id.lower(),
            "team": TEAM_ID,
        }
        if with_email and user.email:
            profile["email"] = user.email
        result: Json = {
            "id": user.id,
            "team_id": TEAM_ID,
            "name": user.handle,
            "deleted": user.deleted,
            "real_name": user.name,
            "profile": profile,
            "is_admin": False,
            "is_owner": False,
            "is_primary_owner": False,
            "is_restricted": user.is_restricted,
            "is_ultra_restricted": False,
            "is_bot": user.is_bot,
            "is_app_user": False,
            "updated": int(self.now()),
        }
        if not user.deleted:
            result["tz"] = user.time_zone
            result["tz_label"] = user.time_zone.split("/")[-1].replace("_", " ")
            result["tz_offset"] = int(offset.total_seconds()) if offset else 0
        if with_locale:
            result["locale"] = user.locale
        return result

    def team_json(self) -> Json:
        return {"id": TEAM_ID, "domain": TEAM_DOMAIN}
