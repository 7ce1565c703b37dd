"""The Friday nudge in chat: whoever wants it is asked once what they put in, when nothing is logged for the week yet.

Nobody gets it who did not say yes, and nobody else learns who did. It goes off with one press.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import weekly
from domain.contributions import Contribution, Draft, day_words
from domain.errors import InvalidField, NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import Initiative
from domain.nudges import (
    AT,
    FOUR_WEEKS,
    MOST_ENTRIES,
    WEEKDAY,
    day_ends,
    friday_of,
    repeated,
    week_starts,
)
from domain.people import Act, Platform, may
from domain.schedules import Happening, in_zone, week_of
from handlers.capability import Actor, AnyReply, AskAgain, Capability, marked, tell
from handlers.cards import Button, Buttons, Card, Context, Runs, Shown, Text, runs, sentence, strong
from handlers.contributions import form
from handlers.contributions.entry import PARTS, entry_words, quoted
from handlers.contributions.log import log_draft
from handlers.conversation import Command, Press, Replace, Say
from handlers.fanout import place_many
from handlers.keeping import asked_for
from handlers.schedule import Schedule
from storage import initiatives, nudges
from storage import people as directory
from storage.outbox import Priority
from storage.store import Work

VIEW = "nudge"
#: Asked on a Friday evening it would only disturb.
CATCH_UP = timedelta(hours=2)


class NotTheOwner(NotAllowed):
    """Only its product owner decides whether those who work on it may be asked on Fridays."""


class OnOrOff(Refused):
    """Please say which initiative, and on or off: `initiative nudge claims on`."""


class Closed(Refused):
    """That initiative is stopped or archived, so nobody is asked about it."""


class TooLate(Refused):
    """That question was about an earlier week. `contribute` logs whatever you like."""


class Different(Refused):
    """Those entries were changed since, so nothing was logged. `contribute` opens the form."""


class LoggedAlready(Refused):
    """There is something in your log for that week already, so nothing was logged again. \
`contribute list` shows it."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`initiative nudge claims`, and with on or off behind it."""
    name, _, last = command.text.strip().rpartition(" ")
    word = last.lower()
    if word not in ("on", "off") or not name:
        about = asked_for(command, work, "initiative nudge claims on")
        return Say(card=_state(actor, about, work))
    about = asked_for(command.model_copy(update={"text": name}), work, "initiative nudge claims on")
    if not may(actor.person, Act.NUDGE_CONTRIBUTORS, about.parts_of(actor.person.id)):
        raise NotTheOwner
    if word == "off":
        nudges.set_wanted(work, about.id, None)
        return Say(card=sentence("Nobody is asked about ", strong(about.name), " on Fridays any more."))
    if about.closed:
        raise Closed
    if not nudges.set_wanted(work, about.id, actor.person.id):
        return Say(card=_state(actor, about, work))
    _ask_contributors(actor, about, work)
    text = (
        f"Those who worked on {about.name} in the last four weeks and were never asked before get one question now, "
        "whether they want a reminder on Fridays. It is theirs to say, and you are not told who does. "
        f"`initiative nudge {about.key} off` ends it."
    )
    return Say(card=sentence(*marked(actor.origin, text)))


def on_yes(actor: Actor, press: Press, work: Work) -> AnyReply:
    nudges.choose(work, actor.person.id, wants=True)
    text = (
        "On Friday afternoons I ask once, if nothing is in your log for the week and you worked on something in the "
        "four weeks before. `tandem settings` turns it off again, and so does a button on the question."
    )
    return Replace(card=sentence(*marked(actor.origin, text)))


def on_no(actor: Actor, press: Press, work: Work) -> AnyReply:
    nudges.choose(work, actor.person.id, wants=False)
    text = "You will not be asked on Fridays. If you change your mind: `tandem settings`."
    return Replace(card=sentence(*marked(actor.origin, text)))


def on_off(actor: Actor, press: Press, work: Work) -> AnyReply:
    nudges.choose(work, actor.person.id, wants=False)
    said = "The Friday question is off."
    return Replace(
        card=Card(
            summary=said,
            elements=(
                Text(runs=runs(said)),
                Buttons(items=(Button(label="Turn it on again", action="nudge.yes"),)),
            ),
        )
    )


