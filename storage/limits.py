"""Limits: what a tool does not do well, and whose work it changes."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from domain.limits import Extent, Limit, LimitDraft
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

limit_statement = sa.Table(
    "limit_statement",
    metadata,
    counted_id(),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    sa.Column("text", sa.String(500), nullable=False),
    #: Whose work it changes, in words, and how much: "substantially", "at the margin" or "not".
    sa.Column("whose", sa.String(200), nullable=False),
    sa.Column("extent", sa.String(20), nullable=False),
    sa.Column("stated_on", sa.Date, nullable=False),
    sa.Column("stated_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: When it stopped being true; never deleted.
    sa.Column("withdrawn_on", sa.Date, nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_limit_statement_initiative_id", "initiative_id"),
)

_SELECT = sa.select(
    limit_statement.c.id,
    limit_statement.c.initiative_id,
    limit_statement.c.text,
    limit_statement.c.whose,
    limit_statement.c.extent,
    limit_statement.c.stated_on,
    limit_statement.c.stated_by_id,
    limit_statement.c.withdrawn_on,
)


def _limit(row: Sequence[Any]) -> Limit:
    return Limit.model_construct(
        id=row[0],
        initiative_id=row[1],
        text=row[2],
        whose=row[3],
        extent=Extent(row[4]),
        stated_on=row[5],
        stated_by_id=row[6],
        withdrawn_on=row[7],
    )


def of(work: Work, initiative_id: int) -> list[Limit]:
    """The limits of an initiative that hold now, the newest first."""
    rows = work.connection.execute(
        _SELECT.where(
            limit_statement.c.initiative_id == initiative_id, limit_statement.c.withdrawn_on.is_(None)
        ).order_by(limit_statement.c.stated_on.desc(), limit_statement.c.id.desc())
    )
    return [_limit(row) for row in rows]


def withdrawn(work: Work, initiative_id: int) -> list[Limit]:
    """The limits that held once, the one withdrawn last first."""
    rows = work.connection.execute(
        _SELECT.where(
            limit_statement.c.initiative_id == initiative_id, limit_statement.c.withdrawn_on.is_not(None)
        ).order_by(limit_statement.c.withdrawn_on.desc(), limit_statement.c.id.desc())
    )
    return [_limit(row) for row in rows]


def by_id(work: Work, limit_id: int) -> Limit | None:
    row = work.connection.execute(_SELECT.where(limit_statement.c.id == limit_id)).first()
    return None if row is None else _limit(row)


def state(work: Work, initiative_id: int, draft: LimitDraft, *, stated_on: date, stated_by_id: int) -> int:
    """Store a limit; its id."""
    return int(
        work.connection.execute(
            sa.insert(limit_statement)
            .values(
                **draft.model_dump(mode="json"),
                initiative_id=initiative_id,
                stated_on=stated_on,
                stated_by_id=stated_by_id,
                created_at=work.now,
            )
            .returning(limit_statement.c.id)
        ).scalar_one()
    )


def withdraw(work: Work, limit_id: int, *, on: date) -> bool:
    """Say that a limit no longer holds; False if that was said before."""
    result = work.connection.execute(
        sa.update(limit_statement)
        .where(limit_statement.c.id == limit_id, limit_statement.c.withdrawn_on.is_(None))
        .values(withdrawn_on=on)
    )
    return result.rowcount == 1
