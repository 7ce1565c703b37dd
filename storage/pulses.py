"""Pulses and the plans they come from; nothing in these tables knows who answered, or what."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.pulses import Approvals, Plan, PlanState, Side, Spec, Status
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

pulse_plan = sa.Table(
    "pulse_plan",
    metadata,
    counted_id(),
    #: A domain.pulses.Plan as JSON, and its fingerprint.
    sa.Column("content", sa.Text, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    #: The value of a domain.pulses.PlanState.
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("hr_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("ai_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("created_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

pulse = sa.Table(
    "pulse",
    metadata,
    counted_id(),
    sa.Column("plan_id", BigId, sa.ForeignKey("pulse_plan.id"), nullable=False),
    sa.Column("number", sa.Integer, nullable=False),
    #: The value of a domain.pulses.Status.
    sa.Column("status", sa.String(10), nullable=False),
    #: A domain.pulses.Spec as JSON.
    sa.Column("spec", sa.Text, nullable=False),
    #: The teams as they were at the launch (domain.releases.Tree as JSON).
    sa.Column("tree", sa.Text, nullable=True),
    #: What answers are locked for, and that this and the spec are ours (storage.sealing.public_mac).
    sa.Column("public_key", sa.LargeBinary, nullable=True),
    sa.Column("mac", sa.LargeBinary, nullable=True),
    #: Dates only, so that nothing here tells when somebody came.
    sa.Column("opens_on", sa.Date, nullable=False),
    sa.Column("closes_on", sa.Date, nullable=False),
    #: Until when the two functions say what happens next; set at the close.
    sa.Column("response_due_on", sa.Date, nullable=True),
    sa.UniqueConstraint("plan_id", "number"),
    sa.Index("ix_pulse_status", "status"),
)

pulse_response = sa.Table(
    "pulse_response",
    metadata,
    sa.Column("pulse_id", BigId, sa.ForeignKey("pulse.id"), primary_key=True),
    #: What happens next, and who of each function stands behind these words.
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("hr_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("ai_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("agreed_at", UtcDateTime, nullable=True),
)


class Kept(NamedTuple):
    """A plan as it is kept."""

    id: int
    plan: Plan
    fingerprint: str
    state: PlanState
    approvals: Approvals
    created_by_id: int


class Pulse(NamedTuple):
    """A pulse as it is kept, without its tree."""

    id: int
    plan_id: int
    number: int
    status: Status
    spec: Spec
    public_key: bytes | None
    mac: bytes | None
    response_due_on: date | None


_PLAN = sa.select(
    pulse_plan.c.id,
    pulse_plan.c.content,
    pulse_plan.c.fingerprint,
    pulse_plan.c.state,
    pulse_plan.c.hr_id,
    pulse_plan.c.ai_id,
    pulse_plan.c.created_by_id,
)
COLUMNS = (
    pulse.c.id,
    pulse.c.plan_id,
    pulse.c.number,
    pulse.c.status,
    pulse.c.spec,
    pulse.c.public_key,
    pulse.c.mac,
    pulse.c.response_due_on,
)
_PULSE = sa.select(*COLUMNS)


def _kept(row: Sequence[Any]) -> Kept:
    return Kept(
        row[0],
        Plan.model_validate_json(row[1]),
        row[2],
        PlanState(row[3]),
        Approvals(row[4], row[5]),
        row[6],
    )


@lru_cache(maxsize=64)
def _spec(text: str) -> Spec:
    """Read once: every answer to a pulse needs it."""
    return Spec.model_validate_json(text)


def pulse_of(row: Sequence[Any]) -> Pulse:
    """A pulse from its `COLUMNS`."""
    return Pulse(row[0], row[1], row[2], Status(row[3]), _spec(row[4]), row[5], row[6], row[7])


def draft(work: Work, plan: Plan, by: int) -> int:
    """Keep a plan that nobody has approved yet; its id."""
    return int(
        work.connection.execute(
            sa.insert(pulse_plan).returning(pulse_plan.c.id),
            {
                "content": plan.model_dump_json(),
                "fingerprint": plan.fingerprint(),
                "state": PlanState.DRAFT.value,
                "created_by_id": by,
                "created_at": work.now,
            },
        ).scalar_one()
    )


def kept(work: Work, plan_id: int, *, lock: bool = False) -> Kept | None:
    """A plan; `lock` keeps others from changing it meanwhile."""
    query = _PLAN.where(pulse_plan.c.id == plan_id)
    row = work.connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else _kept(row)


def plans(work: Work, *states: PlanState, limit: int = 50) -> list[Kept]:
    """Plans in one of these states, the newest first."""
    rows = work.connection.execute(
        _PLAN.where(pulse_plan.c.state.in_([one.value for one in states]))
        .order_by(pulse_plan.c.id.desc())
        .limit(limit)
    )
    return [_kept(row) for row in rows]


def half_approved(work: Work, *, but: int, limit: int = 50) -> list[Kept]:
    """Drafts that one function has approved and the other has not, the newest first; `but` is no approver of them."""
    one_of_them = pulse_plan.c.hr_id.is_(None) != pulse_plan.c.ai_id.is_(None)
    given = sa.func.coalesce(pulse_plan.c.hr_id, pulse_plan.c.ai_id)
    rows = work.connection.execute(
        _PLAN.where(pulse_plan.c.state == PlanState.DRAFT.value, one_of_them, given != but)
        .order_by(pulse_plan.c.id.desc())
        .limit(limit)
    )
    return [_kept(row) for row in rows]


def change(work: Work, plan_id: int, plan: Plan) -> None:
    """Keep a draft anew: whoever approved what it was before approves again."""
    work.connection.execute(
        sa.update(pulse_plan)
        .where(pulse_plan.c.id == plan_id)
        .values(content=plan.model_dump_json(), fingerprint=plan.fingerprint(), hr_id=None, ai_id=None)
    )


def approve(work: Work, plan_id: int, side: Side, person_id: int) -> None:
    """Keep that a function approved the plan as it is."""
    work.connection.execute(
        sa.update(pulse_plan)
        .where(pulse_plan.c.id == plan_id)
        .values({("hr_id" if side is Side.HR else "ai_id"): person_id})
    )


def uses_key(work: Work, public_key: str, *, but: int | None) -> bool:
    """Whether another plan, that was not withdrawn, has this third party's key (in hexadecimal)."""
    query = sa.select(pulse_plan.c.id).where(
        pulse_plan.c.content.contains(public_key), pulse_plan.c.state != PlanState.WITHDRAWN.value
    )
    if but is not None:
        query = query.where(pulse_plan.c.id != but)
    return work.connection.execute(query.limit(1)).first() is not None


