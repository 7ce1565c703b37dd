"""Concerns as those who handle them look through them: lists by state, what is overdue, and what is told in which."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, TypeVar

import sqlalchemy as sa

from domain.concerns import OPEN, Concern, Severity, State
from storage.concerns import COLUMNS, concern, concern_message, concern_of
from storage.initiatives import initiative
from storage.people import person
from storage.schema import UtcDateTime
from storage.store import Work

_T = TypeVar("_T")

#: How many numbers back sponsors look through what is no longer open; `concern show` knows no such end.
SPONSORS_LOOK_BACK = 1000
#: The concerns of so few initiatives are read for each by itself, as an index has them in their order.
APART = 5


class Part(StrEnum):
    """The parts of what is open, the most pressing first."""

    OVERDUE_SERIOUS = "a"
    REOPENED_SERIOUS = "b"
    OVERDUE = "c"
    REOPENED = "d"
    REST = "e"


class Place(NamedTuple):
    """Where somebody stopped in a list of what is open."""

    part: Part
    number: int


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

    def may_read(self, one: Concern) -> bool:
        """The same as the queries say of all."""
        if one.number is None or one.reporter_id == self.person_id:
            return False
        is_known = one.escalated_at is not None or one.reopened > 0
        return (
            self.everything
            or one.initiative_id in self.owned
            or (is_known and one.initiative_id in self.sponsored)
        )


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
    before: int | None = None,
    limit: int = 10,
) -> list[Concern]:
    """A page of what somebody may read, by number, the highest first, behind the number `before`.

    Of what is no longer open, sponsors look through the last `SPONSORS_LOOK_BACK` numbers.
    """
    return _newest(work, reader, states, (), before, limit)


def open_page(
    work: Work,
    reader: Reader,
    *,
    owner_id: int | None = None,
    parts: Collection[Part] = tuple(Part),
    behind: Place | None = None,
    limit: int = 10,
) -> list[tuple[Part, Concern]]:
    """A page of the open ones that somebody may read, part by part, behind a place.

    What is overdue comes by how long it is, the longest first; all else by number, the highest first.
    """
    wanted = [part for part in Part if part in parts and (behind is None or part >= behind.part)]
    if owner_id is not None:
        return _owned(work, reader, owner_id, wanted, behind)[:limit]
    found: list[tuple[Part, Concern]] = []
    for part in wanted:
        number = behind.number if behind is not None and behind.part is part else None
        left = limit - len(found)
        severity = concern.c.severity == (Severity.SERIOUS if part in _SERIOUS else Severity.USUAL).value
        if part in _OVERDUE:
            some = _longest_overdue(work, reader, part, number, left)
        elif part is Part.REST:
            in_time = sa.or_(
                concern.c.first_answer_at.is_not(None),
                concern.c.due_at.is_(None),
                concern.c.due_at >= work.now,
            )
            some = _newest(work, reader, (State.NEW, State.TAKEN), (in_time,), number, left)
        else:
            some = _newest(work, reader, (State.REOPENED,), (severity,), number, left)
        found += [(part, one) for one in some]
        if len(found) >= limit:
            break
    return found


def _owned(
    work: Work, reader: Reader, owner_id: int, parts: Collection[Part], behind: Place | None
) -> list[tuple[Part, Concern]]:
    """What is open and with somebody, in its order, behind a place: it is little, and an index finds it."""
    rows = work.connection.execute(
        sa.select(*COLUMNS).where(
            concern.c.owner_id == owner_id, _by_no_index(work, concern.c.state).in_(_OPEN)
        )
    )
    theirs = [one for one in map(concern_of, rows) if reader.may_read(one)]
    found = sorted(((_part(one, work.now), one) for one in theirs), key=_order)
    if behind is not None:
        last = next((one for _, one in found if one.number == behind.number), None)
        after = _order((behind.part, last)) if last is not None else (behind.part, 0.0, -behind.number)
        found = [one for one in found if _order(one) > after]
    return [one for one in found if one[0] in parts]


def _part(one: Concern, now: datetime) -> Part:
    is_serious = one.severity is Severity.SERIOUS
    if one.state is State.REOPENED:
        return Part.REOPENED_SERIOUS if is_serious else Part.REOPENED
    if one.is_overdue(now):
        return Part.OVERDUE_SERIOUS if is_serious else Part.OVERDUE
    return Part.REST


def _order(placed: tuple[Part, Concern]) -> tuple[Part, float, int]:
    part, one = placed
    number = one.number or 0
    if part in _OVERDUE and one.due_at is not None:
        return part, one.due_at.timestamp(), number
    return part, 0.0, -number


def _newest(
    work: Work,
    reader: Reader,
    states: Collection[State],
    where: Sequence[sa.ColumnElement[bool]],
    before: int | None,
    limit: int,
) -> list[Concern]:
    """By number, the highest first: each state for itself, so that an index in the order of numbers answers."""
    found: dict[int | None, Concern] = {}
    for scope in _scopes(reader, apart=APART):
        for state in states:
            query = sa.select(*COLUMNS).where(concern.c.state == state.value, *scope.where, *where)
            if before is not None:
                query = query.where(concern.c.number < before)
            if scope.of_sponsor and not state.open:
                newest = sa.select(sa.func.max(concern.c.number)).scalar_subquery()
                query = query.where(concern.c.number > newest - SPONSORS_LOOK_BACK)
            rows = work.connection.execute(query.order_by(concern.c.number.desc()).limit(limit))
            found |= {row[1]: concern_of(row) for row in rows}
    return sorted(found.values(), key=lambda one: one.number or 0, reverse=True)[:limit]


def _longest_overdue(work: Work, reader: Reader, part: Part, behind: int | None, limit: int) -> list[Concern]:
    """Without a first answer in time, the longest first: of one severity, an index has them in their order."""
    first_answer_at: sa.ColumnElement[datetime | None] = concern.c.first_answer_at
    if not reader.everything and len(reader.owned) <= APART:
        # Those of a few initiatives are found by these: by how long they wait, SQLite would look through all.
        first_answer_at = _by_no_index(work, concern.c.first_answer_at)
    order = (concern.c.due_at, concern.c.number)
    where = [
        concern.c.severity == (Severity.SERIOUS if part in _SERIOUS else Severity.USUAL).value,
        first_answer_at.is_(None),
        concern.c.due_at < work.now,
        # Of all of them, the states choose no index.
        concern.c.state.not_in(_NOT_OPEN)
        if reader.everything or len(reader.owned) > APART
        else concern.c.state.in_(_OPEN),
    ]
    if behind is not None:
        due = work.connection.execute(sa.select(concern.c.due_at).where(concern.c.number == behind)).scalar()
        if due is not None:
            where.append(sa.tuple_(*order) > sa.tuple_(sa.literal(due, UtcDateTime), sa.literal(behind)))
    found: dict[int | None, Concern] = {}
    for scope in _scopes(reader, apart=APART):
        query = sa.select(*COLUMNS).where(*where, *scope.where).order_by(*order).limit(limit)
        found |= {row[1]: concern_of(row) for row in work.connection.execute(query)}
    return sorted(found.values(), key=lambda one: (one.due_at or work.now, one.number or 0))[:limit]


def open_counts(work: Work, reader: Reader) -> dict[State, int]:
    """How many open ones somebody may read, by state."""

    query = sa.select(concern.c.state, sa.func.count()).where(
        concern.c.state.in_(_OPEN), concern.c.number.is_not(None)
    )
    if not reader.everything:
        query = query.where(sa.or_(*(sa.and_(*scope.where) for scope in _scopes(reader))))
    counts: Counter[str] = Counter()
    # By state, SQLite would look through those of all initiatives.
    by = concern.c.state if reader.everything else _by_no_index(work, concern.c.state)
    for state, count in work.connection.execute(query.group_by(by)):
        counts[state] = count
    if reader.everything:
        # Whose each is stands in no index beside its state: what is their own is counted apart, and is little.
        own = sa.select(concern.c.state).where(
            concern.c.reporter_id == reader.person_id, _by_no_index(work, concern.c.state).in_(_OPEN)
        )
        counts -= Counter(work.connection.execute(own).scalars())
    return {State(state): count for state, count in counts.items()}


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


def not_settled(work: Work, numbers: Collection[int]) -> set[int]:
    """Those whose reporter said that the answer does not settle it, and did not say later that it is settled."""
    rows = work.connection.execute(
        sa.select(concern.c.number).where(
            concern.c.number.in_(numbers),
            concern.c.reopened > 0,
            concern.c.state != State.SETTLED.value,
        )
    )
    return set(rows.scalars())


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
_NOT_OPEN = [state.value for state in State if not state.open]
_OVERDUE = (Part.OVERDUE_SERIOUS, Part.OVERDUE)
_SERIOUS = (Part.OVERDUE_SERIOUS, Part.REOPENED_SERIOUS)
_TOLD_ELSEWHERE = [State.MERGED.value, State.CLOSED.value, State.SETTLED.value, State.REOPENED.value]


def _by_no_index(work: Work, column: "sa.Column[_T]") -> "sa.ColumnElement[_T]":
    """A column by which SQLite shall not look: its planner does not know how the values lie."""
    if work.connection.dialect.name != "sqlite":
        return column
    return sa.literal_column(f"+{column.table.name}.{column.name}", column.type)


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
