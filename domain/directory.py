"""Reading the directory's files: people.csv and teams.csv become checked rows, or reasons why a row is bad.

Nothing here raises for what a row says; only a file that cannot be read at all is refused.
"""

import csv
import io
import re
import zoneinfo
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from importlib import resources
from typing import NamedTuple

from domain.contributions import clean
from domain.errors import Refused
from domain.people import Role, TeamKind, normal_email

MAX_NAME = 200
MAX_EMAIL = 320
MAX_TEAM = 400

PEOPLE_COLUMNS = ("name", "email", "team", "manager_email", "time_zone", "locale", "country", "roles")
TEAM_COLUMNS = ("team", "kind")

_REQUIRED = {PEOPLE_COLUMNS: ("name", "email", "team"), TEAM_COLUMNS: TEAM_COLUMNS}
_OTHER_NAMES = {
    "e-mail": "email",
    "mail": "email",
    "email_address": "email",
    "manager": "manager_email",
    "manager_e-mail": "manager_email",
    "timezone": "time_zone",
    "role": "roles",
    "team_path": "team",
}
_EMAIL = re.compile(r"[^@\s<>,;:\"()\[\]\\]+@(?:[^@\s<>,;:\"()\[\]\\.]+\.)+[^@\s<>,;:\"()\[\]\\.]{2,}")
_LOCALE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")
_ROLE_SEPARATORS = re.compile(r"[;,|\s]+")


class Unreadable(Refused):
    """This file cannot be read as a table."""


class BadRow(NamedTuple):
    """A row that cannot be imported; `line` is where it begins in the file, from 1."""

    line: int
    reason: str


class Entry(NamedTuple):
    """One person as the file has them.

    None means "leave it as it is": the file has no such column, or for time zone and locale an empty cell.
    An empty manager, country or set of roles in a column that exists takes away what was there.
    """

    line: int
    name: str
    email: str
    team: str
    manager_email: str | None
    time_zone: str | None
    locale: str | None
    country: str | None
    roles: frozenset[Role] | None


class PeopleFile(NamedTuple):
    entries: tuple[Entry, ...]
    bad: tuple[BadRow, ...]
    #: E-mail addresses of bad rows, where they could be read: known to the file, but not imported.
    bad_emails: frozenset[str]
    #: What was seen and ignored, in sentences.
    notes: tuple[str, ...]


class TeamsFile(NamedTuple):
    kinds: Mapping[str, TeamKind]
    bad: tuple[BadRow, ...]
    notes: tuple[str, ...]


def decode(content: bytes) -> str:
    """The text of a file: UTF-8 with or without a mark, or UTF-16 with one. Raises Unreadable."""
    encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise Unreadable(
            f"Line {line} is not {encoding.removesuffix('-sig').upper()} text. "
            "Please save the file as CSV UTF-8 and try again."
        ) from None
    if "\0" in text:
        raise Unreadable("The file holds zero bytes, so it is not a text file. Please save it as CSV UTF-8.")
    return text


def read_people(text: str) -> PeopleFile:
    """The people in a CSV text with the columns of PEOPLE_COLUMNS. Raises Unreadable."""
    rows, columns, notes = _table(text, PEOPLE_COLUMNS)
    entries: dict[str, Entry] = {}
    bad: list[BadRow] = []
    bad_emails: set[str] = set()
    for line, cells, problem in rows:
        email = normal_email(cells.get("email", ""))
        if problem is None:
            entry = _entry(line, cells, columns)
            if isinstance(entry, Entry) and email in entries:
                problem = f"the e-mail address {email} is on line {entries[email].line} already"
            elif isinstance(entry, Entry):
                entries[email] = entry
                continue
            else:
                problem = "; ".join(entry)
        bad.append(BadRow(line, problem))
        if email not in entries:
            bad_emails.add(email)
    return PeopleFile(
        tuple(entries.values()), tuple(bad), frozenset(bad_emails - {""} - entries.keys()), notes
    )


def read_teams(text: str) -> TeamsFile:
    """The kinds of teams in a CSV text with the columns `team,kind`. Raises Unreadable."""
    rows, _columns, notes = _table(text, TEAM_COLUMNS)
    kinds: dict[str, TeamKind] = {}
    lines: dict[str, int] = {}
    bad: list[BadRow] = []
    for line, cells, problem in rows:
        path = team_path(cells.get("team", ""))
        kind = cells.get("kind", "").strip().lower()
        if problem is None:
            if path is None:
                problem = _team_problem(cells.get("team", ""))
            elif kind not in set(TeamKind):
                problem = f"kind is {_shown(kind)}; it can be {_either(TeamKind)}"
            elif path.casefold() in lines:
                problem = f"{path} is on line {lines[path.casefold()]} already"
            else:
                kinds[path] = TeamKind(kind)
                lines[path.casefold()] = line
                continue
        bad.append(BadRow(line, problem))
    return TeamsFile(kinds, tuple(bad), notes)


def team_path(text: str) -> str | None:
    """A team path as it is stored ("Operations/Claims"), or None if it cannot be one."""
    parts = [_one_line(part) for part in text.split("/")]
    path = "/".join(parts)
    return path if all(parts) and len(path) <= MAX_TEAM else None


