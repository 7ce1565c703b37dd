"""Signing off in the page: asked for by one, decided by two, and every card changes where it stands."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, expect

from tests.e2e.screen import Screen
from tests.e2e.stage import Stage

Windows = Callable[..., Screen]

pytestmark = pytest.mark.e2e

#: More than fits without it: a go-live with its limits and its plan.
TALL = 1080


def card(screen: Screen, words: str) -> Locator:
    """The card of a request."""
    return screen.saying(words).filter(has_text="Accepted when")


def buttons(shown: Locator) -> Locator:
    """Those that the bot put there."""
    return shown.locator("[data-block=actions]").get_by_role("button")


def test_what_waits_for_a_sponsor_stands_first_on_their_page(window: Windows) -> None:
    screen = window().come_in("Maren Voss")
    screen.ask("/contribute 1h review on claims: went through the week's misses", "Logged:")
    screen.go("Home")
    home = screen.page.get_by_label("Home", exact=True)
    expect(home.get_by_role("heading").first).to_have_text("Waiting for you")
    expect(home.get_by_text("Go-live of Claims triage")).to_be_visible()
    screen.shot("more/home")
    home.get_by_role("button", name="See it and decide").click()
    expect(screen.dialog.get_by_role("button", name="Approve")).to_be_visible()
    screen.shot("more/signoff-dialog")
    screen.shut()


def test_a_go_live_is_signed_by_both_sponsors(window: Windows, stage: Stage) -> None:
    maren = window(height=TALL).come_in("Maren Voss", "Tandem")
    arun = window(height=TALL, color_scheme="dark").come_in("Arun Desai", "Tandem")
    words = "Triage sorts the Monday queue"
    expect(card(maren, words).get_by_text("0 of 2:")).to_be_visible()
    expect(buttons(card(maren, words))).to_have_count(4)
    card(maren, words).evaluate("card => card.scrollIntoView()")
    maren.shot("signoff")
    card(arun, words).evaluate("card => card.scrollIntoView()")
    arun.shot("more/signoff-dark")
    card(maren, words).get_by_role("button", name="Approve").click()
    # Both cards say so in their place; nothing is loaded again.
    expect(card(maren, words).get_by_text("1 of 2:")).to_be_visible()
    expect(buttons(card(maren, words))).to_have_count(0)
    expect(card(arun, words).get_by_text("1 of 2:")).to_be_visible()
    card(arun, words).get_by_role("button", name="Approve").click()
    for screen in (maren, arun):
        expect(card(screen, words)).to_have_count(1)
        expect(card(screen, words).get_by_text("Signed off")).to_be_visible()
        expect(buttons(card(screen, words))).to_have_count(0)
    card(maren, words).evaluate("card => card.scrollIntoView()")
    maren.shot("more/signed")
    arun.shot("more/signed-dark")
    (row,) = stage.rows("SELECT stage FROM initiative WHERE key = 'claims'")
    assert row["stage"] == "live"


def test_a_milestone_is_asked_for_changed_and_signed(window: Windows, stage: Stage) -> None:
    words = "Summaries for the two other teams"
    hanne = window().come_in("Hanne Solberg", "Tandem")
    hanne.write("/signoff request complaints scaling")
    form = hanne.dialog
    expect(form.get_by_role("heading", name="Ask for a sign-off")).to_be_visible()
    expect(form.get_by_label("Milestone")).to_have_value("scaling")
    form.get_by_label("What is asked for").fill(f"{words}, one at a time.")
    form.get_by_label("Accepted when").fill("No answer went out unread https://wiki.example/unread")
    hanne.shot("more/request")
    form.get_by_role("button", name="Send to both").click()
    expect(hanne.dialog.get_by_text("is with Maren Voss and Nora Lindqvist.")).to_be_visible()
    hanne.shut()
    mine = card(hanne, words)
    expect(buttons(mine)).to_have_count(3)

    maren = window().come_in("Maren Voss", "Tandem")
    nora = window(400, 800).come_in("Nora Lindqvist", "Tandem")
    card(nora, words).get_by_role("button", name="Ask for changes").click()
    nora.dialog.get_by_label("What should change?").fill("Please say who reads the answers.")
    nora.shot("more/changes-phone")
    nora.dialog.get_by_role("button", name="Send", exact=True).click()
    expect(nora.dialog.get_by_text("You asked for changes")).to_be_visible()
    nora.shut()
    expect(card(maren, words).get_by_text("Please say who reads the answers.")).to_be_visible()
    expect(mine.get_by_text("Please say who reads the answers.")).to_be_visible()
    hanne.shot("more/changes")

    mine.get_by_role("button", name="Edit").click()
    hanne.dialog.get_by_label("Risks").fill("Team leads read every answer in the first month.")
    hanne.dialog.get_by_role("button", name="Send to both").click()
    expect(hanne.dialog.get_by_text("Version 2")).to_be_visible()
    hanne.shut()
    for screen in (maren, nora):
        expect(screen.messages.filter(has_text="This was version 1")).to_have_count(1)
        new = card(screen, "Changed since version 1")
        expect(new.get_by_role("button", name="Approve")).to_be_visible()
        screen.shot(f"more/version-2-{'phone' if screen is nora else 'wide'}")
        new.get_by_role("button", name="Approve").click()
        expect(buttons(card(screen, words))).to_have_count(0)
    for screen in (maren, nora, hanne):
        expect(card(screen, words).get_by_text("Signed off")).to_be_visible()
    expect(hanne.messages.filter(has_text="Scaling of Complaints summariser: Signed off")).to_have_count(1)
    said = stage.rows("SELECT version, side, verdict FROM decision WHERE version = 2 ORDER BY id")
    assert [row["verdict"] for row in said] == ["approved", "approved"]
    wide = nora.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 400
    nora.shot("more/signed-phone")
