"""What became of messages that were taken up: stored many at a time, and only by whoever still has them."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from storage.outbox import Waiting, outbox
from storage.schema import UtcDateTime, among
from storage.store import Work

#: A reason is at most so long.
MOST_CHARACTERS = 500
#: The reason of what was taken up and not begun.
PUT_BACK = "put back"


class Outcome(NamedTuple):
    """What became of one attempt; made by the functions below."""

    taken: Waiting
    kind: Literal["sent", "gone", "later", "dead"]
    reason: str | None = None
    reference: str | None = None
    platform: str | None = None
    #: Whether the message stays, to be made again by `outbox.touch`.
    keep: bool = False
    #: When it is tried again.
    until: datetime | None = None
    #: Whether the attempt counts among those after which a message is given up.
    counts: bool = True


class Settled(NamedTuple):
    """What storing outcomes came to."""

    #: The messages that were written anew meanwhile and are due again.
    revised: set[int]
    #: What somebody else was writing at this moment; to be stored again.
    locked: list[Outcome]


def sent(taken: Waiting, reference: str, *, platform: str | None = None, keep: bool = False) -> Outcome:
    """It stands at `reference`, and from now on on that platform, wherever the person is.

    `keep` is for what holds ids alone, to be made again by `outbox.touch`; of words none stay.
    """
    return Outcome(taken, "sent", reference=reference, platform=platform or taken.platform, keep=keep)


def gone(taken: Waiting, reason: str) -> Outcome:
    """The message that was to be updated is there no more: there is nothing to be kept up to date."""
    return Outcome(taken, "gone", reason)


def later(
    taken: Waiting,
    until: datetime,
    reason: str,
    *,
    counts: bool = True,
    reference: str | None = None,
    platform: str | None = None,
) -> Outcome:
    """Try again then; `reference` is what is there already, `platform` where it goes instead."""
    return Outcome(
        taken,
        "later",
        reason,
        reference=reference or taken.reference,
        platform=platform or taken.platform,
        until=until,
        counts=counts,
    )


def dead(taken: Waiting, reason: str) -> Outcome:
    """Set it aside where `tandem retry` finds it."""
    return Outcome(taken, "dead", reason)


def settle(
    work: Work, outcomes: Sequence[Outcome], leases: Mapping[int, Collection[datetime]] | None = None
) -> Settled:
    """Store outcomes, each while its lease holds; what lost it changes nothing.

    `leases` are the ends of leases that were renewed since, by id. Waits for nobody: what another transaction is
    writing comes back as `locked`. So it can never stand in a ring with one that writes several rows.
    """
    usual = _settle_usual(work, outcomes)
    if len(usual) == len(outcomes):
        return Settled(set(), [])
    return _settle_each(work, [one for one in outcomes if one.taken.id not in usual], leases)


def renew(work: Work, taken: Iterable[int], leases: Collection[datetime], until: datetime) -> set[int]:
    """Keep messages that are leased until one of `leases` for longer; the ids of those that still are ours."""
    rows = work.connection.execute(
        sa.update(outbox)
        .where(
            among(work.connection, outbox.c.id, list(taken)),
            outbox.c.state == "waiting",
            outbox.c.due_at.in_(list(leases)),
        )
        .values(due_at=until)
        .returning(outbox.c.id)
    )
    return set(rows.scalars())


def is_stuck(work: Work, lease: timedelta) -> bool:
    """Whether anything is leased for longer than anybody leases, since a clock was set back."""
    return (
        work.connection.execute(sa.select(outbox.c.id).where(*_stuck(work, lease)).limit(1)).first()
        is not None
    )


def rescue(work: Work, lease: timedelta) -> int:
    """Make due what `is_stuck`; how many."""
    return work.connection.execute(
        sa.update(outbox).where(*_stuck(work, lease)).values(due_at=work.now)
    ).rowcount


def _settle_usual(work: Work, outcomes: Sequence[Outcome]) -> set[int]:
    """Store what was sent in its newest words and under its first lease, by one statement; the ids.

    Only where a statement is a round trip, which on SQLite it is not.
    """
    if work.connection.dialect.name != "postgresql":
        return set()
    several = [one for one in outcomes if one.kind == "sent"]
    if not several:
        return set()
    rows = work.connection.execute(
        _USUAL,
        {
            "ids": [one.taken.id for one in several],
            "revisions": [one.taken.revision for one in several],
            "leases": [one.taken.leased_until for one in several],
            "references": [one.reference for one in several],
            "platforms": [one.platform for one in several],
            "keeps": [one.keep for one in several],
            "now": work.now,
        },
    )
    return set(rows.scalars())


def _settle_each(
    work: Work, outcomes: Sequence[Outcome], leases: Mapping[int, Collection[datetime]] | None
) -> Settled:
    """Store outcomes of every kind, a statement for each set of columns."""
    columns = (outbox.c.id, outbox.c.revision, outbox.c.due_at)
    waiting = sa.and_(
        among(work.connection, outbox.c.id, [one.taken.id for one in outcomes]),
        outbox.c.state == "waiting",
    )
    rows = {
        row.id: row
        for row in work.connection.execute(
            sa.select(*columns).where(waiting).with_for_update(skip_locked=True)
        )
    }
    ours = [
        one for one in outcomes if one.taken.id in rows and _is_ours(one, rows[one.taken.id].due_at, leases)
    ]
    changes: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    revised: set[int] = set()
    for one in ours:
        is_newest = rows[one.taken.id].revision == one.taken.revision
        if not is_newest and one.kind in ("sent", "dead"):
            revised.add(one.taken.id)
        values = _values(work, one, is_newest)
        changes[tuple(sorted(values))].append({"of_id": one.taken.id, **values})
    for names, several in changes.items():
        work.connection.execute(
            sa.update(outbox)
            .where(outbox.c.id == sa.bindparam("of_id"))
            .values({name: sa.bindparam(name) for name in names}),
            several,
        )
    if len(rows) == len(outcomes):
        return Settled(revised, [])
    skipped = [one for one in outcomes if one.taken.id not in rows]
    there = {row.id: row.due_at for row in work.connection.execute(sa.select(*columns).where(waiting))}
    return Settled(revised, [one for one in skipped if _is_ours(one, there.get(one.taken.id), leases)])


def _stuck(work: Work, lease: timedelta) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        outbox.c.state == "waiting",
        outbox.c.due_at > work.now + 2 * lease,
        outbox.c.attempts > 0,
        outbox.c.reason.is_(None),
    )


def _usual() -> sa.Update:
    """Changes every row that is ours and as it was sent, passing over those that another transaction is writing.

    Rows are found by their ids alone: PostgreSQL would walk all that have the same lease. What is looked at is the row
    as it is once it is locked.
    """
    columns: dict[str, sa.types.TypeEngine[Any]] = {
        "ids": sa.BigInteger(),
        "revisions": sa.Integer(),
        "leases": UtcDateTime(),
        "references": sa.Text(),
        "platforms": sa.Text(),
        "keeps": sa.Boolean(),
    }
    told = (
        sa.func.unnest(*(sa.bindparam(name, type_=sa.ARRAY(kind)) for name, kind in columns.items()))
        .table_valued(*(sa.column(name, kind) for name, kind in columns.items()), name="told")
        .render_derived()
    )
    free = (
        sa.select(outbox.c.id, outbox.c.state, outbox.c.due_at, outbox.c.revision)
        .where(outbox.c.id == sa.any_(sa.bindparam("ids", type_=sa.ARRAY(sa.BigInteger()))))
        .with_for_update(skip_locked=True)
        .cte("free")
    )
    return (
        sa.update(outbox)
        .where(
            outbox.c.id == free.c.id,
            free.c.id == told.c.ids,
            free.c.state == "waiting",
            free.c.due_at == told.c.leases,
            free.c.revision == told.c.revisions,
        )
        .values(
            state="sent",
            sent_at=sa.bindparam("now"),
            reason=sa.null(),
            reference=told.c.references,
            platform=told.c.platforms,
            message=sa.case((told.c.keeps, outbox.c.message), else_=""),
        )
        .returning(outbox.c.id)
    )


_USUAL = _usual()


def _is_ours(
    one: Outcome, due_at: datetime | None, leases: Mapping[int, Collection[datetime]] | None
) -> bool:
    renewed = () if leases is None else leases.get(one.taken.id, ())
    return due_at is not None and (due_at == one.taken.leased_until or due_at in renewed)


def _values(work: Work, one: Outcome, is_newest: bool) -> dict[str, Any]:
    """The columns that change. If the card was written anew meanwhile, it goes on waiting, in the newest words."""
    reason = None if one.reason is None else one.reason.replace("\x00", "")[:MOST_CHARACTERS]
    again = {"due_at": work.now, "attempts": 0}
    match one.kind:
        case "sent":
            place = {"reference": one.reference, "reason": None, "platform": one.platform}
            done = {"state": "sent", "sent_at": work.now, "message": one.taken.message if one.keep else ""}
            return place | (done if is_newest else again | {"reason": ""})
        case "gone":
            return {
                "state": "sent",
                "sent_at": work.now,
                "message": "",
                "reference": None,
                "reason": reason,
            }
        case "later":
            return {
                "due_at": one.until,
                "reason": reason or "",
                "reference": one.reference,
                "platform": one.platform,
                "attempts": one.taken.attempts - (0 if one.counts else 1),
            }
        case "dead":
            return {"reason": reason} | ({"state": "dead"} if is_newest else again)
