"""Whatever breaks: no acknowledged answer is lost or counted twice, and the keys are gone in the end."""

import asyncio
import errno
import io
import os
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from bot import logs
from bot.planner import Planner
from domain.pulses import CannotSeal, PulseOver, Status
from handlers.conversation import Press, Submission
from handlers.pulses import CAPABILITY, answering, ballot, closing, launching
from storage import ballots, releases, rosters
from storage.outbox import outbox
from storage.store import Store, Work, open_store
from storage.vault import FileVault, MemoryVault, VaultProblem
from tests.attack.electorate import Electorate, actor, electorate, spec
from tests.attack.statements import every_statement

PEOPLE = 24
#: What is found nowhere by chance.
MARK = "kestrel-7f3a9b1c-over-the-weir"


class Broken(Exception):
    """What a database throws at us."""


class Fuse:
    """Breaks at the n-th use."""

    def __init__(self, at: int) -> None:
        self.at = at
        self.used = 0

    def use(self, *_: Any) -> None:
        self.used += 1
        if self.used == self.at:
            raise Broken


@contextmanager
def breaking(at: int) -> Iterator[Fuse]:
    """The n-th statement or commit of the process breaks; those before have happened."""
    fuse = Fuse(at)

    def commit(connection: sa.Connection) -> None:
        fuse.use()

    sa.event.listen(sa.Engine, "commit", commit)
    try:
        with every_statement(fuse.use):
            yield fuse
    finally:
        sa.event.remove(sa.Engine, "commit", commit)


class Fragile(MemoryVault):
    """A vault whose n-th use fails, before or after it did what was asked."""

    def __init__(self) -> None:
        super().__init__()
        self.fuse = Fuse(-1)
        self.is_late = False

    def _through(self, do: Callable[[], Any]) -> Any:
        try:
            self.fuse.use()
        except Broken:
            if self.is_late:
                do()
            raise VaultProblem("The vault could not: No space left on device.") from None
        return do()

    def put(self, name: str, secret: bytes) -> None:
        self._through(lambda: MemoryVault.put(self, name, secret))

    def get(self, name: str) -> bytes | None:
        found: bytes | None = self._through(lambda: MemoryVault.get(self, name))
        return found

    def destroy(self, name: str) -> None:
        self._through(lambda: MemoryVault.destroy(self, name))


def planner(store: Store, e: Electorate) -> Planner:
    """One replica."""
    return Planner(store, CAPABILITY.schedules, e.clock, chores=CAPABILITY.chores, jobs=CAPABILITY.jobs)


async def mask(e: Electorate, person_id: int) -> int:
    return await e.store.read(lambda work: ballots.answered(work, e.one, person_id))


