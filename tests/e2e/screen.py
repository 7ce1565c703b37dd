"""One window of the playground's page, driven as people would: by what they read on it."""

from pathlib import Path

from playwright.sync_api import ConsoleMessage, Locator, Page, expect

from tests.e2e.stage import Stage


class Screen:
    """A window; `errors` collects what the browser complains about."""

    def __init__(self, page: Page, stage: Stage, pictures: Path | None) -> None:
        self.page = page
        self.stage = stage
        self.errors: list[str] = []
        self._pictures = pictures
        page.on("pageerror", lambda error: self.errors.append(f"page: {error}"))
        page.on("console", self._heard)

    def _heard(self, line: ConsoleMessage) -> None:
        if line.type == "error":
            self.errors.append(f"console: {line.text}")

    @property
    def box(self) -> Locator:
        return self.page.get_by_label("Message", exact=True)

    @property
    def dialog(self) -> Locator:
        """The form in front."""
        return self.page.get_by_role("dialog").last

    @property
    def messages(self) -> Locator:
        return self.page.get_by_role("article")

    @property
    def newest(self) -> Locator:
        return self.messages.last

    def come_in(self, name: str, channel: str = "claims") -> "Screen":
        """Open the page, become a person by the switcher and go to a place."""
        self.page.goto(f"{self.stage.address}/?as=robin.quill")
        expect(self.page.locator("body[data-ready=true]")).to_be_attached()
        self.become(name)
        self.go(channel)
        return self

    def show_side(self) -> None:
        """On a narrow page, open the list of places if it is shut."""
        menu = self.page.get_by_label("Show or hide the workspace list")
        if menu.is_visible() and menu.get_attribute("aria-expanded") == "false":
            menu.click()

    def become(self, name: str) -> None:
        self.show_side()
        self.page.get_by_role("button", name="Person").click()
        self.page.get_by_label("Search people").fill(name.split()[0].lower())
        self.page.get_by_role("option", name=name).click()
        expect(self.page.get_by_role("button", name=f"Person: {name}")).to_be_attached()

    def go(self, place: str) -> None:
        """Go to a channel, or to "Tandem" or "Home"."""
        self.show_side()
        self.page.get_by_label("Workspace", exact=True).get_by_role("button", name=place).click()

    def write(self, text: str) -> None:
        """Type into the message box and send it."""
        self.box.fill(text)
        self.box.press("Enter")

    def ask(self, text: str, answer: str) -> Locator:
        """Send a line and wait for a message of Tandem that has these words; the message."""
        self.write(text)
        found = self.saying(answer)
        expect(found).to_be_visible()
        return found

    def saying(self, words: str) -> Locator:
        """The newest message with these words."""
        return self.messages.filter(has_text=words).last

    def shut(self) -> None:
        """Close the form in front."""
        self.page.keyboard.press("Escape")
        expect(self.page.get_by_role("dialog")).to_have_count(0)

    def shot(self, name: str) -> None:
        """Keep a picture, if pictures are wanted; "more/..." is for looking at and not for the documentation."""
        if self._pictures is not None:
            self.page.mouse.move(640, 1)
            self.page.wait_for_timeout(250)
            self.page.screenshot(path=self._pictures / f"{name}.png")
