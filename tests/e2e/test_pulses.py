"""A pulse from its plan to what happens next, in the page: everybody does with buttons what they would do in Slack."""

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, ViewportSize, expect

from tests.e2e.screen import Screen
from tests.e2e.stage import Stage

pytestmark = pytest.mark.e2e

SIZE: ViewportSize = {"width": 1280, "height": 1100}
COMMENT = "I check every storm claim twice, so it saves me nothing yet."
NEXT = (
    "The AI function answers every report of a wrong result within two days from 1 December on. HR keeps two hours a "
    "week free for trying things out. We do not bring the tools to more teams before that holds."
)


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A playground of its own: time goes by in it."""
    with Stage(tmp_path_factory.mktemp("pulses")).running() as running:
        yield running


def let_go_by(screen: Screen, button: str) -> None:
    """Press a button of the clock and wait until that time is over."""
    one = screen.page.get_by_role("button", name=button)
    one.click()
    expect(one).to_be_enabled(timeout=60_000)


def named_apart(message: Locator) -> None:
    """Every button has a name of its own for a screen reader."""
    names = [
        one.get_attribute("aria-label") or one.inner_text() for one in message.get_by_role("button").all()
    ]
    assert len(set(names)) == len(names), names


def test_whoever_comes_first_finds_the_results_of_an_earlier_pulse(window: Callable[..., Screen]) -> None:
    screen = window(1280, 1000).come_in("Grace Mbeki", "Tandem")
    everybodys = screen.ask("/pulse results", "What happens next.")
    expect(everybodys).to_contain_text("What is not shown.")
    everybodys.evaluate("message => message.scrollIntoView()")
    screen.shot("more/pulse-earlier")
    screen.become("Sofia Marchetti")
    screen.go("Tandem")
    results = screen.ask("/pulse results", "Results of AI tools in our work")
    results.evaluate("message => message.scrollIntoView()")
    screen.shot("more/pulse-earlier-hr")


def test_a_pulse_lives_from_its_plan_to_what_happens_next(
    window: Callable[..., Screen], stage: Stage
) -> None:
    screen = window(**SIZE).come_in("Sofia Marchetti", "Tandem")
    screen.write("/pulse new")
    form = screen.dialog
    expect(form).to_contain_text("What do you want to know?")
    screen.shot("more/pulse-form")
    form.get_by_role("button", name="Go on").click()
    expect(screen.dialog).to_contain_text("is a draft")
    screen.shut()
    draft = screen.saying("HR and the AI function both approve it")
    expect(draft).to_contain_text("I can say what the AI tools we use should make easier")
    draft.evaluate("message => message.scrollIntoView()")
    screen.shot("more/pulse-plan")
    named_apart(draft)
    draft.get_by_role("button", name="Approve").click()
    expect(screen.saying("Sofia Marchetti for HR")).to_be_visible()

    screen.become("Arun Desai")
    screen.go("Tandem")
    waiting = screen.saying("Sofia Marchetti for HR")
    expect(waiting).to_contain_text("3 groups")
    waiting.get_by_role("button", name="Approve").click()
    expect(screen.saying("It opens on")).to_be_visible()
    screen.shot("more/pulse-approved")

    screen.become("Ines Carvalho")
    screen.go("Tandem")
    invitation = screen.saying("Question 1 of 3")
    for _ in range(5):
        if invitation.count():
            break
        let_go_by(screen, "Next day")
    expect(invitation).to_be_visible()
    invitation.evaluate("message => message.scrollIntoView()")
    screen.shot("more/pulse-invitation")
    named_apart(invitation)
    # By the keyboard alone, as somebody does who sees nothing: the name says the answer and the question.
    first = invitation.get_by_role("button", name=re.compile("^Agree: I can say what"))
    first.focus()
    screen.page.keyboard.press("Enter")
    expect(screen.saying("Question 2 of 3")).to_contain_text("Locked in.")
    screen.page.set_viewport_size({"width": 1280, "height": 560})
    screen.shot("pulse")
    screen.page.set_viewport_size(SIZE)
    named_apart(screen.saying("Question 2 of 3"))
    screen.saying("Question 2 of 3").get_by_role(
        "button", name=re.compile("^Disagree: The results I get")
    ).click()
    expect(screen.saying("Question 3 of 3")).to_be_visible()
    screen.saying("Question 3 of 3").get_by_role("button", name=re.compile("^Neither agree")).click()
    answered = screen.saying("That is all, and it is locked in")
    expect(answered).to_be_visible()
    screen.shot("more/pulse-answered")
    named_apart(answered)
    answered.get_by_role("button", name="Who can see this?").click()
    promise = screen.saying("Who can see my answer?")
    expect(promise).to_be_visible()
    promise.evaluate("message => message.scrollIntoView()")
    screen.shot("more/pulse-promise")
    answered.get_by_role("button", name="Add a comment").click()
    screen.shot("more/pulse-comment")
    screen.dialog.get_by_label("What should they know?").fill(COMMENT)
    screen.dialog.get_by_role("button", name="Lock it in").click()
    expect(screen.saying("Your comment is locked in")).to_be_visible()
    screen.shot("more/pulse-comment-after")

    others = screen.page.get_by_role("button", name="Let the others answer")
    expect(others).to_be_visible()
    others.click()
    expect(screen.page.get_by_text("did not.")).to_be_visible(timeout=60_000)
    screen.shot("more/pulse-others")
    screen.go("Home")
    screen.shot("more/pulse-home")
    let_go_by(screen, "Next week")
    ines = stage.workspace.user_id("ines.carvalho")
    reminded = [
        channel
        for channel, messages in stage.workspace.state.messages.items()
        if any("This pulse is still open" in str(one.body.get("blocks")) for one in messages)
    ]
    assert 5 <= len(reminded) < 30
    assert stage.workspace.state.dm(ines).id not in reminded

    screen.become("Sofia Marchetti")
    screen.go("Tandem")
    closed = screen.saying("First pulse is closed")
    expect(closed).to_be_visible()
    closed.get_by_role("button", name="Read the results").click()
    results = screen.saying("Results of First pulse")
    expect(results).to_be_visible()
    results.evaluate("message => message.scrollIntoView()")
    screen.page.set_viewport_size({"width": 1280, "height": 900})
    results.evaluate("message => message.scrollIntoView()")
    screen.shot("pulse_results")
    screen.page.set_viewport_size(SIZE)
    named_apart(results)
    # The chart says its numbers in words too, and as ranges.
    expect(results).to_contain_text(
        re.compile(r"Understanding: .*of 100 favourable, .*of 100 unfavourable; Trust")
    )
    chart = results.get_by_role("img").first
    expect(chart).to_have_accessible_name(re.compile("Answers of everyone"))
    # The same questions were asked before: a line over time.
    expect(results).to_contain_text("unfavourable over time")
    results.get_by_text("What cannot be shown").scroll_into_view_if_needed()
    screen.shot("more/pulse_results-2")
    closed.get_by_role("button", name="Say what happens next").click()
    screen.dialog.get_by_label("What happens next").fill(NEXT)
    screen.shot("more/pulse-respond")
    screen.dialog.get_by_role("button", name="Send").click()
    expect(screen.dialog).to_contain_text("Your words are with the AI function")
    screen.shut()

    screen.become("Arun Desai")
    screen.go("Tandem")
    proposed = screen.saying("It goes out once the other function agrees")
    expect(proposed).to_be_visible()
    screen.shot("more/pulse-proposed")
    named_apart(proposed)
    proposed.get_by_role("button", name="Agree").click()
    expect(screen.saying("Everybody who was asked is told")).to_be_visible()

    screen.become("Ines Carvalho")
    screen.go("Tandem")
    out = screen.saying("First pulse: what came of it")
    for _ in range(3):
        if out.count():
            break
        let_go_by(screen, "Next day")
    expect(out).to_contain_text(NEXT)
    out.evaluate("message => message.scrollIntoView()")
    screen.shot("more/pulse-results-everybody")
