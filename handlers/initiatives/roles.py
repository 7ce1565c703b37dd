"""Sponsors accept their role by a button before they count."""

from datetime import timedelta

from domain.errors import Attempt, NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import SPONSORS, Initiative, eligible, field_of
from domain.people import Act, Part, Person, may
from handlers.capability import Actor, AnyReply, reshow, show, tell
from handlers.cards import Button, Buttons, Card, Context, Heading, Shown, Text, runs, sentence, strong
from handlers.conversation import Press, Replace, Say
from handlers.initiatives.finding import Archived, by_value
from handlers.signoffs import following
from storage import audit, initiatives, outbox
from storage import people as directory
from storage.store import Work

#: How long to wait before the same person is asked again.
ASKED_EVERY = timedelta(days=1)

_WHAT_FOR = {
    Part.BUSINESS_SPONSOR: "You would be accountable for the outcome, together with {other}, who is to answer for "
    "the technical side. Milestones are signed off by both of you or not at all.",
    Part.TECHNICAL_SPONSOR: "You would be accountable for robustness and safe deployment, together with {other}, "
    "who is to answer for the outcome. Milestones are signed off by both of you or not at all.",
}


class NotYours(NotAllowed):
    """That role is somebody else's now, so there is nothing to accept."""


class CannotAccept(Refused):
    """You cannot take that role."""


class CannotAsk(NotAllowed):
    """Only its sponsors, whoever added it and administrators can ask again."""


class AskedToday(Refused):
    """They were asked within the last day. Please give them a little time."""


def ask(actor: Actor, initiative: Initiative, part: Part, work: Work) -> None:
    """Write to whoever is named for a part."""
    subject, person_id = _subject(initiative, part), initiative.holders[part]
    key = f"{subject}:{person_id}:{int(work.now.timestamp())}"
    show(work, key, subject, _asking(actor, initiative, part, work), person_id=person_id)


def asked_lately(initiative: Initiative, part: Part, work: Work) -> bool:
    """Whether the person named for a part was asked within the last day."""
    asked_at = [
        int(one.key.rsplit(":", 1)[1])
        for one in outbox.of_subject(work, _subject(initiative, part))
        if one.person_id == initiative.holders[part]
    ]
    return any(work.now.timestamp() - at < ASKED_EVERY.total_seconds() for at in asked_at)


def settle(initiative: Initiative, part: Part, person_id: int, card: Card, work: Work) -> None:
    """Say on the cards by which a person was asked what has become of it."""
    for one in outbox.of_subject(work, _subject(initiative, part)):
        if one.person_id == person_id:
            reshow(work, one.key, card)


def named(actor: Actor, initiative: Initiative, before: Initiative | None, work: Work) -> list[Person]:
    """Ask every sponsor who is named anew; whoever named themselves has accepted by that. Who was asked."""
    asked: list[Person] = []
    people = directory.by_ids(work, initiative.holders.values())
    for part in SPONSORS:
        person = people[initiative.holders[part]]
        if before is not None and before.holders[part] == person.id:
            continue
        if before is not None:
            text = (
                f"{person.name} is named {part.value} of {initiative.name} now. There is nothing left to do."
            )
            settle(initiative, part, before.holders[part], sentence(text), work)
        if person.id == actor.person.id:
            _accept(actor, initiative, part, work)
        else:
            ask(actor, initiative, part, work)
            asked.append(person)
    return asked


