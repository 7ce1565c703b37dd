"""Two bots as two processes on one PostgreSQL: presses in the same moment sign a milestone off exactly once."""

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from handlers.signoffs.finding import reference
from storage import outbox, signoffs, verification
from storage.signoffs import decision
from storage.store import Store, Work, open_store
from tests import company
from tests.signoffs.conftest import SignoffChat, accept_everywhere

ROOT = Path(__file__).parents[2]
REQUESTS = 30
#: A press: who, on which platform, the button's value, the request's key.
Press = tuple[str, str, str, str]

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@dataclass
class Replica:
    """A bot in a process of its own."""

    process: asyncio.subprocess.Process

    async def line(self) -> Any:
        assert self.process.stdout is not None
        async with asyncio.timeout(10):
            text = await self.process.stdout.readline()
        assert text, "the process ended"
        return json.loads(text)

    def tell(self, at: float, presses: list[Press]) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"at": at, "presses": presses}).encode() + b"\n")


class Race:
    """Two replicas on one database, and what they did to it."""

    def __init__(self, chat: SignoffChat, replicas: list[Replica]) -> None:
        self.chat = chat
        self.replicas = replicas

    async def request(self, number: int) -> tuple[int, str]:
        """Ask for one more milestone; the request's id, and what its buttons carry."""
        made = await self.chat.request(milestone="own", title=f"Gate {number}")
        one = await self.chat.store.read(lambda work: signoffs.by_id(work, made))
        assert one is not None
        return made, reference(one).dump()

    async def press(self, *presses: list[Press]) -> list[list[Any]]:
        """Let each replica hear its presses, all in the same moment; their replies."""
        at = time.time() + 0.01
        for replica, mine in zip(self.replicas, presses, strict=True):
            replica.tell(at, mine)
        return list(await asyncio.gather(*(replica.line() for replica in self.replicas)))

    async def end(self) -> list[str]:
        """Let everything be sent, and stop; the keys of all messages that were sent anew."""
        async with asyncio.timeout(10):
            while (await self.chat.store.read(outbox.counts)).keys() != {"sent"}:  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        for replica in self.replicas:
            assert replica.process.stdin is not None
            replica.process.stdin.close()
        keys = [key for replica in self.replicas for key in await replica.line()]
        assert [await replica.process.wait() for replica in self.replicas] == [0, 0]
        return keys


@pytest.fixture
async def chat(database_url: str) -> AsyncIterator[SignoffChat]:
    """A company on a database that gives up at once where two transactions wait for each other."""
    name = sa.make_url(database_url).database
    engine = create_async_engine(database_url, isolation_level="AUTOCOMMIT")
    async with engine.connect() as connection:
        for setting in ("deadlock_timeout = '50ms'", "statement_timeout = '3s'", "lock_timeout = '3s'"):
            await connection.execute(sa.text(f"ALTER DATABASE {name} SET {setting}"))
    await engine.dispose()
    store = open_store(database_url, pool_size=4)
    made = await company.founded(store)
    await store.write(accept_everywhere)
    yield SignoffChat(store, made)
    await store.close()


@asynccontextmanager
async def race(chat: SignoffChat, database_url: str) -> AsyncIterator[Race]:
    started = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.signoffs.replica",
            database_url,
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        for _ in range(2)
    ]
    try:
        for process in started:
            assert process.stdout is not None
            async with asyncio.timeout(20):
                while (await process.stdout.readline()).strip() != b"ready":
                    assert process.returncode is None
        yield Race(chat, [Replica(process) for process in started])
    finally:
        for process in started:
            if process.returncode is None:
                process.kill()
                await process.wait()


async def decided(store: Store) -> dict[int, list[tuple[str, str]]]:
    """Side and verdict of every decision, by request; the audit log holds."""

    def unit(work: Work) -> dict[int, list[tuple[str, str]]]:
        found = verification.verify(work)
        assert found.broken is None
        columns = (decision.c.signoff_id, decision.c.side, decision.c.verdict)
        said: dict[int, list[tuple[str, str]]] = {}
        for number, side, verdict in work.connection.execute(sa.select(*columns).order_by(decision.c.side)):
            said.setdefault(number, []).append((side, verdict))
        assert found.decisions == sum(map(len, said.values()))
        return said

    return await store.read(unit)


async def deadlocks(store: Store) -> int:
    query = sa.text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return await store.read(lambda work: int(work.connection.execute(query).scalar_one()))


BOTH = [("business", "approved"), ("technical", "approved")]


async def test_both_sponsors_on_two_processes_in_the_same_moment(
    chat: SignoffChat, database_url: str
) -> None:
    async with race(chat, database_url) as both:
        made: list[int] = []
        endings = 0
        for number in range(REQUESTS):
            signoff_id, value = await both.request(number)
            made.append(signoff_id)
            business: Press = ("Cleo", "slack", value, f"business:{number}")
            technical: Press = ("Emil", "teams", value, f"technical:{number}")
            sides = [[business], [technical]] if number % 2 else [[technical], [business]]
            replies = await both.press(*sides)
            said = [reply["words"] for (reply,) in replies]
            # Whoever was second is told that it is signed off, and only they.
            assert sum(one.startswith("Signed off: both approved") for one in said) == 1
            assert sum(one.startswith("You approved") for one in said) == 1
            endings += said[0].startswith("Signed off")
        sent = await both.end()
    assert await decided(chat.store) == dict.fromkeys(made, BOTH)
    assert {await chat.state(signoff_id) for signoff_id in made} == {"signed_off"}
    announced = sorted(key for key in sent if ":settled:" in key)
    bo = chat.company.person["Bo"]
    assert announced == sorted(f"signoff:{signoff_id}:settled:p{bo}" for signoff_id in made)
    assert len(sent) == len(set(sent))
    assert await deadlocks(chat.store) == 0
    # A race that one process always wins is none.
    assert 0 < endings < REQUESTS


async def test_the_same_presses_on_both_processes_at_once(chat: SignoffChat, database_url: str) -> None:
    async with race(chat, database_url) as both:
        made: list[int] = []
        for number in range(8):
            signoff_id, value = await both.request(number)
            made.append(signoff_id)
            presses: list[Press] = [
                ("Cleo", "slack", value, f"business:{number}"),
                ("Emil", "teams", value, f"technical:{number}"),
            ]
            ours, theirs = await both.press(presses, presses[::-1])
            # The same press has the same answer, whoever heard it first.
            assert ours == theirs[::-1]
            assert sorted(reply["type"] for reply in ours) == ["nothing", "nothing"]
        sent = await both.end()
    assert await decided(chat.store) == dict.fromkeys(made, BOTH)
    assert len([key for key in sent if ":settled:" in key]) == len(made)
    assert len(sent) == len(set(sent))
    assert await deadlocks(chat.store) == 0