def set_plan_state(work: Work, plan_id: int, state: PlanState) -> None:
    work.connection.execute(sa.update(pulse_plan).where(pulse_plan.c.id == plan_id).values(state=state.value))


def schedule(work: Work, plan_id: int, number: int, spec: Spec) -> int:
    """Put a pulse of an approved plan where its day finds it; its id, also if it is there already."""
    known = work.connection.execute(
        sa.select(pulse.c.id).where(pulse.c.plan_id == plan_id, pulse.c.number == number)
    ).scalar()
    if known is not None:
        return int(known)
    return int(
        work.connection.execute(
            sa.insert(pulse).returning(pulse.c.id),
            {
                "plan_id": plan_id,
                "number": number,
                "status": Status.PLANNED.value,
                "spec": spec.model_dump_json(),
                "opens_on": spec.opens_on,
                "closes_on": spec.closes_on,
            },
        ).scalar_one()
    )


def by_id(work: Work, pulse_id: int, *, lock: bool = False) -> Pulse | None:
    """A pulse; `lock` keeps others from changing where it is meanwhile."""
    query = _PULSE.where(pulse.c.id == pulse_id)
    row = work.connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else pulse_of(row)


def in_status(work: Work, *statuses: Status, limit: int = 100) -> list[Pulse]:
    """Pulses in one of these places, the newest first."""
    rows = work.connection.execute(
        _PULSE.where(pulse.c.status.in_([one.value for one in statuses]))
        .order_by(pulse.c.id.desc())
        .limit(limit)
    )
    return [pulse_of(row) for row in rows]


def closed_between(work: Work, first: date, last: date) -> list[Pulse]:
    """The pulses that are over and whose last day was one of these, both included, the oldest first."""
    over = [one.value for one in Status if one.over]
    rows = work.connection.execute(
        _PULSE.where(
            pulse.c.status.in_(over), pulse.c.tree.is_not(None), pulse.c.closes_on.between(first, last)
        ).order_by(pulse.c.closes_on, pulse.c.id)
    )
    return [pulse_of(row) for row in rows]


