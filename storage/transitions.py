"""Transition plans: the steps after which a department operates its tool alone."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from domain.transitions import Step, StepDraft
from storage.initiatives import initiative
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

transition_step = sa.Table(
    "transition_step",
    metadata,
    counted_id(),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    #: In which order the steps are shown, from 1.
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("text", sa.String(300), nullable=False),
    sa.Column("owner_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("due_on", sa.Date, nullable=True),
    sa.Column("done_on", sa.Date, nullable=True),
    sa.Column("changed_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Index("ix_transition_step_initiative_id", "initiative_id"),
)

_SELECT = sa.select(
    transition_step.c.id,
    transition_step.c.initiative_id,
    transition_step.c.position,
    transition_step.c.text,
    transition_step.c.owner_id,
    transition_step.c.due_on,
    transition_step.c.done_on,
)


def _step(row: Sequence[Any]) -> Step:
    return Step.model_construct(
        id=row[0],
        initiative_id=row[1],
        position=row[2],
        text=row[3],
        owner_id=row[4],
        due_on=row[5],
        done_on=row[6],
    )


def of(work: Work, initiative_id: int) -> list[Step]:
    """The steps of an initiative's plan in their order; none where there is no plan."""
    rows = work.connection.execute(
        _SELECT.where(transition_step.c.initiative_id == initiative_id).order_by(
            transition_step.c.position, transition_step.c.id
        )
    )
    return [_step(row) for row in rows]


def by_id(work: Work, step_id: int) -> Step | None:
    row = work.connection.execute(_SELECT.where(transition_step.c.id == step_id)).first()
    return None if row is None else _step(row)


def start(work: Work, initiative_id: int, texts: Sequence[str], *, changed_by_id: int) -> bool:
    """Begin a plan with these steps; False if there is one already."""
    _lock(work, initiative_id)
    if of(work, initiative_id):
        return False
    for position, text in enumerate(texts, start=1):
        _insert(work, initiative_id, position, StepDraft(text=text), changed_by_id)
    return True


def add(work: Work, initiative_id: int, draft: StepDraft, *, changed_by_id: int, most: int) -> int | None:
    """Add a step at the end; its id, or None if the plan has `most` steps."""
    _lock(work, initiative_id)
    steps = of(work, initiative_id)
    if len(steps) >= most:
        return None
    position = max((step.position for step in steps), default=0) + 1
    return _insert(work, initiative_id, position, draft, changed_by_id)


def change(work: Work, step_id: int, draft: StepDraft, *, changed_by_id: int) -> None:
    _set(work, step_id, changed_by_id, **draft.model_dump())


def mark(work: Work, step_id: int, done_on: date | None, *, changed_by_id: int) -> None:
    """Say that a step was done on a day, or with None that it is not done."""
    _set(work, step_id, changed_by_id, done_on=done_on)


def _set(work: Work, step_id: int, changed_by_id: int, **values: Any) -> None:
    work.connection.execute(
        sa.update(transition_step)
        .where(transition_step.c.id == step_id)
        .values(**values, changed_by_id=changed_by_id, changed_at=work.now)
    )


def _insert(work: Work, initiative_id: int, position: int, draft: StepDraft, changed_by_id: int) -> int:
    return int(
        work.connection.execute(
            sa.insert(transition_step)
            .values(
                **draft.model_dump(),
                initiative_id=initiative_id,
                position=position,
                changed_by_id=changed_by_id,
                changed_at=work.now,
            )
            .returning(transition_step.c.id)
        ).scalar_one()
    )


def _lock(work: Work, initiative_id: int) -> None:
    """Let two people who add to one plan at the same time do so one after the other."""
    work.connection.execute(
        sa.select(initiative.c.id).where(initiative.c.id == initiative_id).with_for_update(key_share=True)
    )
