"""The attacks on pulses and concerns in their long form, as a table: `make attack`."""

import asyncio
import contextlib
import itertools
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.ext.asyncio import create_async_engine

os.environ["TANDEM_ATTACK"] = "long"

from storage import migrate
from tests import postgres
from tests.attack import (
    concern_thieves,
    test_concerns,
    test_linkage,
    test_participation,
    test_writing,
    thieves,
)
from tests.attack.concern_crowd import crowd
from tests.attack.electorate import electorate, neighbours
from tests.attack.thieves import Guessed

ROOT = Path(__file__).parents[2]
_numbers = itertools.count(1)


class Line(NamedTuple):
    """One line of the table."""

    adversary: str
    tried: str
    linked: str
    chance: str
    control: str


Fresh = Callable[[], contextlib.AbstractAsyncContextManager[str]]


def percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def best(found: list[Guessed]) -> Guessed:
    """The way of guessing that did best."""
    return max(found, key=lambda one: one.share)


async def lines(name: str, fresh: Fresh) -> AsyncIterator[Line]:
    """All attacks on one kind of database."""
    who = f"thief, {name}"
    async with fresh() as url:
        real = best(await test_linkage.boxes(url, 200, contextlib.nullcontext))
    async with fresh() as url:
        leaky = (await test_linkage.boxes(url, 60, neighbours, rounds=3))[0]
    yield Line(
        who,
        f"boxes, a copy after each press; best: {real.how}",
        percent(real.share),
        percent(real.chance),
        f"{percent(leaky.share)} (neighbours drawn anew)",
    )
    async with fresh() as url, electorate(url, 200) as e:
        said = best(await test_linkage.comments(e))
        await test_linkage.rewritten(e)
        again = best(await thieves.link_comments(e, test_linkage.in_order(e)))
    async with fresh() as url, electorate(url, 60, is_plain=True) as e:
        plain = best(await test_linkage.comments(e))
    for what, way in (("as they lie", said), ("all written anew", again)):
        yield Line(
            who,
            f"comments, {what}; best: {way.how}",
            percent(way.share),
            percent(way.chance),
            f"{percent(plain.share)} (plain rows)",
        )
    async with fresh() as url:
        real_auc = await test_participation.took_part(url, is_refreshed=True, each=True)
    async with fresh() as url:
        busy = await test_participation.took_part(url, is_refreshed=False)
    async with fresh() as url:
        one_box = await test_participation.took_part(url, is_refreshed=False, one_box=True)
    yield Line(
        who,
        "who took part, forty copies (AUC)",
        f"{real_auc.few:.2f}",
        "0.50",
        f"{busy.few:.2f} (never locked anew), {one_box.few:.2f} (alone)",
    )
    yield Line(
        f"{who}, knows whose box is which",
        "who took part, a copy after each commit (AUC)",
        f"{real_auc.every:.2f}",
        "0.50",
        f"{one_box.few:.2f} (written alone)",
    )
    async with fresh() as url, electorate(url, 200) as e:
        await e.launch()
        for one, parts in test_writing.given(e.people):
            await e.answer(one, **parts)
        stolen = await thieves.copy(e)
        then = [secret for kept in e.vault.names() if (secret := e.vault.get(kept)) is not None]
        await e.close()
        now = [secret for kept in e.vault.names() if (secret := e.vault.get(kept)) is not None]
        opened, before = test_writing.opened(e, stolen, now), test_writing.opened(e, stolen, then)
    yield Line(
        f"restored backup, {name}",
        "opening boxes with the vault of after the close",
        percent(opened / len(stolen.boxes)),
        "0.0 %",
        f"{percent(before / len(stolen.boxes))} (vault of before)",
    )
    async with fresh() as url, crowd(url, 120) as c:
        guessed, ordered = await test_concerns.attacked(c)
    async with fresh() as url, crowd(url, 120) as c:
        with concern_thieves.as_they_come(counted=True):
            counted, _ = await test_concerns.attacked(c)
    real, order = best(guessed), min(ordered, key=lambda one: one.likely)
    yield Line(
        who,
        f"whose concern is which; best: {real.how}",
        percent(real.share),
        percent(real.chance),
        f"{percent(best(counted).share)} (a number that counts up as they come)",
    )
    async with fresh() as url, crowd(url, 120) as c:
        with concern_thieves.as_they_come():
            _, leaky_order = await test_concerns.attacked(c, long=True)
    yield Line(
        who,
        f"who raised one first, standard deviations from chance; best: {order.how}",
        f"{abs(order.z):.1f}",
        "0 to 4",
        f"{max(abs(one.z) for one in leaky_order):.1f} (cases written when they come)",
    )
    if name != "SQLite":
        return
    async with fresh() as url, electorate(url, 100) as e:
        left = await test_linkage.leftovers(e)
    async with fresh() as url, electorate(url, 100) as e:
        with thieves.without_secure_delete(e):
            loose = await test_linkage.leftovers(e)
    yield Line(
        who,
        "pieces of boxes in the files after the close",
        str(left),
        "0",
        f"{loose} (without secure_delete)",
    )


@contextlib.contextmanager
def databases() -> Iterator[dict[str, Fresh]]:
    """Fresh, migrated databases of both kinds."""
    with (
        tempfile.TemporaryDirectory(prefix="tandem-attack-") as folder,
        postgres.server(durable=False) as server,
    ):

        @contextlib.asynccontextmanager
        async def file() -> AsyncIterator[str]:
            url = f"sqlite:///{folder}/{next(_numbers)}/tandem.db"
            await asyncio.to_thread(migrated, url)
            yield url

        @contextlib.asynccontextmanager
        async def database() -> AsyncIterator[str]:
            name = f"attack_{next(_numbers)}"
            engine = create_async_engine(server, isolation_level="AUTOCOMMIT")
            async with engine.connect() as connection:
                await connection.execute(sa.text(f"CREATE DATABASE {name}"))
            await engine.dispose()
            url = sa.make_url(server).set(database=name).render_as_string(hide_password=False)
            await asyncio.to_thread(migrated, url)
            yield url

        yield {"SQLite": file, "PostgreSQL": database}


def migrated(url: str) -> None:
    migrate.upgrade(url)


async def table(kinds: dict[str, Fresh]) -> None:
    random.seed(test_linkage.SEED)
    say("adversary | what was tried | linked | chance | the same on a leaky variant")
    say("--- | --- | --- | --- | ---")
    for name, fresh in kinds.items():
        async for line in lines(name, fresh):
            say(" | ".join(line))


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main() -> int:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
    with databases() as kinds:
        asyncio.run(table(kinds))
    say("\nAll attacks as tests, in their long form:")
    return subprocess.call([sys.executable, "-m", "pytest", "-q", "tests/attack"], cwd=ROOT)


if __name__ == "__main__":
    sys.exit(main())
