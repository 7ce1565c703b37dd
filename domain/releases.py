"""What of a pulse may be read: groups that are merged, never suppressed, and counts whose ends are not told apart.

Source: "Release by merging" in the anonymity design (docs/privacy.md). Everything here is a function of counts; whose
answer was whose is not known by then, and is not needed.

What a reader sees are atoms: disjoint groups of at least k answers. Every higher level is a sum of atoms, so no two
things that can be read differ by a group smaller than an atom. In each atom the counts 0 to m, and n-m to n, are not
told apart; with k >= 2m+1 nobody's answer is certain, not even to m-1 people of the group who pool their own.
"""

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from domain.trees import EVERYONE as EVERYONE
from domain.trees import Node as Node
from domain.trees import Tree as Tree
from domain.values import Value

#: Never fewer answers in a group, and never fewer counts at its ends that are not told apart.
LEAST_K = 5
LEAST_M = 2
#: A roster that changed by fewer people gives away what those people answered, if all others answered as before.
LEAST_CHANGE = 3
#: A line of a team over time needs so many answers at both of its ends.
LEAST_IN_TREND = 10
#: How wide a band of response is, in points of per cent.
BAND_POINTS = 20


class Atom(Value):
    """A group that is read as one; no part of it is ever shown."""

    #: "team:12" for a team on its own, "others:5" for other teams of team 5, "others:0" for the others of all.
    key: str
    #: The leaves that are counted in it, in order of their ids.
    members: tuple[int, ...]


def atoms(tree: Tree, answered: Mapping[int, int], k: int, held: Collection[int] = ()) -> tuple[Atom, ...]:
    """The groups in which answers are read: disjoint, of at least k answers each, together all leaves of the tree.

    `answered` is how many answered in each leaf (none where it is missing), `held` are teams that must not stand on
    their own this time (`held_by_trend`). Nothing but counts and ids decides, so the groups say nothing that the
    answers said. From the bottom up:

    1. A leaf with at least k answers that is not held is an atom.
    2. What is left below a team, and in it directly, is an atom together if it has at least k answers and, without
       any one held team in it, still LEAST_CHANGE. Otherwise all of it goes on up. A leaf in which nobody answered
       is treated as one in which few did, so that silence is not told either.
    3. What is left at the top and cannot stand is merged with one atom: the one with which it has the lowest team
       in common, then the one with the fewest answers, then the one with the lowest ids. If there is none, the
       whole company is one atom, if it has k answers: nothing is left to hide a held team in.

    Fewer than k answers in all: no atoms. Raises ValueError for answers outside of the leaves and for k below LEAST_K.
    """
    return _merged(tree, (answered,), k, held)


class Range(NamedTuple):
    """From low to high, both included."""

    low: int
    high: int


def coded(value: int, n: int, m: int) -> Range:
    """A count out of n as it may be read: itself, but 0 to m and n-m to n are not told apart.

    Raises ValueError for a count outside of 0 to n and where the two ends would touch (n < 2m+1).
    """
    if not 0 <= value <= n or n < 2 * m + 1:
        raise ValueError(f"{value} of {n} cannot be coded with {m}")
    if value <= m:
        return Range(0, m)
    return Range(n - m, n) if value >= n - m else Range(value, value)


class Tally(NamedTuple):
    """One leaf's answers to one question, exactly; lives in memory, at the close, only."""

    answered: int
    favourable: int
    unfavourable: int


class Released(Value):
    """What may be read about one question in one atom."""

    #: The atom's key.
    node: str
    members: tuple[int, ...]
    #: The question's key.
    question: str
    #: How many answered this question here, exactly.
    n: int
    favourable: Range
    unfavourable: Range


def release(
    tree: Tree,
    questions: Sequence[tuple[str, int, int]],
    tallies: Mapping[str, Mapping[int, Tally]],
    held: Collection[int] = (),
) -> tuple[Released, ...]:
    """All that may be read of a pulse, in a canonical order: by question as asked, then by the leaves' ids.

    `questions` are (key, k, m); `tallies` are question -> leaf -> Tally. All questions share one set of atoms, formed
    with the largest k; in each atom every question has at least so many answers. Were they formed for each question,
    two questions that people answer alike (one written twice) could be subtracted: the first over two teams less the
    second over one of them is a group that nobody meant to show. It also lets one group's causes be compared.

    A question with fewer than k answers in all is left out: it would take the others with it. What remains open: who
    left out one of two like questions is told by the difference of both within an atom, to a reader who knows who
    that was. So a form asks for all its answers, or none.

    Raises ValueError for limits below LEAST_K or LEAST_M, for k < 2m+1 and for tallies that cannot be.
    """
    for key, k, m in questions:
        if k < LEAST_K or m < LEAST_M or k < 2 * m + 1:
            raise ValueError(f"{key}: groups of {k} with ends of {m} do not protect")
    for tally in (tally for leaves in tallies.values() for tally in leaves.values()):
        if min(tally) < 0 or tally.favourable + tally.unfavourable > tally.answered:
            raise ValueError("a tally counts more than there was")
    strictest = max((k for _, k, _ in questions), default=LEAST_K)
    counts = {
        key: {leaf: tally.answered for leaf, tally in tallies.get(key, {}).items()} for key, _, _ in questions
    }
    asked = [(key, m) for key, _, m in questions if sum(counts[key].values()) >= strictest]
    groups = _merged(tree, [counts[key] for key, _ in asked], strictest, held) if asked else ()
    return tuple(_released(atom, key, m, tallies[key]) for key, m in asked for atom in groups)


