"""Activities to inbound values."""

import contextlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.conversation import Command, HomeOpened, MessageAction, Press, Submission
from handlers.teams.activity import Malformed, Reference, turn
from handlers.teams.presses import DoublePresses
from handlers.teams.translate import OURS, Cancelled, Meaning, Refresh, Welcome, inbound
from tests.teams import activities as teams


def meaning(activity: dict[str, Any], doubles: DoublePresses | None = None) -> Meaning:
    return inbound(activity, turn(activity), doubles or DoublePresses())


def command(text: str, **where: Any) -> Command:
    found = meaning(teams.message(text, **where))
    assert isinstance(found, Command)
    return found


def button(action: str = "entry.undo", value: str = "12", nonce: str = "n1") -> dict[str, Any]:
    data = {OURS: {"action": action, "press": value, "nonce": nonce}}
    return {"type": "Action.Execute", "verb": action, "data": data}


def test_the_first_word_is_the_command_and_the_rest_its_text() -> None:
    found = command("Contribute 3h data on claims triage: labelled 400 exceptions")
    assert (found.name, found.text) == ("contribute", "3h data on claims triage: labelled 400 exceptions")


@pytest.mark.parametrize(
    "typed", ["/contribute 3h data", "contribute\u00a03h data", "  contribute   3h data\n"]
)
def test_slashes_hard_spaces_and_blanks_are_tolerated(typed: str) -> None:
    found = command(typed)
    assert (found.name, found.text) == ("contribute", "3h data")


def test_words_on_further_lines_belong_to_the_text() -> None:
    found = command("contribute\n3h data\nand more")
    assert (found.name, found.text) == ("contribute", "3h data\nand more")


def test_nothing_typed_asks_for_help() -> None:
    assert command("").name == "help"


def test_html_entities_are_characters() -> None:
    assert command("contribute 3h R&amp;D &lt;b&gt;").text == "3h R&D <b>"


def test_the_mention_of_the_bot_is_removed_and_people_are_named_by_id() -> None:
    activity = teams.message(
        "<at>Tandem</at> contribute for <at>Ben Beck</at> 2h review", conversation=teams.CHANNEL
    )
    teams.mention(activity, teams.BOT, "Tandem")
    teams.mention(activity, teams.account(teams.BEN), "Ben Beck")
    found = meaning(activity)
    assert isinstance(found, Command)
    assert (found.name, found.text) == ("contribute", f"for <@{teams.account(teams.BEN)}> 2h review")


def test_two_people_of_one_name_keep_their_order() -> None:
    activity = teams.message("contribute <at>Ben</at> and <at>Ben</at>")
    teams.mention(activity, "29:first", "Ben")
    teams.mention(activity, "29:second", "Ben")
    found = meaning(activity)
    assert isinstance(found, Command)
    assert found.text == "<@29:first> and <@29:second>"


def test_a_mention_that_nobody_made_is_only_a_name() -> None:
    assert command("contribute <at>everyone</at> hello").text == "everyone hello"


def test_control_characters_and_bidi_marks_are_dropped() -> None:
    assert command("contribute 3h\x00 da\u202eta &#x202e;x\ud800").text == "3h data x"


def test_an_answer_in_a_channel_is_not_private_and_leads_nowhere() -> None:
    origin = command("help", conversation=teams.CHANNEL).origin
    assert (origin.private, origin.can_ask, origin.address) == (False, False, None)


def test_a_command_in_a_thread_tells_the_way_to_its_channel() -> None:
    origin = command("help", conversation=teams.CHANNEL).origin
    assert origin.in_channel
    assert origin.channel == "19:channel@thread.tacv2"
    channel = Reference.read(origin.conversation)
    assert channel is not None
    assert (channel.conversation, channel.user) == ("19:channel@thread.tacv2", "")
    assert not command("help").origin.in_channel
    assert command("help").origin.conversation is None


def test_a_press_in_a_channel_and_a_group_chat_are_in_a_channel_too() -> None:
    for conversation in (teams.CHANNEL, "19:group@thread.v2"):
        pressed = meaning(teams.press(button(), conversation=conversation))
        assert isinstance(pressed, Press)
        assert (pressed.origin.in_channel, pressed.origin.private) == (True, True)
    alone = meaning(teams.press(button()))
    assert isinstance(alone, Press)
    assert not alone.origin.in_channel


