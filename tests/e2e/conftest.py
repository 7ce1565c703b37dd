"""A headless Chromium on the playground; nothing here leaves 127.0.0.1.

With TANDEM_SCREENSHOTS=folder the tests leave pictures of what they saw there.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.e2e.screen import Screen
from tests.e2e.stage import Stage

#: Debian's; where it is not on the path, Playwright says that it is missing.
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """The playground, furnished with its company."""
    with Stage(tmp_path_factory.mktemp("playground")).running() as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture
def window(stage: Stage, browser: Browser) -> Iterator[Callable[..., Screen]]:
    """Opens windows; at the end neither the browser nor the workspace may have had anything to complain about."""
    wanted = os.environ.get("TANDEM_SCREENSHOTS")
    pictures = Path(wanted).absolute() if wanted else None
    if pictures is not None:
        pictures.mkdir(parents=True, exist_ok=True)
    screens: list[Screen] = []
    problems, calls = len(stage.workspace.problems), len(stage.workspace.calls)

    def open_window(width: int = 1280, height: int = 800, **options: Any) -> Screen:
        page = browser.new_page(viewport={"width": width, "height": height}, locale="en-GB", **options)
        page.set_default_timeout(8000)
        screens.append(Screen(page, stage, pictures))
        return screens[-1]

    yield open_window
    errors = [error for screen in screens for error in screen.errors]
    for screen in screens:
        screen.page.close()
    assert errors == []
    assert stage.workspace.problems[problems:] == [], "the workspace refused something that the bot sent"
    answers = [(call.method, call.answer) for call in stage.workspace.calls[calls:] if call.answer]
    refused = [(method, answer) for method, answer in answers if not answer.get("ok")]
    assert refused == [], "the workspace refused a call of the bot"


@pytest.fixture
def screen(window: Callable[..., Screen]) -> Screen:
    """One window of a usual size."""
    return window()