def answer_due_between(work: Work, first: date, last: date) -> list[Pulse]:
    """The released pulses whose answer is due on one of these days, both included, and not agreed yet."""
    agreed = sa.exists().where(
        pulse_response.c.pulse_id == pulse.c.id, pulse_response.c.agreed_at.is_not(None)
    )
    rows = work.connection.execute(
        _PULSE.where(
            pulse.c.status == Status.RELEASED.value,
            pulse.c.response_due_on.between(first, last),
            ~agreed,
        ).order_by(pulse.c.response_due_on, pulse.c.id)
    )
    return [pulse_of(row) for row in rows]


def released_before(work: Work, one: Pulse, limit: int = 12) -> list[Pulse]:
    """The pulses released that closed before this one, the newest first."""
    rows = work.connection.execute(
        _PULSE.where(
            pulse.c.status == Status.RELEASED.value,
            pulse.c.id != one.id,
            pulse.c.closes_on < one.spec.closes_on,
        )
        .order_by(pulse.c.closes_on.desc(), pulse.c.id.desc())
        .limit(limit)
    )
    return [pulse_of(row) for row in rows]


def last_released(work: Work, since: date) -> Pulse | None:
    """The released pulse that closed last, if that was on this day or later."""
    row = work.connection.execute(
        _PULSE.where(pulse.c.status == Status.RELEASED.value, pulse.c.closes_on >= since)
        .order_by(pulse.c.closes_on.desc(), pulse.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else pulse_of(row)


def last_of_initiative(work: Work, initiative_id: int) -> Pulse | None:
    """The pulse about an initiative that was released last."""
    rows = work.connection.execute(
        _PULSE.where(
            pulse.c.status == Status.RELEASED.value,
            pulse.c.spec.contains(f'"initiative_id":{initiative_id},'),
        ).order_by(pulse.c.closes_on.desc(), pulse.c.id.desc())
    )
    return next((one for one in map(pulse_of, rows) if one.spec.initiative_id == initiative_id), None)


def of_plan(work: Work, plan_id: int) -> list[Pulse]:
    """The pulses of a plan, the oldest first."""
    rows = work.connection.execute(_PULSE.where(pulse.c.plan_id == plan_id).order_by(pulse.c.number))
    return [pulse_of(row) for row in rows]


def set_status(work: Work, pulse_id: int, status: Status, **columns: Any) -> None:
    """Move a pulse on; other columns may change with it."""
    work.connection.execute(
        sa.update(pulse).where(pulse.c.id == pulse_id).values(status=status.value, **columns)
    )


def tree(work: Work, pulse_id: int) -> str | None:
    """The teams as they were at the launch, as JSON (domain.releases.Tree)."""
    found: str | None = work.connection.execute(
        sa.select(pulse.c.tree).where(pulse.c.id == pulse_id)
    ).scalar()
    return found


class Response(NamedTuple):
    """What the two functions say happens next."""

    text: str
    approvals: Approvals
    is_agreed: bool


def response(work: Work, pulse_id: int, *, lock: bool = False) -> Response | None:
    """What happens next, as far as it is written."""
    query = sa.select(
        pulse_response.c.text, pulse_response.c.hr_id, pulse_response.c.ai_id, pulse_response.c.agreed_at
    ).where(pulse_response.c.pulse_id == pulse_id)
    row = work.connection.execute(query.with_for_update() if lock else query).first()
    return None if row is None else Response(row[0], Approvals(row[1], row[2]), row[3] is not None)


def propose_response(work: Work, pulse_id: int, text: str, side: Side, person_id: int) -> None:
    """Keep the words of one function; the other has to agree to them."""
    values: dict[str, Any] = {
        "text": text,
        "hr_id": person_id if side is Side.HR else None,
        "ai_id": person_id if side is Side.AI else None,
        "agreed_at": None,
    }
    if response(work, pulse_id, lock=True) is None:
        work.connection.execute(sa.insert(pulse_response), {"pulse_id": pulse_id, **values})
    else:
        work.connection.execute(
            sa.update(pulse_response).where(pulse_response.c.pulse_id == pulse_id).values(**values)
        )


def agree_response(work: Work, pulse_id: int, side: Side, person_id: int) -> None:
    """Keep that the other function stands behind the words too."""
    work.connection.execute(
        sa.update(pulse_response)
        .where(pulse_response.c.pulse_id == pulse_id)
        .values({("hr_id" if side is Side.HR else "ai_id"): person_id, "agreed_at": work.now})
    )