def test_a_personal_chat_is_private_takes_forms_and_is_remembered() -> None:
    origin = command("help").origin
    assert (origin.private, origin.can_ask) == (True, True)
    assert origin.address is not None
    assert teams.PERSONAL in origin.address
    assert (origin.tenant, origin.user_id) == (teams.TENANT, teams.ANNA)


def test_the_same_activity_twice_has_the_same_key() -> None:
    activity = teams.message("help")
    first, second = meaning(activity), meaning(activity)
    assert isinstance(first, Command)
    assert first == second
    other = command("help")
    assert first.key != other.key


def test_a_press_is_an_action_with_its_value() -> None:
    found = meaning(teams.press(button()))
    assert isinstance(found, Press)
    assert (found.action, found.value) == ("entry.undo", "12")


def test_a_double_click_has_one_key_though_each_click_has_an_activity_of_its_own() -> None:
    doubles = DoublePresses()
    first = meaning(teams.press(button(), timestamp="2026-11-21T05:00:09.9Z"), doubles)
    second = meaning(teams.press(button(), timestamp="2026-11-21T05:00:10.2Z"), doubles)
    assert isinstance(first, Press)
    assert first == second


def test_replicas_agree_about_a_double_click() -> None:
    first = meaning(teams.press(button(), timestamp="2026-11-21T05:00:01.1Z"))
    second = meaning(teams.press(button(), timestamp="2026-11-21T05:00:01.6Z"))
    assert first == second


@pytest.mark.parametrize(
    "other",
    [
        {"value": "13"},
        {"nonce": "n2"},
        {"action": "entry.edit"},
    ],
)
def test_another_button_has_another_key(other: dict[str, str]) -> None:
    at = "2026-11-21T05:00:00Z"
    first, second = (meaning(teams.press(pressed, timestamp=at)) for pressed in (button(), button(**other)))
    assert isinstance(first, Press)
    assert isinstance(second, Press)
    assert first.key != second.key


def test_the_same_button_of_another_person_later_or_elsewhere_has_another_key() -> None:
    at = "2026-11-21T05:00:00Z"
    presses = [
        meaning(teams.press(button(), timestamp=at)),
        meaning(teams.press(button(), timestamp=at, user=teams.BEN)),
        meaning(teams.press(button(), timestamp=at, reply_to="1690000000000")),
        meaning(teams.press(button(), timestamp="2026-11-21T05:10:00Z")),
    ]
    assert len({found.key for found in presses if isinstance(found, Press)}) == 4


def test_a_refresh_is_never_a_press() -> None:
    refresh = button(action="card.refresh")
    assert meaning(teams.press(refresh)) == Refresh()
    automatic = teams.press(button())
    automatic["value"]["trigger"] = "automatic"
    assert meaning(automatic) == Refresh()


def test_a_form_gives_what_it_asked_for_and_nothing_else() -> None:
    data = {
        OURS: {
            "form": "contribution",
            "context": '{"entry": 4}',
            "nonce": "n",
            "asked": ["kind", "effort", "tags", "what", "for"],
            "several": ["tags"],
        }
    }
    filled = {"kind": "data", "effort": 3, "tags": "a%2Cb,c", "what": " ", "admin": "yes"}
    found = meaning(teams.press({"verb": "contribution", "data": data}, inputs=filled))
    assert isinstance(found, Submission)
    assert found.values == {"kind": "data", "effort": "3", "tags": ("a,b", "c"), "what": None, "for": None}
    assert (found.form, found.context) == ("contribution", '{"entry": 4}')


def test_a_form_sent_twice_has_one_key_and_with_other_words_another() -> None:
    data = {OURS: {"form": "contribution", "nonce": "n", "asked": ["what"]}}
    action = {"verb": "contribution", "data": data}
    keys = [
        found.key
        for what in ("x", "x", "y")
        if isinstance(found := meaning(teams.press(action, inputs={"what": what})), Submission)
    ]
    assert keys[0] == keys[1] != keys[2]


def test_cancel_is_not_a_press() -> None:
    assert meaning(teams.press({"verb": "form.cancel", "data": {}})) == Cancelled()


