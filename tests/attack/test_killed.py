"""A process that is killed at any step of a launch, an answer or a close leaves what the next one finishes."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from domain.pulses import Status
from handlers.pulses import closing
from storage import ballots, releases
from storage.outbox import outbox
from storage.vault import FileVault
from tests.attack.electorate import Electorate, electorate, spec
from tests.attack.test_faults import PEOPLE, Broken, count, launched_once, mask, planner, released_once

ROOT = Path(__file__).parents[2]
LONG = os.environ.get("TANDEM_ATTACK") == "long"


class Killer:
    """Processes that do one thing each, and are killed at a step."""

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.attack.dying"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def do(self, e: Electorate, folder: Path, what: str, step: int, **more: Any) -> bool:
        """Whether it was killed before it had done it."""
        task = {
            "url": e.url,
            "vault": str(folder),
            "pulse": e.pulse_id,
            "do": what,
            "step": step,
            "now": e.clock.now.isoformat(),
            **more,
        }
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps(task) + "\n")
        self.process.stdin.flush()
        said = self.process.stdout.readline().strip()
        assert said in ("killed", "done"), said
        return said == "killed"


@pytest.fixture
def stride(database_url: str) -> int:
    """Every how many steps the short form kills; the long one kills at each."""
    return 1 if LONG else 4 if database_url.startswith("sqlite") else 7


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    made = Killer()
    yield made
    made.process.communicate(timeout=20)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "elsewhere" / "vault"


async def test_a_launch_killed_at_any_step_is_finished_by_the_next_and_invites_nobody_twice(
    database_url: str, folder: Path, killer: Killer, stride: int
) -> None:
    async with electorate(database_url, PEOPLE, vault=FileVault(folder)) as e:
        await e.plan(spec())
        step = 1
        while killer.do(e, folder, "launch", step):
            assert (await e.pulse()).status is Status.PLANNED
            assert await count(e.store, outbox) == await count(e.store, ballots.slot) == 0
            step += stride
        assert step > 7
        await planner(e.store, e).tick()
        await launched_once(e)


async def test_an_answer_killed_at_any_step_is_whole_or_as_it_was(
    database_url: str, folder: Path, killer: Killer, stride: int
) -> None:
    async with electorate(database_url, PEOPLE, vault=FileVault(folder)) as e:
        await e.launch(spec())
        killed = 0
        for number, one in enumerate(e.people[:12]):
            step = 1 + number % 3
            while killer.do(e, folder, "answer", step, person=one, answer=number % 5 + 1):
                killed += 1
                assert await mask(e, one) == 0
                step += stride if number < 3 else 99
            assert await mask(e, one) == 1
        assert killed >= 12
        await e.close()
        await released_once(e, 12)


async def test_a_close_killed_at_any_step_is_finished_by_the_next_and_counts_all_once(
    database_url: str, folder: Path, killer: Killer, stride: int
) -> None:
    async with electorate(database_url, PEOPLE, vault=FileVault(folder)) as e:
        await e.launch(spec())
        for number, one in enumerate(e.people[:15]):
            await e.answer(one, q0=bytes([number % 5 + 1]), comment=b"one of fifteen")
        await e.stop()
        step = 1
        first: Any = None
        while killer.do(e, folder, "close", step):
            found = await e.store.read(lambda work: releases.of(work, e.pulse_id))
            if (await e.pulse()).status is Status.CLOSING:
                assert found == () and await count(e.store, ballots.slot) == PEOPLE
                assert e.vault.get(ballots.opening_name(e.pulse_id)) is not None
            else:
                first = first or found
                assert found == first != ()
            step += 1 if first else stride
        assert step > 7
        await released_once(e, 15)
        assert await count(e.store, releases.comment) in (0, 15)


async def test_a_close_that_destroys_keys_first_would_be_found_out(
    database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that these tests protect: with keys gone before the commit, an end in between loses every answer."""
    async with electorate(database_url, PEOPLE, vault=FileVault(folder)) as e:
        await e.launch(spec())
        for one in e.people[:15]:
            await e.answer(one, q0=b"\1")
        await e.stop()

        def ends(*_: Any) -> Any:
            closing._destroy(e.vault, e.pulse_id)
            raise Broken

        monkeypatch.setattr(closing, "_release", ends)
        with pytest.raises(Broken):
            await closing.close(e.store, e.pulse_id)
        monkeypatch.undo()
        with pytest.raises(AssertionError):
            await planner(e.store, e).tick()
            await released_once(e, 15)
