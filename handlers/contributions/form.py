"""The form of an entry: for a new one, a colleague's, or one to edit."""

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.contributions import MAX_WHAT, Contribution, Degree, Draft, Kind, effort_words, parse_effort
from domain.errors import InvalidField
from handlers.capability import Actor
from handlers.cards import (
    ChoiceInput,
    Context,
    DateInput,
    Element,
    Form,
    LinkInput,
    Option,
    Text,
    TextInput,
    runs,
)
from handlers.conversation import Submission
from handlers.phrases import Line
from storage import initiatives
from storage.store import Work

NAME = "contribution.form"
#: How much of what was done the form shows where it is too long for an entry: what an input takes on every platform.
MOST_GIVEN = 3000

DEGREES = (
    Option(key=Degree.LEAD.value, label="I led it"),
    Option(key=Degree.EQUAL.value, label="I did it together with others"),
    Option(key=Degree.SUPPORTING.value, label="I supported it"),
)


@dataclass(frozen=True, slots=True)
class Aim:
    """What a form is about: nothing yet, an entry, or a colleague. Travels as the form's context."""

    entry_id: int | None = None
    version: int | None = None
    for_person_id: int | None = None

    def dump(self) -> str:
        named = {"e": self.entry_id, "v": self.version, "f": self.for_person_id}
        return json.dumps({key: value for key, value in named.items() if value is not None})

    @classmethod
    def load(cls, context: str) -> "Aim":
        """Read a context back; anything that is not one means a new entry."""
        try:
            named: Any = json.loads(context or "{}")
        except ValueError:
            named = None
        if not isinstance(named, dict):
            named = {}
        numbers = {key: value for key, value in named.items() if type(value) is int}
        return cls(numbers.get("e"), numbers.get("v"), numbers.get("f"))


@dataclass(frozen=True, slots=True)
class Filled:
    """What stands in the form's inputs."""

    initiative: str | None = None
    kind: str | None = None
    effort: str | None = None
    day: date | None = None
    what: str | None = None
    degree: str = Degree.EQUAL.value
    link: str | None = None


def from_line(line: Line, initiative_id: int | None) -> Filled:
    """What was understood of a typed line."""
    return Filled(
        initiative=None if initiative_id is None else str(initiative_id),
        kind=None if line.kind is None else line.kind.key,
        effort=None if line.effort_minutes is None else effort_words(line.effort_minutes),
        day=line.day,
        what=line.what or None,
        degree=(line.degree or Degree.EQUAL).value,
        link=line.link,
    )


def from_entry(entry: Contribution) -> Filled:
    return Filled(
        initiative=str(entry.initiative_id),
        kind=entry.kind.key,
        effort=None if entry.effort_minutes is None else effort_words(entry.effort_minutes),
        day=entry.day,
        what=entry.what,
        degree=entry.degree.value,
        link=entry.link,
    )


def build(
    actor: Actor, filled: Filled, work: Work, *, aim: Aim, note: str | None = None, whose: str = ""
) -> Form:
    """The form, filled in; `note` stands on top, `whose` is the colleague's name where it is theirs."""
    known = initiatives.active(work)
    options = [Option(key=str(one.id), label=one.name) for one in known]
    if filled.initiative is not None and filled.initiative not in {option.key for option in options}:
        # An entry of an archived initiative can still be edited.
        former = initiatives.by_id(work, int(filled.initiative)) if filled.initiative.isdigit() else None
        if former is None:
            filled = replace(filled, initiative=None)
        else:
            options.append(Option(key=filled.initiative, label=f"{former.name} (archived)"))
    elements: list[Element] = []
    if note:
        elements.append(Text(runs=runs(note)))
    if not options:
        elements.append(
            Text(runs=runs("There is no initiative yet. Ask an administrator to add the first one."))
        )
    what = (filled.what or "")[:MOST_GIVEN]
    kinds = tuple(Option(key=kind.key, label=kind.label.capitalize()) for kind in Kind)
    elements += [
        ChoiceInput(
            name="initiative",
            label="Initiative",
            options=tuple(options),
            value=filled.initiative,
            placeholder="Which one was it for?",
        ),
        ChoiceInput(
            name="kind", label="Kind", options=kinds, value=filled.kind, placeholder="What did you give?"
        ),
        TextInput(
            name="what",
            label="What was done",
            value=what or None,
            placeholder="Labelled 400 exceptions",
            multiline=True,
            # What is too long stands there whole, to be shortened.
            max_length=MAX_WHAT if len(what) <= MAX_WHAT else MOST_GIVEN,
        ),
        TextInput(
            name="effort",
            label="Effort",
            value=filled.effort,
            placeholder="3h, 90m, half a day",
            hint="Leave it empty if there was nothing to count.",
            optional=True,
            max_length=40,
        ),
        DateInput(name="day", label="Day", value=filled.day or actor.today),
        ChoiceInput(
            name="degree", label=f"{whose or 'Your'} part in it", options=DEGREES, value=filled.degree
        ),
        LinkInput(
            name="link",
            label="Link",
            value=filled.link,
            placeholder="https://",
            hint="To a file or a message, if there is one.",
            optional=True,
        ),
        Context(
            runs=runs(
                "Seen by the product owner and the sponsors of the initiative, by HR, and in reports by name "
                "and part. Every change keeps the earlier version."
            )
        ),
    ]
    if aim.entry_id is not None:
        title = "Edit the entry"
    else:
        title = "Log for a colleague" if aim.for_person_id is not None else "Log a contribution"
    return Form(name=NAME, title=title, submit="Save", elements=tuple(elements), context=aim.dump())


def filled_by(submission: Submission) -> Filled:
    """What somebody sent in, as it was typed."""
    return Filled(
        initiative=submission.text("initiative") or None,
        kind=submission.text("kind") or None,
        effort=submission.text("effort") or None,
        day=_iso_day(submission.text("day")),
        what=submission.text("what") or None,
        degree=submission.text("degree") or Degree.EQUAL.value,
        link=submission.text("link") or None,
    )


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    return build(actor, filled_by(submission), work, aim=Aim.load(submission.context))


def read(actor: Actor, submission: Submission, work: Work) -> Draft:
    """The entry that a form asks for; not yet checked against the rules. Raises InvalidField."""
    filled = filled_by(submission)
    errors: dict[str, str] = {}
    effort: int | None = None
    if filled.effort is not None:
        effort = parse_effort(filled.effort, hours_a_day=actor.policy.hours_a_day)
        if effort is None:
            errors["effort"] = "That is not an effort I can read. Examples: 3h, 1.5h, 90m, half a day."
    if filled.day is None:
        errors["day"] = "Please pick a day, such as 2026-11-03."
    kind = next((kind for kind in Kind if kind.key == filled.kind), None)
    if kind is None:
        errors["kind"] = "Please choose what kind of contribution it was."
    degree = next((degree for degree in Degree if degree.value == filled.degree), None)
    if degree is None:
        errors["degree"] = "Please choose one of the three."
    initiative = None
    if filled.initiative is not None and filled.initiative.isdecimal() and len(filled.initiative) < 18:
        initiative = initiatives.by_id(work, int(filled.initiative))
    if initiative is None:
        errors["initiative"] = "Please choose an initiative."
    if errors or kind is None or degree is None or initiative is None or filled.day is None:
        raise InvalidField(**errors)
    return Draft(
        kind=kind,
        initiative_id=initiative.id,
        effort_minutes=effort,
        day=filled.day,
        what=filled.what or "",
        degree=degree,
        link=filled.link,
    )


def _iso_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
