"""Figures over concerns: whole lots, groups of none or at least five, and the same on both databases."""

import os
import random
import statistics
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from domain.concern_figures import (
    LOT,
    Lot,
    Split,
    atoms,
    lots,
    split,
    within,
)
from domain.concerns import LEAST_IN_FIGURES, Cause, State
from domain.schedules import week_of
from storage import concern_figures
from storage.concerns import concern
from storage.store import Store, Work
from tests import company
from tests.chat import Chat, card_of, words
from tests.conftest import MovedClock

WEEKS = [f"2026-W{number:02}" for number in range(1, 41)]
LABELS = ("trust", "understanding", "interest", "other")
by_week = st.dictionaries(
    st.sampled_from(WEEKS), st.dictionaries(st.sampled_from(LABELS), st.integers(0, 9)), max_size=30
)


def totals(counts: dict[str, dict[str, int]]) -> dict[str, int]:
    return {week: sum(some.values()) for week, some in counts.items()}


@given(by_week)
def test_a_lot_holds_enough_for_two_groups_and_stays_what_it_is_when_more_comes(
    counts: dict[str, dict[str, int]],
) -> None:
    known = lots(totals(counts))
    assert all(lot.concerns >= LOT for lot in known)
    later = lots({**totals(counts), "2026-W50": 30})
    assert later[: len(known)] == known


@given(st.dictionaries(st.sampled_from(LABELS), st.integers(0, 9)))
def test_an_atom_holds_none_or_at_least_five_and_no_label_is_left_out(counts: dict[str, int]) -> None:
    if sum(counts.values()) < LOT:
        return
    found = atoms(counts)
    assert sorted(label for labels in found for label in labels) == sorted(counts)
    held = [sum(counts[label] for label in labels) for labels in found]
    assert all(number == 0 or number >= LEAST_IN_FIGURES for number in held)


@given(by_week, st.sampled_from(WEEKS), st.sampled_from(WEEKS))
def test_what_two_views_differ_by_is_none_or_at_least_five(
    counts: dict[str, dict[str, int]], one: str, other: str
) -> None:
    known = lots(totals(counts))
    views = [split(within(known, week), counts) for week in sorted((one, other))]
    for view in views:
        if view is not None:
            assert view.concerns == sum(group.concerns for group in view.groups)
            assert all(group.concerns >= LEAST_IN_FIGURES for group in view.groups)
    longer, shorter = views
    if longer is None or shorter is None:
        return
    assert abs(longer.concerns - shorter.concerns) in (0, *range(LOT, 10_000))
    for labels, number in told(longer):
        for others, less in told(shorter):
            if set(others) == set(labels):
                assert abs(number - less) == 0 or abs(number - less) >= LEAST_IN_FIGURES


def told(view: Split) -> list[tuple[tuple[str, ...], int]]:
    """Every sum that somebody can make of two groups, and each group."""
    groups = [(one.labels, one.concerns) for one in view.groups]
    pairs = [
        (a.labels + b.labels, a.concerns + b.concerns) for a in view.groups for b in view.groups if a is not b
    ]
    return groups + pairs


def test_groups_that_are_shown_less_freely_would_give_a_small_one_away() -> None:
    """The control: one cell hidden because it is small is the total less the others."""
    counts = {"trust": 8, "understanding": 6, "interest": 1}
    hidden = {label: number for label, number in counts.items() if number >= LEAST_IN_FIGURES}
    assert sum(counts.values()) - sum(hidden.values()) == 1
    merged = split([Lot(("2026-W01",), 15)], {"2026-W01": counts})
    assert merged is not None
    assert sorted(one.concerns for one in merged.groups) == [7, 8]


def test_a_time_of_which_more_is_told_apart_is_chosen() -> None:
    counts = {
        "2026-W01": {"trust": 9, "interest": 1},
        "2026-W02": {"trust": 6, "interest": 6},
        "2026-W03": {"trust": 5, "interest": 7},
    }
    found = split(lots(totals(counts)), counts)
    assert found is not None
    assert (found.first_week, found.concerns) == ("2026-W02", 24)
    assert found.count("trust") == 11
    assert found.count("trust", "interest") == 24


def test_a_part_of_what_is_told_together_is_not_told() -> None:
    found = split([Lot(("2026-W01",), 12)], {"2026-W01": {"trust": 9, "interest": 2, "other": 1}})
    assert found is not None
    assert found.count("interest") is None


# ----------------------------------------------------------------------------------------------- on both databases


def put(work: Work, number: int | None, **values: Any) -> None:
    """A concern as it is kept, handed over, without anything that could be opened."""
    usual: dict[str, Any] = {
        "case_id": os.urandom(16),
        "number": number,
        "week": "2026-W45",
        "severity": "usual",
        "is_specific": True,
        "body": b"-",
        "state": State.NEW.value,
        "handed_at": datetime(2026, 11, 2, 9, tzinfo=UTC),
        "reopened": 0,
    }
    work.connection.execute(sa.insert(concern), usual | values)


