"""Concerns in the page: raised without a name and followed by the code alone, and one with a name, followed at home."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

from tests.e2e.screen import Screen
from tests.e2e.stage import Stage

pytestmark = pytest.mark.e2e

SIZE: ViewportSize = {"width": 1280, "height": 1100}
VAGUE = "It gets storm claims wrong."
WITH_A_NAME = "It put two storm claims into the fraud queue, and Jonas Brandt had to ring both customers."
WITHOUT = "It put two storm claims into the fraud queue, and a colleague had to ring both customers."
QUESTION = "Was a second policy named in both letters?"
REPLY = "Yes, each of them named a policy for the car as well."
CHANGED = "Letters that name two policies go to a person first."


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A playground of its own: time goes by in it."""
    with Stage(tmp_path_factory.mktemp("concerns")).running() as running:
        yield running


def let_a_day_go_by(screen: Screen) -> None:
    button = screen.page.get_by_role("button", name="Next day")
    button.click()
    expect(button).to_be_enabled(timeout=60_000)


def until_shown(screen: Screen, message: Locator) -> Locator:
    """The message, which comes within some days: in the hours of whoever gets it."""
    for _ in range(4):
        if message.count():
            break
        let_a_day_go_by(screen)
    expect(message).to_be_visible()
    message.evaluate("message => message.scrollIntoView()")
    return message


def named_apart(shown: Locator) -> None:
    """Every button has a name of its own for a screen reader, and every input has a label."""
    buttons = [one for one in shown.get_by_role("button").all() if one.get_attribute("aria-label") != "Close"]
    names = [one.get_attribute("aria-label") or one.inner_text() for one in buttons]
    assert len(set(names)) == len(names), names
    inputs = shown.locator("input:not([type=hidden]), textarea, select").all()
    unlabelled = [one.evaluate("one => one.outerHTML") for one in inputs if not one.evaluate(LABELLED)]
    assert unlabelled == []


def shut_all(screen: Screen) -> None:
    """Close the windows that stand on each other."""
    for left in range(screen.page.get_by_role("dialog").count(), 0, -1):
        expect(screen.page.get_by_role("dialog")).to_have_count(left)
        screen.page.keyboard.press("Escape")
    expect(screen.page.get_by_role("dialog")).to_have_count(0)


LABELLED = "one => Boolean(one.labels?.length || one.getAttribute('aria-label') || one.getAttribute('aria-labelledby'))"


def open_by_code(screen: Screen, code: str) -> Locator:
    screen.write(f"/concern code {code}")
    expect(screen.dialog.get_by_role("heading", name="Your concern")).to_be_visible()
    return screen.dialog


def in_any_message(stage: Stage, words: str) -> bool:
    """Whether words stand in anything that the workspace keeps of any chat, or that the bot asked it to."""
    kept = [one.body for each in stage.workspace.state.messages.values() for one in each]
    posted = [one.args for one in stage.workspace.calls if not one.method.startswith("views.")]
    return words in repr(kept) or words in repr(posted)


def test_whoever_comes_first_finds_what_changed_and_one_in_work(window: Callable[..., Screen]) -> None:
    screen = window(**SIZE).come_in("Hanne Solberg", "Tandem")
    listed = screen.ask("/concern list", "Open concerns")
    expect(listed).to_contain_text("C-4")
    named_apart(listed)
    listed.get_by_role("button", name="Open: C-4").click()
    opened = screen.saying("Both waited six days longer than promised.")
    expect(opened.get_by_role("button", name="Close: C-4")).to_be_visible()
    opened.evaluate("message => message.scrollIntoView()")
    screen.shot("more/concern-in-work")
    screen.become("Vera Holm")
    screen.go("Tandem")
    changes = screen.ask("/concern changes", "Because somebody spoke")
    expect(changes).to_contain_text("Each summary begins with the days of all earlier letters.")
    changes.evaluate("message => message.scrollIntoView()")
    screen.shot("more/concern-changes")
    screen.become("Sofia Marchetti")
    screen.go("Tandem")
    digest = screen.ask("/tandem digest", "Digest for HR")
    expect(digest).to_contain_text("Because somebody spoke")
    digest.get_by_text("Because somebody spoke").first.scroll_into_view_if_needed()
    screen.shot("more/concern-digest")
    brief = screen.ask("/tandem brief", "Brief for the working session")
    expect(brief).to_contain_text("1 open concern, being looked into.")
    expect(brief).to_contain_text("The list is gone.")
    brief.get_by_text("1 open concern").first.scroll_into_view_if_needed()
    screen.shot("more/concern-brief")
    screen.become("Henrik Dahl")
    screen.go("Home")
    home = screen.page.get_by_label("Home", exact=True)
    expect(home.get_by_text("has its answer. Is it settled for you?")).to_be_visible()
    named_apart(home)
    home.get_by_role("button", name="C-3 is settled for me").click()
    screen.dialog.get_by_role("button", name="It is settled").click()
    expect(screen.dialog).to_contain_text("It is kept that C-3 is settled for you.")
    screen.shot("more/concern-settled")


