"""Requests to sign milestones off, and what the sponsors decided."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.errors import Refused
from domain.initiatives import Initiative, Stage
from domain.signoffs import (
    Authority,
    Content,
    Decision,
    Side,
    Signoff,
    State,
    Verdict,
    stage_after,
)
from storage import audit, delegations, initiatives, outbox
from storage.delegations import delegation
from storage.initiatives import initiative
from storage.milestones import milestone
from storage.people import team
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Together, Work

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

#: The event under which decisions stand in the audit log.
DECIDED = "signoff.decided"

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
# Everything that a decision changes, its cards included.
_RECORD = Together(
    audit.ADD,
    audit.MOVE_HEAD,
    sa.insert(decision).values(
        **{
            name: sa.bindparam(f"said_{name}")
            for name in (
                "signoff_id",
                "version",
                "fingerprint",
                "side",
                "verdict",
                "person_id",
                "acting_for_id",
                "reason",
                "platform",
            )
        },
        at=sa.bindparam("log_at"),
        audit_number=sa.bindparam("log_number"),
    ),
    sa.update(signoff)
    .where(signoff.c.id == sa.bindparam("said_signoff_id"), signoff.c.version == sa.bindparam("said_version"))
    .values(
        state=sa.bindparam("new_state"),
        approved_side=sa.bindparam("new_approved_side"),
        settled_at=sa.bindparam("new_settled_at"),
    ),
    outbox.TOUCH,
)
_MOVE = sa.update(signoff).where(
    signoff.c.id == sa.bindparam("signoff_id"), signoff.c.version == sa.bindparam("of_version")
)
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
_OPEN = signoff.c.state.in_((State.PENDING.value, State.CHANGES.value))
_HOLD = (
    sa.select(signoff.c.id)
    .join(milestone, milestone.c.id == signoff.c.milestone_id)
    .where(milestone.c.initiative_id == sa.bindparam("initiative_id"), _OPEN)
    .order_by(signoff.c.id)
    .with_for_update(of=signoff)
)
# Locked, so that of two milestones that are signed at once the later stage stays.
_STAGE = (
    sa.select(initiative.c.stage)
    .where(initiative.c.id == sa.bindparam("initiative_id"))
    .with_for_update(key_share=True)
)


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
        _SELECT.where(milestone.c.initiative_id == initiative_id, milestone.c.key == key, _OPEN)
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


class AlreadyRequested(Refused):
    """This milestone is already being signed off. `signoff list` shows what is under way."""


def add(
    work: Work,
    about: Initiative,
    content: Content,
    *,
    requested_by_id: int,
    platform: str,
    expires_at: datetime,
) -> int:
    """Store a request; its id. Raises AlreadyRequested."""
    milestone_id = _milestone(work, about.id, content)
    if open_request(work, about.id, content.milestone) is not None:
        raise AlreadyRequested
    values = {
        "milestone_id": milestone_id,
        "requested_by_id": requested_by_id,
        "state": State.PENDING.value,
        "version": 1,
        "fingerprint": content.fingerprint,
        "created_at": work.now,
        "expires_at": expires_at,
    }
    number = work.connection.execute(sa.insert(signoff).values(**values).returning(signoff.c.id)).scalar_one()
    _keep_version(work, number, 1, content, requested_by_id)
    # The log alone says which initiative it was: its key, in the content, may be given to another one later.
    asked = {"initiative": about.id, "version": 1, "fingerprint": content.fingerprint}
    _log(work, "signoff.requested", number, requested_by_id, platform, asked)
    return int(number)


def _milestone(work: Work, initiative_id: int, content: Content) -> int:
    """The id of a milestone, which is made if it is new. Locked, so that two requests take their turn."""
    mine = (milestone.c.initiative_id == initiative_id, milestone.c.key == content.milestone)
    # Whoever asks first makes it; the initiative's row keeps a second one waiting meanwhile.
    work.connection.execute(
        sa.select(initiative.c.id).where(initiative.c.id == initiative_id).with_for_update()
    )
    found = work.connection.execute(sa.select(milestone.c.id).where(*mine)).scalar_one_or_none()
    if found is None:
        found = work.connection.execute(
            sa.insert(milestone)
            .values(initiative_id=initiative_id, key=content.milestone, title=content.title)
            .returning(milestone.c.id)
        ).scalar_one()
    return int(found)


def revise(
    work: Work, one: Signoff, content: Content, *, by_id: int, platform: str, expires_at: datetime
) -> None:
    """Store a new version; both sides are waited for again."""
    version = one.version + 1
    _keep_version(work, one.id, version, content, by_id)
    work.connection.execute(
        _MOVE,
        {
            "signoff_id": one.id,
            "of_version": one.version,
            "version": version,
            "fingerprint": content.fingerprint,
            "state": State.PENDING.value,
            "approved_side": None,
            "expires_at": expires_at,
        },
    )
    asked = {"version": version, "fingerprint": content.fingerprint}
    _log(work, "signoff.revised", one.id, by_id, platform, asked)


def record(
    work: Work,
    one: Signoff,
    about: Initiative,
    right: Authority,
    verdict: Verdict,
    *,
    person_id: int,
    platform: str,
    reason: str | None = None,
) -> State:
    """Store what a side decided, in the audit log too, and bring the cards up to date; the request's state after it."""
    state, approved = one.after(right.side, verdict)
    said = {
        "signoff_id": one.id,
        "version": one.version,
        "fingerprint": one.fingerprint,
        "side": right.side.value,
        "verdict": verdict.value,
        "person_id": person_id,
        "acting_for_id": right.acting_for_id,
        "reason": reason,
        "platform": platform,
    }
    if state is State.SIGNED_OFF:
        # Before the log: everybody who changes an initiative takes its row first, and the log's head after it.
        _reach(work, one, about.id)
    entry = audit.next_entry(
        work, DECIDED, actor_id=person_id, platform=platform, subject=f"signoff:{one.id}", details=said
    )
    _RECORD.run(
        work,
        entry
        | {f"said_{name}": value for name, value in said.items()}
        | {
            "new_state": state.value,
            "new_approved_side": None if approved is None else approved.value,
            "new_settled_at": None if state.open else work.now,
            "touched": subject(one),
            "touched_at": work.now,
        },
    )
    work.enqueued = True
    return state


