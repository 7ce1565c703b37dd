"""What holds for the release of every pulse, whatever the company, the answers and the order they came in."""

import random
from collections.abc import Iterable, Sequence
from itertools import combinations, product
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain import releases
from domain.releases import Range, Released, Tally, Tree, atoms, release, view
from tests.attack.drawn import Answered, answered, counts, trees
from tests.attack.worlds import tallied

T = TypeVar("T")
SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SLOW
@given(st.data(), trees(), st.integers(5, 12))
def test_groups_are_disjoint_hold_all_teams_and_have_at_least_k_answers(
    data: st.DataObject, tree: Tree, k: int
) -> None:
    here = data.draw(counts(tree))
    held = data.draw(st.sets(st.sampled_from(tree.leaves or (1,))))
    formed = atoms(tree, here, k, held)
    if sum(here.values()) < k:
        assert formed == ()
        return
    assert sorted(leaf for atom in formed for leaf in atom.members) == list(tree.leaves)
    assert all(sum(here[leaf] for leaf in atom.members) >= k for atom in formed)
    assert len({atom.key for atom in formed}) == len(formed)


@SLOW
@given(st.data(), trees(), st.integers(5, 12))
def test_a_held_team_is_always_counted_with_at_least_three_others_unless_there_is_nobody_else(
    data: st.DataObject, tree: Tree, k: int
) -> None:
    here = data.draw(counts(tree))
    held = data.draw(st.sets(st.sampled_from(tree.leaves or (1,))))
    formed = atoms(tree, here, k, held)
    for atom in formed:
        for team in held & set(atom.members):
            beside = sum(here[leaf] for leaf in atom.members if leaf != team)
            assert beside >= releases.LEAST_CHANGE or len(formed) == 1


@SLOW
@given(st.data(), trees())
def test_no_more_teams_are_merged_than_must_be(data: st.DataObject, tree: Tree) -> None:
    here = data.draw(counts(tree))
    alone = {atom.members[0] for atom in atoms(tree, here, 5) if atom.key.startswith("team:")}
    large = {leaf for leaf in tree.leaves if here[leaf] >= 5}
    assert alone <= large
    assert len(large - alone) <= 1


@SLOW
@given(answered(), st.randoms(use_true_random=False))
def test_a_release_does_not_depend_on_the_order_of_anything_but_the_questions(
    pulse: Answered, chance: random.Random
) -> None:
    place, answers = pulse
    shuffled = dict(_shuffled(answers.items(), chance))
    tree = Tree(
        nodes=tuple(_shuffled(place.tree.nodes, chance)),
        invited=dict(_shuffled(place.tree.invited.items(), chance)),
    )
    tallies = {
        key: dict(_shuffled(leaves.items(), chance)) for key, leaves in tallied(place, shuffled).items()
    }
    before = release(place.tree, place.questions, tallied(place, answers), place.held)
    after = release(tree, place.questions, tallies, _shuffled(place.held, chance))
    assert _bytes(after) == _bytes(before)


@SLOW
@given(answered(), st.data())
def test_tallies_with_the_same_codes_make_the_same_bytes(pulse: Answered, data: st.DataObject) -> None:
    place, answers = pulse
    tallies = tallied(place, answers)
    rows = release(place.tree, place.questions, tallies, place.held)
    other = {key: dict(leaves) for key, leaves in tallies.items()}
    for row in rows:
        ways = product(range(row.favourable.low, row.favourable.high + 1), range(*_stop(row.unfavourable)))
        likes, dislikes = data.draw(st.sampled_from([way for way in ways if sum(way) <= row.n]))
        for leaf in row.members:
            if (here := other[row.question].get(leaf)) is not None:
                favourable = min(likes, here.answered)
                unfavourable = min(dislikes, here.answered - favourable)
                other[row.question][leaf] = Tally(here.answered, favourable, unfavourable)
                likes, dislikes = likes - favourable, dislikes - unfavourable
        if likes or dislikes:
            return
    assert _bytes(release(place.tree, place.questions, other, place.held)) == _bytes(rows)


@SLOW
@given(answered())
def test_every_line_of_a_page_is_a_sum_of_groups_and_no_two_lines_differ_by_fewer_than_k(
    pulse: Answered,
) -> None:
    place, answers = pulse
    tallies = tallied(place, answers)
    rows = release(place.tree, place.questions, tallies, place.held)
    for key in dict.fromkeys(row.question for row in rows):
        parts = {row.node: row for row in rows if row.question == key}
        lines = view(place.tree, rows, key)
        assert lines[0].id == "sum:0"
        assert lines[0].n == sum(tally.answered for tally in tallies[key].values())
        assert len({line.id for line in lines}) == len(lines)
        inside: dict[str, set[str]] = {}
        for line in lines:
            kind, _, number = line.id.partition(":")
            below = set(place.tree.leaves_of(int(number)))
            inside[line.id] = (
                {line.id}
                if kind != "sum"
                else {node for node, row in parts.items() if below >= set(row.members)}
            )
            here = [parts[node] for node in inside[line.id]]
            assert line.n == sum(row.n for row in here)
            assert line.favourable.low == sum(row.favourable.low for row in here)
            assert line.unfavourable.high == sum(row.unfavourable.high for row in here)
        for one, two in combinations(inside.values(), 2):
            assert all(parts[node].n >= 5 for node in one ^ two)


@SLOW
@given(answered())
def test_every_group_can_be_read_from_some_line_and_shares_hold_the_truth(pulse: Answered) -> None:
    place, answers = pulse
    tallies = tallied(place, answers)
    rows = release(place.tree, place.questions, tallies, place.held)
    for row in rows:
        lines = view(place.tree, rows, row.question)
        leaves = tallies[row.question]
        true = sum(leaves[leaf].favourable for leaf in row.members if leaf in leaves)
        [line] = [
            line
            for line in lines
            if line.id == row.node
            or (line.id.startswith("sum:") and place.tree.leaves_of(int(line.id[4:])) == row.members)
        ][-1:]
        assert line.favourable_share.low <= 100 * true / row.n <= line.favourable_share.high
        assert line.response.low <= 100 * row.n / line.invited <= line.response.high


def _bytes(rows: Sequence[Released]) -> bytes:
    return "\n".join(row.model_dump_json() for row in rows).encode()


def _stop(counts: Range) -> tuple[int, int]:
    return counts.low, counts.high + 1


def _shuffled(items: Iterable[T], chance: random.Random) -> list[T]:
    shuffled = sorted(items, key=repr)
    chance.shuffle(shuffled)
    return shuffled
