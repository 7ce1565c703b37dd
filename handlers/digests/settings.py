"""When and where the weekly digests are sent: a form for those who read them."""

import json

from domain.clocks import NotATime, NotAZone, read_time, read_zone
from domain.digests import WEEKDAYS, Audience, Place, Sending, time_words
from domain.errors import InvalidField, NotAllowed
from domain.people import Act, may
from handlers.capability import Actor, AnyReply, tell
from handlers.cards import (
    Button,
    Buttons,
    ChoiceInput,
    Form,
    Option,
    Shown,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from handlers.conversation import Command, Open, Press, Say, Submission
from handlers.digests.making import SETTING, sending
from storage import channels, organisation
from storage.store import Work

FORM = "digest.settings"
_PEOPLE, _CHANNEL, _BOTH, _NOBODY = "people", "channel", "both", "nobody"


class CannotSet(NotAllowed):
    """Only HR, the AI function and administrators say when and where the digests are sent."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`tandem digest settings`; typed in a channel it offers to send them there."""
    _require(actor)
    origin = actor.origin
    here = None
    if origin.in_channel and origin.channel is not None:
        here = channels.remember(work, origin.platform, origin.tenant, origin.channel, origin.conversation)
    return Open(form=_form(actor, sending(work), here))


def on_press(actor: Actor, press: Press, work: Work) -> AnyReply:
    _require(actor)
    return Open(form=_form(actor, sending(work), None), beside=True)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    _require(actor)
    before = sending(work)
    here = _here(submission)
    errors: dict[str, str] = {}
    weekday, minute, zone = before.weekday, before.minute, before.zone
    day = submission.text("day")
    if day in {str(number) for number in range(1, 8)}:
        weekday = int(day)
    else:
        errors["day"] = "Please choose a day of the week."
    try:
        at = read_time(submission.text("time"))
        minute = at.hour * 60 + at.minute
    except NotATime as problem:
        errors["time"] = problem.sentence
    try:
        zone = read_zone(submission.text("zone"))
    except NotAZone as problem:
        errors["zone"] = problem.sentence
    places = {one: before.place(one) for one in Audience}
    for audience in _own(actor):
        chosen = submission.text(f"{audience.value}_to")
        channel_id = here if here is not None else before.place(audience).channel_id
        if chosen in (_CHANNEL, _BOTH) and channel_id is None:
            errors[f"{audience.value}_to"] = "Please type the command in the channel that it shall go to."
        places[audience] = Place(
            people=chosen in (_PEOPLE, _BOTH), channel_id=channel_id if chosen in (_CHANNEL, _BOTH) else None
        )
    if errors:
        raise InvalidField(**errors)
    after = Sending(weekday=weekday, minute=minute, zone=zone, hr=places[Audience.HR], ai=places[Audience.AI])
    if not organisation.put(work, SETTING, after.model_dump(mode="json"), actor.person.id):
        return Say(card=sentence(f"Nothing changed: the digests come {after.words}."))
    for audience in Audience:
        channel_id = after.place(audience).channel_id
        if channel_id is not None and channel_id != before.place(audience).channel_id:
            words = sentence("The weekly digest for ", strong(audience.words), f" comes here {after.words}.")
            tell(work, f"digest.here:{submission.key}:{audience.value}", None, words, channel_id=channel_id)
    return Say(card=sentence(f"The digests come {after.words}. {_to_words(after)}"))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    """The form as it was sent in."""
    form = _form(actor, sending(work), _here(submission))
    typed = {one.name: submission.text(one.name) for one in form.inputs()}
    elements = tuple(
        one.model_copy(update={"value": typed[one.name] or None})
        if isinstance(one, TextInput | ChoiceInput)
        else one
        for one in form.elements
    )
    return form.model_copy(update={"elements": elements})


def section(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """What the settings page says of the digests."""
    if not _own(actor):
        return ()
    setting = sending(work)
    return (
        Text(
            runs=runs(strong("Weekly digests: "), f"they come {setting.words}. {_to_words(setting)}"),
        ),
        Buttons(
            items=(
                Button(
                    label="Change",
                    action="digest.settings",
                    described="Change when and where the weekly digests are sent",
                ),
            )
        ),
    )


def _form(actor: Actor, setting: Sending, here: int | None) -> Form:
    elements: list[Shown | ChoiceInput | TextInput] = [
        ChoiceInput(
            name="day",
            label="Day",
            options=tuple(Option(key=str(n), label=name) for n, name in enumerate(WEEKDAYS, 1)),
            value=str(setting.weekday),
            hint="Each digest is about the week that was over last by then.",
        ),
        TextInput(
            name="time", label="Time", value=time_words(setting.minute), max_length=5, hint="As in 08:30."
        ),
        TextInput(
            name="zone", label="Time zone", value=setting.zone, max_length=60, hint="As in Europe/Berlin."
        ),
    ]
    elements += [_to(audience, setting.place(audience), here) for audience in _own(actor)]
    return Form(
        name=FORM,
        title="Weekly digests",
        elements=tuple(elements),
        context=json.dumps({"channel": here}),
    )


def _to(audience: Audience, target: Place, here: int | None) -> ChoiceInput:
    """Where the digest of one audience goes. `here` is the channel in which the command was typed."""
    everybody = f"Everybody with the role “{audience.role.value}”"
    options = [Option(key=_PEOPLE, label=f"{everybody}, in their own chat")]
    if here is not None or target.channel_id is not None:
        where = "This channel" if here is not None else "The channel it goes to now"
        options += [
            Option(key=_CHANNEL, label=where),
            Option(key=_BOTH, label=f"{where}, and everybody in their own chat"),
        ]
    options.append(Option(key=_NOBODY, label="Nobody; it can be asked for"))
    kind = (
        (_BOTH if target.people else _CHANNEL)
        if target.channel_id is not None
        else (_PEOPLE if target.people else _NOBODY)
    )
    hint = "Everybody in a channel can read it; it has names in it."
    if here is None and target.channel_id is None:
        hint = "To send it to a channel, type the command there."
    return ChoiceInput(
        name=f"{audience.value}_to",
        label=f"The digest for {audience.words} goes to",
        options=tuple(options),
        value=kind,
        hint=hint,
    )


def _to_words(setting: Sending) -> str:
    said = []
    for audience in Audience:
        target = setting.place(audience)
        where = [
            *(["everybody with that role"] if target.people else []),
            *(["a channel"] if target.channel_id is not None else []),
        ]
        said.append(f"The one for {audience.words} goes to {' and '.join(where) or 'nobody'}.")
    return " ".join(said)


def _own(actor: Actor) -> tuple[Audience, ...]:
    """The digests whose place somebody may set: those that they may read."""
    return tuple(one for one in Audience if may(actor.person, one.act))


def _require(actor: Actor) -> None:
    if not may(actor.person, Act.CHANGE_SETTINGS) or not _own(actor):
        raise CannotSet


def _here(submission: Submission) -> int | None:
    try:
        found = json.loads(submission.context or "{}").get("channel")
    except (ValueError, AttributeError):
        return None
    return found if isinstance(found, int) else None
