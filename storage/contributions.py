"""The contribution log: entries, their earlier versions, and what was said about them."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from domain.contributions import Contribution, Degree, Draft, Kind, Status
from storage.ready import Ready
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

contribution = sa.Table(
    "contribution",
    metadata,
    counted_id(),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: The team the person sat in when the entry was made.
    sa.Column("team_id", BigId, sa.ForeignKey("team.id"), nullable=False),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("degree", sa.String(12), nullable=False),
    sa.Column("effort_minutes", sa.Integer, nullable=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("link", sa.Text, nullable=True),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("logged_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_contribution_person_id_day", "person_id", "day"),
    sa.Index("ix_contribution_initiative_id_day", "initiative_id", "day"),
    sa.Index("ix_contribution_day_initiative_id", "day", "initiative_id"),
)

contribution_version = sa.Table(
    "contribution_version",
    metadata,
    sa.Column("contribution_id", BigId, sa.ForeignKey("contribution.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    #: The entry as it was in this version.
    sa.Column("initiative_id", BigId, nullable=False),
    sa.Column("kind", sa.String(20), nullable=False),
    sa.Column("degree", sa.String(12), nullable=False),
    sa.Column("effort_minutes", sa.Integer, nullable=True),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("what", sa.Text, nullable=False),
    sa.Column("link", sa.Text, nullable=True),
    sa.Column("status", sa.String(12), nullable=False),
    #: Who replaced it, and when.
    sa.Column("replaced_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("replaced_at", UtcDateTime, nullable=False),
)

contribution_remark = sa.Table(
    "contribution_remark",
    metadata,
    counted_id(),
    sa.Column("contribution_id", BigId, sa.ForeignKey("contribution.id"), nullable=False),
    sa.Column("from_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: "thanks" or "question".
    sa.Column("sort", sa.String(10), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_contribution_remark_contribution_id", "contribution_id"),
)

_VERSIONED = ("initiative_id", "kind", "degree", "effort_minutes", "day", "what", "link", "status")

_SELECT = sa.select(
    contribution.c.id,
    contribution.c.person_id,
    contribution.c.team_id,
    contribution.c.initiative_id,
    contribution.c.kind,
    contribution.c.degree,
    contribution.c.effort_minutes,
    contribution.c.day,
    contribution.c.what,
    contribution.c.link,
    contribution.c.status,
    contribution.c.version,
    contribution.c.logged_by_id,
    contribution.c.created_at,
)
_COUNTED = (
    sa.select(
        contribution.c.initiative_id,
        contribution.c.effort_minutes,
        contribution.c.day.between(sa.bindparam("first"), sa.bindparam("last")).label("in_month"),
        (contribution.c.day == sa.bindparam("new_day")).label("that_day"),
    )
    .where(
        contribution.c.person_id == sa.bindparam("new_person_id"),
        contribution.c.day.between(sa.bindparam("earliest"), sa.bindparam("latest")),
        contribution.c.status == Status.COUNTED.value,
    )
    .subquery()
)
_TOTALS = sa.select(
    sa.func.sum(_COUNTED.c.effort_minutes).filter(_COUNTED.c.in_month).label("effort_minutes"),
    sa.func.count(sa.distinct(_COUNTED.c.initiative_id)).filter(_COUNTED.c.in_month).label("initiatives"),
    sa.func.count().filter(_COUNTED.c.in_month).label("entries"),
    sa.func.sum(_COUNTED.c.effort_minutes).filter(_COUNTED.c.that_day).label("minutes_that_day"),
)
_COUNT = Ready(_TOTALS)
# Before an entry, with whether there was one on its initiative.
_BEFORE = _TOTALS.add_columns(
    sa.func.count()
    .filter(_COUNTED.c.in_month, _COUNTED.c.initiative_id == sa.bindparam("new_initiative_id"))
    .label("on_it")
)
_INSERT = (
    sa.insert(contribution)
    .values({one.name: sa.bindparam(f"new_{one.name}") for one in contribution.c if one.name != "id"})
    .returning(contribution.c.id)
)
_ADD = Ready(_INSERT)
_COUNT_BEFORE = Ready(_BEFORE)
# PostgreSQL adds up and inserts in one round trip: no part of a statement sees what another part writes.
_COUNTED_BEFORE, _ADDED = _BEFORE.subquery(), _INSERT.cte("added")
_COUNT_AND_ADD = Ready(
    sa.select(*_COUNTED_BEFORE.c, _ADDED.c.id).join_from(_ADDED, _COUNTED_BEFORE, sa.true())
)


class Totals(NamedTuple):
    """A person's counted entries."""

    #: Of the month that was asked for.
    effort_minutes: int
    initiatives: int
    entries: int
    #: Of the day that was asked for, whichever month it is in.
    minutes_that_day: int


def contribution_of(row: Sequence[Any]) -> Contribution:
    """An entry from a row of `select_entries`."""
    return Contribution.model_construct(
        id=row[0],
        person_id=row[1],
        team_id=row[2],
        initiative_id=row[3],
        kind=Kind.of(row[4]),
        degree=Degree(row[5]),
        effort_minutes=row[6],
        day=row[7],
        what=row[8],
        link=row[9],
        status=Status(row[10]),
        version=row[11],
        logged_by_id=row[12],
        created_at=row[13],
    )


def select_entries() -> sa.Select[Any]:
    """Entries in the order of columns that `contribution_of` reads."""
    return _SELECT


def _columns(draft: Draft) -> dict[str, Any]:
    return {
        "initiative_id": draft.initiative_id,
        "kind": draft.kind.key,
        "degree": draft.degree.value,
        "effort_minutes": draft.effort_minutes,
        "day": draft.day,
        "what": draft.what,
        "link": draft.link,
    }


