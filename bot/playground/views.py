"""The views part of the Web API, the stack of modals and the state of their inputs."""

import json
import secrets
from collections.abc import Callable, Iterator
from typing import Any

from bot.playground.blocks import check_view
from bot.playground.roster import APP_ID, BOT_ID, TEAM_ID
from bot.playground.state import STACK_LIMIT, ApiError, Json, State


class ViewMethods:
    """views.open, views.push, views.update and views.publish."""

    def __init__(self, state: State) -> None:
        self.state = state

    def methods(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "views.open": self.open,
            "views.push": self.push,
            "views.update": self.update,
            "views.publish": self.publish,
        }

    def open(self, args: Json) -> Json:
        content = checked_view(args.get("view"), "modal")
        user = self.state.use_trigger(str(args.get("trigger_id", "")))
        return {"view": open_view(self.state, user, content, push=False)}

    def push(self, args: Json) -> Json:
        content = checked_view(args.get("view"), "modal")
        user = self.state.use_trigger(str(args.get("trigger_id", "")))
        return {"view": open_view(self.state, user, content, push=True)}

    def update(self, args: Json) -> Json:
        content = checked_view(args.get("view"), None)
        view = self.state.views.get(str(args.get("view_id") or ""))
        if view is None and args.get("external_id"):
            wanted = args["external_id"]
            view = next((v for v in self.state.views.values() if v.get("external_id") == wanted), None)
        if view is None or view.get("_closed"):
            raise ApiError("not_found")
        if args.get("hash") and args["hash"] != view["hash"]:
            raise ApiError("hash_conflict")
        if content["type"] != view["type"]:
            raise ApiError("invalid_arguments")
        return {"view": replace_view(self.state, view, content)}

    def publish(self, args: Json) -> Json:
        content = checked_view(args.get("view"), "home")
        user = str(args.get("user_id", ""))
        if user not in self.state.users:
            raise ApiError("user_not_found")
        old = self.state.views.get(self.state.homes.get(user, ""))
        if old is not None:
            if args.get("hash") and args["hash"] != old["hash"]:
                raise ApiError("hash_conflict")
            return {"view": replace_view(self.state, old, content)}
        view = new_view(self.state, user, content)
        self.state.homes[user] = view["id"]
        self.state.touch()
        return {"view": public(view)}


def checked_view(view: Any, kind: str | None) -> Json:
    """The view in the arguments, or the refusal that Slack would give."""
    if isinstance(view, str):
        try:
            view = json.loads(view)
        except ValueError as error:
            raise ApiError("invalid_arguments") from error
    problems = check_view(view)
    if not problems and kind is not None and view["type"] != kind:
        problems = [f"must be a {kind} [json-pointer:/view/type]"]
    if problems:
        messages = [f"[ERROR] {problem}" for problem in problems]
        code = "invalid_blocks" if any("json-pointer:/blocks" in p for p in problems) else "invalid_arguments"
        raise ApiError(code, errors=problems, response_metadata={"messages": messages})
    assert isinstance(view, dict)
    return view


def open_view(state: State, user: str, content: Json, *, push: bool) -> Json:
    """Show a modal to the user, alone or on top of those open."""
    stack = state.stacks.setdefault(user, [])
    if push and not stack:
        raise ApiError("not_found")
    if push and len(stack) >= STACK_LIMIT:
        raise ApiError("push_limit_reached")
    if not push:
        for view_id in stack:
            state.views[view_id]["_closed"] = True
        stack.clear()
    view = new_view(state, user, content)
    if stack:
        view["previous_view_id"] = stack[-1]
        view["root_view_id"] = stack[0]
    stack.append(view["id"])
    state.touch()
    return public(view)


def new_view(state: State, user: str, content: Json) -> Json:
    """A stored view; keys with an underscore are the workspace's own."""
    view_id = state.new_id("V")
    view: Json = {
        "id": view_id,
        "team_id": TEAM_ID,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT_ID,
        "previous_view_id": None,
        "root_view_id": view_id,
        "_user": user,
        "_closed": False,
        "_typed": {},
    }
    state.views[view_id] = view
    _fill(state, view, content)
    return view


def replace_view(state: State, view: Json, content: Json) -> Json:
    """Put new content in a view; inputs with the same block_id and action_id keep what was typed."""
    _fill(state, view, content)
    kept = {(block, action) for block, action, _ in inputs(view)}
    view["_typed"] = {
        block: {action: value for action, value in actions.items() if (block, action) in kept}
        for block, actions in view["_typed"].items()
    }
    state.touch()
    return public(view)


def close_view(state: State, view: Json) -> None:
    """Take a view off its user's stack."""
    view["_closed"] = True
    stack = state.stacks.get(view["_user"], [])
    if view["id"] in stack:
        stack.remove(view["id"])
    state.touch()


