"""Raising a concern: a form that asks at most three questions, and a code or a confirmation in the end.

Everything that carries what somebody wrote is a read or leaves no trace: the form stands in its own window, what is
typed goes from there to the lock, and is nowhere else.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog

from domain.concerns import MAX_WHAT, code_words, number_words
from domain.errors import Refused
from domain.giveaways import Giveaway, giveaways
from domain.initiatives import Initiative
from domain.specificity import Told, assess, next_question, understood
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import Button, Buttons, Card, Context, Form, Heading, Shown, Text, runs, strong
from handlers.concerns import form, levels
from handlers.concerns.form import Filled, Sent, Way
from handlers.concerns.telling import card_for_handlers, told_handlers
from handlers.concerns.wording import LABELS
from handlers.conversation import AnyInbound, Command, MessageAction, Open, Press, Say, Submission
from handlers.pacer import Limit
from storage import colleagues, concern_boxes, concern_ground, initiatives
from storage.concern_ground import Near
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()

_NO_LETTER = re.compile(r"[^0-9A-Za-z]")


class CannotLock(Refused):
    """Your words cannot be locked away just now, so nothing was sent. Please try again later; the administrators \
have been told."""


class OftenEnough(Refused):
    """Several concerns came from you today, and each is read. Please send the next one tomorrow; with your name \
it can go now."""


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


# ------------------------------------------------------------------------------------------------------ the form opens


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern`, and `concern the triage tool flagged two correct claims as fraud last week`."""
    if not actor.origin.private or not actor.origin.can_ask:
        return Say(card=_door(command.text if actor.origin.private else ""))
    return Open(form=form.build(_understood(command.text, work), Way.begun(), work))


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
    """One more question, a look at what could give them away, or it is taken. Leaves no trace but the concern."""
    way, filled = Way.load(submission.context), form.filled_by(submission)
    ground = _ground(actor, filled, work)
    sent = form.read(filled, submission, ground.initiative)
    told = sent.written.told
    # Whoever chose a deployment is not read for the name of one.
    assessment = assess(told, () if told.initiative else initiatives.names(work))
    if not way.looked and not sent.as_it_is and not assessment.is_specific:
        question = next_question(told, assessment, way.asked)
        if question is not None:
            way = form.asked(way, question)
            return Open(form=form.build(filled, way, work, question=question, written=sent.written))
    if sent.is_anonymous and not way.looked:
        found = () if ground.near is None else _giveaways(actor, told, ground.near, work)
        if found:
            way = form.looked_at(way)
            return Open(form=form.build(filled, way, work, written=sent.written, found=found))
    try:
        if sent.is_anonymous:
            card = _anonymous(actor, sent, way, ground, work, is_specific=assessment.is_specific)
            return Say(card=card, window=True)
        return Say(card=_named(actor, sent, way, ground, work, is_specific=assessment.is_specific))
    except VaultProblem as problem:
        log.error("concern_not_locked", problem=type(problem).__name__)
        raise CannotLock from None


class _Ground(NamedTuple):
    """What the database knows before a concern is written to it."""

    initiative: Initiative | None
    #: Who reads it, in words.
    readers: str
    #: Of whoever gives no name: who is near them.
    near: Near | None = None
    #: With a name: what is stored under `levels.SETTINGS`.
    settings: Sequence[Any] = ()


def _ground(actor: Actor, filled: Filled, work: Work) -> _Ground:
    if filled.name == "named":
        about, settings = concern_ground.of_named(work, form.about(filled), levels.SETTINGS)
        return _Ground(about.initiative, _readers(about.owner), settings=settings)
    about, near = concern_ground.of_anonymous(work, form.about(filled), actor.person)
    return _Ground(about.initiative, _readers(about.owner), near)


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    """The form as it was sent in."""
    way = Way.load(submission.context)
    return form.build(form.filled_by(submission), way, work)


def _giveaways(actor: Actor, told: Told, near: Near, work: Work) -> tuple[Giveaway, ...]:
    """What could give somebody away, in all that they wrote."""
    texts = [getattr(told, field) for field in LABELS]
    written = _folded(" ".join(texts))
    # Most teams of a large company are not in a text at all: those are not counted.
    teams = colleagues.small(
        work, [path for path in near.teams if _may_be(colleagues.name_of(path), written)]
    )
    return tuple(
        found
        for text in texts
        if text
        for found in giveaways(text, own_name=actor.person.name, team_words=teams, colleague_names=near.names)
    )


def _may_be(team: str, written: str) -> bool:
    """Whether a team's words are in a text at all."""
    words = _folded(team).split()
    return bool(words) and all(word in written for word in words)


def _folded(text: str) -> str:
    if text.isascii():
        return _NO_LETTER.sub(" ", text).casefold()
    letters = (one for one in unicodedata.normalize("NFD", text) if not unicodedata.combining(one))
    return "".join(one if one.isalnum() else " " for one in letters).casefold()


def _anonymous(actor: Actor, sent: Sent, way: Way, ground: _Ground, work: Work, *, is_specific: bool) -> Card:
    written = sent.written
    given = concern_boxes.raise_anonymous(
        work,
        written.told.model_dump_json(),
        initiative_id=None if written.initiative is None else written.initiative.id,
        severity=written.severity,
        cause=written.cause,
        is_specific=is_specific,
        nonce=way.nonce,
        return_to=actor.person.id if sent.push else None,
    )
    told = (
        "You asked to be told when there is an answer: a line without any content will come to you."
        if sent.push
        else "Nobody will write to you about it: look in with the code, in a few days."
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
                f"nobody can tell when it came. {told}"
            )
        ),
        *_archived(written.initiative),
    ]
    return Card(summary="Your concern is sent, without your name.", elements=tuple(elements))


def _named(actor: Actor, sent: Sent, way: Way, ground: _Ground, work: Work, *, is_specific: bool) -> Card:
    """Kept under a case of the window's own, so that sending it twice comes to one."""
    written = sent.written
    one, is_new = concern_boxes.raise_named(
        work,
        written.told.model_dump_json(),
        reporter_id=actor.person.id,
        initiative_id=None if written.initiative is None else written.initiative.id,
        severity=written.severity,
        cause=written.cause,
        is_specific=is_specific,
        due_at=levels.due_by(ground.settings, written.severity, work.now),
        nonce=way.nonce,
        told=card_for_handlers(written.severity),
    )
    if is_new:
        told_handlers(work, one)
    title = number_words(one.number or 0)
    by = "" if one.due_at is None else f" A first answer is due by {_day(actor, one.due_at)}."
    where = "" if written.initiative is None else f" It is about {written.initiative.name}."
    elements: list[Shown] = [
        Text(runs=runs(strong(title), f" is with those who handle it.{where}{by}")),
        Context(runs=runs(f"Readers: {ground.readers}. They see your name. The answer comes to you here.")),
        *_archived(written.initiative),
        Buttons(items=(Button(label="My concerns", action="concern.mine"),)),
    ]
    return Card(summary=f"{title} is with those who handle it.", elements=tuple(elements))


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


def _day(actor: Actor, at: datetime) -> str:
    local = at.astimezone(actor.person.zone)
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"