class Group(NamedTuple):
    """One line of a page: an atom, or a team as the sum of the atoms that lie wholly inside it."""

    #: An atom's key, or "sum:5" for a team and "sum:0" for everyone.
    id: str
    name: str
    #: How many answered the question here.
    n: int
    #: Counts: how many of the n.
    favourable: Range
    unfavourable: Range
    #: How many were invited to what is counted here.
    invited: int
    #: How many of them answered, in per cent, as a band of BAND_POINTS.
    response: Range
    #: How far below "Everyone" it stands: 0 for that, 1 for a department.
    depth: int = 0

    @property
    def favourable_share(self) -> Range:
        """In whole per cent of the answers, rounded outward."""
        return _share(self.favourable, self.n)

    @property
    def unfavourable_share(self) -> Range:
        """In whole per cent of the answers, rounded outward."""
        return _share(self.unfavourable, self.n)


def view(
    tree: Tree, released: Sequence[Released], question: str, *, deepest: int | None = None
) -> tuple[Group, ...]:
    """The lines of a page about one question, from "Everyone" downwards; () where nothing was released.

    With `deepest` only the teams down to that depth are looked at: 1 for the departments.

    Every line is an atom or a sum of atoms. What lies in an atom that spans a team is not shown under that team, and a
    sum of a single atom is shown only where it is the whole team (and then instead of the atom).
    """
    here = {one.node: one for one in _of(released, question)}
    within: dict[int, list[Released]] = defaultdict(list)
    for one in here.values():
        for team in tree.way(tree.around(one.members)):
            within[team].append(one)
    lines: list[Group] = []

    def show(team: int, depth: int) -> None:
        inside = within[team]
        whole = sum(len(one.members) for one in inside) == len(tree.leaves_of(team))
        is_sum = not team or bool(tree.children(team))
        if inside and is_sum and (len(inside) > 1 or whole or not team):
            lines.append(_group(tree, f"sum:{team}", tree.path(team), inside, depth))
            if len(inside) == 1 and whole:
                return
        if own := here.get(f"team:{team}"):
            lines.append(_group(tree, own.node, called(tree, own), [own], depth + is_sum))
        if deepest is None or depth < deepest:
            for child in tree.children(team):
                show(child, depth + 1)
        if others := here.get(f"others:{team}"):
            lines.append(_group(tree, others.node, called(tree, others), [others], depth + 1))

    show(EVERYONE, 0)
    return tuple(lines) if here else ()


def unseen(tree: Tree, released: Sequence[Released], question: str) -> tuple[str, ...]:
    """What is not shown about one question, and where it is counted instead: one sentence for each department."""
    here = _of(released, question)
    if not here:
        return ("Too few answered for anything to be shown.",)
    sentences = []
    for one in here:
        team = int(one.node.partition(":")[2])
        if one.node.startswith("team:"):
            continue
        if len(here) == 1:
            return ("Everything is counted together: no team is shown on its own.",)
        name = called(tree, one)
        if team != EVERYONE:
            together = f"together as {name}" if name == tree.path(team) else f"in {name}"
            sentences.append(f"{_counted(len(one.members))} {together}.")
            continue
        for department in sorted({tree.department(leaf) for leaf in one.members}):
            number = sum(tree.department(leaf) == department for leaf in one.members)
            sentences.append(f"{_counted(number, tree.path(department))} in “{name}”.")
    return tuple(sentences)


def changed(before: Collection[bytes], now: Collection[bytes]) -> int:
    """How many joined and how many left, together; rosters are given as one opaque token for each person."""
    return len(set(before) ^ set(now))


def held_by_trend(
    rosters_before: Mapping[int, Collection[bytes]], rosters_now: Mapping[int, Collection[bytes]]
) -> frozenset[int]:
    """The teams that must not stand on their own now, since one or two people more or less would explain the change.

    `rosters_before` holds, for each team, its roster when it last had a value of its own. An unchanged roster holds
    nothing back, nor does a change of LEAST_CHANGE.

    This is a second lock, not the first: each pulse by itself makes nobody certain, and two of them can be subtracted
    only by somebody who knows that nobody else answers, or stays silent, otherwise than before. Among nine colleagues
    that may be a fair guess, and a team's line over time invites it; so the line is taken away. It is not proof
    against a reader who adds up what a merged group's teams had before, and guesses so about all of them.

    For the same reason the company as a whole is exempt: no larger group is left to count it in, people come and go
    every week, a total that is withheld whenever somebody does would never be read, and the more people a total
    counts, the less anybody knows that none of them changed their mind.
    """
    return frozenset(
        team
        for team, before in rosters_before.items()
        if 0 < changed(before, rosters_now.get(team, ())) < LEAST_CHANGE
    )


