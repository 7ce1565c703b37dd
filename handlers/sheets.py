"""Rows of contributions as CSV, XLSX or JSON Lines, written page by page; nothing is kept in memory."""

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Protocol

from domain.contributions import Kind
from domain.reports import ExportFormat, hours, tame
from storage.reports import ExportedEntry

if TYPE_CHECKING:
    from datetime import date, datetime

    Cell = str | int | float | date | datetime | None

COLUMNS = (
    "id",
    "day",
    "initiative_key",
    "initiative_name",
    "department",
    "team",
    "person",
    "email",
    "kind",
    "degree",
    "effort_minutes",
    "effort_hours",
    "what",
    "link",
    "status",
    "logged_by",
    "created_at_utc",
    "thanks",
)
#: What Excel takes, the line with the names of the columns included.
SHEET_ROWS = 1_048_576

_WIDTHS = {"initiative_name": 24, "team": 24, "person": 22, "email": 28, "what": 60, "created_at_utc": 20}
_LABELS = {kind.key: kind.label for kind in Kind}
_DAY, _CREATED = COLUMNS.index("day"), COLUMNS.index("created_at_utc")


class Abandoned(Exception):
    """Nobody waits for this file any more."""


class Sink(Protocol):
    """Where entries are written. Blocks; used by one thread at a time."""

    def write(self, entries: Sequence[ExportedEntry]) -> None: ...

    def close(self) -> None:
        """Finish the file. The stream below stays open."""
        ...

    def abandon(self) -> None:
        """Make the next `write` raise."""
        ...


def open_sink(form: ExportFormat, out: BinaryIO, folder: Path) -> Sink:
    """A sink that writes `form` to `out`, with scratch files in `folder`."""
    match form:
        case "csv":
            return CsvSink(out)
        case "xlsx":
            return XlsxSink(out, folder)
        case "jsonl":
            return JsonLinesSink(out)


def cells(entry: ExportedEntry) -> "tuple[Cell, ...]":
    """An entry in the order of COLUMNS."""
    return (
        entry.id,
        entry.day,
        entry.initiative_key,
        entry.initiative_name,
        entry.team.split("/", 1)[0],
        entry.team,
        entry.person,
        entry.email,
        _LABELS.get(entry.kind, entry.kind),
        entry.degree,
        entry.effort_minutes,
        None if entry.effort_minutes is None else hours(entry.effort_minutes),
        entry.what,
        entry.link,
        entry.status,
        entry.logged_by,
        entry.created_at,
        entry.thanks,
    )


class _TextSink:
    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._abandoned = False

    def close(self) -> None:
        self._out.flush()

    def abandon(self) -> None:
        self._abandoned = True

    def _put(self, text: str) -> None:
        if self._abandoned:
            raise Abandoned
        self._out.write(text.encode())


class CsvSink(_TextSink):
    def __init__(self, out: BinaryIO) -> None:
        super().__init__(out)
        self._put("\ufeff" + ",".join(COLUMNS) + "\r\n")

    def write(self, entries: Sequence[ExportedEntry]) -> None:
        page = io.StringIO(newline="")
        csv.writer(page, lineterminator="\r\n").writerows(
            [
                tame(cell) if isinstance(cell, str) else cell
                for cell in (*row[:_CREATED], f"{entry.created_at:%Y-%m-%d %H:%M:%S}", *row[_CREATED + 1 :])
            ]
            for entry, row in ((entry, cells(entry)) for entry in entries)
        )
        self._put(page.getvalue())


class JsonLinesSink(_TextSink):
    def write(self, entries: Sequence[ExportedEntry]) -> None:
        lines = []
        for entry in entries:
            row = dict(zip(COLUMNS, cells(entry), strict=True))
            row["day"] = entry.day.isoformat()
            row["kind"] = entry.kind
            row["created_at_utc"] = entry.created_at.isoformat().replace("+00:00", "Z")
            lines.append(json.dumps(row, ensure_ascii=False))
        self._put("\n".join([*lines, ""]))


class XlsxSink:
    def __init__(self, out: BinaryIO, folder: Path, *, sheet_rows: int = SHEET_ROWS) -> None:
        from xlsxwriter import Workbook

        self._book = Workbook(
            out,
            # Rows go to a scratch file as they come, with their strings in them instead of in a shared table.
            {
                "constant_memory": True,
                "tmpdir": str(folder),
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
            },
        )
        self._book.use_zip64()
        self._bold = self._book.add_format({"bold": True})
        self._day = self._book.add_format({"num_format": "yyyy-mm-dd"})
        self._instant = self._book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
        self._sheet_rows = sheet_rows
        self._abandoned = False
        self._add_sheet()

    def write(self, entries: Sequence[ExportedEntry]) -> None:
        for entry in entries:
            if self._abandoned:
                raise Abandoned
            if self._row == self._sheet_rows:
                self._add_sheet()
            self._write_row(entry)

    def close(self) -> None:
        self._book.close()

    def abandon(self) -> None:
        self._abandoned = True

    def _add_sheet(self) -> None:
        number = len(self._book.worksheets()) + 1
        self._sheet = self._book.add_worksheet("Contributions" if number == 1 else f"Contributions {number}")
        self._sheet.freeze_panes(1, 0)
        for column, name in enumerate(COLUMNS):
            self._sheet.set_column(column, column, _WIDTHS.get(name, 14))
            self._sheet.write_string(0, column, name, self._bold)
        self._row = 1

    def _write_row(self, entry: ExportedEntry) -> None:
        sheet, number = self._sheet, self._row
        for column, cell in enumerate(cells(entry)):
            if isinstance(cell, str):
                sheet.write_string(number, column, cell)
            elif column == _DAY:
                sheet.write_datetime(number, column, cell, self._day)
            elif column == _CREATED:
                sheet.write_datetime(number, column, entry.created_at.replace(tzinfo=None), self._instant)
            elif cell is not None:
                sheet.write_number(number, column, cell)
        self._row = number + 1
