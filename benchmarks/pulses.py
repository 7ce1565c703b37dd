"""A pulse for 50,000 people: its launch, an answer against a contribution, its close, and the memory that they take.

Run `python -m benchmarks.pulses [--people 50000] [--database sqlite|postgresql] [--seconds 4] [--rounds 3]`.
Launch and close run in a process of their own each; answers are presses over HTTP, as Slack signs them, in turn with
`/contribute` to the same server, each to its acknowledgement.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks import load
from benchmarks.contributions import (
    LINE,
    USERS,
    create_database,
    fill,
    free_port,
    listening,
    process,
    serve_settings,
    settle,
    slack_stub,
)
from benchmarks.memory import peak_mb
from domain.pulses import Audience, Plan, PlanState, Spec
from domain.question_bank import by_key, set_by_key
from handlers.pulses import closing, launching
from storage import ballots, migrate, pulses, releases, sealing
from storage.ballots import Box, slot
from storage.outbox import outbox
from storage.people import person, team
from storage.store import Store, Work, open_store
from storage.vault import FileVault
from tests import postgres

TARGET_SECONDS = 15.0
TARGET_MB = 300.0
TARGET_RATIO = 1.5
TARGET_P99_MS = 100.0
#: The share that answers before the close, and that comments.
ANSWER, COMMENT = 0.7, 0.2
TEAM = 12
CHUNK = 2000
#: One connection waits so long before its next request, as people do; 32 do not wait.
PAUSE_S = 0.05
_presses = itertools.count(1)


def plan(day: datetime) -> Plan:
    """Three questions for everybody, with comments, open for a week from this day on."""
    spec = Spec(
        title="First pulse",
        questions=tuple(by_key(key) for key in set_by_key("first").questions),
        audience=Audience(kind="everyone"),
        opens_on=day.date(),
        closes_on=day.date() + timedelta(days=6),
        zone="UTC",
    )
    return Plan(spec=spec)


def approve(work: Work, made: Plan) -> int:
    """Put the pulse where its day finds it."""
    number = pulses.draft(work, made, 1)
    pulses.set_plan_state(work, number, PlanState.APPROVED)
    first = made.run(1)
    assert first is not None
    return pulses.schedule(work, number, 1, first)


# ------------------------------------------------------------------------------------------------ launch and close


def people(work: Work, count: int) -> None:
    """Departments of twenty teams of twelve."""
    now = work.now
    teams = -(-count // TEAM)
    departments = -(-teams // 20)
    work.connection.execute(
        sa.insert(team),
        [
            {"id": number + 1, "path": f"Department {number}", "kind": "business"}
            for number in range(departments)
        ],
    )
    work.connection.execute(
        sa.insert(team),
        [
            {
                "id": departments + number + 1,
                "path": f"Department {number // 20}/Team {number}",
                "parent_id": number // 20 + 1,
                "kind": "business",
            }
            for number in range(teams)
        ],
    )
    for first in range(0, count, 10_000):
        work.connection.execute(
            sa.insert(person),
            [
                {
                    "name": f"Person {number}",
                    "email": f"person{number}@bench.example",
                    "team_id": departments + number // TEAM + 1,
                    "time_zone": "Europe/Berlin",
                    "locale": "en-GB",
                    "roles": "",
                    "active": True,
                    "created_at": now,
                }
                for number in range(first, min(count, first + 10_000))
            ],
        )


def answer(work: Work, pulse_id: int, seed: int) -> int:
    """Fill boxes as answers would have, without the writes in between; how many."""
    one = pulses.by_id(work, pulse_id)
    assert one is not None and one.public_key is not None
    keys = ballots.keys(ballots.vault_of(work), pulse_id)
    sizes = ballots.part_sizes(one.spec)
    drawn = random.Random(seed)
    answered = 0
    after = b""
    while page := ballots.boxes(work, pulse_id, after, CHUNK):
        after = page[-1][0]
        changed = []
        for number, _ in page:
            if drawn.random() > ANSWER:
                continue
            answered += 1
            box = Box.empty(one.spec)
            for part in range(len(one.spec.questions)):
                payload = bytes([drawn.randint(1, 5)])
                box.parts[part] = sealing.seal(
                    one.public_key, pulse_id, number, payload, sizes[part], part=part
                )
                box.mask |= 1 << part
            if drawn.random() < COMMENT:
                part = len(sizes) - 1
                box.parts[part] = sealing.seal(
                    one.public_key, pulse_id, number, b"A comment of some length.", sizes[part], part=part
                )
                box.mask |= 1 << part
            new = sealing.wrap(keys.box, pulse_id, number, box.mask, box.inner)
            changed.append({"of_slot": number, "new": new})
        work.connection.execute(
            sa.update(slot)
            .where(slot.c.pulse_id == pulse_id, slot.c.slot_id == sa.bindparam("of_slot"))
            .values(box=sa.bindparam("new")),
            changed,
        )
    return answered


async def _part(url: str, vault: str, what: str, at: datetime, pulse_id: int) -> dict[str, float]:
    """One part of a pulse's life, in this process: seconds and peak memory."""
    store = open_store(url, lambda: at, vault=FileVault(Path(vault)))
    begun = time.perf_counter()
    done = 0
    if what == "launch":
        await store.write(lambda work: launching.launch(work, pulse_id))
        done = await _count(store, outbox)
    elif what == "answer":
        done = await store.write(lambda work: answer(work, pulse_id, 1))
    else:
        await store.write(lambda work: closing.stop(work, pulse_id))
        await closing.close(store, pulse_id)
        done = await store.read(lambda work: len(releases.of(work, pulse_id)))
    seconds = time.perf_counter() - begun
    await store.close()
    return {"seconds": seconds, "peak_mb": peak_mb(), "done": done}


