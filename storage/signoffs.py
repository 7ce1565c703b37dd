"""Milestones, requests to sign them off, what the sponsors decided, and who decides for them."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, counted_id, metadata

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

signoff = sa.Table(
    "signoff",
    metadata,
    counted_id(),
    sa.Column("milestone_id", BigId, sa.ForeignKey("milestone.id"), nullable=False),
    sa.Column("requested_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: The value of a domain.signoffs.State.
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    #: Of the present version's content; SHA-256 in hexadecimal digits.
    sa.Column("fingerprint", sa.String(64), nullable=False),
    #: The side that has approved the present version, while the other has not: the row that both sides lock
    #: says it, so that the second of two presses at once always sees the first.
    sa.Column("approved_side", sa.String(10), nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime, nullable=True),
    #: When those who have not decided were last reminded by hand.
    sa.Column("reminded_at", UtcDateTime, nullable=True),
    #: One request at a time for a milestone.
    sa.Index(
        "uq_signoff_open",
        "milestone_id",
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'changes')"),
        postgresql_where=sa.text("state IN ('pending', 'changes')"),
    ),
    sa.Index("ix_signoff_state_expires_at", "state", "expires_at"),
)

signoff_version = sa.Table(
    "signoff_version",
    metadata,
    sa.Column("signoff_id", BigId, sa.ForeignKey("signoff.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    #: A domain.signoffs.Content as canonical JSON.
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

decision = sa.Table(
    "decision",
    metadata,
    counted_id(),
    sa.Column("signoff_id", BigId, sa.ForeignKey("signoff.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    #: "business" or "technical".
    sa.Column("side", sa.String(10), nullable=False),
    #: "approved", "changes" or "declined".
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: The sponsor, where a delegate decided for them.
    sa.Column("acting_for_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    #: The row of the audit log that holds the same.
    sa.Column("audit_number", BigId, sa.ForeignKey("audit.number"), nullable=False, unique=True),
    #: Each side decides once on a version.
    sa.UniqueConstraint("signoff_id", "version", "side"),
)

delegation = sa.Table(
    "delegation",
    metadata,
    counted_id(),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    sa.Column("side", sa.String(10), nullable=False),
    sa.Column("sponsor_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("delegate_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: Both included, in the sponsor's calendar.
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    #: "offered", "accepted", "declined" or "revoked".
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("answered_at", UtcDateTime, nullable=True),
    sa.Index("ix_delegation_initiative_id", "initiative_id"),
    sa.Index("ix_delegation_delegate_id", "delegate_id"),
)
