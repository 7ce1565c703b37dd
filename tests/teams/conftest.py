"""A Teams bot over real HTTP, with a dispatcher that says what it is told to say."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from handlers.conversation import AnyInbound, FileMessage, Nothing
from handlers.teams.app import Admits, TeamsApp
from handlers.teams.connector import Connector
from handlers.teams.registration import Registration
from handlers.teams.replies import AnyReply
from handlers.teams.seen import Seen
from handlers.teams.send import TeamsProfiles, TeamsSender
from tests.teams import activities
from tests.teams.connector_stub import ConnectorStub

Node = dict[str, Any]


@dataclass
class Files:
    """Exports that are the same file for everybody, or a refusal."""

    path: Path
    refusal: Exception | None = None
    asked: list[FileMessage] = field(default_factory=list)

    @asynccontextmanager
    async def file(self, message: FileMessage) -> AsyncIterator[Path]:
        self.asked.append(message)
        if self.refusal is not None:
            raise self.refusal
        yield self.path


@dataclass
class Bot:
    stub: ConnectorStub
    registration: Registration
    app: TeamsApp
    connector: Connector
    seen: Seen
    sender: TeamsSender
    profiles: TeamsProfiles
    url: str
    client: aiohttp.ClientSession
    files: Files
    #: What the next inbound values are answered with: a reply, or an exception to be raised.
    replies: list[AnyReply | Exception] = field(default_factory=list)
    inbound: list[AnyInbound] = field(default_factory=list)

    async def dispatch(self, inbound: AnyInbound) -> AnyReply:
        self.inbound.append(inbound)
        reply = self.replies.pop(0) if self.replies else Nothing()
        if isinstance(reply, Exception):
            raise reply
        return reply

    async def post(self, activity: object, *, token: str | None = None) -> tuple[int, Node]:
        """Send an activity as Teams does; status and body of the answer."""
        headers = {} if token is None else {"Authorization": token}
        if isinstance(activity, bytes):
            request = self.client.post(self.url, data=activity, headers=headers)
        else:
            request = self.client.post(self.url, json=activity, headers=headers)
        async with request as answer:
            body: Node = await answer.json()
            return answer.status, body

    async def says(self, text: str, **where: Any) -> tuple[int, Node]:
        return await self.post(activities.message(text, service_url=self.stub.url, **where))

    async def presses(self, action: Node, inputs: Node | None = None, **where: Any) -> tuple[int, Node]:
        return await self.post(activities.press(action, inputs=inputs, service_url=self.stub.url, **where))


Starts = Callable[..., Awaitable[Bot]]


@pytest.fixture
async def stub() -> AsyncIterator[ConnectorStub]:
    async with ConnectorStub() as running:
        yield running


@pytest.fixture
async def starts(stub: ConnectorStub, tmp_path: Path) -> AsyncIterator[Starts]:
    """Starts a bot with its own registration."""
    ends: list[Callable[[], Awaitable[None]]] = []

    async def start(registration: Registration | None = None, *, gate: Admits | None = None) -> Bot:
        registration = registration or Registration(
            app_id=activities.APP_ID,
            password="",
            tenant_id=activities.TENANT,
            no_auth=True,
            service_url=stub.url,
        )
        connector, seen = Connector(registration), Seen()
        files = Files(tmp_path / "export.csv")
        bot: Bot

        async def dispatch(inbound: AnyInbound) -> AnyReply:
            return await bot.dispatch(inbound)

        app = TeamsApp(registration, connector, seen, dispatch, exports=files, gate=gate)
        served = web.Application()
        served.router.add_post("/api/messages", app.handle)
        runner = web.AppRunner(served, access_log=None, lingering_time=0)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        client = aiohttp.ClientSession()
        bot = Bot(
            stub=stub,
            registration=registration,
            app=app,
            connector=connector,
            seen=seen,
            sender=TeamsSender(registration, connector, seen),
            profiles=TeamsProfiles(registration, connector, seen),
            url=f"http://127.0.0.1:{runner.addresses[0][1]}/api/messages",
            client=client,
            files=files,
        )
        ends.extend([client.close, app.finish, connector.close, runner.cleanup])
        return bot

    yield start
    for end in ends:
        await end()


@pytest.fixture
async def bot(starts: Starts) -> Bot:
    return await starts()
