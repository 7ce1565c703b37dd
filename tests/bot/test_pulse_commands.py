"""`tandem pulse` as it is typed, beside a store that the bot has open, on both databases."""

import asyncio
import os
import re
import select
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from domain.pulses import Status
from storage import ballots, releases
from storage.outbox import outbox
from storage.sealing import PASSPHRASE, read_public, read_trustee_key, trustee_key
from storage.store import Store, Work, open_store
from storage.vault import FileVault
from tests.bot.typed import Typed, typed
from tests.conftest import MovedClock
from tests.pulses.conftest import Poll, poll, spec

__all__ = ["poll"]

SECRET = "a long enough passphrase"
OPENING, PUBLIC = "tandem-opening-key.txt", "tandem-public-key.txt"
#: The commands look at the real clock, so these pulses are of a year that is over.
WEEK = {"opens_on": date(2025, 11, 19), "closes_on": date(2025, 11, 25)}
FOR_EVER = {"opens_on": date(2025, 11, 19), "closes_on": date(2999, 12, 31)}

Done = Typed | subprocess.CompletedProcess[str]


@pytest.fixture
def clock() -> MovedClock:
    moved = MovedClock()
    moved.now = datetime(2025, 11, 19, 12, 0, tzinfo=UTC)
    return moved


@pytest.fixture
def vault(tmp_path: Path) -> FileVault:
    return FileVault(vault_folder(tmp_path))


@pytest.fixture
async def store(database_url: str, clock: MovedClock, vault: FileVault) -> AsyncIterator[Store]:
    opened = open_store(database_url, clock, pool_size=4, vault=vault)
    yield opened
    await opened.close()


def vault_folder(folder: Path) -> Path:
    return folder.parent / f"{folder.name}-vault"


def run(folder: Path, *arguments: str, **variables: str) -> Done:
    """Type a command in a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")}
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "pulse", *arguments],
        env=clean | {"XDG_DATA_HOME": str(folder), "PYTHONPATH": str(Path(__file__).parents[2])} | variables,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


class Server:
    """Types commands where the bot runs."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self._variables = {
            "TANDEM_DATABASE_URL": url,
            "TANDEM_VAULT_DIR": str(vault_folder(folder)),
            "XDG_DATA_HOME": str(folder),
        }

    async def types(self, *arguments: object) -> Done:
        """Type a command in this process."""
        words = ("pulse", *map(str, arguments))
        return said(await asyncio.to_thread(typed, self.folder, *words, **self._variables))

    async def runs(self, *arguments: object) -> Done:
        """Type a command in a process of its own."""
        return said(await asyncio.to_thread(run, self.folder, *map(str, arguments), **self._variables))


def said(done: Done) -> Done:
    assert "Traceback" not in done.stderr
    return done


@pytest.fixture
def server(tmp_path: Path, database_url: str) -> Server:
    return Server(tmp_path, database_url)


async def answered(poll: Poll, number: int) -> None:
    for one in range(1, 13):
        await poll.answer(f"Claims{one}", number, 5)


async def test_a_third_party_closes_with_its_key_and_nobody_else_does(
    poll: Poll, server: Server, vault: FileVault, tmp_path: Path
) -> None:
    opening, public = trustee_key(SECRET)
    files = {
        "right": opening,
        "other": trustee_key()[0],
        "public": public,
        "words": f"{SECRET}\n",
        "wrong": "another long passphrase\n",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "image").write_bytes(b"\xff\xd8\xff")
    number = await poll.launch(
        spec(**WEEK, trustee="the works council", trustee_key=read_public(public).hex())
    )
    await answered(poll, number)
    poll.clock.move(days=7)
    await poll.tick()
    assert (await poll.pulse(number)).status is Status.CLOSING
    alone = await server.types("close", number)
    assert (alone.returncode, alone.stdout) == (2, "")
    assert "Only the works council can open this pulse" in alone.stderr
    for key, words, said in [
        ("other", "words", "belongs to another pulse"),
        ("public", "words", "This is the public key, which only locks."),
        ("image", "words", "is not a text file."),
        ("right", "wrong", "The passphrase is another one"),
    ]:
        done = await server.types("close", number, "--key", key, "--passphrase-file", words)
        assert (done.returncode, done.stdout) == (1, ""), key
        assert said in done.stderr, key
    unasked = await server.types("close", number, "--key", "right")
    assert unasked.returncode == 2 and "--passphrase-file" in unasked.stderr
    assert (await poll.pulse(number)).status is Status.CLOSING
    done = await server.types("close", number, "--key", "right", "--passphrase-file", "words")
    assert done.returncode == 0, done.stderr
    assert "closed and released" in done.stdout and "destroy all copies of it now" in done.stdout
    assert (await poll.pulse(number)).status is Status.RELEASED
    assert {one.n for one in await poll.store.read(lambda work: releases.of(work, number))} == {12}
    assert vault.names() == {ballots.MAC_KEY}
    again = await server.types("close", number, "--key", "right", "--passphrase-file", "words")
    assert again.returncode == 0 and "closed and released" in again.stdout
    private = read_trustee_key(opening, SECRET)
    assert not [one for one in (alone, done, again) if private.hex() in one.stdout + one.stderr]


async def test_a_pulse_that_is_not_over_or_not_there_is_said_and_left(poll: Poll, server: Server) -> None:
    number = await poll.launch(spec(**FOR_EVER))
    early = await server.types("close", number)
    assert early.returncode == 1
    assert f"Pulse {number} is open until the end of Tuesday 2999-12-31" in early.stderr
    assert (await poll.pulse(number)).status is Status.OPEN
    nowhere = await server.types("close", 99)
    assert (nowhere.returncode, "There is no pulse 99." in nowhere.stderr) == (1, True)
    assert (await server.types("close", "first")).returncode == 2


