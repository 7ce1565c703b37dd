"""Every element has a rendering on every surface, within Slack's limits and with every word taken literally."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings

from bot.playground.blocks import check_message_blocks, check_view
from handlers import cards
from handlers.cards import (
    Asked,
    Button,
    Buttons,
    Card,
    Chart,
    ChoiceInput,
    Column,
    Context,
    DateInput,
    Facts,
    Form,
    Heading,
    Image,
    NumberInput,
    Option,
    Series,
    Table,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from handlers.slack import limits, render
from tests.slack.samples import ASKED, CARD, FORM, SHOWN, any_card, any_form

Json = dict[str, Any]

HOSTILE = "<!channel> <@U0002> <https://evil.example|bank> *bold* _it_ `code` &amp; :tada:"


def blocks_of(*elements: Any) -> list[Json]:
    pages = render.messages(Card(summary="s", elements=elements))
    return [block for page in pages for block in page.get("blocks", [])]


def said(blocks: list[Json]) -> str:
    """All text of blocks, as people read it."""
    return json.dumps(blocks, ensure_ascii=False)


def mrkdwn_texts(value: Any) -> list[str]:
    """Every string that Slack reads as mrkdwn."""
    if isinstance(value, dict):
        own = [value["text"]] if value.get("type") == "mrkdwn" else []
        return own + [text for child in value.values() for text in mrkdwn_texts(child)]
    return [text for child in value for text in mrkdwn_texts(child)] if isinstance(value, list) else []


def unique_ids(blocks: list[Json]) -> bool:
    buttons = [one for block in blocks if block["type"] == "actions" for one in block["elements"]]
    inputs = [block["element"] for block in blocks if block["type"] == "input"]
    actions = [element["action_id"] for element in buttons + inputs]
    named = [block["block_id"] for block in blocks if "block_id" in block]
    return len(set(actions)) == len(actions) and len(set(named)) == len(named)


@pytest.mark.parametrize("kind", cards.SHOWN, ids=lambda kind: kind.__name__)
def test_every_shown_element_has_a_rendering_on_every_surface(kind: type[Any]) -> None:
    element = next(one for one in SHOWN if type(one) is kind)
    card = Card(summary="s", elements=(element,))
    for page in render.messages(card):
        assert page["blocks"] and check_message_blocks(page["blocks"]) == []
    for content in (render.home(card), render.card_modal(card)):
        assert content["blocks"] and check_view(content) == []


@pytest.mark.parametrize("kind", cards.ASKED, ids=lambda kind: kind.__name__)
def test_every_asked_element_has_a_rendering_that_keeps_its_value(kind: type[Any]) -> None:
    asked: Asked = next(one for one in ASKED if type(one) is kind)
    content = render.modal(Form(name="f", title="t", elements=(asked,)))
    assert check_view(content) == []
    (block,) = content["blocks"]
    assert block["type"] == "input"
    assert block["block_id"] == asked.name
    assert any(name.startswith("initial_") for name in block["element"])


def test_a_form_carries_its_name_and_context() -> None:
    content = render.modal(FORM)
    assert check_view(content) == []
    assert content["callback_id"] == FORM.name
    assert json.loads(content["private_metadata"]) == {"form": FORM.name, "context": FORM.context}


@settings(max_examples=60, deadline=None)
@given(any_card)
def test_any_card_renders_within_the_limits_of_every_surface(card: Card) -> None:
    pages = render.messages(card)
    assert pages
    for page in pages:
        blocks = page.get("blocks", [])
        assert check_message_blocks(blocks) == []
        assert 0 < len(page["text"]) <= 3000
        assert unique_ids(blocks)
        assert sum(map(limits._size, blocks)) <= limits.MESSAGE_CHARACTERS
    for content in (render.home(card), render.card_modal(card)):
        assert check_view(content) == []
        assert unique_ids(content["blocks"])


@settings(max_examples=60, deadline=None)
@given(any_form)
def test_any_form_renders_within_the_limits(form: Form) -> None:
    content = render.modal(form)
    assert check_view(content) == []
    assert unique_ids(content["blocks"])


@settings(max_examples=40, deadline=None)
@given(any_card)
def test_nothing_in_a_card_can_become_a_mention(card: Card) -> None:
    for page in render.messages(card):
        for text in [page["text"], *mrkdwn_texts(page.get("blocks", []))]:
            assert "<!" not in text
            assert "<@" not in text
            assert "<#" not in text


@pytest.mark.parametrize(
    "element",
    [
        Heading(text=HOSTILE),
        Text(runs=runs(HOSTILE, strong(HOSTILE))),
        Facts(items=(cards.Fact(label=HOSTILE, value=HOSTILE),)),
        Table(caption=HOSTILE, columns=(Column(label=HOSTILE),), rows=((HOSTILE,),)),
        Context(runs=runs(HOSTILE)),
        Context(runs=runs("Styled ", strong(HOSTILE))),
        Buttons(items=(Button(label=HOSTILE, action="a"),)),
    ],
    ids=lambda element: f"{element.type}",
)
def test_words_that_look_like_markup_are_shown_as_they_are(element: Any) -> None:
    blocks = blocks_of(element)
    assert mrkdwn_texts(blocks) == []
    assert "<!channel> <@U0002>" in said(blocks)


def test_styled_small_print_without_markup_in_its_words_is_small() -> None:
    (block,) = blocks_of(Context(runs=runs("Fish & chips, ", strong("11 h"))))
    assert block["elements"] == [{"type": "mrkdwn", "text": "Fish &amp; chips, *11 h*", "verbatim": True}]


def test_the_summary_is_the_text_of_the_message_with_nothing_to_act_on() -> None:
    (page,) = render.messages(sentence("<!here> & co"))
    assert page["text"] == "&lt;!here&gt; &amp; co"


def test_control_characters_and_direction_marks_are_not_shown() -> None:
    assert "a\\u0000b" not in json.dumps(blocks_of(Heading(text="a\x00b\u202ec")))
    assert blocks_of(Heading(text="a\x00b\u202ec"))[0]["text"]["text"] == "abc"


def test_elements_without_content_have_no_blocks() -> None:
    assert (
        blocks_of(Heading(text=" "), Text(runs=()), Facts(items=()), Context(runs=()), Buttons(items=()))
        == []
    )
    (page,) = render.messages(Card(summary="", elements=()))
    assert page == {"text": "Tandem"}
    assert check_view(render.home(Card(summary="", elements=()))) == []


def test_each_rendering_has_block_ids_of_its_own() -> None:
    buttons = Buttons(items=(Button(label="Older", action="log.older", value="2"),))
    first, second = blocks_of(buttons), blocks_of(buttons)
    assert first[0]["block_id"] != second[0]["block_id"]
    assert first[0]["elements"] == second[0]["elements"]


def test_an_input_is_rendered_anew_so_that_slack_takes_the_value_given() -> None:
    form = Form(name="f", title="t", elements=(TextInput(name="what", label="What"),))
    first, second = (render.modal(form)["blocks"][0]["element"]["action_id"] for _ in range(2))
    assert first != second


def test_buttons_say_what_they_are_for_and_ask_before_they_count() -> None:
    edit, undo, leave = blocks_of(SHOWN[-1])[0]["elements"]
    assert edit["accessibility_label"] == "Edit entry 12"
    assert edit["value"] == "12"
    assert undo["style"] == "danger"
    assert undo["confirm"]["confirm"]["text"] == "Undo"
    assert leave["url"] == "https://a.example/"


def test_a_value_that_is_too_long_is_a_mistake_of_ours_and_raises() -> None:
    with pytest.raises(ValueError, match="2001 characters"):
        blocks_of(Buttons(items=(Button(label="x", action="a", value="v" * 2001),)))
    with pytest.raises(ValueError, match="private_metadata"):
        render.modal(Form(name="f", title="t", elements=(), context="c" * 3000))
    with pytest.raises(ValueError, match="key of an option"):
        options = (Option(key="k" * 151, label="x"),)
        render.modal(Form(name="f", title="t", elements=(ChoiceInput(name="c", label="c", options=options),)))


def test_two_inputs_of_one_name_are_a_mistake_of_ours_and_raise() -> None:
    twice = TextInput(name="what", label="What")
    with pytest.raises(ValueError, match="two inputs"):
        render.modal(Form(name="f", title="t", elements=(twice, twice)))


def test_long_words_are_cut_at_a_word() -> None:
    (block,) = blocks_of(Heading(text="word " * 40))
    assert block["text"]["text"].endswith("word…")
    assert len(block["text"]["text"]) <= 150
    assert limits.cut("one two three", 9) == "one two…"
    assert limits.cut("abcdefghijkl", 5) == "abcd…"
    assert limits.cut_escaped("ab &amp; cd", 7) == "ab…"


def test_a_card_too_long_for_one_message_goes_on_in_another() -> None:
    card = Card(summary="Long", elements=tuple(Heading(text=str(number)) for number in range(120)))
    pages = render.messages(card)
    assert [len(page["blocks"]) for page in pages] == [50, 50, 20]
    assert [page["text"] for page in pages] == ["Long", "Continued, 2 of 3.", "Continued, 3 of 3."]


def test_a_view_too_long_says_how_much_is_left_out() -> None:
    card = Card(summary="Long", elements=tuple(Heading(text=str(number)) for number in range(120)))
    content = render.home(card)
    assert len(content["blocks"]) == 100
    assert "21 more parts" in said(content["blocks"])


def test_a_table_is_a_data_table_with_a_caption_and_numbers() -> None:
    (block,) = blocks_of(SHOWN[3])
    assert block["type"] == "data_table"
    assert block["caption"] == "By team"
    assert block["rows"][0] == [{"type": "raw_text", "text": "Team"}, {"type": "raw_text", "text": "Hours"}]
    assert block["rows"][1][1] == {"type": "raw_number", "value": 12.5, "text": "12.5"}


def test_rows_beyond_the_limit_are_counted() -> None:
    rows = tuple((str(number), "x") for number in range(130))
    table = Table(caption="Many", columns=(Column(label="n"), Column(label="x")), rows=rows)
    block, note = blocks_of(table)
    assert len(block["rows"]) == 101
    assert "30 more rows" in said([note])
    assert "more rows" in said(render.home(Card(summary="s", elements=(table,)))["blocks"])


def test_an_empty_table_says_so() -> None:
    assert "Nothing to show yet." in said(
        blocks_of(Table(caption="c", columns=(Column(label="n"),), rows=()))
    )


def test_tables_and_charts_are_typed_out_where_slack_has_none() -> None:
    content = render.home(Card(summary="s", elements=(SHOWN[3], SHOWN[4])))
    typed = [
        part["elements"][0]["text"]
        for block in content["blocks"]
        for part in block["elements"]
        if part["type"] == "rich_text_preformatted"
    ]
    assert typed[0].splitlines() == ["Team    Hours", "Claims   12.5", "IT          3"]
    assert "12.5" in typed[1]
    assert "12.5 hours of data" in said(content["blocks"])


def test_a_chart_tells_its_numbers_in_words_and_keeps_names_apart() -> None:
    long = "a very long category name, number "
    chart = Chart(
        title="t",
        categories=(f"{long}1", f"{long}2"),
        series=(Series(name="s", values=(1.0, float("nan"))),),
        unit="hours",
        summary="One and none.",
    )
    block, told = blocks_of(chart)
    assert block["chart"]["axis_config"]["y_label"] == "hours"
    assert len(set(block["chart"]["axis_config"]["categories"])) == 2
    assert [point["value"] for point in block["chart"]["series"][0]["data"]] == [1.0, 0.0]
    assert "One and none." in said([told])


def test_more_than_a_hundred_options_are_grouped_and_the_initial_one_is_among_them() -> None:
    options = tuple(Option(key=str(number), label=f"Initiative {number:03}") for number in range(230))
    chosen = ChoiceInput(name="c", label="c", options=options, value="150")
    content = render.modal(Form(name="f", title="t", elements=(chosen,)))
    element = content["blocks"][0]["element"]
    assert [len(group["options"]) for group in element["option_groups"]] == [100, 100, 30]
    assert element["option_groups"][0]["label"]["text"] == "Initiative 000 to Initiative 099"
    assert element["initial_option"] in element["option_groups"][1]["options"]


def test_a_choice_without_options_says_so() -> None:
    empty = ChoiceInput(name="c", label="Initiative", options=())
    content = render.modal(Form(name="f", title="t", elements=(empty,)))
    assert check_view(content) == []
    assert "nothing to choose from yet" in said(content["blocks"])


def test_numbers_are_written_as_slack_takes_them() -> None:
    hours = NumberInput(name="h", label="h", value=3, minimum=0.25, maximum=24, decimals=True)
    element = render.modal(Form(name="f", title="t", elements=(hours,)))["blocks"][0]["element"]
    assert (element["initial_value"], element["min_value"], element["max_value"]) == ("3", "0.25", "24")
    outside = NumberInput(name="h", label="h", value=30, maximum=24)
    element = render.modal(Form(name="f", title="t", elements=(outside,)))["blocks"][0]["element"]
    assert "initial_value" not in element


def test_titles_and_dates_fit_the_modal() -> None:
    day = DateInput(name="day", label="Day", value=date(2026, 11, 3))
    content = render.modal(Form(name="f", title="A title that is longer than Slack takes", elements=(day,)))
    assert content["title"]["text"] == "A title that is longer…"
    assert content["blocks"][0]["element"]["initial_date"] == "2026-11-03"


def test_an_image_that_slack_could_not_fetch_is_told_in_words() -> None:
    assert "A chart" in said(blocks_of(Image(url="file:///etc/passwd", alt="A chart")))


def test_the_sample_card_fits_one_message() -> None:
    (page,) = render.messages(CARD)
    assert check_message_blocks(page["blocks"]) == []
