"""What the page of an initiative shows of the things that are kept about it."""

from collections.abc import Callable

from domain.initiatives import Initiative
from handlers import charters, kpis, limits, spoken, transitions
from handlers.capability import Actor
from handlers.cards import Shown
from storage.store import Work

Section = Callable[[Actor, Initiative, Work], tuple[Shown, ...]]

#: In the order in which they are shown.
SECTIONS: tuple[Section, ...] = (
    kpis.section,
    charters.section,
    transitions.section,
    limits.section,
    spoken.section,
)
