"""What every table shares: the metadata, names of constraints, and time in UTC."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant. Naive values are refused; SQLite's naive answers are given their zone back."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime was about to be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        instant: datetime = value
        return instant.replace(tzinfo=UTC) if instant.tzinfo is None else instant.astimezone(UTC)


#: A 64-bit key that the database counts up; SQLite wants its own integer type for that.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def among(
    connection: sa.Connection, column: sa.Column[int], numbers: Collection[int]
) -> sa.ColumnElement[bool]:
    """Whether a number is one of many, in a statement that is the same for any many."""
    if connection.dialect.name == "postgresql":
        return column == sa.any_(sa.bindparam(None, list(numbers), type_=sa.ARRAY(sa.BigInteger)))
    each = sa.func.json_each(sa.bindparam(None, json.dumps(list(numbers)), type_=sa.Text))
    return column.in_(sa.select(each.table_valued("value").c.value))


def insert_into(dialect: Dialect, table: sa.Table) -> "postgresql.Insert | sqlite.Insert":
    """An insert that may say what to do on a conflict, for which each dialect has a class of its own."""
    return sqlite.insert(table) if dialect.name == "sqlite" else postgresql.insert(table)


def counted_id() -> sa.Column[int]:
    return sa.Column("id", BigId, sa.Identity(), primary_key=True)
