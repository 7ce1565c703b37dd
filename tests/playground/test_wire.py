"""The wire: the SDK's own clients call the workspace, which refuses, misbehaves and retries as Slack does."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot.playground.blocks import check_message_blocks, check_view
from bot.playground.manifest import BUILT_IN
from bot.playground.roster import alder_and_pike
from bot.playground.workspace import Workspace


async def refused(call: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])


async def test_identity_and_people_are_answered_as_slack_does(workspace: Any, client: Any) -> None:
    me = await client.auth_test()
    assert me["user_id"] == "U0TANDEM" and "chat:write" in me.headers["x-oauth-scopes"]
    user = (await client.users_info(user="U0003", include_locale=True))["user"]
    assert user["profile"]["email"] == INES and user["tz"] == "Europe/London" and user["locale"] == "en-GB"
    assert (await client.users_lookupByEmail(email=INES))["user"]["id"] == "U0003"
    assert await refused(client.users_lookupByEmail(email="no@body.example")) == "users_not_found"
    assert await refused(client.users_info(user="U9999")) == "user_not_found"
    found: list[str] = []
    async for page in await client.users_list(limit=10):
        found += [member["id"] for member in page["members"]]
    assert len(found) == len(set(found)) == len(workspace.state.users)
    wrong = AsyncWebClient(token="xoxb-wrong", base_url=workspace.api_url)
    assert await refused(wrong.auth_test()) == "invalid_auth"
    assert await refused(client.api_call("no.such")) == "unknown_method"


async def test_conversations_are_opened_listed_and_refused(workspace: Any, client: Any) -> None:
    dm = (await client.conversations_open(users="U0003"))["channel"]["id"]
    assert dm == (await client.conversations_open(users=["U0003"]))["channel"]["id"]
    assert (await client.conversations_info(channel=dm))["channel"]["is_im"]
    group = await client.conversations_open(users="U0003,U0002")
    assert set((await client.conversations_members(channel=group["channel"]["id"]))["members"]) == {
        "U0002",
        "U0003",
        "U0TANDEM",
    }
    assert {c["name"] for c in (await client.conversations_list())["channels"]} == {
        "general",
        "claims",
        "ai-initiatives",
    }
    assert await refused(client.conversations_open(users="U0902")) == "cannot_dm_bot"
    assert await refused(client.conversations_open(users="U0903")) == "user_disabled"
    assert await refused(client.conversations_info(channel="C404")) == "channel_not_found"


async def test_messages_are_posted_updated_deleted_and_private(workspace: Any, client: Any) -> None:
    metadata = {"event_type": "outbox", "event_payload": {"key": "k1"}}
    posted = await client.chat_postMessage(
        channel="C0CLAIMS", text="one", metadata=metadata, unfurl_links=False
    )
    assert posted["message"]["metadata"] == metadata
    await client.chat_update(channel="C0CLAIMS", ts=posted["ts"], text="two")
    assert workspace.last_message(INES, "claims")["text"] == "two"
    link = (await client.chat_getPermalink(channel="C0CLAIMS", message_ts=posted["ts"]))["permalink"]
    assert link.startswith(workspace.base_url)
    await client.chat_postEphemeral(channel="C0CLAIMS", user="U0003", text="psst")
    assert workspace.last_message(INES, "claims")["is_ephemeral"]
    assert workspace.last_message("U0002", "claims")["text"] == "two"
    await client.chat_delete(channel="C0CLAIMS", ts=posted["ts"])
    assert (
        await refused(client.chat_update(channel="C0CLAIMS", ts=posted["ts"], text="x"))
        == "message_not_found"
    )
    human = workspace.messages(INES, "claims")[0]
    assert (
        await refused(client.chat_update(channel="C0CLAIMS", ts=human["ts"], text="x"))
        == "cant_update_message"
    )
    assert await refused(client.chat_postMessage(channel="C0CLAIMS", text="")) == "no_text"
    too_long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}]
    assert (
        await refused(client.chat_postMessage(channel="C0CLAIMS", text="x", blocks=too_long))
        == "invalid_blocks"
    )


INES = "ines.carvalho@alderpike.example"
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "T"}, "blocks": [{"type": "divider"}]}


async def test_a_trigger_is_good_once_and_for_three_seconds(client: Any) -> None:
    moment = [datetime(2026, 11, 20, 12, tzinfo=UTC)]
    async with Workspace(alder_and_pike(), manifest=BUILT_IN, clock=lambda: moment[0]) as ws:
        client = AsyncWebClient(token=ws.bot_token, base_url=ws.api_url)
        trigger = ws.state.new_trigger("U0003")
        assert (await client.views_open(trigger_id=trigger, view=MODAL))["view"]["hash"]
        assert await refused(client.views_open(trigger_id=trigger, view=MODAL)) == "exchanged_trigger_id"
        assert await refused(client.views_open(trigger_id="x", view=MODAL)) == "invalid_trigger_id"
        late = ws.state.new_trigger("U0003")
        moment[0] += timedelta(seconds=3.1)
        assert await refused(client.views_open(trigger_id=late, view=MODAL)) == "expired_trigger_id"
        view = ws.top_view("U0003")
        changed = client.views_update(view_id=view["id"], hash="other", view=MODAL)
        assert await refused(changed) == "hash_conflict"


async def test_a_response_url_is_good_five_times_in_thirty_minutes() -> None:
    moment = [datetime(2026, 11, 20, 12, tzinfo=UTC)]
    async with (
        Workspace(alder_and_pike(), manifest=BUILT_IN, clock=lambda: moment[0]) as ws,
        aiohttp.ClientSession() as session,
    ):
        url = ws.payloads.response_url(ws.state.new_response("U0003", "C0CLAIMS").token)
        for number in range(5):
            async with session.post(url, json={"text": str(number)}) as answer:
                assert answer.status == 200
        async with session.post(url, json={"text": "six"}) as answer:
            assert answer.status == 404 and (await answer.json())["error"] == "used_url"
        url = ws.payloads.response_url(ws.state.new_response("U0003", "C0CLAIMS").token)
        moment[0] += timedelta(minutes=31)
        async with session.post(url, json={"text": "late"}) as answer:
            assert (await answer.json())["error"] == "expired_url"


async def test_a_file_is_uploaded_and_can_be_downloaded(workspace: Any, client: Any) -> None:
    await client.files_upload_v2(channel="D0003", filename="log.csv", content="a,b\n", initial_comment="Here")
    message = workspace.last_message(INES, "dm")
    assert message["text"] == "Here" and message["files"][0]["name"] == "log.csv"
    async with (
        aiohttp.ClientSession() as session,
        session.get(message["files"][0]["url_private_download"]) as answer,
    ):
        assert await answer.read() == b"a,b\n" and "attachment" in answer.headers["Content-Disposition"]


async def test_faults_strike_as_often_as_planned(workspace: Any, client: Any) -> None:
    workspace.faults.add("chat.postMessage", "rate_limited", seconds=7)
    with pytest.raises(SlackApiError) as caught:
        await client.chat_postMessage(channel="C0CLAIMS", text="one")
    assert caught.value.response.status_code == 429 and caught.value.response.headers["Retry-After"] == "7"
    workspace.faults.add("*", "server_error")
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel="C0CLAIMS", text="two")
    before = len(workspace.messages(INES, "claims"))
    workspace.faults.add("chat.postMessage", "drop_before")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0CLAIMS", text="three")
    assert len(workspace.messages(INES, "claims")) == before
    workspace.faults.add("chat.postMessage", "drop_after")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel="C0CLAIMS", text="four")
    assert len(workspace.messages(INES, "claims")) == before + 1
    workspace.faults.add("chat.postMessage", "slow", seconds=0.2)
    call = workspace.calls_of("chat.postMessage")
    await client.chat_postMessage(channel="C0CLAIMS", text="five")
    assert workspace.calls_of("chat.postMessage")[len(call)].fault == "slow" and not workspace.faults.planned


async def test_events_are_retried_with_slacks_headers_and_clicks_are_not(workspace: Any, bot: Any) -> None:
    good, workspace.bot_url = workspace.bot_url, "http://127.0.0.1:9"
    assert (await workspace.dm(INES, "hello")).attempts == 4
    assert (await workspace.slash(INES, "claims", "/contribute", "3h")).attempts == 1
    workspace.bot_url = good
    workspace.faults.add("to_bot:event", "resend")
    outcome = await workspace.dm(INES, "hello")
    assert outcome.ok and outcome.attempts == 2
    assert bot.headers[-1]["x-slack-retry-num"] == "1" and bot.headers[-1]["x-slack-retry-reason"]
    first, second = [body for name, body in bot.heard if name == "message"][-2:]
    assert first["event_id"] == second["event_id"]


async def test_a_late_answer_shows_operation_timeout(workspace: Any) -> None:
    async def never(reader: Any, writer: Any) -> None:
        await asyncio.sleep(5)

    server = await asyncio.start_server(never, "127.0.0.1", 0)
    workspace.bot_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    workspace.timing.ack_s = 0.1
    outcome = await workspace.slash(INES, "claims", "/contribute", "3h")
    assert outcome.problem == "operation_timeout"
    assert "operation_timeout" in workspace.last_message(INES, "claims")["text"]
    server.close()


async def test_a_bot_in_socket_mode_hears_and_answers(workspace: Any, bot: Any) -> None:
    workspace.bot_url = "http://127.0.0.1:9"
    app_client = AsyncWebClient(token=workspace.app_token, base_url=workspace.api_url)
    handler = AsyncSocketModeHandler(bot.app, workspace.app_token, web_client=app_client)
    await handler.connect_async()  # type: ignore[no-untyped-call]
    await workspace.wait_for(lambda: workspace.sockets.connected)
    assert (await workspace.slash(INES, "claims", "/contribute", "3h over a socket")).ok
    assert "over a socket" in workspace.last_message(INES, "claims")["text"]
    await workspace.dm(INES, "hello")
    await workspace.wait_for(lambda: workspace.messages(INES, "dm")[-1]["text"] == "You said: hello")
    await handler.close_async()  # type: ignore[no-untyped-call]


async def test_a_scope_or_event_that_the_manifest_lacks_is_missing(workspace: Any) -> None:
    manifest = type(BUILT_IN)(BUILT_IN.commands, BUILT_IN.shortcuts, ("commands",), ())
    async with Workspace(alder_and_pike(), manifest=manifest) as ws:
        client = AsyncWebClient(token=ws.bot_token, base_url=ws.api_url)
        assert await refused(client.users_info(user="U0003")) == "missing_scope"
        assert (await ws.dm(INES, "hello")).problem == "not_subscribed"


async def test_the_page_is_served_without_outside_resources_and_only_to_this_machine(workspace: Any) -> None:
    async with aiohttp.ClientSession() as session:
        async with session.get(workspace.base_url + "/") as answer:
            page = await answer.text()
            assert answer.status == 200 and "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "http://" not in page and "https://" not in page
        for name in ("app.js", "blocks.js", "charts.js", "inputs.js", "text.js", "style.css"):
            async with session.get(f"{workspace.base_url}/page/{name}") as answer:
                assert answer.status == 200
        async with session.get(workspace.base_url + "/", headers={"Host": "evil.example"}) as answer:
            assert answer.status == 403


def text(words: str, kind: str = "plain_text") -> dict[str, Any]:
    return {"type": kind, "text": words}


def button(**more: Any) -> dict[str, Any]:
    return {"type": "button", "text": text("Go"), "action_id": "go", **more}


AXIS = {"categories": ["a", "b"]}
POINTS = [{"label": "a", "value": 1}, {"label": "b", "value": 2}]
CELL = {"type": "raw_text", "text": "x"}


@pytest.mark.parametrize(
    "block",
    [
        {"type": "nonsense"},
        {"type": "section"},
        {"type": "section", "text": text("")},
        {"type": "section", "text": text("x" * 3001)},
        {"type": "section", "fields": [text("x")] * 11},
        {"type": "header", "text": text("x" * 151)},
        {"type": "header", "text": text("x", "mrkdwn")},
        {"type": "actions", "elements": []},
        {"type": "actions", "elements": [button(action_id=str(n)) for n in range(26)]},
        {"type": "actions", "elements": [button(), button()]},
        {"type": "actions", "elements": [button(text=text("x" * 76))]},
        {"type": "actions", "elements": [button(value="x" * 2001)]},
        {"type": "actions", "elements": [button(action_id="x" * 256)]},
        {"type": "actions", "elements": [{"type": "static_select", "action_id": "s", "options": []}]},
        {"type": "actions", "elements": [{"type": "plain_text_input", "action_id": "s"}]},
        {"type": "image", "image_url": "https://example.com/x.png"},
        {"type": "data_table", "caption": "c", "rows": [[CELL]]},
        {"type": "data_table", "caption": "c", "rows": [[CELL], [CELL, CELL]]},
        {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": []}},
        {
            "type": "data_visualization",
            "title": "t",
            "chart": {"type": "bar", "series": [], "axis_config": AXIS},
        },
        {"type": "data_visualization", "title": "x" * 51, "chart": {"type": "pie", "segments": POINTS}},
    ],
)
def test_blocks_that_slack_refuses_are_refused(block: dict[str, Any]) -> None:
    assert check_message_blocks([block])


def test_blocks_that_slack_takes_are_taken() -> None:
    chart = {"type": "bar", "series": [{"name": "s", "data": POINTS}], "axis_config": AXIS}
    blocks = [
        {"type": "section", "text": text("x", "mrkdwn"), "accessory": button()},
        {"type": "data_visualization", "title": "t", "chart": chart},
        {"type": "data_visualization", "title": "t", "chart": {"type": "pie", "segments": POINTS}},
        {
            "type": "data_table",
            "caption": "c",
            "rows": [[CELL], [{"type": "raw_number", "value": 1, "text": "1"}]],
        },
        {"type": "table", "rows": [[CELL, CELL]]},
    ]
    assert check_message_blocks(blocks) == []
    assert check_message_blocks([{"type": "divider"}] * 51)
    assert check_message_blocks([{"type": "divider", "block_id": "a"}, {"type": "divider", "block_id": "a"}])
    assert len(check_message_blocks([blocks[1]] * 3)) == 1


def test_views_have_their_own_limits() -> None:
    field = {"type": "input", "label": text("L"), "element": {"type": "plain_text_input", "action_id": "a"}}
    assert check_view(MODAL) == []
    assert check_view({**MODAL, "blocks": [field]}), "inputs need a submit button"
    assert check_view({**MODAL, "blocks": [field], "submit": text("Go")}) == []
    assert check_view({**MODAL, "title": text("x" * 25)})
    assert check_view({**MODAL, "private_metadata": "x" * 3001})
    assert check_view({**MODAL, "blocks": [{"type": "divider"}] * 101})
    assert check_view({"type": "home", "blocks": [field]}) == []
