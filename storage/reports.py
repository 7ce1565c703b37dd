"""What reports, records and exports read: sums made by the database, and entries as a stream."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.util import await_only

from domain.contributions import Degree, Kind, Status
from domain.people import TeamKind
from domain.records import OnInitiative, Part, Record, Thanks, initiatives_in_order
from domain.reports import (
    Period,
    PersonParts,
    Report,
    TeamKindSum,
    alphabetical,
    parts_in_order,
    sums_in_order,
)
from storage.contributions import contribution, contribution_remark
from storage.initiatives import initiative
from storage.people import person, team
from storage.store import Work

#: Rows that a stream holds at a time.
PAGE_ROWS = 1000

_ENTRIES = sa.func.count()
_WITHOUT_EFFORT = sa.func.count() - sa.func.count(contribution.c.effort_minutes)
_MINUTES = sa.func.coalesce(sa.func.sum(contribution.c.effort_minutes), 0)

_IN_REPORT = (
    contribution.c.initiative_id == sa.bindparam("initiative_id"),
    contribution.c.day.between(sa.bindparam("first"), sa.bindparam("last")),
    contribution.c.status == Status.COUNTED.value,
)
_OF_PERSON = contribution.c.person_id == sa.bindparam("person_id")


def _sums(*where: sa.ColumnElement[bool]) -> sa.Select[Any]:
    # The few sums are joined with the names, not every entry.
    grouped = (
        sa.select(
            contribution.c.team_id,
            contribution.c.kind,
            _ENTRIES.label("entries"),
            _WITHOUT_EFFORT.label("without_effort"),
            _MINUTES.label("minutes"),
        )
        .where(*where)
        .group_by(contribution.c.team_id, contribution.c.kind)
        .subquery()
    )
    return sa.select(
        team.c.path, grouped.c.kind, grouped.c.entries, grouped.c.without_effort, grouped.c.minutes
    ).join_from(grouped, team, grouped.c.team_id == team.c.id)


_SUMS = _sums(*_IN_REPORT)
_SUMS_OF_PERSON = _sums(*_IN_REPORT, _OF_PERSON)
_PEOPLE = sa.select(person.c.id, person.c.name).where(
    person.c.id.in_(sa.select(contribution.c.person_id).where(*_IN_REPORT).distinct())
)
_PARTS = (
    sa.select(contribution.c.person_id, contribution.c.kind, contribution.c.degree)
    .where(*_IN_REPORT, contribution.c.person_id.in_(sa.bindparam("people", expanding=True)))
    .distinct()
)


def report(work: Work, initiative_id: int, period: Period, *, skip: int, limit: int) -> Report:
    """An initiative's report, with at most `limit` of its people, the first `skip` left out."""
    within = {"initiative_id": initiative_id, "first": period.first, "last": period.last}
    _plan_for_these_values(work)
    people = sorted(work.connection.execute(_PEOPLE, within).all(), key=lambda row: alphabetical(row[1]))
    shown = people[skip : skip + limit]
    parts: dict[int, list[tuple[Kind, Degree]]] = {number: [] for number, _ in shown}
    if shown:
        rows = work.connection.execute(_PARTS, {**within, "people": [number for number, _ in shown]})
        for number, kind, degree in rows:
            parts[number].append((Kind.of(kind), Degree(degree)))
    # Values of our own making: checking hundreds of them again would cost as much as the queries.
    return Report.model_construct(
        sums=_read_sums(work, _SUMS, within),
        people=len(people),
        page=tuple(PersonParts(name, parts_in_order(parts[number])) for number, name in shown),
    )


def _plan_for_these_values(work: Work) -> None:
    """Have PostgreSQL plan each query of this transaction for the days and the initiative that are asked for.

    From the sixth run on it would use one plan for all, which is made for few entries: on an initiative that has
    most of them a report took four times as long.
    """
    if work.connection.dialect.name == "postgresql":
        work.connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")


def own_report(work: Work, initiative_id: int, period: Period, person_id: int) -> Report:
    """One person's part of an initiative's report, without names."""
    within = {
        "initiative_id": initiative_id,
        "first": period.first,
        "last": period.last,
        "person_id": person_id,
    }
    sums = _read_sums(work, _SUMS_OF_PERSON, within)
    return Report(sums=sums, people=1 if sums else 0)


