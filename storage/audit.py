"""The audit log: append-only, each row bound to the one before it by its hash."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from domain.audit import Head, content_of, linked
from storage.schema import BigId, UtcDateTime, metadata
from storage.store import Together, Work

audit = sa.Table(
    "audit",
    metadata,
    #: Without gaps, from 1.
    sa.Column("number", BigId, primary_key=True, autoincrement=False),
    sa.Column("at", UtcDateTime, nullable=False),
    #: What happened: "signoff.decided", "authority.refused".
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

_HEAD = sa.select(audit_head.c.number, audit_head.c.hash).where(audit_head.c.id == 1)
_HEAD_LOCKED = _HEAD.with_for_update()
#: What adds an entry, with the values that `next_entry` gives.
ADD = sa.insert(audit).values(
    number=sa.bindparam("log_number"),
    at=sa.bindparam("log_at"),
    event=sa.bindparam("log_event"),
    actor_id=sa.bindparam("log_actor_id"),
    content=sa.bindparam("log_content"),
    hash=sa.bindparam("log_hash"),
)
MOVE_HEAD = (
    sa.update(audit_head)
    .where(audit_head.c.id == 1)
    .values(number=sa.bindparam("log_number"), hash=sa.bindparam("log_hash"))
)
_APPEND = Together(ADD, MOVE_HEAD)


def append(
    work: Work,
    event: str,
    *,
    actor_id: int | None,
    platform: str | None = None,
    subject: str,
    details: Mapping[str, Any],
) -> int:
    """Add an entry; its number. Whoever appends waits for whoever appended before, until their commit.

    `subject` is what it is about ("signoff:12"), `details` are JSON values: ids and words, nothing of pulses or
    anonymous concerns.
    """
    entry = next_entry(work, event, actor_id=actor_id, platform=platform, subject=subject, details=details)
    _APPEND.run(work, entry)
    return int(entry["log_number"])


def next_entry(
    work: Work,
    event: str,
    *,
    actor_id: int | None,
    platform: str | None = None,
    subject: str,
    details: Mapping[str, Any],
) -> dict[str, Any]:
    """Take the turn to append: the values for `ADD` and `MOVE_HEAD`, to be run before anything else is appended."""
    before, previous = work.connection.execute(_HEAD_LOCKED).one()
    number = int(before) + 1
    content = content_of(
        number, work.now, event, actor_id=actor_id, platform=platform, subject=subject, details=details
    )
    return {
        "log_number": number,
        "log_at": work.now,
        "log_event": event,
        "log_actor_id": actor_id,
        "log_content": content,
        "log_hash": linked(previous, content),
    }


def head(work: Work) -> Head:
    """The newest entry's number and hash; number 0 where there is none."""
    return Head(*work.connection.execute(_HEAD).one())
