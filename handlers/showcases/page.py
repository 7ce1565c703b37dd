"""A showcase as cards: when it is, its agenda, and what was learned; whose work it is comes first everywhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.initiatives import Initiative
from domain.people import Person
from domain.showcases import (
    Offer,
    Showcase,
    State,
    credit,
    credited_department,
    listed,
    session_minutes,
    total_minutes,
    when_words,
)
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Divider,
    Fact,
    Facts,
    Heading,
    LinkButton,
    Shown,
    Text,
    runs,
    strong,
)
from handlers.showcases import ics
from storage import initiatives, showcases
from storage import people as directory
from storage.store import Work

#: As the copy says wherever something can be offered.
EQUALLY = "What worked and what did not are equally welcome: both save the next team the same weeks."


@dataclass(frozen=True, slots=True)
class Seen:
    """Everything that the cards of a showcase show, read in one go."""

    one: Showcase
    offers: Sequence[Offer]
    people: Mapping[int, Person]
    about: Mapping[int, Initiative]

    def name(self, person_id: int) -> str:
        person = self.people.get(person_id)
        return "somebody who has left" if person is None else person.name


@dataclass(frozen=True, slots=True)
class Viewer:
    """For whom a card is made; without a person it is for a channel."""

    person: Person | None = None
    #: Whether they may move and cancel it and write its minutes.
    organises: bool = False

    @property
    def zone(self) -> str | None:
        return None if self.person is None else self.person.time_zone


def seen(work: Work, one: Showcase) -> Seen:
    """Read what the cards of a showcase show."""
    offers = showcases.offers(work, one.id)
    people = {number for offer in offers for number in (offer.presenter_id, offer.offered_by_id)}
    if one.created_by_id is not None:
        people.add(one.created_by_id)
    about = {offer.initiative_id for offer in offers if offer.initiative_id is not None}
    return Seen(one, offers, directory.by_ids(work, people), initiatives.by_ids(work, about))


def next_card(shown: Seen, viewer: Viewer, *, note: str | None = None, rule: str | None = None) -> Card:
    """When it is, how to get it into a calendar, and what can be done."""
    one = shown.one
    title = f"Showcase on {_day(one)}"
    elements: list[Shown] = [Heading(text=title)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    facts = [Fact(label="When", value=when_words(one, viewer.zone))]
    if one.place:
        facts.append(Fact(label="Where", value=one.place))
    facts.append(Fact(label="On the agenda", value=agenda_words(shown)))
    if rule is not None:
        facts.append(Fact(label="Usually", value=rule))
    elements += [
        Facts(items=tuple(facts)),
        Text(runs=runs(f"Teams show what they tried with AI. {EQUALLY}")),
        Buttons(items=(offer_button(), agenda_button(one), *calendar_buttons(shown))),
    ]
    if viewer.organises:
        elements.append(Buttons(items=(move_button(one), cancel_button(one))))
    return Card(
        summary=f"Showcase: {when_words(one, viewer.zone)}. {agenda_words(shown)}.", elements=tuple(elements)
    )


def agenda(shown: Seen, viewer: Viewer, *, note: str | None = None) -> Card:
    """What is shown, in the order in which it was offered, and by whom."""
    one = shown.one
    if one.state is State.CANCELLED:
        return cancelled(shown, viewer)
    title = f"Agenda of the showcase on {_day(one)}"
    elements: list[Shown] = [Heading(text=title)]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    facts = [Fact(label="When", value=when_words(one, viewer.zone))]
    if one.place:
        facts.append(Fact(label="Where", value=one.place))
    facts.append(Fact(label="In all", value=agenda_words(shown)))
    elements.append(Facts(items=tuple(facts)))
    for number, offer in enumerate(shown.offers, start=1):
        elements += [Divider(), *_item(shown, number, offer, viewer)]
    if not shown.offers:
        elements.append(Text(runs=runs(f"Nothing is offered yet. {EQUALLY}")))
    elements += [Divider(), Buttons(items=(offer_button(), *calendar_buttons(shown)))]
    return Card(summary=f"{title}: {agenda_words(shown)}.", elements=tuple(elements))


def learnings(shown: Seen, viewer: Viewer) -> Card:
    """The page afterwards: thanks, what each taught, and the minutes."""
    one = shown.one
    title = f"What we learned at the showcase on {_day(one)}"
    elements: list[Shown] = [Heading(text=title)]
    names = [shown.name(number) for number in dict.fromkeys(offer.presenter_id for offer in shown.offers)]
    thanks = f"Thank you, {listed(names)}, for showing it, and to everybody who made it possible."
    if names:
        elements.append(Text(runs=runs(thanks)))
    for offer in shown.offers:
        worked = "It worked." if offer.worked else "It did not work, and now we know."
        elements += [
            Divider(),
            Text(runs=runs(strong(offer.tried), f"\n{credit_of(shown, offer)}.")),
            Text(runs=runs(strong(f"{worked} "), offer.learned)),
        ]
    if one.minutes:
        elements += [Divider(), Text(runs=runs(strong("Minutes: "), one.minutes))]
    elif not shown.offers:
        elements.append(Text(runs=runs("Nothing was offered, and no minutes are written yet.")))
    if viewer.organises:
        elements.append(Buttons(items=(minutes_button(one),)))
    elements.append(
        Context(runs=runs("Everybody can read this. Teams that try something next can begin here."))
    )
    said = f"{len(shown.offers)} shown" if shown.offers else "the minutes"
    return Card(summary=f"{title}: {said}.", elements=tuple(elements))


def cancelled(shown: Seen, viewer: Viewer, *, note: str | None = None) -> Card:
    """That it does not take place, with the file that takes it out of calendars."""
    said = f"The showcase on {when_words(shown.one, viewer.zone)} does not take place."
    elements: list[Shown] = [Text(runs=runs(said))]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    button = file_button(shown.one, "Take it out of my calendar")
    elements.append(Buttons(items=(button,)))
    return Card(summary=said, elements=tuple(elements))


def credit_of(shown: Seen, offer: Offer) -> str:
    """Whose work it is: department, names, and the AI function as technical partner."""
    presenter = shown.people.get(offer.presenter_id)
    about = shown.about.get(offer.initiative_id or 0)
    department, is_ai = credited_department(presenter, None if about is None else about.department)
    named = [shown.people[one] for one in (offer.presenter_id, offer.offered_by_id) if one in shown.people]
    return credit(department, named, by_ai_function=is_ai)


def agenda_words(shown: Seen) -> str:
    """As in "2 things to see, 25 minutes"."""
    count = len(shown.offers)
    if not count:
        return "nothing offered yet"
    return f"{count} thing{'' if count == 1 else 's'} to see, {total_minutes(shown.offers)} minutes"


def details(shown: Seen) -> str:
    """The agenda in plain lines, for calendars."""
    lines = [f"{offer.tried} ({credit_of(shown, offer)})" for offer in shown.offers]
    return "\n".join(["Teams show what they tried with AI, what worked and what did not.", *lines])


def calendar_buttons(shown: Seen) -> tuple[Button | LinkButton, ...]:
    """The file, and links to the two calendars that most people have."""
    one, text = shown.one, "Teams show what they tried with AI, what worked and what did not."
    minutes = session_minutes(shown.offers)
    return (
        file_button(one, "Calendar file"),
        LinkButton(label="Google Calendar", url=ics.google_link(one, text, minutes)),
        LinkButton(label="Outlook", url=ics.outlook_link(one, text, minutes)),
    )


def file_button(one: Showcase, label: str) -> Button:
    return Button(label=label, action="showcase.file", value=str(one.id), described=f"{label}: {_day(one)}")


def offer_button() -> Button:
    return Button(label="Offer something", action="showcase.offer", style="primary")


def agenda_button(one: Showcase) -> Button:
    return Button(label="Agenda", action="showcase.agenda", value=str(one.id))


def move_button(one: Showcase) -> Button:
    return Button(label="Change date or place", action="showcase.move", value=str(one.id))


def minutes_button(one: Showcase) -> Button:
    label = "Edit the minutes" if one.minutes else "Write the minutes"
    return Button(
        label=label, action="showcase.minutes", value=str(one.id), described=f"{label}: {_day(one)}"
    )


def cancel_button(one: Showcase) -> Button:
    return Button(
        label="Cancel it",
        action="showcase.cancel",
        value=str(one.id),
        style="danger",
        described=f"Cancel the showcase on {_day(one)}",
        confirm=Confirm(
            title="Cancel the showcase?",
            text=f"The channel and whoever shows something hear that the showcase on {_day(one)} does not take "
            "place. What was offered is kept for the next one.",
            yes="Cancel it",
            no="Keep it",
        ),
    )


def own_buttons(offer: Offer) -> Buttons:
    """What whoever offered or shows something can do about it."""
    value = str(offer.id)
    return Buttons(
        items=(
            Button(label="Edit", action="showcase.edit", value=value, described=f"Edit: {offer.tried[:60]}"),
            Button(
                label="Withdraw",
                action="showcase.withdraw",
                value=value,
                described=f"Withdraw: {offer.tried[:60]}",
                confirm=Confirm(
                    title="Take it off the agenda?",
                    text="It can be offered again at any time.",
                    yes="Withdraw",
                    no="Keep it",
                ),
            ),
        )
    )


def _item(shown: Seen, number: int, offer: Offer, viewer: Viewer) -> list[Shown]:
    about = shown.about.get(offer.initiative_id or 0)
    what = "It worked." if offer.worked else "It did not work, and that is worth seeing."
    more = f"{offer.duration_minutes} minutes. {what}"
    if about is not None:
        more = f"{about.name}. {more}"
    elements: list[Shown] = [
        Text(runs=runs(strong(f"{number}. {offer.tried}"), f"\n{credit_of(shown, offer)}.")),
        Context(runs=runs(more)),
    ]
    if viewer.person is not None and offer.may_change(viewer.person.id) and shown.one.state is State.PLANNED:
        elements.append(own_buttons(offer))
    return elements


def _day(one: Showcase) -> str:
    return f"{one.day.day} {one.day:%B}"
