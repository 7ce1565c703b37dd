"""The facts of a digest's sections, and the rules by which they are made from sums.

Departments and people stand in alphabetical order, and nothing here orders anybody by effort: a digest is for giving
credit and for what to do next, not for comparing colleagues (seeds, first article, "Recognise and reward
contributions").
"""

from collections.abc import Iterable, Sequence
from datetime import date
from statistics import median
from typing import NamedTuple

from domain.contributions import Kind
from domain.initiatives import Gap
from domain.kpis import Direction, KpiDraft
from domain.reports import alphabetical
from domain.values import Value

#: How many weeks before are the measure of what is usual.
USUAL_WEEKS = 8
#: How many entries a digest proposes to thank for.
MOST_THANKED = 3
#: How many newcomers are named; all are counted.
MOST_NAMED = 30
#: After how many days without a reading a KPI is missing one.
READING_DAYS = 35


class WeekSum(NamedTuple):
    """The counted entries of one kind from one department in one week."""

    #: 0 is the week itself, 8 the earliest of the weeks before.
    weeks_ago: int
    department: str
    kind: Kind
    entries: int
    effort_minutes: int


class Cell(Value):
    """One kind of contribution from one department."""

    department: str
    #: The stored key of a `domain.contributions.Kind`.
    kind: str
    entries: int
    effort_minutes: int
    #: The median of the entries in each of the weeks before.
    usual: float


class DepartmentLine(Value):
    name: str
    entries: int
    effort_minutes: int
    usual: float


class Newcomer(Value):
    """Somebody whose first counted entry ever is of this week."""

    name: str
    department: str


class Contributions(Value):
    """What was put in during a week, beside what is usual."""

    entries: int
    people: int
    effort_minutes: int
    without_effort: int
    usual: float
    departments: tuple[DepartmentLine, ...]
    cells: tuple[Cell, ...]
    #: In alphabetical order, `MOST_NAMED` at the most.
    newcomers: tuple[Newcomer, ...]
    newcomers_in_all: int


def compared(sums: Iterable[WeekSum]) -> tuple[float, tuple[DepartmentLine, ...], tuple[Cell, ...]]:
    """What is usual in all, and the week by department and by department and kind, in alphabetical order.

    A week without an entry counts as nothing: the median is always that of eight weeks.
    """
    entries: dict[tuple[str | None, Kind | None], list[int]] = {}
    minutes: dict[tuple[str | None, Kind | None], int] = {}
    for one in sums:
        for key in ((None, None), (one.department, None), (one.department, one.kind)):
            weeks = entries.setdefault(key, [0] * (USUAL_WEEKS + 1))
            weeks[one.weeks_ago] += one.entries
            if not one.weeks_ago:
                minutes[key] = minutes.get(key, 0) + one.effort_minutes
    usual = {key: float(median(weeks[1:])) for key, weeks in entries.items()}
    told = [key for key in entries if key[0] is not None and (entries[key][0] or usual[key])]
    told.sort(key=lambda key: (alphabetical(key[0] or ""), "" if key[1] is None else key[1].label))
    departments = tuple(
        DepartmentLine(
            name=name, entries=entries[key][0], effort_minutes=minutes.get(key, 0), usual=usual[key]
        )
        for key in told
        if (name := key[0]) is not None and key[1] is None
    )
    cells = tuple(
        Cell(
            department=name,
            kind=kind.key,
            entries=entries[key][0],
            effort_minutes=minutes.get(key, 0),
            usual=usual[key],
        )
        for key in told
        if (name := key[0]) is not None and (kind := key[1]) is not None
    )
    return usual.get((None, None), 0.0), departments, cells


class Candidate(NamedTuple):
    """An entry that may be told."""

    entry_id: int
    person_id: int
    department: str
    #: Whether the person logged for the first time ever.
    newcomer: bool
    #: How many entries of this kind the initiative had in this week and the eight before.
    of_kind: int


THANKS_RULE = (
    "Chosen by rule, not by hours: one for each department first, people who are new to the log first, then kinds of "
    "work that are rare on that initiative, then what was logged first."
)


def worth_telling(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The entries to thank for, `MOST_THANKED` at the most and one a person, by `THANKS_RULE`."""
    ordered = sorted(candidates, key=lambda one: (not one.newcomer, one.of_kind, one.entry_id))
    chosen: list[Candidate] = []
    for per_department in range(1, MOST_THANKED + 1):
        for one in ordered:
            if len(chosen) == MOST_THANKED:
                return chosen
            known = any(other.person_id == one.person_id for other in chosen)
            same = sum(other.department == one.department for other in chosen)
            if not known and same < per_department:
                chosen.append(one)
    return chosen


class Told(Value):
    """An entry worth telling, with what was written."""

    name: str
    department: str
    initiative: str
    kind: str
    what: str
    newcomer: bool


class Thanks(Value):
    told: tuple[Told, ...]


class Settled(Value):
    """A sign-off that came to an end: "signed_off", "declined" or "expired"."""

    #: As in "Go-live of Claims triage".
    title: str
    state: str
    on: date
    #: Who decided, both names where somebody acted for a sponsor; in order of their side.
    by: tuple[str, ...]


class Signoffs(Value):
    settled: tuple[Settled, ...]


class WaitsFor(Value):
    """Whose decision is missing."""

    #: "business" or "technical"; "requester" where changes are wanted.
    side: str
    name: str


class Waits(Value):
    """A sign-off that is under way."""

    title: str
    #: Since when its present version is to be decided, and for how many days that was.
    since: date
    days: int
    expires_on: date
    waits_for: tuple[WaitsFor, ...]


class Waiting(Value):
    open: tuple[Waits, ...]


class Lacks(Value):
    """An initiative that fails the name test, and why."""

    initiative: str
    department: str
    business_sponsor: str
    #: Names of `domain.initiatives.Gap`.
    gaps: tuple[str, ...]

    @property
    def reasons(self) -> tuple[Gap, ...]:
        return tuple(Gap[name] for name in self.gaps)


class NameTest(Value):
    failing: tuple[Lacks, ...]


class Moved(Value):
    """A number that was read in the week, with both names behind it."""

    initiative: str
    department: str
    name: str
    unit: str
    direction: Direction
    baseline: float
    target: float | None
    value: float
    on: date
    #: The reading before this week, if there is one.
    before: float | None
    owner: str

    @property
    def draft(self) -> KpiDraft:
        """As the rules that put numbers into words want it."""
        return KpiDraft(
            key="-",
            name=self.name,
            unit=self.unit,
            direction=self.direction,
            baseline=self.baseline,
            target=self.target,
            owner_id=0,
        )


class Numbers(Value):
    moved: tuple[Moved, ...]


class Unread(Value):
    """A number without a reading for `READING_DAYS`."""

    initiative: str
    name: str
    owner: str
    #: None where it was never read.
    last_on: date | None


class Late(Value):
    """A step of a transition plan whose day has passed."""

    initiative: str
    text: str
    owner: str | None
    due_on: date


class Overdue(Value):
    unread: tuple[Unread, ...]
    steps: tuple[Late, ...]


class Witness(Value):
    """The audit log's head when the digest was made."""

    head: str


def in_order(names: Sequence[Newcomer]) -> tuple[Newcomer, ...]:
    return tuple(sorted(names, key=lambda one: (alphabetical(one.name), alphabetical(one.department))))
