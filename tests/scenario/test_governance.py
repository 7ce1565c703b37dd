"""Charter, KPIs, plan and limits on the running bot, in Slack and in Teams."""

from tests.scenario.stage import (
    ARUN,
    INES,
    MAREN,
    T_INES,
    T_JONAS,
    T_TOBIAS,
    TOBIAS,
    Member,
    Node,
    Stage,
    words,
)
from tests.scenario.test_teams import filled
from tests.teams import activities as teams

COMMAND = "/initiative"


async def test_a_charter_is_agreed_on_in_slack_and_the_sponsors_read_what_changed(stage: Stage) -> None:
    proposed = await stage.says(TOBIAS, "charter claims", COMMAND)
    assert "data_table" in [block["type"] for block in proposed["blocks"]]
    await stage.press(TOBIAS, proposed, "Agree on the charter")
    values = {"department": "Process design\nPilot dates", "person": stage.workspace.user_id(MAREN)}
    twice = await stage.submit(TOBIAS, values | {"technology": "Pilot dates"})
    assert "stands on both sides" in twice.errors["technology"]
    done = await stage.submit(TOBIAS, values | {"technology": "Model choice"})
    assert "It is saved, and both sponsors know." in words(done.answer)
    told = words(await stage.told(MAREN, "wrote down the charter of Claims triage"))
    assert "The department now decides: Pilot dates." in told
    assert "within 48 hours" in words(await stage.says(INES, "charter claims", COMMAND))


async def test_a_number_gets_a_name_and_a_line_in_slack(stage: Stage) -> None:
    await stage.press(TOBIAS, await stage.says(TOBIAS, "kpi claims", COMMAND), "New KPI")
    values = {
        "name": "Handling time",
        "key": "handling-time",
        "unit": "minutes",
        "direction": "down",
        "baseline": "20,5",
        "target": "12",
        "owner": stage.workspace.user_id(ARUN),
    }
    wrong = await stage.submit(TOBIAS, values)
    assert wrong.errors["owner"].startswith("The name test: whose number is this?")
    await stage.submit(TOBIAS, values | {"owner": stage.workspace.user_id(MAREN)})
    await stage.told(MAREN, "put your name on a number of Claims triage")
    await stage.says(MAREN, "kpi claims handling-time 16 yesterday", COMMAND)
    card = await stage.says(MAREN, "kpi claims handling-time 14.2", COMMAND)
    assert "data_visualization" in [block["type"] for block in card["blocks"]]
    assert "14.2 minutes, 31 % less than the baseline of 20.5; target 12" in words(card)
    await stage.press(MAREN, card, "Note a reading")
    done = await stage.submit(MAREN, {"value": "13.5"})
    assert "It takes the place of 14.2 minutes" in words(done.answer)


async def test_a_plan_and_limits_are_kept_in_slack(stage: Stage) -> None:
    await stage.press(TOBIAS, await stage.says(TOBIAS, "plan claims", COMMAND), "Start the plan")
    plan = stage.last(TOBIAS)
    await stage.press(TOBIAS, plan, "Edit")
    await stage.submit(TOBIAS, {"owner": stage.workspace.user_id(INES), "due": "2026-01-05"})
    named = await stage.told(INES, "named you for a step of the transition plan")
    await stage.press(INES, named, "See the plan")
    assert "overdue" in words(stage.last(INES))
    await stage.press(INES, stage.last(INES), "Done")
    assert "1 of 5 steps is done." in words(stage.last(INES))
    await stage.press(TOBIAS, await stage.says(TOBIAS, "limits claims", COMMAND), "State a limit")
    await stage.submit(
        TOBIAS,
        {"text": "It misreads <!channel> & _letters_.", "whose": "adjusters", "extent": "at the margin"},
    )
    stated = await stage.says(INES, "limits claims", COMMAND)
    assert "It misreads <!channel> & _letters_." in words(stated)
    await stage.press(TOBIAS, await stage.says(TOBIAS, "limits claims", COMMAND), "Withdraw")
    assert "withdrawn today" in words(stage.last(TOBIAS))


async def _asked(stage: Stage, who: Member, text: str, shown: str) -> Node:
    """Type a command in Teams; the card that answers, whatever else is sent meanwhile."""
    await stage.writes(who, f"initiative {text}")
    return await stage.card_for(who, shown)


async def test_all_four_are_kept_in_teams(stage: Stage) -> None:
    await stage.writes(T_INES, "hello")
    await stage.writes(T_JONAS, "hello")

    card = await _asked(stage, T_TOBIAS, "charter claims", "Charter of")
    form = (await stage.presses(T_TOBIAS, teams.action(card, "Agree on the charter")))["value"]
    done = await stage.presses(
        T_TOBIAS, teams.action(form, "Save"), filled(form, person=T_JONAS.object_id, hours="24")
    )
    assert "decided by Jonas Brandt, within 24 hours" in teams.words(done["value"])

    card = await _asked(stage, T_TOBIAS, "kpi claims", "judged by")
    form = (await stage.presses(T_TOBIAS, teams.action(card, "New KPI")))["value"]
    values = filled(
        form,
        name="Handling time",
        key="handling-time",
        unit="minutes",
        direction="down",
        baseline="20,5",
        target="",
        owner=T_INES.object_id,
    )
    await stage.presses(T_TOBIAS, teams.action(form, "Save"), values)
    card = await _asked(stage, T_INES, "kpi claims handling-time 14,2", "Noted for today")
    assert "14.2 minutes, 31 % less than the baseline of 20.5" in teams.words(card)

    card = await _asked(stage, T_TOBIAS, "plan claims", "Transition plan of")
    plan = (await stage.presses(T_TOBIAS, teams.action(card, "Start the plan")))["value"]
    form = (await stage.presses(T_TOBIAS, teams.action(plan, "Edit")))["value"]
    values = filled(form, owner=T_INES.object_id, due="2026-01-05")
    done = await stage.presses(T_TOBIAS, teams.action(form, "Save"), values)
    assert "overdue" in teams.words(done["value"])
    named = await stage.card_for(T_INES, "named you for a step of the transition plan")
    assert "See the plan" in teams.words(named)

    card = await _asked(stage, T_TOBIAS, "limits claims", "Limits of")
    form = (await stage.presses(T_TOBIAS, teams.action(card, "State a limit")))["value"]
    values = filled(form, text="It misreads *letters*.", whose="adjusters", extent="not")
    await stage.presses(T_TOBIAS, teams.action(form, "Save"), values)
    stated = await _asked(stage, T_INES, "limits claims", "Limits of")
    assert "Leaves the work of adjusters as it is." in teams.words(stated)
