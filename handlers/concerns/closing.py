"""Closing a concern with what came of it: never without words, which go to its reporter and to those told in it."""

from dataclasses import dataclass
from datetime import date

from domain.concerns import MAX_OUTCOME, Concern, Kind, Outcome, State
from domain.contributions import clean
from domain.errors import InvalidField
from domain.limits import MAX_WHOSE, Extent, LimitDraft, check
from domain.reports import date_words
from handlers.capability import Actor, AnyReply
from handlers.cards import (
    ChoiceInput,
    Context,
    DateInput,
    Form,
    Option,
    Text,
    TextInput,
    runs,
    strong,
)
from handlers.concerns import card, publishing
from handlers.concerns.finding import Case, found, owner_of
from handlers.concerns.handling import stale, write
from handlers.concerns.telling import moved, tell_reporter
from handlers.concerns.wording import about
from handlers.conversation import Open, Press, Say, Submission
from handlers.keeping import log_change
from storage import concern_lists, concerns, limits
from storage.store import Work

FORM = "concern.close.form"
MAX_WHO = 200

_EXTENTS = (
    Option(key=Extent.SUBSTANTIALLY.value, label="Substantially"),
    Option(key=Extent.AT_THE_MARGIN.value, label="At the margin"),
    Option(key=Extent.NOT.value, label="Not"),
)


@dataclass(frozen=True, slots=True)
class Ending:
    """What came of a concern, as a form says it."""

    outcome: Outcome
    words: str
    from_day: date | None
    who: str
    #: What is to be stated as a limit.
    limit: LimitDraft | None


def on_close(actor: Actor, press: Press, work: Work) -> AnyReply:
    case = found(actor, press.value, work)
    return Open(form=_form(actor, case, {}), beside=True) if case.one.state.open else stale(case)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    case = found(actor, submission.context, work, lock=True)
    if not case.one.state.open:
        return stale(case)
    ending = _read(submission, case)
    others = close(work, actor, case, ending)
    also = ""
    if others:
        also = " So do those whose concerns are told in it." if others > 1 else " So does the one told in it."
    how = "reads what came of it with their code." if case.one.is_anonymous else "gets what came of it."
    after = concerns.by_case(work, case.one.case_id)
    offered = [] if after is None else publishing.offer(work, after)
    return Say(card=card.done(case, f"is closed. The reporter {how}{also}", *offered))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    values = {name: submission.text(name) for name in submission.values}
    return _form(actor, found(actor, submission.context, work), values)


def close(work: Work, actor: Actor, case: Case, ending: Ending) -> int:
    """Keep what came of it, and answer its reporter and those of what is told in it; how many the latter are."""
    one = case.one
    limit_id = one.limit_id
    if ending.limit is not None and case.initiative is not None:
        limit_id = limits.state(
            work,
            case.initiative.id,
            ending.limit,
            stated_on=actor.today,
            stated_by_id=actor.person.id,
        )
        # Of the concern the log says nothing.
        log_change(actor, case.initiative, "limit.stated", work, now=ending.limit, limit=limit_id)
    told_here = [each for each in concern_lists.told_in(work, one, lock=True) if each.state is State.MERGED]
    owner = owner_of(work, case)
    concerns.change(
        work,
        one.case_id,
        owner_id=actor.person.id if owner is None else owner.id,
        limit_id=limit_id,
    )
    said = words_of(ending, case, actor.person.name)
    for each in (one, *told_here):
        _answer(work, actor, each, ending.outcome, said)
    return len(told_here)


def words_of(ending: Ending, case: Case, name: str) -> str:
    """What the reporter reads; a refusal has the name of who decided."""
    words = f"{ending.outcome.label}: {ending.words}"
    match ending.outcome:
        case Outcome.CHANGED:
            day = "" if ending.from_day is None else f"\nFrom {date_words(ending.from_day)} on."
            return f"{words}{day}\nWho is told: {ending.who}"
        case Outcome.LIMIT:
            return f"{words}\nEverybody can read it among the limits of {about(case.initiative)}."
        case Outcome.DECLINED:
            return f"{words}\nDecided by {name}."
        case Outcome.EXPLAINED:
            return words


