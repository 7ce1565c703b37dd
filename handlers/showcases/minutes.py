"""After the showcase: what came out of it is written down once, kept, and shown with what everything taught."""

from domain.errors import Refused
from domain.showcases import MAX_MINUTES, Showcase, State, check_minutes, learnings_due, when_words
from handlers.capability import Actor, AnyReply, keep_up
from handlers.cards import Button, Buttons, Card, Context, Form, Text, TextInput, runs
from handlers.conversation import Command, Open, Press, Say, Submission
from handlers.showcases import live, page
from handlers.showcases.finding import by_value, coming, may_organise, require_organiser, subject
from storage import showcases
from storage.store import Work

FORM = "showcase.minutes"
#: How many earlier ones the page of learnings leads to.
EARLIER = 4


class NotYet(Refused):
    """That showcase is still to come. Its minutes are written when it has begun."""


class NoneHeld(Refused):
    """No showcase has taken place yet. `showcase next` shows when the first one is."""


class WasCancelled(Refused):
    """That showcase was cancelled, so there is nothing to write down."""


def on_agenda(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase agenda`, of the one that comes next or is under way."""
    return Say(card=_agenda(actor, coming(work), work))


def on_agenda_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=_agenda(actor, by_value(press.value, work), work))


def on_minutes(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase minutes`: the form for those who write them, the page for everybody else."""
    one = _latest(work)
    if not may_organise(actor.person):
        return Say(card=_learnings(actor, one, work))
    return Open(form=_form(one))


def on_minutes_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    require_organiser(actor)
    return Open(form=_form(_begun(by_value(press.value, work), work)), beside=True)


def on_written(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """The minutes were sent in: kept, and sent with the learnings the working day after."""
    require_organiser(actor)
    one = _begun(by_value(submission.context, work), work)
    text = check_minutes(submission.text("minutes"))
    showcases.set_minutes(work, one.id, text)
    due_at = learnings_due(one, work.now)
    if one.minutes is None:
        live.to_channel(work, one, "learnings", str(one.id), due_at=due_at)
        live.to_presenters(work, one, "learnings", str(one.id), due_at=due_at)
    else:
        keep_up(work, subject(one))
    written = by_value(str(one.id), work)
    shown = _learnings(actor, written, work)
    day = due_at.astimezone(actor.person.zone)
    note = (
        "They are kept. This page changes with them wherever it stands."
        if one.minutes is not None
        else f"They are kept. On {day:%A} the channel and everybody who showed something get this page, with thanks."
    )
    return Say(card=shown.model_copy(update={"elements": (Text(runs=runs(note)), *shown.elements)}))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    require_organiser(actor)
    return _form(by_value(submission.context, work), submission.text("minutes"))


def on_learnings(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase learnings`: of the last one, and the way to those before."""
    return Say(card=_learnings(actor, _latest(work), work))


def on_learnings_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=_learnings(actor, _begun(by_value(press.value, work), work), work))


def reminder(one: Showcase, zone: str) -> Card:
    """To whoever set the date: the minutes are missing."""
    said = f"The showcase on {when_words(one, zone)} is over. Would you write down what came out of it?"
    return Card(
        summary=said,
        elements=(
            Text(runs=runs(said)),
            Text(
                runs=runs(
                    "A few lines are enough. What was tried and learned is there already; the page goes to the channel "
                    "and to everybody who showed something, with thanks."
                )
            ),
            Buttons(items=(page.minutes_button(one),)),
            Context(runs=runs("Other administrators, HR and the AI function can write them as well.")),
        ),
    )


def _agenda(actor: Actor, one: Showcase, work: Work) -> Card:
    shown = page.seen(work, one)
    if one.state is State.HELD:
        return page.learnings(shown, page.Viewer(actor.person, organises=may_organise(actor.person)))
    return page.agenda(shown, page.Viewer(actor.person, organises=may_organise(actor.person)))


def _learnings(actor: Actor, one: Showcase, work: Work) -> Card:
    viewer = page.Viewer(actor.person, organises=may_organise(actor.person))
    shown = page.learnings(page.seen(work, one), viewer)
    others = [other for other in showcases.past(work, limit=EARLIER + 1) if other.id != one.id][:EARLIER]
    if not others:
        return shown
    buttons = tuple(
        Button(
            label=f"{other.day.day} {other.day:%B %Y}",
            action="showcase.learnings",
            value=str(other.id),
            described=f"What we learned on {other.day.day} {other.day:%B %Y}",
        )
        for other in others
    )
    return shown.model_copy(
        update={"elements": (*shown.elements, Text(runs=runs("Other showcases:")), Buttons(items=buttons))}
    )


def _latest(work: Work) -> Showcase:
    found = showcases.past(work, limit=1)
    if not found:
        raise NoneHeld
    return found[0]


def _begun(one: Showcase, work: Work) -> Showcase:
    if one.state is State.CANCELLED:
        raise WasCancelled
    if one.starts_at > work.now:
        raise NotYet
    return one


def _form(one: Showcase, typed: str | None = None) -> Form:
    value = one.minutes if typed is None else typed
    return Form(
        name=FORM,
        title="Minutes",
        elements=(
            Text(runs=runs(f"Of the showcase on {when_words(one)}.")),
            TextInput(
                name="minutes",
                label="What came out of it",
                value=(value or "")[:MAX_MINUTES] or None,
                placeholder="What was asked, what was agreed, who tries what next?",
                multiline=True,
                max_length=MAX_MINUTES,
            ),
            Context(runs=runs("Everybody can read them, with what each team learned.")),
        ),
        context=str(one.id),
    )
