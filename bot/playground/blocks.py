"""Block Kit's limits, checked as Slack checks them: what would be `invalid_blocks` there is here too."""

from collections.abc import Callable
from typing import Any

Json = dict[str, Any]
Problems = list[str]

SELECTS = {
    "static_select",
    "external_select",
    "users_select",
    "conversations_select",
    "channels_select",
}
MULTI_SELECTS = {f"multi_{name}" for name in SELECTS}
PICKERS = {"datepicker", "timepicker", "datetimepicker"}
CHOICES = {"checkboxes", "radio_buttons"}
TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input", "rich_text_input"}
INPUT_ELEMENTS = SELECTS | MULTI_SELECTS | PICKERS | CHOICES | TYPED | {"file_input"}
ACTION_ELEMENTS = SELECTS | MULTI_SELECTS | PICKERS | CHOICES | {"button", "overflow", "workflow_button"}
ACCESSORIES = ACTION_ELEMENTS | {"image"}
CHART_TYPES = {"bar", "line", "area"}
MESSAGE_ONLY = {"table", "data_table", "data_visualization", "markdown", "context_actions"}


def check_message_blocks(blocks: Any) -> Problems:
    """What Slack would find wrong with a message's blocks; empty when it would take them."""
    return _Check("message").run(blocks, 50)


def check_view(view: Any) -> Problems:
    """What Slack would find wrong with a modal or a Home tab."""
    if not isinstance(view, dict):
        return ["must be an object [json-pointer:/view]"]
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [f"unsupported type: {kind} [json-pointer:/type]"]
    check = _Check(kind)
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
    check.run(view.get("blocks"), 100)
    blocks = view.get("blocks") or []
    has_inputs = any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if kind == "modal" and has_inputs and not view.get("submit"):
        problems.append("missing required field: submit (the view has input blocks) [json-pointer:/submit]")
    return problems