def _answer(work: Work, actor: Actor, one: Concern, outcome: Outcome, said: str) -> None:
    write(work, actor, one, Kind.OUTCOME, said)
    concerns.change(
        work,
        one.case_id,
        state=State.CLOSED.value,
        outcome=outcome.value,
        closed_at=work.now,
        first_answer_at=one.first_answer_at or work.now,
    )
    tell_reporter(work, one, concern_lists.last_position(work, one.case_id))
    moved(work, one)


def _read(submission: Submission, case: Case) -> Ending:
    """What a form says. Raises InvalidField."""
    errors: dict[str, str] = {}
    outcome = next((one for one in Outcome if one.value == submission.text("outcome")), None)
    words, who = clean(submission.text("words")), clean(submission.text("who"))
    if outcome is None:
        errors["outcome"] = "Please choose what came of it: nothing is closed without."
    if not words:
        errors["words"] = "Please say it in a sentence or two; the reporter reads it."
    elif len(words) > MAX_OUTCOME:
        errors["words"] = f"That is {len(words):,} characters; please keep it to {MAX_OUTCOME:,}."
    if len(who) > MAX_WHO:
        errors["who"] = f"That is {len(who):,} characters; please keep it to {MAX_WHO}."
    from_day = _day(submission.text("from_day"))
    if outcome is Outcome.CHANGED:
        if from_day is None:
            errors["from_day"] = "Please say from which day it holds."
        if not who:
            errors["who"] = "Please say who is told of the change, even if it is nobody."
    limit = None
    if outcome is Outcome.LIMIT and case.one.limit_id is None:
        limit = _limit(submission, case, words, errors)
    if errors or outcome is None:
        raise InvalidField(**errors)
    return Ending(outcome, words, from_day, who, limit)


def _limit(submission: Submission, case: Case, words: str, errors: dict[str, str]) -> LimitDraft | None:
    """What is to be stated; what is missing goes into `errors`."""
    if case.initiative is None:
        errors["outcome"] = "It is about no deployment, so there is nothing whose limit it could be."
        return None
    if case.initiative.closed:
        errors["outcome"] = (
            f"{case.initiative.name} is closed, so its limits stay as they are. “{Outcome.EXPLAINED.label}” fits too."
        )
        return None
    values = {"text": words, "whose": submission.text("whose"), "extent": submission.text("extent")}
    try:
        return check(values)
    except InvalidField as invalid:
        for name, sentence in invalid.errors.items():
            errors.setdefault("words" if name == "text" else name, sentence)
        return None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _form(actor: Actor, case: Case, values: dict[str, str]) -> Form:
    changed, limit = f"For “{Outcome.CHANGED.label}”.", f"For “{Outcome.LIMIT.label}”."
    outcome, extent = values.get("outcome"), values.get("extent")
    return Form(
        name=FORM,
        title=f"Close {case.name}",
        submit="Close it",
        elements=(
            Text(runs=runs(strong(f"{case.name} · {about(case.initiative)}"))),
            ChoiceInput(
                name="outcome",
                label="What came of it?",
                options=tuple(Option(key=one.value, label=one.label) for one in Outcome),
                value=outcome if outcome in set(Outcome) else None,
                placeholder="Choose one",
            ),
            TextInput(
                name="words",
                label="In your words",
                value=values.get("words", "")[:MAX_OUTCOME] or None,
                hint="The reporter reads this. A refusal carries your name; a limit is read by everybody.",
                multiline=True,
                max_length=MAX_OUTCOME,
            ),
            DateInput(
                name="from_day",
                label="From which day",
                value=_day(values.get("from_day", "")) if values else actor.today,
                hint=changed,
                optional=True,
            ),
            TextInput(
                name="who",
                label="Who is told",
                value=values.get("who", "")[:MAX_WHO] or None,
                placeholder="everybody in Claims, by their team leads",
                hint=changed,
                optional=True,
                max_length=MAX_WHO,
            ),
            TextInput(
                name="whose",
                label="Whose work is meant",
                value=values.get("whose", "")[:MAX_WHOSE] or None,
                placeholder="adjusters in Claims",
                hint=limit,
                optional=True,
                max_length=MAX_WHOSE,
            ),
            ChoiceInput(
                name="extent",
                label="How much does the tool change their work?",
                options=_EXTENTS,
                value=extent if extent in set(Extent) else None,
                placeholder="Choose one",
                hint=limit,
                optional=True,
            ),
            Context(runs=runs("The reporter then says whether it is settled for them.")),
        ),
        context=str(case.one.number),
    )
