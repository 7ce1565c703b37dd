"""Taking messages up for sending: the right ones next, at the pace that all replicas share, in people's own hours."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.pacing import Limits
from domain.people import Platform
from domain.preferences import Preferences
from storage import channels, pace, people
from storage.channels import Channel
from storage.outbox import COLUMNS, Priority, Waiting, outbox
from storage.people import ChatIdentity, Reachable
from storage.schema import among
from storage.store import Work

#: What has been due for longer goes first, whatever its priority: so nothing is overtaken for ever.
OVERTAKEN_AT_MOST = timedelta(minutes=10)
#: So many are looked at, though fewer are wanted.
LEAST_PAGE = 100
#: When a message is looked at again whose place another one is being sent to.
TURN = timedelta(milliseconds=250)

#: When a polite message may reach somebody: (time zone, country, their choices, now).
Allowed = Callable[[str, str | None, Preferences, datetime], datetime]


class Claimed(NamedTuple):
    """A message taken up, and to whose chat or which channel it goes; neither where nobody knows a way yet."""

    row: Waiting
    identity: ChatIdentity | None
    channel: Channel | None


@dataclass(slots=True)
class Claim:
    """What one look into the outbox came to."""

    rows: list[Claimed] = field(default_factory=list)
    #: When something may go that was due and could not.
    again_at: datetime | None = None
    #: Too late to be of use.
    expired: int = 0
    #: To people who cannot be reached any more.
    dead: int = 0
    #: Taken up before by a worker that never told the outcome: whoever receives it may have it already.
    doubtful: int = 0


def claim(
    work: Work,
    *,
    limit: int,
    lease: timedelta,
    platforms: Collection[str],
    limits: Mapping[Platform, Limits],
    allowed: Allowed,
) -> Claim:
    """Take up at most `limit` messages that may go now, recording each attempt before it is made.

    First what is urgent, and among the same what is due longest. They come back by themselves after `lease` if they
    are not settled by then. Whatever may not go yet is not taken: what waits for a person's hours, for its place in
    the budget of a platform (`limits`; nothing is paced that is not in it) or behind another message to the same
    place is due later, and no attempt is counted.
    """
    pace.alone(work)
    return _Look(work, lease, platforms, limits, allowed).taken(limit)


class _Candidate(NamedTuple):
    """A message that is due, and what decides whether it may go."""

    row: Waiting
    priority: int
    polite: bool
    expires_at: datetime | None
    reason: str | None
    person: Reachable | None
    identity: ChatIdentity | None
    channel: Channel | None
    #: How its place is paced, if it is.
    limits: Limits | None
    whole_key: str
    chat_key: str

    @property
    def turn(self) -> tuple[int | None, int | None]:
        """To one place one message goes after the other."""
        return self.row.person_id, self.row.channel_id

    @property
    def is_first(self) -> bool:
        """Whether nothing of it is there yet."""
        return self.row.reference is None

    @property
    def is_doubtful(self) -> bool:
        return self.row.attempts > 0 and self.reason is None and self.is_first


class _Left(NamedTuple):
    """A message that may not go yet, though it is due."""

    candidate: _Candidate
    until: datetime
    #: Whether its whole workspace may get nothing now.
    is_whole: bool


class _Look:
    """One look into the outbox, in one transaction."""

    def __init__(
        self,
        work: Work,
        lease: timedelta,
        platforms: Collection[str],
        limits: Mapping[Platform, Limits],
        allowed: Allowed,
    ) -> None:
        self._work, self._lease, self._platforms = work, lease, platforms
        self._limits, self._allowed = limits, allowed
        self._claim = Claim()
        self._put_off: list[dict[str, Any]] = []
        self._closing: list[dict[str, Any]] = []
        #: The places where another message has to go first, and when to look at what is behind it.
        self._held: dict[tuple[int | None, int | None], datetime] = {}
        self._left: list[_Left] = []
        self._rests: dict[str, datetime] = {}

    def taken(self, limit: int) -> Claim:
        page = max(limit, LEAST_PAGE)
        candidates = self._candidates(page)
        before = pace.rests(
            self._work,
            {key for one in candidates if one.limits for key in (one.whole_key, one.chat_key, _end(one))},
        )
        self._rests = dict(before)
        busy = _busy(self._work, self._lease) if candidates else frozenset()
        for one in candidates:
            if len(self._claim.rows) == limit:
                break
            self._judge(one, one.turn in busy)
        if len(candidates) == page and len(self._claim.rows) < limit:
            self._make_room()
        self._store({key: at for key, at in self._rests.items() if before.get(key) != at})
        return self._claim

    def _judge(self, one: _Candidate, is_busy: bool) -> None:
        now = self._work.now
        if one.expires_at is not None and one.expires_at <= now and one.is_first:
            self._claim.expired += 1
            self._closing.append({"of_id": one.row.id, "to_state": "expired", "to_reason": one.reason})
        elif (reason := _nowhere(one)) is not None:
            self._claim.dead += one.is_first
            state = "dead" if one.is_first else "sent"
            self._closing.append({"of_id": one.row.id, "to_state": state, "to_reason": reason})
        elif one.turn in self._held:
            self._leave(one, self._held[one.turn])
        elif is_busy:
            self._leave(one, now + TURN)
        elif (at := self._hours(one)) > now:
            self._later(one, at)
        elif one.limits is None:
            self._take(one)
        elif (at := one.limits.whole.allows_at(self._rests.get(one.whole_key), now)) > now:
            self._leave(one, at, is_whole=True)
        elif (at := one.limits.chat.allows_at(self._rests.get(one.chat_key), now)) > now:
            self._leave(one, at)
        else:
            for key, limit in ((one.whole_key, one.limits.whole), (one.chat_key, one.limits.chat)):
                self._rests[key] = limit.after_one(self._rests.get(key), now)
            self._take(one)

    def _take(self, one: _Candidate) -> None:
        self._claim.doubtful += one.is_doubtful
        row = one.row._replace(attempts=one.row.attempts + 1)
        self._claim.rows.append(Claimed(row, one.identity, one.channel))

    def _leave(self, one: _Candidate, until: datetime, *, is_whole: bool = False) -> None:
        """Leave a message where it is, and behind it what else goes to its place."""
        self._held[one.turn] = until
        self._left.append(_Left(one, until, is_whole))
        self._again(until)

    def _later(self, one: _Candidate, until: datetime) -> None:
        self._claim.doubtful += one.is_doubtful
        reason = "" if one.is_doubtful else one.reason
        self._put_off.append({"of_id": one.row.id, "to_due_at": until, "to_reason": reason})
        self._again(until)

    def _again(self, at: datetime) -> None:
        self._claim.again_at = at if self._claim.again_at is None else min(at, self._claim.again_at)

    def _make_room(self) -> None:
        """Move the second half of what was left out of the way: the page was full, so it hides the rest of the queue.

        What a workspace may not get yet goes to the end of a queue that lets through as many as the workspace takes:
        each is moved once, and comes back when its turn is near.
        """
        for one, until, is_whole in self._left[len(self._left) // 2 :]:
            end = until
            if is_whole and one.limits is not None:
                at_rest = self._rests.get(one.whole_key, until)
                end = max(until, at_rest, self._rests.get(_end(one), until)) + one.limits.whole.interval
                self._rests[_end(one)] = end
            self._later(one, end)

    def _hours(self, one: _Candidate) -> datetime:
        """When a polite message may reach the person; what stands there already may be updated at any time."""
        known = one.person
        if known is None or not one.polite or not one.is_first:
            return self._work.now
        return self._allowed(known.time_zone, known.country, known.chosen, self._work.now)

    def _store(self, rests: Mapping[str, datetime]) -> None:
        connection = self._work.connection
        pace.keep(self._work, rests)
        this = outbox.c.id == sa.bindparam("of_id")
        if self._claim.rows:
            connection.execute(
                sa.update(outbox)
                .where(among(connection, outbox.c.id, [one.row.id for one in self._claim.rows]))
                .values(attempts=outbox.c.attempts + 1, due_at=self._work.now + self._lease, reason=None)
            )
        if self._put_off:
            connection.execute(
                sa.update(outbox)
                .where(this)
                .values(due_at=sa.bindparam("to_due_at"), reason=sa.bindparam("to_reason")),
                self._put_off,
            )
        if self._closing:
            connection.execute(
                sa.update(outbox)
                .where(this)
                .values(state=sa.bindparam("to_state"), reason=sa.bindparam("to_reason")),
                self._closing,
            )

    def _candidates(self, size: int) -> list[_Candidate]:
        """What is due, in the order in which it goes."""
        rows = _due(self._work, size)
        known = people.reachable(self._work, {row.person_id for row in rows if row.person_id is not None})
        where = channels.by_ids(self._work, {row.channel_id for row in rows if row.channel_id is not None})
        return [self._candidate(row, known.get(row.person_id), where.get(row.channel_id)) for row in rows]

    def _candidate(self, row: Any, person: Reachable | None, channel: Channel | None) -> _Candidate:
        identity = None if person is None else _open_identity(person, row, self._platforms)
        place = channel or identity
        return _Candidate(
            row=Waiting._make((*row[: len(COLUMNS)], self._work.now + self._lease)),
            priority=row.priority,
            polite=row.polite,
            expires_at=row.expires_at,
            reason=row.reason,
            person=person,
            identity=identity,
            channel=channel,
            limits=None if place is None else self._limits.get(place.platform),
            whole_key="" if place is None else pace.whole_key(place.platform, place.tenant),
            chat_key=""
            if place is None
            else pace.chat_key(
                place.platform, place.tenant, person_id=row.person_id, channel_id=row.channel_id
            ),
        )


def _due(work: Work, size: int) -> list[Any]:
    several = [
        sa.select(
            sa.select(outbox.c.id, outbox.c.priority, outbox.c.due_at)
            .where(
                outbox.c.state == "waiting",
                outbox.c.priority == int(priority),
                outbox.c.due_at <= work.now,
            )
            .order_by(outbox.c.due_at, outbox.c.id)
            .limit(size)
            .subquery()
        )
        for priority in Priority
    ]

    def order(row: Any) -> tuple[int, datetime, int]:
        is_overdue = row.due_at < work.now - OVERTAKEN_AT_MOST
        return (int(Priority.URGENT) if is_overdue else row.priority, row.due_at, row.id)

    due = sorted(work.connection.execute(sa.union_all(*several)), key=order)[:size]
    if not due:
        return []
    place = {row.id: number for number, row in enumerate(due)}
    # By id alone: PostgreSQL would walk the whole queue to look for what is due.
    rows = work.connection.execute(
        sa.select(*_COLUMNS)
        .where(among(work.connection, outbox.c.id, place))
        .with_for_update(skip_locked=True)
    )
    still = [row for row in rows if row.state == "waiting" and row.due_at <= work.now]
    return sorted(still, key=lambda row: place[row.id])


_COLUMNS = (
    *(outbox.c[name] for name in COLUMNS),
    outbox.c.priority,
    outbox.c.polite,
    outbox.c.expires_at,
    outbox.c.reason,
    outbox.c.state,
    outbox.c.due_at,
)


def _busy(work: Work, lease: timedelta) -> frozenset[tuple[int | None, int | None]]:
    """The places that somebody is sending to, here or on another replica."""
    rows = work.connection.execute(
        sa.select(outbox.c.person_id, outbox.c.channel_id)
        .where(
            outbox.c.state == "waiting",
            outbox.c.due_at > work.now,
            outbox.c.due_at <= work.now + lease,
            outbox.c.attempts > 0,
            outbox.c.reason.is_(None),
        )
        .distinct()
    )
    return frozenset((row.person_id, row.channel_id) for row in rows)


def _open_identity(person: Reachable, row: Any, connected: Collection[str]) -> ChatIdentity | None:
    """The person's own chat on the message's platform, else where they chose to be or were last and we can write."""
    open_ones = [one for one in person.identities if one.closed_at is None]
    there = next((one for one in open_ones if one.platform == row.platform), None)
    is_closed = any(one.closed_at is not None and one.platform == row.platform for one in person.identities)
    if there is None and (row.platform is None or (is_closed and row.reference is None)):
        return next((one for one in open_ones if one.platform in connected), None)
    return there


def _nowhere(one: _Candidate) -> str | None:
    """Why there is no use in trying."""
    if one.person is not None and not one.person.is_active:
        return "the person is not in the directory any more"
    if one.person is None or one.identity is not None:
        return None
    closed = sorted({str(two.platform) for two in one.person.identities if two.closed_at is not None})
    if closed and one.row.platform in (None, *closed):
        return f"the person left {' and '.join(closed)}, or blocked the bot there"
    return None


def _end(one: _Candidate) -> str:
    """The key of the end of a workspace's queue."""
    return f"{one.whole_key}~end"
