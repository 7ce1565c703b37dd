"""Requests to sign milestones off, and what the sponsors decided: the tables, and who reads them."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.initiatives import Initiative, Stage
from domain.signoffs import (
    Authority,
    Content,
    Decision,
    Side,
    Signoff,
    State,
    Verdict,
)
from storage import delegations, initiatives
from storage.delegations import delegation
from storage.initiatives import initiative
from storage.milestones import milestone
from storage.people import team
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

signoff = sa.Table(
    "signoff",
    metadata,
    counted_id(),
    sa.Column("milestone_id", BigId, sa.ForeignKey("milestone.id"), nullable=False),
    sa.Column("requested_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: The value of a domain.signoffs.State.
    sa.Column("state", sa.String(12), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    #: Of the present version's content; SHA-256 in hexadecimal digits.
    sa.Column("fingerprint", sa.String(64), nullable=False),
    #: The side that has approved the present version, while the other has not: the row that both sides lock
    #: says it, so that the second of two presses at once always sees the first.
    sa.Column("approved_side", sa.String(10), nullable=True),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("expires_at", UtcDateTime, nullable=False),
    sa.Column("settled_at", UtcDateTime, nullable=True),
    #: When those who have not decided were last reminded by hand.
    sa.Column("reminded_at", UtcDateTime, nullable=True),
    #: One request at a time for a milestone.
    sa.Index(
        "uq_signoff_open",
        "milestone_id",
        unique=True,
        sqlite_where=sa.text("state IN ('pending', 'changes')"),
        postgresql_where=sa.text("state IN ('pending', 'changes')"),
    ),
    sa.Index("ix_signoff_state_expires_at", "state", "expires_at"),
)

signoff_version = sa.Table(
    "signoff_version",
    metadata,
    sa.Column("signoff_id", BigId, sa.ForeignKey("signoff.id"), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    #: A domain.signoffs.Content as canonical JSON.
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
)

decision = sa.Table(
    "decision",
    metadata,
    counted_id(),
    sa.Column("signoff_id", BigId, sa.ForeignKey("signoff.id"), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    #: "business" or "technical".
    sa.Column("side", sa.String(10), nullable=False),
    #: "approved", "changes" or "declined".
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: The sponsor, where a delegate decided for them.
    sa.Column("acting_for_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("reason", sa.Text, nullable=True),
    sa.Column("platform", sa.String(10), nullable=False),
    sa.Column("at", UtcDateTime, nullable=False),
    #: The row of the audit log that holds the same.
    sa.Column("audit_number", BigId, sa.ForeignKey("audit.number"), nullable=False, unique=True),
    #: Each side decides once on a version.
    sa.UniqueConstraint("signoff_id", "version", "side"),
)

_SELECT = (
    sa.select(
        signoff.c.id,
        milestone.c.initiative_id,
        signoff.c.milestone_id,
        signoff.c.requested_by_id,
        signoff.c.state,
        signoff.c.version,
        signoff.c.fingerprint,
        signoff.c.approved_side,
        signoff_version.c.content,
        signoff.c.created_at,
        signoff.c.expires_at,
        signoff.c.settled_at,
        signoff.c.reminded_at,
    )
    .join_from(signoff, milestone, signoff.c.milestone_id == milestone.c.id)
    .join(
        signoff_version,
        sa.and_(signoff_version.c.signoff_id == signoff.c.id, signoff_version.c.version == signoff.c.version),
    )
)
_BY_ID = _SELECT.where(signoff.c.id == sa.bindparam("signoff_id"))
_WIDTH = len(_SELECT.selected_columns)
_BOTH = (
    _BY_ID.join(initiative, initiative.c.id == milestone.c.initiative_id)
    .join(team, team.c.id == initiative.c.department_id)
    .add_columns(*initiatives.COLUMNS)
)
_BOTH_LOCKED = _BOTH.with_for_update(of=signoff)
_DECISIONS = (
    sa.select(
        decision.c.side,
        decision.c.verdict,
        decision.c.version,
        decision.c.person_id,
        decision.c.acting_for_id,
        decision.c.reason,
        decision.c.at,
    )
    .where(decision.c.signoff_id == sa.bindparam("signoff_id"))
    .order_by(decision.c.id)
)
#: Whether a request still waits for somebody.
OPEN = signoff.c.state.in_((State.PENDING.value, State.CHANGES.value))


def _signoff(row: Sequence[Any]) -> Signoff:
    return Signoff.model_construct(
        id=row[0],
        initiative_id=row[1],
        milestone_id=row[2],
        requested_by_id=row[3],
        state=State(row[4]),
        version=row[5],
        fingerprint=row[6],
        approved_side=None if row[7] is None else Side(row[7]),
        content=Content.model_validate_json(row[8]),
        created_at=row[9],
        expires_at=row[10],
        settled_at=row[11],
        reminded_at=row[12],
    )


def by_id(work: Work, signoff_id: int) -> Signoff | None:
    """A request in its present version."""
    row = work.connection.execute(_BY_ID, {"signoff_id": signoff_id}).first()
    return None if row is None else _signoff(row)


def with_initiative(work: Work, signoff_id: int, *, lock: bool = False) -> tuple[Signoff, Initiative] | None:
    """A request in its present version and what it is about, in one statement where nobody changes it meanwhile."""
    asked = {"signoff_id": signoff_id}
    row = work.connection.execute(_BOTH_LOCKED if lock else _BOTH, asked).first()
    if row is None and lock and work.connection.dialect.name != "sqlite":
        # A new version was committed while the lock was waited for: the version before was joined, and is not it.
        row = work.connection.execute(_BOTH_LOCKED, asked).first()
    return None if row is None else (_signoff(row), initiatives.initiative_of(row[_WIDTH:]))


def subject(one: Signoff) -> str:
    """What the cards of the present version are about, in the outbox."""
    return f"signoff:{one.id}:{one.version}"


def open_request(work: Work, initiative_id: int, key: str) -> Signoff | None:
    """The request under way for a milestone, if there is one."""
    row = work.connection.execute(
        _SELECT.where(milestone.c.initiative_id == initiative_id, milestone.c.key == key, OPEN)
    ).first()
    return None if row is None else _signoff(row)


def of_initiative(work: Work, initiative_id: int, *, limit: int = 50) -> list[Signoff]:
    """An initiative's requests, the newest first."""
    rows = work.connection.execute(
        _SELECT.where(milestone.c.initiative_id == initiative_id).order_by(signoff.c.id.desc()).limit(limit)
    )
    return [_signoff(row) for row in rows]


