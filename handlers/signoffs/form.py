"""The form of a request: what both sponsors will sign."""

import json
from datetime import date
from typing import Any

from domain.contributions import clean, effort_words
from domain.errors import InvalidField
from domain.initiatives import Initiative
from domain.limits import change_words
from domain.signoffs import (
    GATES,
    GO_LIVE,
    MAX_RISKS,
    MAX_SUMMARY,
    MAX_TITLE,
    Content,
    Signoff,
    milestone_key,
    read_criteria,
    written_criteria,
)
from domain.transitions import Step
from handlers.capability import Actor
from handlers.cards import (
    ChoiceInput,
    Context,
    Element,
    Form,
    Option,
    Text,
    TextInput,
    runs,
    strong,
)
from handlers.conversation import Submission
from handlers.signoffs.serious import open_for, serious_words
from storage import limits, milestones, reports, transitions
from storage.store import Work

NAME = "signoff.form"
#: The choice of a milestone that is none of the four.
OWN = "own"


def build(
    about: Initiative,
    work: Work,
    content: Content | None,
    one: Signoff | None,
    *,
    key: str | None = None,
    typed: Submission | None = None,
) -> Form:
    def filled(name: str, before: str = "") -> str | None:
        return (typed.text(name) if typed is not None else before) or None

    elements: list[Element] = [Text(runs=runs(strong(about.name), f": {about.outcome}"))]
    if one is None:
        reached = {title for title, _ in milestones.reached(work, about.id)}
        gates = [Option(key=gate.key, label=gate.title) for gate in GATES if gate.title not in reached]
        gates.append(Option(key=OWN, label="One of our own"))
        chosen = filled("milestone", key or "")
        own = chosen is not None and chosen not in {option.key for option in gates}
        elements += [
            ChoiceInput(
                name="milestone",
                label="Milestone",
                options=tuple(gates),
                value=OWN if own else chosen,
                placeholder="What is to be signed off?",
            ),
            TextInput(
                name="title",
                label="Its name, if it is one of your own",
                value=filled("title", chosen or "" if own else ""),
                optional=True,
                max_length=MAX_TITLE,
            ),
        ]
    before = content or Content(initiative=about.key, milestone="", title="", summary="", criteria=())
    elements += [
        TextInput(
            name="summary",
            label="What is asked for, in a few sentences",
            value=filled("summary", before.summary),
            placeholder="Triage goes live for storm claims, with a person checking every decline.",
            multiline=True,
            max_length=MAX_SUMMARY,
        ),
        TextInput(
            name="criteria",
            label="Accepted when",
            value=filled("criteria", written_criteria(before.criteria)),
            placeholder="95 of 100 sampled claims in the right queue https://…",
            hint="One criterion a line, with a link to its evidence.",
            multiline=True,
            max_length=3000,
        ),
        TextInput(
            name="risks",
            label="Risks that the department takes",
            value=filled("risks", before.risks),
            multiline=True,
            optional=True,
            max_length=MAX_RISKS,
        ),
        Context(
            runs=runs(
                f"Put in so far: {_effort(about, work)}. Both sponsors sign exactly this text; "
                "a change asks both again."
            )
        ),
    ]
    milestone = GO_LIVE if one is None else one.content.milestone
    if serious := open_for(work, about.id, milestone):
        elements.append(Context(runs=runs(f"{serious_words(serious)} The sponsors see that too.")))
    context: dict[str, Any] = {"i": about.id}
    if one is not None:
        context = {"i": about.id, "s": one.id, "v": one.version}
    return Form(
        name=NAME,
        title="Ask for a sign-off" if one is None else "Change the request",
        submit="Send to both",
        elements=tuple(elements),
        context=json.dumps(context),
    )


def read(
    actor: Actor, submission: Submission, about: Initiative, work: Work, one: Signoff | None = None
) -> Content:
    errors: dict[str, str] = {}
    if one is not None:
        key, title = one.content.milestone, one.content.title
    else:
        key, title = _milestone(submission, about, work, errors)
    summary, risks = clean(submission.text("summary")), clean(submission.text("risks"))
    if not 1 <= len(summary) <= MAX_SUMMARY:
        errors["summary"] = f"Please say in 1 to {MAX_SUMMARY:,} characters what is asked for."
    if len(risks) > MAX_RISKS:
        errors["risks"] = f"Please keep it to {MAX_RISKS:,} characters."
    try:
        criteria = read_criteria(submission.text("criteria"))
    except InvalidField as invalid:
        errors |= invalid.errors
        criteria = ()
    if errors:
        raise InvalidField(**errors)
    going_live = key == GO_LIVE
    return Content(
        initiative=about.key,
        milestone=key,
        title=title,
        summary=summary,
        criteria=criteria,
        risks=risks,
        effort=_effort(about, work),
        limits=_limits(work, about) if going_live else (),
        plan=_plan(work, about) if going_live else (),
    )


def _milestone(
    submission: Submission, about: Initiative, work: Work, errors: dict[str, str]
) -> tuple[str, str]:
    chosen = submission.text("milestone")
    gate = next((gate for gate in GATES if gate.key == chosen), None)
    if gate is not None:
        return gate.key, gate.title
    title = clean(submission.text("title"))
    key = milestone_key(title)
    if chosen != OWN:
        errors["milestone"] = "Please choose a milestone."
    elif key is None or not 3 <= len(title) <= MAX_TITLE:
        errors["title"] = f"Please name your milestone in 3 to {MAX_TITLE} characters."
    return key or "", title


def _effort(about: Initiative, work: Work) -> str:
    so_far = reports.so_far(work, about.id)
    if not so_far.entries:
        return "nothing is logged yet"
    return (
        f"{effort_words(so_far.minutes)} in {so_far.entries:,} "
        f"{'entry' if so_far.entries == 1 else 'entries'} by {so_far.people:,} "
        f"{'person' if so_far.people == 1 else 'people'}"
    )


def _limits(work: Work, about: Initiative) -> tuple[str, ...]:
    return tuple(f"{one.text.rstrip('.')}. {change_words(one)}" for one in limits.of(work, about.id))


def _plan(work: Work, about: Initiative) -> tuple[str, ...]:
    def state(step: Step) -> str:
        if step.done_on is not None:
            return f"done on {_day(step.done_on)}"
        return "open" if step.due_on is None else f"open, due on {_day(step.due_on)}"

    return tuple(f"{step.text} ({state(step)})" for step in transitions.of(work, about.id))


def _day(day: date) -> str:
    """A day in a text that is signed: whole, whenever it is read."""
    return f"{day.day} {day:%B %Y}"
