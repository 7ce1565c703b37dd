"""Charters: what stays under whose authority in an initiative."""

import sqlalchemy as sa

from domain.charters import Charter, CharterDraft
from storage.schema import BigId, UtcDateTime, insert_into, metadata
from storage.store import Work

charter = sa.Table(
    "charter",
    metadata,
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), primary_key=True),
    #: What the department decides and what the AI function decides; one line each.
    sa.Column("department_decides", sa.Text, nullable=False),
    sa.Column("technology_decides", sa.Text, nullable=False),
    #: Who decides what the two cannot agree on, and within how many hours.
    sa.Column("escalation_person_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("escalation_hours", sa.Integer, nullable=False),
    sa.Column("changed_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)


def of(work: Work, initiative_id: int, *, lock: bool = False) -> Charter | None:
    """The charter of an initiative, where somebody has saved one; `lock` makes two who change it wait."""
    query = sa.select(charter).where(charter.c.initiative_id == initiative_id)
    row = work.connection.execute(query.with_for_update() if lock else query).first()
    if row is None:
        return None
    return Charter.model_construct(
        initiative_id=row.initiative_id,
        department_decides=tuple(row.department_decides.split("\n")),
        technology_decides=tuple(row.technology_decides.split("\n")),
        escalation_person_id=row.escalation_person_id,
        escalation_hours=row.escalation_hours,
        changed_by_id=row.changed_by_id,
        changed_at=row.changed_at,
    )


def save(work: Work, initiative_id: int, draft: CharterDraft, *, changed_by_id: int) -> None:
    """Store an initiative's charter in place of the one before."""
    insert = insert_into(work.connection.dialect, charter)
    values = {
        "department_decides": "\n".join(draft.department_decides),
        "technology_decides": "\n".join(draft.technology_decides),
        "escalation_person_id": draft.escalation_person_id,
        "escalation_hours": draft.escalation_hours,
        "changed_by_id": changed_by_id,
        "changed_at": work.now,
    }
    work.connection.execute(
        insert.values(initiative_id=initiative_id, **values).on_conflict_do_update(
            index_elements=["initiative_id"], set_=values
        )
    )
