"""From cards and forms to Block Kit: the whole vocabulary, every user's word taken literally.

Text stands in `rich_text` and `plain_text`, where Slack reads no markup; only styled small print is mrkdwn.
Blocks are plain dicts: slack_sdk's models do not know the newer ones and cost more than the whole answer.
"""

import json
import random
from collections.abc import Callable, Iterable
from typing import Any, Literal

from handlers.cards import (
    ASKED,
    Button,
    Buttons,
    Card,
    Chart,
    Confirm,
    Context,
    Divider,
    Element,
    Fact,
    Facts,
    Form,
    Heading,
    Image,
    LinkButton,
    Run,
    Runs,
    Table,
    Text,
    plain,
)
from handlers.slack import figures, inputs, limits
from handlers.slack.limits import Json, own, small_print
from handlers.slack.text import clean, escape, is_special, is_web
from handlers.slack.translate import LINK_ACTION

Surface = Literal["message", "modal", "home"]

#: The callback id of a modal that shows a card and asks nothing.
CARD_VIEW = "tandem.card"


#: Names renderings, which is no secret: to ask the system instead would give the interpreter away for a while.
_chance = random.Random()


def messages(card: Card, *, typed: bool = False) -> list[Json]:
    """A card as messages, `text` and `blocks` each: one, or several where it is too long for one.

    Tables and charts are Slack's own blocks, or `typed` out where a workspace does not have those yet.
    """
    summary = clean(card.summary).strip() or "Tandem"
    return limits.messages(escape(summary), _Rendering("message", typed=typed).blocks(card.elements))


def versions(card: Card) -> list[list[Json]]:
    """The messages of a card, and after them those to fall back on if Slack refuses the newer blocks."""
    return [messages(card), messages(card, typed=True)] if has_figures(card) else [messages(card)]


def has_figures(card: Card) -> bool:
    """Whether a card has a table or a chart."""
    return any(isinstance(element, (Table, Chart)) for element in card.elements)


def modal(form: Form, *, at: str = "") -> Json:
    """A form as a modal. The inputs' block ids are their names: submitted values and errors go by them.

    `at` is where it was opened (`translate.came_from`).
    """
    names = [asked.name for asked in form.inputs()]
    if len(set(names)) < len(names):
        raise ValueError(f"the form {form.name} has two inputs of one name")
    blocks = _Rendering("modal").blocks(form.elements)
    kept = {"form": form.name, "context": form.context}
    return limits.view(
        {
            "type": "modal",
            "callback_id": form.name,
            "title": _words(form.title, "Tandem"),
            "submit": _words(form.submit, "Save"),
            "close": _words("Cancel"),
            "private_metadata": _metadata(kept, at),
            "blocks": blocks or [small_print("There is nothing to fill in.")],
        }
    )


def card_modal(card: Card, title: str = "Tandem", *, at: str = "") -> Json:
    """A card as a modal that asks nothing: what is shown after a form, or after a press in one."""
    return limits.view(
        {
            "type": "modal",
            "callback_id": CARD_VIEW,
            "title": _words(title, "Tandem"),
            "close": _words("Close"),
            **({"private_metadata": _metadata({}, at)} if at else {}),
            "blocks": _Rendering("modal").blocks(card.elements) or _summary(card),
        }
    )


def _metadata(kept: dict[str, str], at: str) -> str:
    """What a view gives back; where it was opened is left out where there is no room for it."""
    whole, least = (json.dumps(one, separators=(",", ":")) for one in (kept | {"at": at}, kept))
    return whole if at and len(whole) <= limits.METADATA_CHARACTERS else least


def home(card: Card) -> Json:
    """A card as a Home tab."""
    blocks = _Rendering("home").blocks(card.elements)
    return limits.view({"type": "home", "blocks": blocks or _summary(card)})


