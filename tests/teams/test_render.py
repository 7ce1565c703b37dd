"""Cards and forms to Adaptive Cards, for the whole vocabulary."""

import copy
import json
from datetime import date
from functools import cache
from importlib import resources
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handlers import cards
from handlers.cards import Button, Buttons, Card, Confirm, Form, LinkButton, Run, runs
from handlers.teams import inputs, limits, render
from handlers.teams.translate import OURS
from tests.teams import activities as teams

Node = dict[str, Any]

CONFIRMED = Button(
    label="Delete",
    action="entry.delete",
    value="12",
    style="danger",
    confirm=Confirm(title="Delete this entry?", text="It leaves your log.", yes="Delete it", no="Keep it"),
    described="Delete entry 12",
)
SHOWN: dict[type[cards.Value], cards.Shown] = {
    cards.Heading: cards.Heading(text="Claims *triage*"),
    cards.Text: cards.Text(
        runs=runs("Logged ", cards.strong("3 h"), "\non ", cards.link("the list", "https://example.com/x"))
    ),
    cards.Facts: cards.Facts(items=(cards.Fact(label="Kind", value="data_set"),)),
    cards.Table: cards.Table(
        caption="Hours by team",
        columns=(cards.Column(label="Team"), cards.Column(label="Hours", align="right")),
        rows=(("Claims", "11"), ("Fraud", "")),
    ),
    cards.Chart: cards.Chart(
        title="Hours",
        categories=("Claims", "Fraud"),
        series=(cards.Series(name="Hours", values=(11, 4.5)),),
        unit="hours",
        summary="Claims 11 h, Fraud 4.5 h.",
    ),
    cards.Image: cards.Image(url="https://example.com/x.png", alt="A picture", title="Picture"),
    cards.Divider: cards.Divider(),
    cards.Context: cards.Context(runs=runs("Only you see this.")),
    cards.Buttons: Buttons(
        items=(
            Button(label="Undo", action="entry.undo", value="12", style="primary"),
            CONFIRMED,
            LinkButton(label="Open", url="https://example.com"),
        )
    ),
}
OPTIONS = (cards.Option(key="data", label="Data"), cards.Option(key="a,b", label="A *and* B"))
ASKED: dict[type[cards.Input], cards.Asked] = {
    cards.TextInput: cards.TextInput(name="what", label="What", hint="In a sentence", multiline=True),
    cards.NumberInput: cards.NumberInput(name="hours", label="Hours", minimum=0, maximum=24, value=3),
    cards.ChoiceInput: cards.ChoiceInput(name="kind", label="Kind", options=OPTIONS, value="data"),
    cards.MultiChoiceInput: cards.MultiChoiceInput(
        name="tags", label="Tags", options=OPTIONS, values=("data", "a,b")
    ),
    cards.DateInput: cards.DateInput(name="day", label="Day", value=date(2026, 11, 20)),
    cards.PersonInput: cards.PersonInput(name="who", label="Who", value=teams.BEN, placeholder="A colleague"),
    cards.LinkInput: cards.LinkInput(name="link", label="Link", optional=True, value="https://example.com"),
}
FORM = Form(
    name="everything", title="Log a contribution", elements=tuple(ASKED.values()), context='{"id": 1}'
)


@cache
def _validator() -> jsonschema.Draft6Validator:
    schema = json.loads(
        resources.files("adaptive_cards").joinpath("schemas", "schema-1.5.json").read_text(encoding="utf-8")
    )
    return jsonschema.Draft6Validator(schema)


def assert_valid(card: Node) -> None:
    """Against the schema of Adaptive Cards 1.5, without what Teams adds to it."""
    plain = _without_teams(copy.deepcopy(card))
    problems = [f"{list(error.path)}: {error.message[:200]}" for error in _validator().iter_errors(plain)]
    assert problems == []
    assert limits.problems(card) == []


def _without_teams(node: Any) -> Any:
    if isinstance(node, list):
        kept = [
            item for item in node if not str(isinstance(item, dict) and item.get("type")).startswith("Chart.")
        ]
        return [_without_teams(item) for item in kept]
    if isinstance(node, dict):
        node.pop("msteams", None)
        node.pop("choices.data", None)
        # The schema has no "filtered", which the documentation of 1.5 has.
        if node.get("style") == "filtered":
            del node["style"]
        return {key: value if key == "data" else _without_teams(value) for key, value in node.items()}
    return node


def card(*elements: cards.Shown) -> Node:
    made = render.card(Card(summary="A summary", elements=elements), "n")
    assert_valid(made)
    return made


def form(asked: Form = FORM, **more: Any) -> Node:
    made = render.form(asked, "n", **more)
    assert_valid(made)
    return made


def field(made: Node, name: str) -> Node:
    return next(element for element in made["body"] if element.get("id") == name)


def test_every_element_has_a_sample() -> None:
    assert set(SHOWN) == set(cards.SHOWN)
    assert set(ASKED) == set(cards.ASKED)


