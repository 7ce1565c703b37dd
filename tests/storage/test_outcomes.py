"""Many outcomes stored together: each changes its own row, in its own way, and only while its lease holds."""

from datetime import timedelta
from functools import partial

import pytest
import sqlalchemy as sa
from sqlalchemy.ext.asyncio import create_async_engine

from storage import outbox, outcomes
from storage.outbox import Waiting
from storage.store import Store, Work
from tests.company import founded
from tests.conftest import MovedClock

LEASE = timedelta(seconds=60)
KEYS = ("usual", "kept", "renewed", "revised", "lost", "refused", "paused", "left alone")


@pytest.fixture
async def taken(store: Store) -> dict[str, Waiting]:
    """Messages that somebody has taken up, by key."""
    ada = (await founded(store)).person["Ada"]

    def put(work: Work) -> None:
        for key in KEYS:
            outbox.put(work, key, ada, f"words of {key}")

    await store.write(put)
    rows = await store.write(lambda work: outbox.take(work, limit=20, lease=LEASE))
    return {row.key: row for row in rows}


async def rows_of(store: Store) -> dict[str, tuple[str, str, str | None, str | None]]:
    """State, words, reference and reason, by key."""
    table = outbox.outbox
    columns = (table.c.key, table.c.state, table.c.message, table.c.reference, table.c.reason)
    found = await store.read(lambda work: work.connection.execute(sa.select(*columns)).all())
    return {row[0]: (row[1], row[2], row[3], row[4]) for row in found}


async def test_outcomes_of_every_kind_are_stored_together(
    store: Store, clock: MovedClock, taken: dict[str, Waiting]
) -> None:
    until = clock.now + 2 * LEASE
    await store.write(lambda work: outbox.revise(work, "revised", "newer words"))
    renewed = {taken["renewed"].id, taken["lost"].id}
    ends = {taken["renewed"].leased_until}
    assert await store.write(lambda work: outcomes.renew(work, renewed, ends, until)) == renewed
    found = [
        outcomes.sent(taken["usual"], "ref:usual"),
        outcomes.sent(taken["kept"], "ref:kept", platform="slack", keep=True),
        outcomes.sent(taken["renewed"], "ref:renewed"),
        outcomes.sent(taken["revised"], "ref:revised"),
        outcomes.sent(taken["lost"], "ref:lost"),
        outcomes.dead(taken["refused"], "channel_not_found"),
        outcomes.later(taken["paused"], until, "slow down"),
    ]
    leases = {taken["renewed"].id: ends | {until}}
    settled = await store.write(lambda work: outcomes.settle(work, found, leases))
    assert settled == outcomes.Settled({taken["revised"].id}, [])
    assert await rows_of(store) == {
        "usual": ("sent", "", "ref:usual", None),
        "kept": ("sent", "words of kept", "ref:kept", None),
        "renewed": ("sent", "", "ref:renewed", None),
        "revised": ("waiting", "newer words", "ref:revised", ""),
        "lost": ("waiting", "words of lost", None, None),
        "refused": ("dead", "words of refused", None, "channel_not_found"),
        "paused": ("waiting", "words of paused", None, "slow down"),
        "left alone": ("waiting", "words of left alone", None, None),
    }


async def test_an_outcome_that_is_stored_again_changes_nothing(
    store: Store, taken: dict[str, Waiting]
) -> None:
    for reference in ("first", "second"):
        found = [outcomes.sent(taken[key], reference) for key in ("usual", "kept")]
        settled = await store.write(partial(outcomes.settle, outcomes=found))
        assert settled == outcomes.Settled(set(), [])
    assert (await rows_of(store))["usual"] == ("sent", "", "first", None)


async def test_what_another_transaction_is_writing_is_not_waited_for(
    store: Store, database_url: str, taken: dict[str, Waiting]
) -> None:
    if store.dialect == "sqlite":
        pytest.skip("SQLite has one writer, so there is no other transaction")
    engine = create_async_engine(database_url)
    found = [outcomes.sent(taken[key], "ref") for key in ("usual", "kept")]
    async with engine.connect() as other:
        await other.execute(sa.text("UPDATE outbox SET revision = revision + 1 WHERE key = 'kept'"))
        settled = await store.write(lambda work: outcomes.settle(work, found))
        assert [one.taken.key for one in settled.locked] == ["kept"]
        await other.commit()
    await engine.dispose()
    again = await store.write(lambda work: outcomes.settle(work, settled.locked))
    assert again == outcomes.Settled({taken["kept"].id}, [])
    assert (await rows_of(store))["kept"] == ("waiting", "words of kept", "ref", "")
