"""What sponsors and product owners keep about their initiative: who may, which one is meant, and who is told."""

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel

from domain.audit import canonical, digest
from domain.errors import NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import SPONSORS, Initiative
from domain.people import Act, Person, may
from handlers.capability import Actor, tell
from handlers.cards import Button, Card, PersonInput
from handlers.conversation import Command
from handlers.people import user_id_of
from handlers.phrases import find_initiative
from storage import audit, initiatives
from storage import people as directory
from storage.store import Work


class NotAKeeper(NotAllowed):
    """Only the sponsors, the product owner and administrators can change that here."""


class AcceptFirst(NotAllowed):
    """You are named as a sponsor of it and have not accepted yet. Please accept first; its page has the button."""


class Closed(Refused):
    """That initiative is closed, so this stays as it was written."""


class WhichOne(Refused):
    """Please say which initiative, by its key or its name."""


def asked_for(command: Command, work: Work, example: str) -> Initiative:
    """The initiative that a command names. Raises Refused; `example` is the command as it is typed."""
    if not command.text.strip():
        raise WhichOne(f"Please say which initiative: `{example}`.")
    return find_initiative(work, command.text)


def by_value(value: str, work: Work) -> Initiative:
    """The initiative whose id a button or a form carries. Raises NoSuchInitiative."""
    number = number_of(value)
    found = None if number is None else initiatives.by_id(work, number)
    if found is None:
        raise NoSuchInitiative
    return found


def number_of(value: str) -> int | None:
    """An id that a button or a form carries."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 18 else None


def may_keep(actor: Actor, initiative: Initiative) -> bool:
    """Whether buttons that change something are shown."""
    if initiative.closed:
        return False
    return may(actor.person, Act.KEEP_INITIATIVE, initiative.accepted_parts_of(actor.person.id))


def require_keeper(actor: Actor, initiative: Initiative) -> None:
    """Refuse whoever may not change what is kept about an initiative, and everybody once it is closed.

    Sponsors keep it from when they have accepted.
    """
    if not may(actor.person, Act.KEEP_INITIATIVE, initiative.accepted_parts_of(actor.person.id)):
        refuse_unaccepted(actor, initiative)
        raise NotAKeeper
    if initiative.closed:
        raise Closed


def refuse_unaccepted(actor: Actor, initiative: Initiative) -> None:
    """Refuse whoever is named as a sponsor and has not accepted, with what to do. Raises AcceptFirst."""
    for part in SPONSORS:
        if initiative.holders[part] == actor.person.id and not initiative.accepted(part):
            raise AcceptFirst(
                f"You are named {part.value} of {initiative.name} and have not accepted yet. Please accept first: "
                f"`initiative show {initiative.key}` has the button."
            )


def log_change(
    actor: Actor,
    initiative: Initiative,
    event: str,
    work: Work,
    *,
    now: BaseModel | None = None,
    before: BaseModel | None = None,
    **ids: int | str | None,
) -> None:
    """Keep in the audit log who changed what: its ids, which fields, and a fingerprint of what it says by now.

    The words themselves are not in it. `before` has at least the fields of `now`; where none of them is different,
    nothing is kept.
    """
    details: dict[str, Any] = dict(ids)
    if now is not None:
        fields = set(type(now).model_fields)
        said = now.model_dump(mode="json")
        details["fingerprint"] = digest(canonical(said))
        if before is not None:
            earlier = before.model_dump(mode="json", include=fields)
            details["changed"] = sorted(name for name in fields if said[name] != earlier[name])
            if not details["changed"]:
                return
    audit.append(
        work,
        event,
        actor_id=actor.person.id,
        platform=actor.origin.platform,
        subject=f"initiative:{initiative.id}",
        details=details,
    )


def tell_sponsors(actor: Actor, initiative: Initiative, key: str, card: Card, work: Work) -> None:
    """Write to both sponsors; who did it themselves has the answer before them."""
    for person_id in {initiative.business_sponsor_id, initiative.technical_sponsor_id} - {actor.person.id}:
        tell(work, f"{key}:{person_id}", person_id, card)


def names_of(person_ids: Collection[int | None], work: Work) -> dict[int, str]:
    """Names by id; None is left out."""
    people = directory.by_ids(work, {number for number in person_ids if number is not None})
    return {number: person.name for number, person in people.items()}


def person_input(
    actor: Actor,
    name: str,
    label: str,
    work: Work,
    *,
    typed: str | None,
    held_by: int | None,
    hint: str,
    optional: bool = False,
) -> PersonInput:
    """An input for a colleague: what was picked before, or else whoever holds the place now.

    Somebody who never wrote to the bot from this platform cannot be preselected, only named.
    """
    value = typed if typed is not None else user_id_of(actor, held_by, work)
    holder: Person | None = None
    if not value and held_by is not None:
        holder = directory.by_id(work, held_by)
    if holder is not None:
        hint = f"{hint} Now {holder.name}; leave it empty to keep it so."
    return PersonInput(
        name=name,
        label=label,
        value=value or None,
        hint=hint,
        placeholder="Pick a person",
        optional=optional or holder is not None,
    )


def button(label: str, action: str, number: int, what: str, *, primary: bool = False) -> Button:
    """A button that carries an id; `what` is what a screen reader says behind the label."""
    return Button(
        label=label,
        action=action,
        value=str(number),
        described=f"{label}: {what}",
        style="primary" if primary else "default",
    )
