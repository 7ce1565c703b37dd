"""Lines over time, departments that go quiet, and words that know nothing but blurred values."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.pulses import Audience
from domain.releases import Node, Range, Released, Tally, Tree, release
from domain.results import Group, Results, gone_quiet, trend
from handlers.pulses import results_page
from handlers.pulses.results_page import Read
from tests.pulses.conftest import spec, three

# --------------------------------------------------------------------------------------------------- over time


TREE = Tree(
    nodes=(Node(1, "Operations", None), Node(2, "Claims", 1), Node(3, "Finance", None)),
    invited={2: 20, 3: 20},
)
KEY = three().questions[0].key


def result(week: int, *, ops: int = 15, finance: int = 15, **changes: object) -> Results:
    """A pulse of one question with so many answers in each department, so many weeks after the first."""
    day = date(2026, 11, 24) + timedelta(weeks=week)
    one = spec(closes_on=day, opens_on=day - timedelta(days=6), **changes)
    counted = {2: Tally(ops, ops // 2, ops // 3), 3: Tally(finance, finance // 2, finance // 3)}
    return Results(week, one, TREE, release(TREE, [(KEY, 5, 2)], {KEY: counted}))


def group(one: Results, id: str) -> Group:
    return next(each for each in one.groups if each.id == id)


def test_a_line_over_time_needs_ten_answers_at_both_ends() -> None:
    now = result(1)
    assert [one.day for one in trend(now, [result(0)], group(now, "sum:1"), KEY)] == [
        date(2026, 11, 24),
        date(2026, 12, 1),
    ]
    assert trend(now, [result(0, ops=9)], group(now, "sum:1"), KEY) == ()
    few = result(1, ops=9)
    assert trend(few, [result(0)], group(few, "sum:1"), KEY) == ()


def test_a_line_joins_the_same_question_about_the_same_tool_of_the_same_audience() -> None:
    now = result(1)
    everyone = group(now, "sum:0")
    assert trend(now, [result(0)], everyone, KEY)
    assert trend(now, [result(0, tool="Claims triage")], everyone, KEY) == ()
    assert trend(now, [result(0, audience=Audience(kind="departments", ids=(1,)))], everyone, KEY) == ()
    assert trend(now, [], everyone, KEY) == ()


def test_a_department_whose_teams_are_counted_otherwise_has_no_line() -> None:
    before = result(0)
    moved = Tree(nodes=(*TREE.nodes, Node(4, "Fraud", 1)), invited={2: 20, 3: 20, 4: 20})
    counted = {2: Tally(15, 7, 5), 3: Tally(15, 7, 5), 4: Tally(15, 7, 5)}
    now = Results(1, result(1).spec, moved, release(moved, [(KEY, 5, 2)], {KEY: counted}))
    assert trend(now, [before], group(now, "sum:1"), KEY) == ()
    assert trend(now, [before], group(now, "sum:0"), KEY)


def test_a_department_goes_quiet_by_bands_and_only_where_it_can_be_read() -> None:
    many, some, few = result(0, ops=19), result(1, ops=11), result(2, ops=6)
    assert [name for name, _ in gone_quiet(few, [some, many])] == ["Operations"]
    assert gone_quiet(some, [many]) == ()
    unread = result(2, ops=3)
    assert gone_quiet(unread, [some, many]) == ()


# ------------------------------------------------------------------------------------------- coded values alone


def read_of(one: Results) -> Read:
    return Read(one, (), {}, None, date(2026, 11, 30), date(2026, 11, 25))


@st.composite
def alike(draw: st.DrawFn) -> tuple[dict[int, Tally], dict[int, Tally]]:
    """Two ways in which two teams may have answered that are not told apart: at the ends the counts differ."""
    one: dict[int, Tally] = {}
    other: dict[int, Tally] = {}
    for leaf in (2, 3):
        n = draw(st.integers(5, 20))
        counts = []
        for _ in range(2):
            low = draw(st.integers(0, 2))
            counts.append((low, draw(st.integers(0, 2))))
        one[leaf] = Tally(n, counts[0][0], counts[1][0])
        other[leaf] = Tally(n, counts[0][1], counts[1][1])
    return one, other


@settings(max_examples=60, deadline=None)
@given(alike())
def test_the_words_of_a_result_are_a_function_of_coded_values_alone(
    ways: tuple[dict[int, Tally], dict[int, Tally]],
) -> None:
    said = []
    for way in ways:
        one = Results(1, spec(), TREE, release(TREE, [(KEY, 5, 2)], {KEY: way}))
        said.append((results_page.html(read_of(one)), one.heard))
    assert said[0] == said[1]


def test_words_made_of_exact_counts_would_differ() -> None:
    """The control: what is compared above does change where an exact count is let through."""
    said = set()
    for exact in (0, 2):
        one = Released(
            node="team:3", members=(3,), question=KEY, n=15,
            favourable=Range(exact, exact), unfavourable=Range(5, 5),
        )  # fmt: skip
        said.add(results_page.html(read_of(Results(1, spec(), TREE, (one,)))))
    assert len(said) == 2
