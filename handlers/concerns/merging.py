"""Concerns that tell the same are merged into one, and one is linked to a milestone or to a stated limit."""

from domain.concerns import (
    Concern,
    Kind,
    NoSuchConcern,
    NotYours,
    Severity,
    State,
    number_words,
    read_number,
)
from domain.contributions import clean
from domain.errors import InvalidField
from domain.signoffs import GATES
from handlers.capability import Actor, AnyReply
from handlers.cards import ChoiceInput, Context, Element, Form, Option, Text, TextInput, runs, strong
from handlers.concerns import card
from handlers.concerns.finding import Case, OwnConcern, found
from handlers.concerns.handling import stale, write
from handlers.concerns.telling import moved, tell_sponsors
from handlers.concerns.wording import about
from handlers.conversation import Open, Press, Say, Submission
from storage import concern_lists, concerns, limits, milestones
from storage.store import Work

FORM = "concern.merge.form"
NONE = "-"
MAX_LABEL = 70


def on_merge(actor: Actor, press: Press, work: Work) -> AnyReply:
    case = found(actor, press.value, work)
    return Open(form=_form(work, case, {}), beside=True) if case.one.state.open else stale(case)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    into = clean(submission.text("into"))
    # In the same order for everybody: two that are merged into each other at once would wait for each other for ever.
    for number in sorted({read_number(into) or 0, read_number(submission.context) or 0}):
        concerns.by_number(work, number, lock=True)
    case = found(actor, submission.context, work)
    if not case.one.state.open:
        return stale(case)
    done = _link(work, actor, case, submission)
    if into:
        if read_number(into) is None:
            raise InvalidField(into="Please give its number, as in C-4.")
        target = _target(actor, into, work)
        merge(work, actor, case, target)
        said = (
            f"{case.name} is merged into ",
            strong(target.name),
            f": one answer goes to {_whom(work, target)}.",
        )
        return Say(card=card.told(target, *said))
    if not done:
        return Say(card=card.done(case, "stays as it is: nothing was changed."))
    return Say(card=card.done(case, "is linked."))


def _target(actor: Actor, number: str, work: Work) -> Case:
    """The other one. Whether there is one that is not theirs to handle, nobody learns. Raises InvalidField."""
    try:
        return found(actor, number, work)
    except (NoSuchConcern, NotYours, OwnConcern):
        name = number_words(read_number(number) or 0)
        raise InvalidField(into=f"There is no open concern {name} that you handle.") from None


def _whom(work: Work, target: Case) -> str:
    return "both reporters" if len(concern_lists.told_in(work, target.one)) == 1 else "all their reporters"


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    values = {name: submission.text(name) for name in submission.values}
    return _form(work, found(actor, submission.context, work), values)


def merge(work: Work, actor: Actor, case: Case, target: Case) -> None:
    """Merge one into another, with all that is merged with it. Raises InvalidField."""
    one, main = case.one, target.one
    if one.number == main.number:
        raise InvalidField(into=f"That is {case.name} itself.")
    if main.state is State.MERGED and main.merged_into is not None:
        raise InvalidField(
            into=f"{target.name} is merged into {number_words(main.merged_into)}; please give that one."
        )
    if not main.state.open:
        raise InvalidField(into=f"{target.name} has its answer already. Please give one that is open.")
    if one.state is State.REOPENED:
        raise InvalidField(
            into=f"The reporter of {case.name} found it not settled, and its sponsors see it: it is answered by itself."
        )
    if main.initiative_id is None and one.initiative_id is not None:
        raise InvalidField(
            into=f"{target.name} names no deployment. Please merge it into {case.name}, the other way round."
        )
    if one.initiative_id not in (None, main.initiative_id):
        raise InvalidField(
            into=f"{target.name} is about another deployment, so others may have to answer it."
        )
    for each in concern_lists.told_in(work, one, lock=True):
        if each.state is State.MERGED:
            concerns.change(work, each.case_id, merged_into=main.number)
            moved(work, each)
    concerns.change(work, one.case_id, state=State.MERGED.value, merged_into=main.number)
    _hold_to(work, one, main)
    write(work, actor, one, Kind.NOTE, f"It is merged into {target.name}.")
    write(work, actor, main, Kind.NOTE, f"{case.name} is merged with this one.")
    moved(work, one)
    moved(work, main)


