"""Following a concern that was raised without a name: by its code, in a window, and nowhere else.

The code is typed, or stands in the context of an open window. It is in no message, no button and no row; what is sent
in with it leaves no trace but its effect.
"""

import re
from datetime import timedelta

import structlog

from domain.concerns import MAX_MESSAGE, Concern, NoSuchCode, read_code
from domain.contributions import clean
from domain.errors import InvalidField, Refused
from domain.initiatives import Initiative
from handlers.capability import Actor, AnyReply
from handlers.cards import (
    Button,
    Buttons,
    Card,
    ChoiceInput,
    Context,
    Divider,
    Element,
    Form,
    Option,
    Text,
    TextInput,
    runs,
    sentence,
)
from handlers.concerns import raising, settling, thread
from handlers.conversation import AnyInbound, Command, Open, Press, Say, Submission
from handlers.pacer import Limit
from storage import concerns, initiatives
from storage.concerns import Message
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()

ENTER = "concern.code.form"
CASE = "concern.case.form"
#: Looked up where what was typed can be no code, so that the same is done.
_NO_CODE = "0" * 25

TITLE = "Your concern"
#: So many words and more, without a digit, are no code that somebody mistyped.
LEAST_WORDS = 3
REOPENED = "It is open again, and goes to both sponsors. Look in with your code in a few days."
STAYS_CLOSED = "Your word is kept with it. It was opened again once before, so it stays closed."


class TooManyCodes(Refused):
    """Many codes were looked up just now. Please try again in an hour; your concern stays as it is."""


class EnoughWritten(Refused):
    """You wrote a lot today, and it is all read. Please go on tomorrow; what you wrote before is there."""


class Unreadable(Refused):
    """This thread cannot be opened just now. Please try again later."""


def _looks_up(inbound: AnyInbound) -> bool:
    if not isinstance(inbound, Command):
        return True
    _, _, text = inbound.text.partition(" ")
    return bool(text.strip()) and not _is_sentence(text)


def _writes(inbound: AnyInbound) -> bool:
    return not isinstance(inbound, Submission) or inbound.text("do") != "earlier"


