"""The `tandem` command. Each subcommand loads what it needs, when it is called."""

import asyncio
import gc
import os
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from bot import concern_export, digest_commands, pulse_commands, pulse_export
from bot.problem import Problem
from bot.using import confirmed, out_option, settings_for, with_store

if TYPE_CHECKING:
    from bot.settings import Settings

#: How many bad rows of a file are shown; the rest is counted.
MOST_ROWS = 40


class Commands(click.Group):
    """Commands that Ctrl-C ends without a word, with the exit code that shells know."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            ctx.exit(130)


@click.group("tandem", cls=Commands, context_settings={"show_default": True})
def app() -> None:
    """Tandem: a chat bot for Slack and Microsoft Teams that makes AI adoption co-owned."""


@app.group()
def directory() -> None:
    """The people and teams that Tandem knows."""


@app.group()
def kpi() -> None:
    """The numbers that initiatives are judged by."""


@app.group()
def export() -> None:
    """Files of what is stored."""


app.add_command(digest_commands.digest)
app.add_command(digest_commands.brief)
app.add_command(pulse_commands.app)
export.add_command(pulse_export.export_pulse)
export.add_command(concern_export.export_concerns)


def main() -> None:
    """Run the command line. What goes wrong is a sentence on standard error and an exit code."""
    # The database, exports and keys hold what people wrote: nobody else on this machine reads them.
    os.umask(0o077)
    try:
        app()
    except Problem as problem:
        click.echo(problem.sentence, err=True)
        sys.exit(problem.exit_code)
    except Exception as error:
        from domain.errors import Refused

        if isinstance(error, Refused):
            click.echo(error.sentence, err=True)
            sys.exit(1)
        if os.environ.get("TANDEM_LOG_LEVEL", "").upper() == "DEBUG":
            raise
        if isinstance(error, OSError):
            where = f" ({error.filename})" if error.filename else ""
            click.echo(f"{error.strerror or type(error).__name__}{where}.", err=True)
        else:
            click.echo(
                f"Something unexpected went wrong ({type(error).__name__}). "
                "With TANDEM_LOG_LEVEL=DEBUG this command shows where.",
                err=True,
            )
        sys.exit(1)


@app.command()
def serve() -> None:
    """Run the bot until it is told to stop (SIGTERM, Ctrl-C)."""
    gc.disable()  # until it is up (`bot.serve.tune`): all that start-up makes stays
    settings = settings_for(log=True)
    from bot.loop import run
    from bot.serve import serve as listen

    run(listen(settings))


@app.command()
def migrate() -> None:
    """Bring the database to the present version. Safe to repeat."""
    settings = settings_for()
    from bot.database import upgraded
    from storage.migrate import head

    upgraded(settings)
    click.echo(f"The database is at revision {head()}.")


@app.command()
@click.option("--port", type=click.IntRange(0, 65535), default=8765, help="Where the page is, on 127.0.0.1.")
@click.option("--keep", is_flag=True, help="Go on with what is there from last time.")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    default=Path("var/playground"),
    help="Where the playground keeps its data.",
)
def playground(port: int, keep: bool, folder: Path) -> None:
    """Try Tandem in a fictional company's workspace, on this machine alone."""
    from bot.demo import play

    asyncio.run(play(folder, port=port, keep=keep))


@app.command()
def doctor() -> None:
    """Check the settings one by one, and say what to do about each problem."""
    from bot.doctor import examine, table
    from bot.settings import load

    try:
        settings: Settings | Problem = load()
    except Problem as problem:
        settings = problem
    findings = asyncio.run(examine(settings))
    click.echo(table(findings))
    sys.exit(1 if any(finding.state == "problem" for finding in findings) else 0)


@app.command("outbox")
@click.option("--watch", "watching", is_flag=True, help="Look again every two seconds.")
def show_outbox(watching: bool) -> None:
    """Show how far messages got: planned, sent, waiting, given up and why. Never a word of what they say."""
    settings = settings_for()
    from bot.outbox_view import show, watch

    asyncio.run(with_store(settings, lambda store: (watch if watching else show)(store, click.echo)))


