"""Tables and charts as Block Kit: Slack's own blocks where they are allowed, typed out where they are not."""

import math
from collections.abc import Iterable, Iterator, Sequence

from handlers.cards import Chart, Table
from handlers.slack import limits
from handlers.slack.limits import Json, cut, small_print
from handlers.slack.text import clean

#: Rows of a data table that Slack shows at once; the others are a press away.
PAGE_ROWS = 10
#: Characters of a cell where a table is typed out, and of a bar where a chart is.
#: In words a row may be longer, but not endless.
TOLD_CHARACTERS = 400
#: A typewriter line that is wider wraps in a modal and on a phone.
TYPED_LINE_CHARACTERS = 58
TYPED_CELL_CHARACTERS = 24
TYPED_BAR_CHARACTERS = 12
TYPED_ROWS = 40
_EMPTY = "–"


def rich_text(runs: list[Json]) -> Json:
    """A paragraph of literal text."""
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": runs}]}


def data_table(table: Table) -> list[Json]:
    """A table with a header row; cells aligned right are numbers where they can be, so that they sort."""
    columns = table.columns[: limits.TABLE_COLUMNS]
    header = [{"type": "raw_text", "text": _cell(column.label)} for column in columns]
    numeric = [column.align == "right" for column in columns]
    rows, left = [header], limits.TABLE_CHARACTERS - sum(len(cell["text"]) for cell in header)
    for row in table.rows[: limits.TABLE_ROWS]:
        cells = [
            _number(text) if is_number else {"type": "raw_text", "text": _cell(text)}
            for text, is_number in zip(_filled(row, len(columns)), numeric, strict=True)
        ]
        left -= sum(len(cell["text"]) for cell in cells)
        if left < 0:
            break
        rows.append(cells)
    if len(rows) == 1:
        return typed_table(table)
    block: Json = {
        "type": "data_table",
        "caption": cut(clean(table.caption).strip() or "Table", limits.HEADER_CHARACTERS),
        "rows": rows,
        "page_size": min(len(rows) - 1, PAGE_ROWS),
    }
    return [block, *_not_shown(len(table.rows) - len(rows) + 1, "rows")]


