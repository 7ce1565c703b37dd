"""The payloads Slack sends to an app, built from the workspace's state."""

import re
from typing import Any

from bot.playground.roster import APP_ID, BOT_USER_ID, TEAM_DOMAIN, TEAM_ID
from bot.playground.state import Channel, Json, Message, State
from bot.playground.views import public, state_values

VERIFICATION_TOKEN = "playground-verification-token"


class Payloads:
    """Builds payloads; `response_url` makes the public address of a response URL's token."""

    def __init__(self, state: State, base_url: Any) -> None:
        self.state = state
        self._base_url = base_url

    def response_url(self, token: str) -> str:
        return f"{self._base_url()}/response/{token}"

    def command(self, user_id: str, channel: Channel, command: str, text: str, *, escape: bool) -> Json:
        """The form fields of a slash command."""
        response = self.state.new_response(user_id, channel.id)
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM_ID,
            "team_domain": TEAM_DOMAIN,
            "channel_id": channel.id,
            "channel_name": channel_name(channel),
            "user_id": user_id,
            "user_name": self.state.users[user_id].handle,
            "command": command,
            "text": escaped(self.state, text, with_names=True) if escape else text,
            "api_app_id": APP_ID,
            "is_enterprise_install": "false",
            "response_url": self.response_url(response.token),
            "trigger_id": self.state.new_trigger(user_id),
        }

    def interaction(self, kind: str, user_id: str) -> Json:
        """What all interaction payloads have."""
        user = self.state.users[user_id]
        return {
            "type": kind,
            "token": VERIFICATION_TOKEN,
            "team": self.state.team_json(),
            "user": {"id": user_id, "username": user.handle, "name": user.handle, "team_id": TEAM_ID},
            "api_app_id": APP_ID,
            "enterprise": None,
            "is_enterprise_install": False,
        }

    def message_press(self, user_id: str, message: Message, action: Json, given: Json) -> Json:
        """block_actions from a message; an ephemeral message is named but not quoted."""
        channel = self.state.channels[message.channel]
        response = self.state.new_response(user_id, channel.id, message)
        ephemeral = message.only_for is not None
        payload = self.interaction("block_actions", user_id)
        payload |= {
            "container": {
                "type": "message",
                "message_ts": message.ts,
                "channel_id": channel.id,
                "is_ephemeral": ephemeral,
            },
            "trigger_id": self.state.new_trigger(user_id),
            "channel": {"id": channel.id, "name": channel_name(channel)},
            "state": {"values": state_values(message.body, given)},
            "response_url": self.response_url(response.token),
            "actions": [action],
        }
        if not ephemeral:
            payload["message"] = message.body
        return payload

    def view_press(self, user_id: str, view: Json, action: Json, given: Json) -> Json:
        """block_actions from a modal or the Home tab."""
        payload = self.interaction("block_actions", user_id)
        payload |= {
            "container": {"type": "view", "view_id": view["id"]},
            "trigger_id": self.state.new_trigger(user_id),
            "view": public(view, given),
            "actions": [action],
        }
        return payload

    def submission(self, user_id: str, view: Json, given: Json) -> Json:
        payload = self.interaction("view_submission", user_id)
        payload |= {
            "trigger_id": self.state.new_trigger(user_id),
            "view": public(view, given),
            "response_urls": [],
        }
        return payload

    def closed(self, user_id: str, view: Json, *, cleared: bool) -> Json:
        payload = self.interaction("view_closed", user_id)
        payload |= {"view": public(view), "is_cleared": cleared}
        return payload

    def shortcut(self, user_id: str, callback_id: str) -> Json:
        payload = self.interaction("shortcut", user_id)
        payload |= {
            "callback_id": callback_id,
            "trigger_id": self.state.new_trigger(user_id),
            "action_ts": self.state.next_ts(),
        }
        return payload

    def message_shortcut(self, user_id: str, callback_id: str, message: Message) -> Json:
        channel = self.state.channels[message.channel]
        response = self.state.new_response(user_id, channel.id)
        payload = self.interaction("message_action", user_id)
        payload |= {
            "callback_id": callback_id,
            "trigger_id": self.state.new_trigger(user_id),
            "action_ts": self.state.next_ts(),
            "response_url": self.response_url(response.token),
            "message_ts": message.ts,
            "channel": {"id": channel.id, "name": channel_name(channel)},
            "message": message.body,
        }
        return payload

    def suggestion(self, user_id: str, holder: Json, block_id: str, action_id: str, value: str) -> Json:
        """block_suggestion: the options of an external select for what was typed."""
        payload = self.interaction("block_suggestion", user_id)
        payload |= {"action_id": action_id, "block_id": block_id, "value": value, **holder}
        return payload

    def event(self, event: Json) -> Json:
        """The Events API wrapper."""
        return {
            "token": VERIFICATION_TOKEN,
            "team_id": TEAM_ID,
            "context_team_id": TEAM_ID,
            "context_enterprise_id": None,
            "api_app_id": APP_ID,
            "event": event,
            "type": "event_callback",
            "event_id": self.state.new_id("Ev"),
            "event_time": int(self.state.now()),
            "authorizations": [
                {
                    "enterprise_id": None,
                    "team_id": TEAM_ID,
                    "user_id": BOT_USER_ID,
                    "is_bot": True,
                    "is_enterprise_install": False,
                }
            ],
            "is_ext_shared_channel": False,
            "event_context": self.state.new_id("EC"),
        }


