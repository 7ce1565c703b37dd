"""What waits for whom: lists, one request in full, and what stands on a person's page."""

from collections.abc import Sequence

from domain.initiatives import Initiative
from domain.signoffs import Signoff
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import Button, Buttons, Card, Context, Heading, Shown, Text, runs, strong
from handlers.conversation import Command, Press, Say
from handlers.phrases import find_initiative
from handlers.signoffs import card, places
from handlers.signoffs.card import title
from handlers.signoffs.finding import NoSuchSignoff, WhichSignoff, called, found
from storage import delegations, initiatives, signoffs
from storage import people as directory
from storage.store import Work

MOST = 10


def on_list(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`signoff list`: what waits for me, what I asked for; `signoff list claims`: everything of an initiative."""
    if command.text.strip():
        about = find_initiative(work, command.text)
        known = signoffs.of_initiative(work, about.id)
        name = f"Sign-offs of {about.name}"
        elements: list[Shown] = [Heading(text=name)]
        for one in known[:MOST]:
            elements += _line(actor, one, about, work)
        if not known:
            elements.append(
                Text(
                    runs=marked(
                        actor.origin, f"None yet. `signoff request {about.key} go-live` asks for one."
                    )
                )
            )
        return Say(card=Card(summary=name, elements=tuple(elements)))
    return Say(card=_mine(actor, work))


def on_list_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Say(card=_mine(actor, work))


def on_show(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`signoff show claims go-live`: the newest request for that milestone."""
    if not command.text.strip():
        raise WhichSignoff
    about, key = called(work, command.text)
    known = [
        one for one in signoffs.of_initiative(work, about.id) if key is None or one.content.milestone == key
    ]
    if not known:
        raise NoSuchSignoff
    return Say(card=_shown(actor, known[0], about, work))


def on_show_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    if not press.value.isdecimal() or len(press.value) > 17:
        raise NoSuchSignoff
    one, about = found(work, int(press.value))
    return Say(card=_shown(actor, one, about, work))


def waiting(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """What stands first on a person's page: the sign-offs that wait for them, to decide or to change."""
    to_decide = [one for one, _ in signoffs.waiting_for(work, actor.person.id, actor.today)]
    to_change = signoffs.sent_back(work, actor.person.id)
    if not to_decide and not to_change:
        return ()
    elements: list[Shown] = [Heading(text="Waiting for you")]
    for some, label in ((to_decide, "See it and decide"), (to_change, "See it and change it")):
        for one in some[:MOST]:
            about = initiatives.by_id(work, one.initiative_id)
            if about is not None:
                elements += _line(actor, one, about, work, label=label)
    return tuple(elements)


def _mine(actor: Actor, work: Work) -> Card:
    elements: list[Shown] = list(waiting(actor, work))
    if not elements:
        elements += [Heading(text="Sign-offs"), Text(runs=runs("Nothing waits for you."))]
    # What was sent back waits for them, and stands above.
    back = {one.id for one in signoffs.sent_back(work, actor.person.id)}
    asked = [one for one in signoffs.requested_by(work, actor.person.id, limit=MOST) if one.id not in back]
    known = initiatives.by_ids(work, {one.initiative_id for one in asked})
    if asked:
        elements.append(Heading(text="Asked for by you"))
        for one in asked:
            elements += _line(actor, one, known[one.initiative_id], work)
    elements += _delegations(actor, work)
    elements.append(
        Context(
            runs=marked(
                actor.origin,
                "`signoff list claims` shows all of one initiative; `signoff request claims go-live` asks for one.",
            )
        )
    )
    return Card(summary="Sign-offs that wait for you, and those you asked for", elements=tuple(elements))


def _line(
    actor: Actor, one: Signoff, about: Initiative, work: Work, *, label: str = "See it"
) -> Sequence[Shown]:
    seen = places.seen(work, one, about, work.now)
    said = runs(strong(title(one, about)), "\n", *card.status_runs(seen, actor.person.zone))
    return (Text(runs=said), Buttons(items=(card.show_button(one, label),)))


def _shown(actor: Actor, one: Signoff, about: Initiative, work: Work) -> Card:
    return card.whole(
        places.seen(work, one, about, work.now), places.viewer_of(actor.person, one, about, work, work.now)
    )


def _delegations(actor: Actor, work: Work) -> list[Shown]:
    """Who decides for me, and for whom I decide."""
    mine = delegations.involving(work, actor.person.id, actor.today)
    if not mine:
        return []
    people = directory.by_ids(work, {one.delegate_id for one in mine} | {one.sponsor_id for one in mine})
    known = initiatives.by_ids(work, {one.initiative_id for one in mine})
    elements: list[Shown] = [Heading(text="Delegations")]
    for one in mine:
        days = f"until {one.last_day.day} {one.last_day:%B}"
        name = known[one.initiative_id].name
        if one.sponsor_id == actor.person.id:
            asked = "decides" if one.state == "accepted" else "is asked to decide"
            said = runs(strong(people[one.delegate_id].name), f" {asked} for you on {name} {days}.")
            label = "Take it back"
        else:
            said = runs("You decide for ", strong(people[one.sponsor_id].name), f" on {name} {days}.")
            label = "Give it back"
        elements += [
            Text(runs=said),
            Buttons(items=(Button(label=label, action="delegation.revoke", value=str(one.id)),)),
        ]
    return elements
