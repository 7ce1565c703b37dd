"""A pulse as a file: what was released, as ranges and bands, and the comments by block; no number of people."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any, Literal

from domain.pulses import NoSuchPulse, Status
from domain.reports import tame
from domain.results import Results, question_words
from domain.trees import EVERYONE
from handlers.pulses.results import NoneYet, NoResultsYet, agreed, loaded
from storage import pulses, releases
from storage.pulses import Pulse
from storage.store import Work

Form = Literal["csv", "json"]
#: Of all pulses so many of the newest are written; an older one is asked for by its number.
MOST_PULSES = 1000

_COLUMNS = (
    *("record", "pulse", "title", "opens_on", "closes_on", "group", "group_name", "question", "asked"),
    *("favourable_from", "favourable_to", "unfavourable_from", "unfavourable_to"),
    *("response_from", "response_to", "comment"),
)


def exported(work: Work, pulse_id: int | None, form: Form) -> str:
    """One pulse, or all that were released, as text. Shares and response are in per cent. Raises Refused."""
    found = [_json(work, one) for one in _wanted(work, pulse_id)]
    if form == "json":
        return json.dumps({"pulses": found}, ensure_ascii=False, indent=2) + "\n"
    return _csv(found)


def _wanted(work: Work, pulse_id: int | None) -> Sequence[Pulse]:
    if pulse_id is None:
        found = pulses.in_status(work, Status.RELEASED, limit=MOST_PULSES)
        if not found:
            raise NoneYet
        return found[::-1]
    one = pulses.by_id(work, pulse_id)
    if one is None:
        raise NoSuchPulse
    if one.status is not Status.RELEASED:
        raise NoResultsYet
    return [one]


def _json(work: Work, one: Pulse) -> dict[str, Any]:
    results = loaded(work, one)
    return {
        "pulse": one.id,
        "title": one.spec.title,
        "opens_on": one.spec.opens_on.isoformat(),
        "closes_on": one.spec.closes_on.isoformat(),
        "smallest_group": one.spec.group,
        "groups": [
            {
                "group": group.id,
                "name": group.name,
                "response_percent": list(group.response),
                "questions": [
                    {
                        "question": line.question,
                        "asked": question_words(results, line.question),
                        "favourable_percent": list(line.favourable),
                        "unfavourable_percent": list(line.unfavourable),
                    }
                    for line in group.lines
                ],
            }
            for group in results.groups
        ],
        "not_shown": list(results.unseen),
        "comments": [
            {"block": block, "name": _block(results, block), "comments": texts}
            for block, texts in releases.comments(work, one.id).items()
        ],
        "what_happens_next": agreed(work, one),
    }


def _block(results: Results, block: int) -> str:
    return "Other departments" if block == EVERYONE else results.tree.path(block)


def _csv(found: Sequence[dict[str, Any]]) -> str:
    """RFC 4180 with a byte order mark, for Excel; a row for each question of a group, and for each comment."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.DictWriter(out, _COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    for one in found:
        head = {name: one[name] for name in ("pulse", "title", "opens_on", "closes_on")}
        for group in one["groups"]:
            for line in group["questions"]:
                row = {"record": "group", **head, "group": group["group"], "group_name": group["name"]}
                row |= {"question": line["question"], "asked": line["asked"]}
                for name in ("favourable", "unfavourable"):
                    row[f"{name}_from"], row[f"{name}_to"] = line[f"{name}_percent"]
                row["response_from"], row["response_to"] = group["response_percent"]
                writer.writerow(_tamed(row))
        for block in one["comments"]:
            for text in block["comments"]:
                row = {"record": "comment", **head, "group": f"block:{block['block']}", "comment": text}
                writer.writerow(_tamed(row | {"group_name": block["name"]}))
    return out.getvalue()


def _tamed(row: dict[str, Any]) -> dict[str, Any]:
    return {name: tame(value) if isinstance(value, str) else value for name, value in row.items()}
