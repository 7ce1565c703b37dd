"""Raising a concern: a form that asks at most three questions, and a code or a confirmation in the end.

Everything that carries what somebody wrote is a read or leaves no trace: the form stands in its own window, what is
typed goes from there to the lock, and is nowhere else.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

import structlog

from domain.concerns import MAX_WHAT, Levels, Severity, code_words, number_words
from domain.errors import Refused
from domain.giveaways import Giveaway, in_link
from domain.initiatives import Initiative
from domain.specificity import assess, in_the_form, next_question, understood
from handlers.capability import Actor, AnyReply, OnCommand, marked
from handlers.cards import Button, Buttons, Card, Context, Form, Heading, Shown, Text, runs, strong
from handlers.concerns import form, levels, looks
from handlers.concerns.card import moment
from handlers.concerns.form import Filled, Sent, Way
from handlers.concerns.telling import card_for_handlers, told_handlers
from handlers.concerns.wording import LABELS
from handlers.conversation import AnyInbound, Command, MessageAction, Open, Press, Say, Submission
from handlers.pacer import Limit
from handlers.phrases import names_one_exactly
from storage import concern_boxes, concern_ground, initiatives
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()


class CannotLock(Refused):
    """Your words cannot be locked away just now, so nothing was sent. Please try again later; the administrators \
have been told."""


class OftenEnough(Refused):
    """Several concerns came from you today, and each is read. Please send the next one tomorrow; with your name \
it can go now."""


class ManyWithYourName(Refused):
    """You raised many concerns with your name since yesterday, and each is read. Please send the next one tomorrow."""


def _is_anonymous(inbound: AnyInbound) -> bool:
    return isinstance(inbound, Submission) and (inbound.text("name") or "anonymous") == "anonymous"


LIMIT = Limit(
    name="concern.anonymous",
    most=5,
    per=timedelta(days=1),
    refusal=OftenEnough,
    counts=_is_anonymous,
    forms_count=False,
)


#: So many with one name in so long.
MOST_NAMED, NAMED_PER = 20, timedelta(days=1)
#: So many words and more behind the name of another command are a concern that begins with it.
LEAST_WORDS = 4

# ------------------------------------------------------------------------------------------------------ the form opens


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern`, and `concern the triage tool flagged two correct claims as fraud last week`."""
    if not actor.origin.private or not actor.origin.can_ask:
        return Say(card=_door(command.text if actor.origin.private else ""))
    built = form.build(_understood(command.text, work), Way.begun(), work)
    outside = _STAYS if command.text.strip() and actor.origin.platform == "teams" else None
    return Open(form=built.model_copy(update={"outside": outside}))


_STAYS = "What you typed above stays in this chat: you can delete it, as the window has it too."


def or_a_concern(word: str, command_handler: OnCommand) -> OnCommand:
    """The handler of a command, where what was typed is no sentence: `concern list of invoices was wrong on Monday`."""

    def on(actor: Actor, command: Command, work: Work) -> AnyReply:
        if len(command.text.split()) < LEAST_WORDS or names_one_exactly(work, command.text):
            return command_handler(actor, command, work)
        return on_command(actor, command.model_copy(update={"text": f"{word} {command.text}"}), work)

    return on