class _Rendering:
    """One rendering, on one surface: its block ids are its own, so that a press can tell it from the next."""

    def __init__(self, surface: Surface, *, typed: bool = False) -> None:
        self._has_figures = surface == "message" and not typed
        self._nonce = f"{_chance.getrandbits(72):018x}"
        self._actions = 0
        self._blocks = 0
        self._tables = 0
        self._charts = 0

    def blocks(self, elements: Iterable[Element]) -> list[Json]:
        """The blocks of all elements, in their order; an element without content has none."""
        rendered: list[Json] = []
        for element in elements:
            if isinstance(element, ASKED):
                rendered.append(inputs.block(element, self._nonce))
            else:
                rendered.extend(_SHOWN[type(element)](self, element))
        return rendered

    def heading(self, heading: Heading) -> list[Json]:
        text = clean(heading.text).strip()
        return [{"type": "header", "text": _words(text)}] if text else []

    def text(self, text: Text) -> list[Json]:
        return _literal(text.runs)

    def facts(self, facts: Facts) -> list[Json]:
        return [figures.rich_text(_fact_runs(facts.items))] if facts.items else []

    def table(self, table: Table) -> list[Json]:
        """The first table of a message is a data table; Slack has none in modals and Home tabs."""
        native = self._has_figures and self._tables == 0 and table.rows and table.columns
        self._tables += 1
        return figures.data_table(table) if native else figures.typed_table(table)

    def chart(self, chart: Chart) -> list[Json]:
        """Charts are for messages only, and at most two of them."""
        fits = self._has_figures and self._charts < limits.CHARTS_IN_MESSAGE
        native = fits and chart.categories and chart.series
        self._charts += 1
        return figures.data_visualization(chart) if native else figures.typed_chart(chart)

    def image(self, image: Image) -> list[Json]:
        alt = clean(image.alt).strip() or "Image"
        if not is_web(image.url):
            return [small_print(alt)]
        block: Json = {"type": "image", "image_url": image.url, "alt_text": alt}
        if image.title and clean(image.title).strip():
            block["title"] = _words(image.title)
        return [block]

    def divider(self, _divider: Divider) -> list[Json]:
        return [{"type": "divider"}]

    def context(self, context: Context) -> list[Json]:
        """Small print. Styled small print needs mrkdwn: where its words would be read as markup, it is
        shown as a literal paragraph instead."""
        if not clean(plain(context.runs)).strip():
            return []
        if all(run.style == "plain" and not run.url for run in context.runs):
            return [small_print(clean(plain(context.runs)))]
        if any(is_special(run.text) for run in context.runs) or len(plain(context.runs)) > 2000:
            return _literal(context.runs)
        text = "".join(_mrkdwn(run) for run in context.runs)
        if len(text) > limits.TEXT_CHARACTERS:
            return _literal(context.runs)
        return [{"type": "context", "elements": [{"type": "mrkdwn", "text": text, "verbatim": True}]}]

    def buttons(self, buttons: Buttons) -> list[Json]:
        rendered = [self._button(button) for button in buttons.items]
        rows = (
            rendered[start : start + limits.BUTTONS_IN_BLOCK]
            for start in range(0, len(rendered), limits.BUTTONS_IN_BLOCK)
        )
        return [{"type": "actions", "block_id": self._block_id(), "elements": row} for row in rows]

    def _block_id(self) -> str:
        self._blocks += 1
        return f"{self._nonce}.{self._blocks}"

    def _button(self, button: Button | LinkButton) -> Json:
        self._actions += 1
        element: Json = {"type": "button", "text": _words(button.label, "Open")}
        if isinstance(button, LinkButton):
            element["action_id"] = f"{LINK_ACTION}#{self._actions}"
            if not is_web(button.url):
                raise ValueError("a link button leads to an http or https address")
            element["url"] = own(button.url, limits.URL_CHARACTERS, "the address of a link button")
            return element
        element["action_id"] = f"{button.action}#{self._actions}"
        if button.value:
            element["value"] = button.value
        if button.style != "default":
            element["style"] = button.style
        if button.described:
            element["accessibility_label"] = clean(button.described)
        if button.confirm is not None:
            element["confirm"] = _confirm(button.confirm)
        return element


def _words(text: str, fallback: str = "–") -> Json:
    """A text object that Slack takes literally; it may not be empty."""
    return {"type": "plain_text", "text": clean(text).strip() or fallback, "emoji": False}


def _confirm(confirm: Confirm) -> Json:
    return {
        "title": _words(confirm.title),
        "text": _words(confirm.text),
        "confirm": _words(confirm.yes, "OK"),
        "deny": _words(confirm.no, "Cancel"),
    }


def _literal(runs: Runs) -> list[Json]:
    if not clean(plain(runs)).strip():
        return []
    return [figures.rich_text([_rich_run(run) for run in runs if clean(run.text)])]


def _rich_run(run: Run) -> Json:
    linked = run.url is not None and is_web(run.url)
    rich: Json = {"type": "link" if linked else "text", "text": clean(run.text)}
    if linked:
        rich["url"] = run.url
    if run.style != "plain":
        rich["style"] = {"bold": True} if run.style == "strong" else {"code": True}
    return rich


def _fact_runs(items: Iterable[Fact]) -> list[Json]:
    """Each fact on a line of its own, its label in bold."""
    runs: list[Json] = []
    for item in items:
        start = "\n" if runs else ""
        runs.append({"type": "text", "text": f"{start}{clean(item.label)}: ", "style": {"bold": True}})
        runs.append({"type": "text", "text": clean(item.value).strip() or "–"})
    return runs


def _mrkdwn(run: Run) -> str:
    text = escape(clean(run.text))
    if not text.strip():
        return text
    if run.style == "strong":
        text = f"*{text}*"
    elif run.style == "code":
        text = f"`{text}`"
    if run.url is not None and is_web(run.url) and not set("<>|") & set(run.url):
        return f"<{escape(run.url)}|{text}>"
    return text


def _summary(card: Card) -> list[Json]:
    return [figures.rich_text([{"type": "text", "text": clean(card.summary).strip() or "Tandem"}])]


_SHOWN: dict[type[Any], Callable[[_Rendering, Any], list[Json]]] = {
    Heading: _Rendering.heading,
    Text: _Rendering.text,
    Facts: _Rendering.facts,
    Table: _Rendering.table,
    Chart: _Rendering.chart,
    Image: _Rendering.image,
    Divider: _Rendering.divider,
    Context: _Rendering.context,
    Buttons: _Rendering.buttons,
}