LOOK_UPS = Limit(
    name="concern.codes", most=15, per=timedelta(hours=1), refusal=TooManyCodes, counts=_looks_up
)
REPLIES = Limit(name="concern.replies", most=20, per=timedelta(days=1), refusal=EnoughWritten, counts=_writes)


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern code`, and with the code behind it. Changes nothing, and is stored nowhere."""
    if not actor.origin.private or not actor.origin.can_ask:
        return Say(card=_door())
    if not command.text.strip():
        return Open(form=_enter())
    if _is_sentence(command.text):
        return raising.on_command(actor, command.model_copy(update={"text": f"code {command.text}"}), work)
    if actor.origin.platform == "teams":
        # Typed words stay in the chat there: the code is asked for once more, in a window.
        return Open(
            form=_enter("You can delete the message with the code: it opens your concern."),
            again="concern code",
        )
    return _shown(command.text, work)


def on_enter(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Open(form=_enter(), beside=True)


def on_entered(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    return _shown(submission.text("code"), work)


def enter_again(actor: Actor, submission: Submission, work: Work) -> Form:
    return _enter(typed=submission.text("code"))


def on_case(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """What the reporter does with their case: write, settle it, or turn to earlier messages."""
    code, page = _context(submission)
    do, words = submission.text("do"), clean(submission.text("words"))
    if do == "earlier":
        return _shown(code, work, page=page + 1)
    known = read_code(code) or _NO_CODE
    one = concerns.held(work, known)
    if one is None or not one.is_anonymous or not thread.may_reply(one):
        return _shown(code, work)
    if len(words) > MAX_MESSAGE:
        raise InvalidField(words=f"That is {len(words):,} characters; please keep it to {MAX_MESSAGE:,}.")
    try:
        said = _done(one, known, do, words, work)
    except VaultProblem as problem:
        log.error("concern_not_locked", problem=type(problem).__name__)
        raise raising.CannotLock from None
    except Forged as problem:
        log.error("concern_unreadable", problem=type(problem).__name__)
        raise Unreadable from None
    return _shown(code, work) if said is None else Say(card=sentence(said), window=True)


def _done(one: Concern, code: str, do: str, words: str, work: Work) -> str | None:
    """Do it, and say so; None where it is out of date. Raises InvalidField, Forged and VaultProblem."""
    match do:
        case "settled" if thread.may_settle(one):
            settling.settled(work, one)
            return "Thank you. It is kept that this is settled for you."
        case "not_settled" if thread.may_settle(one):
            if not words:
                raise InvalidField(words="Please say in a sentence what is still open.")
            return REOPENED if settling.not_settled(work, one, words) else STAYS_CLOSED
        case "reply" if thread.may_reply(one):
            if not words:
                raise InvalidField(words="Please write something, or close the window.")
            concerns.write_back(work, one, code, words)
            return "It is sent. Look in again with your code in a few days."
    return None


def case_again(actor: Actor, submission: Submission, work: Work) -> Form:
    code, page = _context(submission)
    one, initiative, messages = look_up(code, work)
    return _case(
        code, one, initiative, messages, page=page, do=submission.text("do"), typed=submission.text("words")
    )


def look_up(code: str, work: Work) -> tuple[Concern, Initiative | None, list[Message]]:
    """The case of a code and its thread; the same steps whether there is one or not. Raises NoSuchCode, Unreadable."""
    known = read_code(code) or _NO_CODE
    try:
        found = concerns.by_code(work, known)
        messages = concerns.inbox(work, known)
    except (Forged, VaultProblem) as problem:
        log.error("concern_unreadable", problem=type(problem).__name__)
        raise Unreadable from None
    about = 0 if found is None or found.initiative_id is None else found.initiative_id
    initiative = initiatives.by_id(work, about)
    if found is None or not found.is_anonymous:
        raise NoSuchCode
    return found, initiative, messages


def _shown(code: str, work: Work, *, page: int = 0) -> AnyReply:
    one, initiative, messages = look_up(code, work)
    if not thread.may_reply(one) and not thread.has_earlier(messages, page):
        elements = (*thread.stands(one, initiative), *thread.messages(messages, page))
        return Say(card=Card(summary=TITLE, elements=elements), window=True)
    return Open(form=_case(read_code(code) or "", one, initiative, messages, page=page))


def _case(
    code: str,
    one: Concern,
    initiative: Initiative | None,
    messages: list[Message],
    *,
    page: int = 0,
    do: str = "",
    typed: str = "",
) -> Form:
    options = []
    if thread.may_settle(one):
        options += [
            Option(key="settled", label="It is settled for me"),
            Option(key="not_settled", label="It is not settled"),
        ]
    if thread.may_reply(one):
        options.append(Option(key="reply", label="I want to write something"))
    if thread.has_earlier(messages, page):
        options.append(Option(key="earlier", label="Show earlier messages"))
    usual = "reply" if not thread.may_settle(one) and thread.may_reply(one) else None
    elements: list[Element] = [
        *thread.stands(one, initiative),
        *thread.messages(messages, page),
        Divider(),
        ChoiceInput(
            name="do",
            label="What would you like to do?",
            options=tuple(options),
            value=do if do in {option.key for option in options} else usual,
            placeholder="Choose one",
        ),
    ]
    if thread.may_reply(one):
        elements += [
            TextInput(
                name="words",
                label="Your words",
                value=typed[:MAX_MESSAGE] or None,
                hint="Your own words can give you away: leave out names and details that only you would know.",
                multiline=True,
                optional=True,
                max_length=MAX_MESSAGE,
            ),
            Context(runs=runs("Of the time when you write, only the week is kept.")),
        ]
    return Form(
        name=CASE,
        title=TITLE,
        submit="Go on",
        elements=tuple(elements),
        context=f"{code} {page}",
        window=True,
    )


def _enter(note: str | None = None, typed: str = "") -> Form:
    elements: list[Element] = [] if note is None else [Text(runs=runs(note))]
    elements += [
        TextInput(
            name="code",
            label="The code of your concern",
            value=typed[:60] or None,
            placeholder="XXXXX-XXXXX-XXXXX-XXXXX-XXXXX",
            hint="25 characters, with or without dashes.",
            max_length=60,
        ),
        Context(runs=runs("The code is not stored, and neither is that you came.")),
    ]
    return Form(name=ENTER, title=TITLE, submit="Open it", elements=tuple(elements), window=True)


def _door() -> Card:
    """Where no window can be opened; says nothing of what was typed."""
    said = "A concern is followed in a window of its own, so that its code is in no chat."
    return Card(
        summary=said,
        elements=(
            Text(runs=runs(said)),
            Buttons(items=(Button(label="Enter my code", action="concern.code", style="primary"),)),
        ),
    )


def _is_sentence(text: str) -> bool:
    """Whether it is a concern about code, not a code: `concern code suggestions leaked a password`."""
    if read_code(text) is not None or any(letter.isdigit() for letter in text):
        return False
    return len(text.split()) >= LEAST_WORDS and bool(re.search(r"[a-z]{3}", text))


def _context(submission: Submission) -> tuple[str, int]:
    code, _, page = submission.context.partition(" ")
    return code, int(page) if page.isdecimal() and len(page) < 5 else 0
