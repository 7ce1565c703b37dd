"""What is answered to what, and where: commands, words, presses, forms, shortcuts and Home, over real HTTP."""

import asyncio
from typing import Any

import pytest

from handlers.cards import Card, Heading
from handlers.conversation import FieldErrors, HomeOpened, Nothing, Open, Press, Replace, Say, ShowHome
from handlers.slack.answer import FORM_NOT_OPENED
from tests.scenario.stage import words
from tests.slack import samples
from tests.slack.fake import Slack
from tests.slack.samples import CHANNEL, FORM, HOME, OWN_CHAT, PERSON, SAID
from tests.slack.test_translate import READERS

LONG = Card(summary="Long", elements=tuple(Heading(text=str(number)) for number in range(120)))


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


async def test_what_was_typed_is_given_back_whole_where_its_form_cannot_be_opened(slack: Slack) -> None:
    slack.api.answers["views.open"] = {"ok": False, "error": "expired_trigger_id"}
    slack.dispatch.reply = Open(form=FORM)
    long = "why &lt;b&gt; was *refused* " * 120
    answer = await slack.command(samples.command(f"for <@U07INES|ines> {long}", name="/concern"))
    said, *pieces = (words(block) for block in answer.json["blocks"])
    assert said.startswith(FORM_NOT_OPENED)
    assert " ".join(pieces).split() == ["/concern", "for", "@ines"] + ["why", "<b>", "was", "*refused*"] * 120
    assert answer.json["response_type"] == "ephemeral"


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
