"""The rules on wording agree with readers, say what they noticed, and leave good questions alone."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.question_wording import MOST_WORDS, RULES, doubts
from tests.pulses.wording_examples import EXAMPLES, HARD, HELD_OUT, Example
from tests.pulses.wording_report import report, score


def named(text: str, names: tuple[str, ...] = ()) -> list[str]:
    """The rules that doubt a text."""
    return [doubt.rule for doubt in doubts(text, names=names)]


def test_the_examples_are_many_told_apart_and_of_every_rule() -> None:
    everything = EXAMPLES + HELD_OUT + HARD
    assert len({example.text for example in everything}) == len(everything)
    assert sum(not example.wanted for example in EXAMPLES) >= 30
    assert {rule for example in EXAMPLES for rule in example.wanted.split()} == set(RULES)
    assert {rule for example in everything for rule in example.allowed.split()} <= set(RULES)


@pytest.mark.parametrize(
    ("examples", "precision", "recall"),
    [(EXAMPLES, 0.95, 0.95), (HELD_OUT, 0.95, 0.95), (HARD, 0.9, 0.5)],
    ids=["examples", "held out", "held out and hard"],
)
def test_the_rules_reach_what_is_said_of_them(
    examples: tuple[Example, ...], precision: float, recall: float
) -> None:
    reached = score(examples)
    assert reached.precision >= precision
    assert reached.recall >= recall


def test_the_score_notices_wrong_and_missed_doubts() -> None:
    reached = score([Example("I trust {tool}.", "leading"), Example("I trust and use {tool}.")])
    assert (reached.right, reached.wrong, reached.missed) == (0, 1, 1)
    assert (reached.precision, reached.recall) == (0, 0)
    allowed = score([Example("I trust and use {tool}.", "", "double")])
    assert (allowed.right, allowed.wrong, allowed.missed) == (0, 0, 0)


def test_the_report_shows_every_rule_and_every_miss() -> None:
    printed = report()
    assert all(printed.count(f"\n{rule} ") == 3 for rule in RULES)
    assert "-person              Maria Lindqvist supports my team with {tool}." in printed


def test_a_doubt_quotes_what_was_noticed_and_offers_a_way_out() -> None:
    for example in EXAMPLES + HELD_OUT + HARD:
        for doubt in doubts(example.text):
            assert "?" in doubt.sentence or "would" in doubt.sentence
            assert "!" not in doubt.sentence
            assert len(doubt.sentence) <= 160
    (doubt,) = doubts("{tool} is fast and reliable.")
    assert doubt.rule == "double"
    assert doubt.sentence.startswith("“fast and reliable” joins two things")


def test_every_rule_is_documented() -> None:
    assert all((rule.__doc__ or "").strip() for rule in RULES.values())


def test_curly_apostrophes_are_read_as_straight_ones() -> None:
    assert named("I don’t see what {tool} is for.") == ["negation"]
    assert named("Don’t you agree that it helps?") == ["leading", "scale"]


@pytest.mark.parametrize(
    "text",
    [
        "When a case is new or unusual, I know what to do.",
        "I can tell the difference between a draft and a decision.",
        "I know the do's and don'ts of {tool}.",
        "I get an answer within a day or two.",
        "Think of the past week. I had time to try {tool}.",
    ],
)
def test_a_pair_that_is_one_thing_is_not_two(text: str) -> None:
    assert named(text) == []


def test_a_pair_behind_the_opening_clause_is_two_things() -> None:
    assert named("When a case is new, I am told and helped.") == ["double"]


def test_two_negations_are_said_to_be_two() -> None:
    (once,) = doubts("I cannot see the point.")
    (twice,) = doubts("I cannot work without it.")
    assert "“cannot”" in once.sentence
    assert "two negations" in twice.sentence


def test_length_is_counted_in_words() -> None:
    assert named("word " * MOST_WORDS) == []
    assert named("word " * (MOST_WORDS + 1)) == ["long"]


@pytest.mark.parametrize(
    "text",
    [
        "SLA (agreed answer time) suits me.",
        "The agreed answer time (SLA) suits me.",
        "The SLA suits me (answer in a day).",
    ],
)
def test_an_abbreviation_that_is_explained_is_fine(text: str) -> None:
    assert named(text) == []
    assert named("The SLA suits me.") == ["jargon"]


def test_names_are_known_from_the_directory() -> None:
    text = "Maria Lindqvist supports my team."
    assert named(text) == []
    assert named(text, ("maria", "Lindqvist")) == ["person"]
    assert named("I may ask maria for help.", ("Maria",)) == []


def test_a_name_that_is_a_common_word_as_well_is_left_alone() -> None:
    assert named("Since May I have had time to learn with AI.", ("May", "Ai")) == []


def test_my_manager_is_a_part_and_the_head_of_something_a_person() -> None:
    assert named("My manager makes time for questions.") == []
    assert named("The head of claims makes time for questions.") == ["person"]


def test_a_question_on_ones_job_that_says_whom_to_talk_to_is_fine() -> None:
    assert named("I worry about my job.") == ["future"]
    assert named("I have somebody to talk to about my job.") == []


def test_nothing_written_raises_nothing() -> None:
    assert doubts("") == doubts("   ") == ()


@given(text=st.text(max_size=150), names=st.lists(st.text(max_size=10), max_size=3))
def test_any_text_gets_each_doubt_once_and_in_order(text: str, names: list[str]) -> None:
    rules = [doubt.rule for doubt in doubts(text, names=names)]
    assert rules == [rule for rule in RULES if rule in rules]


@pytest.mark.parametrize(
    "part", ["a", "and ", "between ", "how has ", "my job ", "(", "API ", "i/", "A", "I "]
)
def test_a_very_long_text_is_read_in_a_moment(part: str) -> None:
    text = part * (1000 // len(part))
    before = time.process_time()
    doubts(text)
    assert time.process_time() - before < 1
