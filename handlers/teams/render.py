"""Cards and forms as Adaptive Cards 1.5, as plain dictionaries."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from handlers import cards
from handlers.cards import Button, Card, Confirm, Element, Form, LinkButton, Run, strong
from handlers.teams import charts, inputs, limits
from handlers.teams.activity import Node
from handlers.teams.limits import cut
from handlers.teams.literal import heading, is_web, literal, markdown, paragraphs
from handlers.teams.translate import CANCEL, OURS

#: The content type of an attachment that is an Adaptive Card.
CARD = "application/vnd.microsoft.card.adaptive"

#: The press that opens a form by repeating the command that asked for it.
OPEN_FORM = "form.open"

Values = Mapping[str, str | tuple[str, ...] | None]


def card(said: Card, nonce: str) -> Node:
    """A card in one piece: where only one fits, its first page."""
    return pages(said, nonce)[0]


def pages(said: Card, nonce: str) -> list[Node]:
    """A card as one Adaptive Card, or as several when it is too long for a message."""
    render = _Elements(nonce)
    blocks = [block for element in said.elements for block in render.blocks(element)]
    shared = limits.pages(blocks)
    wide = any(isinstance(element, (cards.Table, cards.Chart)) for element in said.elements)
    if len(shared) == 1:
        return [_adaptive(said.summary, shared[0], wide=wide)]
    return [
        _adaptive(
            f"{said.summary} ({page} of {len(shared)})",
            [*body, *paragraphs((Run(text=f"Page {page} of {len(shared)}"),), small=True)],
            wide=wide,
        )
        for page, body in enumerate(shared, start=1)
    ]


def form(
    asked: Form,
    nonce: str,
    *,
    values: Values | None = None,
    errors: Mapping[str, str] | None = None,
    dialog: bool = False,
) -> Node:
    """A form as a card with inputs; `values` as they were sent, `errors` each at its input.

    In a dialog the window has the title and the cross; in a chat the card has a heading and Cancel.
    """
    values, errors = values or {}, errors or {}
    render = _Elements(nonce)
    body: list[Node] = [] if dialog else [heading(cut(asked.title, limits.HEADING))]
    names = [element.name for element in asked.inputs()]
    for lost in (errors[name] for name in errors if name not in names):
        body += inputs.complaint(lost)
    for element in asked.elements:
        if isinstance(element, cards.ASKED):
            body += inputs.rendered(element, values, errors.get(element.name))
        else:
            for block in render.blocks(element):
                body += block
    several = [element.name for element in asked.inputs() if isinstance(element, cards.MultiChoiceInput)]
    marker: Node = {"form": asked.name, "context": asked.context, "nonce": nonce, "asked": names}
    if several:
        marker["several"] = several
    body.append({"type": "ActionSet", "actions": _endings(asked, {OURS: marker}, nonce, dialog=dialog)})
    return _adaptive(asked.title, body, wide=False)


def door(asked: Form, action: str, value: str, nonce: str) -> Node:
    """A card with the one button that opens a form in its window, where `action` is pressed with `value`."""
    data: Node = {
        "msteams": {"type": "task/fetch"},
        OURS: {"action": action, "press": value, "nonce": nonce},
    }
    said = f"{asked.title}: the form opens in a window of its own."
    if asked.outside is not None:
        said += f" {asked.outside}"
    return _adaptive(
        said,
        [
            *paragraphs((Run(text=said),)),
            {
                "type": "ActionSet",
                "actions": [
                    {"type": "Action.Submit", "title": "Open the form", "style": "positive", "data": data}
                ],
            },
        ],
        wide=False,
    )


def nonce(key: str) -> str:
    """What marks one rendering of a card: the same answer or message again has the same."""
    return hashlib.blake2b(key.encode(), digest_size=9).hexdigest()


def attachment(adaptive: Node) -> Node:
    return {"contentType": CARD, "content": adaptive}


def message(adaptive: Node, *, key: str | None = None) -> Node:
    """A message activity with one card. `key` recognises a repeat."""
    activity: Node = {
        "type": "message",
        "summary": cut(adaptive["fallbackText"], limits.SUMMARY),
        "attachments": [attachment(adaptive)],
    }
    if key is not None:
        activity["channelData"] = {"tandem": {"key": key}}
    return activity


def _adaptive(summary: str, body: list[Node], *, wide: bool) -> Node:
    told = cut(literal(summary), limits.SUMMARY)
    made: Node = {
        "type": "AdaptiveCard",
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "version": "1.5",
        "fallbackText": told,
        # Read out as SSML by some screen readers: no tags.
        "speak": told.replace("<", " ").replace(">", " ").replace("&", " and "),
        "body": body,
    }
    if wide:
        made["msteams"] = {"width": "Full"}
    return limits.fit(made)


def _endings(asked: Form, data: Node, nonce: str, *, dialog: bool) -> list[Node]:
    send: Node = {"title": cut(literal(asked.submit), limits.BUTTON), "style": "positive", "data": data}
    if dialog:
        return [{"type": "Action.Submit", **send}]
    return [
        {"type": "Action.Execute", "verb": asked.name, **send},
        {
            "type": "Action.Execute",
            "verb": CANCEL,
            "title": "Cancel",
            "data": {OURS: {"nonce": nonce}},
            "associatedInputs": "none",
        },
    ]


class _Elements:
    """Renders the elements of one card: its presses carry one nonce, its ids are unique."""

    def __init__(self, nonce: str) -> None:
        self._nonce = nonce
        self._confirms = 0

    def blocks(self, element: Element) -> Iterable[list[Node]]:
        """An element as blocks that stay together; a long table is several."""
        if isinstance(element, cards.Table):
            return _table(element)
        if isinstance(element, cards.Buttons):
            return [self._buttons(element.items)]
        return [SHOWN[type(element)](element)]

    def _buttons(self, items: Sequence[Button | LinkButton]) -> list[Node]:
        actions: list[Node] = []
        asides: list[Node] = []
        for item in items:
            if isinstance(item, LinkButton):
                if is_web(item.url):
                    actions.append({"type": "Action.OpenUrl", "title": _label(item.label), "url": item.url})
            elif item.confirm is None:
                actions.append(self._press(item))
            else:
                self._confirms += 1
                aside = f"confirm-{self._confirms}"
                actions.append(_dressed(_toggle(_label(item.label), aside), item))
                asides.append(self._question(item, item.confirm, aside))
        return [*({"type": "ActionSet", "actions": row} for row in limits.rows(actions)), *asides]

    def _press(self, button: Button, label: str | None = None) -> Node:
        return _dressed(
            {
                "type": "Action.Execute",
                "title": _label(label or button.label),
                "verb": button.action,
                "data": {OURS: {"action": button.action, "press": button.value, "nonce": self._nonce}},
            },
            button,
        )

    def _question(self, button: Button, confirm: Confirm, aside: str) -> Node:
        """Action.Execute has no confirm dialog: the question unfolds under the button, with both answers."""
        return {
            "type": "Container",
            "id": aside,
            "isVisible": False,
            "style": "emphasis",
            "items": [
                *paragraphs((strong(confirm.title),), most=limits.HEADING),
                *paragraphs((Run(text=confirm.text),)),
                {
                    "type": "ActionSet",
                    "actions": [self._press(button, confirm.yes), _toggle(_label(confirm.no), aside)],
                },
            ],
        }


def _dressed(action: Node, button: Button) -> Node:
    if button.style != "default":
        action["style"] = "positive" if button.style == "primary" else "destructive"
    if button.described is not None:
        action["tooltip"] = cut(literal(button.described), limits.LABEL)
    return action


def _toggle(title: str, target: str) -> Node:
    return {"type": "Action.ToggleVisibility", "title": title, "targetElements": [target]}


def _label(text: str) -> str:
    return cut(literal(text), limits.BUTTON)


def _heading(element: cards.Heading) -> list[Node]:
    return [heading(cut(element.text, limits.HEADING), size="Medium")]


def _text(element: cards.Text) -> list[Node]:
    return paragraphs(element.runs)


def _context(element: cards.Context) -> list[Node]:
    return paragraphs(element.runs, small=True)


def _facts(element: cards.Facts) -> list[Node]:
    shown = element.items[: limits.MOST_FACTS]
    facts: list[Node] = [
        {"title": markdown(cut(fact.label, limits.LABEL)), "value": markdown(cut(fact.value, limits.FACT))}
        for fact in shown
    ]
    if len(element.items) > len(shown):
        facts.append({"title": "…", "value": f"{len(element.items) - len(shown)} more"})
    return [{"type": "FactSet", "facts": facts}]


def _image(element: cards.Image) -> list[Node]:
    title = [] if element.title is None else paragraphs((strong(element.title),), most=limits.HEADING)
    if not element.url.startswith(("https://", "http://", "data:image/")):
        return [*title, *paragraphs((Run(text=element.alt),))]
    return [
        *title,
        {"type": "Image", "url": element.url, "altText": literal(cut(element.alt, limits.SUMMARY))},
    ]


def _divider(element: cards.Divider) -> list[Node]:
    return [{"type": "Container", "items": [], "separator": True, "spacing": "Medium"}]


def _table(element: cards.Table) -> list[list[Node]]:
    columns = [
        {"width": 1, "horizontalCellContentAlignment": "Right" if column.align == "right" else "Left"}
        for column in element.columns
    ]
    head = _row((strong(column.label) for column in element.columns), style="accent")
    # A cell without words would be drawn into its neighbour.
    rows = [_row(Run(text=cell.strip() or "–") for cell in row) for row in element.rows]
    caption = paragraphs((strong(element.caption),), most=limits.HEADING)
    return [
        [
            *caption,
            {"type": "Table", "firstRowAsHeader": True, "columns": columns, "rows": [head, *portion]},
        ]
        for portion in limits.chunks(rows)
    ]


def _row(cells: Iterable[Run], *, style: str | None = None) -> Node:
    row: Node = {
        "type": "TableRow",
        "cells": [{"type": "TableCell", "items": paragraphs((cell,), most=limits.CELL)} for cell in cells],
    }
    return row if style is None else {**row, "style": style}


#: How an element is shown that needs nothing but itself; `_Elements` shows the others.
SHOWN: dict[type[cards.Value], Callable[[Any], list[Node]]] = {
    cards.Heading: _heading,
    cards.Text: _text,
    cards.Context: _context,
    cards.Facts: _facts,
    cards.Image: _image,
    cards.Divider: _divider,
    cards.Chart: charts.rendered,
}
