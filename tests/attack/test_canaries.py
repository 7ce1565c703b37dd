"""What people write into a pulse is found nowhere but at their own platform, from the HTTP request to the close."""

import asyncio
import io
import itertools
import logging
import re
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import structlog

from bot import logs
from domain.pulses import Audience, Plan, PlanState, Spec
from domain.question_bank import by_key, set_by_key
from handlers.pulses import closing, launching
from storage import ballots, pulses
from storage.outbox import outbox
from storage.pulses import pulse
from storage.store import Work
from tests.attack.test_faults import breaking
from tests.scenario.conftest import postgres_template, sqlite_template, stage  # noqa: F401
from tests.scenario.stage import JONAS, T_INES, Stage, actions_of, person_id
from tests.scenario.test_teams import filled
from tests.teams import activities as teams

_numbers = itertools.count(1)
#: A pulse's id that is nowhere by chance, and an answer to it as it stands in a button.
NUMBER = 987_654_321
ANSWER = re.compile(rb"987654321 [-x1-5]*[1-5][-x1-5]*c?\b|987654321 [-x1-5]{3}c? [0-2] [1-5]\b")
QUESTIONS = tuple(by_key(key) for key in set_by_key("first").questions)


class Raw(logging.Handler):
    """Everything that any library logs, as it logs it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[tuple[str, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append((record.name, self.format(record)))


class Watch:
    """What is looked through."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        #: Of this test alone: what another lets leak on purpose lies on in the server's log of changes.
        self.canary = f"kestrel-{next(_numbers):04}-over-the-weir"
        self.stream = io.StringIO()
        self.raw = Raw()

    def found(self) -> list[str]:
        """Where a canary is, in logs and files."""
        places = {"log": self.stream.getvalue().encode()}
        for path in self.folder.rglob("*"):
            if path.is_file():
                places[str(path.relative_to(self.folder))] = path.read_bytes()
        return [place for place, content in places.items() if self.has(content)]

    def has(self, content: bytes) -> bool:
        return self.canary.encode() in content or ANSWER.search(content) is not None


