"""Messages waiting to be sent: written in the commit of their cause, sent after it, retried until they are.

A row is also the card in its place. `revise` writes it anew: what was sent becomes due again and keeps the platform's
reference, so that the worker puts the new card where the old one stands. What waits, or is being sent just now, only
gets the newer words. The place comes to show the newest card, since

- one worker at a time has a row: `storage.claims` leases it, and nobody else takes it before the lease ends;
- an outcome is stored (`storage.outcomes`) only by whoever still has the lease (`Waiting.leased_until` is the fence),
  so one that comes late changes nothing;
- an outcome counts for the revision that was sent. If the card was written anew meanwhile, the row goes on waiting
  and is due at once. However often that happens, there is one more update, with the newest words.

A worker that dies between sending and storing leaves the row to the next one. An update done twice is the same; a
first message sent twice is there twice, with the same key, and the second is kept up to date. What is leased has no
reason, since its outcome is not known yet; whatever else waits after an attempt has one.
"""

from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, NamedTuple

import sqlalchemy as sa

from storage import pace, people
from storage.schema import BigId, UtcDateTime, counted_id, insert_into, metadata
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
    #: What goes first among what is due: 0 before 9 (`Priority`).
    sa.Column("priority", sa.Integer, nullable=False),
    #: Whether it waits for the person's own hours.
    sa.Column("polite", sa.Boolean, nullable=False),
    #: When it can no longer help, and is not sent any more.
    sa.Column("expires_at", UtcDateTime, nullable=True),
    #: With which others it was planned: "digest.weekly/2026-W47".
    sa.Column("batch", sa.String(170), nullable=True),
    #: A message (handlers.conversation.Message) as JSON.
    sa.Column("message", sa.Text, nullable=False),
    #: "waiting", "sent", "dead", or "expired".
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
    sa.Index("ix_outbox_state_priority_due_at", "state", "priority", "due_at"),
    sa.Index("ix_outbox_batch_state", "batch", "state"),
    sa.Index("ix_outbox_subject", "subject"),
)


class Priority(IntEnum):
    """What goes first among what is due."""

    #: Answers to somebody, and sign-offs.
    URGENT = 0
    NORMAL = 5
    #: Digests, nudges, showcases.
    LATER = 8


class Waiting(NamedTuple):
    """A message taken up for sending."""

    id: int
    key: str
    #: To whom it goes, or to which channel: one of the two.
    person_id: int | None
    channel_id: int | None
    platform: str | None
    message: str
    #: Including this one.
    attempts: int
    revision: int
    #: Where the card stands already, to be updated there.
    reference: str | None
    #: Until then nobody else takes it; the outcome is stored only while that holds.
    leased_until: datetime


#: The columns of a `Waiting`, but for its lease.
COLUMNS = (
    "id",
    "key",
    "person_id",
    "channel_id",
    "platform",
    "message",
    "attempts",
    "revision",
    "reference",
)

# What is gone from its place (sent, and no reference) is not posted again; a card of words is there as it was said.
_SENT_BEFORE = sa.and_(outbox.c.state != "waiting", outbox.c.reference.is_not(None))
TOUCH = (
    sa.update(outbox)
    .where(
        outbox.c.subject == sa.bindparam("touched"),
        sa.or_(
            outbox.c.state != "sent",
            sa.and_(outbox.c.reference.is_not(None), outbox.c.message != ""),
        ),
    )
    .values(
        revision=outbox.c.revision + 1,
        state=sa.case((_SENT_BEFORE, "waiting"), else_=outbox.c.state),
        attempts=sa.case((_SENT_BEFORE, 0), else_=outbox.c.attempts),
        due_at=sa.case((_SENT_BEFORE, sa.bindparam("touched_at", type_=UtcDateTime)), else_=outbox.c.due_at),
    )
)


class Placed(NamedTuple):
    """A card that is kept up to date, and whose it is."""

    key: str
    person_id: int | None
    channel_id: int | None


def put(
    work: Work,
    key: str,
    person_id: int | None,
    message: str,
    *,
    platform: str | None = None,
    channel_id: int | None = None,
    subject: str | None = None,
    priority: Priority = Priority.NORMAL,
    polite: bool = False,
    expires_at: datetime | None = None,
    due_at: datetime | None = None,
    batch: str | None = None,
) -> bool:
    """Write a message to a person or to a channel, to be sent after the commit; False if its key was written before.

    `subject` is what a card is about that will be kept up to date. A `polite` message waits for the person's own
    hours; after `expires_at` it is not sent any more; before `due_at` (None: now) not yet. `batch` says with which
    others it was planned: "digest.weekly/2026-W47". Raises ValueError unless it goes to one place.
    """
    if (person_id is None) == (channel_id is None):
        raise ValueError("a message goes to a person or to a channel")
    insert = insert_into(work.connection.dialect, outbox)
    result = work.connection.execute(
        insert.on_conflict_do_nothing(index_elements=["key"]),
        {
            "key": key,
            "person_id": person_id,
            "channel_id": channel_id,
            "subject": subject,
            "platform": platform,
            "message": message,
            "state": "waiting",
            "attempts": 0,
            "revision": 0,
            "priority": int(priority),
            "polite": polite,
            "expires_at": expires_at,
            "batch": batch,
            "due_at": work.now if due_at is None else due_at,
            "created_at": work.now,
        },
    )
    work.enqueued = work.enqueued or result.rowcount == 1
    return result.rowcount == 1