async def test_the_database_counts_what_python_would(store: Store) -> None:
    made = await company.founded(store)
    chance = random.Random(11)
    rows: list[dict[str, Any]] = []
    begun = datetime(2026, 6, 1, 9, tzinfo=UTC)
    for number in range(1, 301):
        handed = begun + timedelta(days=chance.randrange(150))
        hours = chance.choice([None, chance.random() * 100])
        rows.append(
            {
                "number": number,
                "week": week_of(handed.date()),
                "initiative_id": chance.choice([None, *made.initiative.values()]),
                "cause": chance.choice([None, *(one.value for one in Cause)]),
                "is_specific": chance.random() < 0.7,
                "state": chance.choice(["new", "taken", "closed", "settled", "settled"]),
                "handed_at": handed,
                "first_answer_at": None if hours is None else handed + timedelta(hours=hours),
            }
        )

    def unit(work: Work) -> None:
        for row in rows:
            put(work, **row)

    await store.write(unit)
    found = await store.read(lambda work: concern_figures.figures(work, "2026-W01"))
    assert found is not None
    counted = [row for row in rows if found.first_week <= row["week"] <= found.last_week]
    assert found.concerns == len(counted)
    taken = [
        (row["first_answer_at"] - row["handed_at"]).total_seconds() / 3600
        for row in counted
        if row["first_answer_at"] is not None
    ]
    assert found.median_hours == pytest.approx(statistics.median(taken), abs=0.001)
    in_time = [row for row in rows if found.specific.first_week <= row["week"] <= found.specific.last_week]
    assert found.specific.count("specific") == sum(row["is_specific"] for row in in_time)
    of_cause = [row for row in rows if found.cause.first_week <= row["week"] <= found.cause.last_week]
    by_cause = Counter(row["cause"] or "unknown" for row in of_cause)
    assert {one.labels: one.concerns for one in found.cause.groups} == {
        one.labels: sum(by_cause[label] for label in one.labels) for one in found.cause.groups
    }
    one = made.initiative["claims"]
    of_one = await store.read(lambda work: concern_figures.figures(work, "2026-W01", one))
    assert of_one is not None and of_one.department is None
    assert of_one.concerns == sum(
        row["initiative_id"] == one and of_one.first_week <= row["week"] <= of_one.last_week for row in rows
    )


@pytest.mark.parametrize("answered", [4, 5, 6])
async def test_a_median_is_told_of_five_answers_on(store: Store, answered: int) -> None:
    handed = datetime(2026, 11, 2, 9, tzinfo=UTC)

    def unit(work: Work) -> None:
        for number in range(1, 13):
            hours = timedelta(hours=number) if number <= answered else None
            put(work, number, first_answer_at=None if hours is None else handed + hours)

    await store.write(unit)
    found = await store.read(lambda work: concern_figures.figures(work, "2026-W40"))
    assert found is not None
    expected = statistics.median(range(1, answered + 1)) if answered >= LEAST_IN_FIGURES else None
    assert found.median_hours == (None if expected is None else pytest.approx(expected, abs=0.001))


async def test_a_week_counts_when_it_is_over_and_all_of_it_is_handed_over(
    store: Store, clock: MovedClock
) -> None:
    def unit(work: Work) -> None:
        for number in range(1, 13):
            put(work, number, week="2026-W46" if number <= 6 else "2026-W47")

    await store.write(unit)
    assert await store.read(lambda work: concern_figures.figures(work, "2026-W01")) is None
    clock.move(days=7)
    found = await store.read(lambda work: concern_figures.figures(work, "2026-W01"))
    assert found is not None and found.concerns == 12
    sent: dict[str, Any] = {"number": None, "state": "sent", "handed_at": None, "week": "2026-W47"}
    await store.write(lambda work: put(work, **sent))
    assert await store.read(lambda work: concern_figures.figures(work, "2026-W01")) is None


async def test_hr_the_ai_function_and_product_owners_read_figures_and_nobody_else(store: Store) -> None:
    made = await company.founded(store)
    chat = Chat(store, made)

    def unit(work: Work) -> None:
        for number in range(1, 25):
            about = made.initiative["claims"] if number % 2 else made.initiative["complaints"]
            put(work, number, initiative_id=about, cause="trust" if number <= 14 else "interest")

    await store.write(unit)
    for who in ("Hana", "Emil"):
        said = words(card_of(await chat.say(who, "concern figures")))
        assert "Raised: 24, in week 45 of 2026" in said
        assert "I cannot rely on it here: 14" in said
        assert "Operations: 24" in said
    owner = words(card_of(await chat.say("Bo", "concern figures 26 weeks")))
    assert "Claims triage" in owner and "Raised: 12" in owner and "Raised: 24" not in owner
    refused = words(card_of(await chat.say("Ada", "concern figures")))
    assert "for HR, the AI function and product owners" in refused


async def test_a_number_of_weeks_that_cannot_be_is_refused_in_words(store: Store) -> None:
    chat = Chat(store, await company.founded(store))
    for typed in ("0", "-3", "ten", "521", "٣"):
        said = words(card_of(await chat.say("Hana", f"concern figures {typed}")))
        assert "from 1 to 520" in said, typed
