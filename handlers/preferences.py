"""Settings in chat: when and where planned messages reach a person, and what their organisation set."""

import re
from collections.abc import Sequence
from datetime import date

from domain.calendar import USUAL_HOURS
from domain.contributions import day_words
from domain.errors import InvalidField, Refused
from domain.people import Act, Platform, may
from domain.preferences import (
    PLATFORMS,
    PULSE_REST,
    WEEKDAYS,
    Preferences,
    check_pause,
    checked,
    minute_words,
    places_words,
    weekdays_words,
    zone_words,
)
from handlers.capability import Actor, AnyReply, Capability, FormRoute, marked
from handlers.cards import (
    Asked,
    Button,
    Buttons,
    Card,
    ChoiceInput,
    Context,
    DateInput,
    Divider,
    Form,
    Heading,
    MultiChoiceInput,
    Option,
    Shown,
    Text,
    TextInput,
    plain,
    runs,
)
from handlers.coming import coming_day
from handlers.conversation import Command, Open, Press, Replace, Say, Submission
from handlers.hours import about, next_allowed_for, workdays_of
from storage import people, preferences
from storage.store import Work

FORM = "preferences.form"
WHERE_LAST = "last"


class UntilWhen(Refused):
    """I do not know which day that is. Examples: `tandem pause until friday`, `tandem pause for two weeks`."""


def capability(known: Sequence[Capability]) -> Capability:
    """A person's settings, and those of the organisation over the capabilities that there are."""

    def on_settings(actor: Actor, command: Command, work: Work) -> AnyReply:
        return Say(card=_page(actor, known, work))

    def on_show(actor: Actor, press: Press, work: Work) -> AnyReply:
        return Say(card=_page(actor, known, work))

    def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
        preferences.put(work, actor.person.id, _read(actor, submission, work))
        return Say(card=_page(actor, known, work, note="Your settings are kept."))

    def on_resume_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
        return Replace(card=_page(actor, known, work, note=_resume(actor, work)))

    return Capability(
        name="preferences",
        help=(
            ("tandem settings", "when and where planned messages reach you"),
            ("tandem pause until friday", "none for a while; `tandem resume` ends it"),
        ),
        commands={"tandem settings": on_settings, "tandem pause": on_pause, "tandem resume": on_resume},
        presses={
            "preferences.show": on_show,
            "preferences.edit": on_edit,
            "preferences.resume": on_resume_pressed,
        },
        forms={FORM: FormRoute(submit=on_submit, again=again)},
        reads=frozenset({"tandem settings", "preferences.show", "preferences.edit"}),
    )


def on_edit(actor: Actor, press: Press, work: Work) -> AnyReply:
    chosen = preferences.of(work, actor.person.id)
    return Open(form=_form(actor, chosen, {}, work), beside=True)


