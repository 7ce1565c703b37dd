"""`tandem pulse`: what whoever runs the server, or holds a pulse's only key, does by hand."""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from bot.problem import Problem
from bot.using import confirmed, settings_for, with_store

if TYPE_CHECKING:
    from storage.pulses import Pulse
    from storage.store import Store

T = TypeVar("T")

OPENING = "tandem-opening-key.txt"
PUBLIC = "tandem-public-key.txt"
#: More than any key file has, in characters.
LONGEST_KEY = 10_000

pulse_argument = click.argument("pulse", type=click.IntRange(min=1))
passphrase_file_option = click.option(
    "--passphrase-file",
    type=click.Path(path_type=Path),
    help="A file whose first line is the passphrase; asked for if it is left out.",
)


@click.group("pulse")
def app() -> None:
    """Pulses: list, close, discard, and make a third party's key."""


@app.command("list")
def show() -> None:
    """List the pulses, the newest first. How many answered is not shown: nobody knows before the close."""
    from domain.pulses import Status
    from storage import pulses

    async def run(store: "Store") -> "list[Pulse]":
        return await store.read(lambda work: pulses.in_status(work, *Status))

    found = _run(run)
    if not found:
        click.echo("There are no pulses yet.")
        return
    rows = [("id", "status", "first day", "last day", "opened by", "title")]
    rows += [
        (
            str(one.id),
            one.status.value,
            one.spec.opens_on.isoformat(),
            one.spec.closes_on.isoformat(),
            one.spec.trustee or "Tandem",
            one.spec.title,
        )
        for one in found
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


@app.command()
@pulse_argument
@click.option(
    "--key",
    type=click.Path(path_type=Path),
    help="The file of the opening key, where a third party holds it.",
)
@passphrase_file_option
def close(pulse: int, key: Path | None, passphrase_file: Path | None) -> None:
    """Count a pulse that is over, and release what may be read. Safe to repeat, and while the bot runs.

    PULSE is the pulse's number, as `tandem pulse list` shows it.
    """
    from domain.pulses import Status
    from handlers.pulses import closing
    from storage import sealing

    text = None if key is None else _read(key, LONGEST_KEY)

    async def run(store: "Store") -> closing.Outcome:
        one = await _over(store, pulse)
        if one.status is not Status.CLOSING:
            return await closing.close(store, pulse)
        if text is None:
            if one.spec.trustee_key is not None:
                raise Problem(
                    f"Only {one.spec.trustee} can open this pulse. Please add their key: --key FILE",
                    exit_code=2,
                )
            return await closing.close(store, pulse)
        passphrase = _passphrase(passphrase_file) if _is_locked(text) else None
        try:
            private = sealing.read_trustee_key(text, passphrase, expected=one.public_key)
            return await closing.close(store, pulse, private)
        except sealing.WrongKey as wrong:
            raise Problem(wrong.sentence) from None
        except closing.NotTheKey:
            raise Problem("This key does not open this pulse. Nothing was changed.") from None

    outcome = _run(run)
    if outcome.status not in (Status.RELEASED, Status.UNREAD):
        raise Problem(outcome.sentence)
    click.echo(outcome.sentence)
    if text is not None:
        click.echo("The opening key was not kept here. Please destroy all copies of it now.")


@app.command()
@pulse_argument
@click.option("--yes", is_flag=True, help="Destroy it without asking.")
def discard(pulse: int, yes: bool) -> None:
    """Destroy a pulse and all its answers unread: one that was stopped, or whose key is lost. Cannot be undone.

    PULSE is the pulse's number, as `tandem pulse list` shows it.
    """
    from domain.pulses import Status
    from handlers.pulses import closing

    async def run(store: "Store") -> bool:
        one = await _known(store, pulse)
        if one.status not in (Status.OPEN, Status.CLOSING, Status.STOPPED):
            raise Problem(f"Pulse {pulse} is {one.status.value}: there is nothing to discard.")
        if not yes:
            _agree(f"Destroy all answers of “{one.spec.title}” ({one.status.value}) unread, for good?")
        done = await store.write(lambda work: closing.discard(work, pulse))
        await closing.shred(store, pulse)
        return done

    if not _run(run):
        raise Problem(f"Pulse {pulse} was closed or discarded meanwhile. Nothing was changed.")
    click.echo("All of it is destroyed unread, with its keys. Those who were asked are told.")


@app.command("key")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--passphrase", is_flag=True, help="Lock the opening key with a passphrase, asked for here.")
@passphrase_file_option
def make_key(folder: Path, passphrase: bool, passphrase_file: Path | None) -> None:
    """Make a key pair for a third party, such as a works council. Needs no server, no settings and no database.

    FOLDER is where the two files go, best on a stick of your own.
    """
    from storage import sealing

    secret = _passphrase(passphrase_file, new=True) if passphrase or passphrase_file else None
    try:
        opening, public = sealing.trustee_key(secret)
    except ValueError as problem:
        raise Problem(str(problem), exit_code=2) from None
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in (OPENING, PUBLIC):
        if os.path.lexists(folder / name):
            raise _there(folder / name)
    _write(folder / OPENING, opening)
    try:
        _write(folder / PUBLIC, public)
    except BaseException:
        (folder / OPENING).unlink()  # half a pair is of no use
        raise
    click.echo(
        f"{folder / OPENING} opens the answers: give it to nobody, and keep a second copy elsewhere. If it is lost, "
        "nobody can open them. Make a new pair for each pulse.\n"
        f"{folder / PUBLIC} is the public half. Paste this into the plan of the pulse:\n",
        err=True,
    )
    click.echo(public, nl=False)


def _run(use: "Callable[[Store], Coroutine[object, object, T]]") -> T:
    """Use the store. Raises Problem, also for what is wrong with the vault."""
    from storage.vault import VaultProblem

    settings = settings_for()
    try:
        return asyncio.run(with_store(settings, use))
    except VaultProblem as problem:
        raise Problem(problem.sentence) from None


async def _known(store: "Store", pulse: int) -> "Pulse":
    from storage import pulses

    one = await store.read(lambda work: pulses.by_id(work, pulse))
    if one is None:
        raise Problem(f"There is no pulse {pulse}. `tandem pulse list` shows them all.")
    return one


async def _over(store: "Store", pulse: int) -> "Pulse":
    """The pulse, whose time is over: one that nobody has stopped since takes no more answers from now on."""
    from domain.pulses import Status
    from handlers.pulses import closing

    one = await _known(store, pulse)
    if one.status is Status.OPEN:
        if not await store.read(lambda work: work.now >= one.spec.closes_at):
            raise Problem(
                f"Pulse {pulse} is open until the end of {one.spec.closes_on:%A} {one.spec.closes_on.isoformat()} "
                f"({one.spec.zone}). No answer can be opened before."
            )
        await store.write(lambda work: closing.stop(work, pulse))
        one = await _known(store, pulse)
    return one


def _is_locked(text: str) -> bool:
    return any(line.strip().startswith("locked:") for line in text.splitlines())


def _passphrase(file: Path | None, *, new: bool = False) -> str:
    if file is not None:
        return (_read(file, LONGEST_KEY).splitlines() or [""])[0]
    if not sys.stdin.isatty():
        raise Problem(
            "The passphrase cannot be asked for here. Please give it by --passphrase-file.", exit_code=2
        )
    typed: str = click.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True)
    return typed


def _read(file: Path, most: int) -> str:
    """The text of a small file. Raises Problem and OSError."""
    try:
        with file.open(encoding="utf-8") as opened:
            text = opened.read(most + 1)
    except UnicodeDecodeError:
        raise Problem(f"{file} is not a text file.") from None
    if len(text) > most:
        raise Problem(f"{file} is too long to be what is wanted here.")
    return text


def _write(file: Path, text: str) -> None:
    """A new file for its owner alone, on the disk when it returns. Raises Problem where there is one."""
    try:
        opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise _there(file) from None
    try:
        with os.fdopen(opened, "w", encoding="utf-8", newline="\n") as made:
            made.write(text)
            made.flush()
            os.fsync(made.fileno())
    except BaseException:
        with contextlib.suppress(OSError):
            file.unlink()
        raise


def _there(file: Path) -> Problem:
    return Problem(f"{file} is there already and is left as it is. Please name another folder.")


def _agree(question: str) -> None:
    if not sys.stdin.isatty():
        raise Problem("Nothing was changed. To destroy it without being asked, add --yes.")
    if not confirmed(question):
        raise Problem("Nothing was changed.")
