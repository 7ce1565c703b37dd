"""The same request again, or at the same moment on two bots: one effect, and the same answer."""

import asyncio
import json
import re

import sqlalchemy as sa

from bot.playground.delivery import encoded
from storage import contributions
from tests.scenario.stage import ARUN, INES, JONAS, LINE, T_INES, TOBIAS, Node, Stage, words
from tests.teams import activities as teams


def same(answer: Node) -> str:
    """An answer without the ids of its blocks, which are made by chance."""
    return re.sub(r'"block_id": "[^"]*"', "", json.dumps(answer, sort_keys=True))


async def test_a_command_sent_again_is_one_entry_with_the_same_answer(stage: Stage) -> None:
    first = await stage.slash(INES, LINE)
    said = words(first.answer)
    answers = [(await stage.workspace.resend(first)).answer for _ in range(2)]
    assert same(answers[0]) == same(answers[1])
    assert words(answers[0]) == said
    assert await stage.rows() == 1


async def test_a_press_sent_again_undoes_once_with_the_same_answer(stage: Stage) -> None:
    said = await stage.says(INES, LINE)
    pressed = await stage.press(INES, said, "Undo")
    shown = stage.last(INES)
    assert (await stage.workspace.resend(pressed)).status == 200
    await stage.shown()
    assert words(stage.last(INES)) == words(shown)
    answers = [call.args for call in stage.workspace.calls_of("response_url")]
    assert len(answers) == 2 and answers[0] == answers[1]
    (entry,) = await _all_versions(stage)
    assert entry == 1


async def _all_versions(stage: Stage) -> list[int]:
    """How many earlier versions each entry has."""
    table = contributions.contribution_version
    counted = sa.select(sa.func.count(table.c.version)).group_by(table.c.contribution_id)
    return await stage.store.read(lambda work: list(work.connection.execute(counted).scalars()))


async def test_a_form_sent_again_is_one_entry_with_the_same_answer(stage: Stage) -> None:
    await stage.slash(INES, "")
    values = {"initiative": "Claims triage", "kind": "Testing", "what": "tried the rules", "effort": "x"}
    wrong = await stage.submit(INES, values)
    assert list(wrong.errors) == ["effort"]
    done = await stage.submit(INES, {"effort": "2h"})
    said = words(done.answer)
    answers = [(await stage.workspace.resend(done)).answer for _ in range(2)]
    assert same(answers[0]) == same(answers[1])
    assert words(answers[0]) == said
    assert await stage.rows() == 1


async def test_a_direct_message_delivered_again_is_one_entry_and_one_answer(stage: Stage) -> None:
    said = await stage.workspace.dm(INES, f"contribute {LINE}")
    await stage.workspace.resend(said)
    assert await stage.rows() == 1
    assert stage.count(INES, "Logged: 3 h of data") == 1


async def test_slack_retries_while_the_bot_is_slow_to_look_somebody_up(stage: Stage) -> None:
    stage.workspace.faults.add("to_bot:command", "resend")
    await stage.slash(INES, LINE)
    await stage.workspace.settle()
    assert await stage.rows() == 1


async def test_a_confirmation_sent_again_tells_the_logger_once(stage: Stage) -> None:
    await stage.slash(JONAS, "for @ines.carvalho 2h testing on claims triage: tried the new rules")
    asked = await stage.told(INES, "Jonas Brandt logged this for you")
    pressed = await stage.press(INES, asked, "Confirm")
    await stage.workspace.resend(pressed)
    await stage.told(JONAS, "Ines Carvalho confirmed the entry")
    await stage.workspace.settle()
    assert stage.count(JONAS, "Ines Carvalho confirmed") == 1
    assert stage.count(INES, "Jonas Brandt logged this for you") == 0
    assert await stage.counted(INES) == 1


