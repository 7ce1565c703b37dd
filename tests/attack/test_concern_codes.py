"""A code opens its own concern alone, a copy of the database opens none, and handlers find nobody behind a case."""

import asyncio
import contextlib
import math
import random
import re
import statistics
import time
from collections import Counter
from collections.abc import Iterable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from domain.concerns import ALPHABET, CODE_CHARACTERS, Kind, NoSuchCode, read_code
from domain.contributions import Policy
from handlers.capability import AnyReply
from handlers.concerns import codes
from handlers.concerns.form import Way
from handlers.dispatch import Dispatcher
from handlers.pacer import Pacer
from handlers.registry import capabilities
from storage import case_locks, concerns
from storage.concerns import concern
from storage.sealing import Forged
from storage.store import Work, open_store
from storage.vault import MemoryVault
from tests.attack.concern_crowd import BATCH, HANDLERS, Crowd, crowd, what_of
from tests.attack.statements import every_statement
from tests.attack.thieves import LEVEL
from tests.chat import NoProfiles

CODES = 4000


# ------------------------------------------------------------------------------------------------------- the codes


def unlikely(drawn: Iterable[str]) -> float:
    """How likely characters drawn evenly are so uneven (a normal approximation of chi-square), all places together."""
    places = list(zip(*drawn, strict=True))
    square = 0.0
    for place in places:
        count, expected = Counter(place), len(place) / len(ALPHABET)
        square += sum((count[one] - expected) ** 2 / expected for one in ALPHABET)
    free = len(places) * (len(ALPHABET) - 1)
    return math.erfc((square - free) / math.sqrt(2 * free) / math.sqrt(2)) / 2


def test_codes_have_125_bits_and_every_character_is_as_likely() -> None:
    assert CODE_CHARACTERS * math.log2(len(set(ALPHABET))) == 125
    key = bytes(range(32))
    drawn = [case_locks.code(key, f"window {number}") for number in range(CODES)]
    assert len(set(drawn)) == CODES
    assert all(read_code(one) == one for one in drawn)
    assert LEVEL < unlikely(drawn) < 1 - LEVEL
    # Positive control: bytes taken modulo a number that does not divide them.
    chance = random.Random(1)
    skewed = ["".join(ALPHABET[chance.randrange(256) % 31] for _ in range(25)) for _ in range(CODES)]
    assert unlikely(skewed) < LEVEL


def test_what_a_window_holds_gives_no_code_without_the_vault() -> None:
    nonce = Way.begun().nonce
    assert len(nonce) >= 32
    mine, theirs = (case_locks.code(bytes([number]) * 32, nonce) for number in (1, 2))
    assert mine != theirs
    opened, other = (
        {*case_locks.opened_by(one), *case_locks.word_ids(one, 0), *case_locks.word_ids(one, 1)}
        for one in (mine, theirs)
    )
    assert not opened & other
    assert len(opened) == 3 + 2 * case_locks.MOST_WORDS


