"""Possible worlds: what a reader of a pulse's results, with insiders in the groups, can be certain of.

The attack goes through every way in which people could have answered (a world), sorts the worlds by what a reader
sees, and asks: is there anybody whose answer is the same in all worlds that look alike, and in which the insiders
answered what they know they answered? The reader knows the code, the tree, who answered and what was seen; nothing
is left to chance, so guessing is never certain (chance 0).
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import combinations, product
from typing import NamedTuple

from domain.releases import Atom, Node, Range, Released, Tally, Tree, atoms, coded, release, unseen, view

FAVOURABLE, NEUTRAL, UNFAVOURABLE = range(3)
Tallies = Mapping[str, Mapping[int, Tally]]


class Place(NamedTuple):
    """A pulse in which everything is known but the answers."""

    tree: Tree
    #: The leaf of each person who answered.
    seats: tuple[int, ...]
    #: (key, k, m).
    questions: tuple[tuple[str, int, int], ...] = (("trust", 5, 2),)
    held: frozenset[int] = frozenset()
    #: (person, question) by their positions: who left out what.
    skipped: frozenset[tuple[int, int]] = frozenset()
    #: Whether everybody answers all questions alike, and the reader knows it.
    alike: bool = False

    @property
    def insiders(self) -> int:
        """With how many insiders nobody's answer may be certain: the smallest m, less one."""
        return min(m for _, _, m in self.questions) - 1


#: All that can be read of these tallies, as one text.
Reader = Callable[[Place, Tallies], str]


class Found(NamedTuple):
    """What the attack came to, in cases: somebody other than the insiders, a question, and what the reader knows."""

    tried: int
    #: Whose answer is certain.
    linked: int
    #: Of whom it is certain that they were not favourable, or not unfavourable.
    excluded: int

    def __add__(self, other: object) -> "Found":
        assert isinstance(other, Found)
        return Found(self.tried + other.tried, self.linked + other.linked, self.excluded + other.excluded)


def attack(place: Place, reader: Reader, insiders: int) -> Found:
    """Goes through all worlds and all choices of insiders."""
    blocks, width = _blocks(place)
    views: dict[str, int] = {}
    known: dict[tuple[object, ...], int] = {}
    worlds: list[tuple[int, int]] = []
    for world in product(*blocks):
        counts = tuple(count for _, count in world)
        if counts not in known:
            text = reader(place, _tallies(counts))
            known[counts] = views.setdefault(text, len(views) << width)
        worlds.append((sum(bits for bits, _ in world), known[counts]))
    found = Found(0, 0, 0)
    for group in combinations(range(len(place.seats)), insiders):
        own = sum(7 << place_of(place, person, question) for person, question in _answers(place, group))
        alike: dict[int, int] = {}
        for bits, seen in worlds:
            key = seen | (bits & own)
            alike[key] = alike.get(key, 0) | bits
        others = set(range(len(place.seats))) - set(group)
        shifts = {place_of(place, person, question) for person, question in _answers(place, others)}
        for possible in alike.values():
            for shift in shifts:
                stances = possible >> shift & 7
                both_ends = stances & 1 << FAVOURABLE and stances & 1 << UNFAVOURABLE
                found += Found(1, stances.bit_count() == 1, not both_ends)
    return found


def published(place: Place, tallies: Tallies) -> str:
    """What a reader sees: the released rows, all lines of all pages, and what is said to be missing."""
    return shown(place, release(place.tree, place.questions, tallies, place.held))


def shown(place: Place, rows: Sequence[Released]) -> str:
    """The released rows and all that is made from them, as text."""
    pages = [(view(place.tree, rows, key), unseen(place.tree, rows, key)) for key, _, _ in place.questions]
    return "\n".join([*(row.model_dump_json() for row in rows), repr(pages)])


def with_exact_counts(place: Place, tallies: Tallies) -> str:
    """Leaky: the same groups, but counts as they are."""
    return _with(place, tallies, lambda value, n, m: Range(value, value))


def with_small_teams_hidden(place: Place, tallies: Tallies) -> str:
    """Leaky: teams below k are left out, and the totals of departments and of everyone are shown beside the others."""
    rows = []
    for key, k, m in place.questions:
        for team in (0, *(node.id for node in place.tree.nodes)):
            part = Atom(key=f"sum:{team}", members=place.tree.leaves_of(team))
            rows.append(_row(part, key, k, m, tallies[key], coded))
    return repr(rows)