def test_a_press_from_an_old_client_comes_as_a_message() -> None:
    found = meaning(teams.message("") | {"value": button()["data"]})
    assert isinstance(found, Press)
    assert found.action == "entry.undo"


def test_a_message_action_carries_the_link_and_never_the_text() -> None:
    activity = teams.message_action(
        link="https://teams.microsoft.com/l/message/19:x/1", conversation=teams.CHANNEL
    )
    found = meaning(activity)
    assert isinstance(found, MessageAction)
    assert (found.action, found.link) == ("log_contribution", "https://teams.microsoft.com/l/message/19:x/1")
    assert "nobody's business" not in found.model_dump_json()
    assert found.origin.private


@pytest.mark.parametrize("link", ["", "javascript:alert(1)", "https://x/" + "a" * 3000])
def test_a_link_that_is_none_is_left_out(link: str) -> None:
    found = meaning(teams.message_action(link=link))
    assert isinstance(found, MessageAction)
    assert found.link is None


def test_the_bot_is_welcomed_home_in_a_personal_chat() -> None:
    assert isinstance(meaning(teams.added(teams.account(teams.ANNA), teams.BOT)), HomeOpened)


def test_the_bot_says_hello_to_a_channel_and_not_to_each_member() -> None:
    assert meaning(teams.added(teams.BOT, conversation=teams.CHANNEL)) == Welcome()
    assert meaning(teams.added(teams.account(teams.BEN), conversation=teams.CHANNEL)) is None


@pytest.mark.parametrize(
    "kind", ["messageReaction", "messageUpdate", "messageDelete", "typing", "installationUpdate", "event"]
)
def test_what_asks_for_nothing_is_not_answered(kind: str) -> None:
    assert meaning(teams.base(kind)) is None


def test_what_another_bot_says_is_not_answered() -> None:
    activity = teams.message("help")
    activity["from"]["role"] = "bot"
    assert meaning(activity) is None


@pytest.mark.parametrize("missing", ["conversation", "from", "recipient", "serviceUrl", "id"])
def test_an_activity_with_something_missing_is_malformed(missing: str) -> None:
    activity = teams.message("help")
    del activity[missing]
    with pytest.raises(Malformed):
        meaning(activity)


@pytest.mark.parametrize("name", ["", "signin/verifyState", "composeExtension/query"])
def test_an_invoke_that_was_not_offered_is_malformed(name: str) -> None:
    with pytest.raises(Malformed):
        meaning(teams.invoke(name, {}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
NAMES = st.sampled_from(
    ["adaptiveCard/action", "task/fetch", "task/submit", "composeExtension/fetchTask",
     "composeExtension/submitAction", "fileConsent/invoke", "x"]
)  # fmt: skip


@given(
    kind=st.sampled_from(["message", "invoke", "conversationUpdate", "messageReaction"]) | st.text(),
    name=NAMES,
    value=JSON,
    wrong=st.dictionaries(
        st.sampled_from(
            ["text", "entities", "from", "conversation", "channelData", "membersAdded", "id", "locale"]
        ),
        JSON,
        max_size=2,
    ),
)
def test_whatever_comes_is_a_value_or_malformed(
    kind: str, name: str, value: object, wrong: dict[str, object]
) -> None:
    activity = teams.base(kind) | {"name": name, "value": value, "text": "help"} | wrong
    with contextlib.suppress(Malformed):
        meaning(activity)


@given(
    data=st.dictionaries(st.sampled_from(["form", "asked", "several", "context", "nonce", "press"]), JSON),
    filled=st.dictionaries(st.text(max_size=3), JSON, max_size=3),
)
def test_whatever_a_form_holds_is_a_value_or_malformed(
    data: dict[str, object], filled: dict[str, object]
) -> None:
    activity = teams.press({"verb": "v", "data": {OURS: data}}, inputs=filled)
    with contextlib.suppress(Malformed):
        meaning(activity)


@given(st.text())
def test_what_is_typed_without_marks_arrives_as_typed(typed: str) -> None:
    visible = "".join(
        character for character in typed if character.isprintable() and character not in "&<>\xa0"
    )
    assert command(f"contribute {visible}").text == visible.strip()