class _Check:
    """One pass over one surface (message, modal or home)."""

    def __init__(self, surface: str) -> None:
        self.surface = surface
        self.problems: Problems = []

    def run(self, blocks: Any, limit: int) -> Problems:
        if not isinstance(blocks, list):
            self.problems.append("must provide an array of blocks [json-pointer:/blocks]")
            return self.problems
        if len(blocks) > limit:
            self.problems.append(f"no more than {limit} items allowed [json-pointer:/blocks]")
        seen: set[str] = set()
        charts = 0
        for index, block in enumerate(blocks):
            where = f"/blocks/{index}"
            if not isinstance(block, dict):
                self.problems.append(f"must be an object [json-pointer:{where}]")
                continue
            block_id = block.get("block_id")
            if block_id is not None:
                if not isinstance(block_id, str) or len(block_id) > 255:
                    self.fail("must be less than 256 characters", f"{where}/block_id")
                elif block_id in seen:
                    self.fail(f"`block_id` {block_id} already exists", f"{where}/block_id")
                seen.add(str(block_id))
            kind = block.get("type")
            checker = _BLOCKS.get(str(kind))
            if checker is None:
                self.fail(f"unsupported type: {kind}", f"{where}/type")
                continue
            if self.surface != "message" and kind in MESSAGE_ONLY:
                self.fail(f"unsupported type in a {self.surface}: {kind}", f"{where}/type")
            charts += kind == "data_visualization"
            checker(self, block, where)
        if charts > 2:
            self.fail("no more than 2 data_visualization blocks allowed", "/blocks")
        return self.problems

    def fail(self, sentence: str, where: str) -> None:
        self.problems.append(f"{sentence} [json-pointer:{where}]")

    def required(self, holder: Json, key: str, where: str) -> bool:
        if holder.get(key) in (None, "", [], {}):
            self.fail(f"missing required field: {key}", where)
            return False
        return True

    def string(self, value: Any, where: str, limit: int) -> None:
        if not isinstance(value, str):
            self.fail("must be a string", where)
        elif len(value) > limit:
            self.fail(f"must be less than {limit + 1} characters", where)

    def text(self, value: Any, where: str, limit: int, *, plain: bool = False) -> None:
        """A text object: present, of an allowed type, 1 to `limit` characters."""
        if not isinstance(value, dict):
            self.fail("missing required field: text object", where)
            return
        allowed = ("plain_text",) if plain else ("plain_text", "mrkdwn")
        if value.get("type") not in allowed:
            self.fail(f"unsupported text type: {value.get('type')}", f"{where}/type")
        content = value.get("text")
        if not isinstance(content, str) or content == "":
            self.fail("must be more than 0 characters", f"{where}/text")
        elif len(content) > limit:
            self.fail(f"must be less than {limit + 1} characters", f"{where}/text")

    def options(self, options: Any, where: str, limit: int, *, plain: bool) -> list[Json]:
        if not isinstance(options, list) or not options:
            self.fail("must have at least 1 item", where)
            return []
        if len(options) > limit:
            self.fail(f"no more than {limit} items allowed", where)
        for index, option in enumerate(options):
            at = f"{where}/{index}"
            if not isinstance(option, dict):
                self.fail("must be an object", at)
                continue
            self.text(option.get("text"), f"{at}/text", 75, plain=plain)
            if option.get("description") is not None:
                self.text(option["description"], f"{at}/description", 75, plain=plain)
            if not isinstance(option.get("value"), str):
                self.fail("missing required field: value", at)
            else:
                self.string(option["value"], f"{at}/value", 150)
        return [option for option in options if isinstance(option, dict)]

    def confirm(self, value: Any, where: str) -> None:
        if not isinstance(value, dict):
            self.fail("must be an object", where)
            return
        self.text(value.get("title"), f"{where}/title", 100, plain=True)
        self.text(value.get("text"), f"{where}/text", 300)
        for key in ("confirm", "deny"):
            if value.get(key) is not None:
                self.text(value[key], f"{where}/{key}", 30, plain=True)

    def element(self, value: Any, where: str, allowed: set[str], seen: set[str]) -> None:
        """An interactive element (or an image accessory)."""
        if not isinstance(value, dict):
            self.fail("must be an object", where)
            return
        kind = str(value.get("type"))
        if kind not in allowed:
            self.fail(f"unsupported type: {kind}", f"{where}/type")
            return
        if kind == "image":
            _image(self, value, where)
            return
        action_id = value.get("action_id")
        if action_id is not None:
            self.string(action_id, f"{where}/action_id", 255)
            if action_id in seen:
                self.fail(f"`action_id` {action_id} already exists in this block", f"{where}/action_id")
            seen.add(str(action_id))
        if value.get("placeholder") is not None:
            self.text(value["placeholder"], f"{where}/placeholder", 150, plain=True)
        if value.get("confirm") is not None:
            self.confirm(value["confirm"], f"{where}/confirm")
        if kind == "button":
            self.button(value, where)
        elif kind in ("static_select", "multi_static_select"):
            self.select(value, where)
        elif kind == "overflow":
            self.options(value.get("options"), f"{where}/options", 5, plain=True)
        elif kind in CHOICES:
            options = self.options(value.get("options"), f"{where}/options", 10, plain=False)
            self.initial(value, where, options)
        elif kind in ("plain_text_input", "number_input"):
            self.typed(value, where, kind)

    def button(self, value: Json, where: str) -> None:
        self.text(value.get("text"), f"{where}/text", 75, plain=True)
        if value.get("value") is not None:
            self.string(value["value"], f"{where}/value", 2000)
        if value.get("url") is not None:
            self.string(value["url"], f"{where}/url", 3000)
        if value.get("accessibility_label") is not None:
            self.string(value["accessibility_label"], f"{where}/accessibility_label", 75)
        if value.get("style") not in (None, "primary", "danger"):
            self.fail(f"unsupported style: {value.get('style')}", f"{where}/style")

    def select(self, value: Json, where: str) -> None:
        groups = value.get("option_groups")
        if (groups is None) == (value.get("options") is None):
            self.fail("exactly one of options and option_groups is required", where)
            return
        if groups is None:
            options = self.options(value["options"], f"{where}/options", 100, plain=True)
        else:
            options = []
            if not isinstance(groups, list) or not 1 <= len(groups) <= 100:
                self.fail("must have 1 to 100 items", f"{where}/option_groups")
                return
            for index, group in enumerate(groups):
                at = f"{where}/option_groups/{index}"
                self.text(group.get("label"), f"{at}/label", 75, plain=True)
                options += self.options(group.get("options"), f"{at}/options", 100, plain=True)
        self.initial(value, where, options)

    def initial(self, value: Json, where: str, options: list[Json]) -> None:
        known = {(str(o.get("value")), str((o.get("text") or {}).get("text"))) for o in options}
        chosen = list(value.get("initial_options") or [])
        if value.get("initial_option") is not None:
            chosen.append(value["initial_option"])
        for option in chosen:
            if (str(option.get("value")), str((option.get("text") or {}).get("text"))) not in known:
                self.fail("initial option is not among the options", where)

    def typed(self, value: Json, where: str, kind: str) -> None:
        if kind == "number_input":
            if not isinstance(value.get("is_decimal_allowed"), bool):
                self.fail("missing required field: is_decimal_allowed", where)
            for key in ("min_value", "max_value", "initial_value"):
                if value.get(key) is not None and not isinstance(value[key], str):
                    self.fail("must be a string", f"{where}/{key}")
            return
        low, high = value.get("min_length"), value.get("max_length")
        if low is not None and not 0 <= int(low) <= 3000:
            self.fail("must be 0 to 3000", f"{where}/min_length")
        if high is not None and not 1 <= int(high) <= 3000:
            self.fail("must be 1 to 3000", f"{where}/max_length")
        if low is not None and high is not None and int(low) > int(high):
            self.fail("min_length must not be greater than max_length", where)
        if len(str(value.get("initial_value") or "")) > 3000:
            self.fail("must be less than 3001 characters", f"{where}/initial_value")


