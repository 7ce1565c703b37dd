"""What people see in answer: every reply to every kind of inbound value, over HTTP."""

import pytest

from handlers.cards import Button, Buttons, Card, Column, Form, Table, Text, TextInput, runs, sentence
from handlers.conversation import FieldErrors, Nothing, Open, Press, Replace, Say, ShowHome
from handlers.ports import TryLater
from handlers.teams.app import BUSY, SORRY
from handlers.teams.replies import BELOW, DONE, NO_WINDOW, WRITTEN, AnyReply
from tests.teams import activities as teams
from tests.teams.conftest import Bot, Node
from tests.teams.connector_stub import Misbehaviour

CARD = "application/vnd.microsoft.card.adaptive"
MESSAGE = "application/vnd.microsoft.activity.message"

LOGGED = Card(
    summary="Logged 3 h.",
    elements=(
        *sentence("Logged 3 h.").elements,
        Buttons(items=(Button(label="Undo", action="entry.undo", value="12"),)),
    ),
)
FORM = Form(name="contribution", title="Log a contribution", elements=(TextInput(name="what", label="What"),))


async def undo(bot: Bot, **where: str) -> Node:
    """A card with a button on it, as the bot has said it."""
    bot.replies.append(Say(card=LOGGED))
    await bot.says("contribute 3h", **where)
    action = teams.action(bot.stub.cards[-1], "Undo")
    bot.stub.received.clear()
    return action


async def save(bot: Bot) -> Node:
    bot.replies.append(Open(form=FORM))
    await bot.says("contribute")
    action = teams.action(bot.stub.cards[-1], "Save")
    bot.stub.received.clear()
    return action


@pytest.mark.parametrize("reply", [Say(card=LOGGED), Replace(card=LOGGED), ShowHome(card=LOGGED)])
async def test_words_are_answered_with_a_card_in_the_chat(bot: Bot, reply: AnyReply) -> None:
    bot.replies.append(reply)
    activity = teams.message("contribute 3h", service_url=bot.stub.url)
    assert await bot.post(activity) == (200, {})
    (sent,) = bot.stub.received
    assert (sent.conversation, sent.reply_to) == (teams.PERSONAL, activity["id"])
    assert sent.activity["replyToId"] == activity["id"]
    assert sent.activity["summary"] == "Logged 3 h."
    assert sent.activity["from"] == {"id": teams.BOT}
    assert "Logged 3 h." in teams.words(bot.stub.cards[0])


async def test_words_are_answered_with_a_form_as_a_card(bot: Bot) -> None:
    assert (await save(bot))["verb"] == "contribution"


async def test_nothing_to_say_sends_nothing(bot: Bot) -> None:
    bot.replies.append(Nothing())
    assert await bot.says("contribute") == (200, {})
    assert bot.stub.received == []


async def test_an_answer_in_a_channel_stands_where_it_was_asked(bot: Bot) -> None:
    bot.replies.append(Say(card=sentence("I have written to you.")))
    await bot.says("contribute 3h", conversation=teams.CHANNEL)
    assert bot.stub.received[0].conversation == teams.CHANNEL


async def test_a_press_can_replace_its_card(bot: Bot) -> None:
    action = await undo(bot)
    bot.replies.append(Replace(card=sentence("Undone.")))
    status, body = await bot.presses(action)
    assert (status, body["statusCode"], body["type"]) == (200, 200, CARD)
    assert "Undone." in teams.words(body["value"])
    assert bot.stub.received == []


@pytest.mark.parametrize("reply", [Say(card=LOGGED), ShowHome(card=LOGGED)])
async def test_a_press_answered_beside_keeps_its_card(bot: Bot, reply: AnyReply) -> None:
    action = await undo(bot)
    bot.replies.append(reply)
    _, body = await bot.presses(action)
    assert body == {"statusCode": 200, "type": MESSAGE, "value": BELOW}
    assert bot.stub.received[0].conversation == teams.PERSONAL
    assert bot.stub.received[0].reply_to is None


