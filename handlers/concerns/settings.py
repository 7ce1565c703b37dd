"""How soon concerns have a first answer: what an organisation sets, on its page of settings."""

from domain.concerns import MOST_SERIOUS_HOURS, MOST_USUAL_DAYS, Levels, read_levels
from domain.errors import NotAllowed
from domain.people import Act, may
from handlers.capability import Actor, AnyReply
from handlers.cards import (
    Button,
    Buttons,
    Context,
    Form,
    NumberInput,
    Shown,
    Text,
    runs,
    sentence,
    strong,
)
from handlers.concerns.levels import SETTING, levels
from handlers.conversation import Command, Open, Press, Say, Submission
from storage import organisation
from storage.store import Work

FORM = "concern.settings"


class CannotSet(NotAllowed):
    """Only HR, the AI function and administrators say how soon concerns have a first answer."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern settings`"""
    _require(actor)
    return Open(form=_form(levels(work)))


def on_press(actor: Actor, press: Press, work: Work) -> AnyReply:
    _require(actor)
    return Open(form=_form(levels(work)), beside=True)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """Holds for what is handed over from now on: what was promised to somebody stays as it was."""
    _require(actor)
    after = read_levels(submission.text("serious_hours"), submission.text("usual_days"))
    if not organisation.put(work, SETTING, after._asdict(), actor.person.id):
        return Say(card=sentence(f"Nothing changed: a first answer comes {after.words}."))
    return Say(card=sentence(f"From now on a first answer comes {after.words}. {_SINCE}"))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    """The form as it was sent in."""
    form = _form(levels(work))
    elements = tuple(
        one.model_copy(update={"value": _number(submission.text(one.name))})
        if isinstance(one, NumberInput)
        else one
        for one in form.elements
    )
    return form.model_copy(update={"elements": elements})


def section(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """What the settings page says of it."""
    if not may(actor.person, Act.CHANGE_SETTINGS):
        return ()
    change = Button(label="Change", action=FORM, described="Change how soon concerns have a first answer")
    return (
        Text(runs=runs(strong("Concerns: "), f"a first answer comes {levels(work).words}.")),
        Buttons(items=(change,)),
    )


_SINCE = "What was handed over before keeps its time."


def _form(now: Levels) -> Form:
    return Form(
        name=FORM,
        title="Answers to concerns",
        elements=(
            Text(runs=runs("How soon whoever raised a concern has a first answer.")),
            NumberInput(
                name="serious_hours",
                label="A serious one, within hours",
                value=now.serious_hours,
                minimum=1,
                maximum=MOST_SERIOUS_HOURS,
                hint="Nights, weekends and holidays count. As in 24.",
            ),
            NumberInput(
                name="usual_days",
                label="Any other, by the end of working days",
                value=now.usual_days,
                minimum=1,
                maximum=MOST_USUAL_DAYS,
                hint="Monday to Friday, until 17:30 of the last. As in 5.",
            ),
            Context(runs=runs(f"One that is missed goes to both sponsors. {_SINCE}")),
        ),
    )


def _number(text: str) -> float | None:
    try:
        return float(text) if len(text) < 10 else None
    except ValueError:
        return None


def _require(actor: Actor) -> None:
    if not may(actor.person, Act.CHANGE_SETTINGS):
        raise CannotSet