def _section(check: _Check, block: Json, where: str) -> None:
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


def _header(check: _Check, block: Json, where: str) -> None:
    check.text(block.get("text"), f"{where}/text", 150, plain=True)


def _context(check: _Check, block: Json, where: str) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        check.fail("must have 1 to 10 items", f"{where}/elements")
        return
    for index, element in enumerate(elements):
        at = f"{where}/elements/{index}"
        if isinstance(element, dict) and element.get("type") == "image":
            _image(check, element, at)
        else:
            check.text(element, at, 3000)


def _actions(check: _Check, block: Json, where: str) -> None:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
        check.fail("must have 1 to 25 items", f"{where}/elements")
        return
    seen: set[str] = set()
    for index, element in enumerate(elements):
        check.element(element, f"{where}/elements/{index}", ACTION_ELEMENTS, seen)


def _input(check: _Check, block: Json, where: str) -> None:
    check.text(block.get("label"), f"{where}/label", 2000, plain=True)
    if block.get("hint") is not None:
        check.text(block["hint"], f"{where}/hint", 2000, plain=True)
    if check.required(block, "element", where):
        check.element(block["element"], f"{where}/element", INPUT_ELEMENTS, set())


def _image(check: _Check, block: Json, where: str) -> None:
    check.required(block, "alt_text", where)
    if block.get("alt_text"):
        check.string(block["alt_text"], f"{where}/alt_text", 2000)
    if (block.get("image_url") is None) == (block.get("slack_file") is None):
        check.fail("exactly one of image_url and slack_file is required", where)
    elif block.get("image_url") is not None:
        check.string(block["image_url"], f"{where}/image_url", 3000)


def _rich_text(check: _Check, block: Json, where: str) -> None:
    elements = block.get("elements")
    allowed = ("rich_text_section", "rich_text_list", "rich_text_preformatted", "rich_text_quote")
    if not isinstance(elements, list):
        check.fail("missing required field: elements", where)
        return
    for index, element in enumerate(elements):
        if not isinstance(element, dict) or element.get("type") not in allowed:
            check.fail("unsupported type", f"{where}/elements/{index}/type")


def _markdown(check: _Check, block: Json, where: str) -> None:
    if check.required(block, "text", where):
        check.string(block["text"], f"{where}/text", 12_000)


def _table(check: _Check, block: Json, where: str) -> None:
    _rows(check, block, where, smallest=1, largest=100)
    if len(block.get("column_settings") or []) > 20:
        check.fail("no more than 20 items allowed", f"{where}/column_settings")


