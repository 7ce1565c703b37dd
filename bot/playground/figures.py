"""Tables and charts of Block Kit, checked as Slack checks them."""

from typing import Any

from bot.playground.checks import Check, Json

CHART_TYPES = {"bar", "line", "area"}


def table(check: Check, block: Json, where: str) -> None:
    _rows(check, block, where, smallest=1, largest=100)
    if len(block.get("column_settings") or []) > 20:
        check.fail("no more than 20 items allowed", f"{where}/column_settings")


def data_table(check: Check, block: Json, where: str) -> None:
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


def _rows(check: Check, block: Json, where: str, *, smallest: int, largest: int) -> None:
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


def data_visualization(check: Check, block: Json, where: str) -> None:
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


def _point(check: Check, point: Any, where: str) -> None:
    if not isinstance(point, dict):
        check.fail("must be an object", where)
        return
    check.string(point.get("label"), f"{where}/label", 20)
    if isinstance(point.get("value"), bool) or not isinstance(point.get("value"), int | float):
        check.fail("must be a number", f"{where}/value")
