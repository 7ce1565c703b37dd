"""The real bot, its real server and store, between a local Slack workspace and a stand-in for Teams."""

import io
import logging
from collections.abc import AsyncIterator, Iterator

import pytest
import structlog

from bot import delivery, logs
from bot.playground.delivery import Timing
from bot.playground.roster import alder_and_pike
from bot.playground.workspace import Workspace
from tests.scenario.stage import Stage, assert_nothing_pings, furnished
from tests.teams.connector_stub import ConnectorStub


@pytest.fixture
async def stage(database_url: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Stage]:
    """One bot on both platforms; in the end nothing that it showed was refused or would have pinged."""
    monkeypatch.setattr(delivery, "FIRST_PAUSE_S", 0.2)
    timing = Timing(ack_s=10.0, quiet_s=0.05)
    async with (
        Workspace(alder_and_pike(), timing=timing, with_page=False) as workspace,
        ConnectorStub() as connector,
    ):
        await furnished(database_url)
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
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    logs.configure("json", "DEBUG", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    logging.captureWarnings(False)
    structlog.reset_defaults()
