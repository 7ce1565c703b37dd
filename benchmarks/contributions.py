"""The whole one-line `/contribute` against a bare Bolt app with one insert: requests a second, and p99.

Each server is a process of its own; both get the same signed requests from this one, in turn, and the median of
the rounds is printed. `python -m benchmarks.contributions [--seconds 4] [--rounds 3] [--database sqlite|postgresql]`
"""

import argparse
import asyncio
import contextlib
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import asyncpg
import sqlalchemy as sa
from aiohttp import web
from sqlalchemy.ext.asyncio import create_async_engine

from benchmarks import load
from domain.initiatives import InitiativeDraft
from storage import initiatives, migrate
from storage.contributions import contribution
from storage.people import identity, person, team
from storage.store import Work, open_store
from tests import postgres

USERS = 5000
TEAMS_TENANT = "0d9a8a5e-7c1b-4f7e-8a55-3a8a4c5b6d01"
TEAMS_USER = "a1a1a1a1-0000-4000-8000-{:012d}"
#: Entries that everybody has this month before the run begins.
ENTRIES_BEFORE = 10
LINE = "10m data on claims triage: labelled 400 exceptions"
TARGETS = {1: 0.5, 32: 0.8}
TARGET_P99_MS = 150.0


async def measure(database: str, *, seconds: float, rounds: int) -> bool:
    """Print the ratios on one database; whether all targets are met."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tandem-bench-")))
        if database == "sqlite":
            ours_url, floor_url = f"sqlite:///{folder}/ours.db", f"sqlite+aiosqlite:///{folder}/floor.db"
        else:
            server = stack.enter_context(postgres.server())
            for name in ("ours", "floor"):
                await create_database(server, name)
            ours_url, floor_url = (server.removesuffix("postgres") + name for name in ("ours", "floor"))
        await asyncio.to_thread(migrate.upgrade, ours_url)
        await fill(ours_url)
        async with slack_stub() as api:
            ours_port, floor_port = free_port(), free_port()
            stack.enter_context(
                process([sys.executable, "-m", "benchmarks.floor", floor_url, str(floor_port)], {})
            )
            stack.enter_context(
                process([sys.executable, "-m", "bot.cli", "serve"], serve_settings(ours_url, ours_port, api))
            )
            await listening(floor_port)
            await listening(ours_port)
            print(f"\n{database}: `/contribute {LINE}` ({USERS:,} people)")
            met = True
            for connections, target in TARGETS.items():
                met &= await _compare(floor_port, ours_port, connections, target, seconds, rounds)
    return met


async def _compare(
    floor_port: int, ours_port: int, connections: int, target: float, seconds: float, rounds: int
) -> bool:
    request = partial(load.slash_command, LINE, users=USERS)
    floors: list[load.Measured] = []
    ours: list[load.Measured] = []
    for port, sort in ((floor_port, floors), (ours_port, ours)):  # warm up
        await load.run(port, request, connections=connections, seconds=min(1.0, seconds), expect=b"Logged")
        sort.clear()
    for _ in range(rounds):
        for port, sort in ((floor_port, floors), (ours_port, ours)):
            sort.append(
                await load.run(port, request, connections=connections, seconds=seconds, expect=b"Logged")
            )
    floor = statistics.median(one.per_second for one in floors)
    mine = statistics.median(one.per_second for one in ours)
    p99 = statistics.median(one.p99_ms for one in ours)
    floor_p99 = statistics.median(one.p99_ms for one in floors)
    ratio = mine / floor
    good = ratio >= target and (connections == 1 or p99 < TARGET_P99_MS)
    print(
        f"  {connections:>2} connection{'s' if connections > 1 else ' '}: floor {floor:7.0f}/s   ours {mine:7.0f}/s   "
        f"ratio {ratio:4.2f} (target {target})   p99 {p99:5.1f} ms (floor {floor_p99:.1f})"
        f"   {'ok' if good else 'BELOW TARGET'}"
    )
    return good


async def fill(url: str) -> None:
    """People with a Slack and a Teams identity each, some initiatives, and a log so far."""
    store = open_store(url)

    def unit(work: Work) -> None:
        now = datetime.now(UTC)
        execute = work.connection.execute
        department = execute(
            sa.insert(team).values(path="Operations", kind="business").returning(team.c.id)
        ).scalar_one()
        execute(
            sa.insert(person),
            [
                {
                    "id": number + 1,
                    "name": f"Person {number}",
                    "email": f"person{number}@bench.example",
                    "team_id": department,
                    "time_zone": "Europe/Berlin",
                    "locale": "en-GB",
                    "roles": "",
                    "active": True,
                    "created_at": now,
                }
                for number in range(USERS)
            ],
        )
        execute(
            sa.insert(identity),
            [
                {
                    "platform": platform,
                    "tenant": tenant,
                    "user_id": user_id.format(number),
                    "person_id": number + 1,
                    "seen_at": now,
                }
                for platform, tenant, user_id in (
                    ("slack", "T0BENCH", "U{}"),
                    ("teams", TEAMS_TENANT, TEAMS_USER),
                )
                for number in range(USERS)
            ],
        )
        for key, name in (
            ("claims", "Claims triage"),
            ("complaints", "Complaints summariser"),
            ("notes", "Underwriting notes"),
        ):
            draft = InitiativeDraft(
                key=key,
                name=name,
                outcome="Something gets better.",
                department_id=department,
                business_sponsor_id=1,
                technical_sponsor_id=2,
                product_owner_id=3,
            )
            initiatives.add(work, draft, created_by_id=1)
        execute(
            sa.insert(contribution),
            [
                {
                    "person_id": number % USERS + 1,
                    "team_id": department,
                    "initiative_id": number % 3 + 1,
                    "kind": "data",
                    "degree": "equal",
                    "effort_minutes": 10,
                    "day": (now - timedelta(days=number % 20)).date(),
                    "what": "labelled some exceptions",
                    "status": "counted",
                    "version": 1,
                    "logged_by_id": number % USERS + 1,
                    "created_at": now,
                }
                for number in range(USERS * ENTRIES_BEFORE)
            ],
        )

    await store.write(unit)
    await store.close()


def serve_settings(database_url: str, port: int, slack_api: str) -> dict[str, str]:
    """The environment of `tandem serve` beside a stub of Slack's Web API."""
    return {
        "TANDEM_DATABASE_URL": database_url,
        "TANDEM_HOST": "127.0.0.1",
        "TANDEM_PORT": str(port),
        "TANDEM_SLACK_BOT_TOKEN": "xoxb-bench-0000",
        "TANDEM_SLACK_SIGNING_SECRET": load.SECRET,
        "TANDEM_SLACK_API_URL": slack_api,
        "TANDEM_LOG_FORMAT": "json",
        "TANDEM_LOG_LEVEL": "WARNING",
    }


