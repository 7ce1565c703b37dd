"""Charters: what stays under whose authority in an initiative."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, metadata

charter = sa.Table(
    "charter",
    metadata,
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), primary_key=True),
    #: What the department decides and what the AI function decides; one line each.
    sa.Column("department_decides", sa.Text, nullable=False),
    sa.Column("technology_decides", sa.Text, nullable=False),
    #: Who decides what the two cannot agree on, and within how many hours.
    sa.Column("escalation_person_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("escalation_hours", sa.Integer, nullable=False),
    sa.Column("changed_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)
