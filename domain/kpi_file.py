"""Reading a file of KPI readings: day,kpi,value become checked readings, or reasons why a row is bad."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from domain.contributions import clean
from domain.directory import BadRow, Unreadable, delimiter_of, records
from domain.errors import InvalidField
from domain.kpis import check_day, parse_number

COLUMNS = ("day", "kpi", "value")

_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})", re.ASCII)


class ReadingsFile(NamedTuple):
    #: What was read for each KPI (by its key) and day; of two rows for the same the later one.
    values: Mapping[tuple[str, date], float]
    bad: tuple[BadRow, ...]


def read_readings(text: str, keys: Sequence[str], *, today: date) -> ReadingsFile:
    """The readings in a CSV text with the columns of COLUMNS, in any order. Raises Unreadable.

    `keys` are the KPIs that there are. Where cells are separated by semicolons, as spreadsheets do in countries
    with a decimal comma, "1,250" is one and a quarter.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    delimiter = delimiter_of(text)
    rows = records(text, delimiter)
    header = next(rows, None)
    names = [] if header is None else [cell.strip().lower() for cell in header[1]]
    if sorted(name for name in names if name in COLUMNS) != sorted(COLUMNS):
        raise Unreadable(f"The first line has to name the columns {', '.join(COLUMNS)}, each of them once.")
    values: dict[tuple[str, date], float] = {}
    bad: list[BadRow] = []
    for line, cells, problem in rows:
        if problem is None:
            row = dict(zip(names, cells, strict=False))
            read = _reading(row, keys, today=today, decimal_comma=delimiter == ";")
            if not isinstance(read, str):
                key, day, value = read
                values[key, day] = value
                continue
            problem = read
        bad.append(BadRow(line, problem))
    return ReadingsFile(values, tuple(bad))


def _reading(
    row: Mapping[str, str], keys: Sequence[str], *, today: date, decimal_comma: bool
) -> tuple[str, date, float] | str:
    """What a row says, or everything that is wrong with it."""
    problems: list[str] = []
    day = _day(row.get("day", ""))
    if day is None:
        problems.append(f"{_shown(row.get('day', ''))} is not a day; an example is 2026-11-03")
    else:
        try:
            check_day(day, today=today)
        except InvalidField:
            when = "still to come" if day > today else "too long ago"
            problems.append(f"the day {day.isoformat()} is {when}")
    key = row.get("kpi", "").strip().lower()
    if key not in keys:
        problems.append(f"there is no KPI {_shown(key)}; there is {', '.join(keys) or 'none yet'}")
    value = parse_number(row.get("value", ""), decimal_comma=decimal_comma)
    if value is None:
        problems.append(f"{_shown(row.get('value', ''))} is not a number; an example is 14.2")
    if problems or day is None or value is None:
        return "; ".join(problems)
    return key, day, value


def _day(text: str) -> date | None:
    text = text.strip()
    dotted = _DOTTED.fullmatch(text)
    try:
        if dotted is not None:
            return date(int(dotted[3]), int(dotted[2]), int(dotted[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None


def _shown(cell: str) -> str:
    """A cell as it is quoted in a reason."""
    cell = " ".join(clean(cell).split())
    return f"“{cell[:40]}{'…' if len(cell) > 40 else ''}”" if cell else "an empty cell"
