"""`tandem verify` over a log of a million decisions, against a bare walk over the same rows in the same run.

The floor reads number, content and hash through the database's own driver and follows the chain of hashes; it
compares nothing. Ours finds everything that `storage.verification` finds. Both run in turn, each in a process of its
own, and the median of the rounds is printed. From a press to its acknowledgement: `benchmarks.presses`.
`python -m benchmarks.signoffs [--decisions 1000000] [--rounds 3] [--database sqlite|postgresql]`
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg

from benchmarks.contributions import fill
from benchmarks.memory import peak_mb
from benchmarks.reports import bare
from domain.audit import GENESIS, content_of, linked
from domain.signoffs import GATES, Content, Criterion
from storage import migrate
from tests import postgres

#: Entries of the log that are checked in a second, and resident memory of the whole command.
TARGET_PER_SECOND = 100_000
TARGET_MB = 150

#: One request: asked for, approved and sent back, revised, approved by both.
DECISIONS_EACH, ENTRIES_EACH, VERSIONS_EACH = 4, 6, 2
INITIATIVES = 3
BUSINESS, TECHNICAL, OWNER = 1, 2, 3
REASON = "Please say what happens to declined claims."
FIRST = datetime(2024, 1, 1, 8, tzinfo=UTC)
#: Requests whose rows are made and written together.
CHUNK = 5_000
DATABASE = "tandem_bench_signoffs"

COLUMNS = {
    "milestone": ("id", "initiative_id", "key", "title", "signed_off_at"),
    "signoff": (
        "id",
        "milestone_id",
        "requested_by_id",
        "state",
        "version",
        "fingerprint",
        "approved_side",
        "created_at",
        "expires_at",
        "settled_at",
    ),
    "signoff_version": ("signoff_id", "version", "content", "fingerprint", "by_id", "at"),
    "audit": ("number", "at", "event", "actor_id", "content", "hash"),
    "decision": (
        "signoff_id",
        "version",
        "fingerprint",
        "side",
        "verdict",
        "person_id",
        "acting_for_id",
        "reason",
        "platform",
        "at",
        "audit_number",
    ),
}
Rows = dict[str, list[tuple[Any, ...]]]


def measure(name: str, url: str, *, entries: int, rounds: int) -> bool:
    """Print what the walk takes on one database; whether the targets are met."""
    floors: list[dict[str, float]] = []
    ours: list[dict[str, float]] = []
    for _ in range(rounds):
        for sort, told in (("floor", floors), ("verify", ours)):
            told.append(_alone(sort, url))
    floor, mine = (statistics.median(one["seconds"] for one in told) for told in (floors, ours))
    peak = max(one["peak_mb"] for one in ours)
    good = entries / mine >= TARGET_PER_SECOND and peak < TARGET_MB
    print(
        f"  {name:<10} floor {entries / floor:9,.0f} entries/s   `tandem verify` {entries / mine:9,.0f} entries/s "
        f"(target {TARGET_PER_SECOND:,})   {mine:.1f} s   ratio {floor / mine:.2f}   "
        f"peak {peak:.0f} MB (target {TARGET_MB})   {'ok' if good else 'BELOW TARGET'}"
    )
    return good


def _alone(sort: str, url: str) -> dict[str, float]:
    """Run one way in a process of its own; seconds and megabytes."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.signoffs", "--alone", sort, "--url", url],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    told: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return told


def alone(sort: str, url: str) -> None:
    """Walk once and print what it took as JSON."""
    begun = time.perf_counter()
    if sort == "floor":
        asyncio.run(_floor(url))
    else:
        _verify(url)
    seconds = time.perf_counter() - begun
    print(json.dumps({"seconds": seconds, "peak_mb": peak_mb()}))


def _verify(url: str) -> None:
    """The command as it is typed."""
    os.environ["TANDEM_DATABASE_URL"] = url
    from bot.cli import app

    app(["verify"], standalone_mode=False)


