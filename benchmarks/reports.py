"""Reports and exports over a million contributions, against hand-written SQL in the same run.

Run `python -m benchmarks.reports [--rows 1000000] [--only sqlite|postgresql]`. Targets: a report takes at most twice
the time of hand-written SQL through the bare driver, an export of all rows stays under 150 MB of resident memory.
"""

import argparse
import asyncio
import contextlib
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.memory import peak_mb
from domain.contributions import Degree, Kind
from domain.reports import Month, Period, last_twelve_months
from handlers.exports import export_contributions
from handlers.monthly import PAGE, initiative_card
from storage import initiatives, migrate, reports
from storage.store import Store, open_store
from tests import postgres

INITIATIVES, PEOPLE, TEAMS, DEPARTMENTS, DAYS = 40, 4_000, 120, 12, 730
FIRST = date(2024, 12, 1)
TODAY = FIRST + timedelta(days=DAYS - 1)
NOW = datetime(TODAY.year, TODAY.month, TODAY.day, 12, tzinfo=UTC)
MOST_MB = 150
CHUNK = 50_000

CONTRIBUTION = [
    "person_id",
    "team_id",
    "initiative_id",
    "kind",
    "degree",
    "effort_minutes",
    "day",
    "what",
    "link",
    "status",
    "version",
    "logged_by_id",
    "created_at",
]

_WITHIN = "c.initiative_id = {0} AND c.day BETWEEN {1} AND {2} AND c.status = 'counted'"
SUMS = f"""SELECT t.path, c.kind, count(*), count(*) - count(c.effort_minutes), sum(c.effort_minutes)
FROM contribution c JOIN team t ON t.id = c.team_id WHERE {_WITHIN} GROUP BY t.path, c.kind ORDER BY 1, 2"""
COUNT = f"SELECT count(DISTINCT c.person_id) FROM contribution c WHERE {_WITHIN}"
PARTS = f"""WITH page AS (
  SELECT id, name FROM person WHERE id IN (SELECT c.person_id FROM contribution c WHERE {_WITHIN})
  ORDER BY name LIMIT {PAGE})
SELECT DISTINCT page.name, c.kind, c.degree FROM page JOIN contribution c ON c.person_id = page.id
WHERE {_WITHIN} ORDER BY 1, 2, 3"""


def entries(rows: int) -> Iterator[tuple[Any, ...]]:
    """Deterministic contributions, in the order of the columns in CONTRIBUTION."""
    chance = random.Random(7)
    kinds = [kind.key for kind in Kind]
    degrees = [degree.value for degree in Degree]
    statuses = ["counted"] * 96 + ["withdrawn"] * 3 + ["awaiting"]
    for number in range(rows):
        who = 1 + int(chance.random() * PEOPLE)
        yield (
            who,
            1 + DEPARTMENTS + who % TEAMS,
            1 + number % INITIATIVES,
            kinds[int(chance.random() * 8)],
            degrees[int(chance.random() * 3)],
            None if chance.random() < 0.1 else 15 * (1 + int(chance.random() * 16)),
            FIRST + timedelta(days=int(chance.random() * DAYS)),
            f"Labelled {number % 997} exceptions of the claims archive and noted why they were odd",
            f"https://files.example/{number}" if number % 10 == 0 else None,
            statuses[int(chance.random() * 100)],
            1,
            who,
            datetime(2026, 1, 1, tzinfo=UTC),
        )


def ground() -> list[tuple[str, list[str], list[tuple[Any, ...]]]]:
    """Teams, people and initiatives: (table, columns, rows)."""
    now = datetime(2024, 1, 1, tzinfo=UTC)
    teams: list[tuple[Any, ...]] = [
        (n, f"Department {n:02}", None, "business") for n in range(1, DEPARTMENTS + 1)
    ]
    for n in range(TEAMS):
        top = 1 + n % DEPARTMENTS
        teams.append((1 + DEPARTMENTS + n, f"Department {top:02}/Team {n:03}", top, "business"))
    people = [
        (
            n,
            f"Person {n * 7919 % PEOPLE:05}",
            f"p{n}@a.example",
            1 + DEPARTMENTS + n % TEAMS,
            "UTC",
            "en",
            "",
            True,
            now,
        )
        for n in range(1, PEOPLE + 1)
    ]
    known = [
        (
            n,
            f"use-case-{n}",
            f"Use case {n}",
            "An outcome.",
            1 + n % DEPARTMENTS,
            1,
            2,
            3,
            "idea",
            False,
            1,
            now,
        )
        for n in range(1, INITIATIVES + 1)
    ]
    return [
        ("team", ["id", "path", "parent_id", "kind"], teams),
        (
            "person",
            ["id", "name", "email", "team_id", "time_zone", "locale", "roles", "active", "created_at"],
            people,
        ),
        (
            "initiative",
            [
                "id",
                "key",
                "name",
                "outcome",
                "department_id",
                "business_sponsor_id",
                "technical_sponsor_id",
                "product_owner_id",
                "stage",
                "archived",
                "created_by_id",
                "created_at",
            ],
            known,
        ),
    ]