async def test_thanks_sent_again_arrive_once(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    await stage.press(TOBIAS, await stage.says(TOBIAS, "review claims"), "Thank")
    sent = await stage.submit(TOBIAS, {"note": "Thank you"})
    await stage.workspace.resend(sent)
    await stage.told(INES, "Tobias Ekwall thanks you")
    await stage.workspace.settle()
    assert stage.count(INES, "Tobias Ekwall thanks you") == 1


async def test_the_same_teams_activity_twice_is_one_entry_and_one_answer(stage: Stage) -> None:
    activity = teams.message(f"contribute {LINE}", **stage.place(T_INES))
    await stage.activity(activity)
    await stage.activity(activity)
    assert await stage.rows() == 1
    assert len(stage.connector.cards) == 1
    undo = teams.press(teams.action(stage.connector.cards[0], "Undo"), **stage.place(T_INES))
    first, again = await stage.activity(undo), await stage.activity(undo)
    assert first == again
    assert "Undone" in teams.words(first["value"])
    assert await _all_versions(stage) == [1]


async def test_the_same_command_at_the_same_moment_on_two_bots_is_one_entry(stage: Stage) -> None:
    urls = [stage.url, await stage.another()]
    # Once before anybody knows them, and then as somebody who is known.
    for who, number in ((INES, 1), (INES, 2), (JONAS, 3), (ARUN, 4)):
        body, headers = stage.command(who, LINE)
        answers = await asyncio.gather(*(stage.post(body, headers, url=url) for url in urls * 4))
        assert {status for status, _ in answers} == {200}
        assert len({same(json.loads(answer)) for _, answer in answers}) == 1
        assert "Logged" in words(json.loads(answers[0][1]))
        assert await stage.rows() == number


async def test_the_same_form_and_press_at_the_same_moment_on_two_bots_count_once(stage: Stage) -> None:
    urls = [stage.url, await stage.another()]
    await stage.slash(INES, "")
    values = {"initiative": "Claims triage", "kind": "Testing", "what": "tried the rules", "effort": "x"}
    wrong = await stage.submit(INES, values)
    payload = json.loads(json.dumps(wrong.payload).replace('"value": "x"', '"value": "2h"'))
    sent = stage.signed(*encoded("interaction", payload))
    answers = await asyncio.gather(*(stage.post(*sent, url=url) for url in urls * 4))
    assert {status for status, _ in answers} == {200}
    assert len({same(json.loads(answer)) for _, answer in answers}) == 1
    assert [entry.effort_minutes for entry in await stage.entries(INES)] == [120]
    listed = await stage.says(INES, "list")
    pressed = await stage.press(INES, listed, "Delete")
    gone = pressed.payload | {"trigger_id": "1700000000.1.again"}
    sent = stage.signed(*encoded("interaction", gone))
    deleted = await asyncio.gather(*(stage.post(*sent, url=url) for url in urls * 4))
    assert {status for status, _ in deleted} == {200}
    assert await _all_versions(stage) == [1]


async def test_the_same_teams_activity_at_the_same_moment_on_two_bots_is_one_entry(stage: Stage) -> None:
    urls = [stage.url, await stage.another()]
    for number in (1, 2):
        activity = teams.message(f"contribute {LINE}", **stage.place(T_INES))
        await asyncio.gather(*(stage.activity(activity, url=url) for url in urls * 4))
        assert await stage.rows() == number
    said = {json.dumps(card) for card in stage.connector.cards}
    assert len(said) == 2


async def test_different_commands_of_many_people_at_once_on_two_bots_are_all_kept(stage: Stage) -> None:
    urls = [stage.url, await stage.another()]
    sent = [
        stage.command(who, f"1h data on claims: part {n}") for n in range(6) for who in (INES, JONAS, ARUN)
    ]
    answers = await asyncio.gather(
        *(stage.post(body, headers, url=urls[n % 2]) for n, (body, headers) in enumerate(sent))
    )
    assert {status for status, _ in answers} == {200}
    assert [words(json.loads(answer)) for _, answer in answers if "Logged" not in answer] == []
    assert [await stage.counted(who) for who in (INES, JONAS, ARUN)] == [6, 6, 6]
