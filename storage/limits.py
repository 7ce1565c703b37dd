"""Limits: what a tool does not do well, and whose work it changes."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, counted_id, metadata

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
