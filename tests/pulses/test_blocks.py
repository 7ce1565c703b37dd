"""The teams of a pulse as they were frozen, and the blocks in which its comments are shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.blocks import blocks, shown_comments
from domain.trees import Node, Tree
from tests.attack.drawn import trees

TREE = Tree(
    nodes=(
        Node(9, "Finance", None),
        Node(5, "Operations", None),
        Node(6, "Claims", 5),
        Node(7, "Legal", None),
    ),
    invited={5: 2, 6: 12, 7: 0, 9: 8},
)


def test_blocks_of_comments_are_the_departments_that_are_asked() -> None:
    assert blocks(TREE) == (5, 9)


def test_comments_of_a_large_block_stand_under_it_and_those_of_the_rest_together() -> None:
    assert shown_comments({1: 30, 2: 9, 3: 6}, {1: 5, 2: 4, 3: 1}) == {1: 1, 2: 0, 3: 0}


def test_comments_that_too_few_could_have_written_are_never_shown() -> None:
    assert shown_comments({1: 30, 2: 9}, {1: 5, 2: 9}) == {1: 1}
    assert shown_comments({1: 30, 2: 30}, {1: 2, 2: 2}) == {}


@given(st.dictionaries(st.integers(1, 9), st.tuples(st.integers(0, 20), st.integers(0, 20)), max_size=6))
def test_every_heading_of_comments_stands_for_ten_answers_and_five_comments(
    numbers: dict[int, tuple[int, int]],
) -> None:
    people = {block: max(number) for block, number in numbers.items()}
    comments = {block: min(number) for block, number in numbers.items()}
    shown = shown_comments(people, comments)
    for heading in set(shown.values()):
        under = [block for block, where in shown.items() if where == heading]
        assert heading == 0 or under == [heading]
        assert sum(people[block] for block in under) >= 10
        assert sum(comments[block] for block in under) >= 5


@given(trees())
def test_a_tree_is_the_same_after_it_was_stored(tree: Tree) -> None:
    assert Tree.model_validate_json(tree.model_dump_json()) == tree


@pytest.mark.parametrize(
    ("nodes", "invited"),
    [
        ([Node(1, "A", 2), Node(2, "B", 1)], {}),
        ([Node(0, "A", None)], {}),
        ([Node(1, "A", None), Node(1, "B", None)], {}),
        ([Node(1, "A", 7)], {}),
        ([Node(1, "A", None)], {2: 1}),
        ([Node(1, "A", None)], {1: -1}),
    ],
)
def test_what_is_no_tree_is_refused(nodes: list[Node], invited: dict[int, int]) -> None:
    with pytest.raises(ValidationError):
        Tree(nodes=tuple(nodes), invited=invited)


def test_a_team_knows_where_it_stands() -> None:
    assert TREE.path(6) == "Operations/Claims"
    assert TREE.way(6) == (0, 5, 6)
    assert TREE.children(0) == (5, 7, 9)
    assert (TREE.leaves, TREE.leaves_of(5)) == ((5, 6, 9), (5, 6))
    assert (TREE.department(6), TREE.department(5)) == (5, 5)
    assert (TREE.around([5, 6]), TREE.around([6]), TREE.around([6, 9])) == (5, 6, 0)
    with pytest.raises(ValueError, match="no department"):
        TREE.department(0)
