"""What an organisation set in chat: by name, as JSON, with who changed it last."""

import json
from typing import Any

import sqlalchemy as sa

from domain.audit import canonical
from storage import audit
from storage.schema import BigId, UtcDateTime, insert_into, metadata
from storage.store import Work

setting = sa.Table(
    "setting",
    metadata,
    #: "digest.hr", "showcase.rule".
    sa.Column("name", sa.String(60), primary_key=True),
    sa.Column("value", sa.Text, nullable=False),
    sa.Column("changed_by_id", BigId, sa.ForeignKey("person.id"), nullable=True),
    sa.Column("changed_at", UtcDateTime, nullable=False),
)


def get(work: Work, name: str) -> Any | None:
    """What was set under a name, as JSON values; None if nothing was."""
    stored = work.connection.execute(
        sa.select(setting.c.value).where(setting.c.name == name)
    ).scalar_one_or_none()
    return None if stored is None else json.loads(stored)


def put(work: Work, name: str, value: Any, changed_by_id: int | None) -> bool:
    """Set something, and keep in the audit log who did and to what; False if it was set so already."""
    text = canonical(value)
    now = {"value": text, "changed_by_id": changed_by_id, "changed_at": work.now}
    insert = insert_into(work.connection.dialect, setting)
    result = work.connection.execute(
        insert.values(name=name, **now).on_conflict_do_update(
            index_elements=["name"], set_=now, where=setting.c.value != text
        )
    )
    if result.rowcount != 1:
        return False
    audit.append(
        work, "setting.changed", actor_id=changed_by_id, subject=f"setting:{name}", details={"value": value}
    )
    return True