def thanks(rows: int) -> Iterator[tuple[Any, ...]]:
    return ((n, 1, "thanks", "Thank you, that helped", NOW) for n in range(1, rows, 33))


REMARK = ["contribution_id", "from_id", "sort", "text", "at"]


def fill_sqlite(path: Path, rows: int) -> None:
    def plain(value: object) -> object:
        if isinstance(value, datetime):
            return value.strftime("%Y-%m-%d %H:%M:%S.%f")
        return value.isoformat() if isinstance(value, date) else value

    connection = sqlite3.connect(path)
    for table, columns, found in [
        *ground(),
        ("contribution", CONTRIBUTION, entries(rows)),
        ("contribution_remark", REMARK, thanks(rows)),
    ]:
        marks = ",".join("?" * len(columns))
        connection.executemany(
            f"INSERT INTO {table} ({','.join(columns)}) VALUES ({marks})",
            ([plain(value) for value in row] for row in found),
        )
    connection.commit()
    connection.close()


async def fill_postgres(url: str, rows: int) -> None:
    connection = await asyncpg.connect(bare(url))
    for table, columns, found in ground():
        await connection.copy_records_to_table(table, columns=columns, records=found)
    await connection.copy_records_to_table("contribution", columns=CONTRIBUTION, records=entries(rows))
    await connection.copy_records_to_table("contribution_remark", columns=REMARK, records=thanks(rows))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


def bare(url: str) -> str:
    return url.replace("postgresql+asyncpg", "postgresql")


class SqliteByHand:
    """Hand-written SQL through sqlite3."""

    def __init__(self, url: str) -> None:
        self._connection = sqlite3.connect(url.removeprefix("sqlite:///"))

    async def run(self, statement: str, *values: Any) -> list[Any]:
        text = statement.format("?1", "?2", "?3")
        plain = [value.isoformat() if isinstance(value, date) else value for value in values]
        return self._connection.execute(text, plain).fetchall()

    async def change(self, statement: str) -> None:
        self._connection.execute(statement)
        self._connection.commit()

    async def close(self) -> None:
        self._connection.close()


