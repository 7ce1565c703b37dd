"""The unit of work: one transaction around plain, synchronous code, on SQLite or PostgreSQL.

Code inside a unit of work never waits for anything but the database, so it is written synchronously. On
PostgreSQL it runs on asyncpg through SQLAlchemy's greenlet bridge. On SQLite all writes run in one thread that
owns the one writer connection, and units that wait at the same time share a transaction and its fsync: one hop
between threads per unit instead of one per statement, and one fsync per group. If one of a group fails, the group
is rolled back and run again with a savepoint around each. On PostgreSQL, a unit whose connection is gone before its
commit runs once more on a new one. So a unit may run twice and must keep its effects to the database.
"""

import asyncio
import queue
import socket
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import sqlalchemy as sa
from sqlalchemy.util import greenlet_spawn

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from storage.vault import Vault

T = TypeVar("T")
Clock = Callable[[], datetime]

#: How many waiting units of work may share one SQLite transaction.
GROUP_LIMIT = 64
#: What each connection to a SQLite file keeps of it in memory, in KiB; its own 2 MB are less than what a day touches.
PAGES_KIB = 16 * 1024
BUSY_TIMEOUT_S = 30
READERS = 4

#: How long either end of a connection to PostgreSQL is silent before the other takes it to be gone, in seconds.
SILENT_S = 30
CONNECT_S = 10
_OPTIONS = {
    "TCP_KEEPIDLE": SILENT_S // 3,
    "TCP_KEEPINTVL": SILENT_S // 3,
    "TCP_KEEPCNT": 2,
    "TCP_USER_TIMEOUT": SILENT_S * 1000,
}
_SETTINGS = {
    "tcp_keepalives_idle": SILENT_S // 3,
    "tcp_keepalives_interval": SILENT_S // 3,
    "tcp_keepalives_count": 2,
    "tcp_user_timeout": SILENT_S * 1000,
}


@dataclass(slots=True)
class Work:
    """A transaction under way. Repositories take it first; handlers only hand it on and read the time."""

    connection: sa.Connection
    #: When the unit began; aware. One unit, one time.
    now: datetime
    #: Set when a message was put in the outbox, so that the worker is woken after the commit.
    enqueued: bool = field(default=False)
    #: Where keys are kept, outside of the database; None where nothing that is locked is read or written.
    vault: "Vault | None" = None
    #: What this unit read of it, by name, so that it reads each once.
    secrets: dict[str, bytes] = field(default_factory=dict, repr=False)


class Together:
    """Statements of which none reads what another writes: one round trip on PostgreSQL, else one after the other.

    Made once, with a named `bindparam` for every value; the same name in two of them is the same value. Foreign keys
    between them hold at the end.
    """

    def __init__(self, *statements: sa.Insert | sa.Update) -> None:
        self._each = [(one, frozenset(one.compile().params)) for one in statements]
        *others, last = statements
        self._all: sa.Insert | sa.Update = last
        for number, one in enumerate(others, start=1):
            self._all = self._all.add_cte(one.cte(f"part_{number}"))

    def run(self, work: Work, values: Mapping[str, Any]) -> None:
        """Run them all with these values."""
        if work.connection.dialect.name == "postgresql":
            work.connection.execute(self._all, values)
            return
        for one, names in self._each:
            work.connection.execute(one, {name: value for name, value in values.items() if name in names})


class Store(Protocol):
    async def write(self, unit: Callable[[Work], T]) -> T:
        """Run a unit of work and commit it; an exception rolls it back and is raised here."""
        ...

    async def read(self, unit: Callable[[Work], T]) -> T:
        """Run a unit that only reads, beside the writers, on one consistent view of the data."""
        ...

    async def checkpoint(self) -> None:
        """Leave nothing of what was deleted in the files beside the database, as far as the database can."""
        ...

    async def close(self) -> None:
        """Finish what was begun, then let go of the database."""
        ...

    @property
    def dialect(self) -> str: ...

    @property
    def vault(self) -> "Vault | None": ...


