"""What an import would do: the file against the directory as it is, decided before anything is written."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from domain.directory import BadRow, Entry, PeopleFile
from domain.people import Role, TeamKind


class Known(NamedTuple):
    """A person as the directory has them, inactive ones included."""

    name: str
    email: str
    team: str
    manager_email: str
    time_zone: str
    locale: str
    country: str
    roles: frozenset[Role]
    active: bool


class Directory(NamedTuple):
    """Everything that an import is compared with."""

    people: Mapping[str, Known]
    teams: Mapping[str, TeamKind]


class Defaults(NamedTuple):
    """What holds for a new person where the file does not say."""

    time_zone: str = "UTC"
    locale: str = "en"


class Change(NamedTuple):
    before: Known
    after: Known

    def fields(self) -> dict[str, tuple[str, str]]:
        """What changes: the old and the new value in words, by field."""
        return {
            name: (_words(old), _words(new))
            for name, old, new in zip(Known._fields, self.before, self.after, strict=True)
            if old != new
        }


class Plan(NamedTuple):
    added: tuple[Known, ...]
    changed: tuple[Change, ...]
    unchanged: int
    #: Active people who are not in the file. They stay as they are unless they are among `changed`.
    missing: tuple[Known, ...]
    #: Teams that are new or get another kind; parents stand before their children.
    teams: Mapping[str, TeamKind]
    bad: tuple[BadRow, ...]
    notes: tuple[str, ...]

    @property
    def empty(self) -> bool:
        return not (self.added or self.changed or self.teams)


def plan(
    file: PeopleFile,
    kinds: Mapping[str, TeamKind],
    directory: Directory,
    *,
    admins: Iterable[str] = (),
    defaults: Defaults | None = None,
    deactivate_missing: bool = False,
) -> Plan:
    """Compare the file with the directory. Rows whose manager is unknown or their own report are bad, too.

    `kinds` are those of teams.csv; `admins` are normalised e-mail addresses whose people are administrators
    whatever the file says.
    """
    defaults = defaults or Defaults()
    spelling = _Spelling(directory.teams)
    for path in kinds:
        spelling.of(path)
    always = frozenset(admins)
    entries, bad, notes = _managed(file, directory.people)
    after = {
        entry.email: _wanted(entry, directory.people.get(entry.email), spelling, always, defaults)
        for entry in entries
    }
    added = tuple(person for email, person in after.items() if email not in directory.people)
    changed = [
        Change(directory.people[email], person)
        for email, person in after.items()
        if email in directory.people and directory.people[email] != person
    ]
    in_file = after.keys() | {entry.email for entry in file.entries} | file.bad_emails
    missing = tuple(one for email, one in directory.people.items() if email not in in_file and one.active)
    if deactivate_missing:
        changed += [Change(one, one._replace(active=False)) for one in missing]
    given = {spelling.of(path): kind for path, kind in kinds.items()}
    return Plan(
        added=added,
        changed=tuple(changed),
        unchanged=len(after) - len(added) - sum(1 for one in changed if one.after.email in after),
        missing=missing,
        teams=_team_changes(given, [person.team for person in after.values()], directory.teams),
        bad=tuple(sorted((*file.bad, *bad))),
        notes=(*file.notes, *notes),
    )


class _Spelling:
    """One spelling per team: that of the directory, or the first one seen."""

    def __init__(self, known: Iterable[str]) -> None:
        self._spelled = {path.casefold(): path for path in known}

    def of(self, path: str) -> str:
        found = self._spelled.get(path.casefold())
        if found is None:
            parent, slash, name = path.rpartition("/")
            found = self._spelled[path.casefold()] = (self.of(parent) if parent else "") + slash + name
        return found


def _wanted(
    entry: Entry, known: Known | None, spelling: _Spelling, admins: frozenset[str], defaults: Defaults
) -> Known:
    roles = entry.roles if entry.roles is not None else (known.roles if known else frozenset())
    if entry.email in admins:
        roles |= {Role.ADMIN}

    def keep(value: str | None, before: str | None, default: str) -> str:
        return value if value is not None else (before if before is not None else default)

    return Known(
        name=entry.name,
        email=entry.email,
        team=spelling.of(entry.team),
        manager_email=keep(entry.manager_email, known and known.manager_email, ""),
        time_zone=keep(entry.time_zone, known and known.time_zone, defaults.time_zone),
        locale=keep(entry.locale, known and known.locale, defaults.locale),
        country=keep(entry.country, known and known.country, ""),
        roles=roles,
        active=True,
    )


def _managed(file: PeopleFile, known: Mapping[str, Known]) -> tuple[list[Entry], list[BadRow], list[str]]:
    """The entries whose managers exist and report to nobody below them; the others as bad rows."""
    bad: list[BadRow] = []
    notes: list[str] = []
    in_file = {entry.email for entry in file.entries}
    entries: dict[str, Entry] = {}
    for entry in file.entries:
        manager = entry.manager_email
        if manager and manager not in in_file and manager not in known:
            if manager not in file.bad_emails:
                bad.append(
                    BadRow(entry.line, f"the manager {manager} is neither in the file nor in the directory")
                )
                continue
            notes.append(f"Line {entry.line}: {entry.name} is left without a manager, whose own row is bad.")
            entry = entry._replace(
                manager_email=None if entry.email not in known else known[entry.email].manager_email
            )
        entries[entry.email] = entry
    return _without_orphans_and_rings(entries, known, bad, notes)


def _without_orphans_and_rings(
    entries: dict[str, Entry], known: Mapping[str, Known], bad: list[BadRow], notes: list[str]
) -> tuple[list[Entry], list[BadRow], list[str]]:
    while True:
        # A row that became bad may have been somebody's manager, or may have broken a ring.
        for email, entry in entries.items():
            manager = entry.manager_email
            if manager and manager not in entries and manager not in known:
                notes.append(
                    f"Line {entry.line}: {entry.name} is left without a manager, whose own row is bad."
                )
                entries[email] = entry._replace(
                    manager_email=known[email].manager_email if email in known else ""
                )
        managers = {email: one.manager_email for email, one in known.items()}
        managers |= {
            email: one.manager_email for email, one in entries.items() if one.manager_email is not None
        }
        rings = [ring for ring in _rings(managers) if any(email in entries for email in ring)]
        if not rings:
            return list(entries.values()), bad, notes
        for ring in rings:
            way = " → ".join((*ring[:5], "…", ring[0]) if len(ring) > 5 else (*ring, ring[0]))
            for email in ring:
                entry_or_none = entries.pop(email, None)
                if entry_or_none is not None:
                    bad.append(BadRow(entry_or_none.line, f"the managers lead in a ring: {way}"))


def _rings(managers: Mapping[str, str]) -> list[list[str]]:
    """Every circle of people who manage each other."""
    rings: list[list[str]] = []
    done: set[str] = set()
    for start in managers:
        path: dict[str, int] = {}
        email = start
        while email and email not in done and email not in path:
            path[email] = len(path)
            email = managers.get(email, "")
        if email in path:
            rings.append(list(path)[path[email] :])
        done.update(path)
    return rings


def _team_changes(
    given: Mapping[str, TeamKind], used: Iterable[str], known: Mapping[str, TeamKind]
) -> dict[str, TeamKind]:
    """Teams to create or to give another kind, in the order of the tree."""
    paths = set(known)
    for path in {*given, *used}:
        while path:
            paths.add(path)
            path = path.rpartition("/")[0]
    kinds: dict[str, TeamKind] = {}
    for path in sorted(paths, key=lambda one: one.split("/")):
        kinds[path] = (
            _given_above(path, given)
            or known.get(path)
            or kinds.get(path.rpartition("/")[0], TeamKind.BUSINESS)
        )
    return {path: kind for path, kind in kinds.items() if known.get(path) != kind}


def _given_above(path: str, given: Mapping[str, TeamKind]) -> TeamKind | None:
    while path:
        if path in given:
            return given[path]
        path = path.rpartition("/")[0]
    return None


def _words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, frozenset):
        return ";".join(sorted(value)) or "none"
    return str(value) or "none"
