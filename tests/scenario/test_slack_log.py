"""One's own log in Slack: one line, the form, edit, undo, the list."""

from datetime import UTC, datetime, timedelta

from tests.scenario.stage import ARUN, INES, JONAS, LINE, Stage, actions_of, words


async def test_one_line_is_in_the_log_and_confirmed_in_the_commands_own_response(stage: Stage) -> None:
    outcome = await stage.slash(INES, LINE)
    assert outcome.answer["response_type"] == "ephemeral"
    said = words(outcome.answer)
    assert "3 h of data" in said
    assert "Claims triage" in said
    assert "labelled 400 exceptions" in said
    assert "Your log this month: 3 h over 1 initiative." in said
    assert stage.last(INES)["is_ephemeral"]
    (entry,) = await stage.entries(INES)
    assert (entry.effort_minutes, entry.kind.key, entry.what) == (180, "data", "labelled 400 exceptions")
    assert (entry.version, entry.status.value) == (1, "counted")
    assert stage.workspace.calls_of("response_url") == []


async def test_an_entry_is_edited_in_a_form_and_the_earlier_version_is_kept(stage: Stage) -> None:
    said = await stage.says(INES, LINE)
    await stage.press(INES, said, "Edit")
    assert "labelled 400 exceptions" in stage.view_words(INES)
    outcome = await stage.submit(INES, {"what": "labelled 420 exceptions", "effort": "4h"})
    assert (outcome.errors, stage.workspace.open_views(INES)) == ({}, [])
    assert stage.last(INES)["text"].startswith("Changed: 4 h of data")
    assert "labelled 400 exceptions" not in words(stage.last(INES))
    (entry,) = await stage.entries(INES)
    assert (entry.what, entry.effort_minutes, entry.version) == ("labelled 420 exceptions", 240, 2)
    (before,) = await stage.versions(entry)
    assert (before["what"], before["effort_minutes"]) == ("labelled 400 exceptions", 180)


async def test_undo_takes_an_entry_back_and_its_confirmation_says_so(stage: Stage) -> None:
    said = await stage.says(INES, LINE)
    await stage.press(INES, said, "Undo")
    assert "Undone" in words(stage.last(INES))
    assert actions_of(stage.last(INES), "Undo") == []
    assert await stage.entries(INES) == []
    assert await stage.rows() == 1


async def test_a_form_with_mistakes_stays_open_with_what_is_wrong_and_is_then_taken(stage: Stage) -> None:
    await stage.slash(INES, "")
    assert words(stage.workspace.top_view(INES)["title"]) == "Log a contribution"
    values = {"initiative": "Claims triage", "kind": "Testing", "what": "tried the rules", "effort": "a lot"}
    outcome = await stage.submit(INES, values)
    assert list(outcome.errors) == ["effort"]
    assert "3h, 1.5h, 90m" in outcome.errors["effort"]
    assert await stage.rows() == 0
    tomorrow = await stage.submit(INES, {"effort": "2h", "day": _day(3)})
    assert "still to come" in tomorrow.errors["day"]
    done = await stage.submit(INES, {"day": _day(-1)})
    assert done.errors == {}
    assert "Logged" in words(done.answer)
    (entry,) = await stage.entries(INES)
    assert (entry.effort_minutes, entry.kind.key, entry.what) == (120, "testing", "tried the rules")


def _day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()


async def test_what_is_not_understood_opens_the_form_with_what_was(stage: Stage) -> None:
    await stage.slash(INES, "2h testing on the moon: tried the new rules")
    shown = stage.view_words(INES)
    assert "I know no initiative like" in shown
    assert "tried the new rules" in shown
    outcome = await stage.submit(INES, {"initiative": "Claims triage"})
    assert outcome.errors == {}
    (entry,) = await stage.entries(INES)
    assert (entry.effort_minutes, entry.what) == (120, "tried the new rules")


async def test_an_ambiguous_initiative_is_picked_and_nothing_typed_is_lost(stage: Stage) -> None:
    asked = await stage.says(INES, "90m testing on claim: tried 30 letters, “quotes” & <b>")
    assert "Which initiative do you mean?" in words(asked)
    assert await stage.rows() == 0
    await stage.press(INES, asked, "Claims fraud hints")
    assert "Claims fraud hints" in words(stage.last(INES))
    (entry,) = await stage.entries(INES)
    assert entry.what == "tried 30 letters, “quotes” & <b>"
    assert (entry.effort_minutes, entry.kind.key) == (90, "testing")


async def test_the_list_is_paged_and_an_entry_is_deleted_from_it(stage: Stage) -> None:
    for number in range(1, 8):
        await stage.slash(INES, f"1h data on claims: part {number}")
    first = await stage.says(INES, "list")
    assert ["part 7" in words(first), "part 2" in words(first)] == [True, False]
    await stage.press(INES, first, "Older")
    second = stage.last(INES)
    assert ["part 2" in words(second), "part 7" in words(second)] == [True, False]
    delete = actions_of(second, "Delete")[0]
    assert delete["confirm"]["confirm"]["text"] == "Delete"
    await stage.press(INES, second, "Delete", delete["value"])
    assert "Deleted: 1 h of data." in words(stage.last(INES))
    assert await stage.counted(INES) == 6
    await stage.press(INES, stage.last(INES), "Newer")
    assert "part 7" in words(stage.last(INES))


