"""Transition plans: what has to happen until a department operates its tool alone."""

from datetime import date

from domain.contributions import clean, day_words
from domain.errors import InvalidField
from domain.values import Value

MAX_TEXT = 300
#: How many steps a plan can have: more is a project plan, and belongs elsewhere.
MOST_STEPS = 20

#: What every plan begins with.
DEFAULT_STEPS = (
    "Run the process: the department works with the tool every day without the AI function beside it",
    "Read the outputs: people there tell a good answer from a bad one, and know what to do with each",
    "Adjust the levers: they change thresholds, rules and wording themselves",
    "First-line support: questions are answered in the department first",
    "Known limits written down: what the tool does not do well, and whose work it changes",
)


class StepDraft(Value):
    """What a person fills in for a step."""

    text: str
    owner_id: int | None = None
    due_on: date | None = None


class Step(StepDraft):
    """A step of an initiative's transition plan."""

    id: int
    initiative_id: int
    #: In which order the steps are shown, from 1.
    position: int
    done_on: date | None = None


def check(text: str, *, due: str, owner_id: int | None) -> StepDraft:
    """The draft in a filled form; `due` is an ISO date or empty. Raises InvalidField."""
    errors: dict[str, str] = {}
    text = clean(text)
    if not text:
        errors["text"] = "Please say in a few words what has to happen."
    elif len(text) > MAX_TEXT:
        errors["text"] = f"That is {len(text):,} characters; please keep it to {MAX_TEXT}."
    day = None
    if due:
        try:
            day = date.fromisoformat(due)
        except ValueError:
            errors["due"] = "Please pick a day."
        else:
            if not 2000 <= day.year <= 2100:
                errors["due"] = "Please pick a day in this century."
    if errors:
        raise InvalidField(**errors)
    return StepDraft(text=text, owner_id=owner_id, due_on=day)


def state_words(step: Step, today: date) -> str:
    """How a step stands, as people read it: "done yesterday", "3 days overdue", "due Friday 4 December"."""
    if step.done_on is not None:
        return f"done {day_words(step.done_on, today)}"
    if step.due_on is None:
        return "no day set"
    late = (today - step.due_on).days
    match late:
        case 0:
            return "due today"
        case -1:
            return "due tomorrow"
        case 1:
            return "1 day overdue"
    return f"{late:,} days overdue" if late > 0 else f"due {day_words(step.due_on, today)}"


def is_overdue(step: Step, today: date) -> bool:
    return step.done_on is None and step.due_on is not None and step.due_on < today


def progress_words(steps: list[Step], today: date) -> str:
    """How far a plan has come: "2 of 5 steps are done; 1 is overdue."."""
    done = sum(step.done_on is not None for step in steps)
    overdue = sum(is_overdue(step, today) for step in steps)
    if done == len(steps):
        return "Every step is done: the department operates the tool alone."
    late = f"; {overdue} {'is' if overdue == 1 else 'are'} overdue" if overdue else ""
    return f"{done} of {len(steps)} steps {'is' if done == 1 else 'are'} done{late}."
