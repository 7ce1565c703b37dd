"""The files themselves: what is in them, who may have them when they are made, and what happens to them after."""

import asyncio
import csv
import io
import json
import os
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa

from domain.contributions import Degree, Kind, Status
from domain.errors import NoSuchInitiative, NotAllowed, Refused
from domain.reports import ExportFormat, Period, Reach, Scope
from handlers import exports, sheets
from handlers.exports import FileExports, UnknownFile, contributions_file, export_contributions, profile_file
from handlers.sheets import COLUMNS, Abandoned, XlsxSink, open_sink
from storage import reports
from storage.initiatives import initiative
from storage.people import person
from storage.reports import ExportedEntry
from tests.reports.conftest import Asked

NASTY = [
    '=HYPERLINK("https://evil.example","x")',
    "+1",
    "-2",
    "@SUM(A1)",
    "＝1+1",
    "https://looks.like/a-link",
    "12345",
    'quotes " and, commas; and\nlines',
    "🧩 emoji 子 עברית",
    "plain",
]
OCTOBER = Period(first=date(2026, 10, 1), last=date(2026, 10, 31))
FORMS: tuple[ExportFormat, ...] = ("csv", "xlsx", "jsonl")


def _read(path: Path, form: ExportFormat) -> list[dict[str, str]]:
    """The rows of a file by column, every value as text, "" for nothing."""
    if form == "csv":
        text = path.read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))
    if form == "jsonl":
        found = [json.loads(line) for line in path.read_text("utf-8").split("\n") if line]
        return [{key: "" if value is None else str(value) for key, value in row.items()} for row in found]
    rows: list[dict[str, str]] = []
    for sheet in openpyxl.load_workbook(io.BytesIO(path.read_bytes())).worksheets:
        names, *lines = sheet.iter_rows(values_only=True)
        for line in lines:
            row = dict(zip(names, ["" if cell is None else str(cell) for cell in line], strict=True))
            rows.append({str(name): value for name, value in row.items()})
    return rows


def _scope(
    asked: Asked, who: str, reach: Reach, key: str | None = None, period: Period | None = None
) -> Scope:
    number = None if key is None else asked.company.initiative[key]
    return Scope(reach=reach, person_id=asked.company.person[who], initiative_id=number, period=period)


async def _made(asked: Asked, scope: Scope, form: ExportFormat = "jsonl") -> list[dict[str, str]]:
    async with FileExports(asked.store).file(contributions_file(scope, form, "x")) as path:
        return _read(path, form)


@pytest.mark.parametrize("form", FORMS)
async def test_every_text_comes_back_and_none_becomes_a_formula(
    asked: Asked, form: ExportFormat, tmp_path: Path
) -> None:
    for text in NASTY:
        await asked.log("Ada", what=text, link="https://files.example/a?b=c")
    out = tmp_path / f"out.{form}"
    assert await export_contributions(asked.store, out, first=None, last=None, form=form) == len(NASTY)
    rows = _read(out, form)
    dangerous = {"csv": 5}.get(form, 0)
    assert [row["what"] for row in rows] == ["'" + text for text in NASTY[:dangerous]] + NASTY[dangerous:]
    assert list(rows[0]) == list(COLUMNS)
    assert rows[0]["link"] == "https://files.example/a?b=c"


async def test_xlsx_holds_strings_numbers_and_dates_and_no_formula_or_link(
    asked: Asked, tmp_path: Path
) -> None:
    for text in NASTY:
        await asked.log("Ada", what=text, minutes=90, link="https://files.example/a")
    out = tmp_path / "out.xlsx"
    await export_contributions(asked.store, out, first=None, last=None, form="xlsx")
    sheet = openpyxl.load_workbook(out).active
    assert sheet is not None
    for row in sheet.iter_rows(min_row=2):
        cells = dict(zip(COLUMNS, row, strict=True))
        assert {cells["what"].data_type, cells["link"].data_type} <= {"s", "inlineStr"}
        assert all(cell.data_type != "f" and cell.hyperlink is None for cell in row)
        assert (cells["effort_minutes"].value, cells["effort_hours"].value) == (90, 1.5)
        assert cells["day"].value == datetime(2026, 10, 7)  # noqa: DTZ001
        assert cells["created_at_utc"].value == datetime(2026, 11, 18, 12)  # noqa: DTZ001


async def test_csv_begins_with_a_byte_order_mark_and_ends_its_lines_as_the_rfc_says(
    asked: Asked, tmp_path: Path
) -> None:
    await asked.log("Ada", minutes=None)
    out = tmp_path / "out.csv"
    await export_contributions(asked.store, out, first=None, last=None, form="csv")
    lines = out.read_bytes().split(b"\r\n")
    assert lines[0] == b"\xef\xbb\xbf" + ",".join(COLUMNS).encode()
    assert lines[-1] == b""
    assert len(lines) == 3
    assert out.stat().st_mode & 0o777 == 0o600
    left = await asyncio.to_thread(os.listdir, tmp_path)
    assert not any(name.startswith(".tandem") for name in left)


