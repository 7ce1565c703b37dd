"""Statements of every request, worked out once and then given straight to the driver.

What SQLAlchemy does for a statement takes longer than the database's own work on a small one. Here it is done the
first time only: the text, the order of the values, and what makes values of one type out of the other.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.sql.compiler import SQLCompiler

from storage.store import Work

_Convert = Callable[[Any], Any]
_Statement = sa.Select[*tuple[Any, ...]] | sa.Insert | sa.Update


class Ready:
    """A statement made once, with a named `bindparam` for every value that differs, and no list among them.

    Where the dialects differ, it is given as a function of the dialect. Its rows are plain tuples; its errors are
    SQLAlchemy's, which then lets go of dead connections as it always does.
    """

    def __init__(self, statement: _Statement | Callable[[Dialect], _Statement]) -> None:
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
        made = self._on(work)
        given = made.given(values)
        with _cursor(work, made.text) as cursor:
            cursor.execute(made.text, given)
            found = cursor.fetchall() if fetch else []
            written = cursor.rowcount
        return [made.taken(row) for row in found], written

    def _on(self, work: Work) -> "_Made":
        dialect = work.connection.dialect
        made = self._made.get(dialect.name)
        if made is None:
            given = self._statement
            statement = given(dialect) if callable(given) else given
            made = self._made[dialect.name] = _make(statement, dialect)
        return made


@contextmanager
def _cursor(work: Work, text: str) -> Iterator[Any]:
    connection = work.connection
    cursor = connection.connection.cursor()
    try:
        yield cursor
        cursor.close()
    except BaseException as error:
        connection._handle_dbapi_exception(error, text, None, cursor, None)


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


def _make(statement: _Statement, dialect: Dialect) -> _Made:
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
