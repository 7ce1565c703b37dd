"""`tandem serve` as a process of its own: start, readiness, SIGTERM, kill -9."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import sqlalchemy as sa

from bot.importing import import_files
from bot.playground.delivery import Timing
from bot.playground.roster import alder_and_pike, people_csv, teams_csv
from bot.playground.workspace import Workspace
from bot.settings import GivenSettings
from storage import outbox
from storage.store import Store, Work, open_store
from tests.bot.typed import Typed, typed

USER = "ines.carvalho@alderpike.example"
ADMIN = "arun.desai@alderpike.example"


@pytest.fixture
async def workspace() -> AsyncIterator[Workspace]:
    async with Workspace(alder_and_pike(), timing=Timing(ack_s=15.0), with_page=False) as running:
        yield running


@pytest.fixture
async def real_store(database_url: str) -> AsyncIterator[Store]:
    """The directory is filled; the clock is the real one, as in the process."""
    opened = open_store(database_url, pool_size=2)
    await import_files(opened, GivenSettings(), people_csv(), teams_csv())
    yield opened
    await opened.close()


def environment(folder: Path, database_url: str, workspace: Workspace, port: int) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")}
    return clean | {
        "TANDEM_DATABASE_URL": database_url,
        "TANDEM_SLACK_BOT_TOKEN": workspace.bot_token,
        "TANDEM_SLACK_SIGNING_SECRET": workspace.signing_secret,
        "TANDEM_SLACK_API_URL": workspace.api_url,
        "TANDEM_PORT": str(port),
        "TANDEM_VAULT_DIR": str(vault_of(folder)),
    }


def vault_of(folder: Path) -> Path:
    """A place for keys that is not beside the database."""
    return folder.parent / f"{folder.name}-vault"


@asynccontextmanager
async def serving(
    folder: Path, database_url: str, workspace: Workspace
) -> AsyncIterator[subprocess.Popen[bytes]]:
    """A bot that is ready; killed in the end if it still runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    log = (folder / "log").open("ab")
    process = subprocess.Popen(  # noqa: ASYNC220
        [sys.executable, "-m", "bot.cli", "serve"],
        env=environment(folder, database_url, workspace, port),
        cwd=Path(__file__).parents[2],
        stderr=log,
    )
    workspace.bot_url = f"http://127.0.0.1:{port}"
    try:
        async with asyncio.timeout(60), aiohttp.ClientSession() as client:
            while not await ready(client, workspace.bot_url):
                assert process.poll() is None, (folder / "log").read_text()
                await asyncio.sleep(0.05)
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        log.close()