async def test_a_row_says_who_what_when_and_how_often_it_was_thanked(asked: Asked, tmp_path: Path) -> None:
    number = await asked.log("Ada", kind=Kind.CHANGE, minutes=100, degree=Degree.LEAD)
    await asked.thank(number, "Bo", "Thank you")
    await asked.thank(number, "Cleo", "")
    out = tmp_path / "out.jsonl"
    await export_contributions(asked.store, out, first=None, last=None, form="jsonl")
    assert json.loads(out.read_text()) == {
        "id": number,
        "day": "2026-10-07",
        "initiative_key": "claims",
        "initiative_name": "Claims triage",
        "department": "Operations",
        "team": "Operations/Claims",
        "person": "Ada Fern",
        "email": "ada@alder.example",
        "kind": "change",
        "degree": "lead",
        "effort_minutes": 100,
        "effort_hours": 1.67,
        "what": "Labelled exceptions",
        "link": None,
        "status": "counted",
        "logged_by": "Ada Fern",
        "created_at_utc": "2026-11-18T12:00:00Z",
        "thanks": 2,
    }


async def test_days_and_initiative_limit_an_export(asked: Asked, tmp_path: Path) -> None:
    for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)):
        await asked.log("Ada", day=day)
    await asked.log("Ada", "complaints", day=date(2026, 10, 5))
    for key, expected in ((None, 3), ("claims", 2), ("CLAIMS", 2), ("complaints", 1)):
        rows = await export_contributions(
            asked.store,
            tmp_path / "out",
            first=OCTOBER.first,
            last=OCTOBER.last,
            form="csv",
            initiative_key=key,
        )
        assert rows == expected
    assert (
        await export_contributions(asked.store, io.BytesIO(), first=OCTOBER.last, last=None, form="csv") == 2
    )
    with pytest.raises(NoSuchInitiative):
        await export_contributions(
            asked.store, tmp_path / "no", first=None, last=None, form="csv", initiative_key="nope"
        )
    assert not (tmp_path / "no").exists()


async def test_each_reach_holds_its_entries_and_no_others(asked: Asked) -> None:
    mine = await asked.log("Ada")
    waiting = await asked.log("Ada", status=Status.AWAITING)
    await asked.log("Ada", status=Status.WITHDRAWN)
    await asked.log("Ada", status=Status.DECLINED)
    hers = await asked.log("Dara")
    other = await asked.log("Dara", "complaints", day=date(2026, 11, 2))

    async def ids(scope: Scope) -> list[int]:
        return [int(row["id"]) for row in await _made(asked, scope)]

    assert await ids(_scope(asked, "Ada", Reach.OWN)) == [mine, waiting]
    assert await ids(_scope(asked, "Bo", Reach.INITIATIVE, "claims")) == [mine, hers]
    assert await ids(_scope(asked, "Hana", Reach.ALL)) == [mine, hers, other]
    assert await ids(_scope(asked, "Hana", Reach.ALL, period=OCTOBER)) == [mine, hers]
    assert await ids(_scope(asked, "Dara", Reach.OWN, "claims")) == [hers]


@pytest.mark.parametrize(
    ("who", "reach", "key"),
    [
        ("Ada", Reach.INITIATIVE, "claims"),
        ("Ines", Reach.INITIATIVE, "claims"),
        ("Bo", Reach.ALL, None),
        ("Emil", Reach.ALL, None),
        ("Ines", Reach.ALL, None),
    ],
)
async def test_a_file_is_refused_when_it_is_made_to_whoever_may_not_have_it(
    asked: Asked, who: str, reach: Reach, key: str | None
) -> None:
    with pytest.raises(NotAllowed):
        await _made(asked, _scope(asked, who, reach, key))


async def test_a_file_asked_for_in_time_is_refused_once_the_part_or_the_person_is_gone(asked: Asked) -> None:
    scope = _scope(asked, "Bo", Reach.INITIATIVE, "claims")
    own = _scope(asked, "Bo", Reach.OWN)
    assert await _made(asked, scope) == []
    await asked.change(sa.update(initiative).values(product_owner_id=asked.company.person["Ada"]))
    with pytest.raises(NotAllowed):
        await _made(asked, scope)
    assert await _made(asked, own) == []
    await asked.change(sa.update(person).where(person.c.id == scope.person_id).values(active=False))
    with pytest.raises(NotAllowed):
        await _made(asked, own)
    with pytest.raises(NotAllowed):
        async with FileExports(asked.store).file(profile_file(scope.person_id, OCTOBER)):
            pass