def channel_name(channel: Channel) -> str:
    """The name Slack gives in payloads."""
    return "directmessage" if channel.kind == "im" else channel.name


_LINK = re.compile(r"&lt;(@U[A-Z0-9]+|#C[A-Z0-9]+)(?:\|[^&]*)?&gt;")
_MENTION = re.compile(r"(?<![\w/.@&;])@([A-Za-z0-9][\w.\-]*)")
_CHANNEL = re.compile(r"(?<![\w/&;])#([a-z0-9][\w\-]*)")
_URL = re.compile(r"https?://[^\s<>|]+")


def escaped(state: State, text: str, *, with_names: bool) -> str:
    """Typed text as Slack hands it over: entities escaped, mentions, channels and links in angle brackets.

    `@ines.carvalho`, `@Ines Carvalho` and `<@U0003>` become `<@U0003|ines.carvalho>` (`<@U0003>` in messages,
    without names), `#claims` becomes `<#C0CLAIMS|claims>`, `@here` becomes `<!here>`.
    """
    text = text.replace("\x00", "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    kept: list[str] = []

    def keep(markup: str) -> str:
        kept.append(markup)
        return f"\x00{len(kept) - 1}\x00"

    def user_link(user_id: str) -> str:
        handle = state.users[user_id].handle
        return keep(f"<@{user_id}|{handle}>" if with_names else f"<@{user_id}>")

    def link(match: re.Match[str]) -> str:
        ref = match[1]
        if ref[0] == "@" and ref[1:] in state.users:
            return user_link(ref[1:])
        if ref[0] == "#" and ref[1:] in state.channels:
            return keep(f"<#{ref[1:]}|{state.channels[ref[1:]].name}>")
        return match[0]

    def mention(match: re.Match[str]) -> str:
        word = match[1]
        if word in ("here", "channel", "everyone"):
            return keep(f"<!{word}>")
        stripped = word.rstrip(".-")
        for user in state.users.values():
            if user.handle in (word, stripped) and not user.deleted:
                rest = word[len(user.handle) :]
                return user_link(user.id) + rest
        return match[0]

    def channel(match: re.Match[str]) -> str:
        for one in state.channels.values():
            if one.kind == "channel" and one.name == match[1]:
                return keep(f"<#{one.id}|{one.name}>")
        return match[0]

    text = _LINK.sub(link, text)
    text = _URL.sub(lambda match: keep(f"<{match[0]}>"), text)
    for user in sorted(state.users.values(), key=lambda u: -len(u.name)):
        if f"@{user.name}" in text and not user.deleted:
            text = text.replace(f"@{user.name}", user_link(user.id))
    text = _MENTION.sub(mention, text)
    text = _CHANNEL.sub(channel, text)
    return re.sub("\x00(\\d+)\x00", lambda match: kept[int(match[1])], text)