def test_one_without_a_name_goes_from_a_vague_line_to_what_changed(
    window: Callable[..., Screen], stage: Stage
) -> None:
    vera = window(**SIZE).come_in("Vera Holm", "Tandem")
    code = raise_without_a_name(vera)
    assert not stage.rows("SELECT 1 FROM concern WHERE number = 5")

    tobias = window(**SIZE).come_in("Tobias Ekwall", "Tandem")
    card = until_shown(tobias, tobias.saying(WITHOUT))
    take_and_ask(tobias, card)

    thread = open_by_code(vera, code)
    expect(thread).to_contain_text(QUESTION)
    expect(thread).to_contain_text(WITHOUT)
    vera.shot("concern_asked")
    named_apart(thread)
    thread.get_by_label("Your words").fill(f"Jonas Brandt knows: {REPLY}")
    thread.get_by_role("button", name="Go on").click()
    expect(vera.dialog).to_contain_text("“Jonas Brandt”: A name leads to a person")
    vera.shot("more/concern-reply-warned")
    named_apart(vera.dialog)
    vera.dialog.get_by_label("Your words").fill(REPLY)
    vera.dialog.get_by_role("button", name="Go on").click()
    expect(vera.dialog).to_contain_text("It is sent.")
    vera.shut()

    word = until_shown(tobias, tobias.saying(REPLY))
    close_with_what_changed(tobias, word)
    publish(tobias)

    # Everybody in Operations is told, in their hours; so is whoever raised it, and nothing says so.
    until_shown(vera, vera.saying("Because somebody spoke. Claims triage"))
    vera.shot("more/concern-told")
    shown = vera.ask("/initiative show claims", "Because somebody spoke")
    expect(shown).to_contain_text(CHANGED)
    shown.get_by_text("Because somebody spoke").evaluate("one => one.scrollIntoView()")
    vera.shot("concern_changed")

    thread = open_by_code(vera, code)
    expect(thread).to_contain_text("What came of it")
    vera.shot("more/concern-thread-2")
    named_apart(thread)
    thread.get_by_label("What would you like to do?").select_option("It is settled for me")
    thread.get_by_role("button", name="Go on").click()
    expect(vera.dialog).to_contain_text("Thank you.")
    vera.shot("concern_settled")
    vera.shut()
    # Their word waits until the next time at which what came without a name is handed over.
    until_shown(tobias, tobias.saying("· settled · with Tobias Ekwall"))
    (row,) = stage.rows("SELECT state, reporter_id FROM concern WHERE number = 5")
    assert (row["state"], row["reporter_id"]) == ("settled", None)

    for words in (code, code.replace("-", ""), code[:11]):
        assert not in_any_message(stage, words)
    assert in_any_message(stage, QUESTION)


def raise_without_a_name(screen: Screen) -> str:
    """From a vague line to the code, by the keyboard where that is all there is."""
    screen.write("/concern")
    form = screen.dialog
    expect(form.get_by_label("What happened?")).to_be_visible()
    named_apart(form)
    form.get_by_label("Which deployment is it about?").select_option("Claims triage")
    form.get_by_label("What happened?").fill(VAGUE)
    screen.shot("more/concern-form")
    form.get_by_label("If you like").scroll_into_view_if_needed()
    screen.shot("more/concern-form-2")
    form.get_by_role("button", name="Go on").focus()
    screen.page.keyboard.press("Enter")

    asked = screen.dialog.get_by_label("Is there one occasion that you remember?")
    expect(asked).to_be_visible()
    screen.shot("more/concern-question")
    named_apart(screen.dialog)
    asked.fill(WITH_A_NAME)
    screen.dialog.get_by_role("button", name="Go on").click()

    expect(screen.dialog).to_contain_text("These could give you away:")
    expect(screen.dialog).to_contain_text("“Jonas Brandt”")
    screen.page.set_viewport_size({**SIZE, "height": 860})
    screen.shot("concern")
    screen.page.set_viewport_size(SIZE)
    named_apart(screen.dialog)
    screen.dialog.get_by_label("What happened?").fill(WITHOUT)
    screen.dialog.get_by_role("button", name="Send it").click()

    # What is sent is what was looked at: other words are shown first.
    expect(screen.dialog).to_contain_text("Nothing here looks as if it gives you away.")
    screen.shot("more/concern-look")
    named_apart(screen.dialog)
    screen.dialog.get_by_role("button", name="Send it").click()

    expect(screen.dialog).to_contain_text("This is its code:")
    expect(screen.dialog).to_contain_text("A first answer is due within 5 working days of when they get it.")
    screen.shot("more/concern-code")
    found = re.search(r"\b(?:[0-9A-Z]{5}-){4}[0-9A-Z]{5}\b", screen.dialog.inner_text())
    assert found is not None
    screen.shut()
    return found[0]


