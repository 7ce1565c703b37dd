"""Runs migrations for Alembic, on the connection that `storage.migrate` hands over."""

from typing import Any, Literal

from alembic import context

import storage.tables  # noqa: F401  (every table registers itself in the metadata)
from storage.migrate import include_name
from storage.schema import UtcDateTime, metadata


def render_item(kind: str, item: Any, autogen_context: Any) -> str | Literal[False]:
    """Write our own types into migrations as what they are in the database, so that history needs no code."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
    render_item=render_item,
    include_name=include_name,
)
with context.begin_transaction():
    context.run_migrations()
