"""The same by words and cards in Teams, and one log for a person on both platforms."""

import csv
import io

from tests.scenario.stage import (
    ARUN,
    INES,
    LINE,
    T_GUEST,
    T_INES,
    T_JONAS,
    T_STRANGER,
    T_TOBIAS,
    TOBIAS,
    Member,
    Node,
    Stage,
    until,
    words,
)
from tests.teams import activities as teams


def field(card: Node, name: str) -> Node:
    """An input of a form."""
    found = [one for one in _nodes(card) if one.get("id") == name]
    assert found, name
    return found[0]


def _nodes(node: object) -> list[Node]:
    if isinstance(node, list):
        return [one for item in node for one in _nodes(item)]
    if not isinstance(node, dict):
        return []
    return [node, *(one for value in node.values() for one in _nodes(value))]


def choice(card: Node, name: str, title: str) -> str:
    return next(str(one["value"]) for one in field(card, name)["choices"] if one["title"] == title)


def filled(card: Node, **given: str) -> Node:
    """What a form has in its inputs, with some of them filled in anew."""
    asked = [one for one in _nodes(card) if str(one.get("type", "")).startswith("Input.")]
    return {one["id"]: one.get("value", "") for one in asked} | given


async def test_one_line_is_in_the_log_and_confirmed_with_a_card(stage: Stage) -> None:
    card = await stage.writes(T_INES, f"contribute {LINE}")
    assert "3 h of data" in teams.words(card) and "labelled 400 exceptions" in teams.words(card)
    assert teams.action(card, "Undo")["type"] == teams.action(card, "Edit")["type"] == "Action.Execute"
    (entry,) = await stage.entries(INES)
    assert (entry.effort_minutes, entry.kind.key, entry.what) == (180, "data", "labelled 400 exceptions")


async def test_undo_replaces_the_card(stage: Stage) -> None:
    card = await stage.writes(T_INES, f"contribute {LINE}")
    body = await stage.presses(T_INES, teams.action(card, "Undo"))
    assert "Undone" in teams.words(body["value"])
    assert await stage.entries(INES) == []


async def test_an_entry_is_edited_in_a_form_card_with_mistakes_shown_at_their_fields(stage: Stage) -> None:
    card = await stage.writes(T_INES, f"contribute {LINE}")
    form = (await stage.presses(T_INES, teams.action(card, "Edit")))["value"]
    assert field(form, "what")["value"] == "labelled 400 exceptions"
    wrong = await stage.presses(T_INES, teams.action(form, "Save"), filled(form, effort="a lot"))
    again = wrong["value"]
    assert "That is not an effort I can read." in teams.words(again)
    assert field(again, "effort")["value"] == "a lot"
    assert field(again, "what")["value"] == "labelled 400 exceptions"
    done = await stage.presses(T_INES, teams.action(again, "Save"), filled(again, effort="4h"))
    assert "Changed: 4 h of data on Claims triage" in done["value"]["fallbackText"]
    (entry,) = await stage.entries(INES)
    assert (entry.effort_minutes, entry.version) == (240, 2)


async def test_contribute_alone_answers_with_a_form(stage: Stage) -> None:
    form = await stage.writes(T_INES, "contribute")
    values = filled(
        form, initiative=choice(form, "initiative", "Claims triage"), kind="testing", what="tried the rules"
    )
    done = await stage.presses(T_INES, teams.action(form, "Save"), values)
    assert "Logged" in teams.words(done["value"])
    assert await stage.counted(INES) == 1


async def test_a_line_too_long_for_an_entry_stands_in_the_form_to_be_shortened(stage: Stage) -> None:
    text = f"{'labelled exceptions ' * 130}and the last one"
    form = await stage.writes(T_INES, f"contribute 3h data on claims triage: {text}")
    assert "That is 2,616 characters, and an entry holds 2,000." in teams.words(form)
    assert field(form, "what")["value"] == text
    again = (await stage.presses(T_INES, teams.action(form, "Save"), filled(form)))["value"]
    assert "That is 2,616 characters; please keep it to 2,000." in teams.words(again)
    assert (field(again, "what")["value"], field(again, "what")["maxLength"]) == (text, 3000)
    done = await stage.presses(T_INES, teams.action(again, "Save"), filled(again, what="labelled them"))
    assert "Logged" in teams.words(done["value"])
    assert await stage.counted(INES) == 1


