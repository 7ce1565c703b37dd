"""A person's own pulses: what asks them, what came of the last ones, and a rest from them.

Looking is a read, and what is changed here goes by routes without a trace: what it says of who answered is never
kept, not even as the answer to a request. In a place that others read it says nothing of that.
"""

from datetime import date

import structlog

from domain.people import Act, may
from domain.preferences import PULSE_REST, Preferences
from domain.pulses import Status
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Divider,
    Heading,
    Shown,
    Text,
    runs,
    strong,
)
from handlers.conversation import Command, Press, Replace, Say
from handlers.pulses import ballot, results
from storage import ballots, preferences, pulses
from storage.pulses import Pulse
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()

#: A card has room for six buttons: these, and two about hearing of pulses at all.
MOST_BUTTONS = 4
MOST_RESULTS = 3
MOST_ON_HOME = 2

HELP = (
    ("pulse", "the pulses that ask you, what came of the last ones, and a rest from them"),
    ("pulse results", "what came of the last one"),
    ("pulse new", "for HR and the AI function: plan one together"),
    ("pulse plans", "for HR and the AI function: those that are planned or open"),
)
OFF = Confirm(
    title="No more pulses?",
    text="You get no invitation, no reminder and no results. Nobody is told, and you can come back at any time.",
    yes="No more pulses",
    no="Keep them",
)


def on_pulse(actor: Actor, command: Command, work: Work) -> AnyReply:
    return Say(card=page(actor, work))


def on_snooze(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _changed(actor, work, off=False, snoozed_until=actor.today + PULSE_REST)


def on_off(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _changed(actor, work, off=True, snoozed_until=None)


def on_again(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _changed(actor, work, off=False, snoozed_until=None)


def _changed(actor: Actor, work: Work, *, off: bool, snoozed_until: date | None) -> AnyReply:
    preferences.set_pulses(work, actor.person.id, off=off, snoozed_until=snoozed_until)
    return Replace(card=page(actor, work))


def page(actor: Actor, work: Work) -> Card:
    """What is open for a person, what came of the last pulses, and whether they hear of the next."""
    chosen = preferences.of(work, actor.person.id)
    mine = ballots.of_person(work, actor.person.id)
    elements: list[Shown] = [Heading(text="Pulses")]
    for one in mine[:MOST_BUTTONS]:
        elements += _open(actor, one, work)
    if len(mine) > MOST_BUTTONS:
        more = len(mine) - MOST_BUTTONS
        words = "Another one is open" if more == 1 else f"{more} more are open, each"
        elements.append(Text(runs=runs(f"{words} with its own message in this chat.")))
    if not mine:
        elements.append(Text(runs=runs("No pulse asks you at the moment.")))
    room = min(MOST_RESULTS, MOST_BUTTONS - len(mine))
    if room > 0 and (over := results_for(actor, work, room)):
        elements += _results(over)
    elements += [
        Divider(),
        Text(runs=marked(actor.origin, chosen.pulse_words(actor.today))),
        Buttons(items=_wishes(chosen, actor)),
    ]
    elements.append(Context(runs=runs("Only you see this, and that you looked is not kept.")))
    if may(actor.person, Act.PLAN_PULSE):
        elements.append(
            Context(
                runs=marked(
                    actor.origin,
                    "For your function: `pulse new` plans a pulse, `pulse plans` shows those that are planned.",
                )
            )
        )
    count = {0: "No pulse asks you", 1: "One pulse asks you"}.get(len(mine), f"{len(mine)} pulses ask you")
    return Card(summary=f"{count} at the moment.", elements=tuple(elements))


def waiting(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """The open pulses that somebody has not answered, for the top of their page; nothing where there is none."""
    if not actor.origin.private:
        return ()
    mine = ballots.of_person(work, actor.person.id)
    if not mine or not preferences.of(work, actor.person.id).wants_pulses(actor.today):
        return ()
    unanswered = [one for one in mine if has_answered(work, one, actor.person.id) is False]
    elements: list[Shown] = []
    for one in unanswered[:MOST_ON_HOME]:
        said = runs(strong(one.spec.title), f" asks you, until the end of {ballot.day(one.spec)}.")
        elements += [Text(runs=said), Buttons(items=(_answer(one, "Answer"),))]
    if len(unanswered) > MOST_ON_HOME:
        elements.append(Text(runs=marked(actor.origin, "`pulse` shows the others that ask you.")))
    return tuple(elements)


def has_answered(work: Work, one: Pulse, person_id: int) -> bool | None:
    """Whether somebody's box holds anything; None where that cannot be seen just now."""
    try:
        return bool(ballots.answered(work, one, person_id))
    except (Forged, VaultProblem) as problem:
        log.error("ballot_unusable", pulse=one.id, problem=type(problem).__name__)
        return None


def results_for(actor: Actor, work: Work, limit: int) -> list[Pulse]:
    """The last pulses whose results this person may read by now, the newest first."""
    reads_all = may(actor.person, Act.READ_PULSE_RESULTS)
    found: list[Pulse] = []
    for one in pulses.in_status(work, Status.RELEASED, Status.UNREAD):
        if len(found) == limit:
            break
        if reads_all or results.is_out(work, one):
            found.append(one)
    return found


def _open(actor: Actor, one: Pulse, work: Work) -> list[Shown]:
    label, words = "Answer", f"Open until the end of {ballot.day(one.spec)}."
    if actor.origin.private:
        match has_answered(work, one, actor.person.id):
            case True:
                label = "Look or change"
                words += " You have answered; until then you can change or withdraw it."
            case False:
                words += " You have not answered."
            case None:
                words += " Answers cannot be locked just now, so please come back later."
    return [
        Text(runs=runs(strong(one.spec.title), f"\n{words}")),
        Buttons(items=(_answer(one, label),)),
    ]


def _answer(one: Pulse, label: str) -> Button:
    return Button(
        label=label,
        action="pulse.open",
        value=str(one.id),
        style="primary" if label == "Answer" else "default",
        described=f"{label}: {one.spec.title}",
    )


def _results(over: list[Pulse]) -> list[Shown]:
    elements: list[Shown] = [Divider(), Heading(text="What came of the last ones")]
    for one in over:
        last = f"{one.spec.closes_on.day} {one.spec.closes_on:%B}"
        words = (
            f", closed on {last}"
            if one.status is Status.RELEASED
            else f", closed on {last}: too few answered, so the answers were destroyed unread"
        )
        button = Button(
            label="Results",
            action="pulse.results",
            value=str(one.id),
            described=f"Results of {one.spec.title}, closed on {last}",
        )
        elements += [Text(runs=runs(strong(one.spec.title), words)), Buttons(items=(button,))]
    return elements


def _wishes(chosen: Preferences, actor: Actor) -> tuple[Button, ...]:
    again = Button(label="Ask me again", action="pulse.again")
    off = Button(label="No more pulses", action="pulse.off", confirm=OFF)
    if chosen.pulses_off:
        return (again,)
    if not chosen.wants_pulses(actor.today):
        return (again, off)
    return (Button(label="Not for four weeks", action="pulse.snooze"), off)
