"""Concerns as those who handle them look through them: lists by state, what is overdue, and what is told in which."""

from collections.abc import Collection
from datetime import datetime
from typing import NamedTuple

import sqlalchemy as sa

from domain.concerns import OPEN, Concern, State
from storage.concerns import COLUMNS, concern, concern_message, concern_of
from storage.initiatives import initiative
from storage.people import person
from storage.store import Work

#: How many numbers back sponsors look through what is no longer open; `concern show` knows no such end.
SPONSORS_LOOK_BACK = 1000
#: The concerns of so few initiatives are read for each by itself, as an index has them in their order.
APART = 5


class Reader(NamedTuple):
    """Somebody who looks through concerns, and whose they may read."""

    person_id: int
    #: All of them, as the AI function and HR do.
    everything: bool
    #: The initiatives whose product owner they are.
    owned: tuple[int, ...] = ()
    #: Those that they sponsor: of these, what was escalated or reopened.
    sponsored: tuple[int, ...] = ()

    @property
    def is_one(self) -> bool:
        """Whether there is anything that they could read."""
        return self.everything or bool(self.owned) or bool(self.sponsored)


def parts(work: Work, person_id: int) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids of the initiatives, archived ones included, that somebody is product owner of, and that they sponsor."""
    is_sponsor = sa.or_(
        initiative.c.business_sponsor_id == person_id, initiative.c.technical_sponsor_id == person_id
    )
    rows = work.connection.execute(
        sa.select(initiative.c.id, initiative.c.product_owner_id == person_id).where(
            sa.or_(is_sponsor, initiative.c.product_owner_id == person_id)
        )
    ).all()
    return tuple(row[0] for row in rows if row[1]), tuple(row[0] for row in rows if not row[1])


def page(
    work: Work,
    reader: Reader,
    states: Collection[State],
    *,
    owner_id: int | None = None,
    overdue_at: datetime | None = None,
    before: int | None = None,
    limit: int = 10,
) -> list[Concern]:
    """A page of what somebody may read, by number, the highest first, behind the number `before`.

    Each state is read for itself, so that an index in the order of numbers answers, whatever there is of it. Of what
    is no longer open, sponsors look through the last `SPONSORS_LOOK_BACK` numbers.
    """
    found: dict[int | None, Concern] = {}
    for scope in _scopes(reader, apart=APART):
        for state in states:
            query = sa.select(*COLUMNS).where(concern.c.state == state.value, *scope.where)
            if owner_id is not None:
                query = query.where(concern.c.owner_id == owner_id)
            if overdue_at is not None:
                query = query.where(concern.c.first_answer_at.is_(None), concern.c.due_at < overdue_at)
            if before is not None:
                query = query.where(concern.c.number < before)
            if scope.of_sponsor and not state.open:
                newest = sa.select(sa.func.max(concern.c.number)).scalar_subquery()
                query = query.where(concern.c.number > newest - SPONSORS_LOOK_BACK)
            rows = work.connection.execute(query.order_by(concern.c.number.desc()).limit(limit))
            found |= {row[1]: concern_of(row) for row in rows}
    return sorted(found.values(), key=lambda one: one.number or 0, reverse=True)[:limit]


def open_counts(work: Work, reader: Reader, now: datetime) -> tuple[dict[State, int], int]:
    """How many open ones somebody may read, by state, and how many of them are overdue."""
    is_overdue = sa.and_(concern.c.first_answer_at.is_(None), concern.c.due_at < now)
    rows = work.connection.execute(
        sa.select(concern.c.state, sa.func.count(), sa.func.sum(sa.case((is_overdue, 1), else_=0)))
        .where(concern.c.state.in_(_OPEN), sa.or_(*(sa.and_(*scope.where) for scope in _scopes(reader))))
        .group_by(concern.c.state)
    ).all()
    return {State(row[0]): row[1] for row in rows}, sum(row[2] for row in rows)


def overdue(work: Work, *, limit: int) -> list[int]:
    """The numbers of open ones without a first answer in time, and not escalated yet."""
    rows = work.connection.execute(
        sa.select(concern.c.number)
        .where(
            concern.c.state.in_(_OPEN),
            concern.c.first_answer_at.is_(None),
            concern.c.escalated_at.is_(None),
            concern.c.due_at < work.now,
        )
        .order_by(concern.c.number)
        .limit(limit)
    )
    return list(rows.scalars())


def due_until(work: Work, until: datetime) -> list[Concern]:
    """Open ones whose first answer is due by then, and not overdue yet."""
    rows = work.connection.execute(
        sa.select(*COLUMNS)
        .where(
            concern.c.state.in_(_OPEN),
            concern.c.first_answer_at.is_(None),
            concern.c.due_at >= work.now,
            concern.c.due_at <= until,
        )
        .order_by(concern.c.number)
    )
    return [concern_of(row) for row in rows]


def with_address(work: Work, closed_before: datetime, *, limit: int) -> list[int]:
    """The numbers of those that were closed before then and still keep whom to tell of an answer."""
    rows = work.connection.execute(
        sa.select(concern.c.number)
        .where(
            concern.c.state == State.CLOSED.value,
            concern.c.closed_at < closed_before,
            concern.c.return_address.is_not(None),
        )
        .order_by(concern.c.number)
        .limit(limit)
    )
    return list(rows.scalars())


def told_in(work: Work, one: Concern, *, lock: bool = False) -> list[Concern]:
    """The concerns that are told in this one, in order of their numbers.

    They are about the same initiative, or about none: that is how they are found by an index.
    """
    query = (
        sa.select(*COLUMNS)
        .where(concern.c.merged_into == one.number, concern.c.state.in_(_TOLD_ELSEWHERE))
        .order_by(concern.c.number)
    )
    if one.initiative_id is not None:
        query = query.where(
            sa.or_(concern.c.initiative_id == one.initiative_id, concern.c.initiative_id.is_(None))
        )
    else:
        query = query.where(concern.c.initiative_id.is_(None))
    rows = work.connection.execute(query.with_for_update() if lock else query)
    return [concern_of(row) for row in rows]


def is_active(work: Work, person_id: int) -> bool:
    """Whether somebody still works here."""
    found = work.connection.execute(sa.select(person.c.active).where(person.c.id == person_id)).scalar()
    return bool(found)


def last_position(work: Work, case_id: bytes) -> int:
    """The position of the newest message of a thread; 0 where there is none."""
    return int(
        work.connection.execute(
            sa.select(sa.func.coalesce(sa.func.max(concern_message.c.position), 0)).where(
                concern_message.c.case_id == case_id
            )
        ).scalar_one()
    )


_OPEN = [state.value for state in OPEN]
_TOLD_ELSEWHERE = [State.MERGED.value, State.CLOSED.value, State.SETTLED.value, State.REOPENED.value]


class _Scope(NamedTuple):
    """Concerns that somebody may read for one reason."""

    where: tuple[sa.ColumnElement[bool], ...]
    of_sponsor: bool = False


def _scopes(reader: Reader, *, apart: int = 0) -> list[_Scope]:
    """What somebody may read: never what they raised themselves with their name.

    Up to `apart` initiatives are a scope each.
    """
    known = (
        concern.c.number.is_not(None),
        sa.or_(concern.c.reporter_id.is_(None), concern.c.reporter_id != reader.person_id),
    )
    if reader.everything:
        return [_Scope(known)]
    theirs = sa.or_(concern.c.escalated_at.is_not(None), concern.c.reopened > 0)
    return [
        *(_Scope((*known, one)) for one in _about(reader.owned, apart)),
        *(_Scope((*known, one, theirs), of_sponsor=True) for one in _about(reader.sponsored, apart)),
    ]


def _about(initiatives: tuple[int, ...], apart: int) -> list[sa.ColumnElement[bool]]:
    if not initiatives:
        return []
    if len(initiatives) <= apart:
        return [concern.c.initiative_id == one for one in initiatives]
    return [concern.c.initiative_id.in_(initiatives)]
