"""From what Slack sends to inbound values: pure functions, each raising nothing but `PayloadError`."""

import hashlib
import json
import re
from binascii import a2b_qp
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl

from handlers.conversation import Command, HomeOpened, MessageAction, Origin, Press, Profile, Submission
from handlers.slack.manifest import SHORTCUTS
from handlers.slack.text import clean, neutral

Json = dict[str, Any]

#: Two presses of one button within this stretch are one.
DOUBLE_PRESS_SECONDS = 10
#: The action of buttons that lead out of Slack: Slack reports them, nothing has to happen.
LINK_ACTION = "tandem.link"

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_DOMAIN = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_TIMESTAMP = re.compile(r"\d{1,16}\.\d{1,8}")
#: Stands for the Home tab where it is asked where a window was opened.
AT_HOME = "home"

_ORDINAL = re.compile(r"#\d+$")
_MENTION = re.compile(r"^[\s,:;]*<@[^<>]*>[\s,:;]*")
#: Message subtypes that are something a person wrote; the others report edits, joins and the like.
_WRITTEN = frozenset({None, "file_share", "thread_broadcast"})


class PayloadError(ValueError):
    """The request is not one that Slack sends."""


def body(text: str) -> Json:
    """What a request says: JSON, a form, or a form with JSON in its field `payload`."""
    try:
        found = json.loads(text) if text.startswith("{") else _form(text)
        if isinstance(found, dict) and isinstance(found.get("payload"), str):
            found = json.loads(found["payload"])
    except (ValueError, RecursionError) as error:
        raise PayloadError("body") from error
    if not isinstance(found, dict) or not found:
        raise PayloadError("body")
    return found


def command(body: Json) -> Command:
    """A slash command."""
    channel = _id(body, "channel_id")
    return Command(
        key=_key("command", _text(body, "trigger_id")),
        origin=_origin(_id(body, "team_id"), _id(body, "user_id"), channel),
        name=clean(_text(body, "command")).lstrip("/").lower(),
        text=neutral(_text(body, "text", "")).strip(),
    )


def message(body: Json) -> Command | None:
    """Words written to the bot in its own chat; None for what bots write and for edits."""
    event = _dict(body, "event")
    if not _by_person(event) or event.get("channel_type", "im") != "im":
        return None
    return _words(body, event, neutral(_text(event, "text", "")), private=True)


def mention(body: Json, bot_user_id: str | None = None) -> Command | None:
    """Words that follow a mention of the bot in a channel; None for what bots write and for edits."""
    event = _dict(body, "event")
    if not _by_person(event):
        return None
    text = neutral(_text(event, "text", ""))
    _, found, rest = text.partition(f"<@{bot_user_id}>") if bot_user_id else ("", "", "")
    words = rest.lstrip(" \n,:;") if found else _MENTION.sub("", text)
    return _words(body, event, words, private=False)


def press(body: Json) -> Press | None:
    """A button pressed; None for a button that only leads to another site.

    The same press is: the same person, the same button of the same rendering (each rendering has block ids
    of its own), within the same few seconds. A double-click has two trigger ids and is one press all the same;
    the button of an old message, pressed again a day later, is meant.
    """
    actions = body.get("actions")
    if not isinstance(actions, list) or not actions or not isinstance(actions[0], dict):
        raise PayloadError("actions")
    pressed: Json = actions[0]
    action = _ORDINAL.sub("", _text(pressed, "action_id"))
    if action == LINK_ACTION:
        return None
    container = _dict(body, "container")
    team, user = _people(body)
    place = _text(container, "view_id", "") or _text(container, "message_ts", "")
    if not place:
        raise PayloadError("container")
    channel = _id(container, "channel_id", None) or _id(_dict(body, "channel", {}), "id", None)
    value = _text(pressed, "value", "")
    block = _text(pressed, "block_id", "")
    window = _window(_text(pressed, "action_ts", ""))
    hidden = container.get("is_ephemeral") is True or "view_id" in container
    return Press(
        key=_key("press", _digest(team, user, channel or "", place, block, action, value, window)),
        origin=_origin(team, user, channel, private=hidden or (channel or "D").startswith("D")),
        action=action,
        value=value,
    )