def requested_by(work: Work, person_id: int, *, limit: int = 50) -> list[Signoff]:
    """What somebody asked for, the newest first."""
    rows = work.connection.execute(
        _SELECT.where(signoff.c.requested_by_id == person_id).order_by(signoff.c.id.desc()).limit(limit)
    )
    return [_signoff(row) for row in rows]


def waiting_for(work: Work, person_id: int, today: date) -> list[tuple[Signoff, Authority]]:
    """What somebody has to decide now, for themselves or for a sponsor; what expires first, first."""
    for_others = (
        sa.select(delegation.c.id)
        .where(
            delegation.c.initiative_id == initiative.c.id,
            delegation.c.delegate_id == person_id,
            delegation.c.state == "accepted",
            delegation.c.first_day <= today,
            delegation.c.last_day >= today,
        )
        .exists()
    )
    mine = sa.or_(
        initiative.c.business_sponsor_id == person_id,
        initiative.c.technical_sponsor_id == person_id,
        for_others,
    )
    rows = work.connection.execute(
        _SELECT.join(initiative, initiative.c.id == milestone.c.initiative_id)
        .where(signoff.c.state == State.PENDING.value, signoff.c.expires_at > work.now, mine)
        .where(sa.not_(initiative.c.archived), initiative.c.stage != Stage.STOPPED.value)
        .order_by(signoff.c.expires_at, signoff.c.id)
    ).all()
    found = [_signoff(row) for row in rows]
    known = initiatives.by_ids(work, {one.initiative_id for one in found})
    waiting = []
    for one in found:
        about = known[one.initiative_id]
        sides = {
            Side.BUSINESS: (about.business_sponsor_id, about.business_accepted_at),
            Side.TECHNICAL: (about.technical_sponsor_id, about.technical_accepted_at),
        }
        own = next((side for side, (holder, _) in sides.items() if holder == person_id), None)
        if own is not None:
            right = Authority(own) if sides[own][1] is not None else None
        else:
            right = next(
                (
                    Authority(given.side, given.sponsor_id)
                    for given in delegations.standing(work, about.id)
                    if given.delegate_id == person_id
                    and given.holds(today)
                    and given.sponsor_id == sides[given.side][0]
                ),
                None,
            )
        if right is not None and right.side in one.waiting_for():
            waiting.append((one, right))
    return waiting


def sent_back(work: Work, person_id: int) -> list[Signoff]:
    """What somebody asked for and a sponsor wants changed; what expires first, first."""
    rows = work.connection.execute(
        _SELECT.where(
            signoff.c.requested_by_id == person_id,
            signoff.c.state == State.CHANGES.value,
            signoff.c.expires_at > work.now,
        ).order_by(signoff.c.expires_at, signoff.c.id)
    )
    return [_signoff(row) for row in rows]


def decisions(work: Work, signoff_id: int) -> list[Decision]:
    """Everything that was decided on a request, in all its versions, in order."""
    rows = work.connection.execute(_DECISIONS, {"signoff_id": signoff_id})
    return [
        Decision.model_construct(
            side=Side(row[0]),
            verdict=Verdict(row[1]),
            version=row[2],
            person_id=row[3],
            acting_for_id=row[4],
            reason=row[5],
            at=row[6],
        )
        for row in rows
    ]


class Version(NamedTuple):
    """One version of a request's content."""

    version: int
    content: Content
    fingerprint: str
    by_id: int
    at: datetime


def versions(work: Work, signoff_id: int) -> list[Version]:
    """All versions of a request, the first one first."""
    rows = work.connection.execute(
        sa.select(
            signoff_version.c.version,
            signoff_version.c.content,
            signoff_version.c.fingerprint,
            signoff_version.c.by_id,
            signoff_version.c.at,
        )
        .where(signoff_version.c.signoff_id == signoff_id)
        .order_by(signoff_version.c.version)
    )
    return [Version(row[0], Content.model_validate_json(row[1]), row[2], row[3], row[4]) for row in rows]


def overdue(work: Work, *, limit: int) -> list[int]:
    """Ids of open requests whose time is up."""
    rows = work.connection.execute(
        sa.select(signoff.c.id)
        .where(OPEN, signoff.c.expires_at <= work.now)
        .order_by(signoff.c.expires_at)
        .limit(limit)
    )
    return [row[0] for row in rows]
