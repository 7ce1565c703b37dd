"""Slack's limits, kept after rendering: too long is cut at a word, too many goes on in another message."""

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]

ELLIPSIS = "…"
MESSAGE_BLOCKS = 50
VIEW_BLOCKS = 100
#: All literal text of one message. Slack names no figure and refuses long ones with `msg_blocks_too_long`.
MESSAGE_CHARACTERS = 12_000
TEXT_CHARACTERS = 3000
HEADER_CHARACTERS = 150
TITLE_CHARACTERS = 24
BUTTON_CHARACTERS = 75
LABEL_CHARACTERS = 2000
OPTION_CHARACTERS = 75
PLACEHOLDER_CHARACTERS = 150
ID_CHARACTERS = 255
VALUE_CHARACTERS = 2000
OPTION_VALUE_CHARACTERS = 150
METADATA_CHARACTERS = 3000
URL_CHARACTERS = 3000
BUTTONS_IN_BLOCK = 25
OPTIONS = 100
#: https://docs.slack.dev/reference/block-kit/blocks/data-table-block
TABLE_ROWS = 100
TABLE_COLUMNS = 20
TABLE_CHARACTERS = 10_000
#: https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block
CHART_SERIES = 6
CHART_CATEGORIES = 20
CHART_NAME_CHARACTERS = 20
CHART_TITLE_CHARACTERS = 50
CHARTS_IN_MESSAGE = 2


def cut(text: str, limit: int) -> str:
    """A text of at most `limit` characters; what is cut is cut at a word and marked with an ellipsis."""
    if len(text) <= limit:
        return text
    short = text[: limit - 1]
    space = max(short.rfind(" "), short.rfind("\n"))
    if space > limit // 2 and not text[limit - 1].isspace():
        short = short[:space]
    return short.rstrip() + ELLIPSIS


def cut_escaped(text: str, limit: int) -> str:
    """As `cut`, for escaped text: no entity is cut in two."""
    if len(text) <= limit:
        return text
    short = cut(text, limit)
    entity = short.rfind("&", max(0, len(short) - 6))
    if entity >= 0 and ";" not in short[entity:]:
        short = short[:entity].rstrip() + ELLIPSIS
    return short


def own(value: str, limit: int, what: str) -> str:
    """A value that the code itself made: too long is a mistake of ours, and cutting it would hide it."""
    if len(value) > limit:
        raise ValueError(f"{what} has {len(value)} characters; Slack takes {limit}")
    return value


def messages(text: str, blocks: list[Json]) -> list[Json]:
    """Messages that Slack takes: each with a `text` for screen readers and notifications, and its blocks."""
    fitted = [_fit(block) for block in blocks]
    pages = [list(page) for page in _pages(fitted)] or [[]]
    return [
        {"text": cut_escaped(text, TEXT_CHARACTERS) if number == 0 else _continued(number, len(pages))}
        | ({"blocks": page} if page else {})
        for number, page in enumerate(pages)
    ]


def view(content: Json) -> Json:
    """A modal or Home tab that Slack takes. Views cannot be paged: what does not fit is counted."""
    blocks = [_fit(block) for block in content["blocks"]]
    if len(blocks) > VIEW_BLOCKS:
        left = len(blocks) - VIEW_BLOCKS + 1
        blocks = [*blocks[: VIEW_BLOCKS - 1], small_print(f"{left} more parts do not fit here.")]
    fitted = content | {"blocks": blocks}
    for name in ("title", "submit", "close"):
        if name in content:
            fitted[name] = _fit_text(content[name], TITLE_CHARACTERS)
    own(content.get("private_metadata", ""), METADATA_CHARACTERS, "private_metadata")
    own(content.get("callback_id", ""), ID_CHARACTERS, "callback_id")
    return fitted


def small_print(text: str) -> Json:
    """A line of small print, taken literally."""
    return {
        "type": "context",
        "elements": [{"type": "plain_text", "text": cut(text, TEXT_CHARACTERS), "emoji": False}],
    }


