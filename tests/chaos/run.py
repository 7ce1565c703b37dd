"""Chaos: thousands of messages, replicas that are killed, a database that restarts, a platform that misbehaves.

Run `make chaos`, or `python -m tests.chaos.run [--messages 20000] [--kills 20] [--restarts 2] [--processes 4]`. Says
how many messages were lost and how many took effect twice where the platform de-duplicates by key (both have to be 0),
and how many came twice to one that does not, which is bounded by what was in flight.
"""

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from bot.delivery import AT_ONCE, LEASE, MOST_UNSTORED
from handlers.cards import sentence
from handlers.conversation import CardMessage
from storage import migrate, outbox
from storage.people import identity, person, team
from storage.store import Store, Work, open_store
from tests import postgres
from tests.chaos.database import Database
from tests.chaos.receiver import Receiver

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Plan:
    messages: int = 20_000
    kills: int = 20
    restarts: int = 2
    processes: int = 4
    people: int = 2_000
    lease_s: float = LEASE.total_seconds()
    storm_every: int = 4_000
    most_s: float = 900.0
    seed: int = 11


@dataclass
class Result:
    """What a run came to."""

    seconds: float
    #: Never taken by the platform.
    lost: int
    #: Taken in more than one chat: effects that de-duplication by key would not undo.
    double_effects: int
    #: Taken more often than once, counted each time more.
    repeats: int
    #: In how many cases the platform itself left it open whether it took a message.
    dropped_after: int
    states: dict[str, int]
    faults: dict[str, int]
    kills: int = 0
    restarts: int = 0
    #: How many posts one process can have in doubt when it is killed.
    in_doubt: int = AT_ONCE + MOST_UNSTORED

    @property
    def bound(self) -> int:
        """More repeats than this there cannot be."""
        return self.dropped_after + (self.kills + self.restarts * 4) * self.in_doubt

    def is_good(self, messages: int) -> bool:
        return (
            self.lost == 0
            and self.double_effects == 0
            and self.states == {"sent": messages}
            and self.repeats <= self.bound
        )


class Replicas:
    """The processes under test; only these are ended, each by its own handle."""

    def __init__(self, command: list[str], count: int) -> None:
        self._command = command
        self._running = [self._start() for _ in range(count)]

    def kill(self, number: int) -> None:
        """kill -9, and start another one."""
        victim = self._running[number % len(self._running)]
        victim.kill()
        victim.wait()
        self._running[number % len(self._running)] = self._start()

    def stop(self) -> list[int]:
        """Tell them to stop; their exit codes."""
        for one in self._running:
            one.terminate()
        codes = []
        for one in self._running:
            try:
                codes.append(one.wait(60))
            except subprocess.TimeoutExpired:
                one.kill()
                codes.append(one.wait())
        return codes

    def _start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


async def run(
    url: str, plan: Plan, *, database: Database | None = None, say: Callable[[str], None] = lambda text: None
) -> Result:
    """Send everything on a migrated database, in chaos."""
    chance = random.Random(plan.seed)
    receiver = Receiver(chance, storm_every=plan.storm_every)
    api_url = await receiver.start()
    store = open_store(url, pool_size=2)
    try:
        keys = await fill(store, plan)
        began = time.monotonic()
        command = [sys.executable, "-m", "tests.chaos.replica", url, api_url, str(plan.lease_s)]
        replicas = await asyncio.to_thread(Replicas, command, plan.processes)
        try:
            kills, restarts = await _disturb(plan, receiver, replicas, database, chance, say)
            states = await _settled(store, plan, began)
        finally:
            await asyncio.to_thread(replicas.stop)
        return Result(
            seconds=time.monotonic() - began,
            lost=len(keys - receiver.taken.keys()),
            double_effects=sum(len(chats) != 1 for chats in receiver.chats.values()),
            repeats=receiver.taken.total() - len(receiver.taken),
            dropped_after=receiver.faults["dropped after it was taken"],
            states=states,
            faults=dict(receiver.faults),
            kills=kills,
            restarts=restarts,
        )
    finally:
        await store.close()
        await receiver.stop()


