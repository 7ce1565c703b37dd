"""The record of one's own contributions, for a review conversation: facts, and sentences made from them by rules.

The rules of the sentences, so that nobody has to guess where a word comes from:
1. One sentence for each initiative, three at the most: first those with a lead, then equal, then supporting part;
   among the same the one with more entries, then in alphabetical order. A last one says how many more there are.
2. The degree chooses the verb (led, shared in, supported), the kinds the nouns, in alphabetical order.
3. The department is named as the one that led the work and the AI function as its technical partner; for somebody
   of the AI function the same is said from the other side (seeds, first article, "Explicit credit-sharing").
4. Counts and hours are those of counted entries; where no entry gave an effort, no hours are stated.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from domain.contributions import Degree, Kind, effort_words
from domain.people import TeamKind
from domain.reports import Period, alphabetical, and_words, counted
from domain.values import Value

MOST_SENTENCES = 3

_VERBS = {Degree.LEAD: "led", Degree.EQUAL: "shared in", Degree.SUPPORTING: "supported"}
_NOUNS = {
    Kind.DATA: "data work",
    Kind.EXPERTISE: "expert advice",
    Kind.CHANGE: "operational change",
    Kind.RISK: "taking operational risk",
}


class Part(NamedTuple):
    """One's entries of one kind and degree on one initiative."""

    kind: Kind
    degree: Degree
    #: The kind of the team that one sat in.
    team_kind: TeamKind
    entries: int
    #: Of the entries those without an effort.
    without_effort: int
    effort_minutes: int


class Thanks(NamedTuple):
    """A thank-you for an entry."""

    initiative_id: int
    day: date
    by: str
    text: str


class Reached(NamedTuple):
    """A milestone that an initiative passed while one contributed to it."""

    day: date
    name: str


class OnInitiative(Value):
    """What one did for one initiative."""

    name: str
    #: The top of the path of the department that owns it.
    department: str
    parts: tuple[Part, ...]
    #: The latest first.
    thanks: tuple[Thanks, ...] = ()
    #: In order of day.
    milestones: tuple[Reached, ...] = ()

    @property
    def entries(self) -> int:
        return sum(part.entries for part in self.parts)

    @property
    def without_effort(self) -> int:
        return sum(part.without_effort for part in self.parts)

    @property
    def effort_minutes(self) -> int | None:
        """None where no entry gave an effort."""
        return _effort(self.parts)

    @property
    def degree(self) -> Degree:
        """The highest that one had."""
        return min((part.degree for part in self.parts), key=list(Degree).index)


class Record(Value):
    """A person's counted contributions in some days."""

    person: str
    email: str
    team: str
    period: Period
    #: In alphabetical order.
    initiatives: tuple[OnInitiative, ...]
    #: Entries that somebody else logged and that wait for one's word; not counted.
    awaiting: int = 0

    @property
    def entries(self) -> int:
        return sum(one.entries for one in self.initiatives)

    @property
    def thanks(self) -> int:
        return sum(len(one.thanks) for one in self.initiatives)

    @property
    def effort_minutes(self) -> int | None:
        return _effort([part for one in self.initiatives for part in one.parts])


def initiatives_in_order(initiatives: Sequence[OnInitiative]) -> tuple[OnInitiative, ...]:
    return tuple(sorted(initiatives, key=lambda one: alphabetical(one.name)))


def sentences(record: Record) -> tuple[str, ...]:
    """Sentences ready to paste, by the rules above; none if there is nothing to say."""
    order = list(Degree)
    chosen = sorted(
        record.initiatives,
        key=lambda one: (order.index(one.degree), -one.entries, alphabetical(one.name)),
    )
    said = [_sentence(one) for one in chosen[:MOST_SENTENCES]]
    more = len(chosen) - MOST_SENTENCES
    if more > 0:
        said.append(f"Contributed to {counted(more, 'more initiative')} besides.")
    return tuple(said)


def _sentence(one: OnInitiative) -> str:
    clauses: list[str] = []
    for degree in Degree:
        mine = [part for part in one.parts if part.degree is degree]
        if mine:
            nouns = sorted({_NOUNS.get(part.kind, part.kind.label) for part in mine})
            clauses.append(f"{_VERBS[degree]} {and_words(nouns)} ({size_words(mine)})")
    if all(part.team_kind is TeamKind.AI for part in one.parts):
        whose = f"an initiative led by {one.department}, as its technical partner"
    else:
        whose = f"an initiative led by {one.department} with the AI function as technical partner"
    return f"On {one.name}, {whose}: {and_words(clauses)}."


def size_words(parts: Sequence[Part]) -> str:
    """As in "12 entries, 31 h", or "2 entries" where none gave an effort."""
    entries = counted(sum(part.entries for part in parts), "entry", "entries")
    effort = _effort(parts)
    return entries if effort is None else f"{entries}, {effort_words(effort)}"


def kind_words(parts: Sequence[Part]) -> str:
    """As in "data (lead), testing (equal and supporting)"."""
    kinds = sorted({part.kind for part in parts}, key=lambda kind: kind.label)
    return ", ".join(
        f"{kind.label} ("
        + and_words([degree.value for degree in Degree if any(p[:2] == (kind, degree) for p in parts)])
        + ")"
        for kind in kinds
    )


def _effort(parts: Sequence[Part]) -> int | None:
    with_effort = [part for part in parts if part.entries > part.without_effort]
    return sum(part.effort_minutes for part in with_effort) if with_effort else None
