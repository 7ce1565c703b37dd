"""One's own concerns, raised with a name: where they are, their threads, and one's word on what came of them."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import structlog

from domain.concerns import MAX_MESSAGE, Concern, Kind, NoSuchConcern, State, number_words, read_number
from domain.contributions import clean
from domain.errors import InvalidField, Refused
from domain.people import Person, Platform
from domain.specificity import Told
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Divider,
    Form,
    Heading,
    Shown,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from handlers.concerns import settling, thread
from handlers.concerns.card import moment
from handlers.concerns.raising import CannotLock
from handlers.concerns.telling import REPORTER_VIEW, moved, tell_of_word
from handlers.concerns.wording import about, as_read
from handlers.conversation import Command, Open, Press, Say, Submission
from storage import concern_lists, concern_threads, concerns, initiatives, people
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

T = TypeVar("T")
log = structlog.get_logger()

#: So many that wait for nothing of their reporter's stand in Home.
MOST_AT_HOME = 3
FORM = "concern.mine.form"
VIEW = REPORTER_VIEW


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern mine`, and with a number behind it."""
    if command.text.strip() and actor.origin.private:
        one = _own(actor.person.id, read_number(command.text), work)
        return Say(card=card(work, one, own_thread(work, one), actor.person))
    return Say(card=_list(actor, work))


def on_list(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=_list(actor, work))


def on_open(actor: Actor, press: Press, work: Work) -> AnyReply:
    if not actor.origin.private:
        return Say(card=_list(actor, work))  # the answer goes through the outbox, where no text may be
    one = _own(actor.person.id, read_number(press.value), work)
    return Say(card=card(work, one, own_thread(work, one), actor.person))


