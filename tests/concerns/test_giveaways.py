import time
from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain import giveaway_patterns
from domain.giveaway_patterns import Kind
from domain.giveaways import echoes, giveaways, possible_names
from tests.concerns import specificity_report as figures
from tests.concerns.giveaway_examples import COLLEAGUES, EXAMPLES, HELD_OUT, LATER, OWN_NAME, TEAMS, Example

#: The share of giveaways found that is held: on the last as reached, rounded down.
FLOORS = ((EXAMPLES, 0.95), (HELD_OUT, 0.95), (LATER, 0.75))
#: What a text shows by itself: an echo is one of another text, a link stands in a field of its own.
ALONE = set(Kind) - {Kind.ECHO, Kind.LINK}
IDS = ["tuned on", "held out", "later"]


def kinds_of(text: str) -> list[Kind]:
    return [one.kind for one in figures.warned(text)]


@pytest.mark.parametrize(("texts", "recall"), FLOORS, ids=IDS)
def test_most_of_what_gives_a_writer_away_is_found(texts: Sequence[Example], recall: float) -> None:
    assert figures.given_away(texts).recall >= recall


@pytest.mark.parametrize("texts", [EXAMPLES, HELD_OUT, LATER], ids=IDS)
def test_at_most_one_harmless_text_in_ten_is_warned_about(texts: Sequence[Example]) -> None:
    assert figures.false_alarms(texts) <= 0.1
    assert sum(not text.kinds for text in texts) >= 10


def test_there_are_enough_examples_every_kind_is_among_them_and_none_twice() -> None:
    everything = (*EXAMPLES, *HELD_OUT, *LATER)
    assert len({text.text for text in everything}) == len(everything)
    assert len(EXAMPLES) >= 50
    for texts in (EXAMPLES, HELD_OUT):
        assert {kind for text in texts for kind in text.kinds} == ALONE


def test_a_giveaway_says_where_it_stands_and_what_could_stand_there() -> None:
    text = "Claim 4471123 was refused, Ada saw it."
    number, name = figures.warned(text)
    assert (number.kind, number.phrase) == (Kind.NUMBER, "Claim 4471123")
    assert (name.kind, name.phrase) == (Kind.NAME, "Ada")
    for one in (number, name):
        assert text[one.start : one.end] == one.phrase
    assert "“a claim last week”" in number.sentence
    assert "“a colleague”" in name.sentence


def test_every_kind_has_a_kind_sentence_that_does_not_repeat_the_phrase() -> None:
    found = {one.kind: one for text in EXAMPLES for one in figures.warned(text.text)}
    assert set(found) == ALONE
    for one in found.values():
        assert one.sentence.endswith(".")
        assert "!" not in one.sentence
        assert len(one.sentence) <= 120
    assert len({one.sentence for one in found.values()}) == len(ALONE)


#: Any text, and pieces that mean something in any order with accents, capitals and marks between.
PIECES = st.lists(
    st.one_of(
        st.sampled_from([text.text for text in (*EXAMPLES, *HELD_OUT, *LATER)]),
        st.sampled_from(
            ["Ada", "ADA FERN", "“", "”", "\n", " – ", "#12", "3 May", "14:32", "my boss", "İ", "ß", "é"]
        ),
        st.text(max_size=12),
    ),
    max_size=6,
).map("".join)


@given(PIECES)
@settings(deadline=None)
def test_giveaways_come_in_order_never_overlap_and_are_what_is_written(text: str) -> None:
    found = figures.warned(text)
    for before, after in pairwise(found):
        assert before.end <= after.start
    for one in found:
        assert text[one.start : one.end] == one.phrase
        assert one.phrase.strip()


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("we saw ada fern there", "ada fern"),
        ("Fern, Ada has the list", "Fern, Ada"),
        ("ada has the list", "ada"),
        ("ask Will about it", "Will"),
        ("this is J. Park writing", "Park"),
    ],
)
def test_names_are_found_as_people_write_them(text: str, phrase: str) -> None:
    assert [one.phrase for one in figures.warned(text) if one.kind is Kind.NAME] == [phrase]


@pytest.mark.parametrize(
    "text", ["will it work", "Will it work?", "the car park is full", "a stone came loose"]
)
def test_names_that_are_words_are_let_through_where_they_are_words(text: str) -> None:
    assert kinds_of(text) == []


