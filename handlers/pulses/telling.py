"""Who is told what came of a pulse, and when: names that its close and its results share."""

from collections.abc import Collection
from datetime import time

from domain.people import Role
from handlers.capability import tell
from handlers.cards import Card
from storage import people
from storage.store import Work

RESULTS = "pulse.results"
#: When the results go out on the last day for an answer, with it or without.
AT = time(17, 0)


def results_batch(pulse_id: int) -> str:
    """The batch of what everybody who was asked gets after the close."""
    return f"pulse.results/{pulse_id}"


def tell_functions(
    work: Work, key: str, card: Card, *, also: Collection[Role] = (), polite: bool = False
) -> None:
    """Write to everybody of HR and of the AI function; `polite` in their own hours."""
    for role in (Role.HR, Role.AI, *also):
        for one in people.with_role(work, role):
            tell(work, f"{key}:{one.id}", one.id, card, polite=polite)