def typed_table(table: Table) -> list[Json]:
    """A table in typewriter columns, under its caption; where they would be too wide, row by row in words."""
    caption: Json = {"type": "text", "text": clean(table.caption).strip() or "Table", "style": {"bold": True}}
    if not table.rows or not table.columns:
        return [rich_text([caption, {"type": "text", "text": "\nNothing to show yet."}])]
    columns = table.columns[: limits.TABLE_COLUMNS]
    lines = [[column.label for column in columns]]
    lines += [_filled(row, len(columns)) for row in table.rows[:TYPED_ROWS]]
    cells = [[_cell(text) for text in line] for line in lines]
    widths = [max(len(line[number]) for line in cells) for number in range(len(columns))]
    if max(widths) > TYPED_CELL_CHARACTERS or sum(widths) + 2 * len(widths) > TYPED_LINE_CHARACTERS:
        return _told_table(caption, cells, len(table.rows))
    typed, left = [], limits.TEXT_CHARACTERS - limits.HEADER_CHARACTERS
    for line in cells:
        text = "  ".join(
            cell.rjust(width) if column.align == "right" else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        left -= len(text) + 1
        if left < 0:
            break
        typed.append(text)
    caption["text"] = cut(caption["text"], limits.HEADER_CHARACTERS)
    return [
        rich_text([caption]),
        *_typewriter(typed),
        *_not_shown(len(table.rows) - max(len(typed) - 1, 0), "rows"),
    ]


def _told_table(caption: Json, cells: list[list[str]], rows: int) -> list[Json]:
    """A table whose rows are lines of words: the first cell in bold, the others each with its column's name."""
    labels, left = cells[0], limits.TEXT_CHARACTERS - limits.HEADER_CHARACTERS
    told: list[Json] = [caption | {"text": cut(caption["text"], limits.HEADER_CHARACTERS)}]
    shown = 0
    for line in cells[1:]:
        first = cut(line[0], TOLD_CHARACTERS)
        if len(line) == 2:
            rest = cut(line[1], TOLD_CHARACTERS)
        else:
            pairs = zip(labels[1:], line[1:], strict=True)
            rest = cut("; ".join(f"{label.lower()} {cell}" for label, cell in pairs), TOLD_CHARACTERS)
        left -= len(first) + len(rest) + 3
        if left < 0:
            break
        told.append({"type": "text", "text": f"\n{first}", "style": {"bold": True}})
        told.append({"type": "text", "text": f": {rest}"})
        shown += 1
    return [rich_text(told), *_not_shown(rows - shown, "rows")]


def data_visualization(chart: Chart) -> list[Json]:
    """A chart, with its numbers in words beneath it."""
    categories = _distinct(chart.categories[: limits.CHART_CATEGORIES])
    names = _distinct([one.name for one in chart.series[: limits.CHART_SERIES]])
    series = [
        {
            "name": name,
            "data": [
                {"label": label, "value": value}
                for label, value in zip(categories, _values(one.values, len(categories)), strict=True)
            ],
        }
        for name, one in zip(names, chart.series, strict=False)
    ]
    axis: Json = {"categories": categories}
    if chart.unit.strip():
        axis["y_label"] = cut(clean(chart.unit).strip() or _EMPTY, limits.CHART_TITLE_CHARACTERS)
    block: Json = {
        "type": "data_visualization",
        "title": cut(clean(chart.title).strip() or "Chart", limits.CHART_TITLE_CHARACTERS),
        "chart": {"type": chart.kind, "series": series, "axis_config": axis},
    }
    return [block, *_told(chart), *_left_out(chart, limits.CHART_CATEGORIES, limits.CHART_SERIES)]


def typed_chart(chart: Chart) -> list[Json]:
    """A chart as typewriter bars, with its numbers in words beneath it."""
    title: Json = {"type": "text", "text": clean(chart.title).strip() or "Chart", "style": {"bold": True}}
    title["text"] = cut(title["text"], limits.HEADER_CHARACTERS)
    shown = list(_bars(chart))
    return [
        rich_text([title]),
        *_typewriter(shown),
        *_told(chart),
        *_left_out(chart, limits.CHART_CATEGORIES, limits.CHART_SERIES),
    ]


def _bars(chart: Chart) -> Iterator[str]:
    categories = _distinct(chart.categories[: limits.CHART_CATEGORIES])
    series = chart.series[: limits.CHART_SERIES]
    values = [_values(one.values, len(categories)) for one in series]
    longest = max((abs(value) for row in values for value in row), default=0) or 1
    labels = [
        label if len(series) == 1 else f"{label}, {cut(clean(one.name), limits.CHART_NAME_CHARACTERS)}"
        for label in categories
        for one in series
    ]
    width = max(map(len, labels), default=0)
    flat = [row[number] for number in range(len(categories)) for row in values]
    left = limits.TEXT_CHARACTERS
    for label, value in zip(labels, flat, strict=True):
        bar = "█" * round(TYPED_BAR_CHARACTERS * (abs(value) / longest))
        line = f"{label.ljust(width)}  {bar.ljust(TYPED_BAR_CHARACTERS)}  {value:g}"
        left -= len(line) + 1
        if left < 0:
            return
        yield line


def _told(chart: Chart) -> list[Json]:
    summary = clean(chart.summary).strip()
    return [small_print(summary)] if summary else []


def _left_out(chart: Chart, categories: int, series: int) -> list[Json]:
    return [
        *_not_shown(len(chart.categories) - categories, "categories"),
        *_not_shown(len(chart.series) - series, "series"),
    ]


def _not_shown(count: int, of: str) -> list[Json]:
    return [small_print(f"{count} more {of} are not shown here.")] if count > 0 else []


def _typewriter(lines: Sequence[str]) -> list[Json]:
    if not lines:
        return []
    run = {"type": "text", "text": "\n".join(lines)}
    return [{"type": "rich_text", "elements": [{"type": "rich_text_preformatted", "elements": [run]}]}]


def _cell(text: str) -> str:
    return " ".join(clean(text).split()) or _EMPTY


def _filled(row: Iterable[str], width: int) -> list[str]:
    """A row with exactly `width` cells."""
    return [*row, *[""] * width][:width]


def _number(text: str) -> Json:
    """A cell that sorts as a number, shown as it was written."""
    shown = _cell(text)
    try:
        value = float(shown.replace(",", ""))
    except ValueError:
        return {"type": "raw_text", "text": shown}
    if not math.isfinite(value):
        return {"type": "raw_text", "text": shown}
    return {"type": "raw_number", "value": int(value) if value.is_integer() else value, "text": shown}


def _values(values: Sequence[float], width: int) -> list[float]:
    """Exactly `width` finite values: what is missing or not finite counts as nothing."""
    finite = [value if math.isfinite(value) else 0.0 for value in values[:width]]
    return finite + [0.0] * (width - len(finite))


def _distinct(names: Iterable[str]) -> list[str]:
    """Names short enough for a chart, still told apart after cutting."""
    distinct: list[str] = []
    for name in names:
        short = cut(_cell(name), limits.CHART_NAME_CHARACTERS)
        number = 2
        while short in distinct:
            mark = f" ({number})"
            short = cut(_cell(name), limits.CHART_NAME_CHARACTERS - len(mark)) + mark
            number += 1
        distinct.append(short)
    return distinct
