"""What the tests of charters, KPIs, plans and limits share."""

from collections.abc import Callable
from datetime import timedelta

import sqlalchemy as sa

from domain.contributions import Policy
from domain.initiatives import Initiative
from handlers.capability import Actor
from handlers.cards import Card, Shown
from handlers.conversation import MESSAGE, CardMessage
from storage import initiatives, outbox, people
from storage.initiatives import initiative
from storage.store import Work
from tests.chat import Chat

Section = Callable[[Actor, Initiative, Work], tuple[Shown, ...]]


async def told(chat: Chat) -> dict[str, Card]:
    """What was written to whom since the last time, by first name; at most one message to each."""
    waiting = await chat.store.write(lambda work: outbox.take(work, limit=100, lease=timedelta(hours=1)))
    names = {number: name for name, number in chat.company.person.items()}
    cards: dict[str, Card] = {}
    for one in waiting:
        message = MESSAGE.validate_json(one.message)
        assert isinstance(message, CardMessage)
        assert one.person_id is not None
        assert names[one.person_id] not in cards
        cards[names[one.person_id]] = message.card
    return cards


async def section_of(chat: Chat, who: str, section: Section, key: str = "claims") -> Card:
    """A section of an initiative's page, as somebody sees it."""

    def unit(work: Work) -> tuple[Shown, ...]:
        person = people.by_id(work, chat.company.person[who])
        known = initiatives.by_id(work, chat.company.initiative[key])
        assert person is not None
        assert known is not None
        return section(Actor(person, chat.origin(who), Policy(), work.now.date()), known, work)

    return Card(summary="Section", elements=await chat.store.read(unit))


async def close(chat: Chat, key: str = "claims") -> None:
    """Stop an initiative."""
    number = chat.company.initiative[key]
    await chat.store.write(
        lambda work: work.connection.execute(
            sa.update(initiative).where(initiative.c.id == number).values(stage="stopped")
        )
    )