def on_pause(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`tandem pause until friday`; without a day the form, where one is picked."""
    chosen = preferences.of(work, actor.person.id)
    words = re.sub(
        r"^(?:me\s+)?(?:until|till|til|through|up to|to|for)\s+", "", command.text.strip(), flags=re.I
    )
    if not words:
        return Open(form=_form(actor, chosen, {}, work))
    day = coming_day(words, today=actor.today)
    if day is None:
        raise UntilWhen
    try:
        day = check_pause(day.isoformat(), today=actor.today)
    except InvalidField as problem:
        raise Refused(problem.sentence) from problem
    chosen = chosen.model_copy(update={"paused_until": day})
    preferences.put(work, actor.person.id, chosen)
    said = runs(_pause_words(actor, chosen, work))
    return Say(
        card=Card(
            summary=plain(said),
            elements=(Text(runs=said), Context(runs=runs(AT_ONCE)), Buttons(items=(RESUME,))),
        )
    )


def on_resume(actor: Actor, command: Command, work: Work) -> AnyReply:
    note = _resume(actor, work)
    chosen = preferences.of(work, actor.person.id)
    said = runs(f"{note} {_when_words(actor, chosen)}")
    return Say(card=Card(summary=plain(said), elements=(Text(runs=said),)))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    typed = {name: submission.text(name) for name in submission.values}
    typed["weekdays"] = ",".join(_several(submission, "weekdays"))
    return _form(actor, preferences.of(work, actor.person.id), typed, work)


RESUME = Button(label="Resume", action="preferences.resume", described="End the pause of planned messages")
AT_ONCE = (
    "Planned messages are digests, reminders and questions. What somebody sends you, such as a sign-off, "
    "comes at once."
)


def _resume(actor: Actor, work: Work) -> str:
    chosen = preferences.of(work, actor.person.id)
    if _paused(actor, chosen) is None:
        return "Nothing was paused."
    preferences.put(work, actor.person.id, chosen.model_copy(update={"paused_until": None}))
    return "The pause is over."


def _page(actor: Actor, known: Sequence[Capability], work: Work, *, note: str | None = None) -> Card:
    chosen = preferences.of(work, actor.person.id)
    when = _when_words(actor, chosen)
    elements: list[Shown] = [Heading(text="Your settings")]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    elements.append(Text(runs=runs(f"{when} {places_words(chosen.platform, _platforms(actor, work))}")))
    paused = _paused(actor, chosen) is not None
    if paused:
        elements.append(Text(runs=runs(_pause_words(actor, chosen, work))))
    elements.append(
        Text(
            runs=runs(
                "On Fridays I may ask you what you put in, where you log for an initiative that wants it."
                if chosen.nudge
                else "On Fridays I do not ask you what you put in."
            )
        )
    )
    elements.append(Text(runs=marked(actor.origin, chosen.pulse_words(actor.today))))
    change = Button(
        label="Change",
        action="preferences.edit",
        style="primary",
        described="Change when and where planned messages reach you",
    )
    elements += [
        Buttons(items=(change, RESUME) if paused else (change,)),
        Context(
            runs=marked(
                actor.origin,
                f"{AT_ONCE} Your time zone is the one of your chat profile. Only you see this. "
                "`tandem pause until friday` pauses them.",
            )
        ),
    ]
    if may(actor.person, Act.CHANGE_SETTINGS):
        theirs = [
            element for one in known if one.settings is not None for element in one.settings(actor, work)
        ]
        if theirs:
            elements += [Divider(), Heading(text="Your organisation"), *theirs]
    return Card(summary=f"Your settings. {when}", elements=tuple(elements))


def _when_words(actor: Actor, chosen: Preferences) -> str:
    """As in "Planned messages come Monday to Friday, 08:30 to 17:30, Berlin time; not on public holidays..."."""
    person = actor.person
    days = weekdays_words(chosen.weekdays or workdays_of(person.country))
    country = None if person.country is None else about(person.country)
    free = "" if country is None else f"; not on public holidays in {country.name}"
    return f"Planned messages come {days}, {chosen.hours_words}, {zone_words(person.time_zone)}{free}."


def _pause_words(actor: Actor, chosen: Preferences, work: Work) -> str:
    assert chosen.paused_until is not None
    last = "today" if chosen.paused_until == actor.today else day_words(chosen.paused_until, actor.today)
    next_at = next_allowed_for(actor.person, chosen, work.now).astimezone(actor.person.zone)
    return (
        f"Planned messages are paused until the end of {last}. "
        f"They come again from {day_words(next_at.date(), actor.today)}, {next_at:%H:%M}."
    )


def _paused(actor: Actor, chosen: Preferences) -> date | None:
    """The last day of the pause, where it is not over."""
    day = chosen.paused_until
    return None if day is None or day < actor.today else day


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _platforms(actor: Actor, work: Work) -> list[Platform]:
    """Where the person is known, in order of name."""
    return sorted({one.platform for one in people.identities(work, actor.person.id)})


def _read(actor: Actor, submission: Submission, work: Work) -> Preferences:
    """What was sent in. Raises InvalidField."""
    before = preferences.of(work, actor.person.id)
    chosen = checked(
        before,
        submission.text("begins"),
        submission.text("ends"),
        _several(submission, "weekdays"),
        submission.text("paused_until"),
        today=actor.today,
        workdays=workdays_of(actor.person.country),
    )
    where = submission.text("platform")
    platform = before.platform
    if "platform" in submission.values:
        platform = next((one for one in _platforms(actor, work) if one == where), None)
        if platform is None and where in PLATFORMS:
            name = PLATFORMS["slack" if where == "slack" else "teams"]
            raise InvalidField(platform=f"I do not know you on {name} yet. Please write to me there first.")
    nudge = submission.text("nudge")
    return chosen.model_copy(
        update={
            "platform": platform,
            "nudge": before.nudge if nudge not in ("yes", "no") else nudge == "yes",
            **_pulses(submission.text("pulses"), actor.today),
        }
    )


def _pulses(wanted: str, today: date) -> dict[str, object]:
    """What changes about pulses; a rest that is under way stays as it is."""
    match wanted:
        case "yes":
            return {"pulses_off": False, "pulses_snoozed_until": None}
        case "rest":
            return {"pulses_off": False, "pulses_snoozed_until": today + PULSE_REST}
        case "no":
            return {"pulses_off": True, "pulses_snoozed_until": None}
    return {}


def _several(submission: Submission, name: str) -> tuple[str, ...]:
    value = submission.values.get(name)
    return tuple(value.split(",")) if isinstance(value, str) else value or ()


def _form(actor: Actor, chosen: Preferences, typed: dict[str, str], work: Work) -> Form:
    workdays = chosen.weekdays or workdays_of(actor.person.country)
    days = tuple(typed["weekdays"].split(",")) if "weekdays" in typed else tuple(map(str, sorted(workdays)))
    hours = chosen.hours
    where = _platforms(actor, work)
    asked: list[Asked] = [
        TextInput(
            name="begins",
            label="From",
            value=typed.get("begins", minute_words(hours.from_minute)) or None,
            placeholder=minute_words(USUAL_HOURS.from_minute),
            hint=f"{zone_words(actor.person.time_zone)}, as in 08:30.",
            optional=True,
            max_length=20,
        ),
        TextInput(
            name="ends",
            label="To",
            value=typed.get("ends", minute_words(hours.until_minute)) or None,
            placeholder=minute_words(USUAL_HOURS.until_minute),
            hint="As in 17:30. Empty for the usual.",
            optional=True,
            max_length=20,
        ),
        MultiChoiceInput(
            name="weekdays",
            label="On these days",
            options=tuple(Option(key=str(n), label=name) for n, name in enumerate(WEEKDAYS, 1)),
            values=tuple(day for day in days if day),
        ),
        DateInput(
            name="paused_until",
            label="Paused until the end of",
            value=_day(typed["paused_until"]) if "paused_until" in typed else _paused(actor, chosen),
            hint="Empty for no pause.",
            optional=True,
        ),
        ChoiceInput(
            name="nudge",
            label="Ask me on Fridays what I put in",
            options=(Option(key="yes", label="Yes"), Option(key="no", label="No")),
            value=typed.get("nudge") or ("yes" if chosen.nudge else "no"),
            hint="Only for initiatives that want it, and only in weeks in which you logged nothing.",
        ),
    ]
    asked.append(_pulse_input(chosen, typed, actor.today))
    if len(where) > 1:
        asked.append(
            ChoiceInput(
                name="platform",
                label="Where",
                options=(
                    Option(key=WHERE_LAST, label="Where I was last"),
                    *(Option(key=one, label=PLATFORMS[one]) for one in where),
                ),
                value=typed.get("platform") or chosen.platform or WHERE_LAST,
            )
        )
    return Form(
        name=FORM,
        title="Your settings",
        elements=(
            Text(runs=runs("When planned messages may reach you.")),
            *asked,
            Context(runs=runs(f"{AT_ONCE} Only you see this.")),
        ),
    )


def _pulse_input(chosen: Preferences, typed: dict[str, str], today: date) -> ChoiceInput:
    until = chosen.pulses_snoozed_until
    resting = not chosen.pulses_off and until is not None and until >= today
    options = [Option(key="yes", label="Yes"), Option(key="rest", label="Not for four weeks")]
    if resting and until is not None:
        options.insert(1, Option(key="resting", label=f"Not until the end of {day_words(until, today)}"))
    return ChoiceInput(
        name="pulses",
        label="Invite me to pulses",
        options=(*options, Option(key="no", label="No, and send me no results either")),
        value=typed.get("pulses") or ("no" if chosen.pulses_off else "resting" if resting else "yes"),
        hint="Nobody is told what you choose.",
    )