def take_and_ask(screen: Screen, card: Locator) -> None:
    expect(card).to_contain_text("somebody without a name")
    expect(card).not_to_contain_text("Vera")
    named_apart(card)
    screen.shot("more/concern-card-new")
    card.get_by_role("button", name="Take it: C-5").click()
    expect(screen.saying("is yours. The others see that it is with you.")).to_be_visible()
    expect(card).to_contain_text("being looked into")
    card.get_by_role("button", name="Ask or answer: C-5").click()
    form = screen.dialog
    named_apart(form)
    form.get_by_label("What is it?").select_option("A question to the reporter")
    form.get_by_label("Your words").fill(QUESTION)
    screen.shot("more/concern-ask")
    form.get_by_role("button", name="Send").click()
    expect(screen.dialog).to_contain_text("waits for the reporter, who reads it with their code.")
    screen.shut()
    expect(card).to_contain_text(QUESTION)
    screen.shot("more/concern-taken")


def close_with_what_changed(screen: Screen, card: Locator) -> None:
    screen.page.set_viewport_size({**SIZE, "height": 560})
    card.evaluate("message => message.scrollIntoView()")
    screen.shot("more/concern-card")
    screen.page.set_viewport_size(SIZE)
    card.get_by_role("button", name="Close: C-5").click()
    form = screen.dialog
    named_apart(form)
    form.get_by_label("What came of it?").select_option("Changed")
    form.get_by_label("In your words").fill(CHANGED)
    screen.shot("more/concern-close")
    form.get_by_role("button", name="Close it").click()
    form = screen.dialog
    expect(form.get_by_label("In your words")).to_have_value(CHANGED)
    named_apart(form)
    form.get_by_label("Who is told?").fill("everybody in Claims, by their team leads")
    screen.shot("more/concern-close-changed")
    form.get_by_role("button", name="Close it").click()
    expect(screen.dialog).to_contain_text("is closed. The reporter reads what came of it with their code.")
    screen.shot("more/concern-closed")


def publish(screen: Screen) -> None:
    """From the window that says that it is closed."""
    screen.dialog.get_by_role("button", name="Publish the answer").click()
    form = screen.dialog
    expect(form.get_by_label("What changed", exact=True)).to_be_visible()
    named_apart(form)
    form.get_by_label("What was observed").fill("Storm claims were held back as possible fraud.")
    form.get_by_label("What changed", exact=True).fill(CHANGED)
    form.get_by_label("Who is told").select_option("Everybody in Operations, whose work it touches")
    form.get_by_role("button", name="Look at it").click()
    expect(screen.dialog).to_contain_text("This is exactly what everybody will read:")
    screen.shot("more/concern-publish")
    named_apart(screen.dialog)
    screen.dialog.get_by_role("button", name="Publish", exact=True).click()
    expect(screen.dialog).to_contain_text("people in Operations are told, in their hours.")
    screen.shot("more/concern-published")
    shut_all(screen)


def test_one_with_a_name_is_followed_at_home(window: Callable[..., Screen]) -> None:
    screen = window(**SIZE).come_in("Grace Mbeki", "Tandem")
    screen.write("/concern the invoice matching took a credit note for an invoice last week, twice")
    form = screen.dialog
    expect(form.get_by_label("Which deployment is it about?")).to_have_value(re.compile(r"\d"))
    form.get_by_label("With your name, or without?").select_option("With my name")
    form.get_by_role("button", name="Go on").click()
    expect(screen.dialog).to_contain_text("Readers will see exactly this:")
    screen.shot("more/concern-named-look")
    named_apart(screen.dialog)
    screen.dialog.get_by_role("button", name="Send it").click()
    expect(screen.dialog).to_contain_text("is with those who handle it")
    screen.shot("more/concern-named")
    named_apart(screen.dialog)
    screen.shut()

    screen.become("Nadia Haddad")
    screen.go("Home")
    home = screen.page.get_by_label("Home", exact=True)
    expect(home.get_by_text("Concerns that you handle:")).to_be_visible()
    screen.shot("more/concern-home-owner")
    home.get_by_role("button", name="All open ones").click()
    screen.dialog.get_by_role("button", name="Open: C-").first.click()
    screen.dialog.get_by_role("button", name="Ask or answer").click()
    screen.dialog.get_by_label("What is it?").select_option("An answer")
    screen.dialog.get_by_label("Your words").fill("We look at both by hand until the end of the month.")
    screen.dialog.get_by_role("button", name="Send").click()
    expect(screen.dialog).to_contain_text("is sent to the reporter.")
    shut_all(screen)

    screen.become("Grace Mbeki")
    screen.go("Home")
    expect(home.get_by_role("heading", name="Your concerns")).to_be_visible()
    screen.shot("more/concern-home")
    named_apart(home)
    home.get_by_role("button", name="Open C-").first.click()
    expect(screen.dialog).to_contain_text("We look at both by hand until the end of the month.")
    screen.shot("more/concern-own")
    named_apart(screen.dialog)