def on_accept(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The value is "initiative:part:who named them"."""
    initiative, part, namer_id = _pressed(press.value, work)
    _require_named(actor, initiative, part, "initiative.accept", work)
    if initiative.accepted(part):
        return Replace(
            card=sentence(f"You have accepted already: you are {part.value} of {initiative.name}.")
        )
    reason = eligible(part, actor.person, initiative.department)
    other = next(one for one in SPONSORS if one is not part)
    if initiative.holders[other] == actor.person.id and initiative.accepted(other):
        reason = f"You are the {other.value} already; the two sponsors are two people."
    if reason is not None:
        raise CannotAccept(f"You cannot take that role any more. {reason}")
    if not _accept(actor, initiative, part, work):
        raise NotYours(f"{initiative.name} was changed in this moment. `initiative show {initiative.key}`")
    look = Button(label="See the initiative", action="initiative.show", value=str(initiative.id))
    thanks = f"You are {part.value} of {initiative.name} now. Thank you."
    done = Card(summary=thanks, elements=(Text(runs=runs(thanks)), Buttons(items=(look,))))
    settle(initiative, part, actor.person.id, done, work)
    namer = _namer(namer_id, initiative, work)
    if namer is not None and namer.id != actor.person.id:
        card = sentence(strong(actor.person.name), f" accepted and is {part.value} of {initiative.name} now.")
        tell(work, f"accepted:{press.key}", namer.id, card)
    return Replace(card=done)


def on_decline(actor: Actor, press: Press, work: Work) -> AnyReply:
    initiative, part, namer_id = _pressed(press.value, work)
    _require_named(actor, initiative, part, "initiative.decline", work)
    if initiative.accepted(part):
        raise CannotAccept(
            f"You accepted to be {part.value} of {initiative.name}. To hand it on, name somebody else with "
            f"`initiative edit {initiative.key}`."
        )
    _log(actor, initiative, part, "initiative.declined", work)
    namer = _namer(namer_id, initiative, work)
    whom = "Whoever named you" if namer is None else namer.name
    done = sentence(
        f"You declined to be {part.value} of {initiative.name}. {whom} knows and can name somebody else."
    )
    settle(initiative, part, actor.person.id, done, work)
    if namer is not None:
        said = runs(strong(actor.person.name), f" would rather not be {part.value} of {initiative.name}.")
        card = Card(
            summary=f"{actor.person.name} declined to be {part.value} of {initiative.name}.",
            elements=(
                Text(runs=said),
                Text(runs=runs("The role is open until somebody accepts it. You can name somebody else.")),
                Buttons(
                    items=(
                        Button(
                            label="Name somebody else",
                            action="initiative.edit",
                            value=str(initiative.id),
                            style="primary",
                        ),
                    )
                ),
            ),
        )
        tell(work, f"declined:{press.key}", namer.id, card)
    return Replace(card=done)


def on_ask(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Ask again. The value is "initiative:part"."""
    initiative, part, _ = _pressed(press.value, work)
    if not may_ask(actor, initiative):
        raise CannotAsk
    person = directory.by_id(work, initiative.holders[part])
    if person is None:
        raise NoSuchInitiative
    if initiative.accepted(part):
        return Say(card=sentence(f"{person.name} has accepted already."))
    reason = eligible(part, person, initiative.department)
    if reason is not None:
        raise CannotAccept(f"{reason} `initiative edit {initiative.key}` names somebody else.")
    if asked_lately(initiative, part, work):
        raise AskedToday(f"{person.name} was asked within the last day. You can ask again tomorrow.")
    ask(actor, initiative, part, work)
    return Say(card=sentence(f"I have asked {person.name} again."))


def may_ask(actor: Actor, initiative: Initiative) -> bool:
    """Sponsors, also before they have accepted themselves, administrators and whoever added the initiative."""
    return not initiative.archived and (
        may(actor.person, Act.EDIT_INITIATIVE, initiative.parts_of(actor.person.id))
        or initiative.created_by_id == actor.person.id
    )


def ask_button(initiative: Initiative, part: Part, person: Person) -> Button:
    return Button(
        label=f"Ask {person.name} again",
        action="initiative.ask",
        value=f"{initiative.id}:{field_of(part)}",
        described=f"Ask {person.name} again to be {part.value} of {initiative.name}",
    )


def answer_buttons(initiative: Initiative, part: Part, namer_id: int | None) -> Buttons:
    """Accept or decline."""
    value = f"{initiative.id}:{field_of(part)}:{namer_id or ''}"
    what = f"to be {part.value} of {initiative.name}"
    return Buttons(
        items=(
            Button(
                label="Accept",
                action="initiative.accept",
                value=value,
                style="primary",
                described=f"Accept {what}",
            ),
            Button(label="Decline", action="initiative.decline", value=value, described=f"Decline {what}"),
        )
    )


def waiting(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """What a person was named for and has not answered, for their own page."""
    shown: list[Shown] = []
    for initiative in initiatives.awaiting(work, actor.person.id):
        for part in SPONSORS:
            if initiative.holders[part] == actor.person.id and not initiative.accepted(part):
                text = f"You are named {part.value} of {initiative.name}. It counts once you accept."
                look = Button(
                    label="Look at it",
                    action="initiative.show",
                    value=str(initiative.id),
                    described=f"Look at {initiative.name}",
                )
                shown += [Text(runs=runs(text)), Buttons(items=(look,))]
    return tuple(shown)


def _asking(actor: Actor, initiative: Initiative, part: Part, work: Work) -> Card:
    other = next(one for one in SPONSORS if one is not part)
    partner = directory.by_id(work, initiative.holders[other])
    namer = actor.person
    first = f"{namer.name} named you {part.value} of {initiative.name}."
    what_for = _WHAT_FOR[part].format(other="the other sponsor" if partner is None else partner.name)
    return Card(
        summary=f"{first} {what_for}",
        elements=(
            Heading(text=initiative.name),
            Text(runs=runs(strong(namer.name), first.removeprefix(namer.name))),
            Text(runs=runs(initiative.outcome)),
            Text(runs=runs(what_for)),
            answer_buttons(initiative, part, namer.id),
            Context(
                runs=runs(
                    "The role counts once you accept, and everybody can see whose it is. If you decline, it stays "
                    f"open and {namer.name} is told, so that somebody with the time and the say can take it."
                )
            ),
        ),
    )


def _accept(actor: Actor, initiative: Initiative, part: Part, work: Work) -> bool:
    if not initiatives.accept(work, initiative.id, part, actor.person.id):
        return False
    _log(actor, initiative, part, "initiative.accepted", work)
    now = initiatives.by_id(work, initiative.id)
    if now is not None:
        following.sponsors_changed(work, now)
    return True


def _log(actor: Actor, initiative: Initiative, part: Part, event: str, work: Work) -> None:
    audit.append(
        work,
        event,
        actor_id=actor.person.id,
        platform=actor.origin.platform,
        subject=f"initiative:{initiative.id}",
        details={"part": part.value},
    )


def _require_named(actor: Actor, initiative: Initiative, part: Part, action: str, work: Work) -> None:
    """Refuse whoever is not named for the part (any more), with the present state."""
    if initiative.archived:
        raise Archived
    holder_id = initiative.holders[part]
    if holder_id != actor.person.id:
        holder = directory.by_id(work, holder_id)
        name = "somebody else" if holder is None else holder.name
        state = "and has accepted" if initiative.accepted(part) else "and is asked to accept"
        raise NotYours(
            f"The {part.value} of {initiative.name} is {name} {state}, so this is not yours to answer.",
            attempt=Attempt(f"initiative:{initiative.id}", {"tried": action, "part": part.value}),
        )


def _pressed(value: str, work: Work) -> tuple[Initiative, Part, str]:
    number, _, rest = value.partition(":")
    name, _, namer_id = rest.partition(":")
    part = next((one for one in SPONSORS if field_of(one) == name), None)
    if part is None:
        raise NoSuchInitiative
    return by_value(number, work), part, namer_id


def _namer(value: str, initiative: Initiative, work: Work) -> Person | None:
    """Who named a sponsor, as the card says, if they are somebody who may; else whoever added the initiative."""
    number = int(value) if value.isascii() and value.isdecimal() and len(value) < 18 else 0
    people = directory.by_ids(work, {number, initiative.created_by_id or 0})
    namer = people.get(number)
    if namer is not None and (
        may(namer, Act.EDIT_INITIATIVE, initiative.parts_of(namer.id)) or may(namer, Act.CREATE_INITIATIVE)
    ):
        return namer
    return people.get(initiative.created_by_id or 0)


def _subject(initiative: Initiative, part: Part) -> str:
    return f"{field_of(part)}:{initiative.id}"
