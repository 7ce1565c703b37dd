"""How fast the outbox drains with a sender that does nothing: PostgreSQL with two processes, SQLite with one.

Run `python -m benchmarks.delivery [--messages 30000] [--only sqlite|postgresql]`. Targets: 5,000 messages a second on
PostgreSQL, 3,000 on SQLite; nothing is sent twice, and nothing is left.
"""

import argparse
import asyncio
import json
import logging
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import sqlalchemy as sa
import structlog

from bot.delivery import DeliveryWorker
from bot.loop import run
from domain.people import Platform
from handlers.cards import sentence
from handlers.conversation import CardMessage, Message
from handlers.ports import Address, Progress, Sent
from storage import migrate, outbox
from storage.outbox import Priority
from storage.people import identity, person, team
from storage.store import Store, Work, open_store
from tests import postgres

PEOPLE = 10_000
TARGETS = {"postgresql": 5_000, "sqlite": 3_000}
PROCESSES = {"postgresql": 2, "sqlite": 1}


class Nobody:
    """A sender that does nothing."""

    def __init__(self) -> None:
        self.count = 0

    async def send(
        self,
        address: Address,
        message: Message,
        *,
        key: str,
        file: Path | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        self.count += 1
        return Sent(reference=f"D1:{self.count}", conversation=address.conversation or "D1")

    async def update(self, address: Address, reference: str, message: CardMessage, *, key: str) -> Sent:
        return Sent(reference=reference, conversation="D1")


async def fill(store: Store, messages: int) -> None:
    """People on Slack, and messages to them."""
    text = CardMessage(card=sentence("Your pulse is open until Friday.")).model_dump_json()

    def ground(work: Work) -> None:
        now = datetime(2026, 1, 1, tzinfo=UTC)
        work.connection.execute(sa.insert(team), {"id": 1, "path": "Operations", "kind": "business"})
        work.connection.execute(
            sa.insert(person),
            [
                {
                    "id": number,
                    "name": f"Person {number}",
                    "email": f"p{number}@alder.example",
                    "team_id": 1,
                    "time_zone": "UTC",
                    "locale": "en",
                    "roles": "",
                    "active": True,
                    "created_at": now,
                }
                for number in range(1, PEOPLE + 1)
            ],
        )
        platform: Platform = "slack"
        work.connection.execute(
            sa.insert(identity),
            [
                {
                    "platform": platform,
                    "tenant": "T1",
                    "user_id": f"U{number}",
                    "person_id": number,
                    "conversation": f"D{number}",
                    "seen_at": now,
                }
                for number in range(1, PEOPLE + 1)
            ],
        )

    def page(work: Work, first: int, last: int) -> None:
        for number in range(first, last):
            outbox.put(
                work,
                f"bench:{number}",
                1 + number % PEOPLE,
                text,
                priority=Priority.LATER,
                batch="bench",
            )

    await store.write(ground)
    for first in range(0, messages, 5_000):
        await store.write(partial(page, first=first, last=min(messages, first + 5_000)))


async def drain(url: str) -> None:
    """One process: send until nothing is left, and say how many and when."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    store = open_store(url)
    await store.read(outbox.next_due)
    sender = Nobody()
    worker = DeliveryWorker(store, {"slack": sender})
    print("ready", flush=True)
    await asyncio.to_thread(sys.stdin.readline)
    began = time.time()
    running = asyncio.create_task(worker.run())
    while await store.read(outbox.next_due) is not None:  # noqa: ASYNC110  (nothing tells when it is empty)
        await asyncio.sleep(0.1)
    ended = time.time()
    worker.stop()
    await running
    await store.close()
    print(json.dumps({"count": sender.count, "began": began, "ended": ended}))


def measure(url: str, dialect: str, messages: int) -> float:
    """Messages a second over all processes. Raises AssertionError if one is sent twice or not at all."""
    migrate.upgrade(url)

    async def prepare() -> None:
        store = open_store(url)
        await fill(store, messages)
        await store.close()

    asyncio.run(prepare())
    processes = [
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.delivery", "--drain", url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(PROCESSES[dialect])
    ]
    for process in processes:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [json.loads(process.communicate()[0]) for process in processes]
    count = sum(one["count"] for one in told)
    assert count == messages, f"{count:,} sent of {messages:,}"
    seconds: float = max(one["ended"] for one in told) - min(one["began"] for one in told)
    return messages / seconds


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--messages", type=int, default=30_000)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    parser.add_argument("--drain")
    given = parser.parse_args()
    if given.drain:
        run(drain(given.drain))
        return 0
    reached = True
    if given.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            reached &= shown("sqlite", measure(f"sqlite:///{folder}/bench.db", "sqlite", given.messages))
    if given.only != "sqlite":
        with postgres.server() as url:
            reached &= shown("postgresql", measure(url, "postgresql", given.messages))
    return 0 if reached else 1


def shown(dialect: str, a_second: float) -> bool:
    target = TARGETS[dialect]
    print(
        f"drain on {dialect}, {PROCESSES[dialect]} process(es), no-op sender: {a_second:,.0f} messages a second "
        f"(target {target:,}) {'ok' if a_second >= target else 'BELOW'}"
    )
    return a_second >= target


if __name__ == "__main__":
    sys.exit(main())
