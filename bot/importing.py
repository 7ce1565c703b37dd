"""`tandem directory import`: reads the files, shows what would change, and applies it when that is agreed."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

from bot.problem import Problem
from bot.settings import Settings
from domain.directory import BadRow, PeopleFile, TeamsFile, Unreadable, decode, read_people, read_teams
from domain.directory_plan import Defaults, Directory, Known, Plan, plan
from domain.reports import counted
from storage import directory
from storage.store import Store

#: How many lines of each sort are shown; the rest is counted.
MOST_LINES = 40

Say = Callable[[str], None]
File = TypeVar("File")


async def import_files(
    store: Store,
    settings: Settings,
    people: Path,
    teams: Path | None = None,
    *,
    skip_bad: bool = False,
    deactivate_missing: bool = False,
    agree: Callable[[], bool] = lambda: True,
    say: Say = lambda line: None,
) -> Plan:
    """Bring the directory to what the files say; what was done. Raises Problem, with nothing imported.

    `agree` is asked once the change was shown with `say`, and only if there is one.
    """
    people_file = _read(people, read_people)
    teams_file = _read(teams, read_teams) if teams is not None else TeamsFile({}, (), ())
    decide = _decision(people_file, teams_file, settings, deactivate_missing)
    wanted = decide(await store.read(directory.snapshot))
    bad = [*_named(people, wanted.bad), *(_named(teams, teams_file.bad) if teams is not None else ())]
    for line in _cut(bad):
        say(line)
    if bad and not skip_bad:
        rows = "1 row is bad" if len(bad) == 1 else f"{len(bad):,} rows are bad"
        raise Problem(
            f"{rows}, so nothing was imported. Please mend them, or leave them out with --skip-bad."
        )
    for note in _cut([*wanted.notes, *teams_file.notes]):
        say(note)
    for line in difference(wanted, deactivate_missing=deactivate_missing):
        say(line)
    if wanted.empty:
        say("Nothing to change.")
        return wanted
    if not agree():
        raise Problem("Nothing was changed.")
    if not await store.write(lambda work: directory.apply(work, decide, wanted)):
        raise Problem(
            "The directory was changed by somebody else meanwhile, so nothing was imported. Please try again."
        )
    say("Done.")
    return wanted


def difference(wanted: Plan, *, deactivate_missing: bool = False) -> Iterable[str]:
    """The change in lines, for whoever has to agree to it."""
    yield from _cut([f"  team {path}: {kind.value}" for path, kind in wanted.teams.items()])
    yield from _cut([f"+ {_person(one)}" for one in wanted.added])
    yield from _cut(
        [
            f"~ {change.after.name} <{change.after.email}>: "
            + ", ".join(
                f"{name.replace('_', ' ')}: {old} → {new}" for name, (old, new) in change.fields().items()
            )
            for change in wanted.changed
        ]
    )
    if wanted.missing:
        what = "deactivated" if deactivate_missing else "left as they are"
        yield f"{len(wanted.missing):,} in the directory are not in the file; they are {what}:"
        yield from _cut([f"  {one.name} <{one.email}>" for one in wanted.missing])
    yield (
        f"{len(wanted.added):,} new, {len(wanted.changed):,} changed, {wanted.unchanged:,} unchanged, "
        f"{counted(len(wanted.teams), 'team')} new or of another kind."
    )


def _decision(
    people: PeopleFile, teams: TeamsFile, settings: Settings, deactivate_missing: bool
) -> Callable[[Directory], Plan]:
    def decide(now: Directory) -> Plan:
        return plan(
            people,
            teams.kinds,
            now,
            admins=settings.admins,
            defaults=Defaults(time_zone=settings.timezone),
            deactivate_missing=deactivate_missing,
        )

    return decide


def _read(path: Path, read: Callable[[str], File]) -> File:
    try:
        return read(decode(path.read_bytes()))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror or error}.") from None
    except Unreadable as error:
        raise Problem(f"{path}: {error.sentence}") from None


def _named(path: Path, bad: Iterable[BadRow]) -> list[str]:
    return [f"{path.name}, line {row.line}: {row.reason}." for row in bad]


def _person(one: Known) -> str:
    roles = f" ({', '.join(sorted(role.value for role in one.roles))})" if one.roles else ""
    return f"{one.name} <{one.email}>, {one.team}{roles}"


def _cut(lines: list[str]) -> list[str]:
    if len(lines) <= MOST_LINES:
        return lines
    return [*lines[:MOST_LINES], f"  … and {len(lines) - MOST_LINES:,} more"]