async def test_nobody_elses_entry_can_be_undone(stage: Stage) -> None:
    said = await stage.says(INES, LINE, channel="claims")
    stage.workspace.message(said).only_for = stage.workspace.user_id(JONAS)
    await stage.press(JONAS, said, "Undo")
    assert "Only the person whose entry this is" in words(stage.last(JONAS, "claims"))
    assert await stage.counted(INES) == 1


async def test_the_message_shortcut_opens_the_form_with_a_link_and_not_the_text(stage: Stage) -> None:
    message = next(one for one in stage.workspace.messages(INES, "claims") if "400 claims" in one["text"])
    outcome = await stage.workspace.message_shortcut(JONAS, message, "log_contribution")
    assert outcome.ok
    shown = stage.view_words(JONAS)
    assert f"/archives/C0CLAIMS/p{message['ts'].replace('.', '')}" in shown
    assert "400 claims" not in str(stage.workspace.top_view(JONAS))
    values = {"initiative": "Claims triage", "kind": "Data", "what": "labelled storm claims"}
    assert (await stage.submit(JONAS, values)).errors == {}
    (entry,) = await stage.entries(JONAS)
    assert entry.link is not None and entry.link.startswith("https://")
    assert "400 claims" not in entry.what


async def test_the_global_shortcut_opens_an_empty_form(stage: Stage) -> None:
    assert (await stage.workspace.shortcut(INES, "new_contribution")).ok
    assert words(stage.workspace.top_view(INES)["title"]) == "Log a contribution"


async def test_home_shows_the_month_and_its_button_opens_the_form(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    assert (await stage.workspace.open_home(INES)).ok
    home = stage.workspace.home(INES)
    assert home is not None
    assert "3 h" in words(home) and "labelled 400 exceptions" in words(home)
    assert len(stage.workspace.calls_of("views.publish")) == 1
    await stage.press(INES, "home", "Log a contribution")
    values = {"initiative": "Claims triage", "kind": "Expertise", "what": "explained the rules"}
    assert (await stage.submit(INES, values)).errors == {}
    await stage.press(INES, "home", "All my entries")
    assert "explained the rules" in stage.view_words(INES)
    await stage.workspace.close(INES, stage.workspace.top_view(INES), clear=True)
    await stage.workspace.open_home(INES)
    home = stage.workspace.home(INES)
    assert home is not None and "explained the rules" in words(home)


async def test_help_and_unknown_words_are_answered_in_the_direct_message(stage: Stage) -> None:
    assert (await stage.workspace.dm(ARUN, "help")).ok
    assert "What Tandem can do" in words(stage.last(ARUN))
    assert (await stage.workspace.dm(ARUN, "sing me a song")).ok
    assert "I do not know what to do with “sing me a song”." in words(stage.last(ARUN))
    assert (await stage.workspace.dm(ARUN, f"contribute {LINE}")).ok
    assert "Logged" in words(stage.last(ARUN))
    assert await stage.counted(ARUN) == 1
    helped = await stage.says(ARUN, "help")
    assert "/contribute list" in words(helped)


async def test_a_mention_in_a_channel_is_answered_to_that_person_alone(stage: Stage) -> None:
    outcome = await stage.workspace.say(INES, "claims", f"@Tandem contribute {LINE}")
    assert outcome.ok
    assert words(stage.last(INES, "claims")).splitlines()[0] == "I have written to you."
    assert stage.last(INES, "claims")["is_ephemeral"]
    assert "I have written" not in words(stage.workspace.messages(JONAS, "claims"))
    await stage.told(INES, "Logged: 3 h of data")
    assert await stage.counted(INES) == 1


async def test_a_form_asked_for_in_a_channel_waits_in_the_direct_message(stage: Stage) -> None:
    await stage.workspace.say(
        INES, "claims", "@Tandem contribute 2h testing on the moon: tried the new rules"
    )
    waiting = await stage.told(INES, "I know no initiative like")
    await stage.press(INES, waiting, "Open the form")
    assert "tried the new rules" in stage.view_words(INES)
    assert (await stage.submit(INES, {"initiative": "Claims triage"})).errors == {}
    assert await stage.counted(INES) == 1
    assert "tried the new rules" not in str(stage.last(JONAS, "claims").get("blocks"))


async def test_a_line_too_long_for_an_entry_stands_in_the_form_to_be_shortened(stage: Stage) -> None:
    text = "labelled exceptions " * 130
    await stage.slash(INES, f"3h data on claims triage: {text}and the last one")
    shown = stage.view_words(INES)
    assert "That is 2,616 characters, and an entry holds 2,000." in shown
    assert "and the last one" in shown
    refused = await stage.submit(INES)
    assert refused.errors == {"what": "That is 2,616 characters; please keep it to 2,000."}
    assert "and the last one" in stage.view_words(INES)
    outcome = await stage.submit(INES, {"what": "labelled exceptions, and the last one"})
    assert outcome.errors == {}
    (entry,) = await stage.entries(INES)
    assert (entry.effort_minutes, entry.what) == (180, "labelled exceptions, and the last one")


async def test_a_line_too_long_for_the_form_is_given_back(stage: Stage) -> None:
    text = "labelled exceptions " * 200
    said = words(await stage.says(INES, f"3h data on claims triage: {text}and the last one"))
    assert "That is 4,042 characters, and an entry holds 2,000. Nothing was logged." in said
    assert "and the last one" in said
    assert said.count("exceptions") == 200
    assert await stage.rows() == 0
