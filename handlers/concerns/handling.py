"""What those who handle a concern do with it: take it, hand it on, ask, answer, note, and say how pressing it is.

What is answered to them holds nothing of what was written, since answers are kept: the card in its place shows it,
and `concern show`, which keeps nothing.
"""

import structlog

from domain.concerns import MAX_MESSAGE, Concern, Kind, State
from domain.contributions import clean
from domain.errors import InvalidField
from domain.people import Person
from handlers.capability import Actor, AnyReply
from handlers.cards import ChoiceInput, Context, Form, Option, PersonInput, Text, TextInput, runs, strong
from handlers.concerns import card
from handlers.concerns.finding import Case, found, may_see, owner_of
from handlers.concerns.raising import CannotLock
from handlers.concerns.telling import handlers_of, moved, tell_owner, tell_reporter
from handlers.concerns.wording import about
from handlers.conversation import Open, Press, Say, Submission
from handlers.keeping import number_of
from handlers.people import picked
from storage import concern_lists, concerns
from storage import people as directory
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()

HAND = "concern.hand.form"
ANSWER = "concern.answer.form"
NOTE = "concern.note.form"
#: A choice holds so many on every platform.
MOST_OFFERED = 100
#: Before the id of somebody who is offered: what a platform calls people never begins so.
_OFFERED = "person:"


# ------------------------------------------------------------------------------------------------------------- owning


def on_take(actor: Actor, press: Press, work: Work) -> AnyReply:
    case = found(actor, press.value, work, lock=True)
    if not case.one.state.open:
        return stale(case)
    owner = owner_of(work, case)
    if owner is None or owner.id != actor.person.id:
        _own(work, case, actor.person.id)
        moved(work, case.one)
    return Say(card=card.done(case, "is yours. The others see that it is with you."))


def on_hand(actor: Actor, press: Press, work: Work) -> AnyReply:
    case = found(actor, press.value, work)
    return Open(form=_hand_form(case, actor, work), beside=True) if case.one.state.open else stale(case)


def on_hand_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    case = found(actor, submission.context, work, lock=True)
    if not case.one.state.open:
        return stale(case)
    to = _chosen(actor, submission, work)
    if case.one.reporter_id == to.id or not may_see(to, case):
        raise InvalidField(
            to=f"{to.name} does not handle this one: its product owner, the AI function and HR do, and not whoever "
            "raised it."
        )
    _own(work, case, to.id)
    if to.id == actor.person.id:
        moved(work, case.one)
        return Say(card=card.done(case, "is yours."))
    tell_owner(work, case.one, to.id, submission.key)
    moved(work, case.one)
    return Say(card=card.done(case, f"is with {to.name} now, who gets its card."))


def hand_again(actor: Actor, submission: Submission, work: Work) -> Form:
    case = found(actor, submission.context, work)
    return _hand_form(case, actor, work, submission.text("to") or None)


def _chosen(actor: Actor, submission: Submission, work: Work) -> Person:
    """Whom the form names: by their id where it offers those who handle it, else as people are picked."""
    text = submission.text("to")
    if not text.startswith(_OFFERED):
        return picked(actor, text, work, field="to")
    number = number_of(text.removeprefix(_OFFERED))
    person = None if number is None else directory.by_id(work, number)
    if person is None or not concern_lists.is_active(work, person.id):
        raise InvalidField(to="They do not work here any more. Please choose somebody else.")
    return person


def _hand_form(case: Case, actor: Actor, work: Work, to: str | None = None) -> Form:
    return Form(
        name=HAND,
        title=f"Hand on {case.name}",
        submit="Hand on",
        elements=(
            Text(runs=runs(strong(f"{case.name} · {about(case.initiative)}"))),
            _whom(case, actor, work, to),
        ),
        context=str(case.one.number),
    )


def _whom(case: Case, actor: Actor, work: Work, to: str | None) -> PersonInput | ChoiceInput:
    """Those who may have it; where they are too many for a choice, or nobody else is, anybody can be picked."""
    ids = [one for one in handlers_of(work, case.one) if one != actor.person.id]
    if not 0 < len(ids) <= MOST_OFFERED:
        return PersonInput(
            name="to",
            label="To whom?",
            value=to,
            hint="Somebody who handles it: its product owner, the AI function or HR.",
            placeholder="Pick a person",
        )
    known = directory.by_ids(work, ids)
    options = tuple(Option(key=f"{_OFFERED}{one}", label=known[one].name) for one in ids if one in known)
    return ChoiceInput(
        name="to",
        label="To whom?",
        options=options,
        value=to if to in {one.key for one in options} else None,
        hint="These handle it.",
        placeholder="Choose one",
    )


def _own(work: Work, case: Case, person_id: int) -> None:
    """Somebody owns it from now on; one that its reporter is not content with stays with the sponsors too."""
    state = State.TAKEN if case.one.state is State.NEW else case.one.state
    concerns.change(work, case.one.case_id, owner_id=person_id, state=state.value)


# ---------------------------------------------------------------------------------------------- asking and answering


