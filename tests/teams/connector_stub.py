"""A stand-in for the Bot Connector and OneDrive over real HTTP: records what it is sent, misbehaves on demand."""

import itertools
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

Node = dict[str, Any]


@dataclass
class Misbehaviour:
    """What to answer instead, once: a status, or a dropped connection."""

    status: int = 429
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False
    #: The error's code.
    code: str = "Stub"


@dataclass
class Received:
    """One activity that was sent or updated."""

    conversation: str
    activity: Node
    reply_to: str | None
    updates: str | None
    authorization: str | None
    #: The id that it got; of an update that of the message.
    id: str


class ConnectorStub:
    """Use as an async context manager; `url` is the service URL to put into activities."""

    def __init__(self) -> None:
        self.received: list[Received] = []
        self.misbehave: deque[Misbehaviour] = deque()
        #: Members by object id or account id.
        self.members: dict[str, Node] = {}
        #: People whose chat cannot be opened, since the bot is not installed for them.
        self.strangers: set[str] = set()
        self.opened: list[Node] = []
        self.requests = 0
        self.uploads: list[tuple[str, bytes]] = []
        self.url = ""
        self._numbers = itertools.count(1)
        self._runner: web.AppRunner | None = None

    @property
    def activities(self) -> list[Node]:
        return [one.activity for one in self.received]

    @property
    def cards(self) -> list[Node]:
        """The Adaptive Cards among what was sent, in order."""
        return [
            attachment["content"]
            for activity in self.activities
            for attachment in activity.get("attachments", [])
            if attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
        ]

    def member(self, user: str, name: str, email: str, **more: Any) -> None:
        """Let somebody be known."""
        found = {
            "id": f"29:1-{user}",
            "aadObjectId": user,
            "name": name,
            "email": email,
            "userPrincipalName": email,
            "tenantId": "0d9a8a5e-7c1b-4f7e-8a55-3a8a4c5b6d01",
            "userRole": "user",
            **more,
        }
        self.members[user] = self.members[f"29:1-{user}"] = found

    async def __aenter__(self) -> "ConnectorStub":
        app = web.Application(middlewares=[self._mood], client_max_size=64 * 1024 * 1024)
        base = "/v3/conversations"
        app.router.add_post(base, self._open)
        app.router.add_post(base + "/{conversation}/activities", self._receive)
        app.router.add_post(base + "/{conversation}/activities/{reply_to}", self._receive)
        app.router.add_put(base + "/{conversation}/activities/{updates}", self._receive)
        app.router.add_get(base + "/{conversation}/members/{user}", self._member)
        app.router.add_get(base + "/{conversation}/pagedmembers", self._members)
        app.router.add_put("/upload", self._upload)
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @web.middleware
    async def _mood(self, request: web.Request, handler: Any) -> web.StreamResponse:
        self.requests += 1
        if not self.misbehave:
            answer: web.StreamResponse = await handler(request)
            return answer
        mood = self.misbehave.popleft()
        if mood.drop:
            assert request.transport is not None
            request.transport.close()
        return web.json_response({"error": {"code": mood.code}}, status=mood.status, headers=mood.headers)

    async def _open(self, request: web.Request) -> web.Response:
        asked = await request.json()
        user = asked["members"][0]["id"]
        if user in self.strangers:
            return web.json_response({"error": {"code": "ForbiddenOperationException"}}, status=403)
        self.opened.append(asked)
        return web.json_response({"id": f"a:dm-{user}"}, status=201)

    async def _receive(self, request: web.Request) -> web.Response:
        match = request.match_info
        one = Received(
            conversation=match["conversation"],
            activity=await request.json(),
            reply_to=match.get("reply_to"),
            updates=match.get("updates"),
            authorization=request.headers.get("Authorization"),
            id=match.get("updates") or f"1800000{next(self._numbers):06}",
        )
        self.received.append(one)
        return web.json_response({"id": one.id}, status=201)

    async def _member(self, request: web.Request) -> web.Response:
        found = self.members.get(request.match_info["user"])
        if found is None:
            return web.json_response({"error": {"code": "MemberNotFoundInConversation"}}, status=404)
        return web.json_response(found)

    async def _members(self, request: web.Request) -> web.Response:
        """Two to a page, so that there is more than one."""
        everybody = list({member["id"]: member for member in self.members.values()}.values())
        start = int(request.query.get("continuationToken", "0"))
        page: Node = {"members": everybody[start : start + 2]}
        if start + 2 < len(everybody):
            page["continuationToken"] = str(start + 2)
        return web.json_response(page)

    async def _upload(self, request: web.Request) -> web.Response:
        self.uploads.append((request.headers["Content-Range"], await request.read()))
        return web.json_response({}, status=202)