def _read_sums(work: Work, query: sa.Select[Any], within: dict[str, Any]) -> tuple[TeamKindSum, ...]:
    return sums_in_order(
        TeamKindSum(path, Kind.of(kind), entries, without, int(minutes))
        for path, kind, entries, without, minutes in work.connection.execute(query, within).all()
    )


_OWN_COUNTED = (
    contribution.c.person_id == sa.bindparam("person_id"),
    contribution.c.day.between(sa.bindparam("first"), sa.bindparam("last")),
    contribution.c.status == Status.COUNTED.value,
)
_owner = team.alias("owner")
_OWN_PARTS = (
    sa.select(
        contribution.c.initiative_id,
        initiative.c.name,
        _owner.c.path,
        contribution.c.kind,
        contribution.c.degree,
        team.c.kind,
        _ENTRIES,
        _WITHOUT_EFFORT,
        _MINUTES,
    )
    .join_from(contribution, initiative, contribution.c.initiative_id == initiative.c.id)
    .join(_owner, initiative.c.department_id == _owner.c.id)
    .join(team, contribution.c.team_id == team.c.id)
    .where(*_OWN_COUNTED)
    .group_by(
        contribution.c.initiative_id,
        initiative.c.name,
        _owner.c.path,
        contribution.c.kind,
        contribution.c.degree,
        team.c.kind,
    )
)
_OWN_THANKS = (
    sa.select(
        contribution.c.initiative_id, contribution_remark.c.at, person.c.name, contribution_remark.c.text
    )
    .join_from(contribution, contribution_remark, contribution_remark.c.contribution_id == contribution.c.id)
    .join(person, contribution_remark.c.from_id == person.c.id)
    .where(*_OWN_COUNTED, contribution_remark.c.sort == "thanks")
    .order_by(contribution_remark.c.at.desc(), contribution_remark.c.id.desc())
)
_OWN_AWAITING = (
    sa.select(_ENTRIES)
    .select_from(contribution)
    .where(
        contribution.c.person_id == sa.bindparam("person_id"),
        contribution.c.day.between(sa.bindparam("first"), sa.bindparam("last")),
        contribution.c.status == Status.AWAITING.value,
    )
)
_WHO = sa.select(person.c.name, person.c.email, team.c.path).join_from(
    person, team, person.c.team_id == team.c.id
)


def record(work: Work, person_id: int, period: Period) -> Record:
    """A person's record; the days of thanks are those of UTC. Raises NoResultFound for an unknown person."""
    within = {"person_id": person_id, "first": period.first, "last": period.last}
    name, email, path = work.connection.execute(_WHO.where(person.c.id == person_id)).one()
    names: dict[int, tuple[str, str]] = {}
    parts: dict[int, list[Part]] = {}
    for row in work.connection.execute(_OWN_PARTS, within):
        names[row[0]] = (row[1], row[2].split("/", 1)[0])
        parts.setdefault(row[0], []).append(
            Part(Kind.of(row[3]), Degree(row[4]), TeamKind(row[5]), row[6], row[7], int(row[8]))
        )
    thanks: dict[int, list[Thanks]] = {}
    for initiative_id, at, by, text in work.connection.execute(_OWN_THANKS, within):
        thanks.setdefault(initiative_id, []).append(Thanks(initiative_id, at.date(), by, text))
    return Record(
        person=name,
        email=email,
        team=path,
        period=period,
        awaiting=work.connection.execute(_OWN_AWAITING, within).scalar_one(),
        initiatives=initiatives_in_order(
            [
                OnInitiative(
                    name=names[number][0],
                    department=names[number][1],
                    parts=tuple(parts[number]),
                    thanks=tuple(thanks.get(number, ())),
                )
                for number in parts
            ]
        ),
    )


def first_year(work: Work, person_id: int) -> int | None:
    """The year of a person's earliest counted entry."""
    day: date | None = work.connection.execute(
        sa.select(sa.func.min(contribution.c.day)).where(
            contribution.c.person_id == person_id, contribution.c.status == Status.COUNTED.value
        )
    ).scalar_one()
    return None if day is None else day.year


class SoFar(NamedTuple):
    """What was put into an initiative since it began."""

    minutes: int
    entries: int
    people: int


