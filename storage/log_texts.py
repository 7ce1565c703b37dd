"""Texts as the audit log has them, made by the database: for millions of rows that is faster than making them here."""

from typing import Any

from sqlalchemy import Integer, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class instant_text(FunctionElement[str]):  # noqa: N801
    """`domain.audit.instant` of a column that is a `storage.schema.UtcDateTime`."""

    type = Text()
    inherit_cache = True


@compiles(instant_text, "sqlite")
def _sqlite(element: instant_text, compiler: SQLCompiler, **options: Any) -> str:
    return f"(replace({compiler.process(element.clauses, **options)}, ' ', 'T') || '+00:00')"


@compiles(instant_text, "postgresql")
def _postgresql(element: instant_text, compiler: SQLCompiler, **options: Any) -> str:
    column = compiler.process(element.clauses, **options)
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')"""


class joined(FunctionElement[str]):  # noqa: N801
    """Texts and numbers, none of them null, as one text."""

    type = Text()
    inherit_cache = True


@compiles(joined, "sqlite")
def _joined_sqlite(element: joined, compiler: SQLCompiler, **options: Any) -> str:
    return " || ".join(compiler.process(part, **options) for part in element.clauses).join("()")


@compiles(joined, "postgresql")
def _joined_postgresql(element: joined, compiler: SQLCompiler, **options: Any) -> str:
    return f"concat({compiler.process(element.clauses, **options)})"


class number_after(FunctionElement[int]):  # noqa: N801
    """The number, of nine digits at the most, after a marker in a text; null or anything where there is none."""

    type = Integer()
    inherit_cache = True


@compiles(number_after, "sqlite")
def _number_sqlite(element: number_after, compiler: SQLCompiler, **options: Any) -> str:
    text, marker = (compiler.process(part, **options) for part in element.clauses)
    return f"CAST(substr({text}, instr({text}, {marker}) + length({marker})) AS INTEGER)"


@compiles(number_after, "postgresql")
def _number_postgresql(element: number_after, compiler: SQLCompiler, **options: Any) -> str:
    text, marker = (compiler.process(part, **options) for part in element.clauses)
    # A pattern over the whole text would take most of the time of a walk.
    return f"CAST(substring(left(split_part({text}, {marker}, 2), 9) FROM '^[0-9]+') AS integer)"
