"""Transition plans: the steps after which a department operates its tool alone."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, counted_id, metadata

transition_step = sa.Table(
    "transition_step",
    metadata,
    counted_id(),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    #: In which order the steps are shown, from 1.
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("text", sa.String(300), nullable=False),
    sa.Column("owner_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("due_on", sa.Date, nullable=True),
    sa.Column("done_on", sa.Date, nullable=True),
    sa.Column("changed_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Index("ix_transition_step_initiative_id", "initiative_id"),
)
