"""Nobody's answer is certain to whoever reads the results, not even with m-1 insiders in the groups."""

import os
from collections.abc import Collection

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.releases import release
from tests.attack import worlds
from tests.attack.drawn import Answered, answered
from tests.attack.worlds import FAVOURABLE, UNFAVOURABLE, Place, attack, flat, published

#: The long form takes minutes: TANDEM_ATTACK=long.
LONG = os.environ.get("TANDEM_ATTACK") == "long"
#: Two questions for which nobody leaves one out; the second is as good as the first.
ALIKE = flat(5, 5, questions=(("trust", 5, 2), ("sure", 10, 2)))._replace(alike=True)


@pytest.mark.parametrize(
    "place", list(worlds.places(LONG)), ids=lambda place: "-".join(map(str, place.seats))
)
def test_in_every_small_pulse_everybody_may_have_answered_at_either_end(place: Place) -> None:
    found = attack(place, published, place.insiders)
    assert found.tried > 0
    assert (found.linked, found.excluded) == (0, 0)


def test_the_attack_finds_somebody_where_counts_are_exact() -> None:
    assert attack(flat(5), worlds.with_exact_counts, 1).linked > 0


def test_the_attack_finds_somebody_where_small_teams_are_left_out_of_what_is_shown_but_not_of_its_total() -> (
    None
):
    assert attack(flat(5, 3), worlds.with_small_teams_hidden, 1).linked > 0


def test_the_attack_finds_somebody_where_one_more_insider_helps() -> None:
    place = flat(5)
    assert attack(place, published, place.insiders + 1).linked > 0


def test_the_attack_finds_somebody_where_questions_that_are_answered_alike_have_groups_of_their_own() -> None:
    assert attack(ALIKE, worlds.with_groups_for_each_question, 1).linked > 0


def test_a_question_that_was_asked_twice_tells_no_more_than_once() -> None:
    assert attack(ALIKE, published, 1).linked == 0


def test_what_the_command_prints_is_none_for_what_is_published_and_some_for_the_control() -> None:
    printed = worlds.possible_worlds()
    assert printed["linked"] == printed["chance"] == 0.0
    assert isinstance(printed["control"], float)
    assert printed["control"] > 0.1


@settings(
    max_examples=500 if LONG else 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(pulse=answered(), data=st.data())
def test_in_larger_pulses_there_is_for_everybody_another_world_that_looks_the_same(
    pulse: Answered, data: st.DataObject
) -> None:
    place, answers = pulse
    seen = published(place, worlds.tallied(place, answers))
    keys = {
        row.question
        for row in release(place.tree, place.questions, worlds.tallied(place, answers), place.held)
    }
    people = range(len(place.seats))
    drawn = data.draw(st.sets(st.sampled_from(people), max_size=place.insiders)) if people else set()
    for case in answers if LONG else _unlike(place, answers):
        if place.questions[case[1]][0] not in keys:
            continue
        for insiders in (drawn - {case[0]}, _worst(place, answers, case)):
            for stance in (FAVOURABLE, UNFAVOURABLE):
                other = worlds.another(place, answers, insiders, case, stance)
                assert other is not None
                assert other[case] == stance
                assert all(other[one] == answers[one] for one in answers if one[0] in insiders)
                assert published(place, worlds.tallied(place, other)) == seen


def _unlike(place: Place, answers: dict[tuple[int, int], int]) -> Collection[tuple[int, int]]:
    """One for all colleagues of a team who gave a question the same answer: what holds for one holds for each."""
    return {
        (place.seats[person], question, stance): (person, question)
        for (person, question), stance in answers.items()
    }.values()


def _worst(place: Place, answers: dict[tuple[int, int], int], case: tuple[int, int]) -> Collection[int]:
    """m-1 colleagues of the same team who gave the rarest answer, so that they know most about the others."""
    person, question = case
    near = [one for one, asked in answers if asked == question and one != person]
    given = [answers[one, question] for one in near]
    near.sort(
        key=lambda one: (place.seats[one] != place.seats[person], given.count(answers[one, question]), one)
    )
    return set(near[: place.insiders])