async def ready(client: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with client.get(f"{url}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


async def test_a_request_under_way_is_finished_when_the_bot_is_told_to_stop(
    tmp_path: Path, database_url: str, real_store: Store, workspace: Workspace
) -> None:
    async with serving(tmp_path, database_url, workspace) as process:
        await workspace.slash(USER, "dm", "/initiative", "list")
        workspace.faults.add("users.info", "slow", seconds=1.0)
        asked = asyncio.create_task(workspace.slash(ADMIN, "dm", "/tandem", "help"))
        await workspace.wait_for(lambda: ("users.info", "slow") in workspace.faults.happened)
        process.send_signal(signal.SIGTERM)
        outcome = await asyncio.wait_for(asked, 15)
        assert (outcome.status, outcome.problem) == (200, None)
        assert outcome.answer
        assert await asyncio.to_thread(process.wait, 15) == 0
    written = (tmp_path / "log").read_text()
    assert '"stopped"' in written
    assert workspace.bot_token not in written
    assert workspace.signing_secret not in written


async def test_a_message_committed_before_a_kill_is_sent_after_the_restart(
    tmp_path: Path, database_url: str, real_store: Store, workspace: Workspace
) -> None:
    async with serving(tmp_path, database_url, workspace) as process:
        workspace.faults.add("chat.postMessage", "slow", seconds=30, times=None)
        # A stranger writes: the administrators are told of them, from the outbox.
        arun = await workspace.slash(ADMIN, "dm", "/tandem", "help")
        assert arun.status == 200
        stranger = await workspace.slash("U0901", "dm", "/tandem", "help")
        assert stranger.status == 200
        await workspace.wait_for(lambda: workspace.calls_of("chat.postMessage"))
        process.kill()
        await asyncio.to_thread(process.wait)
    workspace.faults.clear()
    before = len(workspace.messages(ADMIN, "dm"))

    def lease_over(work: Work) -> int:
        waiting = outbox.outbox.c.state == "waiting"
        return work.connection.execute(
            sa.update(outbox.outbox).where(waiting).values(due_at=work.now)
        ).rowcount

    assert await real_store.write(lease_over) >= 1
    async with serving(tmp_path, database_url, workspace):
        await workspace.wait_for(lambda: len(workspace.messages(ADMIN, "dm")) > before, timeout_s=15)
    assert "Robin Quill" in str(workspace.last_message(ADMIN, "dm"))


async def test_a_vault_that_cannot_be_used_stops_nothing_but_pulses(
    tmp_path: Path, database_url: str, real_store: Store, workspace: Workspace
) -> None:
    vault_of(tmp_path).mkdir()
    vault_of(tmp_path).chmod(0o755)
    async with serving(tmp_path, database_url, workspace):
        answer = await workspace.slash(ADMIN, "dm", "/initiative", "list")
        assert (answer.status, answer.problem) == (200, None)
        pulses = await workspace.slash(ADMIN, "dm", "/pulse", "")
        assert (pulses.status, pulses.problem) == (200, None)
    written = (tmp_path / "log").read_text()
    assert '"vault_unusable"' in written and "chmod 700" in written
    assert "Traceback" not in written
    assert ADMIN not in written


def folders(folder: Path) -> dict[str, str]:
    return {"XDG_DATA_HOME": str(folder), "TANDEM_VAULT_DIR": str(vault_of(folder))}


def types(folder: Path, *arguments: str) -> Typed:
    """Type a command in this process."""
    return typed(folder, *arguments, **folders(folder))


def run(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Type a command in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", *arguments],
        env=clean | folders(folder) | {"PYTHONPATH": str(Path(__file__).parents[2])} | variables,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


SLACK = {"TANDEM_SLACK_BOT_TOKEN": "xoxb-1", "TANDEM_SLACK_SIGNING_SECRET": "0" * 32}


def test_an_unmigrated_database_is_refused_with_what_to_type(tmp_path: Path) -> None:
    done = run(tmp_path, "serve", **SLACK)
    assert done.returncode == 1
    assert "tandem migrate" in done.stderr
    assert "Traceback" not in done.stderr


def test_without_slack_and_teams_a_sentence_says_what_to_set(tmp_path: Path) -> None:
    done = run(tmp_path, "serve")
    assert (done.returncode, "TANDEM_SLACK_BOT_TOKEN" in done.stderr) == (2, True)
    assert "Traceback" not in done.stderr


def test_from_nothing_to_an_export_in_three_commands(tmp_path: Path) -> None:
    assert run(tmp_path, "migrate").returncode == 0
    assert types(tmp_path, "migrate").returncode == 0
    imported = types(tmp_path, "directory", "import", str(people_csv()), "--teams", str(teams_csv()), "--yes")
    assert imported.returncode == 0, imported.stderr
    unasked = types(tmp_path, "directory", "import", str(people_csv()))
    assert "Nothing to change." in unasked.stdout
    exported = types(tmp_path, "export", "contributions", "--format", "jsonl", "--out", "all.jsonl")
    assert exported.returncode == 0 and (tmp_path / "all.jsonl").exists()
    file = tmp_path / "tandem" / "tandem.sqlite3"
    assert file.stat().st_mode & 0o077 == 0


def test_a_bad_file_and_a_bad_option_are_sentences(tmp_path: Path) -> None:
    assert types(tmp_path, "migrate").returncode == 0
    (tmp_path / "bad.csv").write_text("name,email,team\nAda,nowhere,Ops\n")
    done = types(tmp_path, "directory", "import", "bad.csv", "--yes")
    assert (done.returncode, "line 2" in done.stdout) == (1, True)
    assert types(tmp_path, "export", "contributions", "--from", "tomorrow").returncode == 2
    missing = types(tmp_path, "directory", "import", "none.csv", "--yes")
    assert (missing.returncode, "Traceback" in missing.stderr) == (1, False)
