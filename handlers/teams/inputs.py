"""The inputs of a form as Adaptive Card inputs, with hints, prior values and what is wrong with them."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from handlers import cards
from handlers.cards import Input, Option, Run
from handlers.teams import limits
from handlers.teams.activity import Node
from handlers.teams.limits import cut
from handlers.teams.literal import literal, paragraphs

#: Longer lists are searched by typing.
MOST_UNFILTERED = 8
#: Everybody in the organisation; values are Entra object ids.
PEOPLE = "graph.microsoft.com/users"


def rendered(
    element: cards.Asked,
    values: Mapping[str, str | tuple[str, ...] | None],
    error: str | None,
) -> list[Node]:
    """An input, what is wrong with it, and its hint."""
    made: Node = {
        "id": element.name,
        "label": cut(literal(element.label), limits.LABEL),
        **ASKED[type(element)](element),
    }
    if not element.optional:
        made["isRequired"] = True
        made["errorMessage"] = _missing(element)
    if element.name in values:
        given = values[element.name]
        made.pop("value", None)
        if given is not None:
            made |= _value(element, given)
    if getattr(element, "placeholder", None):
        made["placeholder"] = cut(literal(element.placeholder or ""), limits.LABEL)  # type: ignore[union-attr]
    hint = [] if element.hint is None else paragraphs((Run(text=element.hint),), most=limits.HINT, small=True)
    wrong = [] if error is None else complaint(error)
    for block in (*wrong, *hint):
        block["spacing"] = "None"
    return [made, *wrong, *hint]


def complaint(error: str) -> list[Node]:
    """What is wrong, in words and in the colour of warnings."""
    blocks = paragraphs((Run(text=error, style="strong"),), most=limits.HINT)
    for block in blocks:
        for run in block["inlines"]:
            run["color"] = "Attention"
    return blocks


def _missing(element: cards.Asked) -> str:
    if isinstance(element, cards.NumberInput) and element.minimum is not None and element.maximum is not None:
        return f"Enter a number from {element.minimum:g} to {element.maximum:g}."
    if isinstance(element, cards.DateInput):
        return "Choose a day to go on."
    if isinstance(element, (cards.ChoiceInput, cards.MultiChoiceInput, cards.PersonInput)):
        return "Choose one to go on."
    return "Fill this in to go on."


def _value(element: Input, given: str | tuple[str, ...]) -> Node:
    if isinstance(element, cards.NumberInput):
        try:
            return {"value": float(str(given).replace(",", "."))}
        except ValueError:
            return {}
    if isinstance(given, tuple):
        return {"value": ",".join(_several(key) for key in given)}
    return {"value": given}


def _text(element: cards.TextInput) -> Node:
    made: Node = {"type": "Input.Text", "maxLength": element.max_length}
    if element.multiline:
        made["isMultiline"] = True
    return _given(made, element.value)


def _number(element: cards.NumberInput) -> Node:
    made: Node = {"type": "Input.Number"}
    if element.minimum is not None:
        made["min"] = element.minimum
    if element.maximum is not None:
        made["max"] = element.maximum
    return _given(made, element.value)


def _choice(element: cards.ChoiceInput) -> Node:
    made: Node = {
        "type": "Input.ChoiceSet",
        "style": "filtered" if len(element.options) > MOST_UNFILTERED else "compact",
        "choices": _choices(element.options, {element.value}, key=str),
    }
    return _given(made, element.value)


def _multi_choice(element: cards.MultiChoiceInput) -> Node:
    many = len(element.options) > MOST_UNFILTERED
    made: Node = {
        "type": "Input.ChoiceSet",
        "isMultiSelect": True,
        "style": "filtered" if many else "expanded",
        "wrap": True,
        "choices": _choices(element.options, set(element.values), key=_several),
    }
    return _given(made, ",".join(_several(key) for key in element.values) or None)


def _person(element: cards.PersonInput) -> Node:
    made: Node = {
        "type": "Input.ChoiceSet",
        "style": "filtered",
        "choices": [],
        "choices.data": {"type": "Data.Query", "dataset": PEOPLE},
    }
    return _given(made, element.value)


def _date(element: cards.DateInput) -> Node:
    return _given({"type": "Input.Date"}, element.value and element.value.isoformat())


def _link(element: cards.LinkInput) -> Node:
    return _given({"type": "Input.Text", "style": "url", "maxLength": 2000}, element.value)


def _given(made: Node, value: object) -> Node:
    if value is not None:
        made["value"] = value
    return made


def _choices(options: tuple[Option, ...], chosen: set[Any], *, key: Callable[[str], str]) -> list[Node]:
    """The options, as many as fit; what is chosen is never left out."""
    return [
        {"title": literal(cut(option.label, limits.OPTION)), "value": key(option.key)}
        for at, option in enumerate(options)
        if at < limits.MOST_OPTIONS or option.key in chosen
    ]


def _several(key: str) -> str:
    """A key among several, which Teams joins with commas."""
    return quote(key, safe=" /:@!$&'()*+;=?")


#: How each input is asked for.
ASKED: dict[type[Input], Callable[[Any], Node]] = {
    cards.TextInput: _text,
    cards.NumberInput: _number,
    cards.ChoiceInput: _choice,
    cards.MultiChoiceInput: _multi_choice,
    cards.DateInput: _date,
    cards.PersonInput: _person,
    cards.LinkInput: _link,
}
