"""Showcases: the monthly session where teams show what they tried, and what is offered for it."""

import sqlalchemy as sa

from storage.schema import BigId, UtcDateTime, counted_id, metadata

showcase = sa.Table(
    "showcase",
    metadata,
    counted_id(),
    sa.Column("starts_at", UtcDateTime, nullable=False),
    #: The zone in which its date was set.
    sa.Column("zone", sa.String(64), nullable=False),
    #: A room or a link.
    sa.Column("place", sa.String(500), nullable=True),
    #: "planned", "held" or "cancelled".
    sa.Column("state", sa.String(10), nullable=False),
    #: What came out of it, in words.
    sa.Column("minutes", sa.Text, nullable=True),
    #: Counts up when it is moved, for calendars.
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("created_by_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_showcase_starts_at", "starts_at"),
)

showcase_offer = sa.Table(
    "showcase_offer",
    metadata,
    counted_id(),
    sa.Column("showcase_id", BigId, sa.ForeignKey("showcase.id"), nullable=False),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=True),
    sa.Column("offered_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("presenter_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("tried", sa.String(300), nullable=False),
    sa.Column("learned", sa.Text, nullable=False),
    sa.Column("worked", sa.Boolean, nullable=False),
    #: How long it takes to show.
    sa.Column("duration_minutes", sa.Integer, nullable=False),
    #: "offered" or "withdrawn".
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Index("ix_showcase_offer_showcase_id", "showcase_id"),
)