async def test_a_press_in_a_channel_is_answered_in_the_persons_own_chat(bot: Bot) -> None:
    action = await undo(bot, conversation=teams.CHANNEL, user=teams.BEN)
    bot.replies.append(Say(card=LOGGED))
    _, body = await bot.presses(action, conversation=teams.CHANNEL, user=teams.BEN)
    assert body["value"] == WRITTEN
    assert [sent.conversation for sent in bot.stub.received] == [f"a:dm-{teams.BEN}"]


async def test_a_press_can_open_a_form_in_the_place_of_its_card(bot: Bot) -> None:
    action = await undo(bot)
    bot.replies.append(Open(form=FORM))
    _, body = await bot.presses(action)
    assert body["type"] == CARD
    _, cancelled = await bot.presses(teams.action(body["value"], "Cancel"))
    assert "Nothing was changed." in teams.words(cancelled["value"])
    assert len(bot.inbound) == 2


async def test_a_press_whose_card_comes_up_to_date_by_itself_is_answered_by_its_words(bot: Bot) -> None:
    action = await undo(bot)
    bot.replies.append(Nothing(words="You have approved."))
    _, body = await bot.presses(action)
    assert body == {"statusCode": 200, "type": MESSAGE, "value": "You have approved."}
    assert bot.stub.received == []


async def test_a_press_that_changes_nothing_says_so(bot: Bot) -> None:
    _, body = await bot.presses(await undo(bot))
    assert body == {"statusCode": 200, "type": MESSAGE, "value": DONE}


async def test_a_press_answered_with_field_errors_says_them(bot: Bot) -> None:
    action = await undo(bot)
    bot.replies.append(FieldErrors(errors={"what": "Not so."}))
    _, body = await bot.presses(action)
    assert "Not so." in teams.words(body["value"])


@pytest.mark.parametrize("reply", [Say(card=LOGGED), Replace(card=LOGGED), ShowHome(card=LOGGED)])
async def test_a_form_that_was_sent_gives_way_to_the_answer(bot: Bot, reply: AnyReply) -> None:
    action = await save(bot)
    bot.replies.append(reply)
    _, body = await bot.presses(action, {"what": "labelled"})
    assert body["type"] == CARD
    assert "Logged 3 h." in teams.words(body["value"])
    assert bot.stub.received == []


async def test_a_form_that_was_sent_and_needs_no_answer_is_put_away(bot: Bot) -> None:
    _, body = await bot.presses(await save(bot), {"what": "labelled"})
    assert DONE in teams.words(body["value"])


async def test_a_form_with_mistakes_is_shown_anew_with_what_was_typed(bot: Bot) -> None:
    action = await save(bot)
    bot.replies.append(FieldErrors(errors={"what": "Say a bit more."}, form=FORM))
    _, body = await bot.presses(action, {"what": "x"})
    shown = body["value"]["body"]
    assert next(element for element in shown if element.get("id") == "what")["value"] == "x"
    assert "Say a bit more." in teams.words(shown)
    again = teams.action(body["value"], "Save")
    assert again["data"] != action["data"]


async def test_a_form_may_lead_to_another(bot: Bot) -> None:
    action = await save(bot)
    bot.replies.append(Open(form=FORM.model_copy(update={"title": "And now this"})))
    _, body = await bot.presses(action, {"what": "x"})
    assert "And now this" in teams.words(body["value"])


async def test_a_form_may_leave_the_card_that_was_pressed_as_it_is(bot: Bot) -> None:
    action = await undo(bot)
    bot.replies.append(Open(form=FORM, beside=True))
    _, body = await bot.presses(action)
    assert body["type"] == "application/vnd.microsoft.activity.message"
    [sent] = bot.stub.received
    assert "Log a contribution" in teams.words(sent.activity["attachments"])


