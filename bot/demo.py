"""The playground: the bot on SQLite beside a workspace that speaks Slack, in one process on this machine alone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial
from pathlib import Path

import click
from pydantic import SecretStr

from bot import database, logs
from bot.demo_concerns import write_concerns
from bot.demo_governance import write_governance
from bot.demo_history import write_history
from bot.demo_pulses import write_pulse
from bot.demo_showcase import write_showcases
from bot.demo_signoffs import write_signoffs
from bot.importing import import_files
from bot.playground.clock import MovableClock
from bot.playground.manifest import Command, Manifest, Shortcut
from bot.playground.roster import TEAM_ID, alder_and_pike, people_csv, teams_csv
from bot.playground.workspace import Workspace
from bot.problem import Problem
from bot.serve import Bot, build, told_to_stop, tune
from bot.settings import GivenSettings, Settings
from handlers.slack.manifest import COMMANDS, EVENTS, SCOPES, SHORTCUTS
from storage import outbox, people
from storage.store import Store, Work

HOST = "127.0.0.1"
DATABASE = "playground.sqlite3"
#: By how many seconds the playground's clock is ahead, beside the database that has lived through them.
AHEAD = "ahead"
#: How long an hour that goes by may wait for messages, where the workspace misbehaves.
MOST_SECONDS_AN_HOUR = 3.0


async def play(folder: Path, *, port: int, keep: bool) -> None:
    """Run the playground until told to stop. Raises Problem."""
    logs.configure("console", "WARNING")
    stopping = told_to_stop()
    async with playground(folder, port=port, keep=keep) as (workspace, _bot):
        tune()
        click.echo(f"Tandem's playground is ready: {workspace.base_url}/  (Ctrl-C ends it)")
        await stopping.wait()


@asynccontextmanager
async def playground(
    folder: Path, *, port: int = 0, keep: bool = False
) -> AsyncIterator[tuple[Workspace, Bot]]:
    """A running workspace with the bot in it; port 0 takes any free one. Raises Problem."""
    clock = MovableClock()
    workspace = Workspace(alder_and_pike(), manifest=manifest(), clock=clock)
    try:
        await workspace.start(port)
    except OSError as error:
        raise Problem(
            f"Cannot listen on {HOST}, port {port}: {error.strerror or error}. Please choose another --port."
        ) from error
    try:
        settings = _settings(folder, workspace)
        new = await asyncio.to_thread(_prepare, folder, settings, keep)
        clock.move(_ahead(folder, new=new))
        bot = await build(settings, clock=clock)
        workspace.move = partial(_let_go_by, clock, bot, folder)
        try:
            if new:
                await furnish(bot.store, settings)
            await bot.start()
            workspace.bot_url = await bot.listen(HOST, 0)
            yield workspace, bot
        finally:
            await bot.stop()
    finally:
        await workspace.stop()


def _ahead(folder: Path, *, new: bool) -> timedelta:
    """How far the clock was ahead when the playground ended: what it keeps must not lie in the future."""
    file = folder / AHEAD
    if new:
        file.unlink(missing_ok=True)
    return timedelta(seconds=float(file.read_text())) if file.exists() else timedelta(0)


async def _let_go_by(clock: MovableClock, bot: Bot, folder: Path, hours: int) -> None:
    """Let hours go by, one after the other, so that everything happens when it is due."""
    for _ in range(hours):
        # Not while messages are on their way: to the worker it would look as if their leases had run out.
        await _everything_sent(clock, bot)
        now = clock()
        on_the_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        clock.move(on_the_hour - now)
        (folder / AHEAD).write_text(f"{clock.ahead.total_seconds()}")
        await bot.planner.tick()
    await _everything_sent(clock, bot)


async def _everything_sent(clock: MovableClock, bot: Bot) -> None:
    """Wait until nothing more is to be sent at this hour."""
    bot.worker.wake()
    with suppress(TimeoutError):
        async with asyncio.timeout(MOST_SECONDS_AN_HOUR):
            while True:
                due = await bot.store.read(outbox.next_due)
                if bot.worker.in_hand == 0 and (due is None or due > clock()):
                    return
                await asyncio.sleep(0.02)


async def furnish(store: Store, settings: Settings) -> int:
    """Put the company and its history into an empty store; how many contributions."""
    await import_files(store, settings, people_csv(), teams_csv())
    users = [one for one in alder_and_pike().users if one.team]

    def unit(work: Work) -> int:
        for user in users:
            found = people.by_email(work, user.email)
            if found is not None:
                # Everybody has used Tandem before, so that it can write to them.
                people.link(work, "slack", TEAM_ID, user.id, found.id)
        count = write_history(work, work.now.date())
        write_governance(work, work.now.date())
        write_signoffs(work, work.now.date())
        write_showcases(work)
        write_pulse(work, work.now.date())
        write_concerns(work, work.now.date())
        return count

    return await store.write(unit)


def manifest() -> Manifest:
    """What the adapter handles, as Slack would know it from manifest.yaml."""
    names = {
        "log_contribution": "Log as contribution",
        "new_contribution": "Log contribution",
        "raise_concern": "Raise a concern",
    }
    return Manifest(
        commands=tuple(Command(name, *words) for name, words in COMMANDS.items()),
        shortcuts=tuple(
            Shortcut(names.get(callback_id, callback_id), place, callback_id)
            for callback_id, (place, _action) in SHORTCUTS.items()
        ),
        scopes=tuple(SCOPES),
        events=tuple(EVENTS),
    )


def _settings(folder: Path, workspace: Workspace) -> GivenSettings:
    return GivenSettings(
        database_url=SecretStr(f"sqlite:///{(folder / DATABASE).absolute()}"),
        slack_bot_token=SecretStr(workspace.bot_token),
        slack_signing_secret=SecretStr(workspace.signing_secret),
        slack_api_url=workspace.api_url,
        vault_dir=folder / "vault",
        vault_beside_database=True,
        pace=0,
        log_format="console",
        log_level="WARNING",
    )


def _prepare(folder: Path, settings: Settings, keep: bool) -> bool:
    """Make sure that there is a migrated database; whether it is a new one."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files = [folder / f"{DATABASE}{suffix}" for suffix in ("", "-wal", "-shm")]
    if not keep:
        for file in files:
            file.unlink(missing_ok=True)
        vault = database.vault_of(settings)
        for name in vault.names():
            vault.destroy(name)
    new = not files[0].exists()
    database.upgraded(settings)
    return new
