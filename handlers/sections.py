"""What a capability adds to the weekly digests and to the monthly brief, and what it wants done."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from domain.digests import Audience, Week
from domain.people import Act, Person, may
from handlers.cards import Shown
from storage.store import Work

F = TypeVar("F", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class DigestSection(Generic[F]):
    """A part of both digests: gathered once from the store, then shown from its stored facts alone.

    `show`, `clause`, `to_do` and `changes` are pure: the same facts make the same words for ever. Both digests show
    the same; only what is to do differs by audience.
    """

    #: The key of its facts in a stored digest; never changed.
    name: str
    facts: type[F]
    #: What happened in a week, or how things stand; None where there is nothing to say. The zone says when a week
    #: begins and ends.
    gather: Callable[[Work, Week, ZoneInfo], F | None]
    show: Callable[[F], tuple[Shown, ...]]
    #: In a few words that there is nothing: "no sign-off was decided"; empty where that need not be said.
    quiet: str
    #: Its part of the week in one sentence: "2 milestones were signed off".
    clause: Callable[[F], str | None] = lambda facts: None
    #: What one audience can do about it, a line each.
    to_do: Callable[[F, Audience], tuple[str, ...]] = lambda facts, audience: ()
    #: Whether it says how things stand when it is made, and not what happened in the week. A correction of the week
    #: keeps that as it was.
    standing: bool = False
    #: What a reader must be allowed besides reading the digest; for others, and in a channel, it is left out.
    act: Act | None = None
    #: What is different in a correction, in sentences; only asked where the facts differ.
    changes: Callable[[F | None, F | None], tuple[str, ...]] = lambda before, after: ()


AnySection = DigestSection[Any]


def shown_to(person: Person | None, sections: Sequence[AnySection]) -> tuple[AnySection, ...]:
    """The sections that a reader of a digest may see; None for a channel, whose readers nobody knows."""
    return tuple(one for one in sections if one.act is None or (person is not None and may(person, one.act)))


@dataclass(frozen=True, slots=True)
class BriefSection:
    """What a capability knows of how people take to one initiative, for the monthly working session."""

    #: Specific lines with their status, what people report since a day: never a mood, never a name.
    reported: Callable[[Work, int, date], tuple[str, ...]] = lambda work, initiative_id, since: ()
    #: Decisions that it wants, a sentence each.
    wanted: Callable[[Work, int], tuple[str, ...]] = lambda work, initiative_id: ()