class PostgresByHand:
    """Hand-written SQL through asyncpg."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    async def run(self, statement: str, *values: Any) -> list[Any]:
        found: list[Any] = await self._connection.fetch(statement.format("$1", "$2", "$3"), *values)
        return found

    async def change(self, statement: str) -> None:
        await self._connection.execute(statement)
        await self._connection.execute("VACUUM ANALYZE contribution")

    async def close(self) -> None:
        await self._connection.close()


async def median_ms(times: int, *ways: Callable[[], Awaitable[object]]) -> list[float]:
    """The median time of each way, in milliseconds: one round to warm up, then in turn."""
    taken: list[list[float]] = [[] for _ in ways]
    for turn in range(times + 1):
        for number, way in enumerate(ways):
            begun = time.perf_counter()
            await way()
            if turn:
                taken[number].append((time.perf_counter() - begun) * 1000)
    return [statistics.median(one) for one in taken]


async def compare(
    store: Store, hand: SqliteByHand | PostgresByHand, name: str, period: Period, times: int
) -> None:
    async def by_hand() -> None:
        within = (1, period.first, period.last)
        await hand.run(SUMS, *within)
        await hand.run(COUNT, *within)
        await hand.run(PARTS, *within)

    async def ours() -> int:
        found = await store.read(
            lambda work: (initiatives.by_id(work, 1), reports.report(work, 1, period, skip=0, limit=PAGE))
        )
        initiative, report = found
        assert initiative is not None
        initiative_card(report, initiative, Month.of(period.first), today=TODAY, skip=0, own=False, files=())
        return report.entries

    floor, mine = await median_ms(times, by_hand, ours)
    count = await ours()
    verdict = "ok" if mine <= 2 * floor else "TOO SLOW"
    print(
        f"  report, {name} ({count:,} entries): by hand {floor:.1f} ms, "
        f"ours {mine:.1f} ms, ratio {mine / floor:.2f} {verdict}"
    )


async def measure(url: str, rows: int, forms: list[str]) -> None:
    store = open_store(url, lambda: NOW)
    hand = (
        SqliteByHand(url) if store.dialect == "sqlite" else PostgresByHand(await asyncpg.connect(bare(url)))
    )
    await compare(store, hand, "one initiative of 40, one month", Month.of(TODAY).shifted(-1).period, 31)
    await compare(store, hand, "one initiative of 40, two years", Period(first=FIRST, last=TODAY), 9)
    year = last_twelve_months(TODAY)

    async def profile() -> object:
        return await store.read(lambda work: reports.record(work, 17, year))

    print(f"  profile, 12 months: p50 {(await median_ms(101, profile))[0]:.1f} ms")
    for form in forms:
        done = await asyncio.to_thread(
            subprocess.run,
            [sys.executable, "-m", "benchmarks.reports", "--export", form, "--url", url],
            capture_output=True,
            text=True,
            check=True,
        )
        told = json.loads(done.stdout)
        verdict = "ok" if told["peak_mb"] < MOST_MB else "TOO MUCH"
        print(
            f"  export {form}: {told['rows']:,} rows in {told['seconds']:.1f} s, "
            f"{told['rows'] / told['seconds']:,.0f} rows/s, {told['file_mb']:.0f} MB, "
            f"peak RSS {told['peak_mb']:.0f} MB {verdict}"
        )
    await hand.change("UPDATE contribution SET initiative_id = 1, status = 'counted'")
    await compare(store, hand, "everything on one initiative, two years", Period(first=FIRST, last=TODAY), 5)
    await hand.close()
    await store.close()


async def export(url: str, form: Any) -> None:
    """Export everything, alone in this process, and print what it took as JSON."""
    store = open_store(url, lambda: NOW)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "out"
        begun = time.perf_counter()
        rows = await export_contributions(store, path, first=None, last=None, form=form)
        seconds = time.perf_counter() - begun
        size = path.stat().st_size
    await store.close()
    told = {"rows": rows, "seconds": seconds, "file_mb": size / 1e6, "peak_mb": peak_mb()}
    print(json.dumps(told))


@contextlib.contextmanager
def databases(only: str | None, rows: int) -> Iterator[dict[str, str]]:
    """Filled databases by name."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder, contextlib.ExitStack() as stack:
        urls: dict[str, str] = {}
        if only != "postgresql":
            urls["sqlite"] = f"sqlite:///{folder}/tandem.db"
            migrate.upgrade(urls["sqlite"])
            fill_sqlite(Path(folder) / "tandem.db", rows)
        if only != "sqlite":
            address = stack.enter_context(postgres.server())
            asyncio.run(_make_database(address))
            urls["postgresql"] = address.rpartition("/")[0] + "/tandem_bench_reports"
            migrate.upgrade(urls["postgresql"])
            asyncio.run(fill_postgres(urls["postgresql"], rows))
        yield urls
        if only != "sqlite":
            asyncio.run(_make_database(address, drop_only=True))


async def _make_database(address: str, *, drop_only: bool = False) -> None:
    connection = await asyncpg.connect(bare(address))
    await connection.execute("DROP DATABASE IF EXISTS tandem_bench_reports WITH (FORCE)")
    if not drop_only:
        await connection.execute("CREATE DATABASE tandem_bench_reports")
    await connection.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--forms", default="csv,xlsx,jsonl")
    parser.add_argument("--export", choices=["csv", "xlsx", "jsonl"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.export:
        asyncio.run(export(given.url, given.export))
        return
    with databases(given.only, given.rows) as urls:
        for name, url in urls.items():
            print(f"{name}, {given.rows:,} contributions")
            asyncio.run(measure(url, given.rows, given.forms.split(",")))


if __name__ == "__main__":
    main()
