"""Statements of every request, worked out once and then given straight to the driver.

What SQLAlchemy does for a statement takes longer than the database's own work on a small one. Here it is done the
first time only: the text, the order of the values, and what makes values of one type out of the other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from storage.store import Work

_Convert = Callable[[Any], Any]


class Ready:
    """A statement made once, with a named `bindparam` for every value that differs, and no list among them.

    Its rows are plain tuples; its errors are SQLAlchemy's, which then lets go of dead connections as it always does.
    """

    def __init__(self, statement: sa.Select[*tuple[Any, ...]] | sa.Insert) -> None:
        self._statement = statement
        self._made: dict[str, _Made] = {}

    def rows(self, work: Work, values: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """Run it with these values; all rows that it gives, as tuples."""
        found, _ = self._run(work, values, fetch=True)
        return found

    def count(self, work: Work, values: Mapping[str, Any]) -> int:
        """Run it with these values; how many rows it wrote."""
        _, written = self._run(work, values, fetch=False)
        return written

    def _run(
        self, work: Work, values: Mapping[str, Any], *, fetch: bool
    ) -> tuple[list[tuple[Any, ...]], int]:
        connection = work.connection
        made = self._made.get(connection.dialect.name)
        if made is None:
            made = self._made[connection.dialect.name] = _make(self._statement, connection.dialect)
        given = made.given(values)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(made.text, given)
            found = cursor.fetchall() if fetch else []
            written = cursor.rowcount
            cursor.close()
        except BaseException as error:
            connection._handle_dbapi_exception(error, made.text, None, cursor, None)
        return [made.taken(row) for row in found], written


class _Value(NamedTuple):
    """A value of the statement: by its name, or the same every time."""

    name: str | None
    constant: Any
    convert: _Convert | None


@dataclass(frozen=True, slots=True)
class _Made:
    """A statement for one dialect."""

    text: str
    values: list[_Value]
    #: By the place in the row, for the columns that need one.
    converts: Sequence[tuple[int, _Convert]]

    def given(self, values: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(
            constant if name is None else values[name] if convert is None else convert(values[name])
            for name, constant, convert in self.values
        )

    def taken(self, row: Any) -> tuple[Any, ...]:
        if not self.converts:
            return tuple(row)
        taken = list(row)
        for place, convert in self.converts:
            taken[place] = convert(taken[place])
        return tuple(taken)


def _make(statement: sa.Select[*tuple[Any, ...]] | sa.Insert, dialect: Dialect) -> _Made:
    compiled = statement.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    values = []
    for name in compiled.positiontup or ():
        bind = compiled.binds[name]
        convert = bind.type.dialect_impl(dialect).bind_processor(dialect)
        if bind.required:
            values.append(_Value(name, None, convert))
        else:
            values.append(_Value(None, bind.value if convert is None else convert(bind.value), None))
    columns = statement.selected_columns if isinstance(statement, sa.Select) else statement.exported_columns
    converts = []
    for place, column in enumerate(columns):
        to_python = column.type.dialect_impl(dialect).result_processor(dialect, None)
        if to_python is not None:
            converts.append((place, to_python))
    return _Made(compiled.string, values, converts)
