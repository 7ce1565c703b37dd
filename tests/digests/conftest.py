"""A company with some weeks behind it, and a bot that knows every capability."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from domain.contributions import Degree, Draft, Kind, Policy
from handlers import digests
from handlers.capability import Actor
from handlers.cards import Card
from handlers.conversation import MESSAGE, LiveMessage
from handlers.exports import FileExports
from handlers.registry import capabilities
from handlers.schedule import Schedule
from handlers.sections import AnySection
from storage import contributions, people
from storage.outbox import outbox
from storage.store import Store, Work
from tests import company
from tests.chat import Chat
from tests.company import Company

#: The week that the tests look at; the clock stands in the one after it.
WEEK = "2026-W46"
MONDAY = date(2026, 11, 9)


class DigestChat(Chat):
    """What the readers of digests see, and what was planned for them."""

    async def log(
        self,
        who: str,
        day: date,
        *,
        kind: Kind = Kind.DATA,
        on: str = "claims",
        what: str = "labelled exceptions",
        minutes: int | None = 60,
    ) -> int:
        """Put an entry into the log; its id."""

        def unit(work: Work) -> int:
            person = people.by_id(work, self.company.person[who])
            assert person is not None
            return contributions.add(
                work,
                Draft(
                    kind=kind,
                    initiative_id=self.company.initiative[on],
                    effort_minutes=minutes,
                    day=day,
                    what=what,
                    degree=Degree.EQUAL,
                ),
                person_id=person.id,
                team_id=person.team_id,
                logged_by_id=person.id,
            )

        return await self.store.write(unit)

    async def planned(self, like: str) -> list[tuple[str | None, dict[str, Any]]]:
        """To whom (None: a channel) live cards were put under such keys, and their parameters."""
        names = {number: name for name, number in self.company.person.items()}

        def unit(work: Work) -> list[tuple[str | None, dict[str, Any]]]:
            rows = work.connection.execute(
                sa.select(outbox.c.person_id, outbox.c.message)
                .where(outbox.c.key.like(like))
                .order_by(outbox.c.id)
            ).all()
            read = [(person_id, MESSAGE.validate_json(message)) for person_id, message in rows]
            return [
                (names.get(person_id), dict(one.params))
                for person_id, one in read
                if isinstance(one, LiveMessage)
            ]

        return await self.store.read(unit)

    async def live(self, view: str, params: dict[str, str], who: str | None) -> Card | None:
        """A card as it is made when it is sent."""
        made = next(one.views[view] for one in capabilities() if view in one.views)
        person_id = None if who is None else self.company.person[who]
        return await self.store.read(lambda work: made(work, params, person_id, "slack"))


def known_sections() -> Sequence[AnySection]:
    return digests.sections(capabilities())


def schedule(name: str) -> Schedule:
    return next(one for known in capabilities() for one in known.schedules if one.name == name)


def exports(chat: DigestChat) -> FileExports:
    """Files as they are made when they are sent."""
    return FileExports(chat.store, {name: make for one in capabilities() for name, make in one.files.items()})


def actor_of(chat: DigestChat, who: str, work: Work) -> Actor:
    """Somebody as the functions of a capability see them."""
    found = people.by_id(work, chat.company.person[who])
    assert found is not None
    today = work.now.astimezone(found.zone).date()
    return Actor(person=found, origin=chat.origin(who), policy=Policy(), today=today)


@pytest.fixture
async def made(store: Store) -> Company:
    return await company.founded(store)


@pytest.fixture
async def chat(store: Store, made: Company) -> DigestChat:
    return DigestChat(store, made)
