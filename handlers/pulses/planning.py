"""Planning a pulse in chat: the draft, its changes, and the list of what is planned and open."""

from collections.abc import Mapping
from datetime import date
from zoneinfo import ZoneInfo

from domain.errors import InvalidField, Refused
from domain.pulse_plans import asked_each_time, days_words, missed, rhythm_problems, size_problem, usual_title
from domain.pulses import Plan, PlanState, Side, Spec, Status
from domain.question_bank import set_by_key
from domain.questions import Question
from handlers.capability import Actor, AnyReply, FormRoute, OnCommand, OnPress, keep_up, marked
from handlers.cards import Button, Buttons, Card, Form, Heading, Shown, Text, plain, runs, sentence, strong
from handlers.conversation import Command, Open, Press, Say, Submission
from handlers.pulses import approving, ballot, plan_details, plan_form
from handlers.pulses.approving import found, present, read, require
from handlers.pulses.plan_card import show_button, subject
from handlers.pulses.plan_form import KEEP, OTHERS, Aim, First, questions_of, set_of
from storage import panels, pulses
from storage.pulses import Kept
from storage.store import Work

#: How many plans one card lists: a button each, and one for more.
AT_ONCE = 5


class Changed(Refused):
    """Somebody changed this plan while your form was open. “Show” in `pulse plans` has it as it is now; if you send \
this in again, yours takes its place."""


class NoDraft(Refused):
    """This plan is no draft any more, so it cannot be changed. `pulse plans` shows where it is."""


# ------------------------------------------------------------------------------------------------- opening forms