@pytest.mark.parametrize("kind", cards.SHOWN, ids=lambda kind: kind.__name__)
def test_every_element_that_is_shown_is_rendered(kind: type[cards.Value]) -> None:
    assert card(SHOWN[kind])["body"]


@pytest.mark.parametrize("kind", cards.ASKED, ids=lambda kind: kind.__name__)
def test_every_input_is_rendered_with_its_name_and_label(kind: type[cards.Input]) -> None:
    element = ASKED[kind]
    made = form(Form(name="f", title="F", elements=(element,)))
    found = field(made, element.name)
    assert found["type"].startswith("Input.")
    assert found["label"] == element.label
    assert found.get("isRequired", False) is not element.optional
    assert bool(found.get("errorMessage")) is not element.optional


def test_a_day_that_is_missing_is_asked_for_as_a_day() -> None:
    made = form(Form(name="f", title="F", elements=(cards.DateInput(name="day", label="Day"),)))
    assert field(made, "day")["errorMessage"] == "Choose a day to go on."


def test_all_of_it_together_is_valid() -> None:
    card(*SHOWN.values())
    form(Form(name="all", title="All", elements=(*SHOWN.values(), *ASKED.values())))


def test_the_summary_is_what_screen_readers_and_notifications_get() -> None:
    made = render.card(Card(summary="Logged 3 h <b> & more", elements=(SHOWN[cards.Text],)), "n")
    assert made["fallbackText"] == "Logged 3 h <b> & more"
    assert "<" not in made["speak"]
    assert render.message(made)["summary"] == "Logged 3 h <b> & more"


def test_words_in_text_are_literal() -> None:
    made = card(
        cards.Text(runs=runs("**bold** [x](http://evil) <at>all</at> {{DATE(2026-11-21T00:00:00Z)}}"))
    )
    run = made["body"][0]["inlines"][0]
    assert run["type"] == "TextRun"
    assert run["text"].startswith("**bold** [x](http://evil) <at>all</at> {\u2060{DATE")


@pytest.mark.parametrize(
    "marked", ["*x*", "_x_", "[x](y)", "`x`", "# x", "- x", "1. x", "~~x~~", "> x", "&lt;"]
)
def test_words_where_markdown_holds_are_escaped(marked: str) -> None:
    made = card(cards.Facts(items=(cards.Fact(label="Kind", value=marked),)), cards.Heading(text=marked))
    fact, heading = made["body"][0]["facts"][0]["value"], made["body"][1]["text"]
    assert fact == heading != marked
    assert fact.replace("\\", "").replace("\u2060", "") == marked


def test_plain_words_are_not_touched_by_escaping() -> None:
    made = card(cards.Heading(text="Claims triage R&D (2026), 11.5 h - done"))
    assert made["body"][0]["text"] == "Claims triage R&D (2026), 11.5 h - done"


def test_only_web_addresses_are_links() -> None:
    made = card(
        cards.Text(
            runs=(Run(text="bad", url="javascript:alert(1)"), Run(text="good", url="https://x.example"))
        ),
        Buttons(
            items=(
                LinkButton(label="bad", url="ms-settings:x"),
                LinkButton(label="ok", url="https://x.example"),
            )
        ),
    )
    urls = [found["url"] for found in teams.actions(made)]
    assert urls == ["https://x.example", "https://x.example"]


def test_a_button_carries_action_value_and_the_nonce_of_its_card() -> None:
    made = card(SHOWN[cards.Buttons])
    undo = teams.action(made, "Undo")
    assert undo["verb"] == "entry.undo"
    assert undo["data"] == {OURS: {"action": "entry.undo", "press": "12", "nonce": "n"}}
    assert undo["style"] == "positive"


def test_a_press_to_be_confirmed_unfolds_a_question_with_both_answers() -> None:
    made = card(SHOWN[cards.Buttons])
    first = teams.action(made, "Delete")
    aside = field(made, first["targetElements"][0])
    assert first["type"] == "Action.ToggleVisibility"
    assert first["tooltip"] == "Delete entry 12"
    assert aside["isVisible"] is False
    assert "It leaves your log." in teams.words(aside)
    assert teams.action(aside, "Delete it")["verb"] == "entry.delete"
    assert teams.action(aside, "Keep it")["targetElements"] == first["targetElements"]


def test_more_than_six_buttons_stand_in_several_rows() -> None:
    many = tuple(Button(label=f"B{number}", action="a", value=str(number)) for number in range(14))
    made = card(Buttons(items=many))
    rows = [element for element in made["body"] if element["type"] == "ActionSet"]
    assert [len(row["actions"]) for row in rows] == [6, 6, 2]


def test_long_labels_are_not_squeezed_into_one_row() -> None:
    labels = ("Strongly disagree", "Disagree", "Neither agree nor disagree", "Agree", "Strongly agree")
    made = card(Buttons(items=tuple(Button(label=one, action="a", value=one) for one in labels)))
    rows = [element["actions"] for element in made["body"] if element["type"] == "ActionSet"]
    assert [one["title"] for row in rows for one in row] == list(labels)
    assert [len(row) for row in rows] == [2, 2, 1]


