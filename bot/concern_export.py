"""`tandem export concerns`: where concerns are and what came of them, as a file. Whoever may run it may read it."""

import asyncio
from pathlib import Path

import click

from bot.problem import Problem
from bot.using import out_option, settings_for, with_store


@click.command("concerns")
@click.option("--format", default="csv", help="csv or json.")
@out_option
def export_concerns(format: str, out: Path | None) -> None:
    """Write concerns by number: state, times of their handlers, published words. No text of a case, no reporter."""
    match format.lower():
        case "csv" | "json" as form:
            pass
        case _:
            raise Problem("--format is csv or json.", exit_code=2)
    if out is not None and not out.parent.is_dir():
        raise Problem(f"There is no folder {out.parent}.", exit_code=2)
    settings = settings_for()
    from handlers.concerns.exporting import exported

    text = asyncio.run(with_store(settings, lambda store: store.read(lambda work: exported(work, form))))
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8", newline="")
    click.echo(f"{out} is ready.", err=True)