async def _floor(url: str) -> None:
    hashed = GENESIS
    async for content, stored in _bare_rows(url):
        hashed = hashlib.sha256(f"{hashed}\n{content}".encode()).hexdigest()
        if hashed != stored:
            raise RuntimeError("the chain is broken")


async def _bare_rows(url: str) -> AsyncIterator[tuple[str, str]]:
    query = "SELECT content, hash FROM audit ORDER BY number"
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            for row in connection.execute(query):
                yield row
        return
    connection = await asyncpg.connect(bare(url))
    async with connection.transaction():
        async for content, stored in connection.cursor(query, prefetch=2000):
            yield content, stored
    await connection.close()


class _Log:
    """Entries that hang on each other, as `storage.audit` makes them."""

    def __init__(self) -> None:
        self.rows: Rows = {table: [] for table in COLUMNS}
        self._number, self._hash = 0, GENESIS

    def append(
        self, signoff_id: int, event: str, actor_id: int, at: datetime, details: dict[str, Any]
    ) -> int:
        self._number += 1
        content = content_of(
            self._number,
            at,
            event,
            actor_id=actor_id,
            platform="slack",
            subject=f"signoff:{signoff_id}",
            details=details,
        )
        self._hash = linked(self._hash, content)
        self.rows["audit"].append((self._number, at, event, actor_id, content, self._hash))
        return self._number

    def taken(self) -> Rows:
        """The rows so far, which are forgotten here."""
        rows, self.rows = self.rows, {table: [] for table in COLUMNS}
        return rows


def chunks(requests: int) -> Iterator[Rows]:
    """The rows of so many requests by table, all signed off in their second version; deterministic."""
    log = _Log()
    for signoff_id in range(1, requests + 1):
        _request(log, signoff_id)
        if signoff_id % CHUNK == 0:
            yield log.taken()
    if log.rows["audit"]:
        yield log.taken()


