"""What passes between people in Slack: on behalf of a colleague, reviews, and who is not served."""

from storage import people
from tests.scenario.stage import (
    ARUN,
    GONE,
    INES,
    JONAS,
    LINE,
    SOFIA,
    STRANGER,
    TOBIAS,
    Stage,
    actions_of,
    comes_true,
    words,
)

FOR_INES = "for @ines.carvalho 2h testing on claims triage: tried the new rules"


async def test_an_entry_for_a_colleague_counts_once_they_confirm_and_the_logger_is_told(stage: Stage) -> None:
    said = await stage.says(JONAS, FOR_INES)
    assert "I have asked Ines Carvalho to confirm" in words(said)
    asked = await stage.told(INES, "Jonas Brandt logged this for you")
    assert not asked["is_ephemeral"]
    assert asked["metadata"]["event_type"] == "tandem_message"
    assert await stage.counted(INES) == 0
    await stage.press(INES, asked, "Confirm")
    confirmed = stage.last(INES)
    assert "Confirmed: 2 h of testing" in words(confirmed)
    assert confirmed["ts"] == asked["ts"]
    assert actions_of(confirmed, "Confirm") == []
    assert await stage.counted(INES) == 1
    await stage.told(JONAS, "Ines Carvalho confirmed the entry that you logged for them")
    assert await stage.entries(JONAS) == []


async def test_a_colleague_corrects_what_was_logged_for_them(stage: Stage) -> None:
    await stage.slash(JONAS, FOR_INES)
    asked = await stage.told(INES, "Jonas Brandt logged this for you")
    await stage.press(INES, asked, "Correct")
    assert (await stage.submit(INES, {"effort": "90m"})).errors == {}
    (entry,) = await stage.entries(INES)
    assert (entry.status.value, entry.effort_minutes, entry.version) == ("counted", 90, 2)
    await stage.told(JONAS, "Ines Carvalho corrected and confirmed the entry")
    here = await stage.told(INES, "Corrected and confirmed: 1 h 30 min")
    assert (here["ts"], actions_of(here, "Confirm")) == (asked["ts"], [])
    assert await stage.counted(INES) == 1


async def test_a_colleague_declines_what_was_logged_for_them(stage: Stage) -> None:
    await stage.slash(JONAS, FOR_INES)
    asked = await stage.told(INES, "Jonas Brandt logged this for you")
    await stage.press(INES, asked, "Decline")
    await stage.told(JONAS, "Ines Carvalho declined the entry")
    assert await stage.entries(INES) == []


async def test_a_product_owner_thanks_with_a_note_that_the_contributor_gets(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    week = await stage.says(TOBIAS, "review claims")
    assert "Ines Carvalho" in words(week) and "labelled 400 exceptions" in words(week)
    await stage.press(TOBIAS, week, "Thank")
    sent = await stage.submit(TOBIAS, {"note": "This made the storm queue <usable> & quick"})
    assert "I have passed your thanks on to Ines Carvalho." in words(sent.answer)
    thanks = await stage.told(INES, "Tobias Ekwall thanks you for your 3 h of data")
    assert "This made the storm queue <usable> & quick" in words(thanks)
    profile = await stage.says(INES, "profile")
    assert "This made the storm queue <usable> & quick" in words(profile)


async def test_a_question_leads_to_an_edit_of_which_the_asker_hears(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    week = await stage.says(TOBIAS, "review claims")
    await stage.press(TOBIAS, week, "Question")
    assert (await stage.submit(TOBIAS, {"note": "Which lines?"})).errors == {}
    asked = await stage.told(INES, "Tobias Ekwall has a question about your 3 h of data")
    assert "Which lines?" in words(asked)
    await stage.press(INES, asked, "Edit the entry")
    assert (await stage.submit(INES, {"what": "labelled 400 exceptions of storm claims"})).errors == {}
    answered = await stage.told(TOBIAS, "Ines Carvalho changed the entry on Claims triage that you asked")
    await stage.press(TOBIAS, answered, "See the week")
    assert "storm claims" in words(stage.last(TOBIAS))
    (entry,) = await stage.entries(INES)
    assert len(await stage.versions(entry)) == 1


async def test_only_the_product_owner_reviews(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    refused = await stage.says(JONAS, "review claims")
    assert "Only the product owner" in words(refused)
    assert "labelled 400" not in words(refused)


async def test_a_stranger_gets_a_kind_sentence_and_administrators_are_told_once(stage: Stage) -> None:
    await stage.slash(ARUN, "list")
    await stage.slash(SOFIA, "list")
    said = await stage.says(STRANGER, LINE)
    assert "I do not know you yet, so nothing was logged." in words(said)
    assert "Arun Desai or Sofia Marchetti" in words(said)
    for admin in (ARUN, SOFIA):
        told = await stage.told(admin, "Robin Quill (robin.quill@contractor.example) tried to use Tandem")
        assert not told["is_ephemeral"]
    await stage.slash(STRANGER, LINE)
    await stage.workspace.open_home(STRANGER)
    await stage.workspace.dm(STRANGER, "hello")
    await stage.workspace.settle()
    assert [stage.count(admin, "Robin Quill") for admin in (ARUN, SOFIA)] == [1, 1]
    assert await stage.rows() == 0


async def test_somebody_deactivated_and_a_guest_are_not_served(stage: Stage) -> None:
    gone = await stage.slash(GONE, LINE, channel="claims")
    assert "I only work with members of this organisation." in words(gone.answer)
    stage.workspace.state.users[stage.workspace.user_id(STRANGER)].is_restricted = True
    guest = await stage.says(STRANGER, LINE)
    assert "I only work with members of this organisation." in words(guest)
    assert await stage.rows() == 0
    assert await stage.outbox() == []


async def test_a_colleague_who_is_not_in_the_directory_cannot_be_logged_for(stage: Stage) -> None:
    said = await stage.says(INES, "for @robin.quill 2h testing on claims: tried it")
    assert "I do not know that colleague yet." in words(said)
    assert await stage.rows() == 0


async def test_a_changed_time_zone_is_taken_over_from_the_profile(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    outcome = await stage.workspace.user_change(INES, time_zone="Pacific/Auckland")
    assert outcome.ok

    async def moved() -> bool:
        found = await stage.store.read(lambda work: people.by_email(work, INES))
        return found is not None and found.time_zone == "Pacific/Auckland"

    await comes_true(moved)
