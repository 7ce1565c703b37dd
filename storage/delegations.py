"""Delegations: who decides for a sponsor, and when."""

from collections.abc import Mapping, Sequence
from datetime import date
from types import MappingProxyType
from typing import Any

import sqlalchemy as sa

from domain.initiatives import Initiative
from domain.signoffs import Delegation, DelegationState, Side
from storage import audit
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

delegation = sa.Table(
    "delegation",
    metadata,
    counted_id(),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    sa.Column("side", sa.String(10), nullable=False),
    sa.Column("sponsor_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("delegate_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: Both included, in the delegate's calendar.
    sa.Column("first_day", sa.Date, nullable=False),
    sa.Column("last_day", sa.Date, nullable=False),
    #: "offered", "accepted", "declined" or "revoked".
    sa.Column("state", sa.String(10), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.Column("answered_at", UtcDateTime, nullable=True),
    sa.Index("ix_delegation_initiative_id", "initiative_id"),
    sa.Index("ix_delegation_delegate_id", "delegate_id"),
)

_DELEGATIONS = sa.select(
    delegation.c.id,
    delegation.c.initiative_id,
    delegation.c.side,
    delegation.c.sponsor_id,
    delegation.c.delegate_id,
    delegation.c.first_day,
    delegation.c.last_day,
    delegation.c.state,
).order_by(delegation.c.id)
_OF_INITIATIVE = _DELEGATIONS.where(
    delegation.c.initiative_id == sa.bindparam("initiative_id"),
    delegation.c.state.in_(("offered", "accepted")),
)


def _delegation(row: Sequence[Any]) -> Delegation:
    return Delegation.model_construct(
        id=row[0],
        initiative_id=row[1],
        side=Side(row[2]),
        sponsor_id=row[3],
        delegate_id=row[4],
        first_day=row[5],
        last_day=row[6],
        state=row[7],
    )


def standing(work: Work, initiative_id: int) -> list[Delegation]:
    """What was offered or accepted for an initiative and not taken back."""
    rows = work.connection.execute(_OF_INITIATIVE, {"initiative_id": initiative_id})
    return [_delegation(row) for row in rows]


def involving(work: Work, person_id: int, today: date) -> list[Delegation]:
    """What somebody asked of others or accepted from them, and that is not over."""
    rows = work.connection.execute(
        _DELEGATIONS.where(
            delegation.c.last_day >= today,
            sa.or_(
                sa.and_(
                    delegation.c.sponsor_id == person_id, delegation.c.state.in_(("offered", "accepted"))
                ),
                sa.and_(delegation.c.delegate_id == person_id, delegation.c.state == "accepted"),
            ),
        )
    )
    return [_delegation(row) for row in rows]


def by_id(work: Work, delegation_id: int) -> Delegation | None:
    row = work.connection.execute(_DELEGATIONS.where(delegation.c.id == delegation_id)).first()
    return None if row is None else _delegation(row)


def offer(
    work: Work,
    about: Initiative,
    side: Side,
    *,
    sponsor_id: int,
    delegate_id: int,
    first_day: date,
    last_day: date,
    platform: str,
) -> int:
    """Store that a sponsor asks somebody to decide for them; the delegation's id."""
    number = work.connection.execute(
        sa.insert(delegation)
        .values(
            initiative_id=about.id,
            side=side.value,
            sponsor_id=sponsor_id,
            delegate_id=delegate_id,
            first_day=first_day,
            last_day=last_day,
            state="offered",
            created_at=work.now,
        )
        .returning(delegation.c.id)
    ).scalar_one()
    days = {"first_day": first_day.isoformat(), "last_day": last_day.isoformat()}
    _log(work, int(number), "offered", sponsor_id, platform, about, side, delegate_id, days)
    return int(number)


def answer(
    work: Work, one: Delegation, state: DelegationState, about: Initiative, *, by_id: int, platform: str
) -> bool:
    """Accept, decline or revoke a delegation; False if it was not in the state that this follows."""
    before = ("offered", "accepted") if state == "revoked" else ("offered",)
    changed = work.connection.execute(
        sa.update(delegation)
        .where(delegation.c.id == one.id, delegation.c.state.in_(before))
        .values(state=state, answered_at=work.now)
    ).rowcount
    if changed:
        _log(work, one.id, state, by_id, platform, about, one.side, one.delegate_id)
    return bool(changed)


def _log(
    work: Work,
    number: int,
    what: str,
    by_id: int,
    platform: str,
    about: Initiative,
    side: Side,
    delegate_id: int,
    more: Mapping[str, str] = MappingProxyType({}),
) -> None:
    audit.append(
        work,
        f"delegation.{what}",
        actor_id=by_id,
        platform=platform,
        subject=f"initiative:{about.id}",
        details={"delegation": number, "side": side.value, "delegate": delegate_id, **more},
    )