def _request(log: _Log, signoff_id: int) -> None:
    at = FIRST + timedelta(minutes=2 * signoff_id)
    milestone_id = 1 + signoff_id % (INITIATIVES * len(GATES))
    gate = GATES[(milestone_id - 1) // INITIATIVES]
    for version in range(1, VERSIONS_EACH + 1):
        content = _content(signoff_id, version, gate.key, gate.title)
        text, fingerprint = content.text, content.fingerprint
        log.rows["signoff_version"].append((signoff_id, version, text, fingerprint, OWNER, at))
        asked: dict[str, Any] = {"version": version, "fingerprint": fingerprint}
        if version == 1:
            asked["initiative"] = 1 + (milestone_id - 1) % INITIATIVES
        log.append(signoff_id, "signoff.requested" if version == 1 else "signoff.revised", OWNER, at, asked)
        last = version == VERSIONS_EACH
        for side, person_id, verdict, reason in (
            ("business", BUSINESS, "approved", None),
            ("technical", TECHNICAL, "approved" if last else "changes", None if last else REASON),
        ):
            said = {
                "signoff_id": signoff_id,
                "version": version,
                "fingerprint": fingerprint,
                "side": side,
                "verdict": verdict,
                "person_id": person_id,
                "acting_for_id": None,
                "reason": reason,
                "platform": "slack",
            }
            entry = log.append(signoff_id, "signoff.decided", person_id, at, said)
            log.rows["decision"].append((*said.values(), at, entry))
    expires_at = at + timedelta(days=14)
    log.rows["signoff"].append(
        (
            signoff_id,
            milestone_id,
            OWNER,
            "signed_off",
            VERSIONS_EACH,
            fingerprint,
            None,
            at,
            expires_at,
            at,
        )
    )


def _content(signoff_id: int, version: int, key: str, title: str) -> Content:
    return Content(
        initiative="claims",
        milestone=key,
        title=title,
        summary=f"Triage takes storm claims of round {signoff_id}, with a person checking every decline.",
        criteria=(
            Criterion(text="95 of 100 sampled claims in the right queue", evidence="https://files.example/1"),
            Criterion(text=f"Draft {version} was read by the claims team"),
        ),
        risks="Slower on the first days.",
        effort="312 h in 1,204 entries by 41 people",
    )


def milestones(requests: int) -> list[tuple[Any, ...]]:
    """The milestones that the requests are about, signed off with the last of each."""
    count = INITIATIVES * len(GATES)
    found = []
    for milestone_id in range(1, count + 1):
        latest = requests - (requests - (milestone_id - 1)) % count
        gate = GATES[(milestone_id - 1) // INITIATIVES]
        at = FIRST + timedelta(minutes=2 * latest) if latest > 0 else None
        found.append((milestone_id, 1 + (milestone_id - 1) % INITIATIVES, gate.key, gate.title, at))
    return found


def fill_sqlite(path: Path, requests: int) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")

    def put(table: str, found: list[tuple[Any, ...]]) -> None:
        marks = ",".join("?" * len(COLUMNS[table]))
        connection.executemany(
            f"INSERT INTO {table} ({','.join(COLUMNS[table])}) VALUES ({marks})",
            ([_plain(value) for value in row] for row in found),
        )

    put("milestone", milestones(requests))
    for rows in chunks(requests):
        for table, found in rows.items():
            put(table, found)
        connection.execute(_HEAD.format("?", "?"), (rows["audit"][-1][0], rows["audit"][-1][5]))
    connection.commit()
    connection.close()


def _plain(value: object) -> object:
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if isinstance(value, datetime) else value


async def fill_postgres(url: str, requests: int) -> None:
    connection = await asyncpg.connect(bare(url))

    async def put(table: str, found: list[tuple[Any, ...]]) -> None:
        await connection.copy_records_to_table(table, columns=COLUMNS[table], records=found)

    await put("milestone", milestones(requests))
    for rows in chunks(requests):
        for table, found in rows.items():
            await put(table, found)
        await connection.execute(_HEAD.format("$1", "$2"), rows["audit"][-1][0], rows["audit"][-1][5])
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


_HEAD = "UPDATE audit_head SET number = {0}, hash = {1} WHERE id = 1"


@contextlib.contextmanager
def databases(only: list[str], requests: int) -> Iterator[dict[str, str]]:
    """Filled databases by name."""
    with tempfile.TemporaryDirectory(prefix="tandem-bench-") as folder, contextlib.ExitStack() as stack:
        urls: dict[str, str] = {}
        if "sqlite" in only:
            urls["sqlite"] = f"sqlite:///{folder}/tandem.db"
            migrate.upgrade(urls["sqlite"])
            asyncio.run(fill(urls["sqlite"]))
            fill_sqlite(Path(folder) / "tandem.db", requests)
        if "postgresql" in only:
            address = stack.enter_context(postgres.server())
            asyncio.run(_make_database(address))
            stack.callback(lambda: asyncio.run(_make_database(address, drop_only=True)))
            urls["postgresql"] = f"{address.rpartition('/')[0]}/{DATABASE}"
            migrate.upgrade(urls["postgresql"])
            asyncio.run(fill(urls["postgresql"]))
            asyncio.run(fill_postgres(urls["postgresql"], requests))
        yield urls


async def _make_database(address: str, *, drop_only: bool = False) -> None:
    connection = await asyncpg.connect(bare(address))
    await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    if not drop_only:
        await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--decisions", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--alone", choices=["floor", "verify"], help=argparse.SUPPRESS)
    parser.add_argument("--url", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.alone:
        alone(given.alone, given.url)
        return 0
    requests = given.decisions // DECISIONS_EACH
    entries = requests * ENTRIES_EACH
    good = True
    with databases(given.database or ["sqlite", "postgresql"], requests) as urls:
        print(f"\n`tandem verify` over {requests * DECISIONS_EACH:,} decisions in {entries:,} entries")
        for name, url in urls.items():
            good &= measure(name, url, entries=entries, rounds=given.rounds)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
