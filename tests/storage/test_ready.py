"""A statement that is worked out once gives what SQLAlchemy gives, its errors included."""

from datetime import date

import pytest
import sqlalchemy as sa

from domain.contributions import Draft, Kind
from storage import contributions
from storage.contributions import contribution
from storage.inbox import inbound
from storage.ready import Ready
from storage.store import Store, Work, open_store
from tests import company

ENTRIES = sa.select(*contribution.c).where(
    contribution.c.day >= sa.bindparam("first"), contribution.c.status == "counted"
)
KEEP = Ready(sa.insert(inbound).values({one.name: sa.bindparam(f"new_{one.name}") for one in inbound.c}))
END_ITSELF = Ready(sa.select(sa.func.pg_terminate_backend(sa.func.pg_backend_pid())))


def keep(work: Work, key: str) -> int:
    return KEEP.count(work, {"new_key": key, "new_reply": "{}", "new_at": work.now})


async def test_rows_are_the_same_whoever_makes_them(store: Store) -> None:
    made = await company.founded(store)
    ready = Ready(ENTRIES)
    ada = made.person["Ada"]

    def unit(work: Work) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
        for minutes, link in ((90, None), (None, "https://alder.example/a")):
            draft = Draft(
                kind=Kind.DATA,
                initiative_id=made.initiative["claims"],
                effort_minutes=minutes,
                day=date(2026, 11, 17),
                what="labelled “400” exceptions",
                link=link,
            )
            contributions.add(work, draft, person_id=ada, team_id=1, logged_by_id=ada)
        values = {"first": date(2026, 11, 1)}
        ours = ready.rows(work, values)
        assert ready.rows(work, {"first": date(2026, 12, 1)}) == []
        return ours, [tuple(row) for row in work.connection.execute(ENTRIES, values)]

    ours, theirs = await store.write(unit)
    assert ours == theirs
    assert len(ours) == 2


async def test_a_violated_constraint_is_told_as_sqlalchemy_tells_it_and_nothing_is_kept(store: Store) -> None:
    def twice(work: Work) -> None:
        assert keep(work, "k1") == 1
        keep(work, "k1")

    with pytest.raises(sa.exc.IntegrityError) as told:
        await store.write(twice)
    assert "{}" not in str(told.value.params)
    assert await store.write(lambda work: keep(work, "k1")) == 1


async def test_a_value_that_is_forgotten_is_an_error(store: Store) -> None:
    with pytest.raises(KeyError):
        await store.write(lambda work: KEEP.count(work, {"new_key": "k1", "new_at": work.now}))


async def test_a_dead_connection_is_let_go_of(database_url: str) -> None:
    store = open_store(database_url, pool_size=1)
    if store.dialect != "postgresql":
        await store.close()
        pytest.skip("there is nothing between us and a file")

    with pytest.raises(sa.exc.DBAPIError) as told:
        await store.write(lambda work: END_ITSELF.rows(work, {}))
    assert told.value.connection_invalidated
    assert await store.write(lambda work: keep(work, "k1")) == 1
    await store.close()
