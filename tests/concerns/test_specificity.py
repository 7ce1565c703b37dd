from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.contributions import clean
from domain.occasions import Happening, happened, led_to, says_when, times
from domain.specificity import MAX_QUESTIONS, Told, assess, in_the_form, named, next_question, understood
from tests.concerns import specificity_report as figures
from tests.concerns.examples import EXAMPLES, HELD_OUT, LATER, NAMES, Example

#: Precision and recall that are held: asked for on the first, reached on the others and rounded down.
FLOORS = (
    (EXAMPLES, 0.9, 0.9),
    (HELD_OUT, 0.95, 0.95),
    (LATER, 0.85, 0.85),
)


@pytest.mark.parametrize(("examples", "precision", "recall"), FLOORS, ids=["tuned on", "held out", "later"])
def test_specific_is_told_from_vague(examples: Sequence[Example], precision: float, recall: float) -> None:
    score = figures.specific(examples)
    assert score.precision >= precision
    assert score.recall >= recall


def test_there_are_enough_examples_of_both_kinds_and_none_twice() -> None:
    everything = (*EXAMPLES, *HELD_OUT, *LATER)
    assert len({example.text for example in everything}) == len(everything)
    assert len(EXAMPLES) >= 80
    assert len(HELD_OUT) >= 30
    for examples in (EXAMPLES, HELD_OUT, LATER):
        assert 0.3 <= sum(example.specific for example in examples) / len(examples) <= 0.7


@pytest.mark.parametrize("examples", [EXAMPLES, HELD_OUT, LATER], ids=["tuned on", "held out", "later"])
def test_the_initiative_is_understood_and_never_guessed(examples: Sequence[Example]) -> None:
    wrong = [
        one.text for one in examples if understood(one.text, NAMES).initiative not in (one.initiative, None)
    ]
    assert wrong == []
    assert figures.right_initiative(examples) >= 0.95


def test_the_line_of_the_command_fills_what_can_be_filled() -> None:
    line = "the triage tool flagged two correct claims as fraud last week"
    told = understood(f"  {line}\u202e ", NAMES)
    assert told == Told(initiative="claims", what=line, when="last week")
    found = assess(told, NAMES)
    assert (found.deployment, found.happening, found.when, found.consequence) == (
        True,
        Happening.SURE,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("The traige flagged it", "claims"),
        ("our claims bot flagged it", "claims"),
        ("the tool for complaints dropped it", "complaints"),
        ("the matching of invoices failed", "invoices"),
        ("invoice matcher failed", "invoices"),
        ("the summarizers agree", "complaints"),
        ("LUMEN's glossary", "lumen"),
        ("we settled nine claims", None),
        ("complaints about invoices", None),
        ("nothing matching my question", None),
        ("the assistant is slow", None),
        ("lunch was late", None),
        ("", None),
    ],
)
def test_a_name_is_found_by_what_people_call_it(text: str, key: str | None) -> None:
    assert understood(text, NAMES).initiative == key


def test_of_two_initiatives_named_equally_well_none_is_taken_and_the_deployment_still_counts() -> None:
    told = understood(
        "Lumen and the shift planner both broke down on Monday", {"Lumen": "lumen", "Planner": "shifts"}
    )
    assert told.initiative is None
    assert assess(told, ["Lumen", "Planner"]).is_specific


def test_a_last_word_that_two_names_share_names_neither() -> None:
    names = {
        "Claims copilot": "claims",
        "Sales copilot": "sales",
        "Claims triage": "triage",
        "Mail triage": "mail",
    }
    assert named("the triage failed and so did the copilot", names) == {}
    assert named("mail triage failed", names) == {"Mail triage": 3}


def test_short_words_are_not_matched_by_a_typo() -> None:
    assert named("the lamp broke", ["Lump"]) == {}
    assert named("the lamps broke", ["Lamp"]) == {"Lamp": 1}


@pytest.mark.parametrize(
    ("text", "happening"),
    [
        ("it flagged a claim", Happening.SURE),
        ("I was told that it only sorts", Happening.SURE),
        ("it has been taken down", Happening.SURE),
        ("three correct claims in one batch", Happening.SURE),
        ("we had to type it again", Happening.SURE),
        ("it did not send the letter", Happening.SURE),
        ("it flags correct claims", Happening.DOUBTFUL),
        ("claims are rejected without a reason", Happening.DOUBTFUL),
        ("nobody told us", Happening.DOUBTFUL),
        ("it was down", Happening.DOUBTFUL),
        ("Who decided that?", Happening.DOUBTFUL),
        ("people said that it lost letters", Happening.DOUBTFUL),
        ("it will be used against us", Happening.NONE),
        ("it should have been tested", Happening.NONE),
        ("if it rejected a claim", Happening.NONE),
        ("we were worried", Happening.NONE),
        ("I feel controlled", Happening.NONE),
        ("we have been asked to use it", Happening.NONE),
        ("the flagged claims", Happening.NONE),
        ("ever since it was introduced", Happening.NONE),
        ("for two years", Happening.NONE),
        ("we need more speed", Happening.NONE),
        ("das Werkzeug ist schlecht", Happening.NONE),
        ("", Happening.NONE),
    ],
)
def test_what_happened_is_told_from_what_might_and_what_is_felt(text: str, happening: Happening) -> None:
    assert happened(text) is happening