def with_groups_for_each_question(place: Place, tallies: Tallies) -> str:
    """Leaky where questions are answered alike: each question has groups of its own, from its own k."""
    rows = []
    for key, k, m in place.questions:
        answered = {leaf: tally.answered for leaf, tally in tallies[key].items()}
        rows += [
            _row(atom, key, k, m, tallies[key], coded) for atom in atoms(place.tree, answered, k, place.held)
        ]
    return repr(rows)


def possible_worlds(long: bool = False) -> dict[str, object]:
    """The attack on what is published, and on a leaky variant as its control; shares are of the cases tried."""
    found = control = Found(0, 0, 0)
    for place in places(long):
        found += attack(place, published, place.insiders)
        control += attack(place, with_exact_counts, place.insiders)
    return {
        "adversary": "reader of reports with m-1 insiders",
        "tried": found.tried,
        "linked": found.linked / found.tried,
        "chance": 0.0,
        "control": control.linked / control.tried,
    }


def places(long: bool = False) -> Iterator[Place]:
    """Small pulses of many shapes; the long form adds larger ones."""
    sensitive = (("interest", 7, 3),)
    yield from (flat(size) for size in range(5, 9))
    yield flat(5, 3)
    yield flat(4, 4)
    yield flat(5, 2, 1)
    yield flat(3, 3, 2)
    yield flat(5, 3)._replace(held=frozenset({1}))
    yield flat(7, questions=sensitive)
    yield flat(7, 1, questions=sensitive)
    yield branched({4: 5, 5: 1, 6: 2})
    yield branched({1: 2, 4: 5, 6: 1})
    yield branched({4: 2, 5: 3, 6: 2})
    yield flat(5, questions=(("trust", 5, 2), ("use", 5, 2)))
    yield flat(6, questions=(("trust", 5, 2), ("use", 5, 2)))._replace(
        skipped=frozenset({(0, 1)}), alike=False
    )
    if long:
        yield flat(5, 5)
        yield flat(6, 5)
        yield flat(5, 5, 1)
        yield branched({4: 5, 5: 2, 6: 4})
        yield flat(6, 6)
        yield branched({1: 1, 4: 5, 5: 1, 6: 5})
        yield flat(8, questions=sensitive)
        yield flat(8, 3, questions=sensitive)
        yield flat(9, questions=(("control", 9, 4),))
        yield flat(5, 5, questions=(("trust", 5, 2), ("interest", 7, 3)))._replace(alike=True)


def flat(*sizes: int, questions: tuple[tuple[str, int, int], ...] = (("trust", 5, 2),)) -> Place:
    """Departments 1, 2, ... without teams, with so many answers each."""
    teams = range(1, len(sizes) + 1)
    nodes = tuple(Node(team, f"Department {team}", None) for team in teams)
    return _place(nodes, dict(zip(teams, sizes, strict=True)), questions)


def branched(sizes: Mapping[int, int]) -> Place:
    """Departments 1 and 2 with the teams 4 and 5 below the first, 6 below the second, and 7 below 6."""
    nodes = (
        Node(1, "Operations", None),
        Node(2, "Finance", None),
        Node(4, "Claims", 1),
        Node(5, "Post", 1),
        Node(6, "Payroll", 2),
        Node(7, "Travel", 6),
    )
    return _place(nodes, sizes, (("trust", 5, 2),))


def _place(
    nodes: tuple[Node, ...], sizes: Mapping[int, int], questions: tuple[tuple[str, int, int], ...]
) -> Place:
    tree = Tree(nodes=nodes, invited={team: size + 1 for team, size in sizes.items()})
    return Place(tree, tuple(team for team, size in sizes.items() for _ in range(size)), questions)


def tallied(place: Place, answers: Mapping[tuple[int, int], int]) -> Tallies:
    """The tallies of one world: (person, question) -> stance."""
    tallies: dict[str, dict[int, Tally]] = {key: {} for key, _, _ in place.questions}
    for (person, question), stance in answers.items():
        leaves, leaf = tallies[place.questions[question][0]], place.seats[person]
        before = leaves.get(leaf, Tally(0, 0, 0))
        leaves[leaf] = Tally(
            before.answered + 1,
            before.favourable + (stance == FAVOURABLE),
            before.unfavourable + (stance == UNFAVOURABLE),
        )
    return tallies


