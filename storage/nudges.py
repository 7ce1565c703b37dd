"""The Friday nudge: the initiatives whose product owner wants it."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, metadata

nudge = sa.Table(
    "nudge",
    metadata,
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), primary_key=True),
    sa.Column("wanted_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("wanted_at", UtcDateTime, nullable=False),
)