def open_store(
    url: str, clock: Clock | None = None, *, pool_size: int = 16, vault: "Vault | None" = None
) -> "Store":
    """Open the database at `url`: `sqlite:///path` or `postgresql+asyncpg://...`. Creates no tables."""
    parsed = sa.make_url(url)
    clock = clock or (lambda: datetime.now(UTC))
    match parsed.get_backend_name():
        case "sqlite":
            if not parsed.database or parsed.database == ":memory:":
                raise ValueError("a SQLite database must be a file, since several connections share it")
            return SqliteStore(Path(parsed.database), clock, vault=vault)
        case "postgresql":
            return PostgresStore(
                parsed.set(drivername="postgresql+asyncpg"), clock, pool_size=pool_size, vault=vault
            )
        case other:
            raise ValueError(f"{other} is not supported; use sqlite:///... or postgresql+asyncpg://...")


def sync_url(url: str) -> sa.URL:
    """The same database for migrations."""
    parsed = sa.make_url(url)
    name = {"sqlite": "sqlite", "postgresql": "postgresql+asyncpg"}[parsed.get_backend_name()]
    return parsed.set(drivername=name)


def sqlite_engine(path: Path) -> sa.Engine:
    """An engine whose connections begin only when they are told to: Python's sqlite3 would begin too late."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=sa.pool.QueuePool,
        pool_size=READERS + 1,
        max_overflow=0,
        hide_parameters=True,  # errors never quote what people wrote
        connect_args={"check_same_thread": False, "timeout": BUSY_TIMEOUT_S, "isolation_level": None},
    )

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, record: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute(f"PRAGMA cache_size=-{PAGES_KIB}")

    return engine


@contextmanager
def _transaction(engine: sa.Engine, begin: str) -> Iterator[sa.Connection]:
    with engine.connect() as connection:
        connection.exec_driver_sql(begin)
        try:
            yield connection
            connection.commit()
        except BaseException:
            # After a commit that failed, SQLAlchemy takes the transaction for ended, and the pool would keep it open.
            if (driver := connection.connection.driver_connection) is not None:
                driver.rollback()
            raise


@dataclass(slots=True)
class _Job:
    unit: Callable[[Work], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


_Outcome = tuple[_Job, Any, BaseException | None]


class SqliteStore:
    """One file, one writer thread, a few reader threads."""

    dialect = "sqlite"

    def __init__(self, path: Path, clock: Clock, *, vault: "Vault | None" = None) -> None:
        self._clock = clock
        self.vault = vault
        path.parent.mkdir(parents=True, exist_ok=True)
        self._engine = sqlite_engine(path)
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="tandem-read")

    async def write(self, unit: Callable[[Work], T]) -> T:
        if self._thread is None:
            self._thread = threading.Thread(target=self._write_forever, name="tandem-write", daemon=True)
            self._thread.start()
        loop = asyncio.get_running_loop()
        job = _Job(unit, loop.create_future(), loop)
        self._jobs.put(job)
        result: T = await asyncio.shield(job.future)
        return result

    async def read(self, unit: Callable[[Work], T]) -> T:
        def run() -> T:
            with _transaction(self._engine, "BEGIN DEFERRED") as connection:
                return unit(self._work(connection))

        return await asyncio.get_running_loop().run_in_executor(self._readers, run)

    async def checkpoint(self) -> None:
        def empty() -> None:
            with self._engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").all()

        await asyncio.get_running_loop().run_in_executor(self._readers, empty)

    async def close(self) -> None:
        if self._thread is not None:
            self._jobs.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None
        self._readers.shutdown(wait=True)
        self._engine.dispose()

    def _work(self, connection: sa.Connection) -> Work:
        return Work(connection, self._clock(), vault=self.vault)

    def _write_forever(self) -> None:
        while True:
            first = self._jobs.get()
            if first is None:
                return
            jobs = [first]
            last = False
            with suppress(queue.Empty):
                while len(jobs) < GROUP_LIMIT:
                    job = self._jobs.get_nowait()
                    if job is None:
                        last = True
                        break
                    jobs.append(job)
            self._commit_together(jobs)
            if last:
                return

    def _commit_together(self, jobs: list[_Job]) -> None:
        try:
            outcomes = self._run(jobs, apart=False)
        except Exception as error:
            if len(jobs) == 1:
                outcomes = [(jobs[0], None, error)]
            else:
                try:
                    outcomes = self._run(jobs, apart=True)
                except Exception as fatal:
                    # The transaction itself failed (disk full, locked): nobody's work was kept.
                    outcomes = [(job, None, fatal) for job in jobs]
        for loop in {id(job.loop): job.loop for job in jobs}.values():
            mine = [outcome for outcome in outcomes if outcome[0].loop is loop]
            with suppress(RuntimeError):  # the loop is gone, and with it whoever waited
                loop.call_soon_threadsafe(_settle, mine)

    def _run(self, jobs: list[_Job], *, apart: bool) -> list[_Outcome]:
        """One transaction; `apart` keeps one unit's failure from the others."""
        outcomes: list[_Outcome] = []
        with _transaction(self._engine, "BEGIN IMMEDIATE") as connection:
            for job in jobs:
                if not apart:
                    outcomes.append((job, job.unit(self._work(connection)), None))
                    continue
                savepoint = connection.begin_nested()
                try:
                    outcomes.append((job, job.unit(self._work(connection)), None))
                    savepoint.commit()
                except Exception as error:
                    savepoint.rollback()
                    outcomes.append((job, None, error))
        return outcomes