async def _count(store: Store, table: sa.Table) -> int:
    return await store.read(
        lambda work: int(work.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())
    )


def _in_process(url: str, vault: Path, what: str, at: datetime, pulse_id: int) -> dict[str, float]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.pulses",
        "--part",
        what,
        url,
        str(vault),
        at.isoformat(),
        str(pulse_id),
    ]
    told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    found: dict[str, float] = json.loads(told.splitlines()[-1])
    return found


async def measure_life(database: str, url: str, folder: Path, count: int) -> bool:
    """Print what launch and close take; whether the targets are met."""
    now = datetime.now(UTC)
    vault = folder / "vault"
    store = open_store(url, lambda: now, vault=FileVault(vault))
    await store.write(lambda work: people(work, count))
    pulse_id = await store.write(lambda work: approve(work, plan(now)))
    await store.close()
    launch = await asyncio.to_thread(_in_process, url, vault, "launch", now, pulse_id)
    answered = await asyncio.to_thread(_in_process, url, vault, "answer", now, pulse_id)
    close = await asyncio.to_thread(_in_process, url, vault, "close", now + timedelta(days=8), pulse_id)
    if launch["done"] != count or not close["done"]:
        raise SystemExit(f"{launch['done']} invitations, {close['done']} rows released for {count} people")
    print(f"\n{database}: a pulse of three questions with comments for {count:,} people")
    met = True
    for what, told in (("launch", launch), ("close", close)):
        good = told["seconds"] <= TARGET_SECONDS and told["peak_mb"] <= TARGET_MB
        met &= good
        print(
            f"  {what:<6} {told['seconds']:5.1f} s (target {TARGET_SECONDS:.0f}), peak {told['peak_mb']:.0f} MB "
            f"(target {TARGET_MB:.0f})   {'ok' if good else 'TOO MUCH'}"
        )
    print(f"  {answered['done']:,.0f} answers, {close['done']:,.0f} rows released")
    return met


# -------------------------------------------------------------------------------------------------------- answers


