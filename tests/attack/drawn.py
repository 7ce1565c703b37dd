"""Pulses of any shape, as Hypothesis draws them."""

from typing import NamedTuple

from hypothesis import strategies as st

from domain.releases import Node, Tree
from tests.attack.worlds import Place

LIMITS = [(5, 2), (5, 2), (5, 2), (6, 2), (7, 3), (10, 4)]

#: What the people of a team answer; None is an answer left out.
HABITS: list[list[int | None]] = [[0], [1], [2], [0, 0, 0, 2], [0, 1, 2, None]]


class Answered(NamedTuple):
    """A pulse with its answers."""

    place: Place
    #: (person, question) -> stance.
    answers: dict[tuple[int, int], int]


@st.composite
def trees(draw: st.DrawFn, most_teams: int = 9, most_invited: int = 12) -> Tree:
    """Trees of teams, people in inner teams included; the ids say nothing about the shape."""
    ids = draw(st.permutations(range(1, draw(st.integers(1, most_teams)) + 1)))
    nodes = tuple(
        Node(team, f"Team {team}", draw(st.sampled_from([None, *ids[:place]])))
        for place, team in enumerate(ids)
    )
    return Tree(nodes=nodes, invited={team: draw(st.integers(0, most_invited)) for team in ids})


@st.composite
def counts(draw: st.DrawFn, tree: Tree) -> dict[int, int]:
    """How many answered in each leaf."""
    return {
        leaf: draw(st.one_of(st.just(invited), st.integers(0, invited)))
        for leaf, invited in tree.invited.items()
    }


@st.composite
def answered(draw: st.DrawFn) -> Answered:
    """Pulses with up to three questions; whole teams often answer as one, since that is where it is hard to hide."""
    tree = draw(trees(most_invited=16))
    limits = draw(st.lists(st.sampled_from(LIMITS), min_size=1, max_size=3))
    present = draw(counts(tree))
    seats = tuple(leaf for leaf, number in present.items() for _ in range(number))
    answers = {}
    for question in range(len(limits)):
        habits: dict[int, list[int | None]] = {leaf: draw(st.sampled_from(HABITS)) for leaf in present}
        for person, leaf in enumerate(seats):
            stance = draw(st.sampled_from(habits[leaf]))
            if stance is not None:
                answers[person, question] = stance
    every = {(person, question) for person in range(len(seats)) for question in range(len(limits))}
    place = Place(
        tree,
        seats,
        tuple((f"question {number}", k, m) for number, (k, m) in enumerate(limits)),
        held=frozenset(draw(st.sets(st.sampled_from(tree.leaves), max_size=3)))
        if tree.leaves
        else frozenset(),
        skipped=frozenset(every - answers.keys()),
    )
    return Answered(place, answers)
