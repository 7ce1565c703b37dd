"""Whether what people see of sign-offs and delegations says what the audit log says.

The chain of hashes covers the log alone. What is shown is read from other tables, and whoever can change the log can
change those too; so every version, every end of a request and every delegation is held against its entry, and
states, approvals and milestones against the decisions that make them.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from itertools import islice
from json import loads
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.signoffs import Side, State, Verdict
from storage.audit import audit
from storage.delegations import delegation
from storage.log_texts import instant_text, joined
from storage.milestones import milestone
from storage.signoffs import decision, signoff, signoff_version
from storage.store import Work

#: Rows that are looked up with one query, which always has so many places: the database prepares it once.
LOOKED_UP = 500
#: Rows of a table that are searched for in the log at a time.
SEARCHED = 50_000

REQUESTED, REVISED = "signoff.requested", "signoff.revised"
VERSIONS = frozenset({REQUESTED, REVISED})
_ENDS = frozenset({"signoff.withdrawn", "signoff.expired"})
_DELEGATIONS = frozenset(f"delegation.{what}" for what in ("offered", "accepted", "declined", "revoked"))
#: Events whose entries are held against rows, page by page.
KEPT = _ENDS | _DELEGATIONS


class Broken(Exception):
    """What does not hold, in a sentence."""


class Entry(NamedTuple):
    """An entry of the log with what it says."""

    number: int
    #: As `domain.audit.instant` writes it.
    at: str
    event: str
    actor_id: int | None
    #: The 12 of "signoff:12"; 0 where the event is none of these.
    subject_id: int
    details: Mapping[str, Any]


def parsed(number: int, at: str, event: str, actor_id: int | None, content: str) -> Entry:
    """An entry whose columns say what its content says. Raises Broken."""
    try:
        whole = loads(content)
        said = (whole["number"], whole["at"], whole["event"], whole["actor"])
        details, subject = whole["details"], whole["subject"].partition(":")[2]
        if said == (number, at, event, actor_id):
            return Entry(
                number, at, event, actor_id, int(subject) if event in KEPT | VERSIONS else 0, details
            )
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Broken(f"Entry {number} cannot be read.") from None
    raise Broken(f"Entry {number} was changed: its columns say something else than what is hashed.")


_IDS: sa.BindParameter[Any] = sa.bindparam("ids", expanding=True)
_ENDED = sa.select(
    signoff.c.id, signoff.c.state, signoff.c.version, instant_text(signoff.c.settled_at)
).where(signoff.c.id.in_(_IDS))
_DELEGATED = sa.select(
    delegation.c.id,
    delegation.c.initiative_id,
    delegation.c.side,
    delegation.c.sponsor_id,
    delegation.c.delegate_id,
    sa.cast(delegation.c.first_day, sa.String),
    sa.cast(delegation.c.last_day, sa.String),
    delegation.c.state,
    instant_text(delegation.c.created_at),
    instant_text(delegation.c.answered_at),
).where(delegation.c.id.in_(_IDS))


class Reconciler:
    """Holds rows against the entries of one walk; keeps nothing but counts."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._ends = self._offers = self._answers = 0

    def check(self, entries: Sequence[Entry]) -> None:
        """Hold a page's entries, all of KEPT, against their rows. Raises Broken."""
        for events, hold in (
            (_ENDS, self._check_ends),
            (_DELEGATIONS, self._check_delegations),
        ):
            some = [entry for entry in entries if entry.event in events]
            for start in range(0, len(some), LOOKED_UP):
                hold(some[start : start + LOOKED_UP])

    def _rows(self, query: sa.Select[Any], ids: Sequence[int], **values: int) -> Sequence[Sequence[Any]]:
        padded = [*ids, *[ids[-1]] * (LOOKED_UP - len(ids))]
        return self._work.connection.execute(query, {"ids": padded, **values}).all()

    def _check_ends(self, entries: Sequence[Entry]) -> None:
        found = {row[0]: row for row in self._rows(_ENDED, [entry.subject_id for entry in entries])}
        for entry in entries:
            row = found.get(entry.subject_id)
            state = entry.event.partition(".")[2]
            if row is None or tuple(row)[1:] != (state, entry.details["version"], entry.at):
                raise Broken(
                    f"Sign-off {entry.subject_id} was changed: the log says that it was {state} "
                    f"(entry {entry.number})."
                )
        self._ends += len(entries)

    def _check_delegations(self, entries: Sequence[Entry]) -> None:
        found = {
            row[0]: row for row in self._rows(_DELEGATED, [one.details["delegation"] for one in entries])
        }
        for entry in entries:
            number, what = entry.details["delegation"], entry.event.partition(".")[2]
            row = found.get(number)
            if row is None:
                raise Broken(f"Delegation {number}, logged as entry {entry.number}, is missing.")
            _, initiative_id, side, sponsor, delegate, first, last, state, created_at, answered_at = row
            said = entry.details
            same = (initiative_id, side, delegate) == (entry.subject_id, said["side"], said["delegate"])
            if what == "offered":
                same &= (sponsor, created_at) == (entry.actor_id, entry.at)
                same &= (first, last) == (said["first_day"], said["last_day"])
                self._offers += 1
            elif what == state:
                same &= answered_at == entry.at
                self._answers += 1
            else:  # accepted once, taken back later
                same &= (what, state) == ("accepted", "revoked")
            if not same:
                raise Broken(
                    f"Delegation {number} was changed: it says something else than entry {entry.number} of the log."
                )

    def finish(self, versions: int) -> None:
        """Hold what has no entry of its own against what has, once all entries were checked.

        `versions` are those that have an entry. Raises Broken.
        """
        work = self._work
        join_by_index(work, False)
        first_broken(work)
        if _count(work, sa.select(signoff_version.c.version)) != versions:
            every = sa.select(signoff_version.c.signoff_id, signoff_version.c.version)
            number, version = _unlogged(
                work, every, VERSIONS, lambda one: (one.subject_id, one.details["version"])
            )
            raise Broken(f"Version {version} of sign-off {number} is not in the log.")
        ended = sa.select(signoff.c.id).where(signoff.c.state.in_([State.WITHDRAWN, State.EXPIRED]))
        if _count(work, ended) != self._ends:
            (number,) = _unlogged(work, ended, _ENDS, lambda one: (one.subject_id,))
            raise Broken(f"Sign-off {number} was withdrawn or has expired, and the log does not say so.")
        every = sa.select(delegation.c.id)
        if _count(work, every) != self._offers:
            offered = frozenset({"delegation.offered"})
            (number,) = _unlogged(work, every, offered, lambda one: (one.details["delegation"],))
            raise Broken(f"Delegation {number} is not in the log.")
        answered = sa.select(delegation.c.id, delegation.c.state).where(delegation.c.state != "offered")
        if _count(work, answered) != self._answers:
            number, state = _unlogged(
                work,
                answered,
                _DELEGATIONS,
                lambda one: (one.details["delegation"], one.event.partition(".")[2]),
            )
            raise Broken(f"Delegation {number} is {state}, and the log does not say so.")


