"""The promise says what is kept from whom, in numbers and in plain words, and promises nothing more."""

import re
from collections.abc import Iterable
from itertools import product
from pathlib import Path

import pytest
from pydantic import ValidationError

from domain.promises import Adversary, Terms, clauses, concern_promise, promise, short_promise
from domain.releases import Tally, release
from domain.trees import Node, Tree

TERMS = Terms(k=5, m=2, closes_on="Friday 4 December", platform="Slack")
SENSITIVE = TERMS.model_copy(update={"sensitive_k": 10, "sensitive_m": 3})
TRUSTEE = TERMS.model_copy(update={"trustee": "the works council"})
EVERYTHING = Terms(
    k=7,
    m=3,
    sensitive_k=12,
    sensitive_m=4,
    has_comments=True,
    closes_on="Friday 4 December",
    trustee="the works council",
    platform="Microsoft Teams",
)
ALL_TERMS = (TERMS, SENSITIVE, TRUSTEE, EVERYTHING)
CONCERNS = tuple(concern_promise(anonymous, push) for anonymous, push in product((False, True), repeat=2))

FORBIDDEN = (
    "100 %",
    "100%",
    "anonymous",
    "fully",
    "completely",
    "cannot ever",
    "never ever",
    "impossible",
    "guarantee",
)
#: What a sentence about this adversary cannot do without, as (platform, one word of the sentence).
WORDS_ABOUT = {
    Adversary.READER: ("guess", "not be certain"),
    Adversary.ONE_COPY: ("stolen copy", "list of the invited"),
    Adversary.MANY_COPIES: ("Many copies", "who took part"),
    Adversary.WRITER: ("change the database", "remove"),
    Adversary.AFTER_CLOSE: ("After closing", "copied the keys before"),
    Adversary.WHILE_OPEN: ("code", "could"),
    Adversary.LOGS: ("Logs", "time of a click"),
    Adversary.PLATFORM: ("see what you click", "owns the workspace"),
}


def joined(sentences: Iterable[str]) -> str:
    return " ".join(sentences)


def words(sentence: str) -> int:
    return len(sentence.split())


@pytest.mark.parametrize("adversary", Adversary)
@pytest.mark.parametrize("terms", ALL_TERMS)
def test_everybody_an_answer_is_kept_from_or_is_not_is_spoken_of(terms: Terms, adversary: Adversary) -> None:
    said = joined(joined(clause.sentences) for clause in clauses(terms) if adversary in clause.about)

    for expected in WORDS_ABOUT[adversary]:
        assert expected in said


def test_the_document_has_a_row_for_every_adversary_of_the_promise() -> None:
    document = (Path(__file__).parents[2] / "docs" / "privacy.md").read_text()
    rows = re.findall(r"^\| ([^|]+?) \| [^|]+ \| [^|]+ \|$", document, re.MULTILINE)

    assert [row for row in rows if row in set(Adversary)] == list(Adversary)


def test_the_numbers_of_the_settings_stand_in_the_words() -> None:
    said = joined(promise(EVERYTHING))

    assert "at least 12 answers" in said
    assert "0 to 3 look the same" in said
    assert "all but 3" in said
    assert "2 colleagues share" in said
    assert "blurred further: up to 4" in said
    assert "fewer than 12 people" in said
    assert "Until the end of Friday 4 December" in said
    assert "Microsoft Teams" in said and "Slack" not in said


def test_the_group_that_is_promised_is_the_smallest_that_is_released() -> None:
    tree = Tree(
        nodes=(Node(1, "Claims", None), Node(2, "Sales", None), Node(3, "Legal", None)),
        invited={1: 9, 2: 10, 3: 5},
    )
    questions = [("a.plain", SENSITIVE.k, SENSITIVE.m), ("a.sensitive", 10, 3)]

    def groups(asked: list[tuple[str, int, int]]) -> int:
        tallies = {
            key: {team: Tally(n, n // 2, n // 2) for team, n in tree.invited.items()} for key, _, _ in asked
        }
        return min(one.n for one in release(tree, asked, tallies))

    assert groups(questions) == SENSITIVE.group == 10
    assert groups(questions[:1]) == TERMS.group == 5


def test_sensitive_questions_are_spoken_of_only_where_there_are_some() -> None:
    assert "Sensitive" in joined(promise(SENSITIVE))
    assert "Sensitive" not in joined(promise(TERMS))


def test_a_trustee_changes_what_is_said_about_opening_early_and_nothing_else() -> None:
    without, held = set(promise(TERMS)), set(promise(TRUSTEE))

    assert joined(without - held) == (
        "Whoever controls both the server and its keys, or changes the bot's code, "
        "could read answers before the pulse closes."
    )
    assert {sentence for sentence in held - without if "the works council" in sentence}
    assert "Whoever changes the bot's code could still read answers as they arrive." in held - without


def test_comments_are_spoken_of_only_where_they_are_asked_for() -> None:
    assert "10 answers and 5 comments" in joined(promise(EVERYTHING))
    assert "omment" not in joined(promise(TERMS))


@pytest.mark.parametrize(
    "said", [*map(promise, ALL_TERMS), *CONCERNS, *((short_promise(one),) for one in ALL_TERMS)]
)
def test_nothing_is_promised_that_cannot_be_kept(said: tuple[str, ...]) -> None:
    for phrase in FORBIDDEN:
        assert phrase not in joined(said).casefold()


@pytest.mark.parametrize("said", [*map(promise, ALL_TERMS), *CONCERNS])
def test_the_sentences_are_short_and_each_is_one(said: tuple[str, ...]) -> None:
    assert max(map(words, said)) <= 25
    assert sum(map(words, said)) / len(said) < 18
    for sentence in said:
        assert sentence.endswith(".") and ". " not in sentence
        assert "!" not in sentence
    assert len(set(said)) == len(said)


def test_the_invitation_says_it_in_two_sentences() -> None:
    said = short_promise(EVERYTHING)

    assert said.count(". ") == 1 and said.endswith(".")
    assert "at least 12" in said
    assert "knows whether you answered" in said


def test_an_unnamed_concern_says_what_the_code_is_and_that_a_lost_one_is_lost() -> None:
    said = joined(concern_promise(anonymous=True, push=False))

    assert "25 characters, shown once and never sent in a message" in said
    assert "Nobody can bring a lost code back" in said
    assert "same line each week" in said
    assert "Only the week is kept" in said
    assert "No return address is kept." in said


def test_a_return_address_is_said_to_protect_less() -> None:
    with_push, without = concern_promise(True, True), concern_promise(True, False)

    assert any("protects you less" in sentence for sentence in with_push)
    assert not any("protects you less" in sentence for sentence in without)
    assert "No return address is kept." not in with_push


def test_a_named_concern_says_that_the_name_is_kept() -> None:
    said = concern_promise(anonymous=False, push=False)

    assert said[0].startswith("Your name is kept with what you write")
    assert "not kept" not in joined(said)


@pytest.mark.parametrize(
    "changed",
    [
        {"k": 4},
        {"m": 1},
        {"k": 5, "m": 3},
        {"sensitive_k": 10},
        {"sensitive_m": 3},
        {"sensitive_k": 6, "sensitive_m": 3},
        {"k": 11, "m": 3, "sensitive_k": 10, "sensitive_m": 3},
        {"closes_on": ""},
        {"trustee": ""},
        {"platform": "Mattermost"},
    ],
)
def test_settings_that_protect_too_little_cannot_be_promised(changed: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Terms(**(TERMS.model_dump() | changed))
