"""When the showcase is: shown to everybody; set, moved and cancelled by those who organise it."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from domain.calendar import local
from domain.clocks import read_time, read_zone
from domain.errors import InvalidField, Refused
from domain.schedules import Happening, Outcome
from domain.showcases import MAX_PLACE, Rule, Showcase, State, check_place, when_words
from handlers.capability import Actor, AnyReply, keep_up, marked, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    DateInput,
    Form,
    Shown,
    Text,
    TextInput,
    runs,
)
from handlers.conversation import Command, Open, Press, Replace, Say, Submission
from handlers.showcases import live, page
from handlers.showcases.finding import (
    RULE,
    NoShowcase,
    NoSuchShowcase,
    by_value,
    channel_of,
    coming,
    may_organise,
    require_organiser,
    rule_of,
    subject,
)
from handlers.showcases.when import check_moment, read_when
from storage import occurrences, organisation, showcases
from storage.store import Work

FORM = "showcase.when"


class HasBegun(Refused):
    """That showcase has begun already, so its date stays as it is. `showcase next 2026-12-03 15:00` sets another."""


class IsCancelled(Refused):
    """That showcase was cancelled already; nothing was changed."""


class ChangedMeanwhile(Refused):
    """Somebody changed it meanwhile. `showcase next` shows it as it is now."""


class OneDateOnly(Refused):
    """Moving takes one date: `showcase move 2026-12-03 15:00`. A rule is set by `showcase next last Thursday 15:00`."""


def on_showcase(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase` alone shows the next one."""
    return _show(actor, work)


