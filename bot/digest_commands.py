"""`tandem digest` and `tandem brief`: what is sent in chat, as files. Whoever may run them may read them."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import click

from bot.problem import Problem
from bot.using import out_option, settings_for, with_store


@click.command()
@click.option("--week", help="As in 2026-W47; the last week that is over if it is left out.")
@click.option("--for", "audience", default="hr", help="hr or ai.")
@click.option("--format", default="md", help="html, md or json.")
@out_option
def digest(week: str | None, audience: str, format: str, out: Path | None) -> None:
    """Write a week's digest. A week that is over is kept, and corrected if it turned out otherwise since."""
    from domain.digests import Audience, NotAWeek, Week

    _check_out(out)
    form = _form(format, ("html", "md", "json"))
    try:
        wanted = None if week is None else Week.read(week)
        reader = Audience(audience.lower())
    except NotAWeek as problem:
        raise Problem(problem.sentence, exit_code=2) from None
    except ValueError:
        raise Problem("--for is hr or ai.", exit_code=2) from None

    from handlers.digests import making, page, sections
    from handlers.registry import capabilities
    from storage.store import Work

    known = sections(capabilities())

    def unit(work: Work) -> str:
        zone = making.sending(work).zone_info
        found = making.made(work, known, wanted or making.last_week(work, zone), zone)
        render = {"html": page.html, "md": page.text, "json": page.json}[form]
        return render(known, found, [reader])

    _write(unit, out)


@click.command()
@click.option("--format", default="md", help="html or md.")
@out_option
def brief(format: str, out: Path | None) -> None:
    """Write the brief of the next working session, as things stand now."""
    _check_out(out)
    form = _form(format, ("html", "md"))
    from handlers.digests import briefs, making
    from handlers.registry import capabilities
    from storage.store import Work

    known = [section for one in capabilities() for section in one.brief]

    def unit(work: Work) -> str:
        found = briefs.gathered(work, known, making.sending(work).zone_info)
        return briefs.html(found) if form == "html" else briefs.text(found)

    _write(unit, out)


Form = Literal["html", "md", "json"]


def _form(text: str, known: tuple[Form, ...]) -> Form:
    for form in known:
        if text.lower() == form:
            return form
    raise Problem(f"--format is {', '.join(known[:-1])} or {known[-1]}.", exit_code=2)


def _check_out(out: Path | None) -> None:
    if out is not None and not out.parent.is_dir():
        raise Problem(f"There is no folder {out.parent}.", exit_code=2)


def _write(unit: Callable[..., str], out: Path | None) -> None:
    text = asyncio.run(with_store(settings_for(), lambda store: store.write(unit)))
    text = text if text.endswith("\n") else f"{text}\n"
    if out is None:
        click.echo(text, nl=False)
        return
    out.write_text(text, encoding="utf-8")
    click.echo(f"{out} is ready.", err=True)