async def test_a_line_too_long_for_the_form_is_given_back(stage: Stage) -> None:
    text = f"{'labelled exceptions ' * 200}and the last one"
    said = teams.words(await stage.writes(T_INES, f"contribute 3h data on claims triage: {text}"))
    assert "That is 4,042 characters, and an entry holds 2,000. Nothing was logged." in said
    assert said.count("exceptions") == 200 and "and the last one" in said


async def test_an_ambiguous_initiative_is_picked(stage: Stage) -> None:
    card = await stage.writes(T_INES, "contribute 90m testing on claim: tried 30 letters")
    body = await stage.presses(T_INES, teams.action(card, "Claims fraud hints"))
    assert "Claims fraud hints" in teams.words(body["value"])
    (entry,) = await stage.entries(INES)
    assert entry.what == "tried 30 letters"


def _for(stage: Stage, logger: Member, whom: Member) -> Node:
    text = f"contribute for <at>{whom.name}</at> 2h testing on claims triage: tried the new rules"
    return teams.mention(teams.message(text, **stage.place(logger)), teams.account(whom.object_id), whom.name)


async def test_an_entry_for_a_colleague_by_mention_counts_once_they_confirm(stage: Stage) -> None:
    await stage.activity(_for(stage, T_JONAS, T_INES))
    await stage.card_for(T_JONAS, "I have asked")
    asked = await stage.card_for(T_INES, "Jonas Brandt")
    assert await stage.counted(INES) == 0
    body = await stage.presses(
        T_INES, teams.action(asked, "Confirm"), conversation=f"a:dm-{T_INES.object_id}"
    )
    assert "Confirmed: 2 h of testing" in body["value"]["fallbackText"]
    assert await stage.counted(INES) == 1
    await stage.card_for(T_JONAS, "confirmed the entry that you logged for them")


async def test_in_a_team_channel_the_answer_goes_to_the_persons_own_chat(stage: Stage) -> None:
    await stage.writes(T_INES, "help")
    text = f"<at>Tandem</at> contribute {LINE}"
    activity = teams.message(text, **stage.place(T_INES, conversation=teams.CHANNEL))
    await stage.activity(teams.mention(activity, teams.BOT, "Tandem"))
    in_channel = [one.activity for one in stage.connector.received if one.conversation == teams.CHANNEL]
    assert len(in_channel) == 1
    assert "I have written to you." in teams.words(in_channel[0]["attachments"][0]["content"])
    assert "labelled" not in str(in_channel)
    await stage.card_for(T_INES, "labelled 400 exceptions")
    assert await stage.counted(INES) == 1


async def test_a_form_asked_for_in_a_team_channel_waits_in_the_persons_own_chat(stage: Stage) -> None:
    await stage.writes(T_INES, "help")
    text = "<at>Tandem</at> contribute 2h testing on the moon: tried the new rules"
    activity = teams.message(text, **stage.place(T_INES, conversation=teams.CHANNEL))
    await stage.activity(teams.mention(activity, teams.BOT, "Tandem"))
    form = await stage.card_for(T_INES, "I know no initiative like")
    values = filled(form, initiative=choice(form, "initiative", "Claims triage"))
    assert values["what"] == "tried the new rules"
    done = await stage.presses(T_INES, teams.action(form, "Save"), values)
    assert "Logged" in done["value"]["fallbackText"]
    assert await stage.counted(INES) == 1


async def test_home_help_list_and_report_are_cards(stage: Stage) -> None:
    await stage.writes(T_INES, f"contribute {LINE}")
    assert "labelled 400 exceptions" in teams.words(await stage.writes(T_INES, "home"))
    assert "What Tandem can do" in teams.words(await stage.writes(T_INES, "help"))
    assert "I do not know what to do with" in teams.words(await stage.writes(T_INES, "sing me a song"))
    assert "labelled 400 exceptions" in teams.words(await stage.writes(T_INES, "contribute list"))
    assert "Claims triage" in teams.words(await stage.writes(T_INES, "initiative list"))
    report = await stage.writes(T_TOBIAS, "contribute report claims")
    assert "Ines Carvalho" in teams.words(report)
    kinds = {str(one.get("type")) for one in _nodes(report)}
    assert "Table" in kinds
    assert any(kind.startswith("Chart.") for kind in kinds)