def _continued(number: int, of: int) -> str:
    return f"Continued, {number + 1} of {of}."


def _pages(blocks: list[Json]) -> Iterator[list[Json]]:
    page: list[Json] = []
    characters = 0
    for block in blocks:
        size = _size(block)
        if page and (len(page) == MESSAGE_BLOCKS or characters + size > MESSAGE_CHARACTERS):
            yield page
            page, characters = [], 0
        page.append(block)
        characters += size
    if page:
        yield page


def _size(block: Json) -> int:
    """The characters of a block that Slack counts."""
    kind = block["type"]
    if kind == "rich_text":
        return sum(len(run.get("text", "")) for part in block["elements"] for run in part["elements"])
    if kind == "data_table":
        return sum(len(cell["text"]) for row in block["rows"] for cell in row)
    if kind == "context":
        return sum(len(element.get("text", "")) for element in block["elements"])
    return len(block["text"]["text"]) if kind in ("header", "section") else 0


def _fit(block: Json) -> Json:
    fit = _FIT.get(block["type"])
    return fit(block) if fit is not None else block


def _fit_text(text: Json, limit: int) -> Json:
    content = text["text"]
    if len(content) <= limit:
        return text
    shorten = cut_escaped if text["type"] == "mrkdwn" else cut
    return text | {"text": shorten(content, limit)}


def _fit_header(block: Json) -> Json:
    return block | {"text": _fit_text(block["text"], HEADER_CHARACTERS)}


def _fit_context(block: Json) -> Json:
    return block | {"elements": [_fit_text(text, TEXT_CHARACTERS) for text in block["elements"]]}


def _fit_rich_text(block: Json) -> Json:
    """Cuts the last runs, so that all of a block's text stays within one text's limit."""
    if _size(block) <= TEXT_CHARACTERS:
        return block
    left = TEXT_CHARACTERS
    parts = []
    for part in block["elements"]:
        kept = []
        for run in part["elements"]:
            if left > 0:
                text = cut(run["text"], left)
                kept.append(run | {"text": text})
                left -= len(text) if text == run["text"] else left
        if kept:
            parts.append(part | {"elements": kept})
    return block | {"elements": parts}


def _fit_actions(block: Json) -> Json:
    return block | {"elements": [_fit_button(button) for button in block["elements"]]}


def _fit_button(button: Json) -> Json:
    own(button["action_id"], ID_CHARACTERS, "action_id")
    own(button.get("value", ""), VALUE_CHARACTERS, f"the value of {button['action_id']}")
    fitted = button | {"text": _fit_text(button["text"], BUTTON_CHARACTERS)}
    if "accessibility_label" in button:
        fitted["accessibility_label"] = cut(button["accessibility_label"], BUTTON_CHARACTERS)
    if "confirm" in button:
        confirm = button["confirm"]
        sizes = {"title": 100, "text": 300, "confirm": 30, "deny": 30}
        fitted["confirm"] = confirm | {name: _fit_text(confirm[name], size) for name, size in sizes.items()}
    return fitted


def _fit_image(block: Json) -> Json:
    fitted = block | {"alt_text": cut(block["alt_text"], LABEL_CHARACTERS)}
    if "title" in block:
        fitted["title"] = _fit_text(block["title"], LABEL_CHARACTERS)
    return fitted


def _fit_input(block: Json) -> Json:
    own(block["block_id"], ID_CHARACTERS, "the name of an input")
    fitted = block | {"label": _fit_text(block["label"], LABEL_CHARACTERS)}
    if "hint" in block:
        fitted["hint"] = _fit_text(block["hint"], LABEL_CHARACTERS)
    element = block["element"]
    if "placeholder" in element:
        fitted["element"] = element | {
            "placeholder": _fit_text(element["placeholder"], PLACEHOLDER_CHARACTERS)
        }
    return fitted


_FIT: dict[str, Callable[[Json], Json]] = {
    "header": _fit_header,
    "context": _fit_context,
    "rich_text": _fit_rich_text,
    "actions": _fit_actions,
    "image": _fit_image,
    "input": _fit_input,
}
