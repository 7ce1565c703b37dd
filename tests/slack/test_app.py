"""The app over real HTTP: who is let in, what is heard of people and of the app, and what if something breaks."""

import asyncio
import json
from time import time
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.conversation import Command, Open, Replace, Say, ShowHome
from handlers.slack.app import BODY_BYTES, NOT_SHOWN, WENT_WRONG
from tests.slack import samples
from tests.slack.fake import Slack, connected
from tests.slack.samples import FORM, HOME, OWN_CHAT, PERSON, SAID, TEAM
from tests.slack.test_translate import READERS, json_values, paths

Json = dict[str, Any]


# Who is let in


async def test_a_signed_command_is_handed_over_and_answered_in_the_response(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    answer = await slack.command(samples.command("3h data"))
    assert answer.status == 200
    assert answer.json["response_type"] == "ephemeral"
    assert answer.json["text"] == "Logged."
    (inbound,) = slack.dispatch.given
    assert isinstance(inbound, Command)
    assert inbound.text == "3h data"
    assert [name for name, _ in slack.api.calls] == ["auth.test"]


async def test_a_command_that_speaks_of_a_payload_is_not_lost(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    answer = await slack.command(samples.command("2h testing of the export payload= for claims"))
    assert answer.json["text"] == "Logged."
    (inbound,) = slack.dispatch.given
    assert isinstance(inbound, Command)
    assert inbound.text == "2h testing of the export payload= for claims"


async def test_a_wrong_signature_and_an_old_timestamp_are_refused(slack: Slack) -> None:
    body = urlencode(samples.command("3h data"))
    assert (await slack.raw(body, secret="another")).status == 401
    assert (await slack.raw(body, at=time() - 301)).status == 401
    assert (await slack.raw(body, at=time() + 310)).status == 401
    assert (await slack.raw("{not json", "application/json", secret="another")).status == 401
    assert slack.dispatch.given == []


async def test_without_a_signing_secret_nobody_is_let_in() -> None:
    async with connected(secret="") as slack:
        assert (await slack.command(samples.command("3h data"))).status == 401
        assert slack.dispatch.given == []


@pytest.mark.parametrize(
    ("stamp", "signature"),
    [("", ""), ("abc", "v0=" + "0" * 64), ("1" * 5000, "v0=" + "0" * 64), ("1", "v0=é"), ("-1", "x")],
)
async def test_headers_that_are_none_of_slacks_are_refused(slack: Slack, stamp: str, signature: str) -> None:
    headers = {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": signature}
    async with slack.session.post(slack.url, data=b"x=1", headers=headers) as response:
        assert response.status == 401


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        ("", "application/json"),
        ("{not json", "application/json"),
        ("[1, 2]", "application/json"),
        ('"text"', "application/json"),
        ("{}", "application/json"),
        ("[" * 100_000, "application/json"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
        ("payload=%7Bnot", "application/x-www-form-urlencoded"),
        ("payload=5", "application/x-www-form-urlencoded"),
        ("a=b", "application/x-www-form-urlencoded"),
        ('{"type":"event_callback","event":5}', "application/json"),
        ('{"type":"block_actions","actions":5}', "application/json"),
        ('{"type":"something new"}', "application/json"),
    ],
)
async def test_a_malformed_body_is_refused(slack: Slack, body: str | bytes, content_type: str) -> None:
    assert (await slack.raw(body, content_type)).status == 400
    assert slack.dispatch.given == []


async def test_a_command_without_a_trigger_is_refused(slack: Slack) -> None:
    fields = samples.command("3h data")
    del fields["trigger_id"]
    assert (await slack.command(fields)).status == 400


async def test_a_body_over_a_megabyte_is_refused(slack: Slack) -> None:
    assert (await slack.raw("x=" + "y" * BODY_BYTES)).status == 413


async def test_a_hundred_kilobytes_of_text_are_taken(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    assert (await slack.command(samples.command("x" * 100_000))).status == 200


async def test_slack_can_verify_the_address(slack: Slack) -> None:
    answer = await slack.event({"type": "url_verification", "challenge": "c"})
    assert (answer.status, answer.json) == (200, {"challenge": "c"})


async def test_events_and_views_that_nobody_asked_for_are_ignored(slack: Slack) -> None:
    assert (await slack.event(samples.event("reaction_added"))).status == 200
    assert (await slack.interact(samples.interaction("view_closed", view=samples.view()))).status == 200
    assert (
        await slack.event(samples.event("message", bot_id="B1", channel=OWN_CHAT, text="x"))
    ).status == 200
    assert (
        await slack.event(samples.event("message") | {"event": {"type": "message", "user": "U0TANDEM"}})
    ).status == 200
    assert slack.dispatch.given == []


def test_no_body_whatsoever_makes_a_server_error() -> None:
    loop = asyncio.new_event_loop()
    running = connected()
    slack = loop.run_until_complete(running.__aenter__())

    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.sampled_from(sorted(READERS)), st.data())
    def sent(name: str, data: st.DataObject) -> None:
        body = json.loads(json.dumps(READERS[name][1]))
        for path in data.draw(st.lists(st.sampled_from([p for p in paths(body) if p]), max_size=3)):
            holder: Any = body
            try:
                for step in path[:-1]:
                    holder = holder[step]
                holder[path[-1]] = data.draw(json_values)
            except (KeyError, IndexError, TypeError):
                continue
        text = json.dumps(body)
        forms = (slack.raw(text, "application/json"), slack.raw(urlencode({"payload": text})))
        for request in forms:
            assert loop.run_until_complete(request).status < 500
        noise = data.draw(st.binary(max_size=200))
        assert loop.run_until_complete(slack.raw(noise)).status < 500

    try:
        sent()
    finally:
        loop.run_until_complete(running.__aexit__(None, None, None))
        loop.close()


# Events about people and the app


async def test_a_changed_profile_is_told(slack: Slack) -> None:
    await slack.event(READERS["profile"][1])
    assert [(profile.user_id, profile.email) for profile in slack.profiles] == [(PERSON, "a@b.example")]


async def test_only_losing_the_bots_own_token_is_told(slack: Slack) -> None:
    await slack.event(samples.event("tokens_revoked", tokens={"oauth": ["U1"]}))
    assert slack.uninstalled == []
    await slack.event(samples.event("tokens_revoked", tokens={"bot": ["U0TANDEM"]}))
    await slack.event(samples.event("app_uninstalled"))
    assert slack.uninstalled == [TEAM, TEAM]


# When something breaks


async def test_an_unexpected_error_is_a_kind_sentence_on_every_surface(slack: Slack) -> None:
    slack.dispatch.reply = RuntimeError("secret words of somebody")
    command = await slack.command(samples.command())
    assert (command.status, command.json["text"]) == (200, WENT_WRONG)
    form = await slack.interact(samples.submission())
    assert form.json == {"response_action": "errors", "errors": {"what": WENT_WRONG}}
    await slack.interact(samples.press(response_url=slack.response_url))
    assert slack.api.of("response")[0]["text"] == WENT_WRONG
    await slack.event(samples.event("message", channel=OWN_CHAT, channel_type="im", text="help"))
    assert slack.api.of("chat.postMessage")[0]["text"] == WENT_WRONG


async def test_an_error_is_logged_without_what_it_says(slack: Slack) -> None:
    slack.dispatch.reply = RuntimeError("secret words of somebody")
    with structlog.testing.capture_logs() as logged:
        await slack.command(samples.command("words nobody else may read"))
    assert [entry["event"] for entry in logged] == ["slack.dispatch_failed"]
    assert "secret words" not in str(logged)
    assert "nobody else" not in str(logged)


async def test_a_reply_that_cannot_be_shown_does_not_claim_that_nothing_happened(slack: Slack) -> None:
    slack.dispatch.reply = Open(form=FORM.model_copy(update={"context": "c" * 3000}))
    answer = await slack.command(samples.command())
    assert (answer.status, answer.json["text"]) == (200, NOT_SHOWN)
    assert (await slack.interact(samples.submission())).json == {"response_action": "clear"}


async def test_a_broken_web_api_is_no_server_error(slack: Slack) -> None:
    for method in ("views.publish", "views.push", "views.update", "chat.postMessage", "response"):
        slack.api.answers[method] = 500
    for reply in (Say(card=SAID), Replace(card=SAID), Open(form=FORM), ShowHome(card=HOME)):
        slack.dispatch.reply = reply
        for payload in (
            samples.press(response_url=slack.response_url),
            samples.press_in_view(),
            samples.submission(),
        ):
            assert (await slack.interact(payload)).status == 200
        for event in (samples.event("app_home_opened"), samples.event("message", channel=OWN_CHAT, text="x")):
            assert (await slack.event(event)).status == 200


async def test_no_request_asks_who_the_bot_is(slack: Slack) -> None:
    for _ in range(3):
        await slack.command(samples.command())
    assert len(slack.api.of("auth.test")) == 1