async def test_a_double_click_has_one_key_one_answer_and_one_message(bot: Bot) -> None:
    action = await undo(bot)
    bot.replies += [Say(card=LOGGED), Say(card=LOGGED)]
    first, second = await bot.presses(action), await bot.presses(action)
    assert first == second
    assert bot.inbound[-1].key == bot.inbound[-2].key
    assert len(bot.stub.received) == 1


async def test_a_message_delivered_twice_is_answered_once(bot: Bot) -> None:
    activity = teams.message("contribute 3h", service_url=bot.stub.url)
    bot.replies += [Say(card=LOGGED), Say(card=LOGGED)]
    await bot.post(activity)
    await bot.post(activity)
    assert bot.inbound[0].key == bot.inbound[1].key
    assert len(bot.stub.received) == 1


async def test_a_message_action_opens_a_form_in_a_dialog_and_is_confirmed_in_the_own_chat(bot: Bot) -> None:
    bot.replies.append(Open(form=FORM))
    where = {"service_url": bot.stub.url, "conversation": teams.CHANNEL}
    _, body = await bot.post(teams.message_action(link="https://teams.microsoft.com/l/message/1", **where))
    dialog = body["task"]["value"]
    assert (body["task"]["type"], dialog["title"]) == ("continue", "Log a contribution")
    action = teams.action(dialog["card"]["content"], "Save")
    assert action["type"] == "Action.Submit"

    bot.replies.append(FieldErrors(errors={"what": "Say a bit more."}, form=FORM))
    _, body = await bot.post(teams.dialog_submit(action, {"what": "x"}, of_message=True, **where))
    assert "Say a bit more." in teams.words(body["task"]["value"]["card"]["content"])

    bot.replies.append(Say(card=LOGGED))
    _, body = await bot.post(teams.dialog_submit(action, {"what": "labelled"}, of_message=True, **where))
    assert body == {"task": {"type": "message", "value": "Logged 3 h."}}
    assert [sent.conversation for sent in bot.stub.received] == [f"a:dm-{teams.ANNA}"]


async def test_a_message_action_that_is_refused_says_why_in_the_dialog(bot: Bot) -> None:
    bot.replies.append(Say(card=sentence("I do not know you yet.")))
    _, body = await bot.post(
        teams.message_action(link="https://teams.microsoft.com/l/x", service_url=bot.stub.url)
    )
    assert "I do not know you yet." in teams.words(body["task"]["value"]["card"]["content"])


async def test_a_dialog_that_needs_no_answer_closes(bot: Bot) -> None:
    submit = {"data": {"_tandem": {"form": "contribution", "asked": ["what"]}}}
    _, body = await bot.post(teams.dialog_submit(submit, {"what": "x"}, service_url=bot.stub.url))
    assert body == {"task": {"type": "message", "value": DONE}}


async def test_the_bot_added_to_a_chat_shows_home_once(bot: Bot) -> None:
    arrival = teams.added(teams.BOT, service_url=bot.stub.url)
    bot.replies += [ShowHome(card=LOGGED), ShowHome(card=LOGGED)]
    await bot.post(arrival)
    await bot.post(arrival)
    assert len(bot.stub.received) == 1


async def test_the_bot_added_to_a_channel_says_one_welcome_and_greets_no_members(bot: Bot) -> None:
    where = {"service_url": bot.stub.url, "conversation": teams.CHANNEL}
    await bot.post(teams.added(teams.BOT, **where))
    await bot.post(teams.added(teams.account(teams.BEN), **where))
    assert len(bot.stub.received) == 1
    assert "I am Tandem" in teams.words(bot.stub.cards[0])
    assert bot.inbound == []


async def test_a_refresh_leaves_the_card_and_reaches_nobody(bot: Bot) -> None:
    _, body = await bot.presses({"verb": "card.refresh", "data": {}})
    assert (body["statusCode"], body["type"]) == (200, MESSAGE)
    assert bot.inbound == []


