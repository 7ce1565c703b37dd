"""What was planned: one row for each happening of a schedule, so that nothing is planned twice."""

import sqlalchemy as sa

from storage.schema import UtcDateTime, metadata

occurrence = sa.Table(
    "occurrence",
    metadata,
    #: "digest.weekly".
    sa.Column("schedule", sa.String(60), primary_key=True),
    #: Which happening: "2026-W47", or with a zone where each has its own: "2026-W47@Europe/Berlin".
    sa.Column("period", sa.String(100), primary_key=True),
    #: When it was to happen, and when it was planned.
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("planned_at", UtcDateTime, nullable=False),
    #: "planned", or "dropped" where it was too late to be of use.
    sa.Column("outcome", sa.String(10), nullable=False),
    #: How many messages it made.
    sa.Column("messages", sa.Integer, nullable=False),
)