def add(
    work: Work,
    draft: Draft,
    *,
    person_id: int,
    team_id: int,
    logged_by_id: int,
    status: Status = Status.COUNTED,
) -> int:
    """Store an entry; its id."""
    [[entry_id]] = _ADD.rows(work, _new(work, draft, person_id, team_id, logged_by_id, status))
    return int(entry_id)


def log(work: Work, draft: Draft, *, person_id: int, team_id: int, month: date) -> tuple[int, Totals]:
    """Store an entry that counts, of a person's own; its id, and what they have counted then.

    The totals are those of the calendar month around `month`, and of the entry's day.
    """
    span = _span(month, draft.day)
    values = span | _new(work, draft, person_id, team_id, person_id, Status.COUNTED)
    if work.connection.dialect.name == "postgresql":
        [row] = _COUNT_AND_ADD.rows(work, values)
    else:
        [before], [added] = _COUNT_BEFORE.rows(work, values), _ADD.rows(work, values)
        row = before + added
    effort, initiatives, entries, that_day, on_it, entry_id = row
    minutes = draft.effort_minutes or 0
    counts = span["first"] <= draft.day <= span["last"]
    return entry_id, Totals(
        effort_minutes=(effort or 0) + (minutes if counts else 0),
        initiatives=initiatives + (1 if counts and not on_it else 0),
        entries=entries + (1 if counts else 0),
        minutes_that_day=(that_day or 0) + minutes,
    )


def _new(
    work: Work, draft: Draft, person_id: int, team_id: int, logged_by_id: int, status: Status
) -> dict[str, Any]:
    return {
        **{f"new_{name}": value for name, value in _columns(draft).items()},
        "new_person_id": person_id,
        "new_team_id": team_id,
        "new_logged_by_id": logged_by_id,
        "new_status": status.value,
        "new_version": 1,
        "new_created_at": work.now,
    }


def by_id(work: Work, contribution_id: int) -> Contribution | None:
    row = work.connection.execute(_SELECT.where(contribution.c.id == contribution_id)).first()
    return None if row is None else contribution_of(row)


def change(
    work: Work,
    entry: Contribution,
    *,
    by_person_id: int,
    draft: Draft | None = None,
    status: Status | None = None,
) -> bool:
    """Change what an entry says or how it stands, keeping the earlier version.

    False, with nothing changed, if somebody else changed the entry since `entry` was read.
    """
    values: dict[str, Any] = {} if draft is None else _columns(draft)
    if status is not None:
        values["status"] = status.value
    changed = work.connection.execute(
        sa.update(contribution)
        .where(contribution.c.id == entry.id, contribution.c.version == entry.version)
        .values(**values, version=entry.version + 1)
    ).rowcount
    if not changed:
        return False
    work.connection.execute(
        sa.insert(contribution_version).values(
            **_columns(entry),
            contribution_id=entry.id,
            version=entry.version,
            status=entry.status.value,
            replaced_by_id=by_person_id,
            replaced_at=work.now,
        )
    )
    return True


def versions(work: Work, contribution_id: int) -> list[dict[str, Any]]:
    """The earlier versions of an entry, oldest first."""
    rows = work.connection.execute(
        sa.select(contribution_version)
        .where(contribution_version.c.contribution_id == contribution_id)
        .order_by(contribution_version.c.version)
    )
    return [dict(row) for row in rows.mappings()]


def totals(work: Work, person_id: int, *, month: date, day: date) -> Totals:
    """What a person has counted in the calendar month around `month`, and on `day`."""
    [row] = _COUNT.rows(work, _span(month, day) | {"new_person_id": person_id, "new_day": day})
    return Totals(row[0] or 0, row[1], row[2], row[3] or 0)


def _span(month: date, day: date) -> dict[str, Any]:
    """The calendar month around `month`, and the days that are read for it and for `day`."""
    first = month.replace(day=1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return {"first": first, "last": last, "earliest": min(first, day), "latest": max(last, day)}


def recent(work: Work, person_id: int, *, skip: int, limit: int) -> list[Contribution]:
    """A person's entries that stand or await them, the latest day first."""
    rows = work.connection.execute(
        _SELECT.where(
            contribution.c.person_id == person_id,
            contribution.c.status.in_([Status.COUNTED.value, Status.AWAITING.value]),
        )
        .order_by(contribution.c.day.desc(), contribution.c.id.desc())
        .offset(skip)
        .limit(limit)
    )
    return [contribution_of(row) for row in rows]


def of_initiative(
    work: Work, initiative_id: int, *, first: date, last: date, skip: int, limit: int
) -> list[Contribution]:
    """An initiative's counted entries over some days, the latest first."""
    rows = work.connection.execute(
        _SELECT.where(
            contribution.c.initiative_id == initiative_id,
            contribution.c.day.between(first, last),
            contribution.c.status == Status.COUNTED.value,
        )
        .order_by(contribution.c.day.desc(), contribution.c.id.desc())
        .offset(skip)
        .limit(limit)
    )
    return [contribution_of(row) for row in rows]


def remark(
    work: Work, contribution_id: int, *, from_id: int, sort: Literal["thanks", "question"], text: str
) -> None:
    """Keep a thank-you or a question about an entry."""
    work.connection.execute(
        sa.insert(contribution_remark).values(
            contribution_id=contribution_id, from_id=from_id, sort=sort, text=text, at=work.now
        )
    )


def questioners(work: Work, contribution_id: int) -> list[int]:
    """Who has asked about an entry."""
    rows = work.connection.execute(
        sa.select(contribution_remark.c.from_id)
        .where(
            contribution_remark.c.contribution_id == contribution_id,
            contribution_remark.c.sort == "question",
        )
        .distinct()
    )
    return list(rows.scalars())