async def test_people_named_in_a_channel_arrive_by_their_object_ids(bot: Bot) -> None:
    bot.stub.member(teams.BEN, "Ben Beck", "ben@example.com")
    for _ in range(2):
        activity = teams.message(
            "contribute for <at>Ben Beck</at> 2h", service_url=bot.stub.url, conversation=teams.CHANNEL
        )
        await bot.post(teams.mention(activity, teams.account(teams.BEN), "Ben Beck"))
    assert [getattr(found, "text", "") for found in bot.inbound] == [f"for <@{teams.BEN}> 2h"] * 2
    assert bot.stub.requests == 1


@pytest.mark.parametrize(("error", "words"), [(RuntimeError("SELECT secret"), SORRY), (TryLater("x"), BUSY)])
async def test_an_unexpected_error_is_a_kind_sentence_everywhere(
    bot: Bot, error: Exception, words: str
) -> None:
    action = await undo(bot)
    bot.replies += [error, error, error]
    assert await bot.says("contribute 3h") == (200, {})
    assert words in teams.words(bot.stub.cards[0])
    assert await bot.presses(action) == (200, {"statusCode": 200, "type": MESSAGE, "value": words})
    dialog = teams.message_action(link="https://teams.microsoft.com/l/x", service_url=bot.stub.url)
    _, body = await bot.post(dialog)
    assert words in str(body)
    assert "SELECT" not in str(bot.stub.cards) + str(body)


async def test_an_error_is_logged_without_what_was_written(
    bot: Bot, capsys: pytest.CaptureFixture[str]
) -> None:
    bot.replies.append(RuntimeError("labelled 400 exceptions"))
    await bot.says("contribute labelled 400 exceptions")
    logged = capsys.readouterr().out
    assert "RuntimeError" in logged
    assert "labelled" not in logged


async def test_an_answer_is_tried_again_when_teams_is_busy(bot: Bot) -> None:
    bot.stub.misbehave.append(Misbehaviour(429, {"Retry-After": "0"}))
    bot.stub.misbehave.append(Misbehaviour(412, {"Retry-After": "0"}))
    bot.replies.append(Say(card=LOGGED))
    assert await bot.says("contribute 3h") == (200, {})
    assert len(bot.stub.received) == 1


async def test_an_answer_that_cannot_be_delivered_is_no_error_for_teams(bot: Bot) -> None:
    bot.stub.misbehave.append(Misbehaviour(403))
    bot.replies.append(Say(card=LOGGED))
    assert await bot.says("contribute 3h") == (200, {})


async def test_a_long_table_is_several_messages(bot: Bot) -> None:
    rows = tuple((f"Contribution number {number} with a description of it", "3 h") for number in range(400))
    table = Table(
        caption="Log", columns=(Column(label="What"), Column(label="Effort", align="right")), rows=rows
    )
    action = await undo(bot)
    bot.replies.append(Replace(card=Card(summary="Your log", elements=(table,))))
    _, body = await bot.presses(action)
    told = teams.words(body["value"]) + teams.words(bot.stub.cards)
    assert bot.stub.cards
    assert all(row[0] in told for row in rows)


WINDOWED = FORM.model_copy(update={"window": True})
SHOWN_ONCE = Say(card=sentence("7K2Q1-0000A"), window=True)


async def test_a_form_with_a_window_is_behind_a_button_that_repeats_the_command(bot: Bot) -> None:
    bot.replies.append(Open(form=WINDOWED))
    await bot.says("concern the triage was wrong")
    door = teams.action(bot.stub.cards[-1], "Open the form")
    assert door["data"]["msteams"] == {"type": "task/fetch"}
    assert "Input.Text" not in str(bot.stub.cards[-1])

    bot.replies.append(Open(form=WINDOWED))
    _, body = await bot.post(teams.fetched(door, service_url=bot.stub.url))
    pressed = bot.inbound[-1]
    assert isinstance(pressed, Press)
    assert (pressed.action, pressed.value) == ("form.open", "concern the triage was wrong")
    assert body["task"]["type"] == "continue"
    assert teams.action(body["task"]["value"]["card"]["content"], "Save")["type"] == "Action.Submit"
    assert len(bot.stub.received) == 1


