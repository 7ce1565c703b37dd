"""The count of a pulse that is over: boxes are opened in memory, page by page, and only numbers by team are left."""

import asyncio
import os
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context

from domain.pulses import Spec, unpack_comment
from domain.questions import Stance, stance
from domain.releases import Tally
from storage import ballots, sealing
from storage.ballots import Box
from storage.pulses import Pulse
from storage.sealing import BoxKeys, Forged
from storage.store import Store, Work

#: Boxes as (slot, what is in it).
Page = list[tuple[bytes, bytes]]
#: From so many boxes on all cores open them; below, starting processes takes longer than it saves.
MANY_BOXES = 10_000
#: So many pages are read ahead of those that are opened.
MOST_PAGES = 4


@dataclass(slots=True)
class Count:
    """What was opened, by team alone: exact, in memory, and never stored."""

    tallies: dict[str, dict[int, Tally]] = field(default_factory=lambda: defaultdict(dict))
    #: How many answered anything, by team.
    answered: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    comments: list[tuple[int, str]] = field(default_factory=list)

    def add(self, spec: Spec, team: int, parts: Sequence[bytes | None]) -> None:
        """Count one box. Raises Forged for what is no answer."""
        if not any(parts):
            return
        self.answered[team] += 1
        for question, payload in zip(spec.questions, parts, strict=False):
            if payload is None:
                continue
            if len(payload) != 1 or not 1 <= payload[0] <= 5:
                raise Forged
            before = self.tallies[question.key].get(team, Tally(0, 0, 0))
            said = stance(question, payload[0])
            self.tallies[question.key][team] = Tally(
                before.answered + 1,
                before.favourable + (said is Stance.FAVOURABLE),
                before.unfavourable + (said is Stance.UNFAVOURABLE),
            )
        if len(parts) > len(spec.questions) and (text := parts[-1]) is not None:
            self.comments.append((team, unpack_comment(text)))


async def enough(store: Store, one: Pulse, box: BoxKeys, teams: Mapping[bytes, int]) -> bool:
    """Whether any question has answers enough to be read, by the masks alone. Raises Forged.

    If not, no answer is opened: they are destroyed unread.
    """
    totals = [0] * len(one.spec.questions)
    found = 0
    after = b""
    while page := await store.read(_page(one.id, after)):
        for slot, stored in page:
            mask = sealing.unwrap(box, one.id, slot, stored).mask
            if slot not in teams:
                raise Forged
            for number in range(len(totals)):
                totals[number] += mask >> number & 1
        found += len(page)
        after = page[-1][0]
    if found != len(teams):
        raise Forged
    return max(totals) >= one.spec.group


async def counted(
    store: Store, one: Pulse, box: BoxKeys, private: bytes, teams: Mapping[bytes, int]
) -> Count:
    """Open every box, page by page, beside everything else. Raises Forged."""
    count = Count()
    after = b""
    loop = asyncio.get_running_loop()
    opening: deque[tuple[Page, Awaitable[list[list[bytes | None]]]]] = deque()

    async def add_oldest() -> None:
        page, opened = opening.popleft()
        for (slot, _), parts in zip(page, await opened, strict=True):
            count.add(one.spec, teams[slot], parts)

    with _hands(len(teams)) as hands:
        while page := await store.read(_page(one.id, after)):
            opening.append((page, loop.run_in_executor(hands, _open, one, box, private, page)))
            after = page[-1][0]
            if len(opening) > MOST_PAGES:
                await add_oldest()
        while opening:
            await add_oldest()
    return count


@contextmanager
def _hands(boxes: int) -> Iterator[Executor]:
    """Who opens boxes: a thread, or for many of them a process on each core, since opening is all computing.

    Keys and boxes go to those processes through pipes, and end with them.
    """
    if boxes < MANY_BOXES or (cores := os.cpu_count() or 1) < 2:
        with ThreadPoolExecutor(1) as thread:
            yield thread
        return
    with ProcessPoolExecutor(cores, mp_context=get_context("spawn")) as processes:
        yield processes


def _page(pulse_id: int, after: bytes) -> Callable[[Work], Page]:
    return lambda work: ballots.boxes(work, pulse_id, after)


def _open(one: Pulse, box: BoxKeys, private: bytes, page: Page) -> list[list[bytes | None]]:
    """What is in the parts of each box. Raises Forged."""
    opened: list[list[bytes | None]] = []
    key = sealing.opening(private)
    for slot, stored in page:
        unwrapped = sealing.unwrap(box, one.id, slot, stored)
        content = Box.read(one.spec, unwrapped.mask, unwrapped.inner)
        opened.append(
            [
                sealing.unseal(key, one.id, slot, inner, part=part) if content.mask >> part & 1 else None
                for part, inner in enumerate(content.parts)
            ]
        )
    return opened
