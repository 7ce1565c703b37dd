"""The audit log: append-only, each row bound to the one before it by its hash."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, metadata

audit = sa.Table(
    "audit",
    metadata,
    #: Without gaps, from 1.
    sa.Column("number", BigId, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    #: What happened: "signoff.approved", "authority.refused".
    sa.Column("event", sa.String(40), nullable=False),
    sa.Column("actor_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    #: Everything that the hash covers, as canonical JSON.
    sa.Column("content", sa.Text, nullable=False),
    #: SHA-256 over the hash before and the content, as 64 hexadecimal digits.
    sa.Column("hash", sa.String(64), nullable=False),
)

audit_head = sa.Table(
    "audit_head",
    metadata,
    #: Always 1: writers take their turn by locking this row.
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("number", BigId, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)
