"""Planning one message to 100,000 people over 40 time zones, each in their own hours, and the memory that it takes.

Run `python -m benchmarks.planning [--people 100000] [--only sqlite|postgresql]`. Targets: planned, written to the
outbox and committed in under 5 s on both databases; the memory of the process does not grow with the number of people.
Beside it, in the same run, one statement by hand that writes as many rows at once, without anybody's hours.
"""

import argparse
import asyncio
import contextlib
import json
import random
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import sqlalchemy as sa

from benchmarks.memory import peak_mb
from bot.planner import Planner
from domain.schedules import Happening
from handlers.fanout import place_many
from handlers.hours import warm
from handlers.schedule import Schedule
from storage import fanout, migrate
from storage.occurrences import occurrence
from storage.outbox import outbox
from storage.people import person, team
from storage.preferences import preference
from storage.store import Store, Work, open_store
from tests import postgres

NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
TARGET_SECONDS = 5.0
#: What five times as many people, with as many kinds of hours, may add to the peak.
TARGET_MB = 10.0
CHUNK = 10_000
ROUNDS = 3

#: Forty zones with a country that is in them.
ZONES = (
    *(("Europe/Berlin", "DE"), ("Europe/London", "GB"), ("Europe/Paris", "FR"), ("Europe/Madrid", "ES")),
    *(("Europe/Rome", "IT"), ("Europe/Warsaw", "PL"), ("Europe/Stockholm", "SE"), ("Europe/Lisbon", "PT")),
    *(("Europe/Athens", "GR"), ("Europe/Istanbul", "TR"), ("Europe/Bucharest", "RO"), ("Africa/Cairo", "EG")),
    *(("Africa/Lagos", "NG"), ("Africa/Nairobi", "KE"), ("Africa/Johannesburg", "ZA"), ("Asia/Dubai", "AE")),
    *(("Asia/Riyadh", "SA"), ("Asia/Jerusalem", "IL"), ("Asia/Karachi", "PK"), ("Asia/Kolkata", "IN")),
    *(("Asia/Dhaka", "BD"), ("Asia/Bangkok", "TH"), ("Asia/Singapore", "SG"), ("Asia/Hong_Kong", "HK")),
    *(("Asia/Manila", "PH"), ("Asia/Tokyo", "JP"), ("Asia/Seoul", "KR"), ("Asia/Jakarta", "ID")),
    *(("Australia/Perth", "AU"), ("Australia/Adelaide", "AU"), ("Australia/Sydney", "AU")),
    *(("Pacific/Auckland", "NZ"), ("America/Sao_Paulo", "BR"), ("America/Argentina/Buenos_Aires", "AR")),
    *(("America/New_York", "US"), ("America/Chicago", "US"), ("America/Denver", "US")),
    *(("America/Los_Angeles", "US"), ("America/Toronto", "CA"), ("America/Mexico_City", "MX")),
)

SCHEDULE = "bench.weekly"
BY_HAND = """INSERT INTO outbox (key, person_id, subject, revision, priority, polite, batch, message, state, attempts,
due_at, created_at) SELECT 'hand:' || id, id, 'pulse:7', 0, 8, {true}, 'hand', '{{}}', 'waiting', 0, {now}, {now}
FROM person WHERE active"""


def people(count: int) -> Iterator[dict[str, Any]]:
    for number in range(1, count + 1):
        zone, country = ZONES[number % len(ZONES)]
        yield {
            "id": number,
            "name": f"Person {number:06}",
            "email": f"p{number}@alder.example",
            "team_id": 1,
            "time_zone": zone,
            "locale": "en",
            "country": country,
            "roles": "",
            "active": True,
            "created_at": NOW,
        }


def choices(count: int) -> Iterator[dict[str, Any]]:
    """Every tenth has hours, days or a pause of their own."""
    chance = random.Random(7)
    for number in range(10, count + 1, 10):
        begins = 30 * chance.randrange(12, 20) if chance.random() < 0.7 else None
        yield {
            "person_id": number,
            "from_minute": begins,
            "until_minute": None if begins is None else begins + 30 * chance.randrange(8, 18),
            "weekdays": chance.choice([None, None, "1234", "2345", "135"]),
            "paused_until": date(2026, 11, 18) + timedelta(days=chance.randrange(1, 30))
            if chance.random() < 0.2
            else None,
            "platform": None,
            "nudge": False,
            "changed_at": NOW,
        }


async def fill(store: Store, count: int) -> None:
    def ground(work: Work) -> None:
        _emptied((outbox, occurrence, preference, person, team), work)
        work.connection.execute(sa.insert(team).values(id=1, path="Operations", kind="business"))

    await store.write(ground)
    for table, rows in ((person, people(count)), (preference, choices(count))):
        while chunk := [row for _, row in zip(range(CHUNK), rows, strict=False)]:
            await store.write(partial(_insert, table, chunk))


def _emptied(tables: Sequence[sa.Table], work: Work) -> None:
    for table in tables:
        work.connection.execute(sa.delete(table))


