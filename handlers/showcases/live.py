"""The cards of a showcase that are kept up to date where they stand: in the channel, and with who shows something."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from domain.people import Platform
from domain.showcases import Showcase, State, when_words
from handlers import capability
from handlers.cards import Buttons, Card, Heading, Shown, Text, runs, strong
from handlers.showcases import page
from handlers.showcases.finding import channel_of, subject
from handlers.showcases.page import Seen, Viewer
from storage import people as directory
from storage import showcases
from storage.outbox import Priority
from storage.showcases import UNDER_WAY
from storage.store import Work

VIEW = "showcase"
#: What a card is for: a date was set or changed, offers are called for, the agenda, the day itself, the page after.
Purpose = Literal["set", "moved", "call", "agenda", "day", "learnings"]

_NOTES = {
    "set": "There is a date, and everybody is welcome.",
    "moved": "The date or the place has changed; this is how it is now.",
    "agenda": "One week to go. There is still room for what you tried.",
    "day": "It is today.",
}


def card(work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform) -> Card | None:
    """The card in one place as things are now; None once there is nothing to announce any more."""
    one = showcases.by_id(work, int(params["showcase"]))
    if one is None:
        return None
    purpose = params["for"]
    person = None if person_id is None else directory.by_id(work, person_id)
    shown, viewer = page.seen(work, one), Viewer(person)
    if purpose == "learnings":
        return page.learnings(shown, viewer)
    if one.state is State.CANCELLED:
        return page.cancelled(shown, viewer)
    if one.state is State.HELD or one.starts_at + UNDER_WAY <= work.now:
        return None
    if person is not None:
        return _presented(shown, viewer, purpose)
    if purpose == "call":
        return _call(shown)
    return page.agenda(shown, viewer, note=_NOTES.get(purpose))


def to_channel(
    work: Work,
    one: Showcase,
    purpose: Purpose,
    period: str,
    *,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Put a card in the channel that the news of showcases go to, once per period; how many messages that makes."""
    channel = channel_of(work)
    if channel is None:
        return 0
    return int(
        capability.place(
            work,
            f"showcase:{purpose}:{period}:c{channel.id}",
            subject(one),
            VIEW,
            {"showcase": str(one.id), "for": purpose},
            channel_id=channel.id,
            priority=Priority.LATER,
            due_at=due_at,
            expires_at=expires_at,
            batch=f"showcase.{purpose}/{period}",
        )
    )


def to_presenters(
    work: Work,
    one: Showcase,
    purpose: Purpose,
    period: str,
    *,
    besides: int | None = None,
    due_at: datetime | None = None,
    expires_at: datetime | None = None,
) -> int:
    """Put a card in front of everybody who shows something, each once per period; how many messages that makes.

    `besides` is who did it themselves and has the answer before them.
    """
    people = sorted({offer.presenter_id for offer in showcases.offers(work, one.id)} - {besides})
    return sum(
        capability.place(
            work,
            f"showcase:{purpose}:{period}:p{number}",
            subject(one),
            VIEW,
            {"showcase": str(one.id), "for": purpose},
            person_id=number,
            priority=Priority.LATER,
            polite=purpose != "moved",
            due_at=due_at,
            expires_at=expires_at,
            batch=f"showcase.{purpose}/{period}",
        )
        for number in people
    )


def _call(shown: Seen) -> Card:
    one = shown.one
    when = when_words(one)
    asked = "What did you try with AI lately?"
    text = (
        f"The next showcase is on {when}. Ten minutes are enough, slides are not needed. {page.EQUALLY} "
        f"So far: {page.agenda_words(shown)}."
    )
    return Card(
        summary=f"{asked} {text}",
        elements=(
            Heading(text=asked),
            Text(runs=runs(text)),
            Buttons(
                items=(page.offer_button(), page.agenda_button(one), *page.calendar_buttons(shown)),
            ),
        ),
    )


def _presented(shown: Seen, viewer: Viewer, purpose: str) -> Card | None:
    """What somebody shows, and when; None where they show nothing any more."""
    person = viewer.person
    mine = [offer for offer in shown.offers if person is not None and offer.presenter_id == person.id]
    if not mine:
        return None
    when = when_words(shown.one, viewer.zone)
    first = {
        "moved": "The showcase has changed its date or place. ",
        "agenda": "The showcase is a week away. ",
        "day": "The showcase is today. ",
    }.get(purpose, "")
    where = f", {shown.one.place}" if shown.one.place else ""
    said = f"{first}You show something on {when}{where}:"
    elements: list[Shown] = [Text(runs=runs(said))]
    for offer in mine:
        elements += [
            Text(runs=runs(strong(offer.tried), f" ({offer.duration_minutes} minutes)")),
            page.own_buttons(offer),
        ]
    buttons = Buttons(items=(page.agenda_button(shown.one), *page.calendar_buttons(shown)))
    elements.append(buttons)
    return Card(summary=f"{said} {', '.join(offer.tried for offer in mine)}", elements=tuple(elements))
