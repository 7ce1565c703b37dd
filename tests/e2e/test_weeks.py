"""A week goes by in the page, and what was planned came at its hour, once."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.screen import Screen
from tests.e2e.stage import Stage

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A playground of its own: time goes by in it."""
    with Stage(tmp_path_factory.mktemp("weeks")).running() as running:
        yield running


def test_the_brief_says_what_has_to_be_decided(window: Callable[..., Screen]) -> None:
    screen = window(height=860).come_in("Sofia Marchetti", "Tandem")
    brief = screen.ask("/tandem brief", "Brief for the working session")
    expect(brief.get_by_text("Decisions wanted").first).to_be_visible()
    brief.evaluate("message => message.scrollIntoView()")
    screen.shot("brief")


def test_a_week_brings_the_digest_the_showcase_and_the_friday_question(
    window: Callable[..., Screen], stage: Stage
) -> None:
    screen = window(height=1000).come_in("Sofia Marchetti", "Tandem")
    screen.page.get_by_role("button", name="Next week").click()
    expect(screen.page.get_by_text("Time goes by…")).to_be_visible()
    expect(screen.page.get_by_role("button", name="Next week")).to_be_enabled(timeout=60_000)
    digest = screen.saying("Digest for HR")
    expect(digest).to_have_count(1)
    expect(digest.get_by_role("heading", name="People to thank")).to_be_visible()
    digest.evaluate("message => message.scrollIntoView()")
    screen.shot("digest")

    planned = stage.rows("SELECT schedule, outcome FROM occurrence")
    assert {row["schedule"] for row in planned} >= {"digest.weekly", "nudge.friday"}
    sent = stage.rows("SELECT key, state, attempts FROM outbox WHERE batch LIKE 'digest.weekly/%'")
    assert sent
    assert {(row["state"], row["attempts"]) for row in sent} == {("sent", 1)}
