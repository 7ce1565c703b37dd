"""The workspace server: Web API, response URLs, uploads, Socket Mode and the page, in one application."""

import asyncio
import json
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import WSMsgType, web

from bot.playground.api import WebApi, required
from bot.playground.delivery import Courier, SocketLine, Timing
from bot.playground.driver import Driver
from bot.playground.faults import Fault, Faults
from bot.playground.manifest import Manifest, load_manifest, repository_manifest
from bot.playground.page_routes import add_page_routes
from bot.playground.payloads import Payloads
from bot.playground.roster import APP_ID, Company
from bot.playground.state import (
    RESPONSE_LIFE_S,
    RESPONSE_USES,
    ApiError,
    Clock,
    Json,
    Message,
    State,
)

DEFAULT_BOT_TOKEN = "xoxb-playground"
DEFAULT_APP_TOKEN = "xapp-playground"
DEFAULT_SIGNING_SECRET = "playground-signing-secret"


@dataclass
class ApiCall:
    """One call that the bot made: method (or `response_url`, `upload`), arguments, HTTP status, answer."""

    method: str
    args: Json
    status: int = 0
    answer: Json = field(default_factory=dict)
    fault: str | None = None


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


class Workspace(Driver):
    """A local workspace that a bot cannot tell from Slack.

    Give the bot `api_url` as its Web API base, `bot_token` and `signing_secret`, and give the workspace the
    bot's address (`bot_url`, may be set later). `manifest` decides which commands, shortcuts, scopes and
    events exist; by default the repository's manifest.yaml, else a built-in one. `clock` is for message times and
    expiries; signatures use real time.
    """

    def __init__(
        self,
        company: Company,
        *,
        signing_secret: str = DEFAULT_SIGNING_SECRET,
        bot_token: str = DEFAULT_BOT_TOKEN,
        app_token: str = DEFAULT_APP_TOKEN,
        bot_url: str = "",
        base_url: str = "",
        clock: Clock = utc_now,
        manifest: Manifest | Path | None = None,
        timing: Timing | None = None,
        with_page: bool = True,
    ) -> None:
        self.company = company
        self.clock = clock
        #: Moves the clock by so many hours for everybody, the bot too; None where it cannot be moved.
        self.move: Callable[[int], Awaitable[None]] | None = None
        self.signing_secret = signing_secret
        self.bot_token = bot_token
        self.app_token = app_token
        self.bot_url = bot_url
        self.base_url = base_url
        self.state = State(company, clock)
        if not isinstance(manifest, Manifest):
            manifest = load_manifest(manifest or repository_manifest())
        self.manifest = manifest
        self.faults = Faults()
        self.timing = timing or Timing()
        self.sockets = SocketLine()
        self.calls: list[ApiCall] = []
        self.problems: list[str] = []
        self.courier = Courier(
            signing_secret=signing_secret,
            bot_url=lambda: self.bot_url,
            timing=self.timing,
            faults=self.faults,
            sockets=self.sockets,
            new_id=self.state.new_id,
        )
        self.payloads = Payloads(self.state, lambda: self.base_url)
        self.api = WebApi(self.state, self.manifest.scopes, lambda: self.base_url)
        self._tickets: set[str] = set()
        self.closing = False
        self._runner: web.AppRunner | None = None
        self.app = self._application(with_page)

    # life

    @property
    def api_url(self) -> str:
        """The Web API base for the bot's `SLACK_API_URL` (ends with a slash, as slack_sdk wants it)."""
        return f"{self.base_url}/api/"

    async def start(self, port: int = 0) -> str:
        """Listen on 127.0.0.1 (a free port unless given) and return the base URL."""
        self.closing = False
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", port)
        await site.start()
        server = site._server
        assert isinstance(server, asyncio.Server)
        self.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        return self.base_url

    async def stop(self) -> None:
        """Close every connection; the state can still be inspected."""
        self.closing = True
        self.state.touch()
        await self.courier.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def __aenter__(self) -> "Workspace":
        if self._runner is None:
            await self.start()
        return self

    async def __aexit__(self, *exc: object) -> None:
        await self.stop()

    # inspection

    def messages(self, user: str, channel: str) -> list[Json]:
        """The messages of a channel (id, name or `dm`) as the user sees them, oldest first.

        Each is the wire body plus `channel` and `is_ephemeral`; ephemerals of others are left out.
        """
        user_id = self.user_id(user)
        where = self.where(user_id, channel)
        return [m.seen() for m in self.state.messages[where.id] if m.only_for in (None, user_id)]

    def last_message(self, user: str, channel: str) -> Json:
        """The newest message the user sees there."""
        return self.messages(user, channel)[-1]

    def open_views(self, user: str) -> list[Json]:
        """The user's open modals, bottom first (at most three)."""
        return [self.state.views[v] for v in self.state.stacks.get(self.user_id(user), [])]

    def top_view(self, user: str) -> Json:
        """The modal in front of the user."""
        views = self.open_views(user)
        if not views:
            raise LookupError(f"{user} has no open view")
        return views[-1]

    def home(self, user: str) -> Json | None:
        """The Home tab that the bot published for the user."""
        view_id = self.state.homes.get(self.user_id(user))
        return self.state.views[view_id] if view_id else None

    def calls_of(self, method: str) -> list[ApiCall]:
        """The calls the bot made of one method, in order."""
        return [call for call in self.calls if call.method == method]

    async def wait_for(self, condition: Callable[[], Any], *, timeout_s: float = 20.0) -> Any:
        """Wait until `condition()` is truthy and return it; for what the bot does after its ack."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            result = condition()
            if result:
                return result
            await asyncio.sleep(0.01)
        raise TimeoutError("the condition did not come true")

    # HTTP

    def _application(self, with_page: bool) -> web.Application:
        app = web.Application(client_max_size=32 * 1024 * 1024, middlewares=[_loopback_only])
        app.router.add_route("*", "/api/{method}", self._web_api)
        app.router.add_post("/response/{token}", self._response_url)
        app.router.add_post("/upload/{file}/{ticket}", self._upload)
        app.router.add_put("/upload/{file}/{ticket}", self._upload)
        app.router.add_get("/files/{file}/{name}", self._download)
        app.router.add_get("/socket", self._socket)
        if with_page:
            add_page_routes(app, self)
        return app

    async def _web_api(self, request: web.Request) -> web.StreamResponse:
        method = request.match_info["method"]
        try:
            args = await _arguments(request)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_json"})
        token = str(args.pop("token", "") or "")
        header = request.headers.get("Authorization", "")
        if header.startswith("Bearer "):
            token = header.removeprefix("Bearer ").strip()
        call = ApiCall(method, args)
        self.calls.append(call)

        def process() -> web.Response:
            refusal = self._token_refusal(method, token)
            answer = {"ok": False, "error": refusal} if refusal else self._answer(method, args)
            if method == "api.test" and refusal in ("not_authed", "invalid_auth"):
                answer = {"ok": True, "args": args}
            call.answer = answer
            headers = {"x-slack-req-id": secrets.token_hex(8)}
            if method == "auth.test":
                headers["x-oauth-scopes"] = ",".join(self.manifest.scopes)
            return web.json_response(answer, headers=headers)

        return await self._with_faults(request, call, process)

    def _token_refusal(self, method: str, token: str) -> str | None:
        if not token:
            return "not_authed"
        if method == "apps.connections.open":
            return None if token == self.app_token else "not_allowed_token_type"
        return None if token == self.bot_token else "invalid_auth"

    def _answer(self, method: str, args: Json) -> Json:
        if method == "apps.connections.open":
            ticket = secrets.token_hex(8)
            self._tickets.add(ticket)
            address = self.base_url.replace("http://", "ws://", 1)
            return {"ok": True, "url": f"{address}/socket?ticket={ticket}&app_id={APP_ID}"}
        return self.api.call(method, args)

    async def _with_faults(
        self, request: web.Request, call: ApiCall, process: Callable[[], web.Response]
    ) -> web.StreamResponse:
        """Process a request, or misbehave as planned."""
        self.courier.last_activity = time.monotonic()
        fault = self.faults.take(call.method)
        call.fault = fault.kind if fault else None
        response = await self._misbehave(request, call, fault, process) if fault else process()
        call.status = response.status if isinstance(response, web.Response) else 0
        self.courier.last_activity = time.monotonic()
        return response

    async def _misbehave(
        self, request: web.Request, call: ApiCall, fault: Fault, process: Callable[[], web.Response]
    ) -> web.Response:
        if fault.kind == "rate_limited":
            call.answer = {"ok": False, "error": "ratelimited"}
            retry_after = {"Retry-After": str(max(1, round(fault.seconds)))}
            return web.json_response(call.answer, status=429, headers=retry_after)
        if fault.kind == "server_error":
            call.answer = {"ok": False, "error": "internal_error"}
            return web.Response(status=500, text="Internal Server Error")
        if fault.kind == "slow":
            self.courier.in_flight += 1
            try:
                await asyncio.sleep(fault.seconds)
            finally:
                self.courier.in_flight -= 1
            return process()
        response = process() if fault.kind == "drop_after" else web.Response(status=500)
        if request.transport is not None:
            request.transport.abort()
        return response

    async def _response_url(self, request: web.Request) -> web.StreamResponse:
        try:
            args = await _arguments(request)
        except ValueError:
            return web.json_response({"ok": False, "error": "invalid_payload"}, status=400)
        call = ApiCall("response_url", args)
        self.calls.append(call)
        token = request.match_info["token"]

        def process() -> web.Response:
            status, call.answer = self._respond(token, args)
            return web.json_response(call.answer, status=status)

        return await self._with_faults(request, call, process)

    def _respond(self, token: str, content: Json) -> tuple[int, Json]:
        record = self.state.responses.get(token)
        if record is None:
            return 404, {"ok": False, "error": "invalid_url"}
        if self.state.now() - record.born > RESPONSE_LIFE_S:
            return 404, {"ok": False, "error": "expired_url"}
        if record.uses >= RESPONSE_USES:
            return 404, {"ok": False, "error": "used_url"}
        record.uses += 1
        try:
            self.show_answer(record.user, record.channel, content, record.source)
        except ApiError as error:
            return 400, {"ok": False, "error": error.code, **error.extra}
        return 200, {"ok": True}

    async def _upload(self, request: web.Request) -> web.StreamResponse:
        file = self.state.files.get(request.match_info["file"])
        content = b""
        if request.content_type == "multipart/form-data":
            for part in (await request.post()).values():
                content = part.file.read() if isinstance(part, web.FileField) else str(part).encode()
        else:
            content = await request.read()
        call = ApiCall("upload", {"file": request.match_info["file"], "length": len(content)})
        self.calls.append(call)

        def process() -> web.Response:
            if file is None:
                return web.Response(status=404, text="file_not_found")
            if len(content) != file.length:
                return web.Response(status=400, text=f"expected {file.length} bytes, got {len(content)}")
            file.content = content
            return web.Response(text=f"OK - {len(content)}")

        return await self._with_faults(request, call, process)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        file = self.state.files.get(request.match_info["file"])
        if file is None or not file.channels:
            raise web.HTTPNotFound
        name = "".join(c if c.isalnum() or c in "._- " else "_" for c in file.name)
        return web.Response(
            body=file.content,
            content_type="application/octet-stream",
            headers={
                "Content-Disposition": f'attachment; filename="{name}"',
                "X-Content-Type-Options": "nosniff",
            },
        )

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        ticket = request.query.get("ticket", "")
        if ticket not in self._tickets:
            raise web.HTTPForbidden
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(heartbeat=10)
        await socket.prepare(request)
        self.sockets.connections.append(socket)
        await socket.send_json(
            {
                "type": "hello",
                "num_connections": len(self.sockets.connections),
                "debug_info": {"host": "playground", "approximate_connection_time": 18_060},
                "connection_info": {"app_id": APP_ID},
            }
        )
        try:
            async for frame in socket:
                if frame.type is WSMsgType.TEXT and frame.data.startswith("{"):
                    self.sockets.acknowledge(json.loads(frame.data))
        finally:
            self.sockets.connections.remove(socket)
        return socket

    def post_as_bot(self, channel: str, content: Json) -> Json:
        """Put a message of the bot into a channel without a call, for trying the page."""
        where = self.state.channel(required({"channel": channel}, "channel"))
        return self.state.post(Message(where.id, self.state.bot_body(content))).seen()


async def _arguments(request: web.Request) -> Json:
    """The arguments of a call: query, form or JSON. Raises ValueError for malformed JSON."""
    args: Json = dict(request.query)
    if request.content_type == "application/json":
        raw = await request.text()
        body = json.loads(raw) if raw.strip() else {}
        if not isinstance(body, dict):
            raise ValueError("not an object")
        args |= body
    elif request.can_read_body:
        args |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
        if set(args) == {"payload"}:
            args = dict(json.loads(args["payload"]))
    return args


@web.middleware
async def _loopback_only(request: web.Request, handler: Callable[[web.Request], Any]) -> web.StreamResponse:
    """Refuse other host names (a page elsewhere that points its own name at this machine)."""
    if (request.host or "").rsplit(":", 1)[0] not in ("127.0.0.1", "localhost", "[::1]"):
        raise web.HTTPForbidden(text="This playground answers on 127.0.0.1 only.")
    response: web.StreamResponse = await handler(request)
    return response