def _settle(outcomes: list[_Outcome]) -> None:
    for job, result, error in outcomes:
        if job.future.done():
            continue
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)


def _notice_silence(connection: Any, record: object) -> None:
    """Let both ends of a connection to PostgreSQL find out in `SILENT_S` that the other is gone without a word.

    By itself the bot waits a quarter of an hour for a server that lost its power, and a server keeps the locks of such
    a bot for two hours. https://www.postgresql.org/docs/current/runtime-config-connection.html
    """
    wire = connection.driver_connection._transport.get_extra_info("socket")
    if wire.family in (socket.AF_INET, socket.AF_INET6):
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _OPTIONS.items():
            if hasattr(socket, option):  # Linux has them all
                wire.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
    settings = ", ".join(f"set_config('{name}', '{value}', false)" for name, value in _SETTINGS.items())
    connection.run_async(lambda driver: driver.execute(f"SELECT {settings}"))


class PostgresStore:
    """A pool of connections; every unit of work is a transaction of its own."""

    dialect = "postgresql"

    def __init__(self, url: sa.URL, clock: Clock, *, pool_size: int, vault: "Vault | None" = None) -> None:
        from sqlalchemy.ext.asyncio import create_async_engine  # brings the ORM, which SQLite can do without

        self._clock = clock
        self.vault = vault
        self._engine: AsyncEngine = create_async_engine(
            url,
            pool_size=pool_size,
            max_overflow=0,
            # The one used last: it has the statements ready, and what they need at hand.
            pool_use_lifo=True,
            hide_parameters=True,
            pool_recycle=1800,
            connect_args={"timeout": CONNECT_S},
        )
        sa.event.listen(self._engine.sync_engine, "connect", _notice_silence)
        self._snapshots = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._turn = asyncio.Semaphore(pool_size)

    async def write(self, unit: Callable[[Work], T]) -> T:
        return await asyncio.shield(asyncio.ensure_future(self._run(self._engine, unit)))

    async def read(self, unit: Callable[[Work], T]) -> T:
        return await self._run(self._snapshots, unit)

    async def checkpoint(self) -> None:
        """Nothing: what is deleted goes with the server's own vacuum."""

    async def close(self) -> None:
        await self._engine.dispose()

    async def _run(self, engine: "AsyncEngine", unit: Callable[[Work], T]) -> T:
        is_done = False

        def run() -> T:
            nonlocal is_done
            with engine.sync_engine.begin() as connection:
                found = unit(Work(connection, self._clock(), vault=self.vault))
                is_done = True
                return found

        # The pool gives a connection that comes back to whoever asks next, however long others wait; this is a queue.
        async with self._turn:
            try:
                # One crossing to synchronous code for all of it, where the asynchronous connection makes one for each
                # step.
                return await greenlet_spawn(run)
            except sa.exc.DBAPIError as error:
                # Once the commit is under way, nobody knows whether it took place.
                if is_done or not error.connection_invalidated:
                    raise
            # The server was started again, or left an idle connection: the pool has let go of all old ones.
            return await greenlet_spawn(run)
