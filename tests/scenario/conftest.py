"""The real bot, its real server and store, between a local Slack workspace and a stand-in for Teams."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from bot import logs, sending
from bot.playground.delivery import Timing
from bot.playground.roster import alder_and_pike
from bot.playground.workspace import Workspace
from tests.scenario.stage import Stage, assert_nothing_pings, furnished
from tests.teams.connector_stub import ConnectorStub


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each has a database of its own, with the company of the playground in it."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.own_database)


@pytest.fixture(scope="session")
def sqlite_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the company in it, to be copied for each test."""
    path = tmp_path_factory.mktemp("scenario") / "furnished.db"
    path.write_bytes(sqlite_template.read_bytes())
    asyncio.run(furnished(f"sqlite:///{path}"))
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_template: str, postgres_server: str) -> str:
    """A database with the company in it, to be copied for each test."""
    name = "tandem_scenario_template"

    async def copy() -> None:
        engine = create_async_engine(postgres_server, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(sa.text(f"DROP DATABASE IF EXISTS {name}"))
            await connection.execute(sa.text(f"CREATE DATABASE {name} TEMPLATE {postgres_template}"))
        await engine.dispose()
        await furnished(sa.make_url(postgres_server).set(database=name).render_as_string(hide_password=False))

    asyncio.run(copy())
    return name


@pytest.fixture
async def stage(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """One bot on both platforms; in the end nothing that it showed was refused or would have pinged."""
    monkeypatch.setattr(sending, "FIRST_PAUSE_S", 0.2)
    timing = Timing(ack_s=10.0, quiet_s=0.05)
    async with (
        Workspace(alder_and_pike(), timing=timing, with_page=False) as workspace,
        ConnectorStub() as connector,
    ):
        running = Stage(database_url, workspace, connector)
        try:
            await running.open()
            yield running
        finally:
            await running.close()
        assert workspace.problems == []
        assert_nothing_pings(workspace, connector)


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """Everything that is logged while the test runs, as JSON lines."""
    stream = io.StringIO()
    logs.configure("json", "DEBUG", stream)
    yield stream
