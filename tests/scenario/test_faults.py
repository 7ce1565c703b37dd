"""When Slack or Teams misbehave, or the bot is stopped at the wrong moment, nothing is lost."""

import time

import pytest

from bot.playground.faults import FaultKind
from tests.scenario.stage import ARUN, INES, JONAS, LINE, T_INES, TOBIAS, Node, Stage, comes_true, words
from tests.teams import activities as teams
from tests.teams.connector_stub import Misbehaviour

FOR_INES = "for @ines.carvalho 2h testing on claims triage: tried the new rules"
ASKED = "Jonas Brandt logged this for you"


async def _sent(stage: Stage) -> bool:
    return [state for _key, state in await stage.outbox()] == ["sent"]


@pytest.mark.parametrize("kind", ["rate_limited", "server_error", "drop_before"])
async def test_a_message_that_slack_does_not_take_arrives_later_and_once(
    stage: Stage, kind: FaultKind
) -> None:
    stage.workspace.faults.add("chat.postMessage", kind)
    said = await stage.says(JONAS, FOR_INES)
    assert "I have asked Ines Carvalho to confirm" in words(said)
    await stage.told(INES, ASKED)
    assert stage.workspace.faults.happened == [("chat.postMessage", kind)]
    await comes_true(lambda: _sent(stage))
    await stage.workspace.settle()
    assert stage.count(INES, ASKED) == 1
    assert len(stage.workspace.calls_of("chat.postMessage")) == 2


async def test_a_retry_is_not_before_slack_wishes_it(stage: Stage) -> None:
    stage.workspace.faults.add("chat.postMessage", "rate_limited", seconds=2)
    before_s = time.monotonic()
    await stage.slash(JONAS, FOR_INES)
    await stage.workspace.wait_for(
        lambda: len(stage.workspace.calls_of("chat.postMessage")) == 2, timeout_s=30
    )
    assert time.monotonic() - before_s >= 2


async def test_a_message_whose_answer_was_lost_carries_the_same_key_when_sent_again(stage: Stage) -> None:
    stage.workspace.faults.add("chat.postMessage", "drop_after")
    await stage.slash(JONAS, FOR_INES)
    await comes_true(lambda: _sent(stage))
    calls = [call.args for call in stage.workspace.calls_of("chat.postMessage")]
    keys = {call["metadata"]["event_payload"]["key"] for call in calls}
    assert len(calls) == 2 and len(keys) == 1
    assert {call["metadata"]["event_type"] for call in calls} == {"tandem_message"}
    asked = await stage.told(INES, ASKED)
    await stage.press(INES, asked, "Confirm")
    other = next(one for one in stage.workspace.messages(INES, "dm") if ASKED in words(one))
    await stage.press(INES, other, "Confirm")
    assert await stage.counted(INES) == 1


@pytest.mark.parametrize("kind", ["server_error", "drop_before", "rate_limited"])
async def test_a_form_that_cannot_be_opened_is_said_kindly_and_nothing_is_lost(
    stage: Stage, kind: FaultKind
) -> None:
    stage.workspace.faults.add("views.open", kind)
    said = await stage.says(INES, "2h testing on the moon: tried the new rules")
    assert "The form could not be opened in time. Please try again." in words(said)
    stage.workspace.faults.clear()
    await stage.slash(INES, "2h testing on the moon: tried the new rules")
    assert "tried the new rules" in stage.view_words(INES)
    entry = await stage.says(INES, LINE)
    stage.workspace.faults.add("views.open", kind)
    await stage.press(INES, entry, "Edit")
    assert "The form could not be opened in time." in words(stage.last(INES))
    assert await stage.counted(INES) == 1


async def test_a_message_to_somebody_who_has_left_is_set_aside_and_the_others_go_on(stage: Stage) -> None:
    await stage.slash(INES, LINE, channel="claims")
    stage.workspace.state.users[stage.workspace.user_id(INES)].deleted = True
    await stage.slash(JONAS, "for <@U0003> 2h testing on claims triage: tried the new rules")
    await stage.slash(JONAS, "for @tobias.ekwall 2h testing on claims triage: tried the new rules")
    await stage.told(TOBIAS, ASKED)

    async def settled() -> bool:
        return sorted(state for _key, state in await stage.outbox()) == ["dead", "sent"]

    await comes_true(settled)


async def test_a_profile_that_cannot_be_looked_up_changes_nothing_and_the_next_try_goes_through(
    stage: Stage,
) -> None:
    stage.workspace.faults.add("users.info", "server_error")
    said = await stage.says(INES, LINE)
    assert "I could not look up who that is just now, so nothing was changed." in words(said)
    assert await stage.rows() == 0
    assert "Logged" in words(await stage.says(INES, LINE))
    assert await stage.rows() == 1


async def test_a_figure_that_cannot_be_sent_beside_is_shown_in_words(stage: Stage) -> None:
    await stage.slash(ARUN, LINE)
    stage.workspace.faults.add("response_url", "server_error", times=None)
    outcome = await stage.slash(ARUN, "report claims")
    assert outcome.answer
    assert "3 h" in words(outcome.answer)


async def test_what_was_committed_before_a_stop_is_sent_at_the_next_start(stage: Stage) -> None:
    bot = stage.bots[0]
    bot.worker.stop()
    await stage.slash(JONAS, FOR_INES)
    assert [state for _key, state in await stage.outbox()] == ["waiting"]
    assert stage.count(INES, ASKED) == 0
    await stage.stop_bots()
    stage.workspace.bot_url = stage.url = await stage.another()
    asked = await stage.told(INES, ASKED)
    await comes_true(lambda: _sent(stage))
    assert stage.count(INES, ASKED) == 1
    await stage.press(INES, asked, "Confirm")
    assert await stage.counted(INES) == 1


async def test_a_card_from_before_a_restart_still_works(stage: Stage) -> None:
    said = await stage.says(INES, LINE)
    card = await stage.writes(T_INES, "contribute 2h testing on claims: tried it")
    await stage.stop_bots()
    stage.workspace.bot_url = stage.url = await stage.another()
    await stage.press(INES, said, "Undo")
    await stage.presses(T_INES, teams.action(card, "Undo"))
    assert await stage.entries(INES) == []


@pytest.mark.parametrize(
    "mood", [{"status": 429, "headers": {"Retry-After": "1"}}, {"status": 502}, {"drop": True}]
)
async def test_an_answer_that_teams_does_not_take_is_sent_again(stage: Stage, mood: Node) -> None:
    await stage.writes(T_INES, "help")
    stage.connector.misbehave.append(Misbehaviour(**mood))
    await stage.writes(T_INES, f"contribute {LINE}")
    logged = [one for one in stage.connector.cards if one["fallbackText"].startswith("Logged")]
    assert len(logged) == 1
    assert await stage.rows() == 1


async def test_readiness_and_metrics_tell_of_both_platforms(stage: Stage) -> None:
    async with stage.client.get(f"{stage.url}/readyz") as answer:
        assert answer.status == 200
        assert await answer.json() == {
            "ready": True,
            "slack": "ready",
            "teams": "ready",
            "database": "ready",
        }
    async with stage.client.get(f"{stage.url}/metrics") as answer:
        assert answer.status == 200