@pytest.fixture(autouse=True)
def watch(
    database_url: str,
    tmp_path: Path,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Watch]:
    """Logs at their most talkative, and folders of our own for temporary files and keys."""
    made = Watch(tmp_path)
    for name in ("TMPDIR", "SQLITE_TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temporary"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    logs.configure("json", "DEBUG", made.stream)
    root = logging.getLogger()
    root.setLevel(logging.DEBUG)
    root.addHandler(made.raw)
    engine = logging.getLogger("sqlalchemy.engine")
    level = engine.level
    engine.setLevel(logging.DEBUG)
    yield made
    engine.setLevel(level)


async def asked(stage: Stage) -> None:  # noqa: F811
    """A pulse with a number of its own is open, and its invitations are there."""
    today = date.today()  # noqa: DTZ011
    spec = Spec(
        title="First pulse",
        questions=QUESTIONS,
        audience=Audience(kind="everyone"),
        opens_on=today,
        closes_on=date.fromordinal(today.toordinal() + 5),
        zone="UTC",
    )

    def unit(work: Work) -> None:
        plan_id = pulses.draft(work, Plan(spec=spec), person_id(work, JONAS))
        pulses.set_plan_state(work, plan_id, PlanState.APPROVED)
        first = pulses.schedule(work, plan_id, 1, spec)
        work.connection.execute(sa.update(pulse).where(pulse.c.id == first).values(id=NUMBER))
        launching.launch(work, NUMBER)
        work.connection.execute(
            sa.update(outbox)
            .where(outbox.c.person_id.in_([person_id(work, JONAS), person_id(work, T_INES.email)]))
            .values(polite=False, due_at=work.now)
        )

    # Both are known on their platforms.
    await stage.slash(JONAS, "help")
    await stage.writes(T_INES, "help")
    await stage.store.write(unit)
    stage.bots[0].worker.wake()


async def everywhere(stage: Stage, watch: Watch) -> list[str]:  # noqa: F811
    """Where a canary is: logs, files, the metrics page, and the database's own files."""
    places = watch.found()
    async with stage.client.get(stage.url + "/metrics") as answer:
        if watch.has(await answer.read()):
            places.append("metrics")
    if stage.store.dialect == "postgresql":
        folder = await stage.store.read(
            lambda work: work.connection.execute(
                sa.text("SELECT current_setting('data_directory')")
            ).scalar_one()
        )
        places += await asyncio.to_thread(in_server, Path(folder), watch)
    return places


def in_server(folder: Path, watch: Watch) -> list[str]:
    found = []
    for path in folder.rglob("*"):
        try:
            if path.is_file() and watch.has(path.read_bytes()):
                found.append(f"server {path.relative_to(folder)}")
        except FileNotFoundError:
            continue
    return found


async def on_slack(stage: Stage, canary: str) -> None:  # noqa: F811
    """Answer all questions and comment, with every step breaking first."""
    message = await stage.told(JONAS, "Question 1 of 3")
    for question in QUESTIONS:
        await stage.press(JONAS, message, question.labels[3])
        message = stage.last(JONAS)
    for at in (2, 3, 4, 5, 6, 7, None):
        shown = stage.last(JONAS)
        label = "Add a comment" if actions_of(shown, "Add a comment") else "Replace comment"
        await stage.press(JONAS, shown, label)
        view = stage.workspace.top_view(JONAS)
        with breaking(at or 10**6):
            await stage.workspace.submit(JONAS, view, {"comment": f"{canary} {at}"})
        for one in stage.workspace.open_views(JONAS)[:1]:
            await stage.workspace.close(JONAS, one, clear=True)


async def on_teams(stage: Stage, canary: str) -> None:  # noqa: F811
    card = await stage.card_for(T_INES, "Question 1 of 3")
    for question in QUESTIONS:
        card = (await stage.presses(T_INES, teams.action(card, question.labels[1])))["value"]
    await stage.presses(T_INES, teams.action(card, "Add a comment"))
    form = await stage.card_for(T_INES, "What should they know?")
    send = teams.action(form, "Lock it in")
    for at in (2, 3, 4, 5, 6, 7):
        with breaking(at):
            activity = teams.press(send, inputs=filled(form, comment=f"{canary} {at}"), **stage.place(T_INES))
            async with stage.client.post(f"{stage.url}/api/messages", json=activity) as answer:
                await answer.read()
    await stage.presses(T_INES, send, filled(form, comment=canary))


async def test_answers_and_comments_are_in_no_log_file_or_row_before_or_after_the_close(
    stage: Stage,  # noqa: F811
    watch: Watch,
) -> None:
    await asked(stage)
    await on_slack(stage, watch.canary)
    await on_teams(stage, watch.canary)

    def boxes(work: Work) -> list[int]:
        one = pulses.by_id(work, NUMBER)
        assert one is not None
        return [ballots.answered(work, one, person_id(work, who)) for who in (JONAS, T_INES.email)]

    assert await stage.store.read(boxes) == [0b1111, 0b1111]
    assert await everywhere(stage, watch) == []
    await stage.store.write(lambda work: closing.stop(work, NUMBER))
    assert (await closing.close(stage.store, NUMBER)).status == "unread"
    assert await everywhere(stage, watch) == []
    # What libraries would log if nobody stopped them: only what comes from outside, and not what is stored.
    loud = {name for name, line in watch.raw.lines if watch.has(line.encode())}
    assert not {
        name for name in loud if name.startswith(("sqlalchemy", "storage", "handlers", "bot", "asyncio"))
    }


async def test_the_search_finds_a_bot_that_logs_and_keeps_what_was_written(
    stage: Stage,  # noqa: F811
    watch: Watch,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    real = ballots.write

    def leaky(work: Work, given: ballots.Ballot, parts: Any) -> int:
        for payload in (parts or {}).values():
            structlog.get_logger().info("taken", note=payload.decode(errors="replace"))
            work.connection.execute(sa.update(outbox).values(reason=payload.decode(errors="replace")))
        return real(work, given, parts)

    monkeypatch.setattr(ballots, "write", leaky)
    await asked(stage)
    await on_teams(stage, watch.canary)
    places = await everywhere(stage, watch)
    assert "log" in places
    if stage.store.dialect == "sqlite":
        assert [one for one in places if one.endswith(("tandem.db", "-wal"))]
    else:
        assert [one for one in places if one.startswith("server")]
