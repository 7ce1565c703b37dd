"""A small slack_bolt bot and the workspace it lives in, over real HTTP."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from slack_bolt.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.delivery import Timing
from bot.playground.manifest import BUILT_IN
from bot.playground.roster import alder_and_pike
from bot.playground.workspace import Workspace
from tests.playground.shown import (
    big_modal,
    button,
    home_view,
    mrkdwn,
    option,
    plain,
    report_blocks,
    small_modal,
)


@dataclass
class SampleBot:
    """The bot's address and what its listeners heard."""

    app: AsyncApp
    url: str = ""
    heard: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)

    def names(self) -> list[str]:
        return [name for name, _ in self.heard]

    def body(self, name: str) -> dict[str, Any]:
        return next(body for heard, body in reversed(self.heard) if heard == name)


def build_bot(workspace: Workspace) -> SampleBot:
    """A real slack_bolt app whose Web API is the workspace."""
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    app = AsyncApp(client=client, signing_secret=workspace.signing_secret, process_before_response=True)
    bot = SampleBot(app)

    @app.middleware
    async def listen(body: Any, next: Any) -> None:
        name = body.get("command") or body.get("type")
        if name == "event_callback":
            name = body["event"]["type"]
        bot.heard.append((name, body))
        await next()

    @app.command("/contribute")
    async def contribute(ack: Any, body: Any, client: Any) -> None:
        text = body.get("text", "")
        if text == "form":
            await client.views_open(trigger_id=body["trigger_id"], view=big_modal())
            await ack()
        elif text == "plain":
            await ack("a plain answer")
        elif text == "public":
            await ack(text="for everybody", response_type="in_channel")
        elif text == "break":
            raise RuntimeError("on purpose")
        else:
            actions = {"type": "actions", "elements": [button("Undo", "undo"), button("Edit", "open_big")]}
            await ack(
                text=f"Logged: {text}",
                blocks=[{"type": "section", "text": mrkdwn(f"Logged: {text}")}, actions],
            )

    @app.command("/initiative")
    async def initiative(ack: Any, say: Any) -> None:
        await ack()
        await say(text="Contributions to claims triage: 42 h", blocks=report_blocks())

    @app.action("undo")
    async def undo(ack: Any, respond: Any) -> None:
        await ack()
        await respond(text="Undone. Nothing is logged.", replace_original=True)

    @app.action("open_big")
    async def open_big(ack: Any, body: Any, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=big_modal())
        await ack()

    @app.action("push_more")
    async def push_more(ack: Any, body: Any, client: Any) -> None:
        await client.views_push(trigger_id=body["trigger_id"], view=small_modal())
        await ack()

    @app.action("retitle")
    async def retitle(ack: Any, body: Any, client: Any) -> None:
        changed = {**big_modal(), "title": plain("Another title")}
        await client.views_update(view_id=body["view"]["id"], hash=body["view"]["hash"], view=changed)
        await ack()

    @app.action({"action_id": "approve"})
    async def approve(ack: Any, body: Any, client: Any) -> None:
        await ack()
        message, channel = body["message"], body["channel"]["id"]
        await client.chat_update(
            channel=channel, ts=message["ts"], text="Approved", blocks=message["blocks"][:3]
        )

    @app.action("reject")
    @app.action("pick")
    @app.action("dots")
    async def other(ack: Any) -> None:
        await ack()

    @app.options("lookup")
    async def lookup(ack: Any, body: Any) -> None:
        await ack(options=[option(f"{body['value']} {n}", f"{body['value']}-{n}") for n in (1, 2)])

    @app.view("big")
    async def big(ack: Any, body: Any, view: Any, client: Any) -> None:
        what = view["state"]["values"]["what_block"]["what"]["value"]
        if what == "bad":
            await ack(response_action="errors", errors={"what_block": "Please say what you did."})
        elif what == "push":
            await ack(response_action="push", view=small_modal("Pushed"))
        elif what == "update":
            await ack(response_action="update", view=small_modal("Updated"))
        elif what == "clear":
            await ack(response_action="clear")
        elif what == "wrong":
            await ack(response_action="errors", errors={"no_such_block": "?"})
        else:
            await ack()
            await client.chat_postMessage(channel=body["user"]["id"], text=f"Saved: {what}")

    @app.view_closed("big")
    async def closed(ack: Any) -> None:
        await ack()

    @app.shortcut("log_as_contribution")
    @app.shortcut("log_contribution")
    async def shortcut(ack: Any, body: Any, client: Any) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=big_modal())
        await ack()

    @app.event("app_home_opened")
    async def home(event: Any, client: Any) -> None:
        await client.views_publish(user_id=event["user"], view=home_view())

    @app.event("message")
    async def message(event: Any, client: Any) -> None:
        if event["text"] == "file":
            await client.files_upload_v2(
                channel=event["channel"],
                filename="log.csv",
                content="a,b\n1,2\n",
                title="My log",
                initial_comment="Here it is",
            )
        else:
            await client.chat_postMessage(channel=event["channel"], text=f"You said: {event['text']}")

    @app.event("app_mention")
    async def mention(event: Any, say: Any) -> None:
        await say(text=f"Hello <@{event['user']}>")

    @app.event("user_change")
    @app.event("app_uninstalled")
    async def quiet() -> None:
        pass

    return bot


async def serve_bot(bot: SampleBot) -> web.AppRunner:
    """Listen for the workspace's requests on a free port."""
    application = bot.app.web_app(path="/slack/events")

    @web.middleware
    async def note(request: web.Request, handler: Any) -> Any:
        bot.headers.append({key.lower(): value for key, value in request.headers.items()})
        return await handler(request)

    application.middlewares.append(note)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    bot.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    return runner


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    """The fictional company, listening, with short waits and without a bot."""
    timing = Timing(ack_s=15.0, retries_s=(0.01, 0.02, 0.03))
    async with Workspace(alder_and_pike(), manifest=BUILT_IN, timing=timing) as one:
        yield one


@pytest.fixture
async def bot(workspace: Workspace) -> AsyncIterator[SampleBot]:
    """The sample bot, connected to the workspace."""
    one = build_bot(workspace)
    runner = await serve_bot(one)
    workspace.bot_url = one.url
    yield one
    await runner.cleanup()


@pytest.fixture
def client(workspace: Workspace) -> AsyncWebClient:
    """The real SDK's client, pointed at the workspace."""
    return AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
