"""Sees every statement before it is sent to a database, whichever way it goes there."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from storage.ready import Ready
from storage.store import Work


@contextmanager
def every_statement(see: Callable[[str, Any], None]) -> Iterator[None]:
    """Call `see` with the text and the values of each statement of this process; what it raises breaks it."""

    def usual(connection: Any, cursor: Any, statement: str, values: Any, context: Any, many: bool) -> None:
        see(statement, values)

    straight = Ready._run

    def ready(self: Ready, work: Work, values: Mapping[str, Any], *, fetch: bool) -> Any:
        see(self._on(work).text, dict(values))
        return straight(self, work, values, fetch=fetch)

    sa.event.listen(sa.Engine, "before_cursor_execute", usual)
    Ready._run = ready  # type: ignore[method-assign]
    try:
        yield
    finally:
        Ready._run = straight  # type: ignore[method-assign]
        sa.event.remove(sa.Engine, "before_cursor_execute", usual)