def on_new(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`pulse new`."""
    require(actor)
    return Open(form=plan_form.first_form(plan_form.first(None, actor.today), Aim(), work))


def on_change(actor: Actor, press: Press, work: Work) -> AnyReply:
    kept = _draft(actor, press.value, work)
    typed = plan_form.first(kept.plan, actor.today)
    return Open(form=plan_form.first_form(typed, _aim(kept), work), beside=True)


def on_questions(actor: Actor, press: Press, work: Work) -> AnyReply:
    kept = _draft(actor, press.value, work)
    return Open(form=plan_form.questions_form(plan_form.questions(kept.plan), _aim(kept)), beside=True)


def on_details(actor: Actor, press: Press, work: Work) -> AnyReply:
    kept = _draft(actor, press.value, work)
    return Open(
        form=plan_details.details_form(plan_details.details(kept.plan), _aim(kept), kept.plan), beside=True
    )


def on_promise(actor: Actor, press: Press, work: Work) -> AnyReply:
    require(actor)
    spec = found(work, read(press.value)[0]).plan.spec
    return Say(card=ballot.promised(spec, actor.origin.platform))


def _draft(actor: Actor, value: str, work: Work) -> Kept:
    require(actor)
    kept = found(work, read(value)[0])
    if kept.state is not PlanState.DRAFT:
        raise NoDraft
    return kept


def _aim(kept: Kept) -> Aim:
    return Aim(plan=kept.id, content=kept.fingerprint)


# ------------------------------------------------------------------------------------------- what was filled in


def on_first(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    aim = Aim.of(submission)
    kept = _aimed(actor, aim, work, lock=True)
    first = plan_form.read_first(submission.values, work, _today(actor, kept, work), is_new=kept is None)
    if first.what == OTHERS:
        then = aim.model_copy(update={"before": dict(submission.values)})
        typed = plan_form.questions(None if kept is None else kept.plan)
        return Open(form=plan_form.questions_form(typed, then))
    keeps = kept if first.what == KEEP else None
    questions = questions_of(first.what) if keeps is None else keeps.plan.spec.questions
    plan = _with_first(actor, kept, first, questions)
    if problems := rhythm_problems(plan):
        raise InvalidField(closes=next(iter(problems.values())))
    return _keep(actor, kept, _sized(plan, "audience", work), submission.key, work)


def on_questions_given(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    aim = Aim.of(submission)
    kept = _aimed(actor, aim, work, lock=True)
    questions = plan_form.read_questions(submission.values)
    if aim.before is None:
        if kept is None:
            raise plan_form.BrokenForm
        plan = _renamed(kept.plan, kept.plan.spec.model_copy(update={"questions": questions}))
    else:
        try:
            first = plan_form.read_first(aim.before, work, _today(actor, kept, work), is_new=kept is None)
        except InvalidField as invalid:
            # It stood on the form before this one: there is no field here to show it at.
            raise Refused(f"On the form before: {invalid.sentence}") from None
        plan = _with_first(actor, kept, first, questions)
    if problems := rhythm_problems(plan):
        raise Refused(next(iter(problems.values())))
    return _keep(actor, kept, _sized(plan, "bank", work), submission.key, work)


def on_details_given(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    kept = _aimed(actor, Aim.of(submission), work, lock=True)
    if kept is None:
        raise plan_form.BrokenForm
    plan = plan_details.read_details(submission.values, kept.plan, kept.id, work)
    field = "k" if plan.spec.group > kept.plan.spec.group else "rhythm"
    return _keep(actor, kept, _sized(plan, field, work), submission.key, work)


def first_again(actor: Actor, submission: Submission, work: Work) -> Form:
    aim = _again(actor, submission, work)[0]
    return plan_form.first_form(submission.values, aim, work)


def questions_again(actor: Actor, submission: Submission, work: Work) -> Form:
    return plan_form.questions_form(submission.values, _again(actor, submission, work)[0])


def details_again(actor: Actor, submission: Submission, work: Work) -> Form:
    aim, kept = _again(actor, submission, work)
    if kept is None:
        raise plan_form.BrokenForm
    return plan_details.details_form(submission.values, aim, kept.plan)


def _again(actor: Actor, submission: Submission, work: Work) -> tuple[Aim, Kept | None]:
    """What the form is about as it is now: whoever was told that it changed may send theirs in all the same."""
    aim = Aim.of(submission)
    kept = _aimed(actor, aim.model_copy(update={"content": ""}), work)
    return (aim if kept is None else aim.model_copy(update={"content": kept.fingerprint})), kept


def _aimed(actor: Actor, aim: Aim, work: Work, *, lock: bool = False) -> Kept | None:
    """The draft that a form changes, or None for a new one. Raises Changed, NoDraft, NoSuchPlan or NotPlanning."""
    require(actor)
    if aim.plan is None:
        return None
    kept = found(work, aim.plan, lock=lock)
    if kept.state is not PlanState.DRAFT:
        raise NoDraft
    if aim.content and aim.content != kept.fingerprint:
        raise Changed
    return kept


def _today(actor: Actor, kept: Kept | None, work: Work) -> date:
    """The day where the pulse is planned."""
    return actor.today if kept is None else work.now.astimezone(ZoneInfo(kept.plan.spec.zone)).date()


def _with_first(actor: Actor, kept: Kept | None, first: First, questions: tuple[Question, ...]) -> Plan:
    """The plan with what the first form says."""
    said: Mapping[str, object] = {
        "questions": questions,
        "tool": first.tool,
        "initiative_id": first.initiative_id,
        "audience": first.audience,
        "opens_on": first.opens_on,
        "closes_on": first.closes_on,
    }
    if kept is not None:
        return _renamed(kept.plan, kept.plan.spec.model_copy(update=said))
    title = _title(questions, first.tool)
    return Plan(spec=Spec.model_validate({**said, "title": title, "zone": actor.person.time_zone}))


def _renamed(plan: Plan, spec: Spec) -> Plan:
    """The plan with another content; a name that somebody gave it stays."""
    before = plan.spec
    if before.title == _title(before.questions, before.tool):
        spec = spec.model_copy(update={"title": _title(spec.questions, spec.tool)})
    return plan.model_copy(update={"spec": spec})


def _title(questions: tuple[Question, ...], tool: str | None) -> str:
    chosen = set_of(questions)
    return usual_title(None if chosen is None else set_by_key(chosen).title, questions, tool)


def _sized(plan: Plan, field: str, work: Work) -> Plan:
    """The same plan. Raises InvalidField where so few are asked that nothing could be read."""
    asked = asked_each_time(plan, panels.sizes(work, plan.spec.audience))
    problem = size_problem(plan, sum(asked.values()))
    if problem is not None:
        raise InvalidField(**{field: problem})
    return plan


def _keep(actor: Actor, kept: Kept | None, plan: Plan, key: str, work: Work) -> AnyReply:
    """Keep a draft, and show it to whoever drafted it; nobody else gets it yet."""
    if kept is None:
        number = pulses.draft(work, plan, actor.person.id)
        approving.put(work, number, actor.person.id)
        return Say(
            card=sentence(
                strong(f"{plan.spec.title} is a draft. "),
                "You have a card in our chat that shows what people would read. Nobody is asked before HR and the "
                "AI function have both approved it.",
            )
        )
    note = "Nothing is different."
    if plan != kept.plan:
        pulses.change(work, kept.id, plan)
        approving.changed(actor, kept, key, work)
        approving.put(work, kept.id, actor.person.id)
        keep_up(work, subject(kept.id))
        note = "It is changed."
        if any(one is not None for one in kept.approvals):
            note = "It is changed, so that both functions approve it anew."
    return Say(card=present(actor, found(work, kept.id), work, note))


# ----------------------------------------------------------------------------------------------------- the list


def on_plans(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`pulse plans`."""
    require(actor)
    return Say(card=_list(actor, 0, work))


def on_more_plans(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The value is how many were listed before."""
    require(actor)
    before = (
        int(press.value) if press.value.isascii() and press.value.isdecimal() and len(press.value) < 6 else 0
    )
    return Say(card=_list(actor, before, work))


def _list(actor: Actor, before: int, work: Work) -> Card:
    """Drafts, what is approved, and what is open, the newest first."""
    plans = {one.id: one for one in pulses.plans(work, PlanState.DRAFT, PlanState.APPROVED, limit=200)}
    for pulse in pulses.in_status(work, Status.OPEN):
        if pulse.plan_id not in plans:
            plans[pulse.plan_id] = found(work, pulse.plan_id)
    listed = [plans[number] for number in sorted(plans, reverse=True)][before:]
    if not listed:
        said = marked(actor.origin, "Nothing is planned, and no pulse is open. `pulse new` plans one.")
        return Card(summary=plain(said), elements=(Text(runs=said),))
    elements: list[Shown] = [Heading(text="Pulses that are planned or open")]
    for kept in listed[:AT_ONCE]:
        elements.append(Text(runs=runs(strong(kept.plan.spec.title), f"\n{_line(kept, work)}")))
        elements.append(Buttons(items=(show_button(kept.id, kept.plan, "Show"),)))
    left = len(listed) - AT_ONCE
    if left > 0:
        more = Button(label=f"Show {left} more", action="pulse.plans", value=str(before + AT_ONCE))
        elements.append(Buttons(items=(more,)))
    count = "1 pulse is" if len(plans) == 1 else f"{len(plans)} pulses are"
    return Card(summary=f"{count} planned or open.", elements=tuple(elements))


def _line(kept: Kept, work: Work) -> str:
    """Where a plan is, in a few words."""
    spec = kept.plan.spec
    if kept.state is PlanState.DRAFT:
        given = next((side for side in Side if kept.approvals.of(side) is not None), None)
        if missed(kept.plan, work.now.astimezone(ZoneInfo(spec.zone)).date()):
            return "Draft; its first day has passed, so it needs new days."
        if given is not None:
            return f"Approved by {given.label}, waits for {given.other.label}. {days_words(spec)}."
        return f"Draft, not approved yet. {days_words(spec)}."
    running = next((one for one in pulses.of_plan(work, kept.id) if one.status is Status.OPEN), None)
    if running is not None:
        return f"Open. {days_words(running.spec)}."
    following = next((one for one in pulses.of_plan(work, kept.id) if one.status is Status.PLANNED), None)
    return f"Approved. {days_words(spec if following is None else following.spec)}."


COMMANDS: Mapping[str, OnCommand] = {"pulse new": on_new, "pulse plans": on_plans}
PRESSES: Mapping[str, OnPress] = {
    "pulse.plans": on_more_plans,
    "pulse.plan.approve": approving.on_approve,
    "pulse.plan.change": on_change,
    "pulse.plan.details": on_details,
    "pulse.plan.end": approving.on_end,
    "pulse.plan.promise": on_promise,
    "pulse.plan.questions": on_questions,
    "pulse.plan.show": approving.on_show,
    "pulse.plan.withdraw": approving.on_withdraw,
}
FORMS: Mapping[str, FormRoute] = {
    plan_form.FIRST: FormRoute(submit=on_first, again=first_again),
    plan_form.QUESTIONS: FormRoute(submit=on_questions_given, again=questions_again),
    plan_details.DETAILS: FormRoute(submit=on_details_given, again=details_again),
}
READS = frozenset({*COMMANDS, *PRESSES} - {"pulse.plan.approve", "pulse.plan.end", "pulse.plan.withdraw"})
