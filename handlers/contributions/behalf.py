"""Logging for a colleague: it counts once they have confirmed it."""

from datetime import date

from domain.contributions import Contribution, Draft, Status, day_words
from domain.errors import AlreadySettled, InvalidField, NoSuchInitiative, Refused
from domain.initiatives import Initiative
from domain.people import Person
from handlers.capability import Actor, AnyReply, tell
from handlers.cards import Button, Buttons, Card, Context, Text, plain, runs, sentence, strong
from handlers.contributions.entry import confirmation, entry_words, own_entry, quoted
from handlers.conversation import Press, Replace, Say
from storage import contributions, initiatives
from storage.store import Work


def log_for(
    actor: Actor, person: Person, draft: Draft, initiative: Initiative, work: Work, *, today: date
) -> AnyReply:
    """Store an entry that awaits the colleague's confirmation, and ask them."""
    entry_id = contributions.add(
        work,
        draft,
        person_id=person.id,
        team_id=person.team_id,
        logged_by_id=actor.person.id,
        status=Status.AWAITING,
    )
    tell(work, f"behalf:{entry_id}", person.id, _request(actor, entry_id, draft, initiative, today))
    return Say(
        card=sentence(
            "I have asked ",
            strong(person.name),
            " to confirm ",
            strong(entry_words(draft)),
            f" on {initiative.name}, {day_words(draft.day, today)}. It counts once they have.",
        )
    )


def _request(actor: Actor, entry_id: int, draft: Draft, initiative: Initiative, today: date) -> Card:
    asked = runs(
        strong(actor.person.name),
        " logged this for you: ",
        strong(entry_words(draft)),
        " on ",
        strong(initiative.name),
        f", {day_words(draft.day, today)}.",
    )
    return Card(
        summary=f"{plain(asked)} {draft.what}",
        elements=(
            Text(runs=asked),
            Text(runs=quoted(draft)),
            Context(runs=runs("It counts only if you confirm it. Nobody is told how long you take.")),
            Buttons(items=answers(entry_id)),
        ),
    )


def answers(entry_id: int) -> tuple[Button, ...]:
    """What a person can do about an entry that somebody else logged for them."""
    value = str(entry_id)
    return (
        Button(
            label="Confirm",
            action="contribution.confirm",
            value=value,
            style="primary",
            described=f"Confirm entry {value}",
        ),
        Button(label="Correct", action="contribution.edit", value=value, described=f"Correct entry {value}"),
        Button(
            label="Decline", action="contribution.decline", value=value, described=f"Decline entry {value}"
        ),
    )


def on_confirm(actor: Actor, press: Press, work: Work) -> AnyReply:
    entry, initiative = _awaiting(actor, press, work)
    contributions.change(work, entry, by_person_id=actor.person.id, status=Status.COUNTED)
    totals = contributions.totals(work, actor.person.id, month=actor.today, day=entry.day)
    try:
        card = confirmation(entry.id, entry, initiative, actor.today, totals, "Confirmed")
    except InvalidField as over:
        raise Refused(f"{over.sentence} Please correct the entry instead.") from over
    tell_logger(actor, entry, work, "confirmed")
    return Replace(card=card)


def on_decline(actor: Actor, press: Press, work: Work) -> AnyReply:
    entry, initiative = _awaiting(actor, press, work)
    contributions.change(work, entry, by_person_id=actor.person.id, status=Status.DECLINED)
    tell_logger(actor, entry, work, "declined")
    return Replace(card=sentence(f"Declined. The entry on {initiative.name} does not count."))


def tell_logger(actor: Actor, entry: Contribution, work: Work, what: str) -> None:
    """Tell whoever logged an entry for a colleague what came of it."""
    initiative = initiatives.by_id(work, entry.initiative_id)
    name = "an initiative" if initiative is None else initiative.name
    tell(
        work,
        f"behalf:{entry.id}:{what}",
        entry.logged_by_id,
        sentence(strong(actor.person.name), f" {what} the entry that you logged for them on {name}."),
    )


def possessive(whose: Person | None) -> str:
    """Whose part a form asks for: "Ada's", or nothing for oneself."""
    return "" if whose is None else f"{whose.name.split()[0]}’s"


def _awaiting(actor: Actor, press: Press, work: Work) -> tuple[Contribution, Initiative]:
    entry = own_entry(actor, press.value, work)
    if entry.status is not Status.AWAITING:
        raise AlreadySettled
    initiative = initiatives.by_id(work, entry.initiative_id)
    if initiative is None:
        raise NoSuchInitiative
    return entry, initiative
