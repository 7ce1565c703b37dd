"""What Slack sends becomes inbound values, each with a key that is the same for the same intent."""

import copy
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.conversation import Press, Submission
from handlers.slack import translate
from handlers.slack.text import clean, escape, is_special, neutral
from handlers.slack.translate import PayloadError
from tests.slack import samples
from tests.slack.samples import CHANNEL, OWN_CHAT, PERSON, TEAM

Json = dict[str, Any]

READERS: dict[str, tuple[Callable[[Json], Any], Json]] = {
    "command": (translate.command, dict(samples.command("3h data"))),
    "message": (
        translate.message,
        samples.event("message", channel=OWN_CHAT, channel_type="im", text="contribute 3h data"),
    ),
    "mention": (translate.mention, samples.event("app_mention", channel=CHANNEL, text="<@U0TANDEM> help")),
    "press": (translate.press, samples.press()),
    "press in a view": (translate.press, samples.press_in_view()),
    "submission": (translate.submission, samples.submission(what={"type": "plain_text_input", "value": "x"})),
    "shortcut": (
        translate.shortcut,
        samples.interaction(
            "message_action",
            callback_id="log_contribution",
            channel={"id": CHANNEL},
            message_ts="1763600000.000100",
            message={"ts": "1763600000.000100"},
        ),
    ),
    "home": (translate.home_opened, samples.event("app_home_opened", tab="home", channel=OWN_CHAT)),
    "profile": (
        translate.changed_profile,
        samples.event("user_change", user={"id": PERSON, "profile": {"email": "a@b.example"}}),
    ),
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", "\x00", "U1", "x" * 300]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


def paths(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Every place in a payload."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [at, *(path for key, child in inner for path in paths(child, (*at, key)))]


@given(st.sampled_from(sorted(READERS)), st.data())
def test_a_payload_with_anything_anywhere_is_read_or_refused_in_one_way(
    name: str, data: st.DataObject
) -> None:
    read, sample = READERS[name]
    body = copy.deepcopy(sample)
    places = [path for path in paths(body) if path]
    for path in data.draw(st.lists(st.sampled_from(places), min_size=1, max_size=3)):
        holder: Any = body
        try:
            for step in path[:-1]:
                holder = holder[step]
            if data.draw(st.booleans()):
                del holder[path[-1]]
            else:
                holder[path[-1]] = data.draw(json_values)
        except (KeyError, IndexError, TypeError):
            continue
    try:
        inbound = read(body)
    except PayloadError:
        return
    if inbound is not None and hasattr(inbound, "key"):
        assert inbound.key.startswith("slack:")
        inbound.model_dump_json()


@given(st.sampled_from(sorted(READERS)), st.dictionaries(st.text(max_size=10), json_values, max_size=5))
def test_an_arbitrary_object_is_refused_in_one_way(name: str, body: Json) -> None:
    read, _ = READERS[name]
    try:
        read(body)
    except PayloadError:
        return


def test_a_slash_command_has_its_name_and_its_text_as_typed() -> None:
    inbound = translate.command(
        dict(samples.command("3h data on <#C0CLAIMS|claims> for <@U0002|bob> &lt;ok&gt;"))
    )
    assert (inbound.name, inbound.text) == ("contribute", "3h data on #claims for <@U0002> <ok>")
    assert inbound.key == "slack:command:13345224609.738474920.8088930838d88f008e0"
    assert (inbound.origin.tenant, inbound.origin.user_id, inbound.origin.channel) == (TEAM, PERSON, CHANNEL)
    assert inbound.origin.private
    assert inbound.origin.can_ask


def test_words_to_the_bot_in_its_own_chat_are_a_command() -> None:
    body = samples.event("message", channel=OWN_CHAT, channel_type="im", text="Contribute 3h data\non claims")
    inbound = translate.message(body)
    assert inbound is not None
    assert (inbound.name, inbound.text) == ("contribute", "3h data\non claims")
    assert inbound.key == "slack:event:Ev0001"
    assert inbound.origin.private
    assert not inbound.origin.can_ask
    assert inbound.origin.address == OWN_CHAT


def test_words_after_a_mention_are_a_command_that_everybody_can_see() -> None:
    for text in (
        "<@U0TANDEM> contribute 3h data",
        "<@U0TANDEM>: contribute 3h data",
        "hey <@U0TANDEM> contribute 3h data",
    ):
        inbound = translate.mention(samples.event("app_mention", channel=CHANNEL, text=text), "U0TANDEM")
        assert inbound is not None
        assert (inbound.name, inbound.text) == ("contribute", "3h data")
        assert not inbound.origin.private
        assert inbound.origin.address is None


def test_a_mention_alone_and_empty_words_are_a_command_without_a_name() -> None:
    inbound = translate.mention(samples.event("app_mention", channel=CHANNEL, text="<@U0TANDEM>"))
    assert inbound is not None
    assert (inbound.name, inbound.text) == ("", "")


@pytest.mark.parametrize(
    "about",
    [
        {"bot_id": "B1"},
        {"subtype": "message_changed"},
        {"subtype": "bot_message"},
        {"channel_type": "channel"},
    ],
)
def test_what_bots_write_and_edits_are_ignored(about: Json) -> None:
    event = {"channel": OWN_CHAT, "channel_type": "im", "text": "help"} | about
    assert translate.message(samples.event("message", **event)) is None


def test_a_double_click_is_one_press() -> None:
    first = samples.press()
    second = samples.press(trigger_id="another", response_url="another")
    second["actions"][0]["action_ts"] = "9.9"
    assert translate.press(first) == translate.press(second)


@pytest.mark.parametrize(
    "other",
    [
        samples.press(value="13"),
        samples.press(action_id="contribution.edit#1"),
        samples.press(block_id="another-rendering.1"),
        samples.press(channel="C0OTHER"),
        samples.press() | {"user": {"id": "U0002"}},
    ],
)
def test_another_button_rendering_place_or_person_is_another_press(other: Json) -> None:
    keys = {one.key for one in (translate.press(samples.press()), translate.press(other)) if one is not None}
    assert len(keys) == 2


def test_a_press_has_the_action_without_its_ordinal() -> None:
    inbound = translate.press(samples.press())
    assert isinstance(inbound, Press)
    assert (inbound.action, inbound.value) == ("contribution.undo", "12")


def test_a_press_on_a_message_that_others_see_is_not_private() -> None:
    seen = translate.press(samples.press(ephemeral=False))
    alone = translate.press(samples.press(ephemeral=False, channel=OWN_CHAT))
    assert seen is not None
    assert alone is not None
    assert (seen.origin.private, alone.origin.private) == (False, True)
    assert alone.origin.address == OWN_CHAT


@pytest.mark.parametrize(("channel", "expected"), [(CHANNEL, True), ("G0GROUP", True), (OWN_CHAT, False)])
def test_a_command_in_a_channel_and_one_in_a_chat_are_told_apart(channel: str, expected: bool) -> None:
    origin = translate.command(samples.command() | {"channel_id": channel}).origin
    assert origin.in_channel is expected
    assert origin.conversation is None


def test_a_button_that_leads_elsewhere_is_no_press() -> None:
    assert translate.press(samples.press(action_id="tandem.link#3")) is None


def test_a_submission_has_values_of_every_kind_of_input() -> None:
    option = {"value": "data", "text": {"type": "plain_text", "text": "Data"}}
    inbound = translate.submission(
        samples.submission(
            what={"type": "plain_text_input", "value": "a\x00b <@U1> &amp;"},
            hours={"type": "number_input", "value": "1.5"},
            kind={"type": "static_select", "selected_option": option},
            nothing={"type": "static_select", "selected_option": None},
            teams={"type": "multi_static_select", "selected_options": [option]},
            day={"type": "datepicker", "selected_date": "2026-11-03"},
            who={"type": "users_select", "selected_user": "U0002"},
            link={"type": "url_text_input", "value": None},
        )
    )
    assert inbound.values == {
        "what": "ab <@U1> &amp;",
        "hours": "1.5",
        "kind": "data",
        "nothing": None,
        "teams": ("data",),
        "day": "2026-11-03",
        "who": "U0002",
        "link": None,
    }
    assert (inbound.form, inbound.context) == ("contribution.new", '{"id":7}')


def test_a_form_sent_twice_is_one_submission_and_a_corrected_one_is_another() -> None:
    def sent(value: str) -> Submission:
        return translate.submission(samples.submission(what={"type": "plain_text_input", "value": value}))

    assert sent("x").key == sent("x").key
    assert sent("x").key != sent("corrected").key


def test_a_message_shortcut_has_a_link_to_the_message_and_not_its_text() -> None:
    read, body = READERS["shortcut"]
    inbound = read(body)
    assert inbound.action == "log_contribution"
    assert inbound.link == "https://alder-pike.slack.com/archives/C0CLAIMS/p1763600000000100"


def test_the_global_shortcut_is_the_same_action_without_a_link() -> None:
    inbound = translate.shortcut(samples.interaction("shortcut", callback_id="new_contribution"))
    assert (inbound.action, inbound.link) == ("log_contribution", None)


def test_only_the_home_tab_is_home() -> None:
    assert translate.home_opened(samples.event("app_home_opened", tab="messages")) is None
    inbound = translate.home_opened(samples.event("app_home_opened", tab="home"))
    assert inbound is not None
    assert not inbound.origin.can_ask


def test_a_profile_has_what_people_are_matched_and_addressed_by() -> None:
    user = {
        "id": PERSON,
        "team_id": TEAM,
        "name": "ines",
        "tz": "Europe/Lisbon",
        "locale": "pt-PT",
        "profile": {"real_name": "Ines Carvalho", "email": "ines@alder.example"},
    }
    profile = translate.profile(user, TEAM)
    assert (profile.name, profile.email) == ("Ines Carvalho", "ines@alder.example")
    assert (profile.time_zone, profile.locale, profile.refused) == ("Europe/Lisbon", "pt-PT", None)


@pytest.mark.parametrize(
    ("about", "refused"),
    [
        ({"is_bot": True}, "bot"),
        ({"deleted": True}, "deactivated"),
        ({"is_restricted": True}, "guest"),
        ({"is_ultra_restricted": True}, "guest"),
        ({"is_stranger": True}, "stranger"),
        ({"team_id": "T0OTHER"}, "stranger"),
        ({"team_id": "T0OTHER", "enterprise_user": {"teams": [TEAM]}}, None),
    ],
)
def test_bots_guests_strangers_and_people_who_left_are_not_served(about: Json, refused: str | None) -> None:
    assert translate.profile({"id": PERSON, "team_id": TEAM} | about, TEAM).refused == refused


@pytest.mark.parametrize(
    ("escaped", "typed"),
    [
        ("<@U0002|bob>", "<@U0002>"),
        ("<@U0002>", "<@U0002>"),
        ("<#C1|claims>", "#claims"),
        ("<#C1>", "#C1"),
        ("<!channel>", "@channel"),
        ("<!here|here>", "@here"),
        ("<!subteam^S1|@leads>", "@leads"),
        ("<!subteam^S1>", "@subteam"),
        ("<!date^1392734382^{date}|18 Feb>", "18 Feb"),
        ("<https://x.example/a|label>", "https://x.example/a"),
        ("<https://x.example/?a=1&amp;b=2>", "https://x.example/?a=1&b=2"),
        ("<mailto:a@b.example|a@b.example>", "a@b.example"),
        ("&lt;b&gt; &amp;amp;", "<b> &amp;"),
        ("3 &lt; 4", "3 < 4"),
        ("a\x00b\u202ec\u200fd", "abcd"),
        ("two\r\nlines\tand a tab", "two\nlines and a tab"),
    ],
)
def test_slacks_markup_becomes_what_was_typed(escaped: str, typed: str) -> None:
    assert neutral(escaped) == typed


@given(st.text())
def test_typed_text_survives_slacks_escaping(typed: str) -> None:
    assert neutral(escape(typed)) == clean(typed)


@given(st.text(alphabet=st.characters()))
def test_cleaning_twice_changes_nothing_and_can_be_stored(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    clean(text).encode()


@pytest.mark.parametrize("text", ["*b*", "snake_case", "~", "`x`", ":tada:", "> quote", "- item", "1. item"])
def test_what_mrkdwn_would_format_is_recognised(text: str) -> None:
    assert is_special(text)
    assert not is_special("11 h over 2 initiatives, at 9:30 (well-kept).")


@given(st.dictionaries(st.text(min_size=1, max_size=20), st.text(max_size=60), min_size=1, max_size=6))
def test_a_form_is_read_as_the_standard_library_reads_it(fields: dict[str, str]) -> None:
    fields.pop("payload", None)
    fields = {name: value for name, value in fields.items() if not name.startswith("{")} | {
        "text": "3h + 50 % #x"
    }
    text = urlencode(fields)
    assert translate.body(text) == dict(parse_qsl(text, keep_blank_values=True)) == fields


@given(st.text(alphabet="ab=&%+#;{ \t\n\x7fé2C", max_size=40) | st.text(max_size=40))
def test_a_form_of_any_characters_is_read_as_the_standard_library_reads_it(text: str) -> None:
    expected = dict(parse_qsl(text, keep_blank_values=True))
    if text.startswith("{") or not expected:
        with pytest.raises(PayloadError):
            translate.body(text)
    else:
        assert translate.body(text) == expected
