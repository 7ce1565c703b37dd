"""`tandem export concerns`: where concerns are and what came of them, as a file. Whoever may run it may read it."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from bot.problem import Problem
from bot.using import settings_for, with_store


def export_concerns(
    format: Annotated[str, typer.Option(help="csv or json.")] = "csv",
    out: Annotated[
        Path | None, typer.Option(help="The file to write; standard output if it is left out.")
    ] = None,
) -> None:
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
        typer.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8", newline="")
    typer.echo(f"{out} is ready.", err=True)
