"""The routes behind the page: what a person sees, as JSON, and what a person does."""

import asyncio
from dataclasses import asdict
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aiohttp import web

from bot.playground.delivery import Outcome
from bot.playground.faults import FAULT_KINDS
from bot.playground.others import Others
from bot.playground.roster import BOT_USER_ID
from bot.playground.state import ApiError, Channel, Json
from bot.playground.views import state_values

if TYPE_CHECKING:
    from bot.playground.workspace import Workspace

_SECURITY = {
    "Content-Security-Policy": "default-src 'self'; img-src 'self' data: http: https:; style-src 'self'; "
    "script-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}


def add_page_routes(app: web.Application, workspace: "Workspace") -> None:
    """Serve the page at `/`, its files under `/page/`, and its data under `/ui/`."""
    page = Page(workspace)
    app.router.add_get("/", page.index)
    app.router.add_get("/archives/{channel}/{stamp}", page.archive)
    app.router.add_get("/page/{name}", page.asset)
    app.router.add_get("/ui/company", page.company)
    app.router.add_get("/ui/state", page.state)
    app.router.add_get("/ui/changes", page.changes)
    app.router.add_post("/ui/{deed}", page.act)


class Page:
    """The page's side of a workspace."""

    def __init__(self, workspace: "Workspace") -> None:
        self.workspace = workspace
        self.others = Others(workspace)

    async def index(self, request: web.Request) -> web.Response:
        return _file("index.html")

    async def archive(self, request: web.Request) -> web.Response:
        """A permalink: back to the page, at that message."""
        channel, stamp = request.match_info["channel"], request.match_info["stamp"].removeprefix("p")
        raise web.HTTPFound(f"/?channel={channel}&message={stamp[:-6]}.{stamp[-6:]}")

    async def asset(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in _TYPES:
            raise web.HTTPNotFound
        return _file(name)

    async def company(self, request: web.Request) -> web.Response:
        """What does not change while one looks: people, channels, commands, shortcuts."""
        ws = self.workspace
        return web.json_response(
            {
                "name": ws.company.name,
                "bot": BOT_USER_ID,
                "people": [
                    {
                        "id": user.id,
                        "name": user.name,
                        "handle": user.handle,
                        "email": user.email,
                        "department": user.department or ("Apps" if user.is_bot else "Not in the directory"),
                        "team": user.team,
                        "time_zone": user.time_zone,
                        "is_bot": user.is_bot,
                        "deleted": user.deleted,
                    }
                    for user in ws.state.users.values()
                ],
                "commands": [asdict(command) for command in ws.manifest.commands],
                "shortcuts": [asdict(shortcut) for shortcut in ws.manifest.shortcuts],
                "fault_kinds": list(FAULT_KINDS),
                "fault_targets": ["*", *sorted(ws.api.methods), "response_url", "upload"],
            }
        )

    async def state(self, request: web.Request) -> web.Response:
        """What one person sees now: channels with unread counts, messages of the open one, modals, Home."""
        ws = self.workspace
        user_id = ws.user_id(request.query.get("as", ""))
        ws.state.dm(user_id)
        mine = [c for c in ws.state.channels.values() if user_id in c.members]
        shown = request.query.get("channel", "")
        home = ws.home(user_id)
        return web.json_response(
            {
                "version": ws.state.version,
                "channels": [self.channel_json(user_id, channel) for channel in mine],
                "messages": ws.messages(user_id, shown) if shown in ws.state.channels else [],
                "views": [view_json(view) for view in ws.open_views(user_id)],
                "home": view_json(home) if home else None,
                "faults": ws.faults.listing(),
                "problems": ws.problems[-5:],
                "now": ws.clock().isoformat(),
                "movable": ws.move is not None,
                "calls": len(ws.calls),
                "asked": len(self.others.invited(user_id)),
            }
        )

    def channel_json(self, user_id: str, channel: Channel) -> Json:
        state = self.workspace.state
        last_read = float(state.read.get((user_id, channel.id), self.opened_at))
        unread = sum(
            1
            for m in state.messages[channel.id]
            if float(m.ts) > last_read and m.only_for in (None, user_id) and m.body.get("user") != user_id
        )
        name = channel.name
        if channel.kind == "mpim":
            name = ", ".join(state.users[m].name for m in channel.members if m not in (user_id, BOT_USER_ID))
        return {
            "id": channel.id,
            "name": name,
            "kind": channel.kind,
            "unread": unread,
            "members": len(channel.members),
        }

    @property
    def opened_at(self) -> float:
        """Older messages count as read."""
        return (
            min((float(c.created) for c in self.workspace.state.channels.values()), default=0) + 86_400 * 200
        )

    async def changes(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: the version number, whenever something changes."""
        state = self.workspace.state
        response = web.StreamResponse(
            headers={
                "Content-Type": "text/event-stream",
                "Cache-Control": "no-store",
                "X-Accel-Buffering": "no",
            }
        )
        await response.prepare(request)
        event = state.watch()
        try:
            await response.write(f"data: {state.version}\n\n".encode())
            while not self.workspace.closing:
                try:
                    await asyncio.wait_for(event.wait(), 15)
                    event.clear()
                    await response.write(f"data: {state.version}\n\n".encode())
                except TimeoutError:
                    await response.write(b": still here\n\n")
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            state.unwatch(event)
        return response

    async def act(self, request: web.Request) -> web.Response:
        """One deed of a person; the answer says how the bot took it."""
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType
        deed = getattr(self, "do_" + request.match_info["deed"].replace("-", "_"), None)
        if deed is None:
            raise web.HTTPNotFound
        body: Json = await request.json()
        try:
            result = await deed(body)
        except (LookupError, ApiError, ValueError) as error:
            return web.json_response({"ok": False, "error": str(error)}, status=409)
        if isinstance(result, Outcome):
            result = {"ok": result.ok, "problem": result.problem, "errors": result.errors}
        return web.json_response(result or {"ok": True})

    async def do_send(self, body: Json) -> Outcome:
        """What was typed in the composer: a slash command or a message."""
        ws, user, channel, text = self.workspace, body["as"], body["channel"], str(body["text"])
        if text.startswith("/"):
            command, _, rest = text.partition(" ")
            return await ws.slash(user, channel, command, rest.strip())
        return await ws.say(user, channel, text)

    async def do_press(self, body: Json) -> Outcome:
        return await self.workspace.press(
            body["as"],
            _place(body),
            body["action"],
            body.get("value"),
            block_id=body.get("block"),
            values=body.get("values"),
        )

    async def do_submit(self, body: Json) -> Outcome:
        return await self.workspace.submit(body["as"], body["view"], body.get("values"))

    async def do_close(self, body: Json) -> Any:
        return await self.workspace.close(body["as"], body["view"], clear=bool(body.get("clear")))

    async def do_shortcut(self, body: Json) -> Outcome:
        if body.get("message"):
            return await self.workspace.message_shortcut(body["as"], body["message"], body["name"])
        return await self.workspace.shortcut(body["as"], body["name"])

    async def do_home(self, body: Json) -> Outcome:
        return await self.workspace.open_home(body["as"])

    async def do_suggest(self, body: Json) -> Json:
        options = await self.workspace.suggest(body["as"], _place(body), body["action"], str(body["text"]))
        return {"ok": True, "options": options}

    async def do_read(self, body: Json) -> None:
        state = self.workspace.state
        messages = state.messages.get(body["channel"]) or []
        if messages:
            key = (self.workspace.user_id(body["as"]), body["channel"])
            newest = max(messages, key=lambda m: float(m.ts)).ts
            if state.read.get(key) != newest:
                state.read[key] = newest
                state.touch()

    async def do_dismiss(self, body: Json) -> None:
        """Dismiss an ephemeral message."""
        message = self.workspace.message(body["message"])
        if message.only_for == self.workspace.user_id(body["as"]):
            self.workspace.state.remove(message)

    async def do_move(self, body: Json) -> None:
        """Let hours go by, a month at the most."""
        move = self.workspace.move
        hours = int(body.get("hours") or 0)
        if move is None or not 1 <= hours <= 24 * 31:
            raise ValueError("The clock can be moved by 1 to 744 hours.")
        await move(hours)
        self.workspace.state.touch()

    async def do_others(self, body: Json) -> Json:
        """Let everybody else answer what asks them."""
        done = await self.others.answer(self.workspace.user_id(body["as"]))
        return {"ok": True, **done._asdict()}

    async def do_fault(self, body: Json) -> None:
        """Plan a fault, or clear all."""
        if body.get("clear"):
            self.workspace.faults.clear()
        else:
            times = body.get("times")
            self.workspace.faults.add(
                str(body["target"]),
                body["kind"],
                times=int(times) if times else None,
                seconds=float(body.get("seconds") or 1),
            )
        self.workspace.state.touch()


def _place(body: Json) -> Json | str:
    if body.get("message"):
        return dict(body["message"])
    return str(body["view"])


def view_json(view: Json) -> Json:
    """A view with what the page draws besides: errors, trouble, current values."""
    shown = {key: value for key, value in view.items() if not key.startswith("_")}
    return {
        **shown,
        "errors": view["_errors"],
        "trouble": view["_trouble"],
        "values": state_values(view, {}),
    }


_TYPES = {
    "index.html": "text/html",
    "style.css": "text/css",
    "app.js": "text/javascript",
    "blocks.js": "text/javascript",
    "charts.js": "text/javascript",
    "inputs.js": "text/javascript",
    "text.js": "text/javascript",
}


def _file(name: str) -> web.Response:
    path = Path(str(files("bot.playground").joinpath("page", name)))
    return web.Response(
        text=path.read_text(encoding="utf-8"), content_type=_TYPES[name], charset="utf-8", headers=_SECURITY
    )