@pytest.mark.parametrize("after", [" of a customer", " was flagged", ".", ", twice", ""])
@pytest.mark.parametrize("number", ["claim 4711-223", "claims 4711-12", "invoice 4711/22.3", "claim 4711"])
def test_the_number_of_a_case_is_taken_whole(number: str, after: str) -> None:
    found = [one.phrase for one in figures.warned(f"the tool flagged {number}{after}")]
    assert found == ([] if number == "claim 4711" and after.startswith(" of") else [number])


def test_accents_are_no_hiding_place() -> None:
    found = giveaways("jurgen saw it", own_name="Jürgen Weiß", team_words=[], colleague_names=[])
    assert [one.phrase for one in found] == ["jurgen"]
    found = giveaways("Jürgen saw it", own_name="Jurgen Weiss", team_words=[], colleague_names=[])
    assert [one.phrase for one in found] == ["Jürgen"]


def test_a_team_named_like_the_work_is_told_from_the_work_and_from_the_tool() -> None:
    assert kinds_of("we in claims never saw it") == [Kind.TEAM]
    assert kinds_of("it was sent to Claims.") == [Kind.TEAM]
    assert kinds_of("two claims were refused and the Claims triage says nothing") == []


def test_without_names_and_teams_the_rest_is_still_found() -> None:
    text = "Ada Fern of Claims wrote to a.fern@alder.example"
    found = giveaways(text, own_name="", team_words=[], colleague_names=[])
    assert [one.kind for one in found] == [Kind.EMAIL]


def test_a_long_text_and_a_large_company_take_no_time() -> None:
    colleagues = [f"Ann{number} Bee{number}" for number in range(5000)]
    for part in ("a.b.", "on the 3 ", "I have been ", '"', "1", "my ", "as the "):
        before = time.process_time()
        giveaways(part * (4000 // len(part)), own_name=OWN_NAME, team_words=TEAMS, colleague_names=colleagues)
        assert time.process_time() - before < 1, part


def test_nothing_is_found_in_nothing() -> None:
    assert giveaways("", own_name=OWN_NAME, team_words=TEAMS, colleague_names=COLLEAGUES) == ()


@given(st.data())
@settings(deadline=None, max_examples=300)
def test_what_a_pattern_finds_holds_what_it_needs(data: st.DataObject) -> None:
    _, needs, pattern = data.draw(st.sampled_from(giveaway_patterns._patterns()))
    text = data.draw(st.from_regex(pattern))
    if pattern.search(text):
        assert needs & giveaway_patterns._there(text)


@pytest.mark.parametrize("texts", [EXAMPLES, HELD_OUT, LATER], ids=IDS)
def test_what_a_pattern_needs_hides_nothing_in_any_case_of_letters(texts: Sequence[Example]) -> None:
    for one in texts:
        for text in (one.text, one.text.upper(), one.text.lower(), one.text.replace("i", "ı")):
            there = giveaway_patterns._there(text)
            for _, needs, pattern in giveaway_patterns._patterns():
                assert needs & there or not pattern.search(text), (pattern.pattern, text)


def test_full_names_are_two_or_three_words_with_capitals() -> None:
    text = "I asked Élodie O’Brien and Hana Reed, from HR. Then ada fern, Emil and ANA LÓPEZ PAZ came."
    found = possible_names(text)
    assert {"Élodie O’Brien", "Hana Reed", "ANA LÓPEZ PAZ"} <= found
    assert not {one for one in found if "ada" in one or "HR" in one or one == "Emil"}
    assert (
        len(
            possible_names(
                "Ab Cd Ef Gh " * 400
                + "".join(f"N{chr(65 + one % 26)}{chr(97 + one % 26)} " for one in range(999))
            )
        )
        <= 300
    )


def test_words_of_ones_own_are_five_in_a_row_whatever_stands_between() -> None:
    written = ["It held the letter of the lighthouse keeper.", "Twice, on the same morning."]
    found = echoes("She said: the Letter (of the) lighthouse keeper! On the same evening twice.", written)
    assert [one.phrase for one in found] == ["the Letter (of the) lighthouse keeper"]
    assert echoes("It held the letter once.", written) == ()
    assert [
        one.phrase
        for one in echoes("the letter of the lighthouse keeper, it held the letter of the", written)
    ] == ["the letter of the lighthouse keeper", "it held the letter of the"]
