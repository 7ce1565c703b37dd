"""A sponsor's press on Approve, to its acknowledgement, against the bare Bolt app with one insert.

Each press is on a request of its own, whose four cards stand in chats already and are brought up to date after it.
Sponsors press now and then, so the time to the acknowledgement is taken with a pause between presses, and once more
without, while the cards of the presses before are being updated by the same process.
The floor is that of `benchmarks.contributions`, in the same run and in turn.
`python -m benchmarks.presses [--seconds 4] [--rounds 3] [--database sqlite|postgresql]`
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from benchmarks import load
from benchmarks.contributions import (
    USERS,
    create_database,
    fill,
    free_port,
    listening,
    process,
    serve_settings,
    slack_stub,
)
from domain.people import TeamKind
from domain.signoffs import Content, Criterion
from handlers.conversation import LiveMessage
from handlers.signoffs.places import VIEW
from storage import migrate
from storage.initiatives import initiative
from storage.milestones import milestone
from storage.outbox import outbox
from storage.people import person, team
from storage.signoffs import signoff, signoff_version
from storage.store import Work, open_store
from tests import postgres

REQUESTS = 20_000
TARGET = 0.4
#: Long enough for the four cards of a press to be brought up to date before the next one.
PAUSE_S = 0.25
#: The business sponsor of every initiative, as `benchmarks.contributions.fill` makes them.
SPONSOR = "U0"
_presses = itertools.count(1)


async def measure(database: str, *, seconds: float, rounds: int) -> bool:
    """Print the ratio on one database; whether the target is met."""
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
        fingerprint = await _ask(ours_url)
        presses = itertools.count(1)
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

            def line() -> bytes:
                return load.slash_command("x", users=USERS)

            def press() -> bytes:
                return _press(next(presses), fingerprint)

            alone = await _compare(floor_port, ours_port, line, press, seconds, rounds, pause_s=PAUSE_S)
            busy = await _compare(floor_port, ours_port, line, press, seconds, rounds, pause_s=0)
        approved = await _approved(ours_url)
    pressed = next(presses) - 1
    print(f"\n{database}: a press on Approve to its acknowledgement, 1 connection")
    for what, (floors, ours) in (("with a pause between", alone), ("without a pause", busy)):
        floor, mine = (statistics.median(one.per_second for one in sort) for sort in (floors, ours))
        p50, p99 = (statistics.median(getattr(one, name) for one in ours) for name in ("p50_ms", "p99_ms"))
        verdict = "" if what == "without a pause" else "ok" if mine / floor >= TARGET else "BELOW TARGET"
        print(
            f"  {what:<20}: floor {floor:5.0f}/s   ours {mine:5.0f}/s   ratio {mine / floor:4.2f}"
            f"{f' (target {TARGET})' if verdict else ' (four cards a press are updated beside it)'}"
            f"   p50 {p50:.1f} ms, p99 {p99:.1f} ms   {verdict}"
        )
    print(f"  {pressed:,} presses, {approved:,} decisions stored")
    floors, ours = alone
    ratio = statistics.median(one.per_second for one in ours) / statistics.median(
        one.per_second for one in floors
    )
    return ratio >= TARGET and approved == pressed


async def _compare(
    floor_port: int,
    ours_port: int,
    line: Callable[[], bytes],
    press: Callable[[], bytes],
    seconds: float,
    rounds: int,
    *,
    pause_s: float,
) -> tuple[list[load.Measured], list[load.Measured]]:
    """Floor and ours in turn, after a second to warm up."""
    measured: tuple[list[load.Measured], list[load.Measured]] = ([], [])
    for number in range(rounds + 1):
        for sort, port, request in ((measured[0], floor_port, line), (measured[1], ours_port, press)):
            long = seconds if number else 1.0
            one = await load.run(port, request, connections=1, seconds=long, pause_s=pause_s)
            if number:
                sort.append(one)
    return measured


async def _ask(url: str) -> str:
    """Put requests that wait for both sponsors in the store, with their cards in chats; their fingerprint."""
    store = open_store(url)
    now = datetime.now(UTC)
    content = Content(
        initiative="claims",
        milestone="own",
        title="A gate",
        summary="Triage goes live for storm claims, with a person checking every decline.",
        criteria=(Criterion(text="95 of 100 right", evidence="https://wiki.bench.example/1"),),
    )

    def unit(work: Work) -> None:
        execute = work.connection.execute
        technical = execute(
            sa.insert(team).values(path="AI function", kind=TeamKind.AI.value).returning(team.c.id)
        ).scalar_one()
        execute(sa.update(person).where(person.c.id == 2).values(team_id=technical))
        execute(sa.update(initiative).values(business_accepted_at=now, technical_accepted_at=now))
        numbers = range(1, REQUESTS + 1)
        gates = [{"initiative_id": 1, "key": f"gate-{number}", "title": "A gate"} for number in numbers]
        asked = [
            {
                "milestone_id": number,
                "requested_by_id": 3,
                "state": "pending",
                "version": 1,
                "fingerprint": content.fingerprint,
                "created_at": now,
                "expires_at": now + timedelta(days=14),
            }
            for number in numbers
        ]
        versions = [
            {
                "signoff_id": number,
                "version": 1,
                "content": content.text,
                "fingerprint": content.fingerprint,
                "by_id": 3,
                "at": now,
            }
            for number in numbers
        ]
        cards = [
            {
                "key": f"signoff:{number}:1:p{person_id}",
                "person_id": person_id,
                "subject": f"signoff:{number}:1",
                "revision": 0,
                "priority": 5,
                "polite": False,
                "platform": "slack",
                "message": LiveMessage(
                    view=VIEW, params={"signoff": str(number), "version": "1"}
                ).model_dump_json(),
                "state": "sent",
                "attempts": 1,
                "due_at": now,
                "created_at": now,
                "sent_at": now,
                "reference": f"D{person_id}:1700000000.{number:06d}",
            }
            for number in numbers
            for person_id in (1, 2, 3, 4)
        ]
        for table, rows in (
            (milestone, gates),
            (signoff, asked),
            (signoff_version, versions),
            (outbox, cards),
        ):
            for first in range(0, len(rows), 5000):
                execute(sa.insert(table), rows[first : first + 5000])

    await store.write(unit)
    await store.close()
    return content.fingerprint


async def _approved(url: str) -> int:
    store = open_store(url)
    try:
        return await store.read(
            lambda work: int(
                work.connection.execute(
                    sa.select(sa.func.count())
                    .select_from(signoff)
                    .where(signoff.c.approved_side == "business")
                ).scalar_one()
            )
        )
    finally:
        await store.close()


def _press(number: int, fingerprint: str) -> bytes:
    """One HTTP request: the sponsor's press on the card of a request, as Slack sends it."""
    payload = {
        "type": "block_actions",
        "team": {"id": "T0BENCH", "domain": "bench"},
        "user": {"id": SPONSOR, "username": "someone", "team_id": "T0BENCH"},
        "api_app_id": "A0BENCH",
        "token": "unused",
        "container": {"type": "message", "message_ts": f"1700000000.{number:06d}", "channel_id": "D1"},
        "trigger_id": f"{next(_presses)}.{time.time_ns()}",
        "channel": {"id": "D1", "name": "directmessage"},
        "message": {"ts": f"1700000000.{number:06d}", "bot_id": "B0", "type": "message"},
        "response_url": "http://127.0.0.1:9/response",
        "actions": [
            {
                "type": "button",
                "action_id": "signoff.approve",
                "block_id": "b1",
                "value": f"{number}:1:{fingerprint[:16]}",
                "action_ts": f"{time.time():.6f}",
            }
        ],
    }
    return load.signed({"payload": json.dumps(payload)})


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
