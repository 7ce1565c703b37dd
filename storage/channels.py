"""Channels that the bot may write to, on any platform."""

import sqlalchemy as sa

from storage.schema import UtcDateTime, counted_id, metadata

channel = sa.Table(
    "channel",
    metadata,
    counted_id(),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("tenant", sa.String(64), nullable=False),
    #: Slack channel id or Teams conversation id.
    sa.Column("channel", sa.String(256), nullable=False),
    #: The platform's own way there (Teams conversation reference, JSON).
    sa.Column("conversation", sa.Text, nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("platform", "tenant", "channel"),
)