def _data_table(check: _Check, block: Json, where: str) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/data-table-block"""
    check.required(block, "caption", where)
    _rows(check, block, where, smallest=2, largest=101)
    page_size = block.get("page_size")
    if page_size is not None and not (isinstance(page_size, int) and 1 <= page_size <= 100):
        check.fail("must be 1 to 100", f"{where}/page_size")
    rows = block.get("rows")
    if isinstance(rows, list) and rows and isinstance(rows[0], list):
        if any(isinstance(cell, dict) and cell.get("type") == "rich_text" for cell in rows[0]):
            check.fail("rich_text cannot be used for header cells", f"{where}/rows/0")
        if len({len(row) for row in rows if isinstance(row, list)}) > 1:
            check.fail("all rows must have the same number of values", f"{where}/rows")


def _rows(check: _Check, block: Json, where: str, *, smallest: int, largest: int) -> None:
    rows = block.get("rows")
    if not isinstance(rows, list) or not smallest <= len(rows) <= largest:
        check.fail(f"must have {smallest} to {largest} items", f"{where}/rows")
        return
    characters = 0
    for index, row in enumerate(rows):
        at = f"{where}/rows/{index}"
        if not isinstance(row, list) or not 1 <= len(row) <= 20:
            check.fail("must have 1 to 20 items", at)
            continue
        for column, cell in enumerate(row):
            kind = cell.get("type") if isinstance(cell, dict) else None
            if kind not in ("raw_text", "raw_number", "rich_text"):
                check.fail(f"unsupported type: {kind}", f"{at}/{column}/type")
            elif kind == "raw_text" and not cell.get("text"):
                check.fail("must be more than 0 characters", f"{at}/{column}/text")
            elif kind == "raw_number" and not isinstance(cell.get("value"), int | float):
                check.fail("missing required field: value", f"{at}/{column}")
            elif kind != "rich_text":
                characters += len(str(cell.get("text", "")))
    if characters > 10_000:
        check.fail("no more than 10000 characters in all cells", f"{where}/rows")


def _data_visualization(check: _Check, block: Json, where: str) -> None:
    """https://docs.slack.dev/reference/block-kit/blocks/data-visualization-block"""
    if check.required(block, "title", where):
        check.string(block["title"], f"{where}/title", 50)
    chart = block.get("chart")
    if not isinstance(chart, dict):
        check.fail("missing required field: chart", where)
        return
    at = f"{where}/chart"
    if chart.get("type") == "pie":
        segments = chart.get("segments")
        if not isinstance(segments, list) or not 1 <= len(segments) <= 6:
            check.fail("must have 1 to 6 items", f"{at}/segments")
            return
        for index, segment in enumerate(segments):
            _point(check, segment, f"{at}/segments/{index}")
            if isinstance(segment, dict) and not float(segment.get("value") or 0) > 0:
                check.fail("must be greater than 0", f"{at}/segments/{index}/value")
        return
    if chart.get("type") not in CHART_TYPES:
        check.fail(f"unsupported type: {chart.get('type')}", f"{at}/type")
        return
    axis = chart.get("axis_config")
    categories = axis.get("categories") if isinstance(axis, dict) else None
    if not isinstance(axis, dict) or not isinstance(categories, list) or not 1 <= len(categories) <= 20:
        check.fail("must have 1 to 20 items", f"{at}/axis_config/categories")
        return
    for index, category in enumerate(categories):
        check.string(category, f"{at}/axis_config/categories/{index}", 20)
    for key in ("x_label", "y_label"):
        if axis.get(key) is not None:
            check.string(axis[key], f"{at}/axis_config/{key}", 50)
    series = chart.get("series")
    if not isinstance(series, list) or not 1 <= len(series) <= 6:
        check.fail("must have 1 to 6 items", f"{at}/series")
        return
    names = [one.get("name") for one in series if isinstance(one, dict)]
    if len(set(names)) < len(series):
        check.fail("series names must be unique", f"{at}/series")
    for index, one in enumerate(series):
        here = f"{at}/series/{index}"
        check.string(one.get("name"), f"{here}/name", 20)
        data = one.get("data") or []
        for number, point in enumerate(data):
            _point(check, point, f"{here}/data/{number}")
        if sorted(str(p.get("label")) for p in data if isinstance(p, dict)) != sorted(map(str, categories)):
            check.fail("data labels must match the axis categories", f"{here}/data")


def _point(check: _Check, point: Any, where: str) -> None:
    if not isinstance(point, dict):
        check.fail("must be an object", where)
        return
    check.string(point.get("label"), f"{where}/label", 20)
    if isinstance(point.get("value"), bool) or not isinstance(point.get("value"), int | float):
        check.fail("must be a number", f"{where}/value")


def _nothing(check: _Check, block: Json, where: str) -> None:
    """Blocks without limits of their own, or that this playground does not look into."""


_BLOCKS: dict[str, Callable[[_Check, Json, str], None]] = {
    "section": _section,
    "header": _header,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "divider": _nothing,
    "image": _image,
    "rich_text": _rich_text,
    "markdown": _markdown,
    "table": _table,
    "data_table": _data_table,
    "data_visualization": _data_visualization,
    "context_actions": _nothing,
    "alert": _nothing,
    "card": _nothing,
    "container": _nothing,
    "carousel": _nothing,
    "file": _nothing,
    "video": _nothing,
}