async def test_the_bot_added_to_a_chat_shows_the_page(stage: Stage) -> None:
    await stage.activity(teams.added(teams.BOT, **stage.place(T_INES)))
    await stage.card_for(T_INES, "Your contributions")


async def test_the_message_action_opens_the_form_with_a_link_and_not_the_text(stage: Stage) -> None:
    link = "https://teams.microsoft.com/l/message/19:x@thread.tacv2/1699999990000"
    body = await stage.activity(teams.message_action(link=link, **stage.place(T_INES)))
    form = body["task"]["value"]["card"]["content"]
    assert field(form, "link")["value"] == link
    assert "nobody's business" not in str(body)
    values = filled(
        form, initiative=choice(form, "initiative", "Claims triage"), kind="data", what="sent the list"
    )
    save = teams.action(form, "Save")
    done = await stage.activity(teams.dialog_submit(save, values, of_message=True, **stage.place(T_INES)))
    assert "task" in done
    (entry,) = await stage.entries(INES)
    assert (entry.what, entry.link) == ("sent the list", link)


async def test_a_csv_is_offered_accepted_and_put_where_teams_says(stage: Stage) -> None:
    await stage.writes(T_INES, f"contribute {LINE}")
    report = await stage.writes(T_TOBIAS, "contribute report claims")
    await stage.presses(T_TOBIAS, teams.action(report, "CSV"))

    def offered() -> Node | None:
        return next(
            (
                attachment
                for activity in stage.connector.activities
                for attachment in activity.get("attachments", [])
                if attachment["contentType"].endswith("file.consent")
            ),
            None,
        )

    consent = await until(offered)
    assert stage.connector.uploads == []
    answer = teams.file_answer(consent, f"{stage.connector.url}upload", **stage.place(T_TOBIAS))
    assert await stage.activity(answer) == {}
    await until(lambda: stage.connector.uploads)
    content = b"".join(part for _span, part in stage.connector.uploads)
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert "labelled 400 exceptions" in rows[0].values()
    assert len(content) == consent["content"]["sizeInBytes"]
    await until(lambda: "file.info" in str(stage.connector.activities[-1]))


async def test_a_stranger_and_a_guest_are_told_so_and_nothing_is_logged(stage: Stage) -> None:
    await stage.slash(ARUN, "list")
    assert "I do not know you yet" in teams.words(await stage.writes(T_STRANGER, f"contribute {LINE}"))
    await stage.told(ARUN, "Robin Quill")
    guest = await stage.writes(T_GUEST, f"contribute {LINE}")
    assert "I only work with members of this organisation." in teams.words(guest)
    assert await stage.rows() == 0


async def test_one_person_on_both_platforms_has_one_log(stage: Stage) -> None:
    await stage.slash(INES, LINE)
    card = await stage.writes(T_INES, "contribute 2h testing on claims triage: tried the new rules")
    assert "Your log this month: 5 h over 1 initiative." in teams.words(card)
    listed = words(await stage.says(INES, "list"))
    assert "tried the new rules" in listed and "labelled 400 exceptions" in listed
    in_teams = await stage.writes(T_INES, "contribute list")
    assert "labelled 400 exceptions" in teams.words(in_teams)
    await stage.press(INES, await stage.says(INES, "list"), "Delete")
    assert "tried the new rules" not in teams.words(await stage.writes(T_INES, "contribute list"))


async def test_what_was_logged_in_teams_is_reviewed_and_thanked_for_in_slack(stage: Stage) -> None:
    await stage.writes(T_INES, f"contribute {LINE}")
    week = await stage.says(TOBIAS, "review claims")
    await stage.press(TOBIAS, week, "Thank")
    await stage.submit(TOBIAS, {"note": "Just what we needed"})
    await stage.card_for(T_INES, "Just what we needed")
