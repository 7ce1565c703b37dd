"""Milestones: the gates of an initiative, and when each was signed off."""

from datetime import datetime

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

milestone = sa.Table(
    "milestone",
    metadata,
    counted_id(),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    #: "go-live", or made from the title of one of its own.
    sa.Column("key", sa.String(40), nullable=False),
    sa.Column("title", sa.String(80), nullable=False),
    sa.Column("signed_off_at", UtcDateTime, nullable=True),
    sa.UniqueConstraint("initiative_id", "key"),
)


def reached(work: Work, initiative_id: int) -> list[tuple[str, datetime]]:
    """Title and time of the milestones that were signed off, in order."""
    rows = work.connection.execute(
        sa.select(milestone.c.title, milestone.c.signed_off_at)
        .where(milestone.c.initiative_id == initiative_id, milestone.c.signed_off_at.is_not(None))
        .order_by(milestone.c.signed_off_at)
    )
    return [(row[0], row[1]) for row in rows]


def titles(work: Work, initiative_id: int) -> list[tuple[str, str]]:
    """Key and title of the milestones that were ever to be signed off."""
    rows = work.connection.execute(
        sa.select(milestone.c.key, milestone.c.title)
        .where(milestone.c.initiative_id == initiative_id)
        .order_by(milestone.c.id)
    )
    return [(row[0], row[1]) for row in rows]