async def test_wrong_codes_send_the_same_statements_and_take_about_as_long(database_url: str) -> None:
    async with crowd(database_url, 40) as c:
        await c.come(1, random.Random(3))
        await c.raises(c.people[-1])
        waits, handed = c.codes[c.people[-1]], c.codes[c.lots[0][0]]
        wrong = case_locks.code(bytes(32), "of another window")
        seen: dict[str, list[str]] = {}
        took: dict[str, list[float]] = {}

        def look(work: Work, code: str) -> None:
            with every_statement(lambda text, values: seen.setdefault(code, []).append(text)):
                began = time.perf_counter()
                try:
                    codes.look_up(code, work)
                except NoSuchCode:
                    assert code in (wrong, "nonsense")
                took.setdefault(code, []).append(time.perf_counter() - began)

        for _ in range(30):
            for code in (handed, wrong, waits, "nonsense"):
                await c.store.read(partial(look, code=code))
        statements = {code: texts[: len(texts) // 30] for code, texts in seen.items()}
        assert statements[wrong]
        assert all(texts == statements[wrong] for texts in statements.values())
        # Steps that were left out would be whole statements; what is opened for a right one is much less.
        usual = statistics.median(took[handed])
        for code in (wrong, "nonsense"):
            assert usual / 3 < statistics.median(took[code]) < usual * 3


async def test_that_comparison_finds_a_look_up_that_ends_early(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with crowd(database_url, 40) as c:
        await c.come(1, random.Random(3))
        real = concerns.by_code

        def leaky(work: Work, code: str) -> Any:
            if real(work, code) is None:
                raise NoSuchCode
            return real(work, code)

        monkeypatch.setattr(concerns, "by_code", leaky)
        counts = []
        for code in (c.codes[c.lots[0][0]], "0" * 25):
            found: list[str] = []

            def look(work: Work, code: str = code, found: list[str] = found) -> None:
                with every_statement(lambda text, values: found.append(text)):
                    try:
                        codes.look_up(code, work)
                    except NoSuchCode:
                        return

            await c.store.read(look)
            counts.append(len(found))
        assert counts[0] != counts[1]


async def test_codes_and_concerns_are_limited_without_a_row_of_anybody(database_url: str) -> None:
    async with crowd(database_url, 20) as c:
        one = c.people[HANDLERS]
        before = await c.everything("concern")
        said = [str(await c.says(one, f"concern code {'0' * 25}")) for _ in range(codes.LOOK_UPS.most + 3)]
        limited = [text for text in said if "in an hour" in text]
        assert len(limited) == 3
        for _ in range(5):
            await c.raises(one)
        with pytest.raises(AssertionError):
            await c.raises(one)
        assert await c.everything("concern") == before
        assert len((await c.everything())["concern"]) == 5
        # Somebody else is not slowed down.
        assert "in an hour" not in str(await c.says(c.people[HANDLERS + 1], f"concern code {'0' * 25}"))


# ------------------------------------------------------------------------------------------------- the same twice


async def test_a_form_sent_in_twice_is_one_case_with_one_code(database_url: str) -> None:
    """A double press, the same on two replicas at once, and once more after it was handed over."""
    async with crowd(database_url, 40) as c:
        await c.planner.tick()
        other = open_store(database_url, c.clock, pool_size=4, vault=c.vault)
        replica = Dispatcher(
            other,
            capabilities(),
            policy=Policy(),
            profiles={"slack": NoProfiles(), "teams": NoProfiles()},
            pacer=Pacer(c.clock),
        )
        first = c.dispatch
        one, way = c.people[HANDLERS], Way.begun()
        found = []
        try:
            for _ in range(2):
                tasks = []
                for each in (first, replica):
                    c.dispatch = each
                    tasks.append(asyncio.ensure_future(c.raises(one, way=way)))
                    await asyncio.sleep(0)
                found += [str(reply) for reply in await asyncio.gather(*tasks)]
                if len(found) == 2:
                    await c.hand_over()
        finally:
            c.dispatch = first
            await other.close()
        await c.hand_over()
        assert len(set(found)) == 1
        assert list((await c.truth()).values()) == [one]
        await c.raises(one)  # another window is another case
        assert len(await c.truth()) == 2


# --------------------------------------------------------------------------------------------------------- backups


def opened(work: Work) -> Counter[str]:
    """How many cases, messages and return addresses the vault of this work opens."""
    found: Counter[str] = Counter()
    for case_id in work.connection.execute(sa.select(concern.c.case_id)).scalars().all():
        one = concerns.by_case(work, bytes(case_id))
        assert one is not None
        with contextlib.suppress(Forged):
            found["cases"] += bool(concerns.body(work, one.case_id))
        with contextlib.suppress(Forged):
            found["messages"] += len(concerns.thread(work, one.case_id, with_notes=True))
        with contextlib.suppress(Forged):
            found["addresses"] += concerns.return_address(work, one) is not None
    return +found


async def test_a_copy_of_the_database_opens_nothing_without_its_vault(database_url: str) -> None:
    """With the vault it opens what handlers read anyway, and who asked to be told: the form says so."""
    async with crowd(database_url, 40) as c:
        await c.come(1, random.Random(3), push=True)
        await c.raises(c.people[-1], push=True)  # and one that waits

        def answer(work: Work) -> None:
            one = concerns.by_number(work, 1)
            assert one is not None
            concerns.write(work, one, Kind.ANSWERED, "It is looked into.", author_id=c.people[0])

        await c.store.write(answer)
        reporter = (await c.truth())[(await c.store.read(partial(by_number, number=1))).case_id]
        thief = open_store(database_url, c.clock, pool_size=2, vault=MemoryVault())
        try:
            assert await thief.read(opened) == {}
            # The code of a case opens its answers and nothing else: it is the reporter's own key.
            for one, code in c.codes.items():
                found = await thief.read(partial(concerns.inbox, code=read_code(code) or ""))
                assert [message.text for message in found] == ["It is looked into."] * (one == reporter)
        finally:
            await thief.close()
        assert await c.store.read(opened) == {"cases": BATCH + 1, "messages": 1, "addresses": BATCH}


# ------------------------------------------------------------------------------------------------------- the push


async def test_the_line_by_push_is_tied_to_no_case(database_url: str) -> None:
    async with crowd(database_url, 40) as c:
        await c.come(1, random.Random(3), push=True)

        def answer(work: Work) -> list[bytes]:
            cases = []
            for number in (2, 5, 11):
                one = concerns.by_number(work, number)
                assert one is not None
                concerns.write(work, one, Kind.ANSWERED, "It is looked into.", author_id=c.people[0])
                cases.append(one.case_id)
            return cases

        cases = await c.store.write(answer)
        await c.hand_over()

        def told(work: Work) -> list[Any]:
            query = "SELECT * FROM outbox WHERE key LIKE 'concern.word%' ORDER BY id"
            return list(work.connection.execute(sa.text(query)))

        rows = await c.store.read(told)
        truth = await c.truth()
        assert {row.person_id for row in rows} == {truth[one] for one in cases}
        # All say the same; what differs is whom they go to.
        assert len({(row.message, str(row.created_at), row.batch, row.subject) for row in rows}) == 1
        assert rows[0].subject is None
        assert not re.search(r"C-\d|concern:\d", str(rows))
        assert [row.person_id for row in rows] == sorted(row.person_id for row in rows)


# --------------------------------------------------------------------------------------------- what handlers can find


async def read_by_handlers(c: Crowd) -> list[str]:
    """Everything that a handler gets by asking, of HR and of the AI function."""
    said: list[AnyReply] = []
    for handler in c.people[:2]:
        lines = [f"concern list {name}" for name in ("", "mine", "new", "overdue", "closed")]
        lines += [
            f"concern {verb} C-{number}" for verb in ("show", "thread") for number in range(1, BATCH + 2)
        ]
        lines += ["concern figures 52", "concern changes", "concern mine"]
        said += [await c.says(handler, line.strip()) for line in lines]
    return [reply.model_dump_json() for reply in said]


def named(texts: Iterable[str], people: Iterable[int], c: Crowd) -> set[int]:
    """Which of these people are in a text by name, address or id."""
    found = set()
    joined = "\n".join(texts)
    for one in people:
        number = c.people.index(one)
        if re.search(rf"Person {number} Alder|\bp{number}@alder|\bU{one}\b", joined):
            found.add(one)
    return found


async def test_handlers_find_no_reporter_in_anything_they_can_ask_for(database_url: str) -> None:
    async with crowd(database_url, 40) as c:
        await c.come(1, random.Random(3), push=True)
        texts = await read_by_handlers(c)
        assert sum(what_of(one) in text for one in c.lots[0] for text in texts) >= 2 * BATCH
        assert named(texts, c.lots[0], c) == set()
        # Positive control: handlers themselves are found once one of them owns a case.
        await c.store.write(
            lambda work: concerns.change(work, by_number(work, 1).case_id, owner_id=c.people[0])
        )
        assert named(await read_by_handlers(c), c.people[:1], c) == {c.people[0]}


async def test_before_it_is_handed_over_handlers_see_nothing_at_all(database_url: str) -> None:
    async with crowd(database_url, 40) as c:
        before = await read_by_handlers(c)
        await c.raises(c.people[HANDLERS])
        assert await read_by_handlers(c) == before


def by_number(work: Work, number: int) -> Any:
    one = concerns.by_number(work, number)
    assert one is not None
    return one
