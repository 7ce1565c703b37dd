"""Whatever somebody does with a ballot looks the same to the database, and what is released depends on nothing else."""

import asyncio
import contextlib
import random
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from domain.pulses import COMMENT_BYTES
from handlers.pulses import closing
from storage import ballots, pulses, rosters, sealing
from storage.releases import comment, release
from storage.store import Work
from storage.vault import VaultProblem
from tests.attack import thieves
from tests.attack.electorate import Electorate, alone, electorate, spec
from tests.attack.statements import every_statement

FEW = 40


@contextlib.contextmanager
def statements() -> Iterator[list[tuple[str, Any]]]:
    """What is sent to the database meanwhile: the texts, and how long their values are."""
    seen: list[tuple[str, Any]] = []
    with every_statement(lambda text, values: seen.append((text, shape(values)))):
        yield seen


def shape(values: Any) -> Any:
    """The kinds and lengths of values."""
    if isinstance(values, dict):
        return {key: shape(one) for key, one in values.items()}
    if isinstance(values, (list, tuple)):
        return [shape(one) for one in values]
    return (type(values).__name__, len(values) if isinstance(values, (bytes, str)) else None)


#: What somebody may do, one after the other.
DOINGS: dict[str, Callable[[Electorate, int], Awaitable[int]]] = {
    "answer": lambda e, one: e.answer(one, q0=b"\1"),
    "change": lambda e, one: e.answer(one, q0=b"\5"),
    "comment": lambda e, one: e.answer(one, comment=b"a" * COMMENT_BYTES),
    "short comment": lambda e, one: e.answer(one, comment=b"a"),
    "no comment": lambda e, one: e.answer(one, comment=b""),
    "withdraw": lambda e, one: e.withdraw(one),
    "withdraw again": lambda e, one: e.withdraw(one),
}


async def written(
    e: Electorate, person_id: int
) -> tuple[list[list[tuple[str, Any]]], list[frozenset[bytes]]]:
    """The statements of each doing, and which rows are others after it."""
    sent, rows = [], []
    for do in DOINGS.values():
        before = await thieves.copy(e)
        with statements() as seen:
            await do(e, person_id)
        after = await thieves.copy(e)
        sent.append(seen)
        rows.append(frozenset(slot for slot, box in after.boxes.items() if before.boxes[slot] != box))
        assert {len(box) for box in after.boxes.values()} == {len(box) for box in before.boxes.values()}
    return sent, rows


async def test_all_doings_send_the_same_statements_and_write_the_same_rows(database_url: str) -> None:
    async with electorate(database_url, FEW) as e:
        await e.launch()
        sent, rows = await written(e, e.people[3])
        assert sent[0]
        assert all(one == sent[0] for one in sent)
        assert all(one == rows[0] for one in rows) and len(rows[0]) == ballots.BLOCK
        # Nor does it matter whose of the eight it is.
        mine = rows[0]
        others = [one for one in e.people if e.slot_of(one) in mine]
        for one in others:
            again, touched = await written(e, one)
            assert again == sent and touched == rows


