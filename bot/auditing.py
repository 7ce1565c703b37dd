"""`tandem verify`: walks the audit log and says in a sentence whether all of it holds."""

import asyncio
from collections.abc import Callable

from bot.problem import Problem
from domain.audit import Head, digest, read_head
from storage import verification
from storage.store import Store
from storage.verification import earlier, misfit


def witnessed_head(text: str) -> Head:
    """A head as somebody typed it. Raises Problem."""
    head = read_head(text)
    if head is None:
        raise Problem(
            "--witnessed is a head as `tandem verify` prints it: the number, a colon and 64 digits from 0 to f, "
            f"as in 1234:{digest('an example')}",
            exit_code=2,
        )
    return head


async def walk(
    store: Store, *, witnessed: Head | None, progress: Callable[[int], None] = lambda entries: None
) -> str:
    """Verify everything; the sentence where it holds. Raises Problem with the first broken place."""
    found = earlier(
        *await asyncio.gather(
            store.read(lambda work: verification.walk(work, witnessed=witnessed, progress=progress)),
            store.read(misfit),
        )
    )
    if found.broken is not None:
        raise Problem(f"{found.broken}\n{_before(found.head)}")
    entries = f"{found.entries:,} {'entry' if found.entries == 1 else 'entries'}"
    decisions = f"{found.decisions:,} {'decision' if found.decisions == 1 else 'decisions'}"
    also = "" if witnessed is None else f" Entry {witnessed.number} is the one that was witnessed."
    return f"{entries} and {decisions} hold.{also} Head: {found.head}"


def _before(head: Head) -> str:
    return (
        "No entry was found to hold before it."
        if head.number == 0
        else f"The chain holds up to entry {head.number:,}."
    )
