"""What shows results reads what was released and nothing else: no ballot, no roster, no vault, whoever imports what."""

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa

from handlers.pulses import exporting, results, results_page
from storage.store import Work
from tests.pulses.conftest import Poll
from tests.pulses.test_results import released

ROOT = Path(__file__).parents[2]
#: The command; opening the database for it is the business of `bot.using`.
COMMAND = "bot.pulse_export"
#: What shows results, and may read nothing but what was released.
READERS = (
    "domain.results",
    "handlers.pulses.results",
    "handlers.pulses.results_page",
    "handlers.pulses.responding",
    "handlers.pulses.pulse_sections",
    "handlers.pulses.exporting",
    COMMAND,
)
SECRET = ("storage.ballots", "storage.rosters", "storage.sealing", "storage.vault")


# ------------------------------------------------------------------------------------------------------ the gate


def source(module: str) -> Path | None:
    path = ROOT / Path(*module.split("."))
    for one in (path.with_suffix(".py"), path / "__init__.py"):
        if one.is_file():
            return one
    return None


def imports(module: str) -> set[str]:
    """The modules of ours that a module names in an import, whatever the import is for and wherever it stands."""
    found: set[str] = set()
    path = source(module)
    assert path is not None, module
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            below = {f"{node.module}.{one.name}" for one in node.names}
            named = {one for one in below if source(one) is not None}
            found |= named or {node.module}
    return {one for one in found if source(one) is not None}


def reached(module: str) -> set[str]:
    """Everything that a module reaches by its imports. The unit of work (storage.store) is handed to everybody; that
    nobody here takes the vault out of it is looked at by itself."""
    found: set[str] = set()
    waiting = [module]
    while waiting:
        one = waiting.pop()
        if one in found:
            continue
        found.add(one)
        if one != "storage.store":
            waiting += imports(one)
    return found


@pytest.mark.parametrize("module", [one for one in READERS if one != COMMAND])
def test_what_shows_results_cannot_reach_a_ballot_a_roster_or_the_vault(module: str) -> None:
    assert not reached(module) & set(SECRET)


def test_the_command_takes_the_file_as_it_is_made() -> None:
    assert imports(COMMAND) == {"bot.problem", "bot.using", "handlers.pulses.exporting"}


def test_the_look_for_imports_finds_what_the_close_reaches() -> None:
    assert set(SECRET) <= reached("handlers.pulses.closing")


@pytest.mark.parametrize("module", READERS)
def test_what_shows_results_names_no_table_and_no_vault(module: str) -> None:
    path = source(module)
    assert path is not None
    named = {
        node.attr if isinstance(node, ast.Attribute) else node.id
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.Attribute, ast.Name))
    }
    assert not named & {"vault", "connection", "roster", "slot", "lineage", "ballots", "rosters"}


async def test_reading_results_asks_the_database_for_what_was_released_alone(poll: Poll) -> None:
    number = await released(poll)
    asked: set[str] = set()

    def unit(work: Work) -> None:
        def before(connection: object, cursor: object, statement: str, *more: object) -> None:
            asked.update(re.findall(r'(?:FROM|JOIN|INTO|UPDATE)\s+"?(\w+)"?', statement))

        sa.event.listen(work.connection, "before_cursor_execute", before)
        try:
            one = results.known(str(number), work)
            read = results._read(work, one)
            results_page.html(read)
            results.everybodys(work, one)
            exporting.exported(work, number, "json")
        finally:
            sa.event.remove(work.connection, "before_cursor_execute", before)

    await poll.store.read(unit)
    assert asked == {"pulse", "pulse_response", "release", "comment"}
