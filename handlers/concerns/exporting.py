"""Concerns as a file: their numbers, where they are, what handlers did and when, and what was published.

No text of a case, no reporter, and of what a reporter did no time but the week.
"""

import csv
import io
import json
from collections.abc import Iterator
from typing import Any, Literal

from domain.concerns import Concern, number_words
from domain.reports import tame
from storage import concern_figures, initiatives, publications
from storage.store import Work

Form = Literal["csv", "json"]
COLUMNS = (
    *("number", "initiative_key", "initiative_name", "week", "severity", "cause", "gap", "state", "outcome"),
    *("specific", "milestone", "merged_into", "handed_at_utc", "due_at_utc", "first_answer_at_utc"),
    *("escalated_at_utc", "closed_at_utc", "published_observed", "published_text", "published_from_day"),
)
#: How many are read at a time.
PAGE = 2000


def exported(work: Work, form: Form) -> str:
    """All concerns that were handed over, in order of their numbers, as text."""
    rows = _rows(work)
    if form == "json":
        return json.dumps({"concerns": list(rows)}, ensure_ascii=False, indent=2) + "\n"
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.DictWriter(out, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: tame(cell) if isinstance(cell, str) else cell for name, cell in row.items()})
    return out.getvalue()


def _rows(work: Work) -> Iterator[dict[str, Any]]:
    after = 0
    while found := concern_figures.numbered_after(work, after, limit=PAGE):
        ids = {one.initiative_id for one in found if one.initiative_id is not None}
        known = initiatives.by_ids(work, ids)
        published = publications.of_numbers(work, found[0].number or 0, found[-1].number or 0)
        for one in found:
            about = None if one.initiative_id is None else known.get(one.initiative_id)
            told = published.get(one.number or 0)
            yield {
                **_case(one),
                "initiative_key": None if about is None else about.key,
                "initiative_name": None if about is None else about.name,
                "published_observed": None if told is None else told.observed,
                "published_text": None if told is None else told.text,
                "published_from_day": None
                if told is None or told.from_day is None
                else told.from_day.isoformat(),
            }
        after = found[-1].number or 0


def _case(one: Concern) -> dict[str, Any]:
    times = ("handed_at", "due_at", "first_answer_at", "escalated_at", "closed_at")
    return {
        "number": number_words(one.number or 0),
        "week": one.week,
        "severity": one.severity.value,
        "cause": one.cause,
        "gap": one.gap,
        "state": one.state.value,
        "outcome": one.outcome,
        "specific": one.is_specific,
        "milestone": one.milestone,
        "merged_into": None if one.merged_into is None else number_words(one.merged_into),
        **{
            f"{name}_utc": None if at is None else at.isoformat().replace("+00:00", "Z")
            for name in times
            for at in [getattr(one, name)]
        },
    }
