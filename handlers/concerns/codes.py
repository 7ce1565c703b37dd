"""Following a concern that was raised without a name: by its code, in a window, and nowhere else.

The code is typed, or stands in the context of an open window. It is in no message, no button and no row; what is sent
in with it leaves no trace but its effect.
"""

import re
from datetime import timedelta
from typing import NamedTuple

import structlog

from domain.concerns import MAX_MESSAGE, MOST_REOPENED, Concern, Kind, NoSuchCode, read_code
from domain.contributions import clean
from domain.errors import InvalidField, Refused
from domain.giveaways import Giveaway
from domain.initiatives import Initiative
from domain.specificity import Told
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
    Shown,
    Text,
    TextInput,
    runs,
    sentence,
)
from handlers.concerns import looks, raising, thread
from handlers.concerns.wording import as_read
from handlers.conversation import AnyInbound, Command, Open, Press, Say, Submission
from handlers.pacer import Limit
from storage import concern_ground, concern_words, concerns
from storage.concern_words import OfCode
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
HANDED_OVER = (
    "Its readers get it at the next of two fixed times a day, with what others wrote, so that nobody can tell when it "
    "came."
)
LOOK_IN = "Look in again with your code in a few days."


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
        return Open(form=_enter().model_copy(update={"outside": _DELETE}), again="concern code")
    return _shown(actor, command.text, work)


