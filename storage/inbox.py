"""What was already answered: each inbound key with its reply, stored in the commit of its effect."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from storage.ready import Ready
from storage.schema import UtcDateTime, insert_into, metadata
from storage.store import Work

inbound = sa.Table(
    "inbound",
    metadata,
    sa.Column("key", sa.String(255), primary_key=True),
    sa.Column("reply", sa.Text, nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    sa.Index("ix_inbound_at", "at"),
)

_NEW: dict[str, Any] = {name: sa.bindparam(f"new_{name}") for name in ("key", "reply", "at")}
_KEEP = Ready(lambda dialect: insert_into(dialect, inbound).values(_NEW).on_conflict_do_nothing())


def keep(work: Work, key: str, reply: str) -> bool:
    """Store the reply under its key; False if the key was answered already (by anybody, on any replica).

    On PostgreSQL this waits for another transaction that is storing the same key just now.
    """
    return _KEEP.count(work, {"new_key": key, "new_reply": reply, "new_at": work.now}) == 1


def answered(work: Work, key: str) -> str | None:
    """The stored reply."""
    reply: str | None = work.connection.execute(
        sa.select(inbound.c.reply).where(inbound.c.key == key)
    ).scalar_one_or_none()
    return reply


def forget(work: Work, *, before: datetime) -> int:
    """Drop what no platform will send again; how many rows."""
    return work.connection.execute(sa.delete(inbound).where(inbound.c.at < before)).rowcount
