"""Transition plans in chat: the steps after which a department operates its tool alone."""

from datetime import date

from domain.contributions import day_words
from domain.errors import Refused
from domain.initiatives import Initiative
from domain.transitions import (
    DEFAULT_STEPS,
    MAX_TEXT,
    MOST_STEPS,
    Step,
    StepDraft,
    check,
    is_overdue,
    progress_words,
    state_words,
)
from handlers.capability import Actor, AnyReply, Capability, FormRoute, marked, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    DateInput,
    Divider,
    Form,
    Heading,
    Shown,
    Text,
    TextInput,
    plain,
    runs,
    strong,
)
from handlers.conversation import Command, Open, Press, Replace, Say, Submission
from handlers.keeping import (
    Closed,
    asked_for,
    button,
    by_value,
    log_change,
    may_keep,
    names_of,
    number_of,
    person_input,
    require_keeper,
)
from handlers.people import colleague, user_id_of
from storage import transitions
from storage.store import Work


class NoSuchStep(Refused):
    """I cannot find that step. `initiative plan claims` shows the plan as it is now."""


class PlanIsFull(Refused):
    """This plan has as many steps as it can hold."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative plan claims`"""
    initiative = asked_for(command, work, "initiative plan claims")
    return Say(card=_shown(actor, initiative, work))


def on_show(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=_shown(actor, by_value(press.value, work), work))


def on_start(actor: Actor, press: Press, work: Work) -> AnyReply:
    initiative = by_value(press.value, work)
    require_keeper(actor, initiative)
    begun = transitions.start(work, initiative.id, DEFAULT_STEPS, changed_by_id=actor.person.id)
    if begun:
        log_change(actor, initiative, "plan.begun", work, steps=len(DEFAULT_STEPS))
    note = (
        "The plan has begun. Give each step an owner and a day."
        if begun
        else "There is a plan already; here it is."
    )
    return Replace(card=_shown(actor, initiative, work, note=note))


