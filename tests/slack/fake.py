"""A Web API that records what it is asked, a dispatch that answers as told, and the app between them over HTTP."""

import asyncio
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from time import time
from typing import Any
from urllib.parse import parse_qsl, urlencode

import aiohttp
from aiohttp import web
from aiohttp.test_utils import TestServer

from handlers.conversation import AnyInbound, Nothing, Profile
from handlers.slack.answer import AnyReply
from handlers.slack.app import SlackApp
from handlers.slack.client import SlackClient

Json = dict[str, Any]

SECRET = "a signing secret"
TOKEN = "xoxb-test"


@dataclass
class WebApi:
    """Answers every method with ok, unless told otherwise for that method."""

    calls: list[tuple[str, Json]] = field(default_factory=list)
    #: By method: what to answer; an int is an HTTP status without a body, "drop" is a lost connection.
    answers: dict[str, Json | int | str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    uploaded_bytes: int = 0
    refuses_newer_blocks: bool = False
    url: str = ""
    #: The response URL answers nothing while this is not set.
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.goes_on.set()

    def of(self, method: str) -> list[Json]:
        """The arguments of all calls of a method, or of posts to the response URL."""
        return [arguments for name, arguments in self.calls if name == method]

    async def serve(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        if method == "upload":
            async for piece in request.content.iter_chunked(65536):
                self.uploaded_bytes += len(piece)
            return web.Response(text="OK")
        body = await request.text()
        read = (
            json.loads if request.content_type == "application/json" else lambda text: dict(parse_qsl(text))
        )
        self.calls.append((method, read(body) if body else {}))
        if method == "response":
            await self.goes_on.wait()
        answer = self.answers.get(method, {})
        if self.refuses_newer_blocks and "data_table" in body:
            answer = {"ok": False, "error": "invalid_blocks"}
        if answer == "drop":
            assert request.transport is not None
            request.transport.abort()
            return web.Response()
        if isinstance(answer, int):
            return web.Response(status=answer, text="trouble", headers=self.headers)
        assert isinstance(answer, dict)
        usual: Json = {
            "ok": True,
            "user_id": "U0TANDEM",
            "bot_id": "B0TANDEM",
            "channel": {"id": "D0009"} if method == "conversations.open" else "D0009",
            "ts": "1763600001.000200",
        }
        return web.json_response(usual | answer, headers=self.headers)


class ToldDispatch:
    """Gives the reply it was told and keeps what it was given."""

    def __init__(self) -> None:
        self.reply: AnyReply | Exception = Nothing()
        self.given: list[AnyInbound] = []

    async def __call__(self, inbound: AnyInbound) -> AnyReply:
        self.given.append(inbound)
        if isinstance(self.reply, Exception):
            raise self.reply
        return self.reply


@dataclass
class Answer:
    status: int
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


@dataclass
class Slack:
    """Slack's side of the conversation."""

    url: str
    api: WebApi
    dispatch: ToldDispatch
    app: SlackApp
    profiles: list[Profile]
    uninstalled: list[str]
    session: aiohttp.ClientSession

    @property
    def response_url(self) -> str:
        return f"{self.api.url}/api/response"

    async def command(self, fields: dict[str, str]) -> Answer:
        return await self.raw(urlencode(fields | {"response_url": self.response_url}))

    async def interact(self, payload: Json) -> Answer:
        """Press or send in, and wait for what is shown after the acknowledgement."""
        answer = await self.raw(urlencode({"payload": json.dumps(payload)}))
        await self.app.finish()
        return answer

    async def event(self, payload: Json, headers: dict[str, str] | None = None) -> Answer:
        return await self.raw(json.dumps(payload), "application/json", headers=headers)

    async def raw(
        self,
        body: str | bytes,
        content_type: str = "application/x-www-form-urlencoded",
        *,
        secret: str = SECRET,
        at: float | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """A signed request."""
        data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
        stamp = str(int(time() if at is None else at))
        digest = hmac.new(secret.encode(), f"v0:{stamp}:".encode() + data, "sha256").hexdigest()
        signed = {
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": f"v0={digest}",
            "Content-Type": content_type,
        }
        async with self.session.post(self.url, data=data, headers=signed | (headers or {})) as response:
            return Answer(response.status, await response.text())


@asynccontextmanager
async def web_api() -> AsyncIterator[WebApi]:
    api = WebApi()
    site = web.Application(client_max_size=1 << 30)
    site.router.add_post("/api/{method}", api.serve)
    async with TestServer(site) as server:
        api.url = str(server.make_url("")).rstrip("/")
        yield api


@asynccontextmanager
async def connected(secret: str = SECRET) -> AsyncIterator[Slack]:
    """The app on 127.0.0.1, its Web API beside it."""
    dispatch = ToldDispatch()
    profiles: list[Profile] = []
    uninstalled: list[str] = []

    async def on_profile(profile: Profile) -> None:
        profiles.append(profile)

    async def on_uninstalled(team_id: str) -> None:
        uninstalled.append(team_id)

    async with web_api() as api, aiohttp.ClientSession() as session:
        client = SlackClient(TOKEN, f"{api.url}/api/")
        app = SlackApp(
            client,
            signing_secret=secret,
            dispatch=dispatch,
            on_profile=on_profile,
            on_uninstalled=on_uninstalled,
        )
        await app.warm_up()
        site = web.Application()
        site.router.add_post("/slack/events", app.handle)
        async with TestServer(site) as server:
            url = str(server.make_url("/slack/events"))
            yield Slack(url, api, dispatch, app, profiles, uninstalled, session)
        await client.close()