async def test_a_pulse_that_is_over_is_closed_also_where_no_bot_has_run_since(
    poll: Poll, server: Server, vault: FileVault
) -> None:
    number = await poll.launch(spec(**WEEK))
    await answered(poll, number)
    done = await server.runs("close", number)
    assert (done.returncode, "closed and released" in done.stdout) == (0, True), done.stderr
    assert (await poll.pulse(number)).status is Status.RELEASED
    assert vault.names() == {ballots.MAC_KEY}


async def test_without_the_vault_a_sentence_says_what_to_look_at(
    poll: Poll, server: Server, tmp_path: Path
) -> None:
    number = await poll.launch(spec(**WEEK))
    vault_folder(tmp_path).chmod(0o755)
    done = await server.types("close", number)
    assert done.returncode == 1 and "chmod 700" in done.stderr
    vault_folder(tmp_path).chmod(0o700)


async def test_what_is_discarded_is_asked_about_and_destroyed_unread(
    poll: Poll, server: Server, vault: FileVault
) -> None:
    assert "There are no pulses yet." in (await server.types("list")).stdout
    number = await poll.launch(spec(**FOR_EVER, title="Stopped on purpose"))
    await answered(poll, number)
    unasked = await server.types("discard", number)
    assert unasked.returncode == 1 and "add --yes" in unasked.stderr
    assert (await poll.pulse(number)).status is Status.OPEN
    done = await server.types("discard", number, "--yes")
    assert (done.returncode, "destroyed unread" in done.stdout) == (0, True), done.stderr
    assert (await poll.pulse(number)).status is Status.WITHDRAWN
    assert vault.names() == {ballots.MAC_KEY}

    def told(work: Work) -> int:
        batch = outbox.c.batch == f"pulse.results/{number}"
        return work.connection.execute(
            sa.select(sa.func.count()).select_from(outbox).where(batch)
        ).scalar_one()

    assert await poll.store.read(told) == len(poll.company.person)
    again = await server.types("discard", number, "--yes")
    assert again.returncode == 1 and "is withdrawn: there is nothing to discard" in again.stderr
    listed = await server.types("list")
    assert re.search(
        rf"^{number} +withdrawn +2025-11-19 +2999-12-31 +Tandem +Stopped on purpose$", listed.stdout, re.M
    )
    assert "12" not in listed.stdout.replace("2999-12-31", "")


def test_a_key_pair_is_made_without_any_settings_and_never_over_another(tmp_path: Path) -> None:
    broken = {"TANDEM_PORT": "many", "TANDEM_DATABASE_URL": "none"}
    done = run(tmp_path, "key", "stick/keys", **broken)
    assert done.returncode == 0, done.stderr
    folder = tmp_path / "stick" / "keys"
    opening, public = ((folder / name).read_text() for name in (OPENING, PUBLIC))
    assert done.stdout == public
    private = read_trustee_key(opening, expected=read_public(public))
    assert len(private) == 32
    line = next(line for line in opening.splitlines() if line.startswith("private:"))
    assert line.removeprefix("private: ") not in done.stdout + done.stderr
    assert [path.stat().st_mode & 0o777 for path in (folder / OPENING, folder / PUBLIC)] == [0o600, 0o600]
    again = typed(tmp_path, "pulse", "key", "stick/keys")
    assert again.returncode == 1 and "is left as it is" in again.stderr
    assert (folder / OPENING).read_text() == opening
    (folder / OPENING).unlink()
    half = typed(tmp_path, "pulse", "key", "stick/keys")
    assert half.returncode == 1 and not (folder / OPENING).exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["stick"]


def test_a_passphrase_locks_the_key_and_a_short_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "words").write_text(f"{SECRET}\n")
    (tmp_path / "short").write_text("short\n")
    done = typed(tmp_path, "pulse", "key", "locked", "--passphrase-file", "words")
    assert done.returncode == 0, done.stderr
    opening, public = ((tmp_path / "locked" / name).read_text() for name in (OPENING, PUBLIC))
    assert "private:" not in opening
    assert len(read_trustee_key(opening, SECRET, expected=read_public(public))) == 32
    refused = typed(tmp_path, "pulse", "key", "other", "--passphrase-file", "short")
    assert refused.returncode == 2 and f"at least {PASSPHRASE} characters" in refused.stderr
    unasked = typed(tmp_path, "pulse", "key", "other", "--passphrase")
    assert unasked.returncode == 2 and "--passphrase-file" in unasked.stderr
    assert not (tmp_path / "other").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals of this kind")
def test_a_passphrase_is_asked_for_twice_on_a_terminal_and_not_shown(tmp_path: Path) -> None:
    terminal, side = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "pulse", "key", "keys", "--passphrase"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])},
        stdin=side,
        stdout=side,
        stderr=side,
        start_new_session=True,
    )
    os.close(side)
    seen = b""
    try:
        # The last space comes when what is typed is not shown any more.
        for asked in (b"Passphrase: ", b"confirmation: "):
            while not seen.endswith(asked):
                seen += read(terminal)
            os.write(terminal, f"{SECRET}\n".encode())
        while (piece := read(terminal)) != b"":
            seen += piece
        assert process.wait(30) == 0, seen
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert SECRET.encode() not in seen
    opening = (tmp_path / "keys" / OPENING).read_text()
    assert len(read_trustee_key(opening, SECRET)) == 32


def read(terminal: int) -> bytes:
    """What the other side wrote; nothing once it is gone."""
    assert select.select([terminal], [], [], 60)[0], "the command neither asks nor ends"
    try:
        return os.read(terminal, 1024)
    except OSError:
        return b""