def another(
    place: Place,
    answers: Mapping[tuple[int, int], int],
    insiders: Collection[int],
    case: tuple[int, int],
    stance: int,
) -> dict[tuple[int, int], int] | None:
    """A world in which one person gave one question another answer, and the insiders theirs; None if there is none.

    It is built from the code of what was published; whether it really looks the same is for the caller to check.
    """
    person, question = case
    rows = release(place.tree, place.questions, tallied(place, answers), place.held)
    key = place.questions[question][0]
    [row] = [row for row in rows if row.question == key and place.seats[person] in row.members]
    here = [(one, asked) for one, asked in answers if asked == question and place.seats[one] in row.members]
    fixed = {one: answers[one] for one in here if one[0] in insiders} | {case: stance}
    free = [one for one in here if one not in fixed]
    given = list(fixed.values())
    for favourable, unfavourable in product(_all(row.favourable), _all(row.unfavourable)):
        likes = favourable - given.count(FAVOURABLE)
        dislikes = unfavourable - given.count(UNFAVOURABLE)
        rest = len(free) - likes - dislikes
        if min(likes, dislikes, rest) >= 0:
            stances = [FAVOURABLE] * likes + [UNFAVOURABLE] * dislikes + [NEUTRAL] * rest
            return {**answers, **fixed, **dict(zip(free, stances, strict=True))}
    return None


def _blocks(place: Place) -> tuple[list[list[tuple[int, tuple[tuple[str, int, Tally], ...]]]], int]:
    """For people who are counted together: all ways they answer, as bits, with what each way adds to the tallies."""
    blocks = []
    every = range(len(place.questions))
    for leaf in sorted(set(place.seats)):
        people = [person for person, seat in enumerate(place.seats) if seat == leaf]
        for questions in [every] if place.alike else [[question] for question in every]:
            takers = [one for one in people if set(_answers(place, [one])) & {(one, q) for q in questions}]
            block = []
            for stances in product(range(3), repeat=len(takers)):
                bits = sum(
                    1 << place_of(place, one, questions[0]) + stance
                    for one, stance in zip(takers, stances, strict=True)
                )
                answers = {
                    (one, question): stance
                    for one, stance in zip(takers, stances, strict=True)
                    for question in questions
                    if (one, question) not in place.skipped
                }
                counts = tuple(
                    (key, leaf, tally)
                    for key, leaves in tallied(place, answers).items()
                    for tally in leaves.values()
                )
                block.append((bits, counts))
            blocks.append(block)
    return blocks, 3 * len(place.seats) * len(place.questions)


def place_of(place: Place, person: int, question: int) -> int:
    """Where the three bits of an answer stand."""
    return 3 * (person * len(place.questions) + (0 if place.alike else question))


def _answers(place: Place, people: Collection[int]) -> set[tuple[int, int]]:
    return {
        (person, question)
        for person in people
        for question in range(len(place.questions))
        if (person, question) not in place.skipped
    }


def _tallies(counts: tuple[tuple[tuple[str, int, Tally], ...], ...]) -> Tallies:
    tallies: dict[str, dict[int, Tally]] = {}
    for key, leaf, tally in (one for block in counts for one in block):
        tallies.setdefault(key, {})[leaf] = tally
    return tallies


def _with(place: Place, tallies: Tallies, code: Callable[[int, int, int], Range]) -> str:
    rows = []
    for row in release(place.tree, place.questions, tallies, place.held):
        [(k, m)] = [(k, m) for key, k, m in place.questions if key == row.question]
        part = Atom(key=row.node, members=row.members)
        rows.append(_row(part, row.question, k, m, tallies[row.question], code))
    return repr(rows)


def _row(
    part: Atom,
    question: str,
    k: int,
    m: int,
    tallies: Mapping[int, Tally],
    code: Callable[[int, int, int], Range],
) -> tuple[object, ...]:
    here = [tallies[leaf] for leaf in part.members if leaf in tallies]
    n = sum(tally.answered for tally in here)
    if n < k:
        return (part.key, question)
    favourable, unfavourable = (sum(tally[column] for tally in here) for column in (1, 2))
    return (part.key, question, n, code(favourable, n, m), code(unfavourable, n, m))


def _all(counts: Range) -> range:
    return range(counts.low, counts.high + 1)
