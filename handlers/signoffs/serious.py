"""Serious concerns that are open while something is signed off: their numbers and where they are, never their text."""

from collections.abc import Sequence

from domain.concerns import Concern, number_words
from domain.reports import counted
from domain.signoffs import GO_LIVE
from storage import concern_figures
from storage.store import Work

#: How many are named; the others are counted.
MOST_NAMED = 5


def open_for(work: Work, initiative_id: int, milestone: str) -> list[Concern]:
    """Those linked to a milestone, by its key; before a go-live all about the initiative."""
    return [
        one
        for one in concern_figures.open_serious(work, initiative_id)
        if milestone == GO_LIVE or one.milestone == milestone
    ]


def serious_words(found: Sequence[Concern]) -> str:
    """As in "1 open serious concern: C-12, being looked into."."""
    named = [
        f"{number_words(one.number)}, {one.state.label.lower()}" for one in found if one.number is not None
    ]
    more = len(named) - MOST_NAMED
    if more > 0:
        named = [*named[:MOST_NAMED], f"{more} more"]
    return f"{counted(len(found), 'open serious concern')}: {'; '.join(named)}."
