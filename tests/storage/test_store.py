"""One unit of work, one transaction: alone, in a group, beside readers, across processes and through a kill."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.util import await_only

from storage import inbox, outbox
from storage.inbox import inbound
from storage.store import Store, Work, open_store
from tests import company, outcomes
from tests.conftest import MovedClock


def keep(key: str) -> Callable[[Work], bool]:
    def unit(work: Work) -> bool:
        return inbox.keep(work, key, "{}")

    return unit


SLOWLY = sa.text("SELECT pg_sleep(0.1)")


def count(work: Work) -> int:
    return work.connection.execute(sa.select(sa.func.count()).select_from(inbound)).scalar_one()


async def test_one_failing_unit_does_not_take_its_neighbours_with_it(store: Store) -> None:
    def fails(work: Work) -> None:
        inbox.keep(work, "lost", "{}")
        raise RuntimeError("no")

    results = await asyncio.gather(
        *(store.write(fails if number == 5 else keep(f"k{number}")) for number in range(12)),
        return_exceptions=True,
    )
    assert [type(result).__name__ for result in results].count("RuntimeError") == 1
    assert await store.read(count) == 11


async def test_a_constraint_that_is_violated_is_told_to_its_own_unit_only(store: Store) -> None:
    def violates(work: Work) -> None:
        work.connection.execute(sa.insert(inbound).values(key="k1", reply="{}", at=work.now))

    await store.write(keep("k1"))
    violated, *others = await asyncio.gather(
        store.write(violates), store.write(keep("k2")), store.write(keep("k3")), return_exceptions=True
    )
    assert isinstance(violated, sa.exc.IntegrityError)
    assert others == [True, True]


async def test_a_unit_that_nobody_waits_for_any_more_is_still_committed(store: Store) -> None:
    task = asyncio.create_task(store.write(keep("k")))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.write(keep("after"))
    for _ in range(50):
        if await store.read(count) == 2:
            return
        await asyncio.sleep(0.02)
    raise AssertionError("the cancelled unit was lost")


async def test_closing_waits_for_what_was_begun(database_url: str) -> None:
    store = open_store(database_url)
    writes = [asyncio.create_task(store.write(keep(f"k{number}"))) for number in range(20)]
    await asyncio.sleep(0)
    await asyncio.gather(*writes)
    await store.close()
    again = open_store(database_url)
    assert await again.read(count) == 20
    await again.close()


RACER = """
import asyncio, sys
from storage import inbox
from storage.store import open_store

async def main(url, keys):
    store = open_store(url, pool_size=4)
    def keep(key):
        return lambda work: inbox.keep(work, key, "{}")
    sys.stdin.readline()
    wins = await asyncio.gather(*(store.write(keep(f"race{number}")) for number in range(keys)))
    print(sum(wins), flush=True)
    await store.close()

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


def test_two_processes_at_the_same_moment_win_every_key_once(database_url: str) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, database_url, "200"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    wins = [int(racer.communicate(timeout=60)[0]) for racer in racers]
    assert sum(wins) == 200


WRITER = """
import asyncio, sys
from storage import inbox
from storage.store import open_store

async def main(url):
    store = open_store(url, pool_size=4)
    number = 0
    while True:
        keys = range(number, number + 8)
        await asyncio.gather(*(store.write(lambda work, key=key: inbox.keep(work, f"kill{key}", "{}")) for key in keys))
        number += 8
        print(number, flush=True)

asyncio.run(main(sys.argv[1]))
"""


def test_what_was_acknowledged_survives_kill_9(database_url: str) -> None:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, database_url],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert writer.stdout is not None
    acknowledged = 0
    while acknowledged < 80:
        acknowledged = int(writer.stdout.readline())
    os.kill(writer.pid, signal.SIGKILL)
    rest = writer.stdout.read().split()
    writer.wait()
    acknowledged = int(rest[-1]) if rest else acknowledged

    async def stored() -> int:
        store = open_store(database_url)
        try:
            return await store.read(count)
        finally:
            await store.close()

    assert asyncio.run(stored()) >= acknowledged


@pytest.fixture
def only_postgresql(database_url: str) -> str:
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite has no server that could go away")
    return database_url