def join_by_index(work: Work, only: bool) -> None:
    """Have PostgreSQL join along the log: without it, it would first sort all of it."""
    if work.connection.dialect.name == "postgresql":
        said = "off" if only else "on"
        work.connection.exec_driver_sql(f"SET LOCAL enable_hashjoin = {said}")
        work.connection.exec_driver_sql(f"SET LOCAL enable_sort = {said}")
        work.connection.exec_driver_sql(f"SET LOCAL enable_seqscan = {said}")
        work.connection.exec_driver_sql(f"SET LOCAL jit = {said}")


def _count(work: Work, query: sa.Select[Any]) -> int:
    return int(work.connection.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one())


def _unlogged(
    work: Work, rows: sa.Select[Any], events: frozenset[str], key: Callable[[Entry], tuple[Hashable, ...]]
) -> tuple[Any, ...]:
    """The first row, of which there is one, that no entry speaks of; reads the log once for every SEARCHED rows."""
    entries = sa.select(
        audit.c.number, instant_text(audit.c.at), audit.c.event, audit.c.actor_id, audit.c.content
    )
    entries = entries.where(audit.c.event.in_(events))
    ordered = rows.order_by(*rows.selected_columns)
    suspects = iter(work.connection.execute(ordered, execution_options={"yield_per": 1000}))
    while missing := {tuple(row) for row in islice(suspects, SEARCHED)}:
        for row in work.connection.execute(entries, execution_options={"yield_per": 1000}):
            missing.discard(key(parsed(*row)))
        if missing:
            return min(missing)
    raise Broken("The log has entries of rows that are gone.")


