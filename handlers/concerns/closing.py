"""Closing a concern with what came of it: never without words, for its reporter and those of what is merged with it."""

import hashlib
from dataclasses import dataclass
from datetime import date

from domain.concerns import MAX_OUTCOME, Concern, Kind, Outcome, State, number_words
from domain.contributions import clean
from domain.errors import InvalidField
from domain.limits import MAX_WHOSE, Extent, LimitDraft, check
from domain.reports import and_words, date_words
from handlers.capability import Actor, AnyReply
from handlers.cards import (
    Card,
    ChoiceInput,
    Context,
    DateInput,
    Divider,
    Element,
    Form,
    Option,
    Text,
    TextInput,
    runs,
    strong,
)
from handlers.concerns import card, pointers, publishing
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

_OPTIONS = {
    Outcome.CHANGED: "Changed",
    Outcome.EXPLAINED: "Explained: why it behaves so",
    Outcome.LIMIT: "A known limit, stated from now on",
    Outcome.DECLINED: "Not changed, and why",
}
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
    return Open(form=_form(actor, case, {}, work), beside=True) if case.one.state.open else stale(case)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """What came of it; of a change and of a limit more is asked first. Leaves no trace but the effect."""
    number, asked, looked = _context(submission.context)
    case = found(actor, number, work, lock=True)
    outcome = next((one for one in Outcome if one.value == submission.text("outcome")), None)
    if not case.one.state.open:
        is_again = case.one.state is State.CLOSED and case.one.outcome is outcome
        return Say(card=_closed(work, case)) if is_again else stale(case)
    words = _words(submission, outcome)
    if outcome is Outcome.LIMIT and case.one.limit_id is None:
        _may_be_limit(case, words)
    is_new = outcome is Outcome.LIMIT and looked != _fingerprint(words)
    if _asks_more(case, outcome) and (asked is not outcome or is_new):
        return Open(form=_form(actor, case, _values(submission), work, outcome))
    close(work, actor, case, _read(submission, case, outcome, words))
    return Say(card=_closed(work, found(actor, number, work)))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    number, asked, _ = _context(submission.context)
    return _form(actor, found(actor, number, work), _values(submission), work, asked)


def _context(text: str) -> tuple[str, Outcome | None, str]:
    """The number, the outcome of which more was asked already, and the fingerprint of what was looked at as a limit."""
    number, asked, looked = (*text.split(" "), "", "")[:3]
    return number, next((one for one in Outcome if one.value == asked), None), looked


def _fingerprint(words: str) -> str:
    """Of words that were looked at before everybody reads them; others are shown again."""
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _values(submission: Submission) -> dict[str, str]:
    return {name: submission.text(name) for name in submission.values}


def _asks_more(case: Case, outcome: Outcome | None) -> bool:
    """Whether there is more to say; a limit that it is linked to is stated already."""
    return outcome is Outcome.CHANGED or (outcome is Outcome.LIMIT and case.one.limit_id is None)


def _closed(work: Work, case: Case) -> Card:
    """What is answered: who reads it, and what can be done next."""
    how = "reads what came of it with their code." if case.one.is_anonymous else "gets what came of it."
    also = ""
    others = [number_words(one.number or 0) for one in concern_lists.told_in(work, case.one)]
    if others:
        also = f" The reporter of {others[0]} reads it too."
        if len(others) > 1:
            also = f" The reporters of {and_words(others)} read it too."
    return card.done(case, f"is closed. The reporter {how}{also}", *publishing.offer(work, case.one))


def close(work: Work, actor: Actor, case: Case, ending: Ending) -> None:
    """Keep what came of it, and answer its reporter and those of what is merged with it."""
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
    waits = (State.MERGED, State.CLOSED)  # closed with an earlier answer, if this one was opened again
    told_here = [each for each in concern_lists.told_in(work, one, lock=True) if each.state in waits]
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


def _words(submission: Submission, outcome: Outcome | None) -> str:
    """What the first window asks beside the outcome. Raises InvalidField."""
    errors: dict[str, str] = {}
    words = clean(submission.text("words"))
    if outcome is None:
        errors["outcome"] = "Please choose what came of it: nothing is closed without."
    if not words:
        errors["words"] = "Please say it in a sentence or two; the reporter reads it."
    elif len(words) > MAX_OUTCOME:
        errors["words"] = f"That is {len(words):,} characters; please keep it to {MAX_OUTCOME:,}."
    if errors:
        raise InvalidField(**errors)
    return words


