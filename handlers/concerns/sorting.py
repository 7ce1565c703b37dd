"""How pressing a concern is, where its answer lies, and which deployment it is about where nobody said."""

from domain.concerns import MAX_OUTCOME, Concern, Gap, Kind, Severity
from domain.errors import InvalidField
from domain.initiatives import Initiative
from handlers.capability import Actor, AnyReply
from handlers.cards import ChoiceInput, Element, Form, Option, TextInput
from handlers.concerns import card
from handlers.concerns.finding import Case, found
from handlers.concerns.handling import read, stale, write
from handlers.concerns.levels import first_answer_due
from handlers.concerns.telling import moved, tell_handlers
from handlers.conversation import Open, Press, Say, Submission
from storage import concerns, initiatives
from storage.store import Work

FORM = "concern.sort.form"
NONE = "-"


def on_sort(actor: Actor, press: Press, work: Work) -> AnyReply:
    case = found(actor, press.value, work)
    return Open(form=_form(case, {}, work), beside=True) if case.one.state.open else stale(case)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """The reason is kept as a note. Whoever handles a deployment that is named only now is told of it."""
    case = found(actor, submission.context, work, lock=True)
    one = case.one
    if not one.state.open:
        return stale(case)
    severity = next((each for each in Severity if each.value == submission.text("severity")), None)
    gap = next((each for each in Gap if each.value == submission.text("gap")), None)
    if severity is None:
        raise InvalidField(severity="Please choose how pressing it is.")
    about = _about(case, submission.text("initiative"), work)
    if severity is one.severity and gap is one.gap and about is None:
        return Say(card=card.done(case, "stays as it is: nothing was changed."))
    reason = read(submission, "reason", MAX_OUTCOME, "Please say in a sentence why.")
    said = [f"{severity.label}."] if severity is not one.severity else []
    if gap is not one.gap:
        said.append(f"Where the answer lies: {'not said' if gap is None else gap.label.lower()}.")
    if about is not None:
        said.append(f"About {about.name}.")
    concerns.change(
        work,
        one.case_id,
        severity=severity.value,
        gap=None if gap is None else gap.value,
        due_at=_due(work, one, severity),
        initiative_id=one.initiative_id if about is None else about.id,
    )
    write(work, actor, one, Kind.NOTE, f"{' '.join(said)} {reason}")
    after = found(actor, submission.context, work)
    if about is not None:
        tell_handlers(work, after.one)  # each of them once, whatever it was about before
    moved(work, after.one)
    return Say(card=card.done(after, "is changed. Your reason is kept as a note among you."))


def _due(work: Work, one: Concern, severity: Severity) -> object:
    """Until when it has its first answer: where it is more pressing than was known, the time counts from now."""
    if severity is one.severity or one.handed_at is None or one.due_at is None:
        return one.due_at
    if severity is Severity.SERIOUS:
        return min(one.due_at, first_answer_due(work, severity, work.now))
    return first_answer_due(work, severity, one.handed_at)


def _about(case: Case, chosen: str, work: Work) -> Initiative | None:
    """The deployment that is named now; nothing where one was before. Raises InvalidField."""
    if case.initiative is not None or chosen in ("", NONE):
        return None
    known = {str(one.id): one for one in initiatives.active(work)}
    if chosen not in known:
        raise InvalidField(initiative="I cannot find that one any more. Please choose another.")
    return known[chosen]


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    values = {name: submission.text(name) for name in submission.values}
    return _form(found(actor, submission.context, work), values, work)


def _form(case: Case, values: dict[str, str], work: Work) -> Form:
    one = case.one
    kept = "" if one.gap is None else one.gap.value
    elements: list[Element] = []
    if case.initiative is None:
        options = [Option(key=NONE, label="Not known")]
        options += [Option(key=str(each.id), label=each.name) for each in initiatives.active(work)]
        elements.append(
            ChoiceInput(
                name="initiative",
                label="Which deployment is it about?",
                options=tuple(options),
                value=values.get("initiative") or NONE,
                hint="Its reporter did not say. Its product owner reads the concern then, and handles it.",
            )
        )
    elements += [
        ChoiceInput(
            name="severity",
            label="How pressing is it?",
            options=tuple(Option(key=each.value, label=each.label) for each in Severity),
            value=values.get("severity") or one.severity.value,
            hint="Where it is more pressing than was known, the time for a first answer counts from now.",
        ),
        ChoiceInput(
            name="gap",
            label="Where does the answer lie?",
            options=tuple(Option(key=each.value, label=each.label) for each in Gap),
            value=values.get("gap", kept) or None,
            placeholder="Choose one, if you know",
            optional=True,
        ),
        TextInput(
            name="reason",
            label="Why?",
            value=values.get("reason", "")[:MAX_OUTCOME] or None,
            hint="Kept as a note among you.",
            multiline=True,
            max_length=MAX_OUTCOME,
        ),
    ]
    return Form(name=FORM, title=f"Sort {case.name}", elements=tuple(elements), context=str(one.number))