def first_broken(work: Work) -> None:
    """Hold states and milestones against the decisions on the present versions. Raises Broken."""
    for query, sentence in _CONTRADICTIONS:
        row = work.connection.execute(query.limit(1)).first()
        if row is not None:
            raise Broken(sentence.format(*row))
    titles = work.connection.execute(_TITLES, execution_options={"yield_per": 1000})
    for number, title, content in titles:
        if loads(content)["title"] != title:
            raise Broken(f"Milestone {number} was changed: it was requested under another title.")


_business, _technical = (decision.alias(side.value) for side in Side)
_other = signoff_version.alias("newer")
#: A milestone has one request at a time: the newest that was signed off dates it, whatever the clocks of replicas say.
_newest = (
    sa.select(signoff.c.milestone_id, sa.func.max(signoff.c.id).label("id"))
    .where(signoff.c.state == State.SIGNED_OFF.value)
    .group_by(signoff.c.milestone_id)
    .subquery()
)
_earliest = (
    sa.select(signoff.c.milestone_id, sa.func.min(signoff.c.id).label("id"))
    .group_by(signoff.c.milestone_id)
    .subquery()
)
_TITLES = (
    sa.select(milestone.c.id, milestone.c.title, signoff_version.c.content)
    .join_from(milestone, _earliest, _earliest.c.milestone_id == milestone.c.id)
    .join(
        signoff_version,
        sa.and_(signoff_version.c.signoff_id == _earliest.c.id, signoff_version.c.version == 1),
    )
    .order_by(milestone.c.id)
)


def _of(side: Any, name: Side) -> sa.ColumnElement[bool]:
    return sa.and_(
        side.c.signoff_id == signoff.c.id, side.c.version == signoff.c.version, side.c.side == name.value
    )


def _either(verdict: Verdict) -> sa.ColumnElement[bool]:
    return sa.or_(_business.c.verdict == verdict.value, _technical.c.verdict == verdict.value)


_BOTH_APPROVED = sa.and_(
    _business.c.verdict == Verdict.APPROVED.value, _technical.c.verdict == Verdict.APPROVED.value
)
#: The state that the decisions on the present version come to.
_DECIDED_STATE = sa.case(
    (_either(Verdict.DECLINED), State.DECLINED.value),
    (_either(Verdict.CHANGES), State.CHANGES.value),
    (_BOTH_APPROVED, State.SIGNED_OFF.value),
    else_=State.PENDING.value,
)
_ENDED_UNDECIDED = sa.and_(
    signoff.c.state.in_([State.WITHDRAWN.value, State.EXPIRED.value]),
    _DECIDED_STATE.in_([State.PENDING.value, State.CHANGES.value]),
)
_APPROVED_SIDE = sa.case(
    (signoff.c.state != State.PENDING.value, sa.null()),
    (_business.c.verdict == Verdict.APPROVED.value, Side.BUSINESS.value),
    (_technical.c.verdict == Verdict.APPROVED.value, Side.TECHNICAL.value),
    else_=sa.null(),
)
#: By the log and not by the clock: of two presses in the same moment, the second may have begun first.
_LAST_DECIDED = sa.case(
    (_technical.c.at.is_(None), _business.c.at),
    (_business.c.audit_number > _technical.c.audit_number, _business.c.at),
    else_=_technical.c.at,
)
_SETTLED = sa.case(
    (signoff.c.state.in_([State.SIGNED_OFF.value, State.DECLINED.value]), _LAST_DECIDED), else_=sa.null()
)


