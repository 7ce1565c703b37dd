"""Digests and briefs, kept as the facts they were made from."""

from typing import Literal, NamedTuple

import sqlalchemy as sa

from storage.schema import UtcDateTime, counted_id, insert_into, metadata
from storage.store import Work

digest = sa.Table(
    "digest",
    metadata,
    counted_id(),
    #: "week" or "brief".
    sa.Column("kind", sa.String(10), nullable=False),
    #: "2026-W47", or the day of the working session.
    sa.Column("period", sa.String(20), nullable=False),
    #: From 1; a correction is a new version.
    sa.Column("version", sa.Integer, nullable=False),
    #: Everything that any rendering shows, as canonical JSON.
    sa.Column("facts", sa.Text, nullable=False),
    #: What a correction changed, in words.
    sa.Column("change", sa.Text, nullable=True),
    sa.Column("made_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("kind", "period", "version"),
)

Sort = Literal["week", "brief"]


class Kept(NamedTuple):
    """One version of a digest or a brief."""

    version: int
    #: Canonical JSON.
    facts: str
    change: str | None


def newest(work: Work, kind: Sort, period: str) -> Kept | None:
    """The newest version; None if there is none."""
    row = work.connection.execute(
        sa.select(digest.c.version, digest.c.facts, digest.c.change)
        .where(digest.c.kind == kind, digest.c.period == period)
        .order_by(digest.c.version.desc())
        .limit(1)
    ).first()
    return None if row is None else Kept(*row)


def version(work: Work, kind: Sort, period: str, number: int) -> Kept | None:
    """A version by its number."""
    row = work.connection.execute(
        sa.select(digest.c.version, digest.c.facts, digest.c.change).where(
            digest.c.kind == kind, digest.c.period == period, digest.c.version == number
        )
    ).first()
    return None if row is None else Kept(*row)


def keep(work: Work, kind: Sort, period: str, number: int, facts: str, change: str | None) -> bool:
    """Store a version; False if somebody else stored that version before."""
    insert = insert_into(work.connection.dialect, digest)
    result = work.connection.execute(
        insert.on_conflict_do_nothing(index_elements=["kind", "period", "version"]),
        {
            "kind": kind,
            "period": period,
            "version": number,
            "facts": facts,
            "change": change,
            "made_at": work.now,
        },
    )
    return result.rowcount == 1
