"""The budget of messages that all replicas share: one row for each chat and each workspace that is paced."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

import sqlalchemy as sa

from domain.pacing import Limits
from domain.people import Platform
from storage.schema import UtcDateTime, insert_into, metadata
from storage.store import Work

#: When the next message may go, for everything that is paced: one row for all replicas.
pace = sa.Table(
    "pace",
    metadata,
    #: "slack:T0ALDER", or with a chat behind it.
    sa.Column("key", sa.String(200), primary_key=True),
    sa.Column("next_at", UtcDateTime, nullable=False),
)

#: No platform is left alone for longer, whatever it asks for; nor does a clock that was set back hold messages longer.
LONGEST_WAIT = timedelta(minutes=10)

#: The number of PostgreSQL's lock under which messages are claimed; nothing but that it is ours.
_LOCK = 0x7A4DE2


def alone(work: Work) -> None:
    """Go on only when no other replica claims messages, until the end of the transaction.

    If this process stops in the middle, PostgreSQL ends the transaction after ten seconds; SQLite has one writer
    anyway.
    """
    if work.connection.dialect.name == "postgresql":
        work.connection.execute(
            sa.select(
                sa.func.pg_advisory_xact_lock(_LOCK),
                sa.func.set_config("idle_in_transaction_session_timeout", "10000", True),
            )
        )


def rests(work: Work, keys: Collection[str]) -> dict[str, datetime]:
    """When each of these is at rest (`domain.pacing.Limit`), where it is known."""
    if not keys:
        return {}
    rows = work.connection.execute(sa.select(pace.c.key, pace.c.next_at).where(pace.c.key.in_(sorted(keys))))
    # Further away it can only be by a clock that was set back since.
    return {key: at for key, at in rows if at <= work.now + 2 * LONGEST_WAIT}


def keep(work: Work, rest_at: Mapping[str, datetime]) -> None:
    """Keep when these are at rest. Only after `alone`."""
    if rest_at:
        insert = insert_into(work.connection.dialect, pace)
        work.connection.execute(
            insert.on_conflict_do_update(index_elements=["key"], set_={"next_at": insert.excluded.next_at}),
            [{"key": key, "next_at": at} for key, at in sorted(rest_at.items())],
        )


def hold(work: Work, platform: Platform, tenant: str, limits: Limits, *, until: datetime) -> None:
    """Let no replica send to a workspace or tenant before a moment that the platform asked for."""
    alone(work)
    key = whole_key(platform, tenant)
    wanted = limits.whole.shut_until(min(until, work.now + LONGEST_WAIT))
    before = rests(work, [key]).get(key)
    keep(work, {key: wanted if before is None else max(before, wanted)})


def forget(work: Work, *, before: datetime) -> int:
    """Drop what has been at rest since before; how many rows."""
    return work.connection.execute(sa.delete(pace).where(pace.c.next_at < before)).rowcount


def whole_key(platform: Platform, tenant: str) -> str:
    """The key of a workspace or tenant."""
    return f"{platform}:{tenant}"


def chat_key(platform: Platform, tenant: str, *, person_id: int | None, channel_id: int | None) -> str:
    """The key of a person's own chat, or of a channel."""
    return f"{platform}:{tenant}:" + (f"p{person_id}" if channel_id is None else f"c{channel_id}")