@contextlib.asynccontextmanager
async def slack_stub(shown: list[dict[str, Any]] | None = None) -> AsyncIterator[str]:
    """A Slack Web API that takes messages and knows the bot, on 127.0.0.1; its base address.

    Views that were opened are put into `shown`.
    """

    async def auth_test(request: web.Request) -> web.Response:
        answer = {
            "ok": True,
            "team_id": "T0BENCH",
            "team": "Bench",
            "user_id": "U0",
            "bot_id": "B0",
            "user": "tandem",
            "url": "http://127.0.0.1/",
        }
        return web.json_response(answer, headers={"x-oauth-scopes": "commands,chat:write"})

    application = web.Application()

    async def taken(request: web.Request) -> web.Response:
        asked = json.loads(await request.read() or b"{}")
        if shown is not None and request.match_info["method"] == "views.open":
            view = asked["view"]
            shown.append(json.loads(view) if isinstance(view, str) else view)
        return web.json_response({"ok": True, "channel": asked.get("channel"), "ts": asked.get("ts", "1.1")})

    application.router.add_route("*", "/api/auth.test", auth_test)
    application.router.add_route("*", "/api/{method}", taken)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    try:
        yield f"http://127.0.0.1:{port}/api/"
    finally:
        await runner.cleanup()


async def settle(url: str) -> None:
    """Let PostgreSQL count what was put into its tables, as it does of itself within a minute."""
    if url.startswith("postgresql"):
        connection = await asyncpg.connect(url.replace("postgresql+asyncpg", "postgresql"))
        await connection.execute("VACUUM ANALYZE")
        await connection.close()


@contextlib.contextmanager
def process(command: list[str], settings: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """A server process, ended when the context is."""
    started = subprocess.Popen(
        command, env={**os.environ, **settings}, stdout=subprocess.DEVNULL, stderr=sys.stderr
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        try:
            started.wait(15)
        except subprocess.TimeoutExpired:
            started.kill()
            started.wait()


async def listening(port: int, *, seconds: float = 15) -> None:
    """Wait until something answers on a port of 127.0.0.1. Raises TimeoutError."""
    async with asyncio.timeout(seconds):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                return


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def create_database(server: str, name: str) -> None:
    """Make an empty database in a server."""
    engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        await connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
        await connection.execute(sa.text(f"CREATE DATABASE {name}"))
    await engine.dispose()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    given = parser.parse_args()
    results = [
        asyncio.run(measure(database, seconds=given.seconds, rounds=given.rounds))
        for database in given.database or ["sqlite", "postgresql"]
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