def on_done(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _mark(actor, press, actor.today, work)


def on_not_done(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _mark(actor, press, None, work)


def on_add(actor: Actor, press: Press, work: Work) -> AnyReply:
    initiative = by_value(press.value, work)
    require_keeper(actor, initiative)
    return Open(form=_form(actor, initiative, None, None, work))


def on_edit(actor: Actor, press: Press, work: Work) -> AnyReply:
    step, initiative = _known(press.value, work)
    require_keeper(actor, initiative)
    return Open(form=_form(actor, initiative, step, None, work))


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A new step, or a change to one."""
    initiative, step = _aim(submission, work)
    require_keeper(actor, initiative)
    draft = _read(actor, submission, step, work)
    if step is None:
        number = transitions.add(work, initiative.id, draft, changed_by_id=actor.person.id, most=MOST_STEPS)
        if number is None:
            raise PlanIsFull(f"This plan has {MOST_STEPS} steps, which is as many as it can hold.")
    else:
        number = step.id
        transitions.change(work, number, draft, changed_by_id=actor.person.id)
    event = "plan.step_added" if step is None else "plan.step_changed"
    log_change(actor, initiative, event, work, now=draft, before=step, step=number)
    if draft.owner_id is not None and (step is None or draft.owner_id != step.owner_id):
        _tell_owner(actor, initiative, draft, draft.owner_id, f"step-owner:{submission.key}", work)
    note = "The step is added." if step is None else "The step is changed."
    return Say(card=_shown(actor, initiative, work, note=note))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    initiative, step = _aim(submission, work)
    return _form(actor, initiative, step, submission, work)


def section(actor: Actor, initiative: Initiative, work: Work) -> tuple[Shown, ...]:
    """What `initiative show` says of the plan."""
    steps = transitions.of(work, initiative.id)
    if not steps:
        text = f"Transition plan: not begun yet. `initiative plan {initiative.key}` is where it starts."
        return (Text(runs=marked(actor.origin, text)), *_plan_buttons(actor, initiative, steps))
    coming = next((step for step in steps if step.done_on is None), None)
    said = progress_words(steps, actor.today)
    if coming is not None:
        names = names_of({coming.owner_id}, work)
        said += f" Next: {coming.text} ({_owner(coming, names)}, {state_words(coming, actor.today)})."
    small = f"`initiative plan {initiative.key}` shows every step."
    elements: tuple[Shown, ...] = (
        Text(runs=runs(strong("Transition plan: "), said)),
        Context(runs=marked(actor.origin, small)),
    )
    if not may_keep(actor, initiative):
        return elements
    return (*elements, Buttons(items=(button("Edit the plan", "plan.show", initiative.id, initiative.name),)))


def _mark(actor: Actor, press: Press, done_on: date | None, work: Work) -> AnyReply:
    step, initiative = _known(press.value, work)
    # Whoever was named for a step says themselves when it is done.
    if step.owner_id != actor.person.id:
        require_keeper(actor, initiative)
    elif initiative.closed:
        raise Closed
    if (step.done_on is None) != (done_on is None):
        transitions.mark(work, step.id, done_on, changed_by_id=actor.person.id)
        on = None if done_on is None else done_on.isoformat()
        log_change(actor, initiative, "plan.step_marked", work, step=step.id, done_on=on)
    return Replace(card=_shown(actor, initiative, work))


def _shown(actor: Actor, initiative: Initiative, work: Work, *, note: str | None = None) -> Card:
    steps = transitions.of(work, initiative.id)
    names = names_of({step.owner_id for step in steps}, work)
    title = f"Transition plan of {initiative.name}"
    elements: list[Shown] = [Heading(text=title)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    if not steps:
        elements.append(
            Text(
                runs=runs(
                    f"There is no plan yet. It says what has to happen until {initiative.department} operates "
                    "the tool alone, who sees to it, and by when. Its sponsors and the product owner start it."
                )
            )
        )
    else:
        elements.append(Text(runs=runs(progress_words(steps, actor.today))))
    for step in steps:
        elements += [Divider(), *_one(actor, initiative, step, names)]
    elements += [Divider()] if steps else []
    elements += _plan_buttons(actor, initiative, steps)
    elements.append(Context(runs=runs("Everybody can read the plan. Owners are told when they are named.")))
    summary = title if not steps else f"{title}: {progress_words(steps, actor.today)}"
    return Card(summary=summary, elements=tuple(elements))


def _one(actor: Actor, initiative: Initiative, step: Step, names: dict[int, str]) -> tuple[Shown, ...]:
    mark = "Done. " if step.done_on is not None else "Overdue. " if is_overdue(step, actor.today) else ""
    elements: list[Shown] = [
        Text(runs=runs(strong(f"{step.position}. {mark}"), step.text)),
        Context(runs=runs(f"{_owner(step, names)}; {state_words(step, actor.today)}")),
    ]
    keeps = may_keep(actor, initiative)
    buttons: list[Button] = []
    if keeps or (step.owner_id == actor.person.id and not initiative.closed):
        label, action = ("Done", "step.done") if step.done_on is None else ("Not done", "step.undone")
        buttons.append(button(label, action, step.id, f"step {step.position}"))
    if keeps:
        buttons.append(button("Edit", "step.edit", step.id, f"step {step.position}"))
    if buttons:
        elements.append(Buttons(items=tuple(buttons)))
    return tuple(elements)


def _plan_buttons(actor: Actor, initiative: Initiative, steps: list[Step]) -> tuple[Shown, ...]:
    if not may_keep(actor, initiative) or len(steps) >= MOST_STEPS:
        return ()
    if steps:
        return (Buttons(items=(button("Add a step", "step.new", initiative.id, initiative.name),)),)
    return (
        Buttons(
            items=(button("Start the plan", "plan.start", initiative.id, initiative.name, primary=True),)
        ),
    )


def _owner(step: Step, names: dict[int, str]) -> str:
    return "Nobody named yet" if step.owner_id is None else names.get(step.owner_id, "Somebody")


def _form(
    actor: Actor, initiative: Initiative, step: Step | None, submission: Submission | None, work: Work
) -> Form:
    typed = None if submission is None else {name: submission.text(name) for name in submission.values}
    text, due = ("", None) if step is None else (step.text, step.due_on)
    if typed is not None:
        text, due = typed.get("text", ""), _day(typed.get("due", ""))
    return Form(
        name="step.form",
        title="New step" if step is None else f"Step {step.position}",
        elements=(
            Text(
                runs=runs(strong(initiative.name), f": towards {initiative.department} operating it alone.")
            ),
            TextInput(
                name="text",
                label="What has to happen",
                value=text or None,
                placeholder="The team lead reads the weekly error report alone.",
                multiline=True,
                max_length=MAX_TEXT,
            ),
            person_input(
                actor,
                "owner",
                "Who sees to it",
                work,
                typed=None if typed is None else typed.get("owner", ""),
                held_by=None if step is None else step.owner_id,
                hint="They are told when you save.",
                optional=True,
            ),
            DateInput(name="due", label="By when", value=due, optional=True),
        ),
        context=f"{initiative.id}:{'' if step is None else step.id}",
    )


def _read(actor: Actor, submission: Submission, step: Step | None, work: Work) -> StepDraft:
    held_by = None if step is None else step.owner_id
    if user_id := submission.text("owner"):
        owner_id: int | None = colleague(actor, user_id, work).id
    elif user_id_of(actor, held_by, work) is not None:
        owner_id = None  # the name stood in the form, and was taken out
    else:
        owner_id = held_by
    return check(submission.text("text"), due=submission.text("due"), owner_id=owner_id)


def _tell_owner(
    actor: Actor, initiative: Initiative, draft: StepDraft, owner_id: int, key: str, work: Work
) -> None:
    if owner_id == actor.person.id:
        return
    due = "" if draft.due_on is None else f", due {day_words(draft.due_on, actor.today)}"
    said = runs(
        strong(actor.person.name), f" named you for a step of the transition plan of {initiative.name}{due}:"
    )
    card = Card(
        summary=f"{plain(said)} {draft.text}",
        elements=(
            Text(runs=said),
            Text(runs=runs(draft.text)),
            Context(runs=runs("You can mark it done on the plan. If it is not yours, please tell them.")),
            Buttons(items=(button("See the plan", "plan.show", initiative.id, initiative.name),)),
        ),
    )
    tell(work, key, owner_id, card)


def _aim(submission: Submission, work: Work) -> tuple[Initiative, Step | None]:
    """The initiative and, where it is not a new one, the step that a form is about."""
    number, _, step_id = submission.context.partition(":")
    if not step_id:
        return by_value(number, work), None
    step, initiative = _known(step_id, work)
    return initiative, step


def _known(value: str, work: Work) -> tuple[Step, Initiative]:
    number = number_of(value)
    step = None if number is None else transitions.by_id(work, number)
    if step is None:
        raise NoSuchStep
    return step, by_value(str(step.initiative_id), work)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


CAPABILITY = Capability(
    name="transitions",
    help=(("initiative plan claims", "the steps until the department operates it alone"),),
    commands={"initiative plan": on_command},
    presses={
        "plan.show": on_show,
        "plan.start": on_start,
        "step.done": on_done,
        "step.undone": on_not_done,
        "step.new": on_add,
        "step.edit": on_edit,
    },
    forms={"step.form": FormRoute(submit=on_submit, again=again)},
    reads=frozenset({"initiative plan", "plan.show", "step.new", "step.edit"}),
)
