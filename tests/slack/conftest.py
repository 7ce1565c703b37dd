"""The app and the Web API that it calls, for each test."""

from collections.abc import AsyncIterator

import pytest

from tests.slack.fake import Slack, WebApi, connected, web_api


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with connected() as running:
        yield running


@pytest.fixture
async def api() -> AsyncIterator[WebApi]:
    async with web_api() as running:
        yield running