@app.command()
@click.option(
    "--key",
    default="",
    show_default=False,
    help="Only messages whose key begins so, as `tandem outbox` shows it.",
)
def retry(key: str) -> None:
    """Send again what was given up: messages that could not be delivered."""
    settings = settings_for()
    from storage import outbox

    count = asyncio.run(
        with_store(settings, lambda store: store.write(lambda work: outbox.retry_dead(work, key)))
    )
    such = f" whose key begins with {key}" if key else ""
    click.echo(
        f"No message{such} was given up."
        if not count
        else f"{count:,} back in the queue; `tandem serve` sends them."
    )


@app.command()
@click.option("--witnessed", help="A head that was printed earlier and kept elsewhere, as in 1234:9f86d0...")
@click.option("--quiet", is_flag=True, help="Say nothing where everything holds.")
def verify(witnessed: str | None, quiet: bool) -> None:
    """Check the audit log and all sign-offs against each other: exit code 0 if everything holds, 1 if not."""
    from bot.auditing import walk, witnessed_head

    head = None if witnessed is None else witnessed_head(witnessed)
    settings = settings_for()
    shown = not quiet and sys.stderr.isatty()

    def progress(entries: int) -> None:
        if entries % 20_000 == 0:
            click.echo(f"\r{entries:,} entries hold so far", nl=False, err=True)

    try:
        said = asyncio.run(
            with_store(
                settings,
                lambda store: walk(
                    store, witnessed=head, progress=progress if shown else lambda entries: None
                ),
            )
        )
    finally:
        if shown:
            click.echo("\r\033[K", nl=False, err=True)
    if not quiet:
        click.echo(said)


@app.command("teams-package")
@click.argument("out", type=click.Path(path_type=Path))
@click.option("--website", help="Your own page about the bot (https://...).")
def teams_package(out: Path, website: str | None) -> None:
    """Write the app package that a Teams administrator uploads.

    OUT is the zip file to write.
    """
    settings = settings_for()
    from handlers.teams.manifest import package

    if settings.teams_app_id is None:
        raise Problem("Please set TANDEM_TEAMS_APP_ID: the package names the bot by it.", exit_code=2)
    try:
        package(settings.teams_app_id, out, website=website)
    except ValueError as error:
        raise Problem(str(error), exit_code=2) from None
    click.echo(f"{out} is ready. Upload it in the Teams admin center, under Manage apps.")


@directory.command("import")
@click.argument("people", type=click.Path(path_type=Path))
@click.option("--teams", type=click.Path(path_type=Path), help="teams.csv: team,kind.")
@click.option("--yes", is_flag=True, help="Apply the change without asking.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows when some are bad.")
@click.option("--deactivate-missing", is_flag=True, help="Deactivate people who are not in the file.")
def directory_import(
    people: Path, teams: Path | None, yes: bool, skip_bad: bool, deactivate_missing: bool
) -> None:
    """Bring the directory to what a file says. Shows the change first; repeating it changes nothing.

    PEOPLE is people.csv: name,email,team and more.
    """
    settings = settings_for()
    from bot.importing import import_files

    def agree() -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise Problem("Nothing was changed. To apply this without being asked, add --yes.")
        return confirmed("Apply this?")

    asyncio.run(
        with_store(
            settings,
            lambda store: import_files(
                store,
                settings,
                people,
                teams,
                skip_bad=skip_bad,
                deactivate_missing=deactivate_missing,
                agree=agree,
                say=click.echo,
            ),
        )
    )


