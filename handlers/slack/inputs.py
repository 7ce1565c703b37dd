"""The inputs of a form as Block Kit."""

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from handlers.cards import (
    Asked,
    ChoiceInput,
    DateInput,
    LinkInput,
    MultiChoiceInput,
    NumberInput,
    Option,
    PersonInput,
    TextInput,
)
from handlers.slack import limits
from handlers.slack.limits import Json, cut, own, small_print
from handlers.slack.text import clean, is_web

#: The longest text that an input takes.
INPUT_CHARACTERS = 3000
_USER_ID = re.compile(r"[UW][A-Z0-9_]+")


def block(asked: Asked, nonce: str) -> Json:
    """An input. Its block id is its name; its action id belongs to this rendering, so that Slack does not
    keep what was typed into an earlier one in place of the value given here."""
    label = clean(asked.label).strip() or asked.name
    element = _ELEMENTS[type(asked)](asked)
    if element is None:
        return small_print(f"{label}: there is nothing to choose from yet.")
    element["action_id"] = f"{asked.name}#{nonce}"[: limits.ID_CHARACTERS]
    rendered: Json = {
        "type": "input",
        "block_id": asked.name,
        "label": _words(label),
        "element": element,
        "optional": asked.optional,
    }
    if asked.hint and clean(asked.hint).strip():
        rendered["hint"] = _words(asked.hint)
    placeholder = getattr(asked, "placeholder", None)
    if placeholder and clean(placeholder).strip():
        element["placeholder"] = _words(placeholder)
    return rendered


def _text(asked: TextInput) -> Json:
    longest = max(1, min(asked.max_length, INPUT_CHARACTERS))
    element: Json = {"type": "plain_text_input", "multiline": asked.multiline, "max_length": longest}
    if asked.value:
        element["initial_value"] = cut(clean(asked.value), longest)
    return element


def _number(asked: NumberInput) -> Json:
    element: Json = {"type": "number_input", "is_decimal_allowed": asked.decimals}
    low, high, value = asked.minimum, asked.maximum, asked.value
    if low is not None and high is not None and high < low:
        raise ValueError(f"{asked.name}: the maximum is below the minimum")
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        value = None
    for name, number in (("min_value", low), ("max_value", high), ("initial_value", value)):
        if number is not None and math.isfinite(number):
            element[name] = _digits(number, asked.decimals)
    return element


def _digits(value: float, decimals: bool) -> str:
    if value == int(value):
        return str(int(value))
    return f"{value:.4f}".rstrip("0") if decimals else str(round(value))


def _choice(asked: ChoiceInput) -> Json | None:
    options = _options(asked.options)
    if not options:
        return None
    element: Json = {"type": "static_select"} | _grouped(options)
    initial = next((option for option in options if option["value"] == asked.value), None)
    if initial is not None:
        element["initial_option"] = initial
    return element


def _multi_choice(asked: MultiChoiceInput) -> Json | None:
    options = _options(asked.options)
    if not options:
        return None
    element: Json = {"type": "multi_static_select"} | _grouped(options)
    initial = [option for option in options if option["value"] in asked.values]
    if initial:
        element["initial_options"] = initial
    return element


def _options(options: Iterable[Option]) -> list[Json]:
    """Options with distinct keys: of two with the same key the first counts."""
    distinct: dict[str, Json] = {}
    for option in options:
        key = own(option.key, limits.OPTION_VALUE_CHARACTERS, "the key of an option")
        label = cut(clean(option.label).strip() or key or "–", limits.OPTION_CHARACTERS)
        text = {"type": "plain_text", "text": label, "emoji": False}
        distinct.setdefault(key, {"text": text, "value": key})
    return list(distinct.values())[: limits.OPTIONS * limits.OPTIONS]


def _grouped(options: Sequence[Json]) -> Json:
    """More options than Slack takes in one list are grouped, each group named after its first and last."""
    if len(options) <= limits.OPTIONS:
        return {"options": list(options)}
    groups = [options[start : start + limits.OPTIONS] for start in range(0, len(options), limits.OPTIONS)]
    return {"option_groups": [{"label": _span(group), "options": list(group)} for group in groups]}


def _span(group: Sequence[Json]) -> Json:
    first, last = (cut(option["text"]["text"], 34) for option in (group[0], group[-1]))
    return _words(f"{first} to {last}")


def _date(asked: DateInput) -> Json:
    element: Json = {"type": "datepicker"}
    if asked.value is not None:
        element["initial_date"] = asked.value.isoformat()
    return element


def _person(asked: PersonInput) -> Json:
    element: Json = {"type": "users_select"}
    if asked.value and _USER_ID.fullmatch(asked.value):
        element["initial_user"] = asked.value
    return element


def _link(asked: LinkInput) -> Json:
    element: Json = {"type": "url_text_input"}
    if asked.value and is_web(asked.value):
        element["initial_value"] = asked.value
    return element


def _words(text: str) -> Json:
    return {"type": "plain_text", "text": clean(text).strip(), "emoji": False}


_ELEMENTS: dict[type[Any], Callable[[Any], Json | None]] = {
    TextInput: _text,
    NumberInput: _number,
    ChoiceInput: _choice,
    MultiChoiceInput: _multi_choice,
    DateInput: _date,
    PersonInput: _person,
    LinkInput: _link,
}
