"""Which showcase or offer is meant, who may run one, and where its news go."""

from domain.contributions import clean
from domain.errors import NotAllowed, Refused
from domain.people import Act, Person, may
from domain.showcases import BadRule, Offer, Rule, Showcase
from handlers.capability import Actor
from storage import channels, organisation, showcases
from storage.store import Work

#: What an organisation set, by name.
RULE = "showcase.rule"
CHANNEL = "showcase.channel"


class NotAnOrganiser(NotAllowed):
    """Administrators, HR and the AI function set the date of the showcase and write its minutes. \
Everybody can offer something: `showcase offer`."""


class NoShowcase(Refused):
    """No showcase is planned yet. Administrators, HR and the AI function set its date: \
`showcase next last Thursday 15:00 Europe/Berlin`."""


class NoSuchShowcase(Refused):
    """I cannot find that showcase. `showcase next` shows the one that comes."""


class UnknownWord(Refused):
    """I did not understand that. `showcase help` shows what there is to type."""


class NoSuchOffer(Refused):
    """I cannot find that offer. `showcase agenda` shows what is offered."""


class NotYourOffer(NotAllowed):
    """Only whoever offered it, or shows it, can change or withdraw it."""


def subject(one: Showcase) -> str:
    """What its cards are about."""
    return f"showcase:{one.id}"


def may_organise(person: Person) -> bool:
    return may(person, Act.CHANGE_SETTINGS)


def require_organiser(actor: Actor) -> None:
    if not may_organise(actor.person):
        raise NotAnOrganiser


def coming(work: Work) -> Showcase:
    """The one that comes next, or is under way. Raises NoShowcase."""
    found = showcases.current(work)
    if found is None:
        raise NoShowcase
    return found


def by_value(value: str, work: Work) -> Showcase:
    """The showcase whose id a button or a form carries. Raises NoSuchShowcase."""
    number = number_of(value)
    found = None if number is None else showcases.by_id(work, number)
    if found is None:
        raise NoSuchShowcase
    return found


def own_offer(actor: Actor, value: str, work: Work) -> Offer:
    """The offer whose id a button or a form carries, if the person may change it. Raises Refused."""
    number = number_of(value)
    found = None if number is None else showcases.offer_by_id(work, number)
    if found is None or found.withdrawn:
        raise NoSuchOffer
    if not found.may_change(actor.person.id):
        raise NotYourOffer
    return found


def number_of(value: str) -> int | None:
    value = clean(value)
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 18 else None


def rule_of(work: Work) -> Rule | None:
    """The rule that was set, if one was."""
    kept = organisation.get(work, RULE)
    if not isinstance(kept, str):
        return None
    try:
        return Rule.load(kept)
    except BadRule:
        return None


def channel_of(work: Work) -> channels.Channel | None:
    """The channel that its news go to, if one was set."""
    kept = organisation.get(work, CHANNEL)
    return channels.by_id(work, kept) if isinstance(kept, int) else None