async def test_a_file_is_private_and_gone_afterwards(asked: Asked) -> None:
    await asked.log("Ada")
    files = FileExports(asked.store)
    for form in FORMS:
        async with files.file(contributions_file(_scope(asked, "Ada", Reach.OWN), form, "mine")) as path:
            assert path.stat().st_mode & 0o777 == 0o600
            assert path.parent.stat().st_mode & 0o777 == 0o700
        assert not path.parent.exists()
    with pytest.raises(ZeroDivisionError):
        async with files.file(profile_file(asked.company.person["Ada"], OCTOBER)) as path:
            raise ZeroDivisionError
    assert not path.parent.exists()


async def test_a_file_that_nobody_knows_any_more_is_refused_in_words(asked: Asked) -> None:
    message = profile_file(asked.company.person["Ada"], OCTOBER).model_copy(update={"export": "horoscope"})
    with pytest.raises(UnknownFile):
        async with FileExports(asked.store).file(message):
            pass
    assert issubclass(UnknownFile, Refused)


async def test_a_file_too_long_for_a_chat_is_refused_with_another_way(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(exports.MOST_ROWS, "xlsx", 1)
    scope = _scope(asked, "Ada", Reach.OWN)
    await asked.log("Ada")
    assert len(await _made(asked, scope, "xlsx")) == 1
    await asked.log("Ada")
    with pytest.raises(exports.TooManyRows, match="would have 2 rows; as XLSX I can send 1 here"):
        await _made(asked, scope, "xlsx")
    assert len(await _made(asked, scope, "csv")) == 2


async def test_entries_come_in_pages_and_all_of_them(asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "PAGE_ROWS", 4)
    numbers = [await asked.log("Ada", minutes=5) for _ in range(10)]
    pages: list[list[int]] = []
    count = await asked.store.read(
        lambda work: reports.stream_entries(
            work, reports.Selection(), lambda page: pages.append([one.id for one in page])
        )
    )
    assert count == 10
    assert [len(page) for page in pages] == [4, 4, 2]
    assert [number for page in pages for number in page] == numbers


async def test_an_error_while_writing_reaches_whoever_asked_and_leaves_the_store_usable(asked: Asked) -> None:
    await asked.log("Ada")

    def fails(page: object) -> None:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await asked.store.read(lambda work: reports.stream_entries(work, reports.Selection(), fails))
    assert await _made(asked, _scope(asked, "Ada", Reach.OWN)) != []


async def test_the_page_escapes_everything_and_needs_nothing_from_elsewhere(asked: Asked) -> None:
    evil = "<script>alert('x')</script> & \"q\" ${person} $made"
    await asked.change(sa.update(person).where(person.c.name == "Bo Lindqvist").values(name=evil))
    await asked.change(sa.update(person).where(person.c.name == "Ada Fern").values(name=evil))
    await asked.change(sa.update(initiative).where(initiative.c.key == "claims").values(name=evil))
    number = await asked.log("Ada", degree=Degree.LEAD)
    await asked.thank(number, "Bo", evil)
    async with FileExports(asked.store).file(profile_file(asked.company.person["Ada"], OCTOBER)) as path:
        html = path.read_text("utf-8")
    assert "<script" not in html
    assert "alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;q&#34; ${person} $made" in html
    assert not any(word in html for word in ("http://", "https://", "src=", "href=", "@import", "url("))
    assert "prefers-color-scheme: dark" in html
    assert "@media print" in html
    assert "Milestones" not in html
    assert "Made by Tandem on 18 November 2026" in html


def _entry(number: int) -> ExportedEntry:
    return ExportedEntry(
        id=number,
        day=date(2026, 10, 7),
        initiative_key="claims",
        initiative_name="Claims triage",
        team="Operations/Claims",
        person="Ada",
        email="ada@a.example",
        kind="data",
        degree="lead",
        effort_minutes=5,
        what="x",
        link=None,
        status="counted",
        logged_by="Ada",
        created_at=datetime(2026, 10, 7, 12, tzinfo=UTC),
        thanks=0,
    )


def test_more_rows_than_a_sheet_takes_go_on_in_a_further_sheet(tmp_path: Path) -> None:
    path = tmp_path / "out.xlsx"
    with path.open("wb") as out:
        sink = XlsxSink(out, tmp_path, sheet_rows=4)
        sink.write([_entry(number) for number in range(7)])
        sink.close()
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["Contributions", "Contributions 2", "Contributions 3"]
    assert [sheet.max_row for sheet in book.worksheets] == [4, 4, 2]
    assert [int(row["id"]) for row in _read(path, "xlsx")] == list(range(7))
    assert sheets.SHEET_ROWS == 2**20


@pytest.mark.parametrize("form", FORMS)
def test_a_file_that_nobody_waits_for_stops_at_the_next_page(form: ExportFormat, tmp_path: Path) -> None:
    sink = open_sink(form, io.BytesIO(), tmp_path)
    sink.write([_entry(1)])
    sink.abandon()
    with pytest.raises(Abandoned):
        sink.write([_entry(2)])