def _reach(work: Work, one: Signoff, initiative_id: int) -> None:
    """Keep that a milestone is signed off; an initiative that has come further, or was stopped, stays there."""
    work.connection.execute(
        sa.update(milestone).where(milestone.c.id == one.milestone_id).values(signed_off_at=work.now)
    )
    stage = Stage(work.connection.execute(_STAGE, {"initiative_id": initiative_id}).scalar_one())
    after = stage_after(one.content.milestone, stage)
    if after is not stage:
        initiatives.set_stage(work, initiative_id, after)


def hold_open(work: Work, initiative_id: int) -> None:
    """Let nobody decide on what is under way for an initiative before the commit.

    Whoever changes an initiative and its requests takes the requests first, as those do who decide on one.
    """
    work.connection.execute(_HOLD, {"initiative_id": initiative_id})


def settle(
    work: Work, one: Signoff, state: State, *, by_id: int | None, platform: str | None, reason: str = ""
) -> None:
    """End a request without a decision: withdrawn or expired."""
    work.connection.execute(
        _MOVE,
        {
            "signoff_id": one.id,
            "of_version": one.version,
            "state": state.value,
            "approved_side": None,
            "settled_at": work.now,
        },
    )
    audit.append(
        work,
        f"signoff.{state.value}",
        actor_id=by_id,
        platform=platform,
        subject=f"signoff:{one.id}",
        details={"version": one.version, "reason": reason},
    )


def overdue(work: Work, *, limit: int) -> list[int]:
    """Ids of open requests whose time is up."""
    rows = work.connection.execute(
        sa.select(signoff.c.id)
        .where(_OPEN, signoff.c.expires_at <= work.now)
        .order_by(signoff.c.expires_at)
        .limit(limit)
    )
    return [row[0] for row in rows]


def set_reminded(work: Work, signoff_id: int) -> None:
    work.connection.execute(sa.update(signoff).where(signoff.c.id == signoff_id).values(reminded_at=work.now))


def _keep_version(work: Work, signoff_id: int, version: int, content: Content, by_id: int) -> None:
    work.connection.execute(
        sa.insert(signoff_version),
        {
            "signoff_id": signoff_id,
            "version": version,
            "content": content.text,
            "fingerprint": content.fingerprint,
            "by_id": by_id,
            "at": work.now,
        },
    )


def _log(
    work: Work, event: str, signoff_id: int, by_id: int, platform: str, details: Mapping[str, Any]
) -> None:
    audit.append(
        work,
        event,
        actor_id=by_id,
        platform=platform,
        subject=f"signoff:{signoff_id}",
        details=details,
    )
