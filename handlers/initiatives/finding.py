"""Which initiative is meant, and whether the person may."""

from domain.errors import NoSuchInitiative, NotAllowed, Refused
from domain.initiatives import SPONSORS, Initiative
from domain.people import Act, may
from handlers.capability import Actor
from handlers.keeping import refuse_unaccepted
from handlers.phrases import find_also_archived
from storage import initiatives
from storage.store import Work


class CannotCreate(NotAllowed):
    """Only administrators, HR and the AI function add initiatives. Ask one of them to add yours."""


class CannotEdit(NotAllowed):
    """Only its sponsors, once they have accepted the role, and administrators can edit an initiative."""


class CannotClose(NotAllowed):
    """Only its sponsors, once they have accepted the role, and administrators can do that."""


class WhichInitiative(Refused):
    """Please say which one: `initiative show claims`."""


class Archived(Refused):
    """That initiative is archived. `initiative resume` and its key bring it back."""


def asked_for(text: str, work: Work) -> Initiative:
    """The initiative that was typed; an archived one only by its whole key or name. Raises Refused."""
    if not text.strip():
        raise WhichInitiative
    return find_also_archived(work, text)


def by_value(value: str, work: Work) -> Initiative:
    """The initiative whose id a button or a form carries. Raises NoSuchInitiative."""
    found = None
    if value.isascii() and value.isdecimal() and len(value) < 18:
        found = initiatives.by_id(work, int(value))
    if found is None:
        raise NoSuchInitiative
    return found


def may_edit(actor: Actor, initiative: Initiative) -> bool:
    """Whether somebody may change what stands here: sponsors once they have accepted.

    Until the first of them has, whoever added it may mend it too.
    """
    added = initiative.created_by_id == actor.person.id
    return may(actor.person, Act.EDIT_INITIATIVE, initiative.accepted_parts_of(actor.person.id)) or (
        added and not any(initiative.accepted(part) for part in SPONSORS)
    )


def may_close(actor: Actor, initiative: Initiative) -> bool:
    """Whether somebody may stop, resume or archive it: sponsors once they have accepted."""
    return may(actor.person, Act.EDIT_INITIATIVE, initiative.accepted_parts_of(actor.person.id))


def require_edit(actor: Actor, initiative: Initiative) -> None:
    if not may_edit(actor, initiative):
        refuse_unaccepted(actor, initiative)
        raise CannotEdit
    if initiative.archived:
        raise Archived


def require_close(actor: Actor, initiative: Initiative) -> None:
    if not may_close(actor, initiative):
        raise CannotClose
