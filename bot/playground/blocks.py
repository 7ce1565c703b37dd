"""Block Kit's limits, checked as Slack checks them: what would be `invalid_blocks` there is here too."""

from collections.abc import Callable
from typing import Any

from bot.playground.checks import ACCESSORIES, ACTION_ELEMENTS, INPUT_ELEMENTS, Check, Json, Problems
from bot.playground.figures import data_table, data_visualization, table

MESSAGE_ONLY = {"table", "data_table", "data_visualization", "markdown", "context_actions"}


def check_message_blocks(blocks: Any) -> Problems:
    """What Slack would find wrong with a message's blocks; empty when it would take them."""
    return _run(Check("message"), blocks, 50)


def check_view(view: Any) -> Problems:
    """What Slack would find wrong with a modal or a Home tab."""
    if not isinstance(view, dict):
        return ["must be an object [json-pointer:/view]"]
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [f"unsupported type: {kind} [json-pointer:/type]"]
    check = Check(kind)
    problems = check.problems
    if kind == "modal":
        check.text(view.get("title"), "/title", 24, plain=True)
        for key in ("submit", "close"):
            if view.get(key) is not None:
                check.text(view[key], f"/{key}", 24, plain=True)
    if len(str(view.get("private_metadata") or "")) > 3000:
        problems.append("must be less than 3001 characters [json-pointer:/private_metadata]")
    for key in ("callback_id", "external_id"):
        if len(str(view.get(key) or "")) > 255:
            problems.append(f"must be less than 256 characters [json-pointer:/{key}]")
    _run(check, view.get("blocks"), 100)
    blocks = view.get("blocks") or []
    has_inputs = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if kind == "modal" and has_inputs and not view.get("submit"):
        problems.append("missing required field: submit (the view has input blocks) [json-pointer:/submit]")
    return problems


def _run(check: Check, blocks: Any, limit: int) -> Problems:
    if not isinstance(blocks, list):
        check.problems.append("must provide an array of blocks [json-pointer:/blocks]")
        return check.problems
    if len(blocks) > limit:
        check.problems.append(f"no more than {limit} items allowed [json-pointer:/blocks]")
    seen: set[str] = set()
    charts = 0
    for index, block in enumerate(blocks):
        where = f"/blocks/{index}"
        if not isinstance(block, dict):
            check.problems.append(f"must be an object [json-pointer:{where}]")
            continue
        block_id = block.get("block_id")
        if block_id is not None:
            if not isinstance(block_id, str) or len(block_id) > 255:
                check.fail("must be less than 256 characters", f"{where}/block_id")
            elif block_id in seen:
                check.fail(f"`block_id` {block_id} already exists", f"{where}/block_id")
            seen.add(str(block_id))
        kind = block.get("type")
        checker = _BLOCKS.get(str(kind))
        if checker is None:
            check.fail(f"unsupported type: {kind}", f"{where}/type")
            continue
        if check.surface != "message" and kind in MESSAGE_ONLY:
            check.fail(f"unsupported type in a {check.surface}: {kind}", f"{where}/type")
        charts += kind == "data_visualization"
        checker(check, block, where)
    if charts > 2:
        check.fail("no more than 2 data_visualization blocks allowed", "/blocks")
    return check.problems


def _section(check: Check, block: Json, where: str) -> None:
    fields = block.get("fields")
    if block.get("text") is None and not fields:
        check.fail("missing required field: text or fields", where)
    if block.get("text") is not None:
        check.text(block["text"], f"{where}/text", 3000)
    if fields is not None:
        if not isinstance(fields, list) or not 1 <= len(fields) <= 10:
            check.fail("must have 1 to 10 items", f"{where}/fields")
        else:
            for index, field in enumerate(fields):
                check.text(field, f"{where}/fields/{index}", 2000)
    if block.get("accessory") is not None:
        check.element(block["accessory"], f"{where}/accessory", ACCESSORIES, set())


def _header(check: Check, block: Json, where: str) -> None:
    check.text(block.get("text"), f"{where}/text", 150, plain=True)


def _context(check: Check, block: Json, where: str) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        check.fail("must have 1 to 10 items", f"{where}/elements")
        return
    for index, element in enumerate(elements):
        at = f"{where}/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            check.image(element, at)
        else:
            check.text(element, at, 3000)


def _actions(check: Check, block: Json, where: str) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
        check.fail("must have 1 to 25 items", f"{where}/elements")
        return
    seen: set[str] = set()
    for index, element in enumerate(elements):
        check.element(element, f"{where}/elements/{index}", ACTION_ELEMENTS, seen)


def _input(check: Check, block: Json, where: str) -> None:
    check.text(block.get("label"), f"{where}/label", 2000, plain=True)
    if block.get("hint") is not None:
        check.text(block["hint"], f"{where}/hint", 2000, plain=True)
    if check.required(block, "element", where):
        check.element(block["element"], f"{where}/element", INPUT_ELEMENTS, set())


def _rich_text(check: Check, block: Json, where: str) -> None:
    elements = block.get("elements")
    allowed = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    if not isinstance(elements, list):
        check.fail("missing required field: elements", where)
        return
    for index, element in enumerate(elements):
        if not isinstance(element, dict) or element.get("type") not in allowed:
            check.fail("unsupported type", f"{where}/elements/{index}/type")


def _markdown(check: Check, block: Json, where: str) -> None:
    if check.required(block, "text", where):
        check.string(block["text"], f"{where}/text", 12_000)


def _nothing(check: Check, block: Json, where: str) -> None:
    """Blocks without limits of their own, or that this playground does not look into."""


_BLOCKS: dict[str, Callable[[Check, Json, str], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _nothing,
    "image": Check.image,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "table": table,
    "data_table": data_table,
    "data_visualization": data_visualization,
    "context_actions": _nothing,
    "alert": _nothing,
    "card": _nothing,
    "container": _nothing,
    "carousel": _nothing,
    "file": _nothing,
    "video": _nothing,
}