def on_answer(actor: Actor, press: Press, work: Work) -> AnyReply:
    case = found(actor, press.value, work)
    return Open(form=_answer_form(case), beside=True) if _may_answer(case.one) else stale(case)


def on_answer_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A question or an answer to the reporter; whoever writes it first owns it, if nobody does."""
    case = found(actor, submission.context, work, lock=True)
    if not _may_answer(case.one):
        return stale(case)
    kinds = {Kind.ASKED.value: Kind.ASKED, Kind.ANSWERED.value: Kind.ANSWERED}
    kind = kinds.get(submission.text("kind"))
    text = read(submission, "text", MAX_MESSAGE, "Please write your question or your answer.")
    if kind is None:
        raise InvalidField(kind="Please choose one of the two.")
    one = case.one
    if kind is Kind.ASKED and one.state is State.SETTLED:
        raise InvalidField(
            kind="It is settled for its reporter, who cannot write back. An answer still reaches them."
        )
    write(work, actor, one, kind, text)
    if one.first_answer_at is None:
        concerns.change(work, one.case_id, first_answer_at=work.now)
    if one.state.open and owner_of(work, case) is None:
        _own(work, case, actor.person.id)
    tell_reporter(work, one, concern_lists.last_position(work, one.case_id))
    moved(work, one)
    what = "Your question" if kind is Kind.ASKED else "Your answer"
    return Say(card=card.told(case, f"{what} on ", strong(case.name), f" {_goes(one)}"))


def answer_again(actor: Actor, submission: Submission, work: Work) -> Form:
    case = found(actor, submission.context, work)
    return _answer_form(case, submission.text("kind") or None, submission.text("text"))


def _may_answer(one: Concern) -> bool:
    return one.number is not None


def _goes(one: Concern) -> str:
    """How the reporter gets it."""
    if one.is_anonymous:
        return "waits for the reporter, who reads it with their code."
    return "is sent to the reporter."


def _answer_form(case: Case, kind: str | None = None, text: str = "") -> Form:
    if case.one.is_anonymous:
        small = (
            "The reporter reads it with their code, without your name. It can take days until they look in."
        )
    else:
        small = "The reporter reads it in their own chat, without your name; the others who handle it see who wrote."
    return Form(
        name=ANSWER,
        title=f"Write on {case.name}",
        submit="Send",
        elements=(
            Text(runs=runs(strong(f"{case.name} · {about(case.initiative)}"))),
            ChoiceInput(
                name="kind",
                label="What is it?",
                options=(
                    Option(key=Kind.ASKED.value, label="A question to the reporter"),
                    Option(key=Kind.ANSWERED.value, label="An answer"),
                ),
                value=kind,
                placeholder="Choose one",
            ),
            TextInput(
                name="text",
                label="Your words",
                value=text[:MAX_MESSAGE] or None,
                multiline=True,
                max_length=MAX_MESSAGE,
            ),
            Context(runs=runs(small)),
        ),
        context=str(case.one.number),
    )


# -------------------------------------------------------------------------------------------------------------- notes


def on_note(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Open(form=_note_form(found(actor, press.value, work)), beside=True)


def on_note_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    case = found(actor, submission.context, work, lock=True)
    text = read(submission, "text", MAX_MESSAGE, "Please write something, or close the form.")
    write(work, actor, case.one, Kind.NOTE, text)
    moved(work, case.one)
    said = (
        "Your note on ",
        strong(case.name),
        " is kept. Those who handle it see it; the reporter never does.",
    )
    return Say(card=card.told(case, *said))


def note_again(actor: Actor, submission: Submission, work: Work) -> Form:
    return _note_form(found(actor, submission.context, work), submission.text("text"))


def _note_form(case: Case, text: str = "") -> Form:
    return Form(
        name=NOTE,
        title=f"Note on {case.name}",
        elements=(
            TextInput(
                name="text",
                label="Among you",
                value=text[:MAX_MESSAGE] or None,
                hint="Those who handle it read it, with your name. The reporter never does.",
                multiline=True,
                max_length=MAX_MESSAGE,
            ),
        ),
        context=str(case.one.number),
    )


# ------------------------------------------------------------------------------------------------------------- shared


def write(work: Work, actor: Actor, one: Concern, kind: Kind, text: str) -> None:
    """Add a word of a handler to the thread. Raises CannotLock."""
    try:
        concerns.write(work, one, kind, text, author_id=actor.person.id)
    except VaultProblem as problem:
        log.error("concern_not_locked", problem=type(problem).__name__)
        raise CannotLock from None


def stale(case: Case) -> Say:
    """The answer to a button of a card that is past that."""
    return Say(
        card=card.done(case, f"is past that by now: {case.one.state.label.lower()}. Nothing was changed.")
    )


def read(submission: Submission, name: str, most: int, missing: str) -> str:
    """A text of a form, cleaned. Raises InvalidField."""
    text = clean(submission.text(name))
    if not text:
        raise InvalidField(**{name: missing})
    if len(text) > most:
        raise InvalidField(**{name: f"That is {len(text):,} characters; please keep it to {most:,}."})
    return text
