"""People use the bot: what Slack would send reaches a real slack_bolt app, and its answers are carried out."""

import re
import time
from typing import Any

import aiohttp
import pytest
from slack_sdk.signature import SignatureVerifier

INES = "ines.carvalho@alderpike.example"


async def test_a_slash_command_reaches_bolt_and_its_answer_is_private(workspace: Any, bot: Any) -> None:
    outcome = await workspace.slash(
        INES, "claims", "/contribute", "3h data <x> & @tobias.ekwall #claims @here"
    )
    assert outcome.ok
    body = bot.body("/contribute")
    assert body["text"] == "3h data &lt;x&gt; &amp; <@U0002|tobias.ekwall> <#C0CLAIMS|claims> <!here>"
    assert body["channel_name"] == "claims" and body["user_name"] == "ines.carvalho"
    mine = workspace.last_message(INES, "claims")
    assert mine["is_ephemeral"] and mine["text"].startswith("Logged: 3h data")
    assert all("Logged" not in m["text"] for m in workspace.messages("U0002", "claims"))


async def test_a_person_is_recognised_in_every_way_of_writing_the_mention(workspace: Any, bot: Any) -> None:
    for typed in ("for @Ines Carvalho 2h", "for <@U0003> 2h", "for @ines.carvalho 2h"):
        await workspace.slash("U0002", "dm", "/contribute", typed)
        assert bot.body("/contribute")["text"] == "for <@U0003|ines.carvalho> 2h"
    assert bot.body("/contribute")["channel_name"] == "directmessage"


async def test_the_signature_is_slacks(workspace: Any) -> None:
    seen: list[tuple[bytes, Any]] = []

    async def take(request: aiohttp.web.Request) -> aiohttp.web.Response:
        seen.append((await request.read(), dict(request.headers)))
        return aiohttp.web.Response()

    app = aiohttp.web.Application()
    app.router.add_post("/slack/events", take)
    runner = aiohttp.web.AppRunner(app)
    await runner.setup()
    await aiohttp.web.TCPSite(runner, "127.0.0.1", 0).start()
    workspace.bot_url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    outcome = await workspace.slash(INES, "claims", "/contribute", "ü 3h")
    await workspace.resend(outcome, timestamp=int(time.time()) - 400)
    await runner.cleanup()
    verifier = SignatureVerifier(workspace.signing_secret)
    assert verifier.is_valid_request(*seen[0])
    assert not verifier.is_valid_request(*seen[1]), "a stale one is refused"
    assert seen[0][0] == seen[1][0]


async def test_an_old_or_forged_request_is_answered_401_by_bolt(workspace: Any, bot: Any) -> None:
    outcome = await workspace.slash(INES, "claims", "/contribute", "3h")
    stale = await workspace.resend(outcome, timestamp=int(time.time()) - 400)
    assert stale.status == 401
    workspace.courier.signing_secret = "another"
    assert (await workspace.resend(outcome)).status == 401


async def test_plain_text_and_public_answers_are_shown_as_slack_does(workspace: Any, bot: Any) -> None:
    await workspace.slash(INES, "claims", "/contribute", "plain")
    assert workspace.last_message(INES, "claims")["text"] == "a plain answer"
    await workspace.slash(INES, "claims", "/contribute", "public")
    assert workspace.last_message("U0002", "claims")["text"] == "for everybody"


async def test_a_crash_or_an_unknown_command_gets_slackbots_sentence(workspace: Any, bot: Any) -> None:
    outcome = await workspace.slash(INES, "claims", "/contribute", "break")
    assert outcome.problem == "dispatch_failed" and outcome.status == 500
    assert "dispatch_failed" in workspace.last_message(INES, "claims")["text"]
    await workspace.slash(INES, "claims", "/nonsense")
    assert "not a valid command" in workspace.last_message(INES, "claims")["text"]


