"""What `tandem outbox` shows: how far the messages got, and which were given up and why."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from datetime import timedelta

from storage import progress
from storage.outbox import Priority
from storage.progress import Batch, Overview
from storage.store import Store

#: How often `--watch` looks.
EVERY_S = 2.0
#: So many of what was given up are shown; the rest is counted.
MOST_DEAD = 20

_NO_BATCH = "(single messages)"
_PRIORITIES = {Priority.URGENT: "urgent", Priority.NORMAL: "normal", Priority.LATER: "later"}


async def show(store: Store, say: Callable[[str], None]) -> None:
    """Say once how far the outbox got."""
    say(page(await store.read(lambda work: progress.overview(work, most_dead=MOST_DEAD))))


async def watch(store: Store, say: Callable[[str], None], *, every_s: float = EVERY_S) -> None:
    """Say so again and again, until cancelled; on a terminal each time in the same place."""
    clear = "\033[H\033[J" if sys.stdout.isatty() else ""
    while True:
        found = await store.read(lambda work: progress.overview(work, most_dead=MOST_DEAD))
        say(f"{clear}{found.now:%H:%M:%S} UTC\n\n{page(found)}\n")
        await asyncio.sleep(every_s)


def page(found: Overview) -> str:
    """The outbox in words and columns."""
    if not found.batches:
        return "The outbox is empty."
    parts = [_table(_HEADINGS, [_cells(batch, found) for batch in found.batches])]
    if found.oldest_due_at is None:
        parts.append("Nothing that is due waits.")
    else:
        parts.append(f"The oldest that is due waits for {duration(found.now - found.oldest_due_at)}.")
    if found.dead:
        count = sum(batch.states["dead"] for batch in found.batches)
        rows = [(one.key, one.to, str(one.attempts), one.reason) for one in found.dead]
        parts.append(_table(("given up", "to", "tries", "why"), rows))
        more = f"… and {count - len(rows):,} more. " if count > len(rows) else ""
        parts.append(f"{more}`tandem retry` sends them again; with --key only those whose key begins so.")
    return "\n\n".join(parts)


_HEADINGS = ("batch", "priority", "planned", "sent", "waiting", "failed", "expired", "a second", "time left")


def _cells(batch: Batch, found: Overview) -> tuple[str, ...]:
    left = batch.time_left(found.now)
    states = batch.states
    return (
        batch.name or _NO_BATCH,
        _PRIORITIES.get(Priority(batch.priority), str(batch.priority))
        if batch.priority in set(Priority)
        else str(batch.priority),
        *(
            f"{count:,}"
            for count in (batch.planned, states["sent"], states["waiting"], states["dead"], states["expired"])
        ),
        f"{batch.per_second:.1f}" if batch.per_second else "-",
        "-" if not states["waiting"] else "not known" if left is None else duration(left),
    )


def duration(time: timedelta) -> str:
    """A length of time in words, its two largest parts: "2 h 5 min"."""
    seconds = max(0, round(time.total_seconds()))
    parts = (
        (seconds // 86400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    )
    first = next((number for number, (count, _) in enumerate(parts) if count), len(parts) - 1)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as what is in them; numbers to the right."""
    widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
    numeric = [
        all(cell[:1].isdigit() or cell == "-" for cell in column) for column in zip(*rows, strict=True)
    ]

    def line(cells: Sequence[str]) -> str:
        return "  ".join(
            cell.rjust(width) if right else cell.ljust(width)
            for cell, width, right in zip(cells, widths, numeric, strict=True)
        ).rstrip()

    return "\n".join([line(headings), line(["-" * width for width in widths]), *map(line, rows)])