def so_far(work: Work, initiative_id: int) -> SoFar:
    """The counted entries of an initiative, summed up."""
    row = work.connection.execute(
        sa.select(_MINUTES, _ENTRIES, sa.func.count(sa.distinct(contribution.c.person_id))).where(
            contribution.c.initiative_id == initiative_id, contribution.c.status == Status.COUNTED.value
        )
    ).one()
    return SoFar(int(row[0]), row[1], row[2])


def contributed_to(work: Work, person_id: int) -> set[int]:
    """The ids of the initiatives that a person has counted entries on."""
    return set(
        work.connection.execute(
            sa.select(contribution.c.initiative_id)
            .where(contribution.c.person_id == person_id, contribution.c.status == Status.COUNTED.value)
            .distinct()
        ).scalars()
    )


def active(work: Work, person_id: int) -> bool:
    """Whether somebody is in the directory and has not left."""
    return bool(
        work.connection.execute(
            sa.select(person.c.active).where(person.c.id == person_id)
        ).scalar_one_or_none()
    )


class ExportedEntry(NamedTuple):
    """An entry with all names that belong to it."""

    id: int
    day: date
    initiative_key: str
    initiative_name: str
    #: The team's path, at the time of the entry.
    team: str
    person: str
    email: str
    kind: str
    degree: str
    effort_minutes: int | None
    what: str
    link: str | None
    status: str
    logged_by: str
    created_at: datetime
    #: How many times somebody gave thanks for it.
    thanks: int


_author = person.alias("author")
_EXPORTED = (
    sa.select(
        contribution.c.id,
        contribution.c.day,
        initiative.c.key,
        initiative.c.name,
        team.c.path,
        person.c.name,
        person.c.email,
        contribution.c.kind,
        contribution.c.degree,
        contribution.c.effort_minutes,
        contribution.c.what,
        contribution.c.link,
        contribution.c.status,
        _author.c.name,
        contribution.c.created_at,
        sa.select(sa.func.count())
        .where(
            contribution_remark.c.contribution_id == contribution.c.id, contribution_remark.c.sort == "thanks"
        )
        .scalar_subquery(),
    )
    .join_from(contribution, initiative, contribution.c.initiative_id == initiative.c.id)
    .join(team, contribution.c.team_id == team.c.id)
    .join(person, contribution.c.person_id == person.c.id)
    .join(_author, contribution.c.logged_by_id == _author.c.id)
    .order_by(contribution.c.id)
)


class Selection(NamedTuple):
    """Which entries; None for any."""

    person_id: int | None = None
    initiative_id: int | None = None
    period: Period | None = None
    statuses: tuple[Status, ...] = (Status.COUNTED,)

    def where(self) -> list[sa.ColumnElement[bool]]:
        found: list[sa.ColumnElement[bool]] = [
            contribution.c.status.in_([status.value for status in self.statuses])
        ]
        if self.person_id is not None:
            found.append(contribution.c.person_id == self.person_id)
        if self.initiative_id is not None:
            found.append(contribution.c.initiative_id == self.initiative_id)
        if self.period is not None:
            found.append(contribution.c.day.between(self.period.first, self.period.last))
        return found


def count_entries(work: Work, selection: Selection) -> int:
    """How many entries `stream_entries` would hand out."""
    query = sa.select(_ENTRIES).select_from(contribution).where(*selection.where())
    return int(work.connection.execute(query).scalar_one())


def stream_entries(work: Work, selection: Selection, take: Callable[[Sequence[ExportedEntry]], None]) -> int:
    """Hand every entry that fits to `take`, in the order of logging and in pages of PAGE_ROWS; how many.

    One cursor in one transaction: a consistent view in constant memory. `take` may block: it never runs on the
    event loop.
    """
    result = work.connection.execute(
        _EXPORTED.where(*selection.where()), execution_options={"yield_per": PAGE_ROWS}
    )
    # SQLite units run in a thread of their own; PostgreSQL's on the loop, in a greenlet that can wait for a thread.
    on_loop = work.connection.dialect.is_async
    count = 0
    for rows in result.partitions():
        page = [ExportedEntry._make(row) for row in rows]
        if on_loop:
            await_only(asyncio.to_thread(take, page))
        else:
            take(page)
        count += len(page)
    return count