@kpi.command("import")
@click.argument("initiative")
@click.argument("readings", type=click.Path(path_type=Path))
@click.option("--by", help="Who noted them, by e-mail; whose number each is if it is left out.")
@click.option("--skip-bad", is_flag=True, help="Import the good rows when some are bad.")
def kpi_import(initiative: str, readings: Path, by: str | None, skip_bad: bool) -> None:
    """Store a file's readings of an initiative's KPIs, one a day; repeating it changes nothing.

    INITIATIVE is the initiative, by its key. READINGS is readings.csv: day,kpi,value.
    """
    content = readings.read_bytes()
    settings = settings_for()
    from handlers.kpis.importing import import_readings

    result = asyncio.run(
        with_store(
            settings,
            lambda store: import_readings(
                store,
                content,
                initiative,
                time_zone=settings.timezone,
                noted_by=by,
                skip_bad=skip_bad,
            ),
        )
    )
    for row in result.bad[:MOST_ROWS]:
        click.echo(f"{readings.name}, line {row.line}: {row.reason}.", err=True)
    if len(result.bad) > MOST_ROWS:
        click.echo(f"  … and {len(result.bad) - MOST_ROWS:,} more", err=True)
    if not result.stored:
        rows = "1 row is bad" if len(result.bad) == 1 else f"{len(result.bad):,} rows are bad"
        raise Problem(
            f"{rows}, so nothing was imported. Please mend them, or leave them out with --skip-bad."
        )
    click.echo(f"{result.new:,} new, {result.replaced:,} replaced, {result.unchanged:,} unchanged.")


@export.command("contributions")
@click.option("--from", "first", help="The first day, as in 2026-11-01.")
@click.option("--to", "last", help="The last day.")
@click.option("--format", default="csv", help="csv, xlsx or jsonl.")
@click.option("--initiative", help="One initiative only, by its key.")
@out_option
def export_contributions(
    first: str | None, last: str | None, format: str, initiative: str | None, out: Path | None
) -> None:
    """Write the contribution log to a file, in constant memory."""
    form = _form(format)
    days = (_day(first, "--from"), _day(last, "--to"))
    if days[0] and days[1] and days[1] < days[0]:
        raise Problem("--to is before --from.", exit_code=2)
    if out is None and form == "xlsx" and sys.stdout.isatty():
        raise Problem("A spreadsheet cannot be shown here. Please name a file with --out.", exit_code=2)
    if out is not None and not out.parent.is_dir():
        raise Problem(f"There is no folder {out.parent}.", exit_code=2)
    settings = settings_for()
    from handlers.exports import export_contributions as write

    count = asyncio.run(
        with_store(
            settings,
            lambda store: write(
                store,
                out if out is not None else sys.stdout.buffer,
                first=days[0],
                last=days[1],
                form=form,
                initiative_key=initiative,
            ),
        )
    )
    click.echo(f"{count:,} contributions" + ("." if out is None else f" in {out}."), err=True)


@export.command("signoffs")
@click.option("--initiative", help="One initiative only, by its key.")
@click.option("--format", default="json", help="json, or html to read and print.")
@out_option
def export_signoffs(initiative: str | None, format: str, out: Path | None) -> None:
    """Write sign-offs and the audit log for an auditor, who needs nothing else to check them.

    With --initiative the requests are those of one initiative; the log is always whole, since each entry holds by
    all the ones before it.
    """
    form = _page_form(format)
    if out is not None and not out.parent.is_dir():
        raise Problem(f"There is no folder {out.parent}.", exit_code=2)
    settings = settings_for()
    from handlers.signoffs.export import export_signoffs as write

    count = asyncio.run(
        with_store(
            settings,
            lambda store: write(
                store,
                out if out is not None else sys.stdout.buffer,
                form=form,
                initiative_key=initiative,
            ),
        )
    )
    requests = "1 request" if count == 1 else f"{count:,} requests"
    click.echo(requests + ("." if out is None else f" in {out}."), err=True)


def _page_form(text: str) -> Literal["json", "html"]:
    match text.lower():
        case "json" | "html" as form:
            return form
    raise Problem("--format is json or html.", exit_code=2)


def _form(text: str) -> Literal["csv", "xlsx", "jsonl"]:
    match text.lower():
        case "csv" | "xlsx" | "jsonl" as form:
            return form
    raise Problem("--format is csv, xlsx or jsonl.", exit_code=2)


def _day(text: str | None, option: str) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise Problem(f"{option} is a day such as 2026-11-01.", exit_code=2) from None


if __name__ == "__main__":
    main()
