"""Using blocks as a client does: finding an element, filling inputs in, refusing what is incomplete."""

from typing import Any

from bot.playground.state import Json
from bot.playground.views import elements, inputs, option_of, state_value, state_values, value_key

Values = dict[Any, Any]


def find_element(holder: Json, action: str, value: Any, block_id: str | None) -> tuple[str, Json]:
    """(block_id, element) of the element with this action_id or button text."""
    found = [
        (block["block_id"], element)
        for block in holder.get("blocks") or []
        for element in elements(block)
        if block_id in (None, block["block_id"])
        and action in (element["action_id"], (element.get("text") or {}).get("text"))
    ]
    buttons = [pair for pair in found if pair[1]["type"] == "button" and pair[1].get("value") == value]
    if value is not None and buttons:
        found = buttons
    if not found:
        known = [e["action_id"] for block in holder.get("blocks") or [] for e in elements(block)]
        raise LookupError(f"nothing to press for {action!r}; there is: {', '.join(known) or 'nothing'}")
    return found[0]


def pressed_action(block_id: str, element: Json, value: Any, ts: str) -> Json:
    """The entry of `actions` for an element and the choice made in it."""
    kind = element["type"]
    action: Json = {
        "type": kind,
        "action_id": element["action_id"],
        "block_id": block_id,
        "action_ts": ts,
    }
    for key in ("placeholder", "confirm"):
        if key in element:
            action[key] = element[key]
    if kind == "button":
        action |= {key: element[key] for key in ("text", "value", "style", "url") if key in element}
    elif kind == "overflow":
        action["selected_option"] = option_of(element, value)
    else:
        action[value_key(kind)] = state_value(element, value)[value_key(kind)]
    return action


def given_values(holder: Json, values: Values) -> Json:
    """{block_id: {action_id: value}} from values keyed by action_id, block_id, or both."""
    known = list(inputs(holder))
    given: Json = {}
    for key, value in values.items():
        nested = isinstance(value, dict) and any(key == b and a in value for b, a, _ in known)
        if nested:
            given.setdefault(key, {}).update(value)
            continue
        matches = [(b, a) for b, a, _ in known if key in (a, b, (b, a))]
        if not matches:
            names = ", ".join(f"{b}/{a}" for b, a, _ in known)
            raise LookupError(f"the form has no input {key!r}; it has: {names}")
        for block_id, action_id in matches[:1]:
            given.setdefault(block_id, {})[action_id] = value
    return given


def incomplete(view: Json) -> dict[str, str]:
    """What Slack's client refuses before it asks the app, by block_id."""
    errors: dict[str, str] = {}
    values = state_values(view, {})
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        element = block["element"]
        value = values[block["block_id"]][element["action_id"]][value_key(element["type"])]
        if value in (None, "", []):
            if not block.get("optional"):
                errors[block["block_id"]] = "Please complete this required field."
            continue
        sentence = _malformed(element, value)
        if sentence:
            errors[block["block_id"]] = sentence
    return errors


def _malformed(element: Json, value: Any) -> str:
    kind = element["type"]
    if kind == "number_input":
        try:
            number = float(value)
        except ValueError:
            return "Please enter a valid number."
        if not element.get("is_decimal_allowed") and number != int(number):
            return "Please enter a whole number."
        if element.get("min_value") and number < float(element["min_value"]):
            return f"Please enter a number that is at least {element['min_value']}."
        if element.get("max_value") and number > float(element["max_value"]):
            return f"Please enter a number that is at most {element['max_value']}."
    if kind == "plain_text_input":
        if len(value) < int(element.get("min_length") or 0):
            return f"Please enter at least {element['min_length']} characters."
        if len(value) > int(element.get("max_length") or 3000):
            return f"Please enter no more than {element.get('max_length') or 3000} characters."
    if kind == "url_text_input" and not str(value).startswith(("http://", "https://")):
        return "Please enter a valid URL."
    return ""
