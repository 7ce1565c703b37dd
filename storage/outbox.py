"""Messages waiting to be sent: written in the commit of their cause, sent after it, retried until they are."""

from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

outbox = sa.Table(
    "outbox",
    metadata,
    counted_id(),
    #: What this message is, so that it is written once: "confirm:42:1".
    sa.Column("key", sa.String(200), nullable=False, unique=True),
    #: To whom it goes, or to which channel: one of the two.
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("channel_id", BigId, sa.ForeignKey("channel.id"), nullable=True),
    #: What the card is about, where it is kept up to date in its place: "signoff:12".
    sa.Column("subject", sa.String(60), nullable=True),
    #: Counts up when the card is written anew; what was sent is the revision before, until it is sent again.
    sa.Column("revision", sa.Integer, nullable=False),
    #: On which platform, where that matters; else wherever the person was last.
    sa.Column("platform", sa.String(10), nullable=True),
    #: A message (handlers.conversation.Message) as JSON.
    sa.Column("message", sa.Text, nullable=False),
    #: "waiting", "sent" or "dead".
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("due_at", UtcDateTime, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("sent_at", UtcDateTime, nullable=True),
    #: Why the last attempt failed.
    sa.Column("reason", sa.String(500), nullable=True),
    #: The platform's reference of the message once sent.
    sa.Column("reference", sa.Text, nullable=True),
    sa.Index("ix_outbox_state_due_at", "state", "due_at"),
    sa.Index("ix_outbox_subject", "subject"),
)


class Waiting(NamedTuple):
    """A message taken up for sending."""

    id: int
    key: str
    person_id: int
    platform: str | None
    message: str
    #: Including this one.
    attempts: int


def put(work: Work, key: str, person_id: int, message: str, *, platform: str | None = None) -> bool:
    """Write a message to be sent after the commit; False if its key was written before."""
    insert = (sqlite if work.connection.dialect.name == "sqlite" else postgresql).insert(outbox)
    result = work.connection.execute(
        insert.on_conflict_do_nothing(index_elements=["key"]),
        {
            "key": key,
            "person_id": person_id,
            "platform": platform,
            "message": message,
            "state": "waiting",
            "attempts": 0,
            "revision": 0,
            "due_at": work.now,
            "created_at": work.now,
        },
    )
    work.enqueued = work.enqueued or result.rowcount == 1
    return result.rowcount == 1


def take(work: Work, *, limit: int, lease: timedelta) -> list[Waiting]:
    """Take up messages that are due, recording the attempt before it is made.

    They come back by themselves after `lease` if they are not settled by then.
    """
    due = (
        sa.select(outbox.c.id)
        .where(outbox.c.state == "waiting", outbox.c.due_at <= work.now)
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = work.connection.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(due))
        .values(attempts=outbox.c.attempts + 1, due_at=work.now + lease)
        .returning(
            outbox.c.id,
            outbox.c.key,
            outbox.c.person_id,
            outbox.c.platform,
            outbox.c.message,
            outbox.c.attempts,
        )
    ).all()
    return sorted((Waiting(*row) for row in rows), key=lambda waiting: waiting.id)


def sent(work: Work, outbox_id: int, reference: str) -> None:
    work.connection.execute(
        sa.update(outbox)
        .where(outbox.c.id == outbox_id)
        .values(state="sent", sent_at=work.now, reference=reference, reason=None, message="")
    )


def postpone(work: Work, outbox_id: int, *, until: datetime, reason: str) -> None:
    work.connection.execute(
        sa.update(outbox).where(outbox.c.id == outbox_id).values(due_at=until, reason=reason[:500])
    )


def give_up(work: Work, outbox_id: int, reason: str) -> None:
    """Set a message aside where `tandem retry` finds it."""
    work.connection.execute(
        sa.update(outbox).where(outbox.c.id == outbox_id).values(state="dead", reason=reason[:500])
    )


def retry_dead(work: Work) -> int:
    """Put everything that was given up back in the queue; how many."""
    return work.connection.execute(
        sa.update(outbox).where(outbox.c.state == "dead").values(state="waiting", attempts=0, due_at=work.now)
    ).rowcount


def forget(work: Work, *, before: datetime) -> int:
    """Drop what was sent before; how many rows."""
    return work.connection.execute(
        sa.delete(outbox).where(outbox.c.state == "sent", outbox.c.sent_at < before)
    ).rowcount


def next_due(work: Work) -> datetime | None:
    """When the next waiting message is due."""
    due: datetime | None = work.connection.execute(
        sa.select(sa.func.min(outbox.c.due_at)).where(outbox.c.state == "waiting")
    ).scalar_one_or_none()
    return due


def counts(work: Work) -> dict[str, int]:
    """How many messages are in which state."""
    rows = work.connection.execute(sa.select(outbox.c.state, sa.func.count()).group_by(outbox.c.state))
    return {row[0]: row[1] for row in rows}
