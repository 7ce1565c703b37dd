"""Screenshots of the page with the sample bot, to look at by hand: `python tests/playground/look.py OUT_FOLDER`."""

import asyncio
import sys
from pathlib import Path
from typing import Literal

sys.path.insert(0, str(Path(__file__).parents[2]))

from playwright.async_api import Page, async_playwright, expect

from bot.playground.roster import alder_and_pike
from bot.playground.workspace import Workspace
from tests.playground.conftest import build_bot, serve_bot

ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Name of the pictures, width, height and colours.
LOOKS: tuple[tuple[str, int, int, Literal["light", "dark"]], ...] = (
    ("wide", 1280, 800, "light"),
    ("dark", 1280, 800, "dark"),
    ("narrow", 400, 800, "light"),
)
INES = "ines.carvalho@alderpike.example"


async def show_side(page: Page) -> None:
    """On a narrow page, open the list of places if it is shut."""
    menu = page.get_by_label("Show or hide the workspace list")
    if await menu.is_visible() and await menu.get_attribute("aria-expanded") == "false":
        await menu.click()
        await page.wait_for_timeout(250)


async def tour(page: Page, base: str, out: Path, name: str) -> None:
    """Walk through the page as Ines, taking a picture at every stop."""
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)

    async def shot(what: str) -> None:
        await page.screenshot(path=out / f"{name}-{what}.png")

    await page.goto(f"{base}/?as={INES}&channel=C0CLAIMS")
    box = page.get_by_label("Message", exact=True)
    await expect(box).to_be_visible()
    await box.fill("/c")
    await box.press("End")
    await box.type("o")
    await shot("1-commands")
    await box.fill("/contribute 3h data on claims triage: labelled 400 exceptions")
    await box.press("Enter")
    await expect(page.get_by_text("Only visible to you")).to_be_visible()
    await shot("2-confirmation")
    await box.fill("/initiative ")
    await box.press("Enter")
    await expect(page.get_by_role("heading", name="Contributions to claims triage").last).to_be_visible()
    await page.wait_for_timeout(200)
    await shot("3-report")
    await page.get_by_text("By team and kind").last.scroll_into_view_if_needed()
    await shot("4-report-table")
    await page.get_by_role("button", name="Approve").last.click()
    await shot("5-confirm")
    await page.get_by_role("dialog").get_by_role("button", name="Not yet").click()
    await page.get_by_role("button", name="Open").last.click()
    dialog = page.get_by_role("dialog", name="Log a contribution")
    await expect(dialog).to_be_visible()
    await shot("6-modal")
    await dialog.get_by_label("What").fill("bad")
    await dialog.get_by_label("Kind").select_option("data")
    await dialog.get_by_label("Initiative").select_option("claims")
    await dialog.get_by_label("Look-up").fill("tri")
    await dialog.get_by_role("option", name="tri 2").click()
    await dialog.get_by_label("Share it").check()
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog.get_by_text("Please say what you did.")).to_be_visible()
    await shot("7-modal-error")
    await expect(dialog.get_by_label("Look-up")).to_have_value("tri 2")
    await dialog.get_by_label("What").fill("push")
    await dialog.get_by_role("button", name="Save").click()
    await expect(page.get_by_role("dialog", name="Pushed")).to_be_visible()
    await page.keyboard.press("Escape")
    await dialog.get_by_label("What").fill("labelled 400 exceptions")
    await dialog.get_by_role("button", name="Save").click()
    await expect(dialog).to_be_hidden()
    await show_side(page)
    await shot("8-side")
    await page.get_by_role("button", name="Tandem").first.click()
    await box.fill("file")
    await box.press("Enter")
    await expect(page.get_by_text("Download")).to_be_visible()
    await shot("8-dm-file")
    await page.get_by_role("tab", name="Home").click()
    await expect(page.get_by_role("heading", name="My log this month")).to_be_visible()
    await shot("9-home")
    await show_side(page)
    await page.get_by_role("button", name="Misbehave", exact=True).click()
    await page.wait_for_timeout(250)
    await shot("a-misbehave")
    await page.get_by_label("Close the misbehave panel").click()
    await show_side(page)
    await page.get_by_role("button", name="Person").click()
    await page.wait_for_timeout(250)
    await shot("b-people")
    await page.get_by_label("Search people").fill("nora")
    await page.get_by_role("option", name="Nora Lindqvist").click()
    await show_side(page)
    await page.get_by_role("button", name="claims").click()
    first = page.get_by_role("article").nth(1)
    await first.hover()
    await first.get_by_role("button", name="More actions").click()
    await shot("c-shortcuts")
    await page.get_by_role("menuitem", name="Log as contribution").click()
    await expect(dialog).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(dialog).to_be_hidden()
    print(name, errors or "no errors")  # noqa: T201


async def main(out: Path) -> None:
    """Wide and narrow, light and dark."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=ARGS)
        for name, width, height, scheme in LOOKS:
            async with Workspace(alder_and_pike()) as workspace:
                bot = build_bot(workspace)
                runner = await serve_bot(bot)
                workspace.bot_url = bot.url
                page = await browser.new_page(
                    viewport={"width": width, "height": height}, color_scheme=scheme
                )
                page.set_default_timeout(5000)
                try:
                    await tour(page, workspace.base_url, out, name)
                finally:
                    await page.screenshot(path=out / f"{name}-z-last.png")
                    await page.close()
                    await runner.cleanup()
        await browser.close()


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(folder))
