"""Telling those who handle a concern that there is one, and that its reporter wrote: by its number alone."""

from domain.concerns import Concern, Severity
from domain.people import Role
from handlers.capability import place
from storage import initiatives
from storage import people as directory
from storage.outbox import Priority
from storage.store import Work

#: The handlers' card; its parameter is the number.
VIEW = "concern"


def subject(one: Concern) -> str:
    """What every card about a concern is about."""
    return f"concern:{one.number}"


def handlers_of(work: Work, one: Concern) -> list[int]:
    """The ids of those who handle it: the product owner of its initiative, the AI function and HR."""
    found = [person.id for role in (Role.AI, Role.HR) for person in directory.with_role(work, role)]
    about = None if one.initiative_id is None else initiatives.by_id(work, one.initiative_id)
    if about is not None:
        found.insert(0, about.product_owner_id)
    return list(dict.fromkeys(found))


def tell_handlers(work: Work, one: Concern) -> None:
    """Put its card in front of everybody who handles it; at once if it is serious, else in their hours."""
    for person_id in handlers_of(work, one):
        _place(work, one, f"{subject(one)}:{person_id}", person_id)


def tell_of_word(work: Work, one: Concern, position: int) -> None:
    """Put it in front of its owner, or of all while it has none: its reporter wrote the message of that position."""
    people = handlers_of(work, one) if one.owner_id is None else [one.owner_id]
    for person_id in people:
        _place(work, one, f"{subject(one)}:word:{position}:{person_id}", person_id)


def _place(work: Work, one: Concern, key: str, person_id: int) -> None:
    is_serious = one.severity is Severity.SERIOUS
    place(
        work,
        key,
        subject(one),
        VIEW,
        {"number": str(one.number)},
        person_id=person_id,
        priority=Priority.URGENT if is_serious else Priority.NORMAL,
        polite=not is_serious,
    )
