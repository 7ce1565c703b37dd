"""Logging in the page: one line, the form, editing and taking back."""

import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen
from tests.e2e.stage import Stage

pytestmark = pytest.mark.e2e


def test_a_line_is_logged_edited_and_undone(screen: Screen, stage: Stage) -> None:
    what = "labelled 400 exceptions"
    screen.come_in("Ines Carvalho")
    logged = screen.ask(f"/contribute 3h data on claims triage: {what}", "Logged: 3 h of data")
    expect(logged.get_by_text("Only visible to you")).to_be_visible()
    expect(logged.get_by_text("Your log this month")).to_be_visible()
    expect(logged.get_by_role("button", name="Edit entry")).to_be_visible()
    expect(logged.get_by_role("button", name="Undo entry")).to_be_visible()
    entry = stage.entry(what)
    assert (entry["effort_minutes"], entry["kind"], entry["status"]) == (180, "data", "counted")
    screen.shot("log")

    logged.get_by_role("button", name="Edit entry").click()
    expect(screen.dialog.get_by_role("heading", name="Edit the entry")).to_be_visible()
    effort = screen.dialog.get_by_label("Effort")
    expect(effort).to_have_value("3 h")
    effort.fill("2.5h")
    screen.shot("edit")
    screen.dialog.get_by_role("button", name="Save").click()
    # The confirmation that it was opened from says so itself.
    changed = screen.saying("Changed: 2 h 30 min of data")
    expect(changed).to_be_visible()
    expect(screen.saying("Logged: 3 h of data")).to_have_count(0)
    expect(changed.get_by_role("button", name="Edit entry")).to_be_visible()
    entry = stage.entry(what)
    assert (entry["effort_minutes"], entry["version"]) == (150, 2)
    before = stage.rows("SELECT * FROM contribution_version WHERE contribution_id = ?", entry["id"])
    assert [(row["version"], row["effort_minutes"], row["status"]) for row in before] == [(1, 180, "counted")]

    # Pressed twice, it is undone once.
    changed.get_by_role("button", name="Undo entry").dblclick()
    expect(screen.saying("Undone: 2 h 30 min of data")).to_be_visible()
    entry = stage.entry(what)
    assert (entry["status"], entry["version"]) == ("withdrawn", 3)


def test_the_form_says_at_the_field_what_is_wrong(screen: Screen, stage: Stage) -> None:
    what = "checked forty letters"
    screen.come_in("Daniel Osei")
    screen.write("/contribute")
    form = screen.dialog
    expect(form.get_by_role("heading", name="Log a contribution")).to_be_visible()
    form.get_by_label("Initiative").select_option("Claims triage")
    form.get_by_label("Kind").select_option("Testing")
    form.get_by_label("What was done").fill(what)
    form.get_by_label("Effort").fill("abc")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("That is not an effort I can read.")).to_be_visible()
    effort = form.get_by_label("Effort")
    expect(effort).to_have_attribute("aria-invalid", "true")
    expect(effort).to_be_focused()
    expect(form.get_by_label("What was done")).to_have_value(what)
    assert stage.entries(what) == []
    effort.fill("90m")
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Logged: 1 h 30 min of testing")).to_be_visible()
    assert stage.entry(what)["effort_minutes"] == 90
    screen.shut()


def test_a_line_that_is_not_clear_opens_the_form_with_what_was_understood(screen: Screen) -> None:
    screen.come_in("Wen Zhao")
    screen.write("/contribute 2h on claims: sorted the odd ones")
    form = screen.dialog
    expect(form.get_by_text("What kind of contribution was it?")).to_be_visible()
    expect(form.get_by_label("Effort")).to_have_value("2 h")
    expect(form.get_by_label("What was done")).to_have_value("sorted the odd ones")
    screen.shut()