def let_go(work: Work, *, own: bool = False) -> None:
    """The server ends this connection, or all others to this database."""
    who = "= pg_backend_pid()" if own else "<> pg_backend_pid() AND datname = current_database()"
    work.connection.execute(
        sa.text(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid {who}")
    )


async def test_nobody_notices_that_the_server_let_go_of_idle_connections(only_postgresql: str) -> None:
    store = open_store(only_postgresql, pool_size=4)
    await asyncio.gather(*(store.read(lambda work: work.connection.execute(SLOWLY)) for _ in range(4)))
    await store.write(let_go)
    assert await asyncio.gather(*(store.write(keep(f"k{number}")) for number in range(4))) == [True] * 4
    assert await store.read(count) == 4
    await store.close()


async def test_a_unit_whose_connection_goes_runs_once_more_and_counts_once(only_postgresql: str) -> None:
    store = open_store(only_postgresql)
    runs = 0

    def unit(work: Work) -> bool:
        nonlocal runs
        runs += 1
        kept = inbox.keep(work, "k", "{}")
        if runs == 1:
            let_go(work, own=True)
        return kept

    assert await store.write(unit)
    assert (runs, await store.read(count)) == (2, 1)
    await store.close()


async def test_both_ends_notice_in_half_a_minute_that_the_other_is_gone_without_a_word(
    only_postgresql: str,
) -> None:
    ours = {"TCP_KEEPIDLE": 10, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 2, "TCP_USER_TIMEOUT": 30_000}
    theirs = {
        "keepalives_idle": "10",
        "keepalives_interval": "10",
        "keepalives_count": "2",
        "user_timeout": "30000",
    }

    def look(work: Work) -> None:
        wire = work.connection.connection.driver_connection._transport.get_extra_info("socket")  # type: ignore[union-attr]
        assert wire.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        for name, value in ours.items():
            if hasattr(socket, name):  # other systems than Linux have fewer
                assert wire.getsockopt(socket.IPPROTO_TCP, getattr(socket, name)) == value, name
        for name, text in theirs.items():
            assert work.connection.scalar(sa.text(f"SHOW tcp_{name}")) == text, name

    store = open_store(only_postgresql)
    await store.read(look)
    await store.close()


async def test_a_unit_is_not_run_again_where_its_commit_may_have_taken_place(only_postgresql: str) -> None:
    store, other = open_store(only_postgresql), open_store(only_postgresql)
    runs = 0

    def unit(work: Work) -> None:
        nonlocal runs
        runs += 1
        inbox.keep(work, "k", "{}")
        await_only(other.write(let_go))

    with pytest.raises(sa.exc.DBAPIError):
        await store.write(unit)
    assert (runs, await other.read(count)) == (1, 0)
    await store.close()
    await other.close()


async def test_a_message_is_taken_once_and_comes_back_when_its_lease_ends(
    store: Store, clock: MovedClock
) -> None:
    made = await company.founded(store)
    lease = timedelta(seconds=60)
    ada = made.person["Ada"]
    assert await store.write(lambda work: outbox.put(work, "m1", ada, "{}"))
    assert not await store.write(lambda work: outbox.put(work, "m1", ada, "{}"))
    [taken] = await store.write(lambda work: outbox.take(work, limit=10, lease=lease))
    assert (taken.key, taken.attempts) == ("m1", 1)
    assert await store.write(lambda work: outbox.take(work, limit=10, lease=lease)) == []
    clock.move(seconds=61)
    [again] = await store.write(lambda work: outbox.take(work, limit=10, lease=lease))
    assert again.attempts == 2
    await store.write(lambda work: outcomes.sent(work, again, "ref"))
    clock.move(hours=1)
    assert await store.write(lambda work: outbox.take(work, limit=10, lease=lease)) == []
    assert await store.read(outbox.counts) == {"sent": 1}


async def test_what_was_given_up_can_be_tried_again(store: Store) -> None:
    made = await company.founded(store)
    await store.write(lambda work: outbox.put(work, "m1", made.person["Ada"], "{}"))
    [taken] = await store.write(lambda work: outbox.take(work, limit=10, lease=timedelta(seconds=60)))
    await store.write(lambda work: outcomes.give_up(work, taken, "the person left"))
    assert await store.read(outbox.next_due) is None
    assert await store.write(outbox.retry_dead) == 1
    assert await store.read(outbox.counts) == {"waiting": 1}
