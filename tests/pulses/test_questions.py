"""The questions that come with Tandem are neutral, readable in chat, and keep their keys and their direction."""

import hashlib
import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.errors import InvalidField
from domain.question_bank import BANK, SETS, by_key, set_by_key
from domain.question_wording import doubts
from domain.questions import (
    AGREEMENT,
    ANY_TOOL,
    CAUSES,
    CONFIDENCE,
    EASE,
    FREQUENCY,
    MAX_LABEL,
    MAX_TEXT,
    SCALES,
    Driver,
    Question,
    Stance,
    asked,
    own_question,
    scale_of,
    stance,
)

HIGH = by_key("trust.right_here")
LOW = by_key("trust.redoing")

#: Keys and directions that releases may refer to. A question may be added; these may not change.
KEPT = {
    "understanding": "for_me+ tasks+ limits+ my_part+ guessing-",
    "trust": "right_here+ exceptions+ told+ checking+ redoing-",
    "interest": "future+ disadvantage- gain+ saved_time+ monitored-",
    "fairness": "share+ named+ review+ elsewhere-",
    "control": "say+ override+ dependent-",
    "time": "week+ open_outcome+ own_hours-",
    "help": "whom+ easy+ answer+",
    "role": "fits+ counts+ goals+ risk-",
    "voice": "answered+ changed+ early+ open+",
    "use": "suitable+ around- shared+",
}

bank = pytest.mark.parametrize("question", BANK, ids=lambda question: question.key)


def test_every_driver_has_two_questions_and_every_cause_four() -> None:
    count = Counter(question.driver for question in BANK)
    assert len(BANK) >= 24
    assert all(count[driver] >= 2 for driver in Driver)
    assert all(count[cause] >= 4 for cause in CAUSES)


def test_keys_and_texts_are_told_apart() -> None:
    assert len({question.key for question in BANK}) == len(BANK)
    assert len({question.text.casefold() for question in BANK}) == len(BANK)
    assert len({driver.label for driver in Driver}) == len(Driver)


def test_a_key_and_its_direction_stay_for_ever() -> None:
    now = {f"{question.key}{'+' if question.favourable == 'high' else '-'}" for question in BANK}
    assert {f"{driver}.{rest}" for driver, kept in KEPT.items() for rest in kept.split()} <= now


@bank
def test_a_key_begins_with_its_driver(question: Question) -> None:
    assert question.key.partition(".")[0] == question.driver


@bank
def test_no_question_raises_a_doubt(question: Question) -> None:
    assert doubts(question.text) == ()
    assert doubts(asked(question, None)) == ()


@bank
def test_a_question_reads_well_with_one_tool_and_with_several(question: Question) -> None:
    assert question.text.count("{tool}") == 1
    # No verb and no pronoun that would have to be singular or plural, no second "use", no sentence that begins small.
    before, _, after = question.text.partition("{tool}")
    if not re.search(r"\b(?:with|of|from|about|into|for|on|to) $", before):
        assert not re.match(r" (?:is|are|was|were|has|have|does|do|\w+s)\b", after)
    assert not re.search(r"\b(?:it|its|they|them|their)\b", after)
    assert not re.search(r"\b(?:use|using)\b", question.text)
    assert question.text[0].isupper()


@bank
def test_a_question_fits_chat(question: Question) -> None:
    assert len(asked(question, None)) <= MAX_TEXT
    assert all(0 < len(label) <= MAX_LABEL for label in question.labels)
    assert len(set(question.labels)) == 5


@bank
def test_a_question_ends_as_its_scale_wants(question: Question) -> None:
    assert question.text.endswith("." if question.labels == AGREEMENT else "?")


@bank
def test_a_question_says_where_it_comes_from(question: Question) -> None:
    article, _, idea = question.source.partition(": ")
    assert re.match(r"(First|Second|Third) article, on ", article)
    assert len(idea.split()) >= 5


def test_some_questions_of_each_cause_run_the_other_way() -> None:
    assert {question.driver for question in BANK if question.favourable == "low"} >= set(CAUSES)


def test_what_could_be_held_against_somebody_is_read_in_larger_groups() -> None:
    assert all(
        question.sensitive for question in BANK if question.driver in (Driver.INTEREST, Driver.CONTROL)
    )
    assert by_key("role.risk").sensitive
    assert not by_key("help.whom").sensitive


def test_every_scale_is_used_and_tells_its_points_apart() -> None:
    assert {question.labels for question in BANK} == set(SCALES)
    assert all(len(set(scale)) == 5 for scale in SCALES)


def test_every_set_asks_three_questions_of_the_bank() -> None:
    assert [one.key for one in SETS] == ["first", "after", "before", "investment"]
    for one in SETS:
        assert set_by_key(one.key) is one
        assert len({by_key(key).key for key in one.questions}) == 3
        assert one.title
        assert one.about.endswith(".")


