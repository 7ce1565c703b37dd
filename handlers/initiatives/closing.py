"""Stopping an initiative and keeping what was learned, setting it going again, and putting it away."""

from functools import reduce

from domain.errors import NoSuchInitiative, Refused
from domain.initiatives import MAX_LEARNED, SPONSORS, Initiative, Stage, lesson, read_lesson
from domain.signoffs import milestone_key, stage_after
from handlers.capability import Actor, AnyReply, tell
from handlers.cards import Buttons, Card, Context, Form, Text, TextInput, runs, sentence, strong
from handlers.conversation import CardMessage, Command, Open, Press, Say, Submission
from handlers.initiatives import roles
from handlers.initiatives.finding import Archived, asked_for, by_value, require_close
from handlers.initiatives.show import archive_button, shown
from handlers.signoffs import following
from storage import audit, initiatives, milestones, outbox
from storage.store import Work

FORM = "initiative.stopping"


class AlreadyStopped(Refused):
    """That initiative was stopped already; what was learned stands on its page."""


class StillGoing(Refused):
    """That initiative is going already; nothing was changed."""


class AlreadyArchived(Refused):
    """That initiative is archived already."""


def on_stop(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative stop claims` asks what was learned."""
    return Open(form=_form(_stoppable(actor, asked_for(command.text, work))))


def on_stop_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Open(form=_form(_stoppable(actor, by_value(press.value, work))))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    initiative = by_value(submission.context, work)
    return _form(initiative, submission.text("learned"), submission.text("helps"))


def on_stopped(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    initiative = _stoppable(actor, by_value(submission.context, work))
    learned = lesson(submission.text("learned"), submission.text("helps"))
    following.hold(work, initiative)
    if not initiatives.stop(work, initiative.id, learned):
        raise AlreadyStopped
    _log(actor, initiative, "initiative.stopped", {"stage": initiative.stage.value}, work)
    following.closed(actor, work, initiative)
    first, helps = read_lesson(learned)
    said = runs(strong(actor.person.name), f" stopped {initiative.name} and wrote down what was learned.")
    elements = [Text(runs=said), Text(runs=runs(strong("What was learned: "), first))]
    if helps:
        elements.append(Text(runs=runs(strong("How it may help others: "), helps)))
    card = Card(
        summary=f"{actor.person.name} stopped {initiative.name} and wrote down what was learned.",
        elements=tuple(elements),
    )
    _announce(actor, initiative, f"stopped:{submission.key}", card, work)
    note = "It is stopped, and what was learned stands here for others. Work of winding it down can still be logged."
    return Say(card=shown(actor, _now(work, initiative), work, note=note))


def on_resume(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative resume claims`: for what was stopped, and for what was archived."""
    return _resume(actor, asked_for(command.text, work), f"resumed:{command.key}", work)


def on_resume_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _resume(actor, by_value(press.value, work), f"resumed:{press.key}", work)


def on_archive(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative archive claims` asks once more."""
    initiative = _archivable(actor, asked_for(command.text, work))
    text = (
        f"Archive {initiative.name}? It leaves the lists and can no longer be chosen for contributions. "
        "What was logged stays in reports and profiles."
    )
    return Say(
        card=Card(
            summary=text,
            elements=(Text(runs=runs(text)), Buttons(items=(archive_button(initiative),))),
        )
    )


def on_archive_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    initiative = _archivable(actor, by_value(press.value, work))
    following.hold(work, initiative)
    if not initiatives.archive(work, initiative.id):
        raise AlreadyArchived
    _log(actor, initiative, "initiative.archived", {"stage": initiative.stage.value}, work)
    following.closed(actor, work, initiative)
    text = f"{initiative.name} is archived, so there is nothing left to accept."
    for part in SPONSORS:
        if not initiative.accepted(part):
            roles.settle(initiative, part, initiative.holders[part], sentence(text), work)
    card = sentence(strong(actor.person.name), f" archived {initiative.name}.")
    _announce(actor, initiative, f"archived:{press.key}", card, work)
    return Say(card=shown(actor, _now(work, initiative), work))


def _resume(actor: Actor, initiative: Initiative, key: str, work: Work) -> AnyReply:
    require_close(actor, initiative)
    stage = initiative.stage
    if stage is Stage.STOPPED:
        titles = (title for title, _ in milestones.reached(work, initiative.id))
        stage = reduce(
            lambda so_far, title: stage_after(milestone_key(title) or "", so_far), titles, Stage.IDEA
        )
    if not initiatives.resume(work, initiative.id, stage):
        raise StillGoing
    _log(actor, initiative, "initiative.resumed", {"stage": stage.value}, work)
    card = sentence(strong(actor.person.name), f" set {initiative.name} going again.")
    _announce(actor, initiative, key, card, work)
    return Say(card=shown(actor, _now(work, initiative), work, note="It is going again."))


def _stoppable(actor: Actor, initiative: Initiative) -> Initiative:
    require_close(actor, initiative)
    if initiative.archived:
        raise Archived
    if initiative.stage is Stage.STOPPED:
        raise AlreadyStopped
    return initiative


def _archivable(actor: Actor, initiative: Initiative) -> Initiative:
    require_close(actor, initiative)
    if initiative.archived:
        raise AlreadyArchived
    return initiative


def _form(initiative: Initiative, learned: str | None = None, helps: str | None = None) -> Form:
    if learned is None and initiative.learned is not None:
        learned, helps = read_lesson(initiative.learned)
    return Form(
        name=FORM,
        title="What was learned",
        submit="Stop it",
        elements=(
            Text(
                runs=runs(
                    f"Stopping {initiative.name} is a result like any other: what it taught is kept, with the "
                    "names of those who worked on it."
                )
            ),
            TextInput(
                name="learned",
                label="What was learned?",
                value=learned or None,
                placeholder="What did you expect, what happened, and what do you know now?",
                multiline=True,
                max_length=MAX_LEARNED,
            ),
            TextInput(
                name="helps",
                label="How may it help others?",
                value=helps or None,
                placeholder="The labelled data, the checklist, a question to ask first",
                multiline=True,
                optional=True,
                max_length=MAX_LEARNED,
            ),
            Context(runs=runs("Everybody can read it on the initiative's page.")),
        ),
        context=str(initiative.id),
    )


def _announce(actor: Actor, initiative: Initiative, key: str, card: Card, work: Work) -> None:
    """Tell those who answer for it, and the channel that its news go to."""
    for person_id in sorted(set(initiative.holders.values()) - {actor.person.id}):
        tell(work, f"{key}:{person_id}", person_id, card)
    if initiative.channel_id is not None:
        message = CardMessage(card=card).model_dump_json()
        outbox.put(work, f"{key}:channel", None, message, channel_id=initiative.channel_id)


def _log(actor: Actor, initiative: Initiative, event: str, details: dict[str, str], work: Work) -> None:
    audit.append(
        work,
        event,
        actor_id=actor.person.id,
        platform=actor.origin.platform,
        subject=f"initiative:{initiative.id}",
        details=details,
    )


def _now(work: Work, initiative: Initiative) -> Initiative:
    stored = initiatives.by_id(work, initiative.id)
    if stored is None:
        raise NoSuchInitiative
    return stored