async def count(store: Store, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return await store.read(
        lambda work: int(
            work.connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()
        )
    )


async def launched_once(e: Electorate) -> None:
    assert (await e.pulse()).status is Status.OPEN
    assert await count(e.store, ballots.slot) == await count(e.store, rosters.roster) == PEOPLE
    batch = outbox.c.batch == launching.invitations(e.pulse_id)
    assert await count(e.store, outbox, batch) == PEOPLE


async def released_once(e: Electorate, counted: int) -> None:
    """Everything that was acknowledged is in the release, once, and no key is left."""
    one = await e.pulse()
    assert one.status is Status.RELEASED
    found = await e.store.read(lambda work: releases.of(work, e.pulse_id))
    first = one.spec.questions[0].key
    assert sum(each.n for each in found if each.question == first) == counted
    assert {name for name in e.vault.names() if name.startswith("pulse-")} == set()
    for table in (ballots.slot, rosters.roster):
        assert await count(e.store, table) == 0
    batch = outbox.c.batch == closing.results_batch(e.pulse_id)
    assert await count(e.store, outbox, batch) == PEOPLE


# ------------------------------------------------------------------------------------------------ the database


async def test_a_launch_that_breaks_at_any_statement_is_begun_again_and_done_once(database_url: str) -> None:
    async with electorate(database_url, PEOPLE) as e:
        number = await e.plan(spec())
        for at in range(1, 200):
            with breaking(at) as fuse:
                try:
                    await e.store.write(lambda work: launching.launch(work, number))
                    assert fuse.used < at
                    break
                except Broken:
                    assert (await e.pulse()).status is Status.PLANNED
                    assert await count(e.store, rosters.roster) == await count(e.store, outbox) == 0
        assert at > 10
        await launched_once(e)


async def test_an_answer_that_breaks_at_any_statement_is_not_acknowledged_and_leaves_the_one_before(
    database_url: str,
) -> None:
    async with electorate(database_url, PEOPLE) as e:
        await e.launch()
        person_id = e.people[0]
        steps = 0
        for number, parts in enumerate(({"q0": b"\5"}, {"q1": b"\1"}, {"comment": b"so it is"}), start=1):
            for at in range(1, 60):
                before = await mask(e, person_id)
                with breaking(at) as fuse:
                    try:
                        await e.answer(person_id, **parts)
                        assert fuse.used < at
                    except Broken:
                        steps += 1
                if fuse.used < at:
                    break
                assert await mask(e, person_id) == before
            assert (await mask(e, person_id)).bit_count() == number
        assert steps >= 9
        for one in e.people[1:12]:
            await e.answer(one, q0=b"\3")
        await e.close()
        await released_once(e, 12)


async def test_a_close_that_breaks_at_any_statement_is_done_again_and_counts_all_once(
    database_url: str,
) -> None:
    async with electorate(database_url, PEOPLE) as e:
        await e.launch()
        for one in e.people[:15]:
            await e.answer(one, q0=b"\4", comment=b"one of fifteen")
        await e.stop()
        for at in range(1, 200):
            with breaking(at) as fuse:
                try:
                    await closing.close(e.store, e.pulse_id)
                    break
                except Broken:
                    pass
            if (await e.pulse()).status is Status.RELEASED:
                break  # what broke was behind the commit
            assert (await e.pulse()).status is Status.CLOSING
            assert await count(e.store, ballots.slot) == PEOPLE
            assert await count(e.store, releases.release) == await count(e.store, releases.comment) == 0
            assert fuse.used >= at
        assert at > 10
        # The next tick does what is left to do, if anything is.
        await planner(e.store, e).tick()
        await released_once(e, 15)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_no_exception_says_what_was_written(database_url: str) -> None:
    async with electorate(database_url, 24) as e:
        await e.launch()
        form = Submission(
            key="k",
            origin=actor(e, 0).origin,
            form=ballot.FORM,
            values={"comment": MARK},
            context=f"{e.pulse_id} ---",
        )
        said = []

        async def send() -> None:
            try:
                await e.store.write(lambda work: answering.on_comment(actor(e, 0), form, work))
            except Exception as error:
                said.append("".join(traceback.format_exception(error)) + repr(error) + str(error.args))

        for at in range(1, 10):
            with breaking(at):
                await send()
        for statement in ("ALTER TABLE slot RENAME COLUMN box TO chest", "DROP TABLE roster"):

            def break_tables(work: Work, statement: str = statement) -> None:
                work.connection.execute(sa.text(statement))

            await e.store.write(break_tables)
            await send()
        assert len(said) >= 5 and "OperationalError" in said[-1]
        assert not [one for one in said if MARK in one]


# ------------------------------------------------------------------------------------------------ the vault


@pytest.mark.parametrize("is_late", [False, True])
async def test_a_vault_that_fails_at_any_step_loses_nothing(database_url: str, is_late: bool) -> None:
    vault = Fragile()
    async with electorate(database_url, PEOPLE, vault=vault) as e:
        vault.is_late = is_late

        async def until_done(do: Callable[[], Any], problems: tuple[type[Exception], ...]) -> int:
            for at in range(1, 60):
                vault.fuse = Fuse(at)
                try:
                    await do()
                except problems:
                    continue
                finally:
                    broke = vault.fuse.used >= at
                    vault.fuse = Fuse(-1)
                if not broke:
                    return at
            raise AssertionError("it never ended")

        number = await e.plan(spec())
        assert (
            await until_done(
                lambda: e.store.write(lambda work: launching.launch(work, number)), (VaultProblem,)
            )
            > 2
        )
        e.one = await e.pulse()
        await launched_once(e)
        press = Press(key="k", origin=actor(e, 0).origin, action="pulse.answer", value=f"{number} --- 0 5")
        assert (
            await until_done(
                lambda: e.store.write(lambda work: answering.on_answer(actor(e, 0), press, work)),
                (CannotSeal,),
            )
            == 2  # it uses the vault once
        )
        for one in e.people[1:12]:
            await e.answer(one, q0=b"\3")
        await e.stop()
        await until_done(lambda: closing.close(e.store, number), (VaultProblem,))
        await planner(e.store, e).tick()
        await released_once(e, 12)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_full_disk_is_told_in_the_log_and_the_next_tick_finishes(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    logs.configure("json", "DEBUG", stream)

    def full(*_: Any) -> Any:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    async with electorate(database_url, PEOPLE, vault=FileVault(tmp_path / "elsewhere" / "vault")) as e:
        await e.plan(spec())
        replica = planner(e.store, e)
        with monkeypatch.context() as patched:
            patched.setattr("storage.vault.link", full)
            assert (await replica.tick()).failed == 1
        assert (await e.pulse()).status is Status.PLANNED
        told = stream.getvalue()
        assert "vault_unusable" in told and "pulse.launch" in told and "No space left on device" in told
        await replica.tick()
        e.one = await e.pulse()
        await launched_once(e)
        for one in e.people[:15]:
            await e.answer(one, q0=b"\4")
        e.clock.move(days=8)
        stream.truncate(0)
        with monkeypatch.context() as patched:
            patched.setattr("storage.vault.sweep", full)
            await replica.tick()
        assert "No space left on device" in stream.getvalue()
        await replica.tick()
        await released_once(e, 15)


@pytest.mark.parametrize("other", [None, MemoryVault()], ids=["none", "of another installation"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_the_right_vault_there_are_sentences_and_no_release(
    database_url: str, other: MemoryVault | None
) -> None:
    async with electorate(database_url, PEOPLE) as e:
        await e.launch()
        for one in e.people[:15]:
            await e.answer(one, q0=b"\4")
        stranger = open_store(database_url, e.clock, vault=other)
        press = Press(
            key="k", origin=actor(e, 0).origin, action="pulse.answer", value=f"{e.pulse_id} --- 0 5"
        )
        try:
            with pytest.raises(CannotSeal, match="Your answer was not taken"):
                await stranger.write(lambda work: answering.on_answer(actor(e, 0), press, work))
            await e.stop()
            with pytest.raises(VaultProblem, match="TANDEM_VAULT_DIR"):
                await closing.close(stranger, e.pulse_id)
            await planner(stranger, e).tick()
            assert (await e.pulse()).status is Status.CLOSING
        finally:
            await stranger.close()
        await closing.close(e.store, e.pulse_id)
        await released_once(e, 15)


# ------------------------------------------------------------------------------------------------ two replicas


async def test_two_replicas_that_launch_and_close_at_the_same_moment_do_it_once(
    database_url: str, tmp_path: Path
) -> None:
    folder = tmp_path / "elsewhere" / "vault"
    async with electorate(database_url, PEOPLE, vault=FileVault(folder)) as e:
        await e.plan(spec())
        second = open_store(database_url, e.clock, pool_size=4, vault=FileVault(folder))
        replicas = [planner(e.store, e), planner(second, e)]
        try:
            await asyncio.gather(*(one.tick() for one in replicas))
            e.one = await e.pulse()
            await launched_once(e)
            # Half of the answers come while both replicas are about to close; late ones are refused, not lost.
            for one in e.people[:10]:
                await e.answer(one, q0=b"\4")
            e.clock.now = e.one.spec.closes_at
            e.clock.move(seconds=-1)
            taken = 10

            async def press(person_id: int) -> bool:
                try:
                    await e.answer(person_id, q0=b"\2")
                except PulseOver:
                    return False
                return True

            late = [asyncio.ensure_future(press(one)) for one in e.people[10:]]
            await asyncio.sleep(0)
            e.clock.move(seconds=2)
            ticks = await asyncio.gather(*(one.tick() for one in replicas))
            taken += sum(await asyncio.gather(*late))
            assert [one.failed for one in ticks] == [0, 0]
            await asyncio.gather(*(one.tick() for one in replicas))
            await released_once(e, taken)
        finally:
            await second.close()