def on_enter(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Open(form=_enter(), beside=True)


def on_entered(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    return _shown(actor, submission.text("code"), work)


def enter_again(actor: Actor, submission: Submission, work: Work) -> Form:
    return _enter(typed=submission.text("code"))


def on_case(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """What the reporter does with their case: write, settle it, or turn to earlier messages."""
    window = _Window.of(submission)
    do, words = submission.text("do"), clean(submission.text("words"))
    if do == "earlier":
        return _shown(actor, window.code, work, page=window.page + 1)
    known = read_code(window.code) or _NO_CODE
    try:
        held = concern_words.of_code(work, known)
        one = None if held.case is None else concern_words.as_said(held.case, held.words)
        if one is None or not one.is_anonymous or not thread.may_reply(one):
            return _shown(actor, window.code, work)
        if len(words) > MAX_MESSAGE:
            raise InvalidField(words=f"That is {len(words):,} characters; please keep it to {MAX_MESSAGE:,}.")
        if words and (do == "reply" or (do in ("settled", "not_settled") and thread.may_settle(one))):
            looked = window.looked_at(work, words)
            if looked != window and (found := _found_in(actor, words, work)):
                case = look_up(window.code, work)
                return Open(form=_case(actor, looked, case, do=do, typed=words, found=found))
        said = _done(one, held, known, do, words, work)
    except VaultProblem as problem:
        log.error("concern_not_locked", problem=type(problem).__name__)
        raise raising.CannotLock from None
    except Forged as problem:
        log.error("concern_unreadable", problem=type(problem).__name__)
        raise Unreadable from None
    return _shown(actor, window.code, work) if said is None else Say(card=sentence(said), window=True)


def _found_in(actor: Actor, words: str, work: Work) -> tuple[Giveaway, ...]:
    """What could give the writer away in words that are about to be written."""
    return looks.found_in(actor, (words,), concern_ground.near(work, actor.person), work)


def _done(one: Concern, held: OfCode, code: str, do: str, words: str, work: Work) -> str | None:
    """Keep it until it is handed over, and say so; None where it is out of date.

    Raises InvalidField, EnoughForNow, Forged and VaultProblem.
    """
    match do:
        case "settled" if thread.may_settle(one):
            concern_words.leave(work, code, Kind.SETTLED, words, held)
            return f"Thank you. It is kept that this is settled for you. {HANDED_OVER}"
        case "not_settled" if thread.may_settle(one):
            if not words:
                raise InvalidField(words="Please say in a sentence what is still open.")
            concern_words.leave(work, code, Kind.NOT_SETTLED, words, held)
            if one.reopened >= MOST_REOPENED:
                return f"Your word is kept with it. {HANDED_OVER} It was opened again once before, so it stays closed."
            return f"It is sent. {HANDED_OVER} It is then open again{thread.with_sponsors(one)}. {LOOK_IN}"
        case "reply" if thread.may_reply(one):
            if not words:
                raise InvalidField(words="Please write something, or close the window.")
            concern_words.leave(work, code, Kind.REPLY, words, held)
            return f"It is sent. {HANDED_OVER} {LOOK_IN}"
    return None


def case_again(actor: Actor, submission: Submission, work: Work) -> Form:
    window = _Window.of(submission)
    case = look_up(window.code, work)
    return _case(actor, window, case, do=submission.text("do"), typed=submission.text("words"))


class Case(NamedTuple):
    """What a code opens."""

    concern: Concern
    initiative: Initiative | None
    messages: list[Message]
    #: Whether the last of them wait to be handed over.
    waits: bool
    #: What was written when it was raised; None where that cannot be opened just now.
    told: Told | None


def look_up(code: str, work: Work) -> Case:
    """The case of a code; the same steps whether there is one or not. Raises NoSuchCode, Unreadable."""
    known = read_code(code) or _NO_CODE
    try:
        found = concerns.by_code(work, known)
        messages = concerns.inbox(work, known)
        waiting = concern_words.of_code(work, known).words
    except (Forged, VaultProblem) as problem:
        log.error("concern_unreadable", problem=type(problem).__name__)
        raise Unreadable from None
    about = None if found is None else found.initiative_id
    initiative, box = concern_ground.of_case(work, b"" if found is None else found.case_id, about)
    if found is None or not found.is_anonymous:
        raise NoSuchCode
    told = _told(work, found, box)
    return Case(concern_words.as_said(found, waiting), initiative, [*messages, *waiting], bool(waiting), told)


def _told(work: Work, one: Concern, box: bytes | None) -> Told | None:
    """What was written, opened as those who handle it would; the thread can be read without."""
    try:
        return None if box is None else Told.model_validate_json(concern_ground.written(work, one, box))
    except (Forged, VaultProblem) as problem:
        log.error("concern_unreadable", problem=type(problem).__name__)
        return None


def _shown(actor: Actor, code: str, work: Work, *, page: int = 0) -> AnyReply:
    case = look_up(code, work)
    window = _Window(read_code(code) or "", page)
    if not thread.may_reply(case.concern) and not thread.has_earlier(case.messages, page, _bytes(case)):
        return Say(card=Card(summary=TITLE, elements=_read(actor, case, page)), window=True)
    return Open(form=_case(actor, window, case))


def _read(actor: Actor, case: Case, page: int) -> tuple[Shown, ...]:
    """What is read of a case: where it is, what was written and, by pages, its thread."""
    told: tuple[Shown, ...] = ()
    if page == 0:
        told = (Text(runs=runs(_CLOSED)),) if case.told is None else as_read(case.told)
        told = (*told, Divider())
    return (
        *_stands(actor, case),
        *told,
        *thread.messages(case.messages, page, _bytes(case)),
    )


def _stands(actor: Actor, case: Case) -> tuple[Shown, ...]:
    """Where it is, and that what its reporter wrote last is not read yet."""
    last = case.messages[-1].kind if case.messages else None
    told = thread.stands(case.concern, case.initiative, actor.person.zone, last)
    return (*told, Context(runs=runs(_WAITS))) if case.waits else told


_WAITS = "What you wrote last waits: its readers get it at the next of two fixed times a day."
_CLOSED = "What you wrote when you raised it cannot be opened just now. It is kept."


def _bytes(case: Case) -> int:
    """How much stands above the thread."""
    return 0 if case.told is None else len(case.told.model_dump_json().encode())


def _case(
    actor: Actor,
    window: "_Window",
    case: Case,
    *,
    do: str = "",
    typed: str = "",
    found: tuple[Giveaway, ...] = (),
) -> Form:
    """A case to be read and written to; what was `found` in what is to be written stands before all else."""
    one, page = case.concern, window.page
    options = []
    if thread.may_settle(one):
        options += [
            Option(key="settled", label="It is settled for me"),
            Option(key="not_settled", label="It is not settled"),
        ]
    if thread.may_reply(one):
        options.append(Option(key="reply", label="I want to write something"))
    if thread.has_earlier(case.messages, page, _bytes(case)):
        options.append(Option(key="earlier", label="Show earlier messages"))
    usual = "reply" if not thread.may_settle(one) and thread.may_reply(one) else None
    asked: list[Element] = [
        ChoiceInput(
            name="do",
            label="What would you like to do?",
            options=tuple(options),
            value=do if do in {option.key for option in options} else usual,
            placeholder="Choose one",
        ),
    ]
    if found:
        asked = [looks.warning(found), Context(runs=runs(_CHANGE)), *asked]
    if thread.may_reply(one):
        asked += [
            TextInput(
                name="words",
                label="Your words",
                value=typed[:MAX_MESSAGE] or None,
                hint="Your own words can give you away: leave out names and details that only you would know.",
                multiline=True,
                optional=True,
                max_length=MAX_MESSAGE,
            ),
            Context(runs=runs(f"Of the time when you write, only the week is kept. {HANDED_OVER}")),
        ]
    elements: tuple[Element, ...] = (*_read(actor, case, page), Divider(), *asked)
    if found:
        # It has to be seen; what was written before would leave too little room in a window.
        said = _stands(actor, case)
        elements = (*said, *asked, Divider(), *thread.messages(case.messages, page, _bytes(case)))
    return Form(name=CASE, title=TITLE, submit="Go on", elements=elements, context=window.dump(), window=True)


_DELETE = "The code stands in your message above: please delete that message, for it opens your concern."
_CHANGE = "Change your words below, or send them as they are. Nothing is sent yet, and nothing here is kept."


def _enter(typed: str = "") -> Form:
    elements: tuple[Element, ...] = (
        TextInput(
            name="code",
            label="The code of your concern",
            value=typed[:60] or None,
            placeholder="XXXXX-XXXXX-XXXXX-XXXXX-XXXXX",
            hint="25 characters, with or without dashes.",
            max_length=60,
        ),
        Context(runs=runs("The code is not stored, and neither is that you came.")),
    )
    return Form(name=ENTER, title=TITLE, submit="Open it", elements=elements, window=True)


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


class _Window(NamedTuple):
    """What travels as the context of a case's form."""

    code: str
    page: int = 0
    #: The fingerprint of words that were searched before (`looks.fingerprint`).
    looked: str = ""

    @classmethod
    def of(cls, submission: Submission) -> "_Window":
        code, page, looked = [*submission.context.split(" "), "", ""][:3]
        return cls(
            code,
            int(page) if page.isascii() and page.isdecimal() and len(page) < 5 else 0,
            looked if looks.FINGERPRINT.fullmatch(looked) else "",
        )

    def dump(self) -> str:
        return f"{self.code} {self.page} {self.looked}".rstrip()

    def looked_at(self, work: Work, words: str) -> "_Window":
        """The window of somebody who was shown what is in these words. Raises VaultProblem."""
        return self._replace(looked=looks.fingerprint(work, self.code, (words,)))