def _insert(table: sa.Table, rows: list[dict[str, Any]], work: Work) -> None:
    work.connection.execute(sa.insert(table), rows)


def schedule() -> Schedule:
    """Due now, once, to everybody."""

    def plan(work: Work, happening: Happening) -> int:
        batch = f"{SCHEDULE}/{happening.period}"
        return place_many(work, batch, fanout.everybody(), "pulse:7", "pulse.card", {"pulse": "7"})

    return Schedule(
        SCHEDULE, timedelta(hours=1), lambda work, after, until: [Happening("2026-W47", NOW)], plan
    )


async def plan(url: str) -> None:
    """One tick, alone in this process; prints what it took as JSON."""
    store = open_store(url, lambda: NOW)
    warm()
    buckets = await store.read(lambda work: len(fanout.buckets(work, fanout.everybody())))
    planner = Planner(store, [schedule()], lambda: NOW)
    taken: list[float] = []
    for _ in range(ROUNDS):
        await store.write(partial(_emptied, (outbox, occurrence)))
        begun = time.perf_counter()
        ticked = await planner.tick()
        taken.append(time.perf_counter() - begun)
    due = await store.read(
        lambda work: work.connection.execute(
            sa.select(sa.func.count(outbox.c.due_at.distinct()))
        ).scalar_one()
    )
    await store.close()
    told = {
        "messages": ticked.messages,
        "seconds": statistics.median(taken),
        "peak_mb": peak_mb(),
        "buckets": buckets,
        "moments": due,
    }
    print(json.dumps(told))


async def planned(url: str) -> dict[str, float]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.planning", "--plan", "--url", url), stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    if process.returncode != 0:
        raise SystemExit("planning failed")
    told: dict[str, float] = json.loads(said.splitlines()[-1])
    return told


async def by_hand(url: str) -> float:
    """Seconds that one statement takes through the bare driver, for as many rows at one moment."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        begun = time.perf_counter()
        connection.execute(BY_HAND.format(true="1", now="'2026-11-18 12:00:00.000000'"))
        connection.commit()
        seconds = time.perf_counter() - begun
        connection.close()
        return seconds
    server = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
    begun = time.perf_counter()
    await server.execute(BY_HAND.format(true="true", now="now()"))
    seconds = time.perf_counter() - begun
    await server.close()
    return seconds


async def measure(name: str, url: str, count: int) -> bool:
    """Print what planning takes; whether both targets are met."""
    peaks: list[float] = []
    for number in (count // 5, count):
        store = open_store(url, lambda: NOW)
        await fill(store, number)
        await store.close()
        if number == count:
            floors: list[float] = []
            for _ in range(ROUNDS):
                floors.append(await by_hand(url))
                store = open_store(url, lambda: NOW)
                await store.write(partial(_emptied, (outbox,)))
                await store.close()
            floor = statistics.median(floors)
        told = await planned(url)
        peaks.append(told["peak_mb"])
        if told["messages"] != number:
            raise SystemExit(f"{told['messages']} messages for {number} people")
    more = peaks[1] - peaks[0]
    fast, small = told["seconds"] <= TARGET_SECONDS, more <= TARGET_MB
    print(
        f"{name}: {count:,} people, {told['buckets']:,} kinds of hours, {told['moments']:,} moments: "
        f"{told['seconds']:.2f} s, {count / told['seconds']:,.0f} a second {'ok' if fast else 'TOO SLOW'} "
        f"(by hand, all at one moment: {floor:.2f} s, ratio {told['seconds'] / floor:.2f})"
    )
    print(
        f"  peak {peaks[1]:.0f} MB, with {count // 5:,} people {peaks[0]:.0f} MB: {more:+.1f} MB "
        f"{'ok' if small else 'TOO MUCH'}"
    )
    return fast and small


@contextlib.contextmanager
def databases(only: str | None) -> Iterator[dict[str, str]]:
    """Empty, migrated databases by name."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder, contextlib.ExitStack() as stack:
        urls: dict[str, str] = {}
        if only != "postgresql":
            urls["sqlite"] = f"sqlite:///{folder}/tandem.db"
        if only != "sqlite":
            address = stack.enter_context(postgres.server())
            asyncio.run(_make_database(address))
            urls["postgresql"] = address.rpartition("/")[0] + "/tandem_bench_planning"
        for url in urls.values():
            migrate.upgrade(url)
        yield urls
        if only != "sqlite":
            asyncio.run(_make_database(address, drop_only=True))


async def _make_database(address: str, *, drop_only: bool = False) -> None:
    connection = await asyncpg.connect(address.replace("postgresql+asyncpg", "postgresql"))
    await connection.execute("DROP DATABASE IF EXISTS tandem_bench_planning WITH (FORCE)")
    if not drop_only:
        await connection.execute("CREATE DATABASE tandem_bench_planning")
    await connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    parser.add_argument("--plan", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.plan:
        asyncio.run(plan(given.url))
        return 0
    with databases(given.only) as urls:
        met = [asyncio.run(measure(name, url, given.people)) for name, url in urls.items()]
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
