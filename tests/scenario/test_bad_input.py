"""What nobody should send, through the whole bot: a sentence or a refusal, never a 5xx, a ping or a leak."""

import io
import json
import time
from collections.abc import Sequence

import aiohttp
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.scenario.stage import ARUN, INES, JONAS, T_INES, TOBIAS, Stage, assert_silent, unescaped, words
from tests.teams import activities as teams

CANARY = "canary-Zq7-text"


async def test_a_wrong_signature_and_an_old_timestamp_are_refused(stage: Stage) -> None:
    body, headers = stage.command(INES, "3h data on claims: labelled 40")
    forged = headers | {"X-Slack-Signature": "v0=" + "0" * 64}
    assert (await stage.post(body, forged))[0] == 401
    assert (await stage.post(body + b"&text=more", headers))[0] == 401
    kind = headers["Content-Type"]
    for seconds in (-301, 301):
        _, old = stage.signed(body, kind, int(time.time()) + seconds)
        assert (await stage.post(body, old))[0] == 401
    assert (await stage.post(body, {"Content-Type": kind}))[0] == 401
    assert await stage.rows() == 0
    assert (await stage.post(body, headers))[0] == 200
    assert await stage.rows() == 1


async def test_a_hundred_kilobytes_are_answered_with_a_sentence(stage: Stage) -> None:
    said = await stage.says(INES, "3h data on claims: " + "x" * 100_000)
    assert "Nothing was logged." in words(said)
    card = await stage.writes(T_INES, "contribute 3h data on claims: " + "x" * 100_000)
    assert "Nothing was logged." in teams.words(card)
    await stage.workspace.dm(INES, "y" * 100_000)
    assert "I do not know what to do with" in words(stage.last(INES))
    assert await stage.rows() == 0


async def test_a_form_with_a_hundred_kilobytes_is_a_field_error(stage: Stage) -> None:
    await stage.slash(INES, "")
    values = {"initiative": "Claims triage", "kind": "Data", "what": "x" * 100_000}
    outcome = await stage.submit(INES, values, force=True)
    assert "please keep it to" in outcome.errors["what"]
    assert await stage.rows() == 0


#: What somebody types, and what of it is kept.
TYPED = {
    "a\x00b\x07c\x1b[31m": "abc[31m",
    "\u202eright to left\u202c\u200f": "right to left",
    "'); DROP TABLE contribution; --": "'); DROP TABLE contribution; --",
    "🙂 👩‍🔬 labelled 🏷️": "🙂 👩‍🔬 labelled 🏷️",
    "*bold* _it_ `code` <b>x</b> &amp; {{x}} %s": "*bold* _it_ `code` <b>x</b> &amp; {{x}} %s",
    "<!channel> and <!here|here> and @everyone": "<!channel> and <!here|here> and @everyone",
    '=HYPERLINK("http://x.example")': '=HYPERLINK("http://x.example")',
}


async def test_text_is_kept_as_it_was_meant_and_shown_without_effect(stage: Stage) -> None:
    await stage.writes(T_INES, "help")
    for number, (typed, stored) in enumerate(TYPED.items(), start=1):
        await stage.slash(INES, "")
        values = {"initiative": "Claims triage", "kind": "Data", "what": typed}
        assert (await stage.submit(INES, values)).errors == {}
        entries = await stage.entries(INES)
        assert (entries[0].what, len(entries)) == (stored, number)
        assert unescaped(stored) in words(await stage.says(INES, "list"))
        week = await stage.says(TOBIAS, "review claims")
        await stage.press(TOBIAS, week, "Question")
        await stage.submit(TOBIAS, {"note": typed})
        await stage.workspace.open_home(INES)
        home = stage.workspace.home(INES)
        assert home is not None and unescaped(stored) in words(home)
        assert stored in teams.words(await stage.writes(T_INES, "home"))
    await stage.workspace.settle()
    asked = [state for key, state in await stage.outbox() if key.startswith("question:")]
    assert asked == ["sent"] * len(TYPED)


async def test_a_channel_named_in_a_line_is_never_called(stage: Stage) -> None:
    line = "3h data on claims: told @channel and @here and <!channel> of <!subteam^S1|all>"
    said = await stage.says(INES, line)
    assert "Logged" in words(said)
    (entry,) = await stage.entries(INES)
    assert "@channel" in entry.what
    await stage.slash(JONAS, "for @ines.carvalho 2h testing on claims triage: with @everyone")
    await stage.told(INES, "Jonas Brandt logged this for you")
    raw, headers = stage.command(ARUN, "1h data on claims: raw <!channel> <!here> <!everyone>")
    status, answer = await stage.post(raw, headers)
    assert status == 200
    assert_silent(json.loads(answer))
    unknown = await stage.workspace.dm(INES, "<!channel> @here")
    assert unknown.status == 200


async def test_absurd_effort_is_a_field_error(stage: Stage) -> None:
    await stage.slash(INES, "")
    sentences = {
        "-3h": "not an effort I can read",
        "25h": "A day has 24 hours.",
        "99999999999999999999h": "not an effort I can read",
        "0h": "more than nothing",
        "NaN": "not an effort I can read",
        "1e9": "not an effort I can read",
    }
    for effort, sentence in sentences.items():
        values = {"initiative": "Claims triage", "kind": "Data", "what": "labelled", "effort": effort}
        outcome = await stage.submit(INES, values)
        assert sentence in outcome.errors["effort"]
    assert await stage.rows() == 0


