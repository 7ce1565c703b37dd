"""What the tests of initiatives look at: what is stored, what was written to whom, what was logged."""

import json
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from domain.initiatives import Initiative
from domain.people import Platform
from handlers.capability import AnyReply
from handlers.cards import Card
from handlers.conversation import MESSAGE, CardMessage, FieldErrors
from storage import initiatives, outbox
from storage.audit import audit
from storage.people import person, team
from storage.store import Work
from tests.chat import Chat

PLATFORMS: tuple[Platform, ...] = ("slack", "teams")


async def stored(chat: Chat, key: str = "claims") -> Initiative:
    def unit(work: Work) -> Initiative | None:
        number = initiatives.key_owner(work, key)
        return None if number is None else initiatives.by_id(work, number)

    found = await chat.store.read(unit)
    assert found is not None
    return found


async def told(chat: Chat) -> list[tuple[str, Card]]:
    """What was written since the last time, and to whom: a first name, or "channel"."""
    taken = await chat.store.write(lambda work: outbox.take(work, limit=100, lease=timedelta(hours=1)))
    names = {number: name for name, number in chat.company.person.items()}
    said: list[tuple[str, Card]] = []
    for one in taken:
        message = MESSAGE.validate_json(one.message)
        assert isinstance(message, CardMessage)
        said.append(("channel" if one.person_id is None else names[one.person_id], message.card))
    return said


async def asked(chat: Chat, who: str) -> Card:
    """The one card that was written to somebody."""
    [card] = [card for name, card in await told(chat) if name == who]
    return card


async def events(chat: Chat) -> list[tuple[str, Any]]:
    def unit(work: Work) -> list[tuple[str, Any]]:
        rows = work.connection.execute(sa.select(audit.c.event, audit.c.content).order_by(audit.c.number))
        return [(event, json.loads(content)) for event, content in rows]

    return await chat.store.read(unit)


def errors(reply: AnyReply) -> dict[str, str]:
    assert isinstance(reply, FieldErrors), reply
    return reply.errors


async def move(chat: Chat, who: str, path: str) -> None:
    await chat.store.write(
        lambda work: work.connection.execute(
            sa.update(person)
            .where(person.c.id == chat.company.person[who])
            .values(team_id=sa.select(team.c.id).where(team.c.path == path).scalar_subquery())
        )
    )
