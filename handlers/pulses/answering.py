"""Answering a pulse: every press locks its answer into the person's box, and leaves no other trace.

These functions run in routes without a trace (`Capability.traceless`): nothing of the request is kept but the box,
and that stands among seven others that are rewritten with it.
"""

from collections.abc import Mapping

import structlog

from domain.people import Platform
from domain.pulses import CannotSeal, Status
from handlers.capability import Actor, AnyReply
from handlers.cards import Card, Form
from handlers.conversation import Open, Press, Replace, Say, Submission
from handlers.pulses import ballot
from handlers.pulses.ballot import BrokenButton, Given
from storage import ballots, preferences, pulses
from storage.ballots import Ballot
from storage.pulses import Pulse
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()


def on_answer(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The value is pulse, what the card shows, question and answer."""
    pulse_id, shown, question, answer = ballot.numbers(press.value, 4)
    held = _held(actor, pulse_id, work)
    one = held.pulse
    given = Given.read(one.spec, shown)
    if answer not in "12345" or not question.isdecimal() or int(question) >= len(one.spec.questions):
        raise BrokenButton
    mask = _write(work, held, {int(question): bytes([int(answer)])})
    given = given.with_answer(int(question), int(answer)).as_kept(one.spec, mask)
    return Replace(card=ballot.card(one, given, actor.origin.platform, note=_thanks(given)))


def on_withdraw(actor: Actor, press: Press, work: Work) -> AnyReply:
    (pulse_id,) = ballot.numbers(press.value, 1)
    held = _held(actor, pulse_id, work)
    _write(work, held, None)
    note = "Your answers are taken out. If you like, answer again until it closes."
    return Replace(
        card=ballot.card(held.pulse, Given.nothing(held.pulse.spec), actor.origin.platform, note=note)
    )


def on_comment(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    pulse_id, shown = ballot.numbers(submission.context, 2)
    held = _held(actor, pulse_id, work)
    one = held.pulse
    given = _commented(one, shown)
    comment = ballot.read_comment(submission.text("comment"), may_be_empty=given.comment)
    mask = _write(work, held, {len(one.spec.questions): comment})
    note = "Your comment is locked in." if comment else "Your comment is taken out."
    return Replace(card=ballot.card(one, given.as_kept(one.spec, mask), actor.origin.platform, note=note))


def comment_again(actor: Actor, submission: Submission, work: Work) -> Form:
    pulse_id, shown = ballot.numbers(submission.context, 2)
    one = ballots.asked(work, int(pulse_id), actor.person.id)
    return ballot.comment_form(one, _commented(one, shown), submission.text("comment"))


def on_comment_opened(actor: Actor, press: Press, work: Work) -> AnyReply:
    pulse_id, shown = ballot.numbers(press.value, 2)
    one = ballots.asked(work, int(pulse_id), actor.person.id)
    return Open(form=ballot.comment_form(one, Given.read(one.spec, shown)), beside=True)


def on_change(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The same card with one question open again; nothing is changed by it."""
    pulse_id, shown, question = ballot.numbers(press.value, 3)
    one = ballots.asked(work, int(pulse_id), actor.person.id)
    given = Given.read(one.spec, shown)
    if not question.isdecimal() or int(question) >= len(one.spec.questions):
        raise BrokenButton
    return Replace(card=ballot.card(one, given, actor.origin.platform, at=int(question)))


def on_promise(actor: Actor, press: Press, work: Work) -> AnyReply:
    (pulse_id,) = ballot.numbers(press.value, 1)
    one = pulses.by_id(work, int(pulse_id))
    if one is None:
        raise BrokenButton
    return Say(card=ballot.promised(one.spec, actor.origin.platform))


def on_open(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The ballot as a message of its own, from a list."""
    (pulse_id,) = ballot.numbers(press.value, 1)
    one = ballots.asked(work, int(pulse_id), actor.person.id)
    try:
        mask = ballots.answered(work, one, actor.person.id)
    except (Forged, VaultProblem) as problem:
        raise _told(one.id, problem) from None
    given = Given.nothing(one.spec).as_kept(one.spec, mask)
    return Say(card=ballot.card(one, given, actor.origin.platform))


def invitation(
    work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform
) -> Card | None:
    """The ballot as it comes; nothing is sent once the pulse is over."""
    one = pulses.by_id(work, int(params["pulse"]))
    if one is None or one.status is not Status.OPEN or work.now >= one.spec.closes_at:
        return None
    if person_id is not None and not _wanted(work, person_id):
        return None
    return ballot.card(one, Given.nothing(one.spec), platform)


def reminder(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
    """The one reminder: None for whoever has answered, which nobody else is told."""
    one = pulses.by_id(work, int(params["pulse"]))
    if one is None or person_id is None or one.status is not Status.OPEN or work.now >= one.spec.closes_at:
        return None
    try:
        if not _wanted(work, person_id) or ballots.answered(work, one, person_id):
            return None
    except (Forged, VaultProblem) as problem:
        _told(one.id, problem)
        return None
    note = (
        f"This pulse is still open, until the end of {ballot.day(one.spec)}. If you would rather not answer, that is "
        "fine, and this is the only reminder."
    )
    return ballot.card(one, Given.nothing(one.spec), platform, note=note)


def _wanted(work: Work, person_id: int) -> bool:
    """Whether the person wants to hear of pulses, whatever they wanted when it was planned."""
    return preferences.of(work, person_id).wants_pulses(work.now.date())


def _commented(one: Pulse, shown: str) -> Given:
    """What a card shows of a pulse that takes comments."""
    if not one.spec.comments:
        raise BrokenButton
    return Given.read(one.spec, shown)


def _held(actor: Actor, pulse_id: str, work: Work) -> Ballot:
    try:
        return ballots.ballot(work, int(pulse_id), actor.person.id)
    except VaultProblem as problem:
        raise _told(int(pulse_id), problem) from None


def _write(work: Work, held: Ballot, parts: Mapping[int, bytes] | None) -> int:
    try:
        return ballots.write(work, held, parts)
    except Forged as problem:
        raise _told(held.pulse.id, problem) from None


def _told(pulse_id: int, problem: Exception) -> CannotSeal:
    """A line for whoever runs it, which names nobody; the sentence for the person."""
    log.error("ballot_unusable", pulse=pulse_id, problem=type(problem).__name__)
    return CannotSeal()


def _thanks(given: Given) -> str:
    return "Thank you. That is all, and it is locked in." if given.next is None else "Locked in."
