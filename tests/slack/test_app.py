"""The app over real HTTP: who is let in, what is answered to what, and what happens when something breaks."""

import asyncio
import json
from time import time
from typing import Any
from urllib.parse import urlencode

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handlers.cards import Card, Heading, sentence
from handlers.conversation import (
    Command,
    FieldErrors,
    HomeOpened,
    Nothing,
    Open,
    Press,
    Replace,
    Say,
    ShowHome,
)
from handlers.slack.answer import FORM_NOT_OPENED
from handlers.slack.app import BODY_BYTES, NOT_SHOWN, WENT_WRONG
from tests.slack import samples
from tests.slack.fake import Slack, connected
from tests.slack.samples import CHANNEL, FORM, OWN_CHAT, PERSON, TEAM
from tests.slack.test_translate import READERS, json_values, paths

Json = dict[str, Any]

SAID = sentence("Logged.")
HOME = Card(summary="Your log", elements=(Heading(text="Your log"),))
LONG = Card(summary="Long", elements=tuple(Heading(text=str(number)) for number in range(120)))


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


# Commands


async def test_a_form_is_opened_with_the_commands_trigger(slack: Slack) -> None:
    slack.dispatch.reply = Open(form=FORM)
    answer = await slack.command(samples.command())
    assert (answer.status, answer.text) == (200, "")
    (opened,) = slack.api.of("views.open")
    assert opened["trigger_id"] == samples.command()["trigger_id"]
    assert opened["view"]["callback_id"] == FORM.name


@pytest.mark.parametrize("trouble", [{"ok": False, "error": "expired_trigger_id"}, 500, "drop"])
async def test_a_form_that_cannot_be_opened_is_told_privately(slack: Slack, trouble: Any) -> None:
    slack.api.answers["views.open"] = trouble
    slack.dispatch.reply = Open(form=FORM)
    answer = await slack.command(samples.command())
    assert answer.json["text"] == FORM_NOT_OPENED
    assert answer.json["response_type"] == "ephemeral"
    await slack.interact(samples.press(response_url=slack.response_url))
    (told,) = slack.api.of("response")
    assert (told["text"], told["response_type"]) == (FORM_NOT_OPENED, "ephemeral")


async def test_a_long_answer_is_given_in_order_by_the_response_url(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=LONG)
    answer = await slack.command(samples.command())
    assert (answer.status, answer.text) == (200, "")
    pages = slack.api.of("response")
    assert [page["text"] for page in pages] == ["Long", "Continued, 2 of 3.", "Continued, 3 of 3."]
    assert {page["response_type"] for page in pages} == {"ephemeral"}


async def test_home_asked_for_by_a_command_is_shown_there_and_on_the_home_tab(slack: Slack) -> None:
    slack.dispatch.reply = ShowHome(card=HOME)
    answer = await slack.command(samples.command("home", "/tandem"))
    assert answer.json["text"] == "Your log"
    assert slack.api.of("views.publish")[0]["user_id"] == PERSON


async def test_nothing_is_an_empty_answer(slack: Slack) -> None:
    answer = await slack.command(samples.command())
    assert (answer.status, answer.text) == (200, "")


async def test_a_report_is_shown_typed_out_where_slack_refuses_the_newer_blocks(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=samples.CARD)
    slack.api.answers["response"] = 400
    answer = await slack.command(samples.command("report claims"))
    assert len(slack.api.of("response")) == 2
    kinds = [block["type"] for block in answer.json["blocks"]]
    assert "data_table" not in kinds
    assert "data_visualization" not in kinds
    slack.api.answers.clear()
    answer = await slack.command(samples.command("report claims"))
    assert (answer.status, answer.text) == (200, "")
    assert "data_table" in [block["type"] for block in slack.api.of("response")[-1]["blocks"]]


# Words