async def test_buttons_of_a_private_message_replace_it_and_do_not_quote_it(workspace: Any, bot: Any) -> None:
    await workspace.slash(INES, "claims", "/contribute", "3h data")
    message = workspace.last_message(INES, "claims")
    count = len(workspace.messages(INES, "claims"))
    assert (await workspace.press(INES, message, "Undo")).ok
    body = bot.body("block_actions")
    assert body["container"]["is_ephemeral"] and "message" not in body
    assert body["actions"][0]["value"] == "1" and body["team"]["domain"] and body["response_url"]
    assert workspace.last_message(INES, "claims")["text"].startswith("Undone")
    assert len(workspace.messages(INES, "claims")) == count


async def test_a_public_card_is_pressed_quoted_and_updated_for_everybody(workspace: Any, bot: Any) -> None:
    await workspace.slash(INES, "claims", "/initiative")
    card = workspace.last_message("U0002", "claims")
    assert (await workspace.press("U0002", card, "pick", "testing")).ok
    body = bot.body("block_actions")
    assert body["actions"][0]["selected_option"]["value"] == "testing"
    assert body["message"]["ts"] == card["ts"] and body["message"]["blocks"]
    assert (await workspace.press("U0002", card, "dots", "Export CSV")).ok
    assert (await workspace.press("U0002", card, "Approve")).ok
    updated = workspace.last_message(INES, "claims")
    assert updated["ts"] == card["ts"] and updated["edited"] and updated["text"] == "Approved"


async def open_form(workspace: Any) -> Any:
    assert (await workspace.slash(INES, "claims", "/contribute", "form")).ok
    return workspace.top_view(INES)


FILLED = {"kind": "Data", "initiative": "claims", "what": "labelled 400 exceptions"}


async def test_a_form_is_submitted_with_the_state_of_every_input(workspace: Any, bot: Any) -> None:
    view = await open_form(workspace)
    options = await workspace.suggest(INES, view, "lookup", "tri")
    values = {
        **FILLED,
        "effort": 3,
        "time": "14:30",
        "colleague": "U0002",
        "lookup": options[1],
        "skills": ["data", "Testing"],
        "link": "https://example.com",
        "flags": ["Share it"],
    }
    outcome = await workspace.submit(INES, view, values)
    assert outcome.ok, outcome
    state = bot.body("view_submission")["view"]["state"]["values"]
    assert state["kind_block"]["kind"]["selected_option"]["value"] == "data"
    assert state["effort_block"]["effort"] == {"type": "number_input", "value": "3"}
    assert state["day_block"]["day"] == {"type": "datepicker", "selected_date": "2026-11-20"}
    assert state["lookup_block"]["lookup"]["selected_option"]["value"] == "tri-2"
    assert [o["value"] for o in state["skills_block"]["skills"]["selected_options"]] == ["data", "testing"]
    assert state["degree_block"]["degree"]["selected_option"]["value"] == "equal"
    assert workspace.open_views(INES) == []
    assert workspace.last_message(INES, "dm")["text"] == "Saved: labelled 400 exceptions"


async def test_the_client_refuses_an_incomplete_form_without_asking_the_bot(workspace: Any, bot: Any) -> None:
    view = await open_form(workspace)
    outcome = await workspace.submit(INES, view, {"kind": "data", "effort": "25", "link": "ftp:x"})
    assert set(outcome.errors) == {"initiative_block", "what_block", "effort_block", "link_block"}
    assert "view_submission" not in bot.names()


async def test_field_errors_push_update_and_clear_are_carried_out(workspace: Any, bot: Any) -> None:
    view = await open_form(workspace)
    outcome = await workspace.submit(INES, view, {**FILLED, "what": "bad"})
    assert outcome.errors == {"what_block": "Please say what you did."} and not outcome.ok
    assert (await workspace.submit(INES, view, {"what": "push"})).ok, "what was typed before is kept"
    assert [v["title"]["text"] for v in workspace.open_views(INES)] == ["Log a contribution", "Pushed"]
    await workspace.close(INES, workspace.top_view(INES))
    await workspace.submit(INES, view, {"what": "update"})
    assert workspace.top_view(INES)["title"]["text"] == "Updated"
    view = await open_form(workspace)
    await workspace.submit(INES, view, {**FILLED, "what": "clear"})
    assert workspace.open_views(INES) == []


