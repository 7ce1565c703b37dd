"""What is written in a concern without a name, its answers and its code are nowhere in the open, over real HTTP."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from bot.serve import build
from storage import concern_boxes
from storage.outbox import outbox
from storage.store import Work
from tests.attack.statements import every_statement
from tests.attack.test_canaries import Watch, everywhere, watch  # noqa: F401
from tests.scenario import stage as scenery
from tests.scenario.conftest import postgres_template, sqlite_template, stage  # noqa: F401
from tests.scenario.stage import TOBIAS, Stage
from tests.scenario.test_concerns import CODE, Case, Clock
from tests.scenario.test_teams import filled
from tests.teams import activities as teams


def secrets(canary: str) -> dict[str, str]:
    """What is written in the life of a concern; the words around the canary are specific and give nobody away."""
    return {
        "what": f"The claims triage flagged {canary} as fraud last week.",
        "reply": f"It was {canary} from the coast.",
        "answer": f"We looked at {canary} again.",
        "ending": f"The limit for {canary} was lowered.",
    }


class Broken(Exception):
    """What a database may say when it breaks."""


@pytest.fixture(autouse=True)
def clock(watch: Watch, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:  # noqa: F811
    """A clock that the bot goes by; the watch comes first, since the bot logs to it."""
    made = Clock()
    monkeypatch.setattr(scenery, "build", partial(build, clock=made))
    monkeypatch.setattr("tests.scenario.test_concerns.WHAT", secrets(watch.canary)["what"])
    yield made


@pytest.fixture
def case(clock: Clock, stage: Stage) -> Case:  # noqa: F811
    return Case(stage, clock)


async def live(case: Case, canary: str) -> None:
    """All of a life, with a question, a reply and an end."""
    said = secrets(canary)
    await case.raises_without_a_name(
        severity="serious", when=f"{canary}, twice", led_to=f"{canary} was paid late"
    )
    await case.pass_hours(24)
    await case.handles("Ask or answer", {"kind": "answered", "text": said["answer"]}, said["what"])
    window = await case.looks_in()
    assert said["answer"] in teams.words(window)
    await case.sends(window, do="reply", words=said["reply"])
    await case.pass_hours(24)
    await case.handles("Close", {"outcome": "explained", "words": said["ending"]}, said["reply"])
    await case.sends(await case.looks_in(), do="settled")


def codes_in(watch: Watch, code: str) -> list[str]:  # noqa: F811
    """Where the code is, in any way of writing it."""
    ways = {
        one.encode() for one in (code, code.lower(), code.replace("-", ""), code.replace("-", "").lower())
    }
    places = {"log": watch.stream.getvalue().encode()}
    places |= {str(one): one.read_bytes() for one in watch.folder.rglob("*") if one.is_file()}
    return [place for place, content in places.items() if any(way in content for way in ways)]


async def test_texts_and_the_code_are_in_no_log_file_or_row(case: Case, watch: Watch) -> None:  # noqa: F811
    await live(case, watch.canary)
    assert await everywhere(case.stage, watch) == []
    assert codes_in(watch, case.code) == []
    rows = await case.stage.store.read(all_rows)
    assert watch.canary not in rows and case.code not in rows and case.code.replace("-", "") not in rows
    # What libraries would log if nobody stopped them: what comes from outside, and nothing of ours.
    loud = {name for name, line in watch.raw.lines if watch.canary in line or CODE.search(line)}
    assert not {
        one for one in loud if one.startswith(("sqlalchemy", "storage", "handlers", "bot", "asyncio"))
    }


def all_rows(work: Work) -> str:
    """Every row of every table."""
    known = sa.MetaData()
    known.reflect(work.connection)
    return str([row for table in known.tables.values() for row in work.connection.execute(table.select())])


async def test_the_search_finds_a_bot_that_logs_and_keeps_what_was_written(
    case: Case,
    watch: Watch,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = concern_boxes.raise_anonymous

    def leaky(work: Work, body: str, **more: Any) -> str:
        code = real(work, body, **more)
        structlog.get_logger().info("raised", note=body, code=code)
        work.connection.execute(sa.update(outbox).values(reason=watch.canary + code))
        return code

    monkeypatch.setattr(concern_boxes, "raise_anonymous", leaky)
    await case.stage.slash(TOBIAS, "help")
    await case.raises_without_a_name()
    places = await everywhere(case.stage, watch)
    assert "log" in places and "log" in codes_in(watch, case.code)


@pytest.mark.parametrize("at", [0, 1])
async def test_no_trouble_of_the_database_says_what_was_written(
    case: Case,
    watch: Watch,  # noqa: F811
    at: int,
) -> None:
    """The statement that keeps one breaks, or a column is gone (0); what is said and logged of it holds nothing."""
    form = await case.opens(f"concern {secrets(watch.canary)['what']}")
    look = await case.sends(form, name="anonymous", severity="serious")
    if not at:
        rename = sa.text("ALTER TABLE concern RENAME COLUMN body TO chest")
        await case.stage.store.write(lambda work: work.connection.execute(rename))
    count = 0

    def breaks(text: str, values: object) -> None:
        nonlocal count
        count += bool(re.search(r"(FROM|INTO) concern\b", text))
        if count >= at > 0:  # the planner may ask for concerns too
            raise Broken

    values = filled(look)
    activity = teams.dialog_submit(teams.action(look, "Send it"), values, **case.stage.place(scenery.T_INES))
    with every_statement(breaks):
        async with case.stage.client.post(f"{case.stage.url}/api/messages", json=activity) as answer:
            said = await answer.text()
    assert CODE.search(said) is None and count >= at
    assert await everywhere(case.stage, watch) == []


def test_temporary_files_are_looked_through(watch: Watch) -> None:  # noqa: F811
    (Path(watch.folder) / "temporary" / "left").write_text(watch.canary)
    assert watch.found() == ["temporary/left"]
