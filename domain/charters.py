"""Charters: what a department decides about its tool, what the AI function decides, and who settles the rest.

Source: a charter keeps process design, risk appetite and service rules with the department, and model choice,
operations and technical standards with the AI function, with a way to escalate and a time for it (seeds, first
article).
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from domain.contributions import clean
from domain.errors import InvalidField
from domain.values import Value

MAX_ENTRY = 120
MOST_ENTRIES = 12
LEAST_HOURS = 1
MOST_HOURS = 240


class CharterDraft(Value):
    """What a person fills in for a charter."""

    department_decides: tuple[str, ...]
    technology_decides: tuple[str, ...]
    #: Who decides what the two cannot agree on, and within how many hours.
    escalation_person_id: int | None
    escalation_hours: int


class Charter(CharterDraft):
    """A charter that somebody stood up for."""

    initiative_id: int
    changed_by_id: int
    changed_at: datetime


#: What a charter says until somebody has saved it.
PROPOSED = CharterDraft(
    department_decides=("Process design", "Risk appetite", "Service rules"),
    technology_decides=("Model choice", "Operations", "Technical standards"),
    escalation_person_id=None,
    escalation_hours=48,
)


def check(values: Mapping[str, str], *, escalation_person_id: int) -> CharterDraft:
    """The draft in a filled form, tidied. Raises InvalidField, keyed by the names of the form's inputs."""
    errors: dict[str, str] = {}
    department = _entries(values, "department", errors)
    technology = _entries(values, "technology", errors)
    known = {entry.casefold() for entry in department}
    both = next((entry for entry in technology if entry.casefold() in known), None)
    if both is not None:
        errors["technology"] = f"“{both}” stands on both sides. Please leave it with the one who decides it."
    hours = values.get("hours", "").strip().removesuffix(".0")
    if not (hours.isascii() and hours.isdecimal() and len(hours) < 6):
        hours = "0"
    if not LEAST_HOURS <= int(hours) <= MOST_HOURS:
        errors["hours"] = f"Please give whole hours, from {LEAST_HOURS} to {MOST_HOURS} (ten days)."
    if errors:
        raise InvalidField(**errors)
    return CharterDraft(
        department_decides=department,
        technology_decides=technology,
        escalation_person_id=escalation_person_id,
        escalation_hours=int(hours),
    )


def entries_of(text: str) -> tuple[str, ...]:
    """The entries in a text with one line each: bullets taken off, empty lines and repetitions left out."""
    lines = (clean(line.strip().lstrip("-*•·").strip()) for line in clean(text).split("\n"))
    kept: dict[str, str] = {}
    for line in lines:
        if line:
            kept.setdefault(line.casefold(), line)
    return tuple(kept.values())


def _entries(values: Mapping[str, str], name: str, errors: dict[str, str]) -> tuple[str, ...]:
    entries = entries_of(values.get(name, ""))
    longest = max((len(entry) for entry in entries), default=0)
    if not entries:
        errors[name] = "Please write at least one line."
    elif len(entries) > MOST_ENTRIES:
        errors[name] = f"That is {len(entries)} lines; please keep it to {MOST_ENTRIES}."
    elif longest > MAX_ENTRY:
        errors[name] = f"One line has {longest:,} characters; please keep each to {MAX_ENTRY}."
    return entries


def differences(before: CharterDraft, after: CharterDraft, names: Mapping[int, str]) -> list[str]:
    """What changed, in sentences; `names` are those of the people who decide escalations."""
    found = [
        *_moved("The department", before.department_decides, after.department_decides),
        *_moved("The AI function", before.technology_decides, after.technology_decides),
    ]
    if before.escalation_person_id != after.escalation_person_id:
        found.append(
            f"Escalations are decided by {escalation_name(after, names)}"
            f" (before: {escalation_name(before, names)})."
        )
    if before.escalation_hours != after.escalation_hours:
        found.append(
            f"They are decided within {hours_words(after.escalation_hours)}"
            f" (before: {hours_words(before.escalation_hours)})."
        )
    if not found and before != after:
        found.append("The lines are in another order.")
    return found


def _moved(side: str, before: Sequence[str], after: Sequence[str]) -> list[str]:
    return [
        *(f"{side} now decides: {entry}." for entry in after if entry not in before),
        *(f"{side} no longer decides: {entry}." for entry in before if entry not in after),
    ]


def escalation_name(charter: CharterDraft, names: Mapping[int, str]) -> str:
    if charter.escalation_person_id is None:
        return "nobody yet"
    return names.get(charter.escalation_person_id, "somebody who has left")


def hours_words(hours: int) -> str:
    return "1 hour" if hours == 1 else f"{hours} hours"