def test_a_colleague_confirms_what_was_logged_for_them(screen: Screen, stage: Stage) -> None:
    what = "tried twelve storm claims"
    screen.come_in("Tobias Ekwall")
    screen.box.press_sequentially("/contribute for @pri")
    expect(screen.page.get_by_role("option", name="Priya Raman")).to_be_visible()
    screen.box.press("Enter")
    screen.box.press_sequentially(f"2h testing on claims: {what}")
    screen.box.press("Enter")
    expect(screen.saying("I have asked Priya Raman to confirm")).to_be_visible()
    assert stage.entry(what)["status"] == "awaiting"

    screen.become("Priya Raman")
    screen.go("Tandem")
    asked = screen.saying("Tobias Ekwall logged this for you")
    expect(asked).to_be_visible()
    expect(asked.get_by_role("button", name="Decline entry")).to_be_visible()
    expect(asked.get_by_role("button", name="Correct entry")).to_be_visible()
    screen.shot("confirm")
    asked.get_by_role("button", name="Confirm entry").dblclick()
    expect(screen.saying("Confirmed: 2 h of testing")).to_be_visible()
    entry = stage.entry(what)
    assert (entry["status"], entry["version"]) == ("counted", 2)

    screen.become("Tobias Ekwall")
    expect(screen.saying("Priya Raman confirmed the entry")).to_be_visible()
    told = screen.messages.filter(has_text="Priya Raman confirmed the entry")
    expect(told).to_have_count(1)


def test_a_colleague_may_decline_or_correct(screen: Screen, stage: Stage) -> None:
    screen.come_in("Hanne Solberg")
    for what in ("heard about nothing", "compared nine letters"):
        screen.ask(f"/contribute for @carla.nieminen 1h testing on complaints: {what}", "I have asked Carla")
        expect(screen.messages.filter(has_text="I have asked Carla")).to_have_count(len(stage.entries(what)))
        screen.messages.filter(has_text="I have asked Carla").get_by_text("Dismiss message").click()
    screen.become("Carla Nieminen")
    screen.go("Tandem")
    screen.saying("heard about nothing").get_by_role("button", name="Decline entry").click()
    expect(screen.saying("Declined. The entry on Complaints summariser does not count.")).to_be_visible()
    assert stage.entry("heard about nothing")["status"] == "declined"
    screen.saying("compared nine letters").get_by_role("button", name="Correct entry").click()
    expect(screen.dialog.get_by_label("What was done")).to_have_value("compared nine letters")
    screen.dialog.get_by_label("Effort").fill("half a day")
    screen.dialog.get_by_role("button", name="Save").click()
    expect(screen.saying("Corrected and confirmed: 4 h of testing")).to_be_visible()
    entry = stage.entry("compared nine letters")
    assert (entry["status"], entry["effort_minutes"]) == ("counted", 240)


def test_two_presses_at_the_same_moment_undo_once(screen: Screen, stage: Stage) -> None:
    what = "read the surveyors' notes"
    screen.come_in("Jonas Brandt")
    screen.ask(f"/contribute 1h review on claims: {what}", "Logged: 1 h of review")
    # Two clicks before anything could answer the screen.
    screen.saying("Logged: 1 h of review").get_by_role("button", name="Undo entry").evaluate(
        "button => { button.click(); button.click(); }"
    )
    expect(screen.saying("Undone: 1 h of review")).to_be_visible()
    entry = stage.entry(what)
    assert (entry["status"], entry["version"]) == ("withdrawn", 2)


def test_the_message_shortcut_links_to_the_message(screen: Screen, stage: Stage) -> None:
    what = "named what the assistant gets wrong"
    screen.come_in("Lucia Ferrante")
    message = screen.saying("total-loss claims")
    message.hover()
    message.get_by_role("button", name="More actions").click()
    message.get_by_role("menuitem", name="Log as contribution").click()
    form = screen.dialog
    expect(form.get_by_role("heading", name="Log a contribution")).to_be_visible()
    link = form.get_by_label("Link").input_value()
    assert "/archives/C0CLAIMS/p" in link
    expect(form.get_by_label("What was done")).to_have_value("")
    form.get_by_label("Initiative").select_option("Claims triage")
    form.get_by_label("Kind").select_option("Expertise")
    form.get_by_label("What was done").fill(what)
    form.get_by_role("button", name="Save").click()
    expect(form.get_by_text("Logged: ")).to_be_visible()
    assert stage.entry(what)["link"] == link
    screen.shut()