async def _disturb(
    plan: Plan,
    receiver: Receiver,
    replicas: Replicas,
    database: Database | None,
    chance: random.Random,
    say: Callable[[str], None],
) -> tuple[int, int]:
    """Kill and restart, evenly over the messages; how many kills and restarts."""
    events = [(number / (plan.kills + 1), "kill") for number in range(1, plan.kills + 1)]
    if database is not None:
        events += [((number + 0.5) / plan.restarts, "restart") for number in range(plan.restarts)]
    count = {"kill": 0, "restart": 0}
    until_s = time.monotonic() + plan.most_s
    for part, what in sorted(events):
        while len(receiver.taken) < part * plan.messages and time.monotonic() < until_s:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        count[what] += 1
        if what == "kill":
            await asyncio.to_thread(replicas.kill, chance.randrange(plan.processes))
        elif database is not None:
            how = signal.SIGQUIT if count[what] % 2 else signal.SIGINT
            await asyncio.to_thread(database.restart, how)
        say(f"{len(receiver.taken):>7,} taken, {what} {count[what]}")
    return count["kill"], count["restart"]


async def _settled(store: Store, plan: Plan, began: float) -> dict[str, int]:
    """The messages by state, when none waits any more or the time is over."""
    states: dict[str, int] = {}
    while time.monotonic() < began + plan.most_s:
        try:
            states = await store.read(outbox.counts)
        except Exception:  # the database is just starting again
            states = {}
        if states and not states.get("waiting"):
            break
        await asyncio.sleep(0.2)
    return states


async def fill(store: Store, plan: Plan) -> set[str]:
    """People and messages; the messages' keys."""
    message = CardMessage(card=sentence("Your pulse is open until Friday.")).model_dump_json()
    keys = [f"chaos:{number}" for number in range(plan.messages)]

    def people(work: Work) -> None:
        work.connection.execute(sa.insert(team), {"id": 1, "path": "Operations", "kind": "business"})
        numbers = range(1, plan.people + 1)
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
                    "created_at": work.now,
                }
                for number in numbers
            ],
        )
        work.connection.execute(
            sa.insert(identity),
            [
                {
                    "platform": "slack",
                    "tenant": "T1",
                    "user_id": f"U{number}",
                    "person_id": number,
                    "conversation": f"D{number}",
                    "seen_at": work.now,
                }
                for number in numbers
            ],
        )

    def page(work: Work) -> None:
        for number, key in enumerate(keys):
            outbox.put(work, key, 1 + number % plan.people, message, batch="chaos")

    await store.write(people)
    await store.write(page)
    return set(keys)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--messages", type=int, default=Plan.messages)
    parser.add_argument("--kills", type=int, default=Plan.kills)
    parser.add_argument("--restarts", type=int, default=Plan.restarts)
    parser.add_argument("--processes", type=int, default=Plan.processes)
    given = parser.parse_args()
    plan = Plan(given.messages, given.kills, given.restarts, given.processes)
    with postgres.server(durable=True) as url:
        migrate.upgrade(url)
        result = asyncio.run(_whole(url, plan))
    good = result.is_good(plan.messages)
    shown(plan, result)
    return 0 if good else 1


async def _whole(url: str, plan: Plan) -> Result:
    given = os.environ.get("TANDEM_TEST_POSTGRES_URL")
    database = None if given else await Database.at(url)
    try:
        return await run(url, plan, database=database, say=say)
    finally:
        if database is not None:
            await asyncio.to_thread(database.stop)


def shown(plan: Plan, result: Result) -> None:
    say(
        f"{plan.messages:,} messages by {plan.processes} processes in {result.seconds:.0f} s, "
        f"{result.kills} kill -9, {result.restarts} database restarts; the platform: "
        + ", ".join(f"{count:,} x {name}" for name, count in sorted(result.faults.items()))
    )
    say(f"in the outbox: {result.states}")
    say(f"lost: {result.lost:,}")
    say(f"duplicate effects where the platform de-duplicates by key: {result.double_effects:,}")
    say(
        f"duplicates where it does not: {result.repeats:,}, of which {result.dropped_after:,} at most by connections "
        f"that it dropped after it took the message (bound by what can be in flight: {result.bound:,})"
    )


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