async def test_what_a_form_says_outside_its_window_stands_beside_the_button_alone(bot: Bot) -> None:
    said = "What you typed stays in this chat."
    bot.replies.append(Open(form=WINDOWED.model_copy(update={"outside": said})))
    await bot.says("concern the triage was wrong")
    assert said in teams.words(bot.stub.cards[-1])
    bot.replies.append(Open(form=WINDOWED.model_copy(update={"outside": said})))
    door = teams.action(bot.stub.cards[-1], "Open the form")
    _, body = await bot.post(teams.fetched(door, service_url=bot.stub.url))
    assert said not in teams.words(body["task"]["value"]["card"])


async def test_a_window_that_says_several_things_has_their_summary_as_its_title(bot: Bot) -> None:
    submit = {"data": {"_tandem": {"form": "contribution", "asked": ["what"]}}}
    several = Card(
        summary="It is sent.", elements=(*sentence("7K2Q1").elements, *sentence("Keep it.").elements)
    )
    for said, title in ((Say(card=several, window=True), "It is sent."), (SHOWN_ONCE, "Tandem")):
        bot.replies.append(said)
        _, body = await bot.post(teams.dialog_submit(submit, {"what": "a"}, service_url=bot.stub.url))
        assert body["task"]["value"]["title"] == title


async def test_a_press_that_opens_a_window_leaves_its_card_and_repeats_itself(bot: Bot) -> None:
    action = await undo(bot)
    bot.replies.append(Open(form=WINDOWED))
    _, body = await bot.presses(action)
    assert body["type"] == MESSAGE
    door = teams.action(bot.stub.cards[-1], "Open the form")
    bot.replies.append(Open(form=WINDOWED))
    await bot.post(teams.fetched(door, service_url=bot.stub.url))
    pressed = bot.inbound[-1]
    assert isinstance(pressed, Press)
    assert (pressed.action, pressed.value) == ("entry.undo", "12")


async def test_what_stands_in_a_window_alone_never_reaches_a_chat(bot: Bot) -> None:
    submit = {"data": {"_tandem": {"form": "contribution", "asked": ["what"]}}}
    bot.replies.append(SHOWN_ONCE)
    _, body = await bot.post(teams.dialog_submit(submit, {"what": "x"}, service_url=bot.stub.url))
    assert body["task"]["type"] == "continue"
    assert "7K2Q1-0000A" in teams.words(body["task"]["value"]["card"]["content"])

    bot.replies.append(SHOWN_ONCE)
    _, body = await bot.post(
        teams.dialog_submit(submit, {"what": "x"}, of_message=True, service_url=bot.stub.url)
    )
    assert "7K2Q1-0000A" in teams.words(body["task"]["value"]["card"]["content"])
    assert bot.stub.received == []


async def test_of_a_form_in_the_chat_only_its_own_place_shows_what_is_for_the_window(bot: Bot) -> None:
    action = await save(bot)
    long = Card(summary="7K2Q1", elements=tuple(Text(runs=runs("7K2Q1 " * 500)) for _ in range(20)))
    bot.replies.append(Say(card=long, window=True))
    _, body = await bot.presses(action, {"what": "x"})
    assert "7K2Q1" in teams.words(body["value"])
    assert bot.stub.received == []


async def test_a_client_without_windows_is_told_so_and_not_shown_it(bot: Bot) -> None:
    activity = teams.message("", service_url=bot.stub.url) | {
        "value": {"_tandem": {"form": "contribution", "asked": ["what"]}, "what": "x"}
    }
    bot.replies.append(SHOWN_ONCE)
    await bot.post(activity)
    assert NO_WINDOW in teams.words(bot.stub.cards[-1])
    assert "7K2Q1" not in str(bot.stub.received)
