"""From what a button carries or a person typed to the concern that is meant, for somebody who may handle it."""

from typing import NamedTuple

from domain.concerns import Concern, NoSuchConcern, NotYours, may_decide, number_words, read_number
from domain.errors import NotAllowed
from domain.initiatives import Initiative
from domain.people import Part, Person, Role
from handlers.capability import Actor
from storage import concern_lists, concerns, initiatives
from storage import people as directory
from storage.concern_lists import Reader
from storage.store import Work


class OwnConcern(NotAllowed):
    """You raised this one yourself, so others handle it. `concern mine` shows it to you."""


class Case(NamedTuple):
    """A concern, and what it is about."""

    one: Concern
    #: None where it is about none.
    initiative: Initiative | None

    @property
    def name(self) -> str:
        """As handlers call it: "C-12"."""
        return number_words(self.one.number or 0)

    def parts_of(self, person_id: int) -> frozenset[Part]:
        return frozenset() if self.initiative is None else self.initiative.parts_of(person_id)


def found(actor: Actor, number: str, work: Work, *, lock: bool = False) -> Case:
    """The concern with a number, for somebody who may handle it at this moment.

    `lock` lets nobody else change it before the commit. Raises NoSuchConcern, NotYours or OwnConcern.
    """
    read = read_number(number)
    one = None if read is None else concerns.by_number(work, read, lock=lock)
    if one is None:
        raise NoSuchConcern
    case = with_initiative(work, one)
    if one.reporter_id == actor.person.id:
        raise OwnConcern
    if not may_see(actor.person, case):
        raise NotYours
    return case


def with_initiative(work: Work, one: Concern) -> Case:
    about = None if one.initiative_id is None else initiatives.by_id(work, one.initiative_id)
    return Case(one, about)


def may_see(person: Person, case: Case) -> bool:
    """Whether somebody handles a concern: whoever raised it with their name does not, whatever their role."""
    return case.one.reporter_id != person.id and may_decide(person, case.parts_of(person.id), case.one)


def owner_of(work: Work, case: Case) -> Person | None:
    """Who owns it; None where nobody does, or whoever did has left or does not handle it any more."""
    owner_id = case.one.owner_id
    person = None if owner_id is None else directory.by_id(work, owner_id)
    if person is None or not may_see(person, case) or not concern_lists.is_active(work, person.id):
        return None
    return person


def reader(person: Person, work: Work) -> Reader:
    """Whose concerns somebody may look through."""
    owned, sponsored = concern_lists.parts(work, person.id)
    return Reader(person.id, bool(person.roles & {Role.HR, Role.AI}), owned, sponsored)