async def test_that_comparison_finds_a_withdrawal_that_is_a_deletion(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ballots.write

    def leaky(work: Work, given: ballots.Ballot, parts: Any) -> int:
        if parts is not None:
            return real(work, given, parts)
        with alone():
            return real(work, given._replace(boxes={given.mine: given.boxes[given.mine]}), parts)

    monkeypatch.setattr(ballots, "write", leaky)
    async with electorate(database_url, FEW) as e:
        await e.launch()
        sent, rows = await written(e, e.people[3])
        assert sent[-1] != sent[0] and rows[-1] != rows[0]


async def test_answers_of_one_block_that_come_at_once_all_stand_in_the_end(database_url: str) -> None:
    async with electorate(database_url, FEW) as e:
        await e.launch()
        last = {person_id: bytes([1 + person_id % 5]) for person_id in e.people}

        async def answering_often(person_id: int) -> None:
            for payload in (b"\1", b"\2", b"\3", b"\4", last[person_id]):
                await e.answer(person_id, q0=payload)

        await asyncio.gather(*map(answering_often, e.people))
        assert e.store.vault is not None
        keys = ballots.keys(e.store.vault, e.pulse_id)
        private = e.store.vault.get(ballots.opening_name(e.pulse_id))
        assert private is not None
        boxes = dict(await e.store.read(lambda work: ballots.boxes(work, e.pulse_id, b"")))
        found = {}
        for person_id in e.people:
            number = sealing.slot_id(keys.box, e.pulse_id, person_id)
            mask, inner = sealing.unwrap(keys.box, e.pulse_id, number, boxes[number])
            assert mask == 1
            part = ballots.Box.read(e.one.spec, mask, inner).parts[0]
            found[person_id] = sealing.unseal(private, e.pulse_id, number, part)
        assert found == last


@pytest.mark.parametrize("questions", [1, 2, 3])
@pytest.mark.parametrize("has_comments", [True, False])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_box_is_as_long_whatever_is_in_it(
    database_url: str, questions: int, has_comments: bool
) -> None:
    async with electorate(database_url, FEW) as e:
        await e.launch(spec(questions, comments=has_comments))
        lengths = {len(box) for box in (await thieves.copy(e)).boxes.values()}
        for number, one in enumerate(e.people):
            parts = {f"q{q}": bytes([1 + (number + q) % 5]) for q in range(questions) if number >> q & 1}
            if has_comments and number % 3:
                parts["comment"] = b"x" * (number * 31 % (COMMENT_BYTES + 1))
            if parts:
                await e.answer(one, **parts)
            lengths |= {len(box) for box in (await thieves.copy(e)).boxes.values()}
        expected = 12 + 1 + questions * sealing.inner_bytes(1) + 16
        assert lengths == {expected + (sealing.inner_bytes(COMMENT_BYTES) if has_comments else 0)}


# ------------------------------------------------------------------------------------------------ what is released


def rows_of(work: Work) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """What is released, in the order in which it lies there; comments without their drawn ids."""
    released = [tuple(row) for row in work.connection.execute(sa.select(release))]
    said = [tuple(row) for row in work.connection.execute(sa.select(comment.c.block, comment.c.text))]
    return released, sorted(said)


def given(people: list[int]) -> list[tuple[int, dict[str, bytes]]]:
    """What everybody answers: it depends on who they are alone."""
    return [
        (
            one,
            {
                "q0": bytes([one % 5 + 1]),
                "q1": bytes([one * 7 % 5 + 1]),
                "comment": thieves.name_of(one).encode(),
            },
        )
        for one in people
        if one % 6
    ]


async def released(url: str, order: Callable[[list[Any]], None]) -> tuple[Any, Any]:
    async with electorate(url, 80) as e:
        await e.launch()
        events = given(e.people)
        order(events)
        for one, parts in events:
            await e.answer(one, **parts)
        await e.close()
        first = await e.store.read(rows_of)
        # Once more, as a replica does that comes late, and as one does that finds the keys gone.
        await closing.close(e.store, e.pulse_id)
        await e.store.write(lambda work: closing.stop(work, e.pulse_id))
        await closing.close(e.store, e.pulse_id)
        assert await e.store.read(rows_of) == first
        return first


@pytest.fixture
def fresh_urls(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], str]]:
    """More copies of the same empty SQLite file."""
    database = sa.make_url(database_url).database
    assert database is not None
    content = Path(database).read_bytes()

    def another() -> str:
        path = tmp_path_factory.mktemp("copy") / "tandem.db"
        path.write_bytes(content)
        return f"sqlite:///{path}"

    yield another


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_the_order_of_answers_changes_no_byte_of_the_release(fresh_urls: Callable[[], str]) -> None:
    orders: list[Callable[[list[Any]], None]] = [
        lambda events: None,
        lambda events: events.reverse(),
        lambda events: random.Random(7).shuffle(events),
    ]
    found = [await released(fresh_urls(), order) for order in orders]
    assert found[0] == found[1] == found[2]
    assert found[0][0] and found[0][1]


async def test_closing_twice_changes_nothing(database_url: str) -> None:
    first = await released(database_url, lambda events: None)
    assert first[0]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_another_answer_does_change_the_release(fresh_urls: Callable[[], str]) -> None:
    def differently(events: list[Any]) -> None:
        for number, (_, parts) in enumerate(events):
            if number < 12:
                parts["q0"] = b"\1"

    usual, other = [await released(fresh_urls(), order) for order in (lambda events: None, differently)]
    assert usual[0] != other[0] and usual[1] == other[1]


# ------------------------------------------------------------------------------------------------ restored backups


async def test_a_backup_of_an_open_pulse_opens_nothing_with_the_vault_of_after_the_close(
    database_url: str,
) -> None:
    async with electorate(database_url, FEW) as e:
        await e.launch()
        for one, parts in given(e.people):
            await e.answer(one, **parts)
        stolen = await thieves.copy(e)
        then = {name: e.vault.get(name) for name in e.vault.names()}
        await e.close()
        assert {name for name in e.vault.names() if name.startswith(f"pulse-{e.pulse_id}")} == set()
        now = [secret for name in e.vault.names() if (secret := e.vault.get(name)) is not None]
        assert now and opened(e, stolen, now) == 0
        # The same attack with what was in the vault before it.
        before = [secret for secret in then.values() if secret is not None]
        assert opened(e, stolen, before) == len(stolen.boxes)


def opened(e: Electorate, stolen: thieves.Copy, secrets: list[bytes]) -> int:
    """How many boxes open with any of these secrets, taken as keys in every way that fits."""
    halves = {one[at : at + 32] for one in secrets for at in range(0, len(one) - 31, 32)}
    found = 0
    for slot, box in stolen.boxes.items():
        for wrap in halves:
            try:
                sealing.unwrap(sealing.BoxKeys(wrap, wrap), e.pulse_id, slot, box)
            except sealing.Forged:
                continue
            found += 1
    return found


async def test_a_restored_backup_is_not_released_a_second_time(database_url: str) -> None:
    async with electorate(database_url, FEW) as e:
        await e.launch()
        for one, parts in given(e.people):
            await e.answer(one, **parts)
        await e.stop()
        tables = [pulses.pulse, rosters.roster, ballots.slot]
        kept = await e.store.read(
            lambda work: {table: work.connection.execute(sa.select(table)).all() for table in tables}
        )
        await closing.close(e.store, e.pulse_id)

        def restore(work: Work) -> None:
            for table in (release, comment, *reversed(tables)):
                work.connection.execute(sa.delete(table))
            for table in tables:
                work.connection.execute(sa.insert(table), [dict(row._mapping) for row in kept[table]])

        await e.store.write(restore)
        assert (await e.pulse()).status == "closing"
        assert await e.store.read(closing.due_to_close) == []
        with pytest.raises(VaultProblem):
            await closing.close(e.store, e.pulse_id)
        assert await e.store.read(rows_of) == ([], [])