def _hold_to(work: Work, one: Concern, main: Concern) -> None:
    """What was promised for the one holds for the other: how pressing, by when, and whether the sponsors see it."""
    dues = [due for due in (one.due_at, main.due_at) if due is not None]
    is_late = one.escalated_at is not None and main.escalated_at is None
    concerns.change(
        work,
        main.case_id,
        severity=one.severity.value if one.severity is Severity.SERIOUS else main.severity.value,
        due_at=main.due_at if one.first_answer_at is not None else min(dues, default=None),
        escalated_at=one.escalated_at if is_late else main.escalated_at,
    )
    after = concerns.by_case(work, main.case_id)
    if is_late and after is not None:
        tell_sponsors(work, after, f"merged:{one.number}")


def _link(work: Work, actor: Actor, case: Case, submission: Submission) -> bool:
    """Link it as the form says; whether anything is different now. Raises InvalidField."""
    one = case.one
    if case.initiative is None:
        return False
    milestone, limit = submission.text("milestone") or NONE, submission.text("limit") or NONE
    if milestone != NONE and milestone not in dict(_milestones(work, case)):
        raise InvalidField(milestone="I cannot find that milestone any more. Please choose another.")
    if limit != NONE and limit not in dict(_limits(work, case)):
        raise InvalidField(limit="That limit does not hold any more. Please choose another.")
    new = (None if milestone == NONE else milestone, None if limit == NONE else int(limit))
    if new == (one.milestone, one.limit_id):
        return False
    concerns.change(work, one.case_id, milestone=new[0], limit_id=new[1])
    moved(work, one)
    return True


def _milestones(work: Work, case: Case) -> list[tuple[str, str]]:
    assert case.initiative is not None
    own = milestones.titles(work, case.initiative.id)
    known = {gate.key: gate.title for gate in GATES}
    return [*known.items(), *((key, title) for key, title in own if key not in known)]


def _limits(work: Work, case: Case) -> list[tuple[str, str]]:
    """The limits that hold now; the one that it is linked to stays, whatever became of it."""
    assert case.initiative is not None
    held = limits.of(work, case.initiative.id)
    linked = None if case.one.limit_id is None else limits.by_id(work, case.one.limit_id)
    if linked is not None and linked.id not in {one.id for one in held}:
        held.append(linked)
    return [(str(one.id), one.text) for one in held]


def _form(work: Work, case: Case, values: dict[str, str]) -> Form:
    one = case.one
    elements: list[Element] = [
        Text(runs=runs(strong(f"{case.name} · {about(case.initiative)}"))),
        TextInput(
            name="into",
            label="Merge into (number of the other one)",
            value=values.get("into") or None,
            placeholder="C-4",
            hint="Where both tell the same. Both stay readable, and one answer goes to both reporters.",
            optional=True,
            max_length=20,
        ),
    ]
    if case.initiative is not None:
        elements += [
            _choice("milestone", "Milestone", _milestones(work, case), values, one.milestone),
            _choice(
                "limit",
                "Stated limit",
                _limits(work, case),
                values,
                None if one.limit_id is None else str(one.limit_id),
            ),
        ]
    elements.append(
        Context(runs=runs("Those who handle it see this; its reporter does not see whose the other is."))
    )
    return Form(
        name=FORM, title=f"Merge or link {case.name}"[:24], elements=tuple(elements), context=str(one.number)
    )


def _choice(
    name: str, label: str, known: list[tuple[str, str]], values: dict[str, str], held: str | None
) -> ChoiceInput:
    options = [Option(key=NONE, label="None")]
    options += [Option(key=key, label=_short(words)) for key, words in known]
    return ChoiceInput(
        name=name,
        label=label,
        options=tuple(options),
        value=values.get(name) or held or NONE,
        optional=True,
    )


def _short(words: str) -> str:
    return words if len(words) <= MAX_LABEL else f"{words[:MAX_LABEL].rsplit(' ', 1)[0]}…"