def test_the_first_pulse_asks_one_question_for_each_cause() -> None:
    assert tuple(by_key(key).driver for key in set_by_key("first").questions) == CAUSES


def test_an_unknown_key_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        by_key("trust.gone")
    with pytest.raises(KeyError):
        set_by_key("last")


def test_the_name_of_the_tool_is_put_in_as_it_is() -> None:
    assert (
        asked(HIGH, "Claims {triage}")
        == "The results I get from Claims {triage} are right often enough for my work."
    )
    assert asked(HIGH, None).startswith(f"The results I get from {ANY_TOOL} are")


@pytest.mark.parametrize(
    ("answer", "high", "low"),
    [
        (1, Stance.UNFAVOURABLE, Stance.FAVOURABLE),
        (2, Stance.UNFAVOURABLE, Stance.FAVOURABLE),
        (3, Stance.NEUTRAL, Stance.NEUTRAL),
        (4, Stance.FAVOURABLE, Stance.UNFAVOURABLE),
        (5, Stance.FAVOURABLE, Stance.UNFAVOURABLE),
    ],
)
def test_an_answer_is_read_in_the_direction_of_its_question(answer: int, high: Stance, low: Stance) -> None:
    assert (HIGH.favourable, LOW.favourable) == ("high", "low")
    assert stance(HIGH, answer) is high
    assert stance(LOW, answer) is low


@pytest.mark.parametrize("answer", [0, 6, -1])
def test_an_answer_off_the_scale_is_an_error(answer: int) -> None:
    with pytest.raises(ValueError, match="from 1 to 5"):
        stance(HIGH, answer)


@pytest.mark.parametrize(
    "change",
    [
        {"labels": ("Yes", "Yes", "Maybe", "No", "Never")},
        {"labels": ("a", "b", "c", "d", "e" * (MAX_LABEL + 1))},
        {"text": "x" * (MAX_TEXT + 1)},
        {"key": "No Key"},
        {"source": ""},
    ],
)
def test_a_question_that_makes_no_sense_is_not_made(change: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Question.model_validate(HIGH.model_dump() | change)


def test_a_question_of_ones_own_keeps_its_words_and_gets_a_stable_key() -> None:
    question = own_question("  The new   intake form\nsaves me a step. ", Driver.USE, "high")
    assert question.text == "The new intake form saves me a step."
    digest = hashlib.sha256(b"high the new intake form saves me a step.").hexdigest()
    assert question.key == f"own.{digest[:12]}"
    assert question.labels == AGREEMENT
    assert question.favourable == "high"
    assert own_question("THE NEW intake form saves me a step.", Driver.TIME, "high").key == question.key
    assert own_question("The new intake form saves me a step.", Driver.USE, "low").key != question.key


def test_a_question_of_ones_own_is_sensitive_where_its_driver_is() -> None:
    assert own_question("I can say what I think.", Driver.INTEREST, "high").sensitive
    assert not own_question("I can say what I think.", Driver.VOICE, "high").sensitive


@pytest.mark.parametrize(
    ("text", "scale"),
    [
        ("How often do you ask for help?", FREQUENCY),
        ("how  Confident are you in a draft?", CONFIDENCE),
        ("How easy is it to find a guide?", EASE),
        ("How oftentimes I ask is my matter.", AGREEMENT),
        ("I know how often to ask.", AGREEMENT),
    ],
)
def test_the_scale_fits_how_a_question_begins(text: str, scale: tuple[str, ...]) -> None:
    assert scale_of(text) == scale
    assert own_question(text, Driver.HELP, "high").labels == scale


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "Please write the question that people will read."),
        (" \u202e\n\t ", "Please write the question that people will read."),
        ("Trust it.", "Please write a whole sentence, of at least 3 words."),
        ("? ! . ,", "Please write a whole sentence, of at least 3 words."),
        ("word " * 40, "That is 199 characters; please keep a question to 150."),
    ],
)
def test_a_question_of_ones_own_that_cannot_be_asked_is_refused_in_words(text: str, sentence: str) -> None:
    with pytest.raises(InvalidField) as refused:
        own_question(text, Driver.TRUST, "high")
    assert refused.value.errors == {"text": sentence}


@given(text=st.text(max_size=200))
def test_whatever_is_written_becomes_a_question_or_a_sentence(text: str) -> None:
    try:
        question = own_question(text, Driver.TRUST, "low")
    except InvalidField as refused:
        assert set(refused.errors) == {"text"}
    else:
        assert own_question(question.text, Driver.TRUST, "low") == question
        assert "\n" not in question.text
