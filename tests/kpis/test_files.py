"""Readings from a file, on both databases."""

from datetime import date

import pytest

from domain.directory import Unreadable
from domain.kpi_file import read_readings
from domain.kpis import Direction, KpiDraft
from handlers.kpis.importing import Imported, UnknownInitiative, UnknownNoter, import_readings
from storage import kpis
from storage.store import Store, Work
from tests import company
from tests.company import Company

TODAY = date(2026, 11, 18)
FILE = (
    b"day,kpi,value\n2026-11-02,handling-time,16.5\n2026-11-09,handling-time,14.2\n2026-11-09,cost,12 500\n"
)


@pytest.fixture
async def made(store: Store) -> Company:
    """The company, with two KPIs of Ada's on claims."""
    made = await company.founded(store)

    def unit(work: Work) -> None:
        for key in ("handling-time", "cost"):
            draft = KpiDraft(
                key=key,
                name=key,
                unit="units",
                direction=Direction.DOWN,
                baseline=20,
                owner_id=made.person["Ada"],
            )
            kpis.add(work, made.initiative["claims"], draft)

    await store.write(unit)
    return made


async def imported(
    store: Store, content: bytes, *, skip_bad: bool = False, by: str | None = None
) -> Imported:
    return await import_readings(
        store, content, "claims", time_zone="Europe/Berlin", noted_by=by, skip_bad=skip_bad
    )


async def stored(store: Store, made: Company) -> dict[tuple[str, date], tuple[float, int]]:
    def unit(work: Work) -> dict[tuple[str, date], tuple[float, int]]:
        known = {kpi.id: kpi.key for kpi in kpis.of(work, made.initiative["claims"])}
        found = kpis.latest(work, known, limit=50)
        return {
            (known[one.kpi_id], one.day): (one.value, one.noted_by_id)
            for each in found.values()
            for one in each
        }

    return await store.read(unit)


async def test_a_file_is_stored_and_the_same_file_again_changes_nothing(store: Store, made: Company) -> None:
    assert await imported(store, FILE) == Imported(3, 0, 0, (), True)
    ada = made.person["Ada"]
    expected = {
        ("handling-time", date(2026, 11, 2)): (16.5, ada),
        ("handling-time", date(2026, 11, 9)): (14.2, ada),
        ("cost", date(2026, 11, 9)): (12500, ada),
    }
    assert await stored(store, made) == expected
    assert await imported(store, FILE, by=company.email("bo")) == Imported(0, 0, 3, (), True)
    assert await stored(store, made) == expected


async def test_a_changed_row_replaces_its_reading_alone(store: Store, made: Company) -> None:
    await imported(store, FILE)
    result = await imported(store, FILE.replace(b"14.2", b"13"), by=company.email("bo"))
    assert result == Imported(0, 1, 2, (), True)
    now = await stored(store, made)
    assert now["handling-time", date(2026, 11, 9)] == (13, made.person["Bo"])
    assert now["handling-time", date(2026, 11, 2)] == (16.5, made.person["Ada"])


async def test_one_bad_row_keeps_everything_out_unless_it_is_skipped(store: Store, made: Company) -> None:
    content = FILE + b"2026-11-10,cost,soon\n"
    result = await imported(store, content)
    assert (result.stored, [row.line for row in result.bad]) == (False, [5])
    assert await stored(store, made) == {}
    assert (await imported(store, content, skip_bad=True)).new == 3
    assert len(await stored(store, made)) == 3


async def test_an_unknown_initiative_or_noter_is_refused(store: Store, made: Company) -> None:
    with pytest.raises(UnknownInitiative):
        await import_readings(store, FILE, "zebra", time_zone="UTC")
    with pytest.raises(UnknownNoter):
        await imported(store, FILE, by="nobody@alder.example")


def test_every_bad_row_is_told_with_its_line_and_everything_wrong_in_it() -> None:
    text = (
        "day,kpi,value\n"
        "2026-11-02,cost,1\n"
        "soon,cost,1\n"
        "2026-11-19,cost,1\n"
        "1999-01-01,cost,1\n"
        "2026-11-02,speed,1\n"
        "2026-11-02,cost,\n"
        "2026-11-02,cost\n"
        '2026-11-02,cost,"nan"\n'
        "31.11.2026,speed,many\n"
    )
    file = read_readings(text, ["cost"], today=TODAY)
    assert file.values == {("cost", date(2026, 11, 2)): 1}
    assert [(row.line, row.reason) for row in file.bad] == [
        (3, "“soon” is not a day; an example is 2026-11-03"),
        (4, "the day 2026-11-19 is still to come"),
        (5, "the day 1999-01-01 is too long ago"),
        (6, "there is no KPI “speed”; there is cost"),
        (7, "an empty cell is not a number; an example is 14.2"),
        (8, "an empty cell is not a number; an example is 14.2"),
        (9, "“nan” is not a number; an example is 14.2"),
        (
            10,
            "“31.11.2026” is not a day; an example is 2026-11-03; there is no KPI “speed”; there is cost; "
            "“many” is not a number; an example is 14.2",
        ),
    ]


def test_of_two_rows_for_one_day_the_later_one_holds() -> None:
    file = read_readings("day,kpi,value\n2026-11-02,cost,1\n2026-11-02,Cost,2\n", ["cost"], today=TODAY)
    assert (file.values, file.bad) == ({("cost", date(2026, 11, 2)): 2}, ())


def test_spreadsheets_of_both_conventions_are_read_in_any_order_of_columns() -> None:
    german = read_readings("\ufeffWert-ID;Value;KPI;Day\r\n7;1,250;cost;2.11.2026\r\n", ["cost"], today=TODAY)
    english = read_readings('value,kpi,day\n"1,250",cost,2026-11-02\n', ["cost"], today=TODAY)
    assert german.values == {("cost", date(2026, 11, 2)): 1.25}
    assert english.values == {("cost", date(2026, 11, 2)): 1250}


@pytest.mark.parametrize("text", ["", "day,kpi\n", "day,day,kpi,value\n", '"day,kpi,value\n'])
def test_a_file_without_its_columns_is_refused(text: str) -> None:
    with pytest.raises(Unreadable):
        read_readings(text, ["cost"], today=TODAY)
