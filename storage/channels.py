"""Channels that the bot may write to, on any platform."""

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from domain.people import Platform
from storage.schema import UtcDateTime, counted_id, insert_into, metadata
from storage.store import Work

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


class Channel(NamedTuple):
    """Where many can be written to at once."""

    id: int
    platform: Platform
    tenant: str
    channel: str
    conversation: str | None


def remember(work: Work, platform: Platform, tenant: str, channel_id: str, conversation: str | None) -> int:
    """Keep a channel and the way there; its id, the same for the same channel."""
    insert = insert_into(work.connection.dialect, channel)
    return int(
        work.connection.execute(
            insert.values(
                platform=platform,
                tenant=tenant,
                channel=channel_id,
                conversation=conversation,
                created_at=work.now,
            )
            .on_conflict_do_update(
                index_elements=["platform", "tenant", "channel"], set_={"conversation": conversation}
            )
            .returning(channel.c.id)
        ).scalar_one()
    )


def by_id(work: Work, channel_id: int) -> Channel | None:
    return by_ids(work, {channel_id}).get(channel_id)


def by_ids(work: Work, channel_ids: Collection[int]) -> dict[int, Channel]:
    if not channel_ids:
        return {}
    rows = work.connection.execute(
        sa.select(
            channel.c.id,
            channel.c.platform,
            channel.c.tenant,
            channel.c.channel,
            channel.c.conversation,
        ).where(channel.c.id.in_(sorted(channel_ids)))
    )
    return {row[0]: Channel(*row) for row in rows}