def _fill(state: State, view: Json, content: Json) -> None:
    view |= {
        "type": content["type"],
        "title": content.get("title"),
        "submit": content.get("submit"),
        "close": content.get("close"),
        "blocks": state.with_ids(content["blocks"]),
        "private_metadata": content.get("private_metadata") or "",
        "callback_id": content.get("callback_id") or "",
        "external_id": content.get("external_id") or "",
        "clear_on_close": bool(content.get("clear_on_close")),
        "notify_on_close": bool(content.get("notify_on_close")),
        "hash": f"{int(state.now())}.{secrets.token_hex(4)}",
        "_errors": {},
        "_trouble": "",
    }


def public(view: Json, values: Json | None = None) -> Json:
    """The view as the wire carries it."""
    result = {key: value for key, value in view.items() if not key.startswith("_")}
    result["state"] = {"values": state_values(view, values or {})}
    return result


def elements(block: Json) -> Iterator[Json]:
    """The interactive elements of a block."""
    if isinstance(block.get("element"), dict):
        yield block["element"]
    if isinstance(block.get("accessory"), dict) and block["accessory"].get("type") != "image":
        yield block["accessory"]
    if block.get("type") == "actions":
        yield from block["elements"]


def inputs(holder: Json) -> Iterator[tuple[str, str, Json]]:
    """(block_id, action_id, element) of everything that has a state: in views and in messages."""
    for block in holder.get("blocks") or []:
        for element in elements(block):
            if element["type"] not in ("button", "overflow", "workflow_button"):
                yield block["block_id"], element["action_id"], element


def state_values(holder: Json, given: Json) -> Json:
    """`state.values`: what was typed, else the initial values. `given` is {block_id: {action_id: value}}."""
    typed = holder.get("_typed") or {}
    values: Json = {}
    for block_id, action_id, element in inputs(holder):
        if action_id in given.get(block_id, {}):
            value = state_value(element, given[block_id][action_id])
        elif action_id in typed.get(block_id, {}):
            value = state_value(element, typed[block_id][action_id])
        else:
            value = initial_value(element)
        values.setdefault(block_id, {})[action_id] = value
    return values


#: Where an element's state keeps its value, and where its definition keeps the initial one.
_FIELDS = {
    "datepicker": ("selected_date", "initial_date"),
    "timepicker": ("selected_time", "initial_time"),
    "datetimepicker": ("selected_date_time", "initial_date_time"),
    "users_select": ("selected_user", "initial_user"),
    "multi_users_select": ("selected_users", "initial_users"),
    "conversations_select": ("selected_conversation", "initial_conversation"),
    "channels_select": ("selected_channel", "initial_channel"),
    "multi_conversations_select": ("selected_conversations", "initial_conversations"),
    "multi_channels_select": ("selected_channels", "initial_channels"),
    "static_select": ("selected_option", "initial_option"),
    "external_select": ("selected_option", "initial_option"),
    "radio_buttons": ("selected_option", "initial_option"),
    "multi_static_select": ("selected_options", "initial_options"),
    "multi_external_select": ("selected_options", "initial_options"),
    "checkboxes": ("selected_options", "initial_options"),
}


def value_key(kind: str) -> str:
    """The key of an element's state that holds its value."""
    return _FIELDS.get(kind, ("value", ""))[0]


def initial_value(element: Json) -> Json:
    kind = element["type"]
    key, initial = _FIELDS.get(kind, ("value", "initial_value"))
    empty: Any = [] if key.endswith("s") else None
    return {"type": kind, key: element.get(initial) or empty}


def state_value(element: Json, value: Any) -> Json:
    """The state of an element for a plain value; options may be given by value or by text."""
    kind = element["type"]
    key = value_key(kind)
    if isinstance(value, dict) and "type" in value and key in value:
        return value
    if key == "selected_option":
        value = option_of(element, value) if value not in (None, "") else None
    elif key == "selected_options":
        wanted = value if isinstance(value, list | tuple) else [value]
        value = [option_of(element, one) for one in wanted if one not in (None, "")]
    elif key.endswith("s"):
        value = list(value or [])
    elif value in (None, ""):
        value = None
    elif key == "value":
        value = str(value)
    return {"type": kind, key: value}


def option_of(element: Json, wanted: Any) -> Json:
    """The element's option with this value or text; options of external selects are given whole."""
    if isinstance(wanted, dict):
        return wanted
    options = list(element.get("options") or [])
    for group in element.get("option_groups") or []:
        options += group["options"]
    for option in options:
        if wanted in (option.get("value"), option["text"]["text"]):
            return dict(option)
    names = ", ".join(str(option.get("value")) for option in options)
    raise LookupError(
        f"{element['type']} {element.get('action_id')} has no option {wanted!r}; it has: {names}"
    )