def test_a_label_longer_than_a_row_has_one_to_itself() -> None:
    made = card(Buttons(items=tuple(Button(label="B" * 70, action="a", value=str(one)) for one in range(2))))
    rows = [element["actions"] for element in made["body"] if element["type"] == "ActionSet"]
    assert [len(row) for row in rows] == [1, 1]


def test_a_table_makes_the_card_wide_and_has_a_header_row() -> None:
    made = card(SHOWN[cards.Table])
    table = next(element for element in made["body"] if element["type"] == "Table")
    assert made["msteams"] == {"width": "Full"}
    assert table["firstRowAsHeader"] is True
    assert [len(row["cells"]) for row in table["rows"]] == [2, 2, 2]
    assert "Hours by team" in teams.words(made)
    assert teams.words(table["rows"][2]) == "Fraud\n–"


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({}, "Chart.VerticalBar"),
        ({"kind": "line"}, "Chart.Line"),
        ({"categories": ("A department with a long name", "Fraud")}, "Chart.HorizontalBar"),
        (
            {"series": (cards.Series(name="a", values=(1, 2)), cards.Series(name="b", values=(3, 4)))},
            "Chart.VerticalBar.Grouped",
        ),
    ],
)
def test_a_chart_is_drawn_by_teams_and_told_in_words(change: Node, kind: str) -> None:
    made = card(SHOWN[cards.Chart].model_copy(update=change))
    assert teams.words(made["body"][0]) == "Hours"
    assert made["body"][1]["type"] == kind
    assert "Claims 11 h, Fraud 4.5 h." in teams.words(made)


def test_a_long_list_of_options_is_searched_and_a_short_one_is_not() -> None:
    many = tuple(cards.Option(key=str(number), label=f"Option {number}") for number in range(30))
    made = form(
        Form(
            name="f",
            title="F",
            elements=(cards.ChoiceInput(name="a", label="A", options=many), ASKED[cards.ChoiceInput]),
        )
    )
    assert field(made, "a")["style"] == "filtered"
    assert field(made, "kind")["style"] == "compact"


def test_people_are_picked_from_the_organisation() -> None:
    picker = field(form(), "who")
    assert picker["choices.data"] == {"type": "Data.Query", "dataset": "graph.microsoft.com/users"}
    assert picker["value"] == teams.BEN


def test_a_form_in_a_chat_has_a_heading_and_can_be_cancelled() -> None:
    made = form()
    assert made["body"][0]["style"] == "heading"
    save, cancel = teams.actions(made)
    assert save["data"][OURS]["form"] == "everything"
    assert save["data"][OURS]["asked"] == [element.name for element in FORM.inputs()]
    assert cancel["verb"] == "form.cancel"
    assert cancel["associatedInputs"] == "none"


def test_a_form_in_a_dialog_is_submitted_and_closed_by_the_window() -> None:
    (save,) = teams.actions(form(dialog=True))
    assert save["type"] == "Action.Submit"


def test_what_was_sent_stands_in_the_form_again_with_each_mistake_at_its_input() -> None:
    sent = {"what": "typed", "hours": "1,5", "kind": None, "tags": ("a,b",), "day": "2026-11-19"}
    made = form(values=sent, errors={"hours": "At most 24 hours a day.", "gone": "And something else."})
    assert field(made, "what")["value"] == "typed"
    assert field(made, "hours")["value"] == 1.5
    assert "value" not in field(made, "kind")
    assert field(made, "tags")["value"] == "a%2Cb"
    assert field(made, "day")["value"] == "2026-11-19"
    at = made["body"].index(field(made, "hours"))
    assert "At most 24 hours a day." in teams.words(made["body"][at + 1])
    assert "And something else." in teams.words(made)


def test_keys_with_commas_survive_a_choice_of_several() -> None:
    choices = field(form(), "tags")["choices"]
    assert [choice["value"] for choice in choices] == ["data", "a%2Cb"]


def test_every_kind_of_input_that_teams_knows_is_complete() -> None:
    assert set(inputs.ASKED) == set(cards.ASKED)


def test_the_same_answer_is_the_same_to_the_letter() -> None:
    said = Card(summary="s", elements=tuple(SHOWN.values()))
    assert render.pages(said, render.nonce("k")) == render.pages(said, render.nonce("k"))


WORDS = st.text(max_size=400)


@settings(deadline=None)
@given(heading=WORDS, text=WORDS, label=WORDS, value=WORDS, cell=WORDS, button=WORDS)
def test_any_words_make_a_valid_card(
    heading: str, text: str, label: str, value: str, cell: str, button: str
) -> None:
    made = render.card(
        Card(
            summary=text,
            elements=(
                cards.Heading(text=heading),
                cards.Text(runs=runs(text, cards.strong(value))),
                cards.Facts(items=(cards.Fact(label=label, value=value),)),
                cards.Table(caption=label, columns=(cards.Column(label=label),), rows=((cell,),)),
                Buttons(items=(Button(label=button, action="a", value=value),)),
            ),
        ),
        "n",
    )
    assert_valid(made)
    json.dumps(made, ensure_ascii=False).encode()