def _entry(line: int, cells: Mapping[str, str], columns: frozenset[str]) -> Entry | list[str]:
    """The row's entry, or everything that is wrong with it."""
    problems: list[str] = []

    def read(name: str, parse: Callable[[str], str | None], problem: str) -> str | None:
        cell = cells.get(name, "").strip()
        if not cell:
            return None
        value = parse(cell)
        if value is None:
            problems.append(problem.format(_shown(cell)))
        return value

    name = _one_line(cells.get("name", ""))
    if not name:
        problems.append("the name is missing")
    elif len(name) > MAX_NAME:
        problems.append(f"the name has {len(name)} characters; {MAX_NAME} is the most")
    email = cells.get("email", "").strip()
    if not email:
        problems.append("the e-mail address is missing")
    elif _email(email) is None:
        problems.append(f"{_shown(email)} is not an e-mail address")
    team = team_path(cells.get("team", ""))
    if team is None:
        problems.append(_team_problem(cells.get("team", "")))
    manager = read("manager_email", _email, "the manager's {} is not an e-mail address")
    if manager is not None and manager == _email(email):
        problems.append("a person cannot be their own manager")
    zone = read("time_zone", _zone, "{} is not a time zone; an example is Europe/Berlin")
    locale = read("locale", _locale, "{} is not a locale; examples are en-GB and de")
    country = read(
        "country", _country, "{} is not a country code of two letters (ISO 3166), such as GB or DE"
    )
    roles: set[Role] = set()
    for word in filter(None, _ROLE_SEPARATORS.split(cells.get("roles", "").lower())):
        if word in set(Role):
            roles.add(Role(word))
        else:
            problems.append(f"there is no role {_shown(word)}; roles are {_either(Role)}")
    if problems or team is None:
        return problems
    return Entry(
        line=line,
        name=name,
        email=normal_email(email),
        team=team,
        manager_email=(manager or "") if "manager_email" in columns else None,
        time_zone=zone,
        locale=locale,
        country=(country or "") if "country" in columns else None,
        roles=frozenset(roles) if "roles" in columns else None,
    )


_Row = tuple[int, dict[str, str], str | None]


def _table(text: str, wanted: tuple[str, ...]) -> tuple[Iterator[_Row], frozenset[str], tuple[str, ...]]:
    """The rows under a header: (line, cells by column, what is wrong with the row's form)."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = records(text, delimiter_of(text))
    first = next(lines, None)
    if first is None:
        raise Unreadable(
            "The file is empty. Its first line has to name the columns: " + ", ".join(wanted) + "."
        )
    _line, header, problem = first
    if problem is not None:
        raise Unreadable(f"The first line cannot be read: {problem}.")
    names = [_column(cell) for cell in header]
    known = [name for name in names if name in wanted]
    missing = [name for name in _REQUIRED[wanted] if name not in known]
    if missing:
        raise Unreadable(
            f"The first line has no column {' and no column '.join(missing)}. "
            f"It has to name the columns: {', '.join(wanted)}."
        )
    if twice := sorted({name for name in known if known.count(name) > 1}):
        raise Unreadable(f"The first line names the column {twice[0]} twice.")
    unknown = [
        cell.strip() for cell, name in zip(header, names, strict=True) if name not in wanted and cell.strip()
    ]
    notes = (f"Ignored columns: {', '.join(_shown(name) for name in unknown)}.",) if unknown else ()

    def rows() -> Iterator[_Row]:
        for line, cells, problem in lines:
            if problem is None and len(cells) > len(names) and any(map(str.strip, cells[len(names) :])):
                problem = f"it has {len(cells)} cells, but the first line names {len(names)} columns"
            found = {name: cell for name, cell in zip(names, cells, strict=False) if name in wanted}
            yield line, found, problem

    return rows(), frozenset(known), notes


def records(text: str, delimiter: str) -> Iterator[tuple[int, list[str], str | None]]:
    """Every record that is not blank: where it begins, its cells, and what is wrong with its quotes."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            end = "end of data" in str(error)
            yield line, [], "a quote is opened and never closed" if end else f"it is not CSV ({error})"
            continue
        if any(cell.strip() for cell in cells):
            yield line, cells, None


def delimiter_of(text: str) -> str:
    """What separates the cells of the first line that says something."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    unquoted = re.sub(r'"[^"]*"', "", first)
    return max(",;\t", key=lambda mark: (unquoted.count(mark), mark == ","))


def _column(cell: str) -> str:
    name = "_".join(cell.strip().lower().split())
    return _OTHER_NAMES.get(name, name)


def _one_line(text: str) -> str:
    return " ".join(clean(text).split())


def _email(text: str) -> str | None:
    return normal_email(text) if len(text) <= MAX_EMAIL and _EMAIL.fullmatch(text) else None


def _zone(text: str) -> str | None:
    return text if text in _zones() else None


def _locale(text: str) -> str | None:
    match = _LOCALE.fullmatch(text)
    if match is None:
        return None
    language, script, region = match.groups()
    return "-".join(filter(None, (language.lower(), script and script.title(), region and region.upper())))


def _country(text: str) -> str | None:
    return text.upper() if text.upper() in _countries() else None


@cache
def _zones() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones() - {"localtime", "posixrules", "Factory"})


@cache
def _countries() -> frozenset[str]:
    """The codes of ISO 3166-1, as the time zone data has them."""
    table = resources.files("tzdata").joinpath("zoneinfo", "iso3166.tab").read_text(encoding="utf-8")
    return frozenset(line[:2] for line in table.splitlines() if not line.startswith("#"))


def _team_problem(text: str) -> str:
    if not text.strip():
        return "the team is missing"
    return f"{_shown(text)} is not a team path; an example is Operations/Claims"


def _shown(text: str) -> str:
    text = _one_line(text)
    return f'"{text[:60]}…"' if len(text) > 60 else f'"{text}"'


def _either(values: Iterable[str]) -> str:
    *most, last = [str(value) for value in values]
    return f"{', '.join(most)} or {last}"