#: What contradicts the decisions, if anything: one reading of all requests for the three.
_CONTRADICTION = sa.case(
    (
        sa.and_(signoff.c.state != _DECIDED_STATE, sa.not_(_ENDED_UNDECIDED)),
        joined("its state is “", signoff.c.state, "”, and the decisions make it “", _DECIDED_STATE, "”"),
    ),
    (
        signoff.c.approved_side.is_distinct_from(_APPROVED_SIDE),
        "which side has approved is not what was decided",
    ),
    (
        sa.and_(
            signoff.c.state.not_in([State.WITHDRAWN.value, State.EXPIRED.value]),
            signoff.c.settled_at.is_distinct_from(_SETTLED),
        ),
        "when it was settled is not when it was decided",
    ),
)
#: Queries for rows that cannot be, and what to say about the first.
_CONTRADICTIONS: tuple[tuple[sa.Select[Any], str], ...] = (
    (
        sa.select(signoff.c.id, signoff.c.version)
        .join_from(
            signoff,
            signoff_version,
            sa.and_(
                signoff_version.c.signoff_id == signoff.c.id, signoff_version.c.version == signoff.c.version
            ),
            isouter=True,
        )
        .where(
            sa.or_(
                signoff_version.c.version.is_(None), signoff_version.c.fingerprint != signoff.c.fingerprint
            )
        )
        .order_by(signoff.c.id),
        "Sign-off {0} was changed: its version {1} is not one that was asked for.",
    ),
    (
        sa.select(signoff.c.id, _other.c.version)
        .join_from(signoff, _other, _other.c.signoff_id == signoff.c.id)
        .where(_other.c.version > signoff.c.version)
        .order_by(signoff.c.id),
        "Sign-off {0} was changed: its present version is {1}.",
    ),
    (
        sa.select(signoff.c.id)
        .join_from(signoff, _other, sa.and_(_other.c.signoff_id == signoff.c.id, _other.c.version == 1))
        .join(milestone, milestone.c.id == signoff.c.milestone_id)
        .where(
            sa.or_(
                signoff.c.requested_by_id != _other.c.by_id,
                signoff.c.created_at != _other.c.at,
                # Canonical JSON, in which quotes within a text are escaped.
                sa.func.replace(_other.c.content, ',"milestone":"' + milestone.c.key + '",', "")
                == _other.c.content,
            )
        )
        .order_by(signoff.c.id),
        "Sign-off {0} was changed: who asked, when or for which milestone is not in its first version.",
    ),
    (
        sa.select(signoff.c.id, _CONTRADICTION)
        .join_from(signoff, _business, _of(_business, Side.BUSINESS), isouter=True)
        .join(_technical, _of(_technical, Side.TECHNICAL), isouter=True)
        .where(_CONTRADICTION.is_not(None))
        .order_by(signoff.c.id),
        "Sign-off {0} was changed: {1}.",
    ),
    (
        sa.select(milestone.c.id, milestone.c.title)
        .join_from(milestone, _newest, _newest.c.milestone_id == milestone.c.id, isouter=True)
        .join(signoff, signoff.c.id == _newest.c.id, isouter=True)
        .where(milestone.c.signed_off_at.is_distinct_from(signoff.c.settled_at))
        .order_by(milestone.c.id),
        "Milestone {0} ({1}) was changed: when it was signed off is not when both sides approved.",
    ),
)