def on_new(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The value is what was typed in one's own chat, where no window could be opened."""
    return Open(form=form.build(_understood(press.value, work), Way.begun(), work), beside=True)


def on_message(actor: Actor, action: MessageAction, work: Work) -> AnyReply:
    """From a message's menu: of the message only the link is taken."""
    return Open(form=form.build(Filled(link=action.link or ""), Way.begun(), work))


def _understood(line: str, work: Work) -> Filled:
    if not line.strip():
        return Filled()
    known = initiatives.active(work)
    told = understood(line, {name: one.key for one in known for name in (one.name, one.key)})
    return form.from_told(told, next((one for one in known if one.key == told.initiative), None))


def _door(typed: str) -> Card:
    """Where no window can be opened: the button to one. In one's own chat it carries what was typed into it."""
    said = "A concern is raised in a window of its own, so that what you write there is in no chat."
    line = typed if len(typed) <= MAX_WHAT else ""
    if typed != line:
        said += f" What you typed is longer than the {MAX_WHAT:,} characters that it holds, so please copy from it."
    return Card(
        summary=said,
        elements=(
            Text(runs=runs(said)),
            Buttons(
                items=(Button(label="Raise a concern", action="concern.new", value=line, style="primary"),)
            ),
        ),
    )


# ------------------------------------------------------------------------------------------------------- it is sent in


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """One more question, a look at what its readers will see, or it is taken. Leaves no trace but the concern."""
    try:
        return _on_submit(actor, submission, work)
    except VaultProblem as problem:
        log.error("concern_not_locked", problem=type(problem).__name__)
        raise CannotLock from None


def _on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """Only what was looked at, to the letter, is taken; anything else is shown first."""
    way, filled = Way.load(submission.context), form.filled_by(submission)
    looked = form.looked_at(work, way, filled)
    is_last = way == looked
    ground = _ground(actor, filled, work, is_last=is_last)
    sent = form.read(filled, submission, ground.initiative)
    told = sent.written.told
    if is_last:
        if sent.is_anonymous:
            return Say(card=_anonymous(actor, sent, way, ground, work), window=True)
        return Say(card=_named(actor, sent, way, ground, work))
    # Whoever chose a deployment is not read for the name of one.
    assessment = assess(told, () if told.initiative else initiatives.names(work))
    if not way.looked and not sent.as_it_is and not assessment.is_specific:
        question = next_question(told, assessment, way.asked)
        if question is not None:
            way = form.asked(way, question)
            shown = in_the_form(question, chosen=filled.initiative is not None)
            return Open(form=form.build(filled, way, work, question=shown, sent=sent))
    found: tuple[Giveaway, ...] = ()
    if sent.is_anonymous:
        texts = [getattr(told, field) for field in LABELS]
        found = looks.found_in(actor, texts, concern_ground.near(work, actor.person), work)
        found += in_link(told.link)
    looked = replace(looked, is_specific=assessment.is_specific)
    return Open(form=form.build(filled, looked, work, sent=sent, found=found))


class _Ground(NamedTuple):
    """What the database knows before a concern is written to it."""

    initiative: Initiative | None
    #: Who reads it, in words.
    readers: str
    #: What is stored under `levels.SETTINGS`.
    settings: Sequence[Any]


def _ground(actor: Actor, filled: Filled, work: Work, *, is_last: bool) -> _Ground:
    """Raises ManyWithYourName."""
    if not is_last or filled.name != "named":
        about, settings = concern_ground.known(work, form.about(filled), levels.SETTINGS)
        return _Ground(about.initiative, _readers(about.owner), settings)
    found = concern_ground.of_named(
        work,
        form.about(filled),
        levels.SETTINGS,
        reporter_id=actor.person.id,
        since=work.now - NAMED_PER,
    )
    if found.raised >= MOST_NAMED:
        raise ManyWithYourName
    initiative, owner = found.about
    # Whoever raises a concern with their name does not handle it.
    is_own = initiative is not None and initiative.product_owner_id == actor.person.id
    return _Ground(initiative, _readers(None if is_own else owner), found.settings)


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    """The form as it was sent in."""
    way = Way.load(submission.context)
    return form.build(form.filled_by(submission), way, work)


def _anonymous(actor: Actor, sent: Sent, way: Way, ground: _Ground, work: Work) -> Card:
    written = sent.written
    given = concern_boxes.raise_anonymous(
        work,
        written.told.model_dump_json(),
        initiative_id=None if written.initiative is None else written.initiative.id,
        severity=written.severity,
        cause=written.cause,
        is_specific=way.is_specific,
        nonce=way.nonce,
        return_to=actor.person.id if sent.push else None,
    )
    told = (
        "You asked to be told when there is an answer: a line without any content will come to you."
        if sent.push
        else "Nobody will write to you about it: look in with the code."
    )
    elements: list[Shown] = [
        Text(runs=runs("It is sent, without your name. This is its code:")),
        Heading(text=code_words(given)),
        Text(
            runs=runs(
                "It is shown this once, and only here. Please write it down now: nobody can bring it back, and without "
                "it you cannot reach this concern again."
            )
        ),
        Text(
            runs=(*runs("To read the answers and to write back: "), *marked(actor.origin, "`concern code`"))
        ),
        Text(
            runs=runs(
                f"Readers: {ground.readers}. They get it at one of two fixed times a day, so that "
                f"nobody can tell when it came. A first answer is due "
                f"{_within(levels.levels_of(ground.settings[1]), written.severity)}. {told}"
            )
        ),
        *_archived(written.initiative),
    ]
    return Card(summary="Your concern is sent, without your name.", elements=tuple(elements))


def _named(actor: Actor, sent: Sent, way: Way, ground: _Ground, work: Work) -> Card:
    """Kept under a case of the window's own, so that sending it twice comes to one."""
    written = sent.written
    one, is_new = concern_boxes.raise_named(
        work,
        written.told.model_dump_json(),
        reporter_id=actor.person.id,
        initiative_id=None if written.initiative is None else written.initiative.id,
        severity=written.severity,
        cause=written.cause,
        is_specific=way.is_specific,
        due_at=levels.due_by(ground.settings, written.severity, work.now),
        nonce=way.nonce,
        told=card_for_handlers(written.severity),
    )
    if is_new:
        told_handlers(work, one)
    title = number_words(one.number or 0)
    by = "" if one.due_at is None else f" A first answer is due by {moment(one.due_at, actor.person)}."
    where = "" if written.initiative is None else f" It is about {written.initiative.name}."
    elements: list[Shown] = [
        Text(runs=runs(strong(title), f" is with those who handle it.{where}{by}")),
        Context(runs=runs(f"Readers: {ground.readers}. They see your name. The answer comes to you here.")),
        *_archived(written.initiative),
        Buttons(items=(Button(label="My concerns", action="concern.mine"),)),
    ]
    return Card(summary=f"{title} is with those who handle it.", elements=tuple(elements))


def _within(given: Levels, severity: Severity) -> str:
    """By when there is a first answer, of a concern of which no moment is told."""
    if severity is Severity.SERIOUS:
        hours = "1 hour" if given.serious_hours == 1 else f"{given.serious_hours} hours"
        return f"within {hours} of when they get it"
    if given.usual_days == 1:
        return "by the end of the working day after they get it"
    return f"within {given.usual_days} working days of when they get it"


def _readers(owner: str | None) -> str:
    if owner is None:
        return "the AI function and HR"
    return f"{owner} as its product owner, the AI function and HR"


def _archived(initiative: Initiative | None) -> list[Shown]:
    if initiative is None or not initiative.archived:
        return []
    return [
        Context(runs=runs(f"{initiative.name} was archived meanwhile. Your concern is taken all the same."))
    ]
