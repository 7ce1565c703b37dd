"""What the tests stand on: a migrated store on each database, people, and a clock that is moved by hand."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
import sqlalchemy as sa
import structlog

from storage import migrate
from storage.store import Store, open_store
from storage.vault import MemoryVault
from tests import postgres

_numbers = itertools.count(1)
#: What is logged is shown as structlog would, but for tracebacks: with all values of all frames, each takes a second.
_LOGGED = (structlog.contextvars.merge_contextvars, structlog.processors.add_log_level)
_PLAIN = structlog.dev.ConsoleRenderer(colors=False, exception_formatter=structlog.dev.plain_traceback)


class MovedClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        #: A Wednesday at noon.
        self.now = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """Commands log to the standard error that they were started with; after the test nobody else does."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    structlog.configure(processors=[*_LOGGED, _PLAIN])
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a running PostgreSQL server."""
    with postgres.server(durable=False) as address:
        yield address


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> str:
    """A migrated database, to be copied for each test."""
    name = "tandem_template"
    asyncio.run(_statements(postgres_server, f"DROP DATABASE IF EXISTS {name}", f"CREATE DATABASE {name}"))
    migrate.upgrade(_database(postgres_server, name))
    return name


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated file, to be copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    migrate.upgrade(f"sqlite:///{path}")
    return path


class Emptied:
    """A database that one test after the other uses: emptying it takes a tenth of the time of a new one.

    A test that changes more than rows, or leaves somebody in it, leaves it to be made anew.
    """

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._name = f"tandem_test_{next(_numbers)}"
        self._shape: object = None

    @property
    def url(self) -> str:
        return _database(self._server, self._name)

    async def make(self) -> None:
        await _copied(self._server, self._name, self._template)
        connection = await self._connected()
        self._shape = await connection.fetchrow(_SHAPE)
        await connection.close()

    async def empty(self) -> None:
        try:
            connection = await self._connected()
            try:
                if await connection.fetchrow(_SHAPE) == self._shape:
                    await connection.execute(_EMPTY)
                    return
            finally:
                await connection.close()
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
            pass
        await self.make()

    async def drop(self) -> None:
        await _statements(self._server, f"DROP DATABASE IF EXISTS {self._name} WITH (FORCE)")

    async def _connected(self) -> asyncpg.Connection:
        # Without SQLAlchemy, which asks a server a few things first.
        return await asyncpg.connect(_plain(self.url))


#: What tables, columns, indexes, triggers and functions there are, in numbers that change with them.
_SHAPE = """
    SELECT (SELECT count(*) || ' ' || max(oid) FROM pg_class WHERE relnamespace = 'public'::regnamespace),
           (SELECT count(*) || ' ' || max(oid) FROM pg_trigger), (SELECT count(*) || ' ' || max(oid) FROM pg_proc),
           (SELECT count(*) || ' ' || max(oid) FROM pg_constraint), (SELECT max(version_num) FROM alembic_version),
           (SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend')
"""
#: Every row goes but those of the migrations; what counts up begins anew. Foreign keys are not asked meanwhile.
_EMPTY = """
    DO $$ DECLARE one record; BEGIN
        SET LOCAL lock_timeout = '2s';
        SET LOCAL session_replication_role = replica;
        FOR one IN SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
            AND relname <> 'alembic_version'
        LOOP EXECUTE format('DELETE FROM %I', one.relname); END LOOP;
        INSERT INTO audit_head (id, number, hash) VALUES (1, 0, repeat('0', 64));
        FOR one IN SELECT oid FROM pg_class WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace
        LOOP PERFORM setval(one.oid, 1, false); END LOOP;
    END $$
"""


@pytest.fixture(scope="session")
def emptied_postgres(postgres_server: str, postgres_template: str) -> Iterator[Emptied]:
    """A migrated database to be emptied after each test."""
    made = Emptied(postgres_server, postgres_template)
    asyncio.run(made.make())
    yield made
    asyncio.run(made.drop())


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty, migrated database; the test runs once on SQLite and once on PostgreSQL.

    On PostgreSQL it is one that other tests had before; tests marked `own_database` get a new one.
    """
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        path = tmp_path / "tandem.db"
        path.write_bytes(template.read_bytes())
        yield f"sqlite:///{path}"
        return
    if request.node.get_closest_marker("own_database") is None:
        used: Emptied = request.getfixturevalue("emptied_postgres")
        yield used.url
        asyncio.run(used.empty())
        return
    server: str = request.getfixturevalue("postgres_server")
    copied: str = request.getfixturevalue("postgres_template")
    name = f"tandem_test_{next(_numbers)}"
    asyncio.run(_copied(server, name, copied))
    yield _database(server, name)
    asyncio.run(_statements(server, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture
async def store(database_url: str, clock: MovedClock) -> AsyncIterator[Store]:
    """A store on a fresh, migrated database, once per kind of database."""
    opened = open_store(database_url, clock, pool_size=4, vault=MemoryVault())
    yield opened
    await opened.close()


async def _copied(server: str, name: str, template: str) -> None:
    await _statements(
        server,
        f"DROP DATABASE IF EXISTS {name} WITH (FORCE)",
        f"CREATE DATABASE {name} TEMPLATE {template}",
    )


async def _statements(address: str, *statements: str) -> None:
    connection = await asyncpg.connect(_plain(address))
    for statement in statements:
        await connection.execute(statement)
    await connection.close()


def _plain(url: str) -> str:
    """The address as asyncpg itself reads it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _database(server: str, name: str) -> str:
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)