def test_what_is_in_doubt_counts_once_it_is_said_when() -> None:
    habit = Told(initiative="claims", what="it flags correct claims")
    assert not assess(habit, NAMES).is_specific
    assert assess(habit.model_copy(update={"when": "every Monday"}), NAMES).is_specific
    assert assess(habit.model_copy(update={"when": "the day the auditors came"}), NAMES).is_specific
    for nothing in ("", "not sure", "often", "?", "I don't know."):
        assert not assess(habit.model_copy(update={"when": nothing}), NAMES).is_specific


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ("it broke on Tuesday last week", ("on Tuesday last week",)),
        ("twice this month it broke, and again on 3 March", ("twice this month", "on 3 March")),
        ("since go-live it is slow", ("since go-live",)),
        ("the wrong invoice at the month end, twice last week", ("at the month end", "twice last week")),
        ("it fails at the week start every time", ("at the week start every time",)),
        ("every quarter-end it is down", ("every quarter-end",)),
        ("since year start it is slow", ("since year start",)),
        ("the month ends badly", ()),
        ("about five a day", ("about five a day",)),
        ("every Monday", ("every Monday",)),
        ("almost every claim", ("almost every claim",)),
        ("in 4 of 10 cases", ("in 4 of 10 cases",)),
        ("two weeks ago", ("two weeks ago",)),
        ("once it is live we will see", ()),
        ("it may help", ()),
        ("all 3 may fail", ()),
        ("often, recently and always", ()),
        ("next week, in two years, soon", ()),
        ("everyone, every one of us", ()),
    ],
)
def test_when_and_how_often_are_taken_in_the_words_typed(text: str, phrases: tuple[str, ...]) -> None:
    found = times(text)
    assert found == phrases
    assert all(phrase in text for phrase in found)


def test_not_sure_says_no_time() -> None:
    assert says_when("the day of the storm")
    assert not says_when("not sure")


def test_a_consequence_is_read_in_its_field_or_in_the_sentence() -> None:
    assert led_to("it blocked the payment, so we had to pay by hand")
    assert not led_to("it blocked the payment")
    assert assess(Told(what="it broke", led_to="overtime"), NAMES).consequence


def asked_in_turn(told: Told) -> list[str]:
    asked: list[str] = []
    while (question := next_question(told, assess(told, NAMES), asked)) is not None:
        asked.append(question.field)
    return asked


@pytest.mark.parametrize(
    ("told", "fields"),
    [
        (Told(what="people are worried about AI"), ["initiative", "what", "when"]),
        (Told(what="the triage tool is bad"), ["what", "when", "would_settle"]),
        (Told(what="the triage tool flags correct claims"), ["when", "what", "would_settle"]),
        (Told(what="the triage tool flagged a claim"), ["when", "would_settle", "led_to"]),
        (Told(what="the triage tool flagged a claim on Monday"), ["would_settle", "led_to"]),
        (
            Told(what="the triage tool flagged a claim on Monday", would_settle="a list", led_to="overtime"),
            [],
        ),
        (Told(), ["initiative", "what", "when"]),
    ],
)
def test_the_question_that_helps_most_comes_first_none_twice_and_three_at_most(
    told: Told, fields: list[str]
) -> None:
    assert asked_in_turn(told) == fields
    assert len(fields) <= MAX_QUESTIONS


def test_a_question_is_one_short_sentence_with_an_example_for_a_field_that_can_be_told() -> None:
    everything = [Told(), Told(what="the triage tool flagged a claim on Monday")]
    fields = {field for told in everything for field in asked_in_turn(told)}
    assert fields == {"initiative", "what", "when", "would_settle", "led_to"}
    for told in everything:
        question = next_question(told, assess(told, NAMES), [])
        assert question is not None
        assert question.field in Told.model_fields
        for one in (question, in_the_form(question, chosen=True)):
            assert one.field == "initiative" or "or example" in one.text
            assert len(one.text) <= 140


def test_whoever_chose_that_they_are_not_sure_is_asked_for_a_name_where_one_can_be_typed() -> None:
    told = Told(what="it flagged a claim")
    question = next_question(told, assess(told, NAMES), [])
    assert question is not None and question.field == "initiative"
    assert in_the_form(question, chosen=False) == question
    assert in_the_form(question, chosen=True).field == "what"
    other = next_question(told, assess(told, NAMES), ["initiative"])
    assert other is not None and in_the_form(other, chosen=True) == other


@given(
    st.one_of(
        st.text(max_size=80), st.lists(st.sampled_from([one.text for one in LATER]), max_size=3).map("".join)
    )
)
@settings(deadline=None)
def test_what_is_understood_is_in_the_words_typed_and_never_asked_about_for_ever(text: str) -> None:
    told = understood(text, NAMES)
    assert told.what == clean(text)
    assert all(phrase in told.what for phrase in times(told.what))
    assert told.initiative in {None, *NAMES.values()}
    assert len(asked_in_turn(told)) <= MAX_QUESTIONS


def test_the_report_prints_every_set() -> None:
    lines = figures.report().splitlines()
    assert len(lines) == 2 + len(figures.CONCERNS) + len(figures.ANONYMOUS)