async def test_a_day_of_more_than_24_hours_is_refused(stage: Stage) -> None:
    await stage.slash(INES, "20h data on claims: a long day")
    for effort in ("5h", "30h"):
        await stage.slash(INES, f"{effort} data on claims: and more")
        shown = stage.view_words(INES)
        assert "a day has 24 hours" in shown.lower()
        assert "and more" in shown
    assert (await stage.submit(INES, {"effort": "2h"})).errors == {}
    assert [entry.effort_minutes for entry in await stage.entries(INES)] == [120, 1200]


async def test_unknown_actions_forms_and_values_are_sentences(stage: Stage) -> None:
    said = await stage.says(INES, "3h data on claims: labelled 40")
    pressed = await stage.press(INES, said, "Undo")
    payload = pressed.payload
    for change in ({"action_id": "no.such"}, {"value": "9" * 400}, {"value": "-1"}, {"value": "1; DROP"}):
        action = payload["actions"][0] | change
        changed = payload | {"actions": [action], "trigger_id": f"1.2.{abs(hash(str(change)))}"}
        body = aiohttp.FormData({"payload": json.dumps(changed)})()._value
        status, _ = await stage.post(*stage.signed(body, "application/x-www-form-urlencoded"))
        assert status < 500
    card = await stage.writes(T_INES, "contribute 3h data on claims: labelled 40")
    undo = teams.action(card, "Undo")
    for verb in ("no.such", "contribution.pick", "report.file", "profile.file", "initiative.edit"):
        body = await stage.presses(T_INES, undo | {"verb": verb})
        assert body["statusCode"] == 200


TEXT = st.text(max_size=40)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)
SLACK_KEYS = st.sampled_from(
    ["type", "command", "text", "user_id", "team_id", "channel_id", "trigger_id", "event", "view", "actions"]
)
TYPES = st.sampled_from(
    ["block_actions", "view_submission", "message_action", "shortcut", "event_callback", "view_closed"]
)
PAYLOADS = st.builds(
    lambda kind, rest: {**rest, "type": kind}, TYPES, st.dictionaries(SLACK_KEYS, JSON, max_size=6)
)
ACTIVITIES = st.builds(
    lambda kind, rest: {
        "channelId": "msteams",
        "channelData": {"tenant": {"id": teams.TENANT}},
        "type": kind,
        **rest,
    },
    st.sampled_from(["message", "invoke", "conversationUpdate", "typing"]),
    st.dictionaries(
        st.sampled_from(["name", "value", "text", "from", "conversation", "recipient", "entities", "id"]),
        JSON,
        max_size=6,
    ),
)
HYPOTHESIS = settings(
    max_examples=25,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _examples(strategy: st.SearchStrategy[bytes]) -> Sequence[bytes]:
    """Some examples of a strategy: Hypothesis itself does not await."""
    found: list[bytes] = []

    @HYPOTHESIS
    @given(strategy)
    def collect(body: bytes) -> None:
        found.append(body)

    collect()
    return found


FORM = "application/x-www-form-urlencoded"


async def test_no_body_whatever_makes_slacks_endpoint_fail(stage: Stage) -> None:
    bodies = [(body, FORM) for body in _examples(st.binary(max_size=200))]
    bodies += [
        (body, "application/json") for body in _examples(JSON.map(lambda one: json.dumps(one).encode()))
    ]
    for body in _examples(PAYLOADS.map(lambda one: json.dumps(one).encode())):
        bodies += [(body, "application/json"), (b"payload=" + body, FORM)]
    for body, kind in bodies:
        status, answer = await stage.post(*stage.signed(body, kind))
        assert status < 500
        assert "Traceback" not in answer


async def test_no_body_whatever_makes_the_teams_endpoint_fail(stage: Stage) -> None:
    bodies = [
        *_examples(st.binary(max_size=200)),
        *_examples(JSON.map(lambda one: json.dumps(one).encode())),
        *_examples(ACTIVITIES.map(lambda one: json.dumps(one).encode())),
        b"[" * 50_000,
        b"x" * 300_000,
    ]
    for body in bodies:
        status, answer = await stage.post(body, {"Content-Type": "application/json"}, path="/api/messages")
        assert status < 500
        assert "Traceback" not in answer


async def test_nothing_that_people_write_is_in_the_logs(lines: io.StringIO, stage: Stage) -> None:
    await stage.slash(INES, f"3h data on claims: {CANARY}")
    await stage.slash(INES, f"3h data on nowhere: {CANARY}")
    await stage.workspace.dm(INES, CANARY)
    await stage.writes(T_INES, f"contribute 3h data on claims: {CANARY}")
    await stage.writes(T_INES, CANARY)
    week = await stage.says(TOBIAS, "review claims")
    await stage.press(TOBIAS, week, "Question")
    await stage.submit(TOBIAS, {"note": CANARY})
    stage.workspace.faults.add("chat.postMessage", "server_error")
    stage.workspace.faults.add("views.open", "server_error")
    await stage.slash(JONAS, f"for @tobias.ekwall 2h testing on claims triage: {CANARY}")
    await stage.slash(JONAS, f"2h testing on the moon: {CANARY}")
    await stage.told(TOBIAS, "Jonas Brandt logged this for you")
    body, headers = stage.command(INES, CANARY)
    await stage.post(body, headers | {"X-Slack-Signature": "v0=" + "1" * 64})
    for raw in (CANARY.encode(), json.dumps({"type": "event_callback", "event": CANARY}).encode()):
        await stage.post(*stage.signed(raw, "application/json"))
        await stage.post(raw, {"Content-Type": "application/json"}, path="/api/messages")
    await stage.stop_bots()
    written = lines.getvalue()
    assert '"request"' in written
    assert CANARY not in written
    assert stage.workspace.bot_token not in written
    assert stage.workspace.signing_secret not in written
