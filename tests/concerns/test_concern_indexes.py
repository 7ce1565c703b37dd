"""Concerns are found by indexes: a page takes as long in a hundred thousand as in ten."""

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from domain.concern_figures import Lot
from domain.concerns import State
from storage import concern_figures, concern_lists
from storage.concern_lists import Part, Place, Reader
from storage.store import Work
from tests.concerns.conftest import Forum


@pytest.mark.parametrize(
    ("reader", "index"),
    [
        (Reader(1, True), "ix_concern_state_number"),
        (Reader(1, False, owned=(1,)), "ix_concern_initiative_id_state_number"),
        (Reader(1, False, sponsored=(1, 2)), "ix_concern_initiative_id_state_number"),
    ],
)
async def test_a_page_is_read_from_an_index_in_the_order_of_numbers(
    forum: Forum, reader: Reader, index: str
) -> None:
    """So that it takes as long in a hundred thousand as in ten; `benchmarks/concerns.py` measures it."""
    if forum.store.dialect != "sqlite":
        await forum.store.write(many)
    plans = await forum.store.read(
        lambda work: plans_of(
            work, lambda: concern_lists.page(work, reader, (State.NEW, State.TAKEN), before=5000, limit=7)
        )
    )
    assert len(plans) == 2 * (len(reader.sponsored) or 1)
    for plan in plans:
        assert index in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


async def test_what_is_longest_overdue_is_read_from_an_index_in_its_order(forum: Forum) -> None:
    if forum.store.dialect != "sqlite":
        await forum.store.write(many)

    def plans(behind: Place | None) -> Callable[[Work], list[str]]:
        def ask(work: Work) -> None:
            concern_lists.open_page(work, Reader(1, True), parts=(Part.OVERDUE,), behind=behind, limit=7)

        return lambda work: plans_of(work, lambda: ask(work))

    page, more = [await forum.store.read(plans(behind)) for behind in (None, Place(Part.OVERDUE, 10))]
    assert len(page) == 1
    for plan in (page[0], more[-1]):
        assert "ix_concern_unanswered" in plan
        assert "TEMP B-TREE" not in plan
        assert "Sort" not in plan


@pytest.mark.parametrize("initiative_id", [None, 1])
async def test_figures_are_counted_from_indexes_and_look_at_no_row(
    forum: Forum, initiative_id: int | None
) -> None:
    """A row lies in a page of its own with what was written, a hundred of what is counted in another."""
    if forum.store.dialect != "sqlite":
        pytest.skip("PostgreSQL chooses by how many rows there are")

    def unit(work: Work) -> list[str]:
        lot = Lot(weeks=("2026-W45", "2026-W46"), concerns=20)

        def ask() -> None:
            concern_figures.closed_lots(work, initiative_id)
            concern_figures.median_hours(work, "2026-W45", "2026-W46", initiative_id)
            concern_figures._counts(work, [lot], initiative_id)

        return [plan for plan in plans_of(work, ask) if "concern" in plan]

    by_state, *counted = await forum.store.read(unit)
    assert "ix_concern_state_number" in by_state
    assert len(counted) == 3
    for plan in counted:
        assert "ix_concern_week_counted" in plan
        assert "COVERING INDEX" in plan


def many(work: Work) -> None:
    """Numbers 1 to 3,000 of no deployment, most of them settled: on a few rows one index is as good as another."""
    work.connection.exec_driver_sql(
        "INSERT INTO concern (case_id, number, week, severity, is_specific, state, reopened, body, due_at) "
        "SELECT decode(md5(n::text), 'hex'), n, '2026-W01', 'usual', true, "
        "CASE n % 10 WHEN 0 THEN 'new' WHEN 1 THEN 'taken' ELSE 'settled' END, 0, '', "
        "timestamptz '2026-01-05' + n * interval '1 hour' "
        "FROM generate_series(1, 3000) n"
    )
    work.connection.exec_driver_sql("ANALYZE concern")


def plans_of(work: Work, ask: Callable[[], object]) -> list[str]:
    """How the database goes about each statement of what is asked."""
    said: list[tuple[str, object]] = []
    connection = work.connection

    def listen(c: object, cursor: object, text: str, values: object, *more: object) -> None:
        said.append((text, values))

    sa.event.listen(connection, "before_cursor_execute", listen)
    ask()
    sa.event.remove(connection, "before_cursor_execute", listen)
    explain = "EXPLAIN QUERY PLAN "
    if connection.dialect.name != "sqlite":
        explain = "EXPLAIN "
        # With as few rows as here a scan would be cheaper.
        for name in ("seqscan", "bitmapscan", "sort"):
            connection.exec_driver_sql(f"SET LOCAL enable_{name} = off")
    return [
        "\n".join(map(str, connection.exec_driver_sql(explain + text, values).all()))  # type: ignore[arg-type]
        for text, values in said
    ]
