"""The lines of a list in a digest: so many of them, and how many there are besides."""

from collections.abc import Sequence

from handlers.cards import Context, Shown, Text, runs

#: Lines of one list that are shown; the others are counted.
MOST_SHOWN = 10


def lines(every: Sequence[Text]) -> list[Shown]:
    """The first lines, and a count of those that are left out."""
    left = len(every) - MOST_SHOWN
    more: list[Shown] = [Context(runs=runs(f"And {left:,} more."))] if left > 0 else []
    return [*every[:MOST_SHOWN], *more]