def _window(action_ts: str) -> str:
    """The stretch of time that a press falls into; without a time it falls into the only one."""
    seconds, _, _ = action_ts.partition(".")
    return str(int(seconds) // DOUBLE_PRESS_SECONDS) if seconds.isascii() and seconds.isdecimal() else ""


def submission(body: Json) -> Submission:
    """A form sent in.

    The same submission is: the same view in the same state with the same values. The values count, since a
    view that was refused with field errors keeps its id and its hash.
    """
    view = _dict(body, "view")
    team, user = _people(body)
    values = _values(view)
    typed = json.dumps(values, sort_keys=True)
    form, context = metadata(view)
    return Submission(
        key=_key("view", _digest(_text(view, "id"), _text(view, "hash", ""), user, typed)),
        origin=_origin(team, user, None),
        form=form,
        values=values,
        context=context,
    )


def shortcut(body: Json) -> MessageAction:
    """A shortcut, from a message's menu or from the global one."""
    team, user = _people(body)
    callback = _text(body, "callback_id")
    on_message = body.get("type") == "message_action"
    return MessageAction(
        key=_key("shortcut", _text(body, "trigger_id")),
        origin=_origin(team, user, _id(_dict(body, "channel", {}), "id", None)),
        action=SHORTCUTS[callback][1] if callback in SHORTCUTS else clean(callback),
        link=_permalink(body) if on_message else None,
    )


def home_opened(body: Json) -> HomeOpened | None:
    """The person's Home tab; None for the app's other tabs."""
    event = _dict(body, "event")
    if event.get("tab", "home") != "home":
        return None
    return HomeOpened(
        key=_key("event", _text(body, "event_id")),
        origin=_origin(_team(body, event), _id(event, "user"), None, can_ask=False),
    )


def profile(user: Json, tenant: str) -> Profile:
    """What `users.info` and `user_change` tell of a user, as seen from the workspace `tenant`."""
    about = _dict(user, "profile", {})
    names = (about.get("real_name"), user.get("real_name"), about.get("display_name"), user.get("name"))
    email = about.get("email")
    return Profile(
        user_id=_id(user, "id"),
        tenant=tenant,
        name=next((clean(name) for name in names if isinstance(name, str) and name.strip()), ""),
        email=clean(email).strip() or None if isinstance(email, str) else None,
        time_zone=_text(user, "tz", "") or None,
        locale=_text(user, "locale", "") or None,
        refused=_refused(user, tenant),
    )


def changed_profile(body: Json) -> Profile:
    """The profile in a `user_change` event."""
    event = _dict(body, "event")
    return profile(_dict(event, "user"), _team(body, event))


def tenant(body: Json) -> str:
    """The workspace of an event that is about nobody: `app_uninstalled`, `tokens_revoked`."""
    return _team(body, _dict(body, "event"))


def metadata(view: Json) -> tuple[str, str]:
    """The form and the context that `render.modal` put into a view."""
    try:
        kept = json.loads(_text(view, "private_metadata", "") or "{}")
        form, context = kept.get("form", ""), kept.get("context", "")
    except (ValueError, AttributeError, RecursionError) as error:
        raise PayloadError("private_metadata") from error
    form = form or view.get("callback_id")
    if not isinstance(form, str) or not isinstance(context, str):
        raise PayloadError("private_metadata")
    return clean(form), clean(context)


def came_from(body: Json) -> str:
    """Where the window of an interaction was opened: the response URL of a message's card, `AT_HOME`, or "".

    For a press in a message, that message; a window opened from another one came from where that did.
    """
    view = body.get("view")
    if not isinstance(view, dict):
        pressed = body.get("type") == "block_actions"
        return _text(body, "response_url", "") if pressed else ""
    if view.get("type") == "home":
        return AT_HOME
    try:
        at = json.loads(_text(view, "private_metadata", "") or "{}").get("at", "")
    except (ValueError, AttributeError, RecursionError):
        return ""
    return at if isinstance(at, str) else ""


def _form(text: str) -> dict[str, str]:
    """The fields of a form, as the standard library reads them, which takes ten times as long for Slack's."""
    if text.isascii() and text.isprintable():
        parts = [part.partition("=") for part in text.split("&") if part]
        with suppress(_NotEscaped):
            return {_unescaped(name): _unescaped(value) for name, _, value in parts}
    return dict(parse_qsl(text, keep_blank_values=True))


class _NotEscaped(Exception):
    """A per cent sign stands for itself."""


def _unescaped(text: str) -> str:
    """%XX as bytes of UTF-8, which is quoted-printable (RFC 2045) but for the sign."""
    text = text.replace("+", " ")
    if "%" not in text:
        return text
    found = a2b_qp(text.replace("=", "=3D").replace("%", "="))
    if len(found) != len(text) - 2 * text.count("%"):
        raise _NotEscaped
    return found.decode(errors="replace")


def _words(body: Json, event: Json, text: str, *, private: bool) -> Command:
    words = text.split(None, 1)
    name, rest = (*words, "", "")[:2]
    channel = _id(event, "channel")
    return Command(
        key=_key("event", _text(body, "event_id")),
        origin=_origin(_team(body, event), _id(event, "user"), channel, private=private, can_ask=False),
        name=name.lstrip("/").lower(),
        text=rest.strip(),
    )


def _by_person(event: Json) -> bool:
    subtype = event.get("subtype")
    written = subtype is None or (isinstance(subtype, str) and subtype in _WRITTEN)
    return written and not event.get("bot_id") and not event.get("hidden")


def _values(view: Json) -> dict[str, str | tuple[str, ...] | None]:
    blocks = _dict(_dict(view, "state", {}), "values", {})
    values: dict[str, str | tuple[str, ...] | None] = {}
    for name, elements in blocks.items():
        if not isinstance(elements, dict):
            raise PayloadError("state.values")
        for element in elements.values():
            if not isinstance(element, dict):
                raise PayloadError("state.values")
            values[clean(name)] = _value(element)
    return values


def _value(element: Json) -> str | tuple[str, ...] | None:
    """The value of one input: each kind of element keeps it under a name of its own."""
    if "selected_options" in element:
        chosen = element["selected_options"] or []
        if not isinstance(chosen, list):
            raise PayloadError("selected_options")
        return tuple(_option(option) for option in chosen)
    if element.get("selected_option") is not None:
        return _option(element["selected_option"])
    for name in ("value", "selected_date", "selected_user"):
        value = element.get(name)
        if isinstance(value, str):
            return clean(value)
        if value is not None:
            raise PayloadError(name)
    return None


def _option(option: object) -> str:
    value = option.get("value") if isinstance(option, dict) else None
    if not isinstance(value, str):
        raise PayloadError("option")
    return clean(value)


def _permalink(body: Json) -> str | None:
    """The message's address, in the form that Slack's own "Copy link" gives."""
    domain = _dict(body, "team", {}).get("domain")
    channel = _dict(body, "channel", {}).get("id")
    stamp = body.get("message_ts") or _dict(body, "message", {}).get("ts")
    shapes = ((_DOMAIN, domain), (_ID, channel), (_TIMESTAMP, stamp))
    if not all(isinstance(part, str) and shape.fullmatch(part) for shape, part in shapes):
        return None
    return f"https://{domain}.slack.com/archives/{channel}/p{str(stamp).replace('.', '')}"


def _refused(user: Json, tenant: str) -> Any:
    if user.get("is_bot") or user.get("id") == "USLACKBOT":
        return "bot"
    if user.get("deleted"):
        return "deactivated"
    if user.get("is_stranger") or _is_elsewhere(user, tenant):
        return "stranger"
    if user.get("is_restricted") or user.get("is_ultra_restricted"):
        return "guest"
    return None


def _is_elsewhere(user: Json, tenant: str) -> bool:
    """Whether a user's workspace is another one; in an organisation's grid any of its workspaces is home."""
    grid = _dict(user, "enterprise_user", {}).get("teams")
    home = user.get("team_id")
    return isinstance(home, str) and home != tenant and not (isinstance(grid, list) and tenant in grid)


def _people(body: Json) -> tuple[str, str]:
    """The workspace and the person of an interaction."""
    user = _dict(body, "user")
    view = _dict(body, "view", {})
    installed = _id(view, "app_installed_team_id", None)
    team = installed or _id(_dict(body, "team", {}), "id", None) or _id(user, "team_id", None)
    return team or _id(view, "team_id"), _id(user, "id")


def _team(body: Json, event: Json) -> str:
    team: str = _id(body, "team_id", None) or _id(event, "team")
    return team


def _origin(
    team: str, user: str, channel: str | None, *, private: bool = True, can_ask: bool = True
) -> Origin:
    own_chat = channel if channel is not None and channel.startswith("D") else None
    return Origin(
        platform="slack",
        tenant=team,
        user_id=user,
        channel=channel,
        private=private,
        can_ask=can_ask,
        address=own_chat,
    )


def _key(kind: str, of: str) -> str:
    if not of:
        raise PayloadError(kind)
    return f"slack:{kind}:{of if len(of) <= 200 else _digest(of)}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


_MISSING: Any = object()


def _dict(holder: Json, name: str, default: Any = _MISSING) -> Json:
    value = holder.get(name)
    if isinstance(value, dict):
        return value
    if value is None and default is not _MISSING:
        return default  # type: ignore[no-any-return]
    raise PayloadError(name)


def _text(holder: Json, name: str, default: Any = _MISSING) -> str:
    """A string of the payload, without halves of surrogate pairs, which no store takes."""
    value = holder.get(name)
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "ignore").decode()
    if value is None and default is not _MISSING:
        return str(default)
    raise PayloadError(name)


def _id(holder: Json, name: str, default: Any = _MISSING) -> Any:
    value = holder.get(name)
    if isinstance(value, str) and _ID.fullmatch(value):
        return value
    if value is None and default is not _MISSING:
        return default
    raise PayloadError(name)