def _may_be_limit(case: Case, words: str) -> None:
    """Raises InvalidField for what can be no limit, whosever work is meant."""
    if case.initiative is None:
        raise InvalidField(outcome="It is about no deployment, so there is nothing whose limit it could be.")
    if case.initiative.closed:
        raise InvalidField(
            outcome=f"{case.initiative.name} is closed, so its limits stay as they are. "
            f"“{_OPTIONS[Outcome.EXPLAINED]}” fits too."
        )
    try:
        check({"text": words, "whose": "", "extent": ""})
    except InvalidField as invalid:
        if "text" in invalid.errors:
            raise InvalidField(words=invalid.errors["text"]) from None


def _read(submission: Submission, case: Case, outcome: Outcome | None, words: str) -> Ending:
    """What the windows say together. Raises InvalidField."""
    assert outcome is not None
    if not _asks_more(case, outcome):
        return Ending(outcome, words, None, "", None)
    if outcome is Outcome.LIMIT:
        values = {"text": words, "whose": submission.text("whose"), "extent": submission.text("extent")}
        return Ending(outcome, words, None, "", check(values))
    errors: dict[str, str] = {}
    from_day, who = _day(submission.text("from_day")), clean(submission.text("who"))
    if from_day is None:
        errors["from_day"] = "Please say from which day it holds."
    if not who:
        errors["who"] = "Please say who is told of the change, even if it is nobody."
    elif len(who) > MAX_WHO:
        errors["who"] = f"That is {len(who):,} characters; please keep it to {MAX_WHO}."
    if errors:
        raise InvalidField(**errors)
    return Ending(outcome, words, from_day, who, None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _form(actor: Actor, case: Case, values: dict[str, str], work: Work, asked: Outcome | None = None) -> Form:
    """The first window; with an outcome the one that asks what belongs to it, in which what was typed stands again."""
    outcome = values.get("outcome")
    elements: list[Element] = [
        Text(runs=runs(strong(f"{case.name} · {about(case.initiative)}"))),
        ChoiceInput(
            name="outcome",
            label="What came of it?",
            options=tuple(Option(key=one.value, label=_OPTIONS[one]) for one in Outcome),
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
    ]
    small = "The reporter then says whether it is settled for them."
    if asked is None:
        small += " Of a change and of a limit a little more is asked before it is closed."
    more, looked = _more(actor, values, asked), ""
    if asked is Outcome.LIMIT:
        words = clean(values.get("words", ""))
        more, looked = [*_look(actor, case, words, work), *more], f" {_fingerprint(words)}"
    return Form(
        name=FORM,
        title=f"Close {case.name}",
        submit="Close it",
        # What is asked last stands first: the rest was looked at.
        elements=(elements[0], *more, *elements[1:], Context(runs=runs(small))),
        context=str(case.one.number) if asked is None else f"{case.one.number} {asked.value}{looked}",
    )


def _look(actor: Actor, case: Case, words: str, work: Work) -> list[Element]:
    """What everybody will read among the limits, and what in it could point at somebody."""
    shown: list[Element] = [
        Context(runs=runs(f"This is what everybody will read among the limits of {about(case.initiative)}:")),
        Text(runs=runs(words)),
        *pointers.warned(pointers.giveaways_in(actor, case.one, case.initiative, (words,), work)),
    ]
    if case.one.is_anonymous:
        shown.append(Context(runs=runs(publishing.REMINDER)))
    return [*shown, Context(runs=runs("Change it below, or close it as it is.")), Divider()]


def _more(actor: Actor, values: dict[str, str], asked: Outcome | None) -> list[Element]:
    """What belongs to one outcome alone."""
    if asked is Outcome.CHANGED:
        return [
            DateInput(
                name="from_day",
                label="From which day does it hold?",
                value=_day(values["from_day"]) if "from_day" in values else actor.today,
            ),
            TextInput(
                name="who",
                label="Who is told?",
                value=values.get("who", "")[:MAX_WHO] or None,
                placeholder="everybody in Claims, by their team leads",
                max_length=MAX_WHO,
            ),
        ]
    if asked is Outcome.LIMIT:
        extent = values.get("extent")
        return [
            TextInput(
                name="whose",
                label="Whose work is meant?",
                value=values.get("whose", "")[:MAX_WHOSE] or None,
                placeholder="adjusters in Claims",
                max_length=MAX_WHOSE,
            ),
            ChoiceInput(
                name="extent",
                label="How much does the tool change their work?",
                options=_EXTENTS,
                value=extent if extent in set(Extent) else None,
                placeholder="Choose one",
            ),
        ]
    return []