async def test_errors_for_a_block_that_is_not_there_are_trouble(workspace: Any, bot: Any) -> None:
    view = await open_form(workspace)
    outcome = await workspace.submit(INES, view, {**FILLED, "what": "wrong"})
    assert outcome.problem == "invalid_arguments" and workspace.problems
    assert workspace.top_view(INES)["_trouble"]


async def test_closing_tells_the_bot_when_it_asked_to_be_told(workspace: Any, bot: Any) -> None:
    view = await open_form(workspace)
    assert (await workspace.close(INES, view)).ok
    assert bot.body("view_closed")["is_cleared"] is False


async def test_buttons_in_a_view_push_and_update_and_typing_survives(workspace: Any, bot: Any) -> None:
    view = await open_form(workspace)
    await workspace.press(INES, view, "retitle", values={"what": "half written"})
    top = workspace.top_view(INES)
    assert top["title"]["text"] == "Another title"
    assert top["_typed"]["what_block"]["what"] == "half written"
    for _ in range(2):
        assert (await workspace.press(INES, workspace.open_views(INES)[0], "More")).ok
    assert len(workspace.open_views(INES)) == 3
    await workspace.press(INES, workspace.open_views(INES)[0], "More")
    assert workspace.calls_of("views.push")[-1].answer["error"] == "push_limit_reached"


async def test_shortcuts_open_a_form(workspace: Any, bot: Any) -> None:
    message = workspace.messages(INES, "claims")[0]
    assert (await workspace.message_shortcut(INES, message, "Log as contribution")).ok
    body = bot.body("message_action")
    assert (
        body["message"]["ts"] == body["message_ts"] == message["ts"] and body["channel"]["name"] == "claims"
    )
    assert workspace.top_view(INES)["callback_id"] == "big"
    assert (await workspace.shortcut("U0002", "Log contribution")).ok
    assert bot.body("shortcut")["callback_id"] == "log_contribution"


async def test_home_direct_messages_mentions_and_account_changes_are_events(workspace: Any, bot: Any) -> None:
    assert (await workspace.open_home(INES)).ok
    assert workspace.home(INES)["blocks"][0]["text"]["text"] == "My log this month"
    assert (await workspace.press(INES, "home", "open_big")).ok
    assert bot.body("block_actions")["view"]["type"] == "home"
    await workspace.dm(INES, "hello <there>")
    assert workspace.last_message(INES, "dm")["text"] == "You said: hello &lt;there&gt;"
    await workspace.say(INES, "claims", "@Tandem help")
    assert re.fullmatch(r"<@U0TANDEM> help", bot.body("app_mention")["event"]["text"])
    assert (await workspace.user_change(INES, time_zone="Asia/Kolkata")).ok
    assert bot.body("user_change")["event"]["user"]["tz_offset"] == 19_800
    assert (await workspace.uninstall()).ok
    verified = await workspace.verify_url()
    assert verified.answer["challenge"] == verified.payload["challenge"]


async def test_a_request_can_be_sent_again_exactly(workspace: Any, bot: Any) -> None:
    first = await workspace.slash(INES, "claims", "/contribute", "3h")
    second = await workspace.resend(first)
    assert second.ok and second.trigger_id == first.trigger_id and second.body == first.body
    assert bot.names().count("/contribute") == 2


async def test_the_stranger_the_other_bot_and_the_one_who_left_are_there(workspace: Any, client: Any) -> None:
    assert (await client.users_info(user="U0901"))["user"]["profile"]["email"].endswith("contractor.example")
    assert (await client.users_info(user="U0902"))["user"]["is_bot"]
    assert (await client.users_info(user="U0903"))["user"]["deleted"]


@pytest.mark.parametrize("text", ["", " ", "\u202e", "x" * 100_000, "<!channel>", "a\x00b\x1f"])
async def test_any_text_can_be_typed(workspace: Any, bot: Any, text: str) -> None:
    outcome = await workspace.slash(INES, "claims", "/contribute", text)
    assert outcome.status in (200, 500)
