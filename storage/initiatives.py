"""AI initiatives: one use case or deployment each, owned by named people."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from domain.initiatives import Initiative, InitiativeDraft, Stage
from domain.people import Part
from storage.people import team
from storage.ready import Ready
from storage.schema import BigId, UtcDateTime, counted_id, metadata
from storage.store import Work

initiative = sa.Table(
    "initiative",
    metadata,
    counted_id(),
    sa.Column("key", sa.String(30), nullable=False, unique=True),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("outcome", sa.String(500), nullable=False),
    sa.Column("department_id", BigId, sa.ForeignKey("team.id"), nullable=False),
    sa.Column("business_sponsor_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("technical_sponsor_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("product_owner_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    #: When each sponsor accepted the role; empty again when somebody else is named.
    sa.Column("business_accepted_at", UtcDateTime, nullable=True),
    sa.Column("technical_accepted_at", UtcDateTime, nullable=True),
    #: The value of a domain.initiatives.Stage.
    sa.Column("stage", sa.String(20), nullable=False),
    #: What was learned, where it was stopped.
    sa.Column("learned", sa.Text, nullable=True),
    #: Where its news go.
    sa.Column("channel_id", BigId, sa.ForeignKey("channel.id"), nullable=True),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("created_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
)

_SPONSOR = {
    Part.BUSINESS_SPONSOR: (initiative.c.business_sponsor_id, initiative.c.business_accepted_at),
    Part.TECHNICAL_SPONSOR: (initiative.c.technical_sponsor_id, initiative.c.technical_accepted_at),
}

#: What `initiative_of` reads, with the department's team joined.
COLUMNS = (
    initiative.c.id,
    initiative.c.key,
    initiative.c.name,
    initiative.c.outcome,
    initiative.c.department_id,
    team.c.path,
    initiative.c.business_sponsor_id,
    initiative.c.technical_sponsor_id,
    initiative.c.product_owner_id,
    initiative.c.archived,
    initiative.c.stage,
    initiative.c.business_accepted_at,
    initiative.c.technical_accepted_at,
    initiative.c.learned,
    initiative.c.channel_id,
    initiative.c.created_by_id,
)
_SELECT = sa.select(*COLUMNS).join_from(initiative, team, initiative.c.department_id == team.c.id)
_ACTIVE = _SELECT.where(sa.not_(initiative.c.archived)).order_by(initiative.c.name)
_NAMES = Ready(sa.select(initiative.c.name, initiative.c.key).where(sa.not_(initiative.c.archived)))
_CALLED = Ready(
    _SELECT.where(
        sa.not_(initiative.c.archived),
        sa.or_(
            initiative.c.key == sa.bindparam("phrase"),
            sa.func.lower(initiative.c.name) == sa.bindparam("phrase"),
        ),
    )
)


def initiative_of(row: Sequence[Any]) -> Initiative:
    """An initiative from its `COLUMNS`."""
    return Initiative.model_construct(
        id=row[0],
        key=row[1],
        name=row[2],
        outcome=row[3],
        department_id=row[4],
        department=row[5],
        business_sponsor_id=row[6],
        technical_sponsor_id=row[7],
        product_owner_id=row[8],
        archived=row[9],
        stage=Stage(row[10]),
        business_accepted_at=row[11],
        technical_accepted_at=row[12],
        learned=row[13],
        channel_id=row[14],
        created_by_id=row[15],
    )


def active(work: Work) -> list[Initiative]:
    """Everything that is not archived, in order of name."""
    return [initiative_of(row) for row in work.connection.execute(_ACTIVE)]


def names(work: Work) -> dict[str, str]:
    """Everything that is not archived: its key, by its name and by its key."""
    return {name: key for called, key in _NAMES.rows(work, {}) for name in (called, key)}


def called(work: Work, phrase: str) -> Initiative | None:
    """The one active initiative whose key or whole name is `phrase` (lower case); None if none or several."""
    rows = _CALLED.rows(work, {"phrase": phrase})
    return initiative_of(rows[0]) if len(rows) == 1 else None


def archived_called(work: Work, phrase: str) -> Initiative | None:
    """The one archived initiative whose key or whole name is `phrase` (lower case); None if none or several."""
    rows = work.connection.execute(
        _SELECT.where(
            initiative.c.archived,
            sa.or_(initiative.c.key == phrase, sa.func.lower(initiative.c.name) == phrase),
        )
    ).all()
    return initiative_of(rows[0]) if len(rows) == 1 else None


def by_id(work: Work, initiative_id: int) -> Initiative | None:
    row = work.connection.execute(_SELECT.where(initiative.c.id == initiative_id)).first()
    return None if row is None else initiative_of(row)


def awaiting(work: Work, person_id: int) -> list[Initiative]:
    """The active initiatives in which a person is named as a sponsor and has not accepted, in order of name."""
    named = (sa.and_(holder == person_id, accepted_at.is_(None)) for holder, accepted_at in _SPONSOR.values())
    return [initiative_of(row) for row in work.connection.execute(_ACTIVE.where(sa.or_(*named)))]


def by_ids(work: Work, ids: set[int]) -> dict[int, Initiative]:
    if not ids:
        return {}
    rows = work.connection.execute(_SELECT.where(initiative.c.id.in_(ids)))
    return {row[0]: initiative_of(row) for row in rows}


def key_owner(work: Work, key: str) -> int | None:
    """The id of the initiative that has this key, archived or not."""
    owner: int | None = work.connection.execute(
        sa.select(initiative.c.id).where(initiative.c.key == key)
    ).scalar_one_or_none()
    return owner


def add(work: Work, draft: InitiativeDraft, *, created_by_id: int) -> int:
    """Store a new initiative; its id."""
    return int(
        work.connection.execute(
            sa.insert(initiative)
            .values(
                **draft.model_dump(),
                stage=Stage.IDEA.value,
                archived=False,
                created_by_id=created_by_id,
                created_at=work.now,
            )
            .returning(initiative.c.id)
        ).scalar_one()
    )


def change(work: Work, initiative_id: int, draft: InitiativeDraft) -> None:
    """Store what was filled in. A sponsor who is named anew has not accepted yet."""
    work.connection.execute(
        sa.update(initiative)
        .where(initiative.c.id == initiative_id)
        .values(
            **draft.model_dump(),
            business_accepted_at=sa.case(
                (
                    initiative.c.business_sponsor_id == draft.business_sponsor_id,
                    initiative.c.business_accepted_at,
                )
            ),
            technical_accepted_at=sa.case(
                (
                    initiative.c.technical_sponsor_id == draft.technical_sponsor_id,
                    initiative.c.technical_accepted_at,
                )
            ),
        )
    )


def accept(work: Work, initiative_id: int, part: Part, person_id: int) -> bool:
    """Keep that a sponsor accepted the role; False if it is not theirs (any more), or was accepted before."""
    holder, accepted_at = _SPONSOR[part]
    result = work.connection.execute(
        sa.update(initiative)
        .where(
            initiative.c.id == initiative_id,
            holder == person_id,
            accepted_at.is_(None),
            sa.not_(initiative.c.archived),
        )
        .values({accepted_at: work.now})
    )
    return result.rowcount == 1


def stop(work: Work, initiative_id: int, learned: str) -> bool:
    """Stop it; False if it was stopped or archived already."""
    result = work.connection.execute(
        sa.update(initiative)
        .where(
            initiative.c.id == initiative_id,
            initiative.c.stage != Stage.STOPPED.value,
            sa.not_(initiative.c.archived),
        )
        .values(stage=Stage.STOPPED.value, learned=learned)
    )
    return result.rowcount == 1


def resume(work: Work, initiative_id: int, stage: Stage) -> bool:
    """Set it going again at a stage; False if it is going. What was learned stays."""
    result = work.connection.execute(
        sa.update(initiative)
        .where(
            initiative.c.id == initiative_id,
            sa.or_(initiative.c.stage == Stage.STOPPED.value, initiative.c.archived),
        )
        .values(stage=stage.value, archived=False)
    )
    return result.rowcount == 1


def archive(work: Work, initiative_id: int) -> bool:
    """Take it out of lists and forms; False if it was archived already."""
    result = work.connection.execute(
        sa.update(initiative)
        .where(initiative.c.id == initiative_id, sa.not_(initiative.c.archived))
        .values(archived=True)
    )
    return result.rowcount == 1


def set_channel(work: Work, initiative_id: int, channel_id: int | None) -> None:
    """Say where its news go; None for nowhere."""
    work.connection.execute(
        sa.update(initiative).where(initiative.c.id == initiative_id).values(channel_id=channel_id)
    )


def set_stage(work: Work, initiative_id: int, stage: Stage) -> None:
    """Say how far it has come."""
    work.connection.execute(
        sa.update(initiative).where(initiative.c.id == initiative_id).values(stage=stage.value)
    )
