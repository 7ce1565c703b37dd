"""What people read in the page: the list, Home, the profile and the report with its files."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen
from tests.e2e.stage import Stage

Windows = Callable[..., Screen]

pytestmark = pytest.mark.e2e


def test_the_report_has_a_table_and_a_chart_and_comes_as_a_file(window: Windows, tmp_path: Path) -> None:
    screen = window(height=880).come_in("Sofia Marchetti", "Tandem")
    report = screen.ask("/contribute report claims", "Claims triage,")
    report.get_by_role("button").last.scroll_into_view_if_needed()
    # The month before, which is full of history whatever day it is today.
    report.locator("[data-block=actions]").last.get_by_role("button").first.click()
    report = screen.newest
    table = report.get_by_role("table", name="By team and kind")
    expect(table).to_be_visible()
    expect(table.get_by_role("rowheader", name="Operations/Claims").first).to_be_visible()
    chart = report.locator("figure.chart svg")
    expect(chart).to_be_visible()
    table.evaluate("table => table.scrollIntoView()")
    screen.shot("more/report")
    report.get_by_role("button", name="as CSV").click()
    link = screen.page.get_by_role("link", name="contributions-claims")
    expect(link).to_be_visible()
    with screen.page.expect_download() as waiting:
        link.click()
    waiting.value.save_as(tmp_path / "report.csv")
    text = (tmp_path / "report.csv").read_text(encoding="utf-8-sig")
    assert "Claims triage" in text
    assert len(text.splitlines()) > 5


def test_the_list_turns_its_pages_and_deletes_after_asking(screen: Screen, stage: Stage) -> None:
    screen.come_in("Yuki Tanaka", "Tandem")
    screen.ask("/contribute 1h testing on complaints: to be deleted", "Logged: 1 h of testing")
    listed = screen.ask("/contribute list", "Your contributions")
    expect(listed.get_by_role("button", name="Edit entry")).to_have_count(5)
    screen.shot("more/list")
    listed.get_by_role("button", name="Older").click()
    listed = screen.saying("Your contributions")
    expect(listed.get_by_role("button", name="Newer")).to_be_visible()
    listed.get_by_role("button", name="Newer").click()
    expect(listed.get_by_text("to be deleted")).to_be_visible()
    number = stage.entry("to be deleted")["id"]
    delete = listed.get_by_role("button", name=f"Delete entry {number}")
    delete.click()
    expect(screen.dialog.get_by_text("Delete this entry?")).to_be_visible()
    screen.dialog.get_by_role("button", name="Delete").locator("xpath=../button[1]").click()
    assert stage.entry("to be deleted")["status"] == "counted"
    delete.click()
    screen.dialog.get_by_role("button", name="Delete").click()
    expect(screen.saying("Deleted: 1 h of testing")).to_be_visible()
    assert stage.entry("to be deleted")["status"] == "withdrawn"


def test_home_shows_the_month_and_opens_the_form(screen: Screen) -> None:
    screen.come_in("Marcus Bell", "Tandem")
    screen.ask("/contribute half a day testing on complaints: read sixty drafts", "Logged:")
    screen.page.get_by_role("tab", name="Home").click()
    home = screen.page.get_by_label("Home", exact=True)
    expect(home.get_by_role("heading", name="Your contributions")).to_be_visible()
    expect(home.get_by_text("read sixty drafts")).to_be_visible()
    screen.shot("more/home-without-sponsoring")
    home.get_by_role("button", name="Log a contribution").click()
    expect(screen.dialog.get_by_role("heading", name="Log a contribution")).to_be_visible()
    screen.shut()
    # A long card in a window of its own begins at its beginning.
    home.get_by_role("button", name="My profile").click()
    expect(screen.dialog.get_by_role("heading", name="Your contributions")).to_be_in_viewport()
    expect(screen.dialog.get_by_role("button", name="Download")).to_be_visible()
    screen.shut()
    home.get_by_role("button", name="Help").click()
    expect(screen.dialog.get_by_role("heading", name="What Tandem can do").last).to_be_visible()
    screen.shut()


def test_the_profile_is_ready_to_paste_and_to_download(screen: Screen, tmp_path: Path) -> None:
    screen.come_in("Priya Raman", "Tandem")
    profile = screen.ask("/contribute profile", "By initiative")
    expect(profile.get_by_role("table", name="By initiative")).to_be_visible()
    screen.shot("more/profile")
    profile.get_by_role("button", name="Download").click()
    link = screen.page.get_by_role("link", name="my-contributions")
    expect(link).to_be_visible()
    with screen.page.expect_download() as waiting:
        link.click()
    waiting.value.save_as(tmp_path / "profile.html")
    assert "Priya Raman" in (tmp_path / "profile.html").read_text(encoding="utf-8")


def test_the_page_is_whole_in_the_dark_and_on_a_phone(window: Windows) -> None:
    dark = window(color_scheme="dark").come_in("Tobias Ekwall", "Tandem")
    report = dark.ask("/contribute report claims", "Claims triage,")
    report.locator("figure.chart").scroll_into_view_if_needed()
    dark.shot("more/dark")
    phone = window(400, 800).come_in("Ines Carvalho")
    phone.ask("/contribute 45m training on claims: showed two colleagues", "Logged: 45 min of training")
    phone.shot("more/phone")
    chart = phone.ask("/contribute report claims", "Claims triage,").locator("figure.chart")
    chart.evaluate("chart => chart.scrollIntoView({block: 'end'})")
    phone.shot("more/phone-report")
    wide = phone.page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 400