def trend_allowed(n_then: int, n_now: int) -> bool:
    """Whether two values of a team may be joined by a line: both of them from at least LEAST_IN_TREND answers."""
    return min(n_then, n_now) >= LEAST_IN_TREND


def readable(tree: Tree, k: int, response: float) -> tuple[str, ...]:
    """The names of the groups that could be read if that share (0 to 1) of each leaf answered, rounded down."""
    answered = {leaf: math.floor(invited * response + 1e-9) for leaf, invited in tree.invited.items()}
    return tuple(called(tree, atom) for atom in atoms(tree, answered, k))


def called(tree: Tree, atom: Atom | Released) -> str:
    """A group's name for people: "Operations/Claims", "Operations (directly)", "Operations, other teams"."""
    kind, _, number = (atom.key if isinstance(atom, Atom) else atom.node).partition(":")
    team = int(number)
    if atom.members == tree.leaves_of(team):
        return tree.path(team)
    if kind == "team":
        return f"{tree.path(team)} (directly)"
    return f"{tree.path(team)}, other teams" if team else "Other teams, across departments"


def _merged(
    tree: Tree, counts: Sequence[Mapping[int, int]], k: int, held: Collection[int]
) -> tuple[Atom, ...]:
    """The atoms (see `atoms`), where a group has as many answers as its least answered question."""
    if k < LEAST_K:
        raise ValueError(f"groups of {k} are too small")
    if any(leaf not in tree.invited and number for count in counts for leaf, number in count.items()):
        raise ValueError("answers come from teams in which nobody was invited")

    def size(leaves: Iterable[int]) -> int:
        leaves = tuple(leaves)
        return min(sum(count.get(leaf, 0) for leaf in leaves) for count in counts)

    def stands(leaves: Sequence[int]) -> bool:
        hidden = all(size(set(leaves) - {one}) >= LEAST_CHANGE for one in leaves if one in held)
        return hidden and size(leaves) >= k

    formed: list[Atom] = []

    def left(team: int) -> list[int]:
        """Forms the atoms below a team; the leaves that go on up."""
        rest: list[int] = []
        for child in tree.children(team):
            rest += left(child)
        if team in tree.invited:
            if team not in held and size([team]) >= k:
                formed.append(Atom(key=f"team:{team}", members=(team,)))
            else:
                rest.append(team)
        if stands(rest):
            formed.append(Atom(key=f"others:{team}", members=tuple(sorted(rest))))
            return []
        return rest

    rest = left(EVERYONE)
    if rest and formed:
        nearest = min(
            formed,
            key=lambda atom: (
                -len(tree.way(tree.around((*rest, *atom.members)))),
                size(atom.members),
                atom.members,
            ),
        )
        formed.remove(nearest)
        members = tuple(sorted((*rest, *nearest.members)))
        formed.append(Atom(key=f"others:{tree.around(members)}", members=members))
    elif rest and size(rest) >= k:
        formed.append(Atom(key=f"others:{EVERYONE}", members=tuple(sorted(rest))))
    return tuple(sorted(formed, key=lambda atom: atom.members))


def _released(atom: Atom, question: str, m: int, tallies: Mapping[int, Tally]) -> Released:
    here = [tallies[leaf] for leaf in atom.members if leaf in tallies]
    n = sum(tally.answered for tally in here)
    return Released(
        node=atom.key,
        members=atom.members,
        question=question,
        n=n,
        favourable=coded(sum(tally.favourable for tally in here), n, m),
        unfavourable=coded(sum(tally.unfavourable for tally in here), n, m),
    )


def _of(released: Iterable[Released], question: str) -> list[Released]:
    return sorted((one for one in released if one.question == question), key=lambda one: one.members)


def _group(tree: Tree, id: str, name: str, parts: Sequence[Released], depth: int) -> Group:
    n = sum(one.n for one in parts)
    invited = sum(tree.invited[leaf] for one in parts for leaf in one.members)
    band = min(100 * n // invited, 99) // BAND_POINTS * BAND_POINTS
    return Group(
        id=id,
        name=name,
        n=n,
        favourable=Range(sum(one.favourable.low for one in parts), sum(one.favourable.high for one in parts)),
        unfavourable=Range(
            sum(one.unfavourable.low for one in parts), sum(one.unfavourable.high for one in parts)
        ),
        invited=invited,
        response=Range(band, band + BAND_POINTS),
        depth=depth,
    )


def _share(counts: Range, n: int) -> Range:
    return Range(100 * counts.low // n, -(-100 * counts.high // n))


def _counted(number: int, of: str = "") -> str:
    whose = f" of {of}" if of else ""
    return f"1 team{whose} is counted" if number == 1 else f"{number} teams{whose} are counted"
