"""`tandem kpi import` on the command line."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest
from click.testing import CliRunner, Result

from bot import cli
from bot.problem import Problem
from domain.kpis import Direction, KpiDraft
from storage import initiatives, kpis, people
from storage.store import Work, open_store
from tests import company

T = TypeVar("T")

FILE = "day,kpi,value\n2025-11-03,handling-time,16.5\n2025-11-10,handling-time,14.2\n"


def on(database: Path, unit: Callable[[Work], T]) -> T:
    async def run() -> T:
        store = open_store(f"sqlite:///{database}")
        try:
            return await store.write(unit)
        finally:
            await store.close()

    return asyncio.run(run())


@pytest.fixture
def database(sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with one KPI, which the settings name."""
    path = tmp_path / "tandem.db"
    path.write_bytes(sqlite_template.read_bytes())

    def unit(work: Work) -> None:
        made = company.found(work)
        draft = KpiDraft(
            key="handling-time",
            name="Handling time",
            unit="minutes",
            direction=Direction.DOWN,
            baseline=20.5,
            owner_id=made.person["Ada"],
        )
        kpis.add(work, made.initiative["claims"], draft)

    on(path, unit)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TANDEM_DATABASE_URL", f"sqlite:///{path}")
    (tmp_path / "readings.csv").write_text(FILE)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, ["kpi", "import", *arguments])


def noters(database: Path) -> list[str]:
    """The e-mail addresses of those who noted a reading, in the order of days."""

    def unit(work: Work) -> list[str]:
        known = initiatives.called(work, "claims")
        assert known is not None
        [kpi] = kpis.of(work, known.id)
        noted = kpis.latest(work, [kpi.id], limit=10).get(kpi.id, [])
        found = people.by_ids(work, {one.noted_by_id for one in noted})
        return [found[one.noted_by_id].email for one in noted]

    return on(database, unit)


def test_a_file_is_imported_once_however_often_it_is_given(database: Path) -> None:
    assert run("claims", "readings.csv").output == "2 new, 0 replaced, 0 unchanged.\n"
    assert run("claims", "readings.csv").output == "0 new, 0 replaced, 2 unchanged.\n"
    assert noters(database) == [company.email("ada")] * 2


def test_somebody_else_can_be_named_as_who_noted_them(database: Path) -> None:
    assert run("claims", "readings.csv", "--by", "BO@alder.example").exit_code == 0
    assert noters(database) == [company.email("bo")] * 2


def test_bad_rows_are_told_with_their_lines_and_keep_the_file_out(database: Path) -> None:
    Path("readings.csv").write_text(FILE + "2025-11-17,speed,1\n" + "soon,handling-time,1\n" * 45)
    result = run("claims", "readings.csv")
    assert isinstance(result.exception, Problem)
    assert result.exception.sentence.startswith("46 rows are bad, so nothing was imported.")
    lines = result.stderr.splitlines()
    assert lines[0] == "readings.csv, line 4: there is no KPI “speed”; there is handling-time."
    assert lines[1].startswith("readings.csv, line 5: “soon” is not a day")
    assert lines[-1] == "  … and 6 more"
    assert noters(database) == []
    assert "2 new" in run("claims", "readings.csv", "--skip-bad").output