def on_reply(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Open(form=_form(_own(actor.person.id, read_number(press.value), work), "reply"), beside=True)


def on_not_settled(actor: Actor, press: Press, work: Work) -> AnyReply:
    one = _own(actor.person.id, read_number(press.value), work)
    if not thread.may_settle(one):
        return Say(card=_passed(one))
    return Open(form=_form(one, "not_settled"), beside=True)


def on_settled(actor: Actor, press: Press, work: Work) -> AnyReply:
    one = _own(actor.person.id, read_number(press.value), work, lock=True)
    if not thread.may_settle(one):
        return Say(card=_passed(one))
    settling.settled(work, one)
    return Say(card=sentence("Thank you. It is kept that ", strong(_name(one)), " is settled for you."))


def on_unquote(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Somebody takes back that their words may be quoted; digests that were sent keep them."""
    one = _own(actor.person.id, read_number(press.value), work, lock=True)
    told = _told(work, one)
    if told.may_quote:
        try:
            quiet = told.model_copy(update={"may_quote": False}).model_dump_json()
            concerns.change(work, one.case_id, body=concerns.locked(work, one.case_id, quiet))
        except VaultProblem as problem:
            log.error("concern_not_locked", problem=type(problem).__name__)
            raise CannotLock from None
        moved(work, one)
    return Say(card=sentence("From now on no digest quotes your words on ", strong(_name(one)), "."))


def on_form(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A word of the reporter. What is answered holds nothing of it."""
    number, _, do = submission.context.partition(" ")
    one = _own(actor.person.id, read_number(number), work, lock=True)
    words = clean(submission.text("words"))
    if not words:
        raise InvalidField(words="Please write something, or close the form.")
    if len(words) > MAX_MESSAGE:
        raise InvalidField(words=f"That is {len(words):,} characters; please keep it to {MAX_MESSAGE:,}.")
    if do == "not_settled" and thread.may_settle(one):
        if settling.not_settled(work, one, words):
            return Say(card=sentence(strong(_name(one)), f" is open again{thread.with_sponsors(one)}."))
        said = " stays closed: it was opened again once before. Your word is kept with it."
        return Say(card=sentence(strong(_name(one)), said))
    if do != "reply" or not thread.may_reply(one):
        return Say(card=_passed(one))
    try:
        concerns.write(work, one, Kind.REPLY, words, author_id=None)
    except VaultProblem as problem:
        log.error("concern_not_locked", problem=type(problem).__name__)
        raise CannotLock from None
    moved(work, one)
    tell_of_word(work, one, concern_lists.last_position(work, one.case_id))
    return Say(card=sentence("It is sent to those who handle ", strong(_name(one)), "."))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    number, _, do = submission.context.partition(" ")
    return _form(_own(actor.person.id, read_number(number), work), do, submission.text("words"))


def at_home(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """Answered ones that wait for one's word, then those in which they ask or answer, then the newest of the others."""
    own = concerns.of_reporter(work, actor.person.id)
    if not own:
        return ()
    kinds = concern_threads.last_kinds(work, [one.case_id for one in own])
    # Whoever said no twice has said what they have to say.
    closed = [
        one for one in own if one.state is State.CLOSED and kinds.get(one.case_id) is not Kind.NOT_SETTLED
    ]
    answered = [
        one for one in own if one.state.open and kinds.get(one.case_id) in (Kind.ASKED, Kind.ANSWERED)
    ]
    others = [one for one in own if one not in answered and (one.state.open or one.state is State.MERGED)]
    shown = [
        *((one, "has its answer. Is it settled for you?") for one in closed),
        *((one, "they wrote to you.") for one in answered),
        *((one, f"{_where_it_is(one, actor.person)}.") for one in others[:MOST_AT_HOME]),
    ]
    named = initiatives.by_ids(work, {one.initiative_id for one, _ in shown if one.initiative_id is not None})
    elements: list[Shown] = [Heading(text="Your concerns")]
    for one, said in shown:
        joint = " " if one.state is State.CLOSED else ": "
        said = f" about {about(named.get(one.initiative_id or 0))}{joint}{said}"
        elements += [Text(runs=runs(strong(_name(one)), said)), Buttons(items=_buttons(one, opened=False))]
    if not shown:
        elements.append(Text(runs=runs("None is open.")))
    return (*elements, Buttons(items=(Button(label="All my concerns", action="concern.mine"),)))


def _where_it_is(one: Concern, person: Person) -> str:
    """Where an open one is, in the middle of a sentence."""
    if one.state is State.REOPENED:
        return f"not settled{thread.with_sponsors(one)}"
    if one.first_answer_at is None and one.due_at is not None and one.state.open:
        return f"{one.state.label.lower()}, and a first answer is due by {moment(one.due_at, person)}"
    return one.state.label.lower()


def view(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
    """The reporter's own card as it stands; nothing for anybody else, or while it cannot be opened."""
    one = concerns.by_number(work, int(params["number"]))
    if one is None or person_id is None or one.reporter_id != person_id:
        return None
    person = people.by_id(work, person_id)
    try:
        return None if person is None else card(work, one, own_thread(work, one), person)
    except Unreadable:
        return None


def own_thread(work: Work, one: Concern) -> list[concerns.Message]:
    """What the reporter may read of the thread. Raises Unreadable."""
    return _opened(lambda: concerns.thread(work, one.case_id, with_notes=False))


def _told(work: Work, one: Concern) -> Told:
    """What somebody wrote. Raises Unreadable."""
    return Told.model_validate_json(_opened(lambda: concerns.body(work, one.case_id)))


def _opened(read: Callable[[], T]) -> T:
    """What is locked, opened. Raises Unreadable."""
    try:
        return read()
    except (Forged, VaultProblem) as problem:
        log.error("concern_unreadable", problem=type(problem).__name__)
        raise Unreadable from None


def card(work: Work, one: Concern, messages: list[concerns.Message], reporter: Person) -> Card:
    """A concern before whoever raised it. Raises Unreadable."""
    initiative = None if one.initiative_id is None else initiatives.by_id(work, one.initiative_id)
    told = _told(work, one)
    elements: list[Shown] = [
        Heading(text=_name(one)),
        *thread.stands(one, initiative),
        *as_read(told),
        Divider(),
        *thread.messages(messages),
    ]
    if one.state.open and one.first_answer_at is None and one.due_at is not None:
        elements.append(Context(runs=runs(f"A first answer is due by {moment(one.due_at, reporter)}.")))
    buttons = _buttons(one, opened=True)
    if told.may_quote:
        said = f"Let no digest quote your words on {_name(one)}"
        unquote = Button(
            label="Do not quote me", action="concern.mine.unquote", value=str(one.number), described=said
        )
        buttons = (*buttons, unquote)
    if buttons:
        elements.append(Buttons(items=buttons))
    return Card(
        summary=f"{_name(one)} about {about(initiative)}: {one.state.label}.", elements=tuple(elements)
    )


def _list(actor: Actor, work: Work) -> Card:
    own = concerns.of_reporter(work, actor.person.id)
    named = initiatives.by_ids(work, {one.initiative_id for one in own if one.initiative_id is not None})
    elements: list[Shown] = [Heading(text="Your concerns")]
    for one in own:
        where = about(named.get(one.initiative_id or 0))
        said = f" · {where} · week {one.week[-2:]} of {one.week[:4]} · {one.state.label}"
        elements += [
            Text(runs=runs(strong(_name(one)), said)),
            Buttons(items=(_open_button(one),)),
        ]
    if not own:
        elements.append(Text(runs=runs("You have raised none with your name.")))
    hint = "Those without your name are not known to be yours: `concern code` opens one."
    elements += [
        Context(runs=marked(actor.origin, hint)),
        Buttons(
            items=(
                Button(label="Raise a concern", action="concern.new"),
                Button(label="Enter my code", action="concern.code"),
            )
        ),
    ]
    return Card(summary="Your concerns", elements=tuple(elements))


def _buttons(one: Concern, *, opened: bool) -> tuple[Button, ...]:
    number, buttons = str(one.number), [] if opened else [_open_button(one)]
    if thread.may_settle(one):
        buttons += [
            Button(
                label="Settled",
                action="concern.mine.settled",
                value=number,
                described=f"{_name(one)} is settled for me",
                confirm=Confirm(
                    title=f"Is {_name(one)} settled for you?",
                    text="It is then over, and you write no more on it. If it is not, say so instead.",
                    yes="It is settled",
                ),
            ),
            Button(
                label="Not settled",
                action="concern.mine.not_settled",
                value=number,
                described=f"{_name(one)} is not settled for me",
            ),
        ]
    if thread.may_reply(one):
        described = f"Write to those who handle {_name(one)}"
        buttons.append(Button(label="Write", action="concern.mine.reply", value=number, described=described))
    return tuple(buttons)


def _open_button(one: Concern) -> Button:
    return Button(
        label="Open", action="concern.mine.open", value=str(one.number), described=f"Open {_name(one)}"
    )


def _form(one: Concern, do: str, typed: str = "") -> Form:
    label = "What is still open?" if do == "not_settled" else "Your words"
    return Form(
        name=FORM,
        title=f"{_name(one)}: not settled" if do == "not_settled" else f"Write on {_name(one)}",
        submit="Send",
        elements=(
            TextInput(
                name="words",
                label=label,
                value=typed[:MAX_MESSAGE] or None,
                multiline=True,
                max_length=MAX_MESSAGE,
            ),
            Context(runs=runs("Read by those who handle it. Of the time, only the week is kept.")),
        ),
        context=f"{one.number} {do}",
    )


def _passed(one: Concern) -> Card:
    return sentence(strong(_name(one)), f" is past that: {one.state.label.lower()}.")


def _name(one: Concern) -> str:
    return number_words(one.number or 0)


def _own(person_id: int, number: int | None, work: Work, *, lock: bool = False) -> Concern:
    """Somebody's own concern. Raises NoSuchConcern, for those of others too."""
    one = None if number is None else concerns.by_number(work, number, lock=lock)
    if one is None or one.reporter_id != person_id:
        raise NoneOfYours
    return one


class Unreadable(Refused):
    """This concern cannot be opened just now. Please try again later."""


class NoneOfYours(NoSuchConcern):
    """I know no concern of yours with that number. `concern mine` shows those with your name."""