def revise(work: Work, key: str, message: str) -> bool:
    """Make the card under a key this one, wherever it is; False if there is none, or it waits in these words already.

    What was given up before it was ever sent stays so, and is sent in the newest words if it is tried again.
    """
    row = work.connection.execute(
        sa.select(outbox.c.id, outbox.c.state, outbox.c.message, outbox.c.reference)
        .where(outbox.c.key == key)
        .with_for_update()
    ).first()
    if row is None or (row.state == "waiting" and row.message == message):
        return False
    if row.state == "sent" and row.reference is None:
        return False
    values: dict[str, Any] = {"message": message, "revision": outbox.c.revision + 1}
    if row.state != "waiting" and row.reference is not None:
        values |= {"state": "waiting", "attempts": 0, "due_at": work.now}
        work.enqueued = True
    work.connection.execute(sa.update(outbox).where(outbox.c.id == row.id).values(**values))
    return True


def touch(work: Work, subject: str) -> int:
    """Bring every card about a subject that is made when it is sent up to date, wherever it is; how many there are.

    What was sent is due again, though its last update was given up. What waits, or is being sent just now, is made as
    things are when that is over.
    """
    result = work.connection.execute(TOUCH, {"touched": subject, "touched_at": work.now})
    work.enqueued = work.enqueued or result.rowcount > 0
    return result.rowcount


def recall(work: Work, subject: str) -> int:
    """Drop the cards about a subject that nobody has begun to send; how many."""
    return work.connection.execute(
        sa.delete(outbox).where(
            outbox.c.subject == subject,
            outbox.c.state == "waiting",
            outbox.c.reference.is_(None),
            outbox.c.attempts == 0,
        )
    ).rowcount


def hasten(work: Work, batch: str) -> int:
    """Make the messages of a batch due now that were to go later; how many. The polite ones still wait for their
    hours. What is being sent just now is left alone.
    """
    # What is leased has no reason; its end must stay as it is.
    untouched = sa.or_(outbox.c.attempts == 0, outbox.c.reason.is_not(None))
    count = work.connection.execute(
        sa.update(outbox)
        .where(
            outbox.c.batch == batch,
            outbox.c.state == "waiting",
            outbox.c.reference.is_(None),
            outbox.c.due_at > work.now,
            untouched,
        )
        .values(due_at=work.now)
    ).rowcount
    work.enqueued = work.enqueued or count > 0
    return count


_FOLLOWED = (
    *("key", "person_id", "revision", "priority", "polite", "batch"),
    *("message", "state", "attempts", "due_at", "created_at"),
)


def follow_up(
    work: Work, batch: str, after: str, message: str, *, priority: Priority = Priority.LATER
) -> int:
    """Write a polite message to everybody who has one of the batch `after`, each once per `batch`; how many.

    By one statement: who they are never leaves the database.
    """
    insert = insert_into(work.connection.dialect, outbox)
    rows = (
        sa.select(
            sa.literal(f"{batch}:") + sa.cast(outbox.c.person_id, sa.String),
            outbox.c.person_id,
            sa.literal(0),
            sa.literal(int(priority)),
            sa.literal(True),
            sa.literal(batch),
            sa.literal(message),
            sa.literal("waiting"),
            sa.literal(0),
            sa.literal(work.now, UtcDateTime),
            sa.literal(work.now, UtcDateTime),
        )
        .where(
            outbox.c.batch == after,
            outbox.c.person_id.is_not(None),
            outbox.c.sent_at.is_not(None),
            outbox.c.reference.is_not(None),
        )
        .order_by(outbox.c.id)
    )
    count = work.connection.execute(
        insert.from_select(_FOLLOWED, rows, include_defaults=False).on_conflict_do_nothing(
            index_elements=["key"]
        )
    ).rowcount
    work.enqueued = work.enqueued or count > 0
    return count


def of_subject(work: Work, subject: str) -> list[Placed]:
    """Every card about a subject, the oldest first."""
    rows = work.connection.execute(
        sa.select(outbox.c.key, outbox.c.person_id, outbox.c.channel_id)
        .where(outbox.c.subject == subject)
        .order_by(outbox.c.id)
    )
    return [Placed(*row) for row in rows]


def take(work: Work, *, limit: int, lease: timedelta) -> list[Waiting]:
    """Take up messages that are due, whatever their place, pace and hours; `storage.claims` heeds those.

    They come back by themselves after `lease` if they are not settled by then.
    """
    due = (
        sa.select(outbox.c.id)
        .where(outbox.c.state == "waiting", outbox.c.due_at <= work.now)
        .order_by(outbox.c.priority, outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    rows = work.connection.execute(
        sa.update(outbox)
        .where(outbox.c.id.in_(due))
        .values(attempts=outbox.c.attempts + 1, due_at=work.now + lease, reason=None)
        .returning(*(outbox.c[name] for name in COLUMNS), outbox.c.due_at)
    ).all()
    return sorted((Waiting(*row) for row in rows), key=lambda waiting: waiting.id)


def retry_dead(work: Work, prefix: str = "") -> int:
    """Put what was given up back in the queue, where its key begins so; how many.

    People whose chats were closed to the bot are written to again: whoever asks for this knows better.
    """
    given_up = sa.and_(outbox.c.state == "dead", outbox.c.key.startswith(prefix, autoescape=True))
    people.reopen(work, sa.select(outbox.c.person_id).where(given_up))
    count = work.connection.execute(
        sa.update(outbox).where(given_up).values(state="waiting", attempts=0, due_at=work.now)
    ).rowcount
    work.enqueued = work.enqueued or count > 0
    return count


def forget(work: Work, *, before: datetime) -> int:
    """Drop what was sent or expired before; how many rows."""
    pace.forget(work, before=before)
    return work.connection.execute(
        sa.delete(outbox).where(
            sa.or_(
                sa.and_(outbox.c.state == "sent", outbox.c.sent_at < before),
                sa.and_(outbox.c.state == "expired", outbox.c.expires_at < before),
            )
        )
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
