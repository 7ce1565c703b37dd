"""What Teams takes is kept, whatever a capability says."""

from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import cards
from handlers.cards import Button, Buttons, Card, Form, runs
from handlers.teams import limits, render
from tests.teams import activities as teams
from tests.teams.test_render import assert_valid


def test_text_is_cut_at_a_word_with_an_ellipsis() -> None:
    assert limits.cut("one two three", 9) == "one two…"
    assert limits.cut("one two three", 13) == "one two three"
    assert limits.cut("x" * 50, 10) == "x" * 9 + "…"


@given(st.text(), st.integers(2, 50))
def test_what_is_cut_is_never_longer_than_allowed(text: str, most: int) -> None:
    assert len(limits.cut(text, most)) <= most


def test_a_long_table_is_paged_and_no_row_is_lost() -> None:
    rows = tuple((f"entry {number} " + "word " * 20, f"{number} h") for number in range(300))
    table = cards.Table(
        caption="Log", columns=(cards.Column(label="What"), cards.Column(label="h")), rows=rows
    )
    buttons = Buttons(items=(Button(label="More", action="a"),))
    pages = render.pages(Card(summary="Your log", elements=(table, buttons)), "n")
    assert 1 < len(pages) <= limits.MOST_PAGES + 1
    for number, page in enumerate(pages, start=1):
        assert_valid(page)
        assert page["fallbackText"] == f"Your log ({number} of {len(pages)})"
    told = "\n".join(teams.words(page) for page in pages)
    assert all(f"entry {number} " in told for number in range(300))
    assert teams.action(pages[-1], "More")


def test_a_table_without_end_is_ended_and_says_so() -> None:
    table = cards.Table(
        caption="Log",
        columns=(cards.Column(label="What"),),
        rows=tuple((f"entry {n}",) for n in range(20_000)),
    )
    buttons = Buttons(items=(Button(label="As a file", action="a"),))
    pages = render.pages(Card(summary="s", elements=(table, buttons)), "n")
    assert len(pages) == limits.MOST_PAGES + 1
    assert teams.action(pages[-1], "As a file")
    assert "more pages are not shown" in teams.words(pages[-1])


def test_a_form_with_too_many_options_keeps_its_inputs_and_buttons() -> None:
    many = tuple(
        cards.Option(key=f"initiative-{number}", label="An initiative " * 12) for number in range(2000)
    )
    asked = Form(
        name="f",
        title="F",
        elements=tuple(cards.ChoiceInput(name=f"c{number}", label="C", options=many) for number in range(4)),
    )
    made = render.form(asked, "n")
    assert_valid(made)
    assert [element["id"] for element in made["body"] if "id" in element] == ["c0", "c1", "c2", "c3"]
    assert len(teams.actions(made)) == 2


def test_the_option_chosen_is_among_those_that_fit() -> None:
    many = tuple(cards.Option(key=str(number), label=f"Option {number}") for number in range(1000))
    asked = Form(
        name="f", title="F", elements=(cards.ChoiceInput(name="c", label="C", options=many, value="999"),)
    )
    choices = render.form(asked, "n")["body"][1]["choices"]
    assert choices[-1]["value"] == "999"


@settings(max_examples=30, deadline=None)
@given(
    word=st.sampled_from(["x", "wörter ", "😀", "\n", "*_[", "漢字"]),
    times=st.integers(1, 30_000),
    buttons=st.integers(0, 30),
)
def test_a_card_of_any_size_fits(word: str, times: int, buttons: int) -> None:
    text = word * times
    said = Card(
        summary=text,
        elements=(
            cards.Heading(text=text),
            cards.Text(runs=runs(text)),
            cards.Facts(items=tuple(cards.Fact(label=text, value=text) for _ in range(80))),
            cards.Context(runs=runs(text)),
            Buttons(items=tuple(Button(label=text, action="a", described=text) for _ in range(buttons))),
        ),
    )
    for page in render.pages(said, "n"):
        assert_valid(page)