async def test_words_in_the_bots_chat_are_answered_there(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    body = samples.event("message", channel=OWN_CHAT, channel_type="im", text="contribute 3h")
    assert (await slack.event(body)).status == 200
    (posted,) = slack.api.of("chat.postMessage")
    assert (posted["channel"], posted["text"], posted["unfurl_links"]) == (OWN_CHAT, "Logged.", False)


async def test_words_in_a_thread_are_answered_in_the_thread(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    body = samples.event("message", channel=OWN_CHAT, channel_type="im", text="help", thread_ts="1763.1")
    await slack.event(body)
    assert slack.api.of("chat.postMessage")[0]["thread_ts"] == "1763.1"


async def test_words_in_a_channel_are_answered_to_that_person_alone(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    await slack.event(samples.event("app_mention", channel=CHANNEL, text="<@U0TANDEM> contribute 3h"))
    (posted,) = slack.api.of("chat.postEphemeral")
    assert (posted["channel"], posted["user"]) == (CHANNEL, PERSON)


async def test_an_event_delivered_again_is_answered_once(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    body = samples.event("message", channel=OWN_CHAT, channel_type="im", text="help")
    for retry in ("0", "1", "2"):
        assert (await slack.event(body, {"X-Slack-Retry-Num": retry})).status == 200
    assert len({inbound.key for inbound in slack.dispatch.given}) == 1
    assert len(slack.api.of("chat.postMessage")) == 1


# Presses


async def test_a_double_click_has_the_same_key_twice(slack: Slack) -> None:
    await asyncio.gather(
        slack.interact(samples.press(response_url=slack.response_url)),
        slack.interact(samples.press(response_url=slack.response_url, trigger_id="another")),
    )
    first, second = slack.dispatch.given
    assert isinstance(first, Press)
    assert first.key == second.key


async def test_a_press_replaces_its_message(slack: Slack) -> None:
    slack.dispatch.reply = Replace(card=SAID)
    answer = await slack.interact(samples.press(response_url=slack.response_url))
    assert (answer.status, answer.text) == (200, "")
    (body,) = slack.api.of("response")
    assert (body["replace_original"], body["text"]) == (True, "Logged.")
    assert "response_type" not in body


async def test_a_press_that_says_something_leaves_its_message(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    await slack.interact(samples.press(response_url=slack.response_url))
    (body,) = slack.api.of("response")
    assert (body["replace_original"], body["response_type"]) == (False, "ephemeral")


async def test_a_press_without_a_response_url_is_answered_in_the_persons_own_chat(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID)
    await slack.interact(samples.press())
    (posted,) = slack.api.of("chat.postMessage")
    assert (posted["channel"], posted["text"]) == (PERSON, "Logged.")


async def test_a_press_in_a_modal_updates_it_or_puts_another_on_top(slack: Slack) -> None:
    slack.dispatch.reply = Replace(card=SAID)
    await slack.interact(samples.press_in_view())
    (updated,) = slack.api.of("views.update")
    assert updated["view_id"] == "V0001"
    for reply in (Say(card=SAID), Open(form=FORM)):
        slack.dispatch.reply = reply
        await slack.interact(samples.press_in_view())
    said, opened = slack.api.of("views.push")
    assert said["view"]["callback_id"] == "tandem.card"
    assert opened["view"]["callback_id"] == FORM.name


async def test_where_the_pile_of_modals_is_full_the_top_one_is_replaced(slack: Slack) -> None:
    slack.api.answers["views.push"] = {"ok": False, "error": "push_limit_reached"}
    slack.dispatch.reply = Open(form=FORM)
    await slack.interact(samples.press_in_view())
    assert len(slack.api.of("views.update")) == 1


@pytest.mark.parametrize("reply", [ShowHome(card=HOME), Replace(card=HOME)], ids=lambda reply: reply.type)
async def test_a_press_at_home_can_show_home_anew(slack: Slack, reply: ShowHome | Replace) -> None:
    slack.dispatch.reply = reply
    await slack.interact(samples.press_in_view("home"))
    assert len(slack.api.of("views.publish")) == 1


@pytest.mark.parametrize("reply", [Say(card=SAID), Open(form=FORM)], ids=lambda reply: reply.type)
async def test_a_press_at_home_can_open_a_modal(slack: Slack, reply: Say | Open) -> None:
    slack.dispatch.reply = reply
    await slack.interact(samples.press_in_view("home"))
    assert len(slack.api.of("views.open")) == 1


async def test_a_link_button_is_acknowledged_and_not_handed_over(slack: Slack) -> None:
    assert (await slack.interact(samples.press(action_id="tandem.link#1"))).status == 200
    assert slack.dispatch.given == []


# Submissions


async def test_field_errors_stand_at_their_inputs_or_at_the_first(slack: Slack) -> None:
    slack.dispatch.reply = FieldErrors(errors={"day": "Not in the future.", "other": "Hm.", "more": "And."})
    answer = await slack.interact(samples.submission())
    assert answer.json == {
        "response_action": "errors",
        "errors": {"day": "Not in the future.", "what": "Hm. And."},
    }


async def test_a_form_taken_shows_its_confirmation_in_place(slack: Slack) -> None:
    for reply in (Say(card=SAID), Replace(card=SAID)):
        slack.dispatch.reply = reply
        answer = await slack.interact(samples.submission())
        assert answer.json["response_action"] == "update"
        assert answer.json["view"]["title"]["text"] == "Log a contribution"
        assert "submit" not in answer.json["view"]


async def test_what_stands_in_a_window_alone_is_shown_there_and_nowhere_else(slack: Slack) -> None:
    slack.dispatch.reply = Say(card=SAID, window=True)
    answer = await slack.interact(samples.submission())
    assert answer.json["response_action"] == "update"
    assert [method for method, _ in slack.api.calls] == ["auth.test"]


async def test_a_form_with_a_window_is_a_modal_as_ever(slack: Slack) -> None:
    slack.dispatch.reply = Open(form=FORM.model_copy(update={"window": True}))
    await slack.command(samples.command())
    assert len(slack.api.of("views.open")) == 1


async def test_a_form_taken_without_a_word_closes(slack: Slack) -> None:
    slack.dispatch.reply = Nothing()
    assert (await slack.interact(samples.submission())).json == {"response_action": "clear"}
    slack.dispatch.reply = ShowHome(card=HOME)
    assert (await slack.interact(samples.submission())).json == {"response_action": "clear"}
    assert len(slack.api.of("views.publish")) == 1


async def test_a_form_can_be_followed_by_another(slack: Slack) -> None:
    slack.dispatch.reply = Open(form=FORM)
    answer = await slack.interact(samples.submission())
    assert answer.json["view"]["callback_id"] == FORM.name


# Shortcuts and Home


async def test_shortcuts_open_forms_and_say_things_where_they_can(slack: Slack) -> None:
    slack.dispatch.reply = Open(form=FORM)
    on_message = READERS["shortcut"][1] | {"response_url": slack.response_url}
    everywhere = samples.interaction("shortcut", callback_id="new_contribution")
    await slack.interact(on_message)
    await slack.interact(everywhere)
    assert len(slack.api.of("views.open")) == 2
    slack.dispatch.reply = Say(card=SAID)
    await slack.interact(on_message)
    await slack.interact(everywhere)
    assert slack.api.of("response")[0]["text"] == "Logged."
    assert slack.api.of("views.open")[2]["view"]["callback_id"] == "tandem.card"


async def test_home_is_published_when_it_is_opened(slack: Slack) -> None:
    slack.dispatch.reply = ShowHome(card=HOME)
    await slack.event(samples.event("app_home_opened", tab="home", channel=OWN_CHAT))
    assert isinstance(slack.dispatch.given[0], HomeOpened)
    (published,) = slack.api.of("views.publish")
    assert (published["user_id"], published["view"]["type"]) == (PERSON, "home")


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