def on_next(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase next`, and with a date or a rule behind it."""
    if not command.text.strip():
        return _show(actor, work)
    require_organiser(actor)
    found = _read(actor, command.text, work)
    if isinstance(found, Rule):
        return _set_rule(actor, found, work)
    starts_at, zone = found
    one = _upcoming(work)
    if one is not None:
        return _move(actor, one, starts_at, zone, one.place, work)
    made = plan(work, starts_at, zone, created_by_id=actor.person.id)
    live.to_channel(work, made, "set", f"{made.id}")
    return Say(card=_next_card(actor, made, work, note=f"The date is set. {_news_go(work)}"))


def on_move(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase move 2026-12-03 15:00`, or the form."""
    require_organiser(actor)
    one = _movable(coming(work), work)
    if not command.text.strip():
        return Open(form=_form(one))
    found = _read(actor, command.text, work)
    if isinstance(found, Rule):
        raise OneDateOnly
    return _move(actor, one, *found, one.place, work)


def on_move_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The form; or with "id:instant" the date that stands on the button."""
    require_organiser(actor)
    number, _, instant = press.value.partition(":")
    one = _movable(by_value(number, work), work)
    if not instant:
        return Open(form=_form(one), beside=True)
    try:
        starts_at = datetime.fromisoformat(instant)
    except ValueError:
        raise NoSuchShowcase from None
    if starts_at.tzinfo is None:
        raise NoSuchShowcase
    rule = rule_of(work)
    zone = one.zone if rule is None else rule.zone
    return _move(actor, one, check_moment(starts_at, work.now), zone, one.place, work)


def on_moved(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """The form was sent in."""
    require_organiser(actor)
    number, _, sequence = submission.context.partition(":")
    one = _movable(by_value(number, work), work)
    if str(one.sequence) != sequence:
        raise ChangedMeanwhile
    starts_at, zone, place = _read_form(submission, work)
    return _move(actor, one, starts_at, zone, place, work)


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    require_organiser(actor)
    return _form(by_value(submission.context.partition(":")[0], work), submission)


def on_cancel(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`showcase cancel` asks once more."""
    require_organiser(actor)
    one = _movable(coming(work), work)
    text = (
        f"Cancel the showcase on {when_words(one, actor.person.time_zone)}? The channel and whoever shows something "
        "hear of it, and what was offered is kept for the next one."
    )
    return Say(
        card=Card(summary=text, elements=(Text(runs=runs(text)), Buttons(items=(page.cancel_button(one),))))
    )


def on_cancel_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    require_organiser(actor)
    one = _movable(by_value(press.value, work), work)
    if not showcases.cancel(work, one):
        raise ChangedMeanwhile
    gone = showcases.by_id(work, one.id) or one
    shown = page.seen(work, gone)
    following = follow(work, gone)
    note = (
        "What was offered is kept for the next date."
        if following is None
        else f"The next one is on {when_words(following)}; what was offered comes along."
    )
    card = page.cancelled(shown, page.Viewer(), note=note)
    keep_up(work, subject(gone))
    channel = channel_of(work)
    if channel is not None:
        tell(work, f"showcase:cancelled:{gone.id}:c{channel.id}", None, card, channel_id=channel.id)
    for number in sorted({offer.presenter_id for offer in shown.offers} - {actor.person.id}):
        tell(work, f"showcase:cancelled:{gone.id}:p{number}", number, card)
    return Replace(card=card)


def plan(
    work: Work, starts_at: datetime, zone: str, *, place: str | None = None, created_by_id: int | None
) -> Showcase:
    """Plan the next one; where somebody else does at this moment, theirs.

    Every showcase has one that follows it: whoever makes that known first plans it.
    """
    period = str(showcases.newest_id(work))
    happening = Happening(period=period, due_at=starts_at)
    if occurrences.begin(work, "showcase.following", happening, Outcome.PLANNED):
        return showcases.add(work, starts_at, zone, place=place, created_by_id=created_by_id)
    return coming(work)


def follow(work: Work, before: Showcase) -> Showcase | None:
    """Plan the showcase after one that is over or off, by the rule; None where there is none, or one is planned."""
    rule = rule_of(work)
    if rule is None or _upcoming(work) is not None:
        return None
    starts_at = rule.first_after(max(work.now, before.starts_at))
    return plan(work, starts_at, rule.zone, place=before.place, created_by_id=before.created_by_id)


def _show(actor: Actor, work: Work) -> AnyReply:
    one = showcases.current(work)
    if one is None:
        raise NoShowcase
    return Say(card=_next_card(actor, one, work))


def _set_rule(actor: Actor, rule: Rule, work: Work) -> AnyReply:
    organisation.put(work, RULE, rule.dump(), actor.person.id)
    one = _upcoming(work)
    starts_at = rule.first_after(work.now)
    if one is None:
        made = plan(work, starts_at, rule.zone, created_by_id=actor.person.id)
        live.to_channel(work, made, "set", f"{made.id}")
        note = f"From now on it is on {rule.words}; this is the first. {_news_go(work)}"
        return Say(card=_next_card(actor, made, work, note=note))
    note = f"From now on it is on {rule.words}."
    if one.starts_at == starts_at:
        return Say(card=_next_card(actor, one, work, note=note))
    shown = _next_card(actor, one, work, note=f"{note} The one that is planned stays as it is.")
    moved = one.model_copy(update={"starts_at": starts_at, "zone": rule.zone})
    button = Button(
        label=f"Move it to {moved.day.day} {moved.day:%B}, {moved.local_start:%H:%M}",
        action="showcase.move",
        value=f"{one.id}:{starts_at.isoformat()}",
    )
    return Say(card=shown.model_copy(update={"elements": (*shown.elements, Buttons(items=(button,)))}))


def _move(
    actor: Actor, one: Showcase, starts_at: datetime, zone: str, place: str | None, work: Work
) -> AnyReply:
    if (one.starts_at, one.zone, one.place) == (starts_at, zone, place):
        return Say(card=_next_card(actor, one, work, note="It is there already; nothing was changed."))
    if not showcases.move(work, one, starts_at, zone, place=place):
        raise ChangedMeanwhile
    moved = showcases.by_id(work, one.id) or one
    keep_up(work, subject(moved))
    period = f"{moved.id}:{moved.sequence}"
    live.to_channel(work, moved, "moved", period)
    live.to_presenters(work, moved, "moved", period, besides=actor.person.id)
    note = f"It is moved. {_news_go(work)} Calendars follow when the file is opened again."
    return Say(card=_next_card(actor, moved, work, note=note))


def _next_card(actor: Actor, one: Showcase, work: Work, *, note: str | None = None) -> Card:
    rule = rule_of(work)
    viewer = page.Viewer(actor.person, organises=may_organise(actor.person))
    shown = page.next_card(page.seen(work, one), viewer, note=note, rule=None if rule is None else rule.words)
    if not viewer.organises or channel_of(work) is not None:
        return shown
    hint = (
        "Typed in a channel, `showcase here` sends the call for offers, the agenda and the learnings there."
    )
    more: tuple[Shown, ...] = (Context(runs=marked(actor.origin, hint)),)
    return shown.model_copy(update={"elements": (*shown.elements, *more)})


def _news_go(work: Work) -> str:
    """Who hears of it."""
    if channel_of(work) is None:
        return "Whoever shows something hears of changes."
    return "The channel and whoever shows something hear of changes."


def _upcoming(work: Work) -> Showcase | None:
    """The next one that has not begun."""
    return next(
        iter(showcases.planned(work, after=work.now, until=datetime.max.replace(tzinfo=work.now.tzinfo))),
        None,
    )


def _movable(one: Showcase, work: Work) -> Showcase:
    if one.state is State.CANCELLED:
        raise IsCancelled
    if one.state is State.HELD or one.starts_at <= work.now:
        raise HasBegun
    return one


def _read(actor: Actor, text: str, work: Work) -> tuple[datetime, str] | Rule:
    return read_when(text, today=actor.today, now=work.now, zone=actor.person.time_zone)


def _form(one: Showcase, submission: Submission | None = None) -> Form:
    def typed(name: str, otherwise: str) -> str | None:
        return (otherwise if submission is None else submission.text(name)) or None

    day = one.day if submission is None else _day(submission.text("day"))
    return Form(
        name=FORM,
        title="Date and place",
        elements=(
            DateInput(name="day", label="Day", value=day),
            TextInput(
                name="time",
                label="Time",
                value=typed("time", f"{one.local_start:%H:%M}"),
                placeholder="15:00",
                max_length=20,
            ),
            TextInput(
                name="zone",
                label="Time zone",
                value=typed("zone", one.zone),
                placeholder="Europe/Berlin",
                hint="By its name or its city.",
                max_length=64,
            ),
            TextInput(
                name="place",
                label="Place",
                value=typed("place", one.place or ""),
                placeholder="A room, or a link to the call",
                optional=True,
                max_length=MAX_PLACE,
            ),
            Context(runs=runs("The channel and whoever shows something hear of the change.")),
        ),
        context=f"{one.id}:{one.sequence}" if submission is None else submission.context,
    )


def _read_form(submission: Submission, work: Work) -> tuple[datetime, str, str | None]:
    errors: dict[str, str] = {}
    day = _day(submission.text("day"))
    if day is None:
        errors["day"] = "Please pick a day, such as 2026-12-03."
    at, zone, place = None, None, None
    try:
        at = read_time(submission.text("time"))
    except Refused:
        errors["time"] = "That is not a time of day. Examples: 15:00, 3 pm."
    try:
        zone = read_zone(submission.text("zone"))
    except Refused as refused:
        errors["zone"] = refused.sentence
    try:
        place = check_place(submission.text("place"))
    except InvalidField as invalid:
        errors |= invalid.errors
    if errors or day is None or at is None or zone is None:
        raise InvalidField(**errors)
    try:
        return check_moment(local(ZoneInfo(zone), day, at), work.now), zone, place
    except Refused as refused:
        raise InvalidField(day=refused.sentence.replace("`", "")) from refused


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