def on_nothing(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Replace(
        card=sentence("Nothing this week, then. Nothing was written down about it. A good weekend.")
    )


def on_like_last(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Shows exactly what would be logged. The value is the week."""
    friday = _friday(actor, press.value)
    entries = _last(actor.person.id, friday, work)
    if not entries:
        raise Different
    drafts = repeated(entries, min(friday, actor.today))
    about = initiatives.by_ids(work, {draft.initiative_id for draft in drafts})
    said = f"This is what I would log, for {day_words(drafts[0].day, actor.today)}:"
    elements: list[Shown] = [Text(runs=runs(said))]
    for draft in drafts:
        elements += [
            Text(runs=(*_line(draft, about), *runs("\n"), *quoted(draft))),
            Context(runs=runs(PARTS[draft.degree])),
        ]
    elements.append(
        Buttons(
            items=(
                Button(
                    label="Log it", action="nudge.log", value=_shown(press.value, entries), style="primary"
                ),
                Button(label="Something else", action="contribution.new"),
                Button(label="Nothing this week", action="nudge.nothing"),
            )
        )
    )
    summary = f"{said} {'; '.join(entry_words(draft) for draft in drafts)}"
    return Replace(card=Card(summary=summary, elements=tuple(elements)))


def on_log(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Logs what was shown, and nothing else. The value is the week and the entries with their versions."""
    period, _, shown = press.value.partition(" ")
    friday = _friday(actor, period)
    entries = _last(actor.person.id, friday, work)
    if not entries or _shown(period, entries) != f"{period} {shown}":
        raise Different
    if nudges.logged_week(work, actor.person.id, friday, since=week_starts(friday, actor.person.zone)):
        raise LoggedAlready
    elements: list[Shown] = []
    summaries: list[str] = []
    for draft in repeated(entries, min(friday, actor.today)):
        card = _log(actor, draft, work)
        elements += card.elements
        summaries.append(card.summary)
    return Replace(card=Card(summary=" ".join(summaries), elements=tuple(elements)))


def card(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
    """The question; None where it is not to be asked any more."""
    period = params["week"]
    person = None if person_id is None else directory.by_id(work, person_id)
    if person is None:
        return None
    friday = friday_of(period)
    if not nudges.is_due(work, person.id, friday, since=week_starts(friday, person.zone)):
        return None
    entries = _last(person.id, friday, work)
    about = initiatives.by_ids(work, {entry.initiative_id for entry in entries})
    said = f"{person.name.split()[0]}, did you put something into an AI initiative this week?"
    elements: list[Shown] = [Text(runs=runs(said))]
    buttons = [Button(label="Nothing this week", action="nudge.nothing")]
    if entries:
        last_week = entries[0].day >= friday - timedelta(days=friday.weekday() + 7)
        label = "Like last week" if last_week else "Like last time"
        lines: list[Runs] = [_line(entry, about) for entry in entries]
        words = tuple(run for line in lines for run in (*runs("\n"), *line))
        elements.append(Text(runs=(*runs(strong(f"{label}:")), *words)))
        buttons.append(Button(label=label, action="nudge.again", value=period))
    buttons.append(Button(label="Something else", action="contribution.new"))
    elements += [
        Buttons(items=tuple(buttons)),
        Context(runs=runs("You asked for this question. It comes at most once a week, and only you see it.")),
        Buttons(
            items=(Button(label="Turn it off", action="nudge.off", described="Turn the Friday question off"),)
        ),
    ]
    return Card(summary=said, elements=tuple(elements))


def _happenings(work: Work, after: datetime, until: datetime) -> Iterator[Happening]:
    for name in nudges.zones(work):
        zone = ZoneInfo(name)
        for moment in weekly(zone, WEEKDAY, AT, after, until):
            yield Happening(in_zone(week_of(moment.day), zone), moment.at)


def _plan(work: Work, happening: Happening) -> int:
    week, _, name = happening.period.partition("@")
    friday, zone = friday_of(week), ZoneInfo(name)
    return place_many(
        work,
        f"nudge/{week}",
        nudges.to_ask(name, friday, since=week_starts(friday, zone)),
        f"nudge:{week}",
        VIEW,
        {"week": week},
        priority=Priority.LATER,
        expires_at=day_ends(friday, zone),
    )


def _ask_contributors(actor: Actor, about: Initiative, work: Work) -> None:
    """One question, once ever, to those who contributed lately."""
    since = actor.today - FOUR_WEEKS
    asked = f"{actor.person.name}, product owner of {about.name}, offers a small reminder on Fridays."
    question = Card(
        summary=f"{asked} Would you like it?",
        elements=(
            Text(runs=runs(asked)),
            Text(
                runs=runs(
                    "Would you like to be asked on Friday afternoons what you put in, if nothing is in your log for "
                    "the week yet? It stays off unless you say yes."
                )
            ),
            Buttons(
                items=(
                    Button(label="Yes, on Fridays", action="nudge.yes", style="primary"),
                    Button(label="No, thank you", action="nudge.no"),
                )
            ),
            Context(runs=runs("I ask this once. Nobody is told what you answer.")),
        ),
    )
    for number in nudges.newly_asked(work, about.id, since=since, besides=actor.person.id):
        tell(
            work,
            f"nudge:asked:{number}",
            number,
            question,
            priority=Priority.LATER,
            polite=True,
            batch="nudge.asked",
        )


def _state(actor: Actor, about: Initiative, work: Work) -> Card:
    is_on = nudges.is_wanted(work, about.id)
    text = (
        f"Contributors to {about.name} who want it are asked on Fridays what they put in. "
        f"Its product owner ends it with `initiative nudge {about.key} off`."
        if is_on
        else f"Nobody is asked about {about.name} on Fridays. "
        f"Its product owner may offer it with `initiative nudge {about.key} on`."
    )
    return sentence(*marked(actor.origin, text))


def _log(actor: Actor, draft: Draft, work: Work) -> Card:
    """Log one entry as if it had been typed; if a rule stands against it nothing is logged, and the form opens."""
    about = initiatives.by_id(work, draft.initiative_id)
    if about is None:
        raise NoSuchInitiative
    try:
        reply = log_draft(actor, draft, about, work, person=actor.person, today=actor.today)
    except InvalidField as invalid:
        filled = form.Filled(
            initiative=str(about.id),
            kind=draft.kind.key,
            day=draft.day,
            what=draft.what,
            degree=draft.degree.value,
        )
        raise AskAgain(form.build(actor, filled, work, aim=form.Aim(), note=invalid.sentence)) from invalid
    assert isinstance(reply, Say)
    return reply.card


def _friday(actor: Actor, period: str) -> date:
    """The Friday that a button is about, until the end of the week behind it. Raises TooLate."""
    try:
        friday = friday_of(period)
    except ValueError:
        raise TooLate from None
    if not friday - timedelta(days=4) <= actor.today <= friday + timedelta(days=9):
        raise TooLate
    return friday


def _last(person_id: int, friday: date, work: Work) -> list[Contribution]:
    return nudges.last_entries(work, person_id, friday, limit=MOST_ENTRIES)


def _shown(period: str, entries: Iterable[Contribution]) -> str:
    return " ".join([period, *(f"{one.id}.{one.version}" for one in entries)])


def _line(draft: Draft, about: Mapping[int, Initiative]) -> Runs:
    known = about.get(draft.initiative_id)
    return runs(strong(entry_words(draft)), f" on {'an initiative' if known is None else known.name}")


CAPABILITY = Capability(
    name="nudges",
    help=(
        (
            "initiative nudge claims on",
            "offers those who work on it a reminder on Fridays (its product owner)",
        ),
    ),
    commands={"initiative nudge": on_command},
    presses={
        "nudge.yes": on_yes,
        "nudge.no": on_no,
        "nudge.off": on_off,
        "nudge.nothing": on_nothing,
        "nudge.again": on_like_last,
        "nudge.log": on_log,
    },
    views={VIEW: card},
    schedules=(Schedule("nudge.friday", CATCH_UP, _happenings, _plan),),
)