async def measure_answers(database: str, url: str, folder: Path, *, seconds: float, rounds: int) -> bool:
    """Print an answer's time against a contribution's; whether the targets are met."""
    await fill(url)
    vault = folder / "answers"
    now = datetime.now(UTC)
    store = open_store(url, vault=FileVault(vault))
    pulse_id = await store.write(lambda work: approve(work, plan(now)))
    await store.write(lambda work: launching.launch(work, pulse_id))
    await store.write(lambda work: work.connection.execute(sa.update(outbox).values(state="sent")))
    await store.close()
    await settle(url)
    met = True
    async with slack_stub() as api:
        port = free_port()
        settings = serve_settings(url, port, api) | {"TANDEM_VAULT_DIR": str(vault)}

        def contribution() -> bytes:
            return load.slash_command(LINE, users=USERS)

        def press() -> bytes:
            return _press(pulse_id, f"{api}respond")

        with process([sys.executable, "-m", "bot.cli", "serve"], settings):
            await listening(port)
            print(f"\n{database}: an answer by a button, against a contribution ({USERS:,} people)")
            for connections in (1, 32):
                floors: list[load.Measured] = []
                ours: list[load.Measured] = []
                pause_s = PAUSE_S if connections == 1 else 0
                for number in range(rounds + 1):
                    for sort, request in ((floors, contribution), (ours, press)):
                        long = seconds if number else 1.0
                        one = await load.run(
                            port, request, connections=connections, seconds=long, pause_s=pause_s
                        )
                        await asyncio.sleep(
                            1
                        )  # what follows the acknowledgements is not the next one's burden
                        if number:
                            sort.append(one)
                floor, mine = (statistics.median(one.p50_ms for one in sort) for sort in (floors, ours))
                p99, floor_p99 = (statistics.median(one.p99_ms for one in sort) for sort in (ours, floors))
                rate = statistics.median(one.per_second for one in ours)
                good = mine / floor <= TARGET_RATIO and p99 <= TARGET_P99_MS
                met &= good
                print(
                    f"  {connections:>2} connection{'s' if connections > 1 else ' '}: contribution {floor:5.1f} ms   "
                    f"answer {mine:5.1f} ms ({rate:.0f}/s)   ratio {mine / floor:4.2f} (target {TARGET_RATIO})   "
                    f"p99 {p99:5.1f} ms (target {TARGET_P99_MS:.0f}, a contribution's {floor_p99:.1f})   "
                    f"{'ok' if good else 'MISSED'}"
                )
    return met


def _press(pulse_id: int, response_url: str) -> bytes:
    """One HTTP request: somebody's press on a point of the first question, as Slack sends it."""
    number = next(_presses)
    payload = {
        "type": "block_actions",
        "team": {"id": "T0BENCH", "domain": "bench"},
        "user": {"id": f"U{number * 7919 % USERS}", "username": "someone", "team_id": "T0BENCH"},
        "api_app_id": "A0BENCH",
        "token": "unused",
        "container": {"type": "message", "message_ts": f"1700000000.{number:06d}", "channel_id": "D1"},
        "trigger_id": f"{number}.{time.time_ns()}",
        "channel": {"id": "D1", "name": "directmessage"},
        "message": {"ts": f"1700000000.{number:06d}", "bot_id": "B0", "type": "message"},
        "response_url": response_url,
        "actions": [
            {
                "type": "button",
                "action_id": "pulse.answer",
                "block_id": "b1",
                "value": f"{pulse_id} --- 0 {number % 5 + 1}",
                "action_ts": f"{time.time():.6f}",
            }
        ],
    }
    return load.signed({"payload": json.dumps(payload)})


@contextlib.contextmanager
def _databases(database: str, folder: Path) -> Iterator[tuple[str, str]]:
    """Two empty databases."""
    with contextlib.ExitStack() as stack:
        if database == "sqlite":
            yield f"sqlite:///{folder}/data/life.db", f"sqlite:///{folder}/data/answers.db"
            return
        server = stack.enter_context(postgres.server())
        for name in ("life", "answers"):
            asyncio.run(create_database(server, name))
        yield server.removesuffix("postgres") + "life", server.removesuffix("postgres") + "answers"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=50_000)
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], action="append")
    parser.add_argument("--part", nargs=5, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.part:
        what, url, vault, at, pulse_id = given.part
        print(json.dumps(asyncio.run(_part(url, vault, what, datetime.fromisoformat(at), int(pulse_id)))))
        return 0
    met = True
    for database in given.database or ["sqlite", "postgresql"]:
        with tempfile.TemporaryDirectory(prefix="tandem-bench-") as name:
            folder = Path(name)
            with _databases(database, folder) as (life, answers):
                for url in (life, answers):
                    migrate.upgrade(url)
                met &= asyncio.run(measure_life(database, life, folder, given.people))
                met &= asyncio.run(
                    measure_answers(database, answers, folder, seconds=given.seconds, rounds=given.rounds)
                )
    return 0 if met else 1


if __name__ == "__main__":
    raise SystemExit(main())
