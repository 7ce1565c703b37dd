"""What of a pulse may be read, in one company: groups, codes, the lines of a page and what is said to be missing."""

from collections.abc import Mapping, Sequence

import pytest

from domain import pulses, releases
from domain.releases import (
    Node,
    Range,
    Released,
    Tally,
    Tree,
    atoms,
    changed,
    coded,
    held_by_trend,
    readable,
    release,
    trend_allowed,
    unseen,
    view,
)

#: Operations has people of its own and three teams; Finance has two.
TREE = Tree(
    nodes=(
        Node(5, "Operations", None),
        Node(6, "Claims", 5),
        Node(7, "Post", 5),
        Node(8, "Returns", 5),
        Node(9, "Finance", None),
        Node(10, "Payroll", 9),
        Node(11, "Travel", 9),
    ),
    invited={5: 6, 6: 12, 7: 4, 8: 4, 10: 10, 11: 3},
)
QUESTIONS = (("trust", 5, 2),)


def read(answers: Mapping[int, int], held: Sequence[int] = ()) -> tuple[Released, ...]:
    """A release in which a third of each team is favourable and a third is not."""
    return release(TREE, QUESTIONS, {"trust": {team: thirds(n) for team, n in answers.items()}}, held)


def thirds(n: int) -> Tally:
    return Tally(n, n // 3, n // 3)


def test_small_teams_are_merged_below_their_department() -> None:
    assert [(atom.key, atom.members) for atom in atoms(TREE, {5: 2, 6: 9, 7: 3, 8: 1, 10: 8, 11: 3}, 5)] == [
        ("others:5", (5, 7, 8)),
        ("team:6", (6,)),
        ("others:9", (10, 11)),
    ]


def test_what_is_left_in_several_departments_is_merged_across_them() -> None:
    assert [(atom.key, atom.members) for atom in atoms(TREE, {5: 2, 6: 9, 8: 1, 10: 8, 11: 3}, 5)] == [
        ("others:0", (5, 7, 8, 11)),
        ("team:6", (6,)),
        ("team:10", (10,)),
    ]


def test_what_is_left_at_the_top_goes_to_the_smallest_group_that_is_nearest() -> None:
    formed = atoms(TREE, {5: 5, 6: 9, 7: 2, 8: 6, 10: 5, 11: 5}, 5)
    assert ("others:5", (5, 7)) in [(atom.key, atom.members) for atom in formed]
    assert len(formed) == 5


def test_a_held_team_is_counted_with_the_others_of_its_department() -> None:
    formed = atoms(TREE, {5: 5, 6: 9, 7: 5, 8: 5, 10: 8, 11: 5}, 5, held=[10])
    assert ("others:9", (10, 11)) in [(atom.key, atom.members) for atom in formed]


def test_a_company_of_one_team_is_read_as_a_whole_even_where_it_is_held() -> None:
    tree = Tree(nodes=(Node(1, "Workshop", None),), invited={1: 8})
    assert [atom.key for atom in atoms(tree, {1: 7}, 5, held=[1])] == ["others:0"]


def test_a_team_in_which_nobody_answered_is_treated_as_one_in_which_one_did() -> None:
    assert atoms(TREE, {6: 9, 10: 8, 11: 5}, 5) == atoms(TREE, {5: 1, 6: 9, 10: 8, 11: 5}, 5)


def test_answers_from_teams_without_invited_people_are_a_mistake() -> None:
    with pytest.raises(ValueError, match="nobody was invited"):
        atoms(TREE, {9: 1}, 5)


@pytest.mark.parametrize("n", [5, 6, 11])
def test_counts_near_both_ends_are_not_told_apart(n: int) -> None:
    assert {coded(value, n, 2) for value in range(3)} == {Range(0, 2)}
    assert {coded(value, n, 2) for value in range(n - 2, n + 1)} == {Range(n - 2, n)}
    assert [coded(value, n, 2) for value in range(3, n - 2)] == [
        Range(value, value) for value in range(3, n - 2)
    ]


@pytest.mark.parametrize(("value", "n", "m"), [(0, 4, 2), (-1, 9, 2), (10, 9, 2), (0, 6, 3)])
def test_a_count_that_cannot_be_coded_is_a_mistake(value: int, n: int, m: int) -> None:
    with pytest.raises(ValueError, match="cannot be coded"):
        coded(value, n, m)


@pytest.mark.parametrize("limits", [(4, 2), (5, 1), (6, 3), (9, 5)])
def test_limits_that_do_not_protect_are_refused(limits: tuple[int, int]) -> None:
    with pytest.raises(ValueError, match="do not protect"):
        release(TREE, [("trust", *limits)], {"trust": {6: thirds(9)}})


def test_the_least_limits_are_those_that_a_pulse_can_be_launched_with() -> None:
    assert (releases.LEAST_K, releases.LEAST_M) == (pulses.LEAST_K, pulses.LEAST_M)


@pytest.mark.parametrize("tally", [Tally(5, 4, 2), Tally(5, -1, 0)])
def test_tallies_that_cannot_be_are_a_mistake(tally: Tally) -> None:
    with pytest.raises(ValueError, match="counts more"):
        release(TREE, QUESTIONS, {"trust": {6: tally}})


def test_all_questions_share_the_groups_of_the_one_that_asks_for_most() -> None:
    limits = [("trust", 5, 2), ("interest", 10, 3)]
    here = {6: thirds(12), 7: thirds(4), 8: thirds(6), 10: thirds(7), 11: thirds(3)}
    rows = release(TREE, limits, {"trust": here, "interest": here})
    assert [(row.question, row.node) for row in rows] == [
        ("trust", "others:5"),
        ("trust", "team:6"),
        ("trust", "others:9"),
        ("interest", "others:5"),
        ("interest", "team:6"),
        ("interest", "others:9"),
    ]
    assert {row.favourable for row in rows if row.node == "others:5"} == {Range(3, 3), Range(0, 3)}


def test_a_team_that_left_one_question_out_has_no_line_for_the_others_either() -> None:
    limits = [("trust", 5, 2), ("use", 5, 2)]
    full = {leaf: thirds(8) for leaf in TREE.leaves}
    rows = release(TREE, limits, {"trust": full, "use": {**full, 7: thirds(4)}})
    assert {row.node for row in rows if 7 in row.members} == {"others:5"}


def test_a_question_that_hardly_anybody_answered_is_left_out_and_takes_nothing_with_it() -> None:
    full = {leaf: thirds(8) for leaf in TREE.leaves}
    rows = release(TREE, [("trust", 5, 2), ("use", 5, 2)], {"trust": full, "use": {6: thirds(4)}})
    assert rows == release(TREE, QUESTIONS, {"trust": full})
    assert unseen(TREE, rows, "use") == ("Too few answered for anything to be shown.",)


def test_too_few_answers_in_the_whole_organisation_release_nothing() -> None:
    assert read({6: 2, 10: 2}) == ()
    assert view(TREE, (), "trust") == ()


def test_a_page_shows_departments_as_sums_of_what_lies_inside_them() -> None:
    lines = view(TREE, read({5: 5, 6: 9, 7: 3, 8: 2, 10: 6}), "trust")
    assert [(line.name, line.n, line.depth) for line in lines] == [
        ("Everyone", 25, 0),
        ("Operations", 19, 1),
        ("Operations (directly)", 5, 2),
        ("Operations/Claims", 9, 2),
        ("Operations, other teams", 5, 2),
        ("Finance", 6, 1),
    ]
    everyone = lines[0]
    assert (everyone.favourable, everyone.favourable_share) == (Range(3, 9), Range(12, 36))
    assert (lines[3].favourable, lines[3].favourable_share) == (Range(3, 3), Range(33, 34))
    assert (everyone.invited, everyone.response) == (39, Range(60, 80))


def test_what_is_counted_elsewhere_is_not_shown_under_its_department() -> None:
    rows = read({5: 5, 6: 9, 7: 1, 8: 1, 10: 6, 11: 3}, held=[10])
    assert [(line.name, line.n) for line in view(TREE, rows, "trust")] == [
        ("Everyone", 25),
        ("Operations", 16),
        ("Operations/Claims", 9),
        ("Operations, other teams", 7),
        ("Finance", 9),
    ]
    rows = read({5: 5, 6: 9, 7: 1, 8: 1, 10: 6, 11: 0})
    assert ("Operations", 14) not in [(line.name, line.n) for line in view(TREE, rows, "trust")]


def test_a_page_does_not_depend_on_the_order_of_the_rows() -> None:
    rows = read({5: 5, 6: 9, 7: 2, 8: 2, 10: 6, 11: 3})
    assert view(TREE, rows[::-1], "trust") == view(TREE, rows, "trust")
    assert unseen(TREE, rows[::-1], "trust") == unseen(TREE, rows, "trust")


def test_what_has_no_line_of_its_own_is_said() -> None:
    assert unseen(TREE, read({5: 5, 6: 9, 7: 3, 8: 2, 10: 6, 11: 5}), "trust") == (
        "2 teams are counted in Operations, other teams.",
    )
    assert unseen(TREE, read({5: 5, 6: 9, 7: 2, 8: 2, 10: 6, 11: 3}), "trust") == (
        "2 teams of Operations are counted in “Other teams, across departments”.",
        "1 team of Finance is counted in “Other teams, across departments”.",
    )
    assert unseen(TREE, read({6: 4, 10: 3}), "trust") == (
        "Everything is counted together: no team is shown on its own.",
    )
    assert unseen(TREE, read({5: 5, 6: 9, 7: 5, 8: 6, 10: 4, 11: 3}), "trust") == (
        "2 teams are counted together as Finance.",
    )
    assert unseen(TREE, read({5: 5, 6: 5, 7: 5, 8: 5, 10: 5, 11: 5}), "trust") == ()


def test_a_preview_says_which_groups_could_be_read() -> None:
    assert readable(TREE, 5, 0.9) == (
        "Operations (directly)",
        "Operations/Claims",
        "Operations, other teams",
        "Finance",
    )
    assert readable(TREE, 5, 0.5) == (
        "Operations, other teams",
        "Operations/Claims",
        "Finance",
    )
    assert readable(TREE, 5, 0.1) == ()


@pytest.mark.parametrize(
    ("now", "is_held"),
    [
        (b"abcde", False),
        (b"abcd", True),
        (b"abcdx", True),
        (b"abc", True),
        (b"ab", False),
        (b"abcxy", False),
        (b"", False),
    ],
)
def test_a_team_is_held_where_one_or_two_people_would_explain_its_change(now: bytes, is_held: bool) -> None:
    before, later = {1: _tokens(b"abcde")}, {1: _tokens(now)}
    assert held_by_trend(before, later) == ({1} if is_held else frozenset())


def test_a_change_counts_who_joined_and_who_left() -> None:
    assert changed(_tokens(b"abc"), _tokens(b"bcde")) == 3
    assert held_by_trend({}, {1: _tokens(b"ab")}) == frozenset()


def test_a_line_over_time_needs_ten_answers_at_both_ends() -> None:
    assert trend_allowed(10, 10)
    assert not trend_allowed(9, 30)
    assert not trend_allowed(30, 9)


def _tokens(letters: bytes) -> list[bytes]:
    return [bytes([letter]) for letter in letters]
