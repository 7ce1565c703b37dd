"""Figures over concerns in which nobody can be counted: whole lots of weeks, in groups of none or at least five.

Two things that are shown can be taken from each other: a month from a quarter, what is told of two causes from all.
So everything here is a sum of atoms: a group of labels within a lot. A lot is a run of whole weeks that holds enough
concerns for two groups, and stays what it is once it is closed; an atom holds none or at least `LEAST_IN_FIGURES`;
and what any two views differ by is atoms again. Labels are merged for that, never left out, since what is left out is
the total less the rest. No second dimension is crossed with the first: their margins would tell the small cells.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from domain.concerns import LEAST_IN_FIGURES
from domain.values import Value

#: With so many concerns a lot is closed: two groups could be told apart in it.
LOT = 2 * LEAST_IN_FIGURES
#: How far back figures go if nothing else is asked for, and at the most.
USUAL_WEEKS = 13
MOST_WEEKS = 520

Counts = Mapping[str, int]


class Lot(NamedTuple):
    """Whole weeks that are counted as one."""

    #: ISO weeks with a concern in them, in order; they sort as text.
    weeks: tuple[str, ...]
    concerns: int


def lots(by_week: Counts) -> tuple[Lot, ...]:
    """The lots that are closed, the oldest first; what came after the last one waits for more.

    `by_week` counts the concerns of weeks that are over and from which nothing more can come. It is gone through from
    the first week ever, so that a lot is the same whenever and for whatever one asks.
    """
    found: list[Lot] = []
    weeks: list[str] = []
    concerns = 0
    for week in sorted(by_week):
        weeks.append(week)
        concerns += by_week[week]
        if concerns >= LOT:
            found.append(Lot(tuple(weeks), concerns))
            weeks, concerns = [], 0
    return tuple(found)


def within(known: Sequence[Lot], first_week: str) -> tuple[Lot, ...]:
    """The lots that lie in a time, and the one across its beginning: a lot is never cut."""
    return tuple(lot for lot in known if lot.weeks[-1] >= first_week)


def atoms(counts: Counts) -> tuple[tuple[str, ...], ...]:
    """The labels of one lot in groups of none or at least `LEAST_IN_FIGURES`, small ones merged, each in order.

    A label without any stands alone.
    """
    small = sorted(label for label, count in counts.items() if 0 < count < LEAST_IN_FIGURES)
    alone = sorted(
        (label for label in counts if label not in small), key=lambda label: (counts[label], label)
    )
    while small and sum(counts[label] for label in small) < LEAST_IN_FIGURES:
        another = next((label for label in alone if counts[label]), None)
        if another is None:
            break  # all of them together: fewer than a lot has
        alone.remove(another)
        small.append(another)
    merged = [tuple(sorted(small))] if small else []
    return tuple(sorted([*merged, *((label,) for label in alone)]))


class Group(Value):
    """Labels that are told together."""

    labels: tuple[str, ...]
    concerns: int


class Split(Value):
    """Concerns of some lots by one dimension."""

    #: ISO weeks, both included.
    first_week: str
    last_week: str
    concerns: int
    #: The largest first; without groups of none. A single one tells nothing.
    groups: tuple[Group, ...]

    @property
    def tells(self) -> bool:
        """Whether there is more to it than their number."""
        return len(self.groups) > 1 or any(len(one.labels) == 1 for one in self.groups)

    def count(self, *labels: str) -> int | None:
        """How many have any of these labels; None where that is not told apart from others."""
        wanted = set(labels)
        found = 0
        for one in self.groups:
            if wanted.issuperset(one.labels):
                found += one.concerns
            elif not wanted.isdisjoint(one.labels):
                return None
        return found


def split(known: Sequence[Lot], counts: Mapping[str, Counts]) -> Split | None:
    """The newest of these lots that tell the most groups apart, and of those the most lots; None without any lot.

    `counts` are the concerns of each week by label. Labels that are merged in one lot are merged in all of them.
    """
    best: Split | None = None
    group_of: dict[str, frozenset[str]] = {}
    total: dict[str, int] = {}
    for lot in reversed(known):
        here: dict[str, int] = {}
        for week in lot.weeks:
            for label, count in counts.get(week, {}).items():
                here[label] = here.get(label, 0) + count
        for labels in atoms(here):
            joined = frozenset(labels).union(*(group_of.get(label, frozenset()) for label in labels))
            for label in joined:
                group_of[label] = joined
        for label, count in here.items():
            total[label] = total.get(label, 0) + count
        groups = [
            Group(labels=tuple(sorted(labels)), concerns=sum(total[label] for label in labels))
            for labels in set(group_of.values())
        ]
        told = sorted((one for one in groups if one.concerns), key=lambda one: (-one.concerns, one.labels))
        if best is None or len(told) >= len(best.groups):
            best = Split(
                first_week=lot.weeks[0],
                last_week=known[-1].weeks[-1],
                concerns=sum(total.values()),
                groups=tuple(told),
            )
    return best


class Figures(Value):
    """What is told of concerns over some time, for all of them or for one initiative."""

    first_week: str
    last_week: str
    concerns: int
    #: How many of them have a first answer, and their median time to it; None for fewer than `LEAST_IN_FIGURES`.
    median_hours: float | None
    cause: Split
    gap: Split
    specific: Split
    word: Split
    #: By department of the initiative; None for one initiative.
    department: Split | None


#: The labels of `Figures.specific` and `Figures.word`.
SPECIFIC, VAGUE = "specific", "not specific"
SETTLED, NOT_SETTLED, OTHER = "settled", "not settled", "without an answer"
#: Of a cause or a gap that nobody named, and of a concern about no deployment.
UNKNOWN = "unknown"
NO_DEPLOYMENT = "No deployment named"
