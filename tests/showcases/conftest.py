"""A company whose showcases are spoken about, planned by a planner whose clock is moved."""

from collections.abc import AsyncIterator

import pytest

from bot.planner import Planner, Ticked
from domain.people import Platform
from domain.showcases import Showcase
from handlers.cards import Card
from handlers.registry import capabilities
from storage import showcases
from storage.store import Store
from tests import company
from tests.chat import Chat
from tests.conftest import MovedClock
from tests.postbox import deliver

CHANNEL = {"slack": "C0SHOWCASE", "teams": "19:showcase@thread.tacv2"}


class Stage(Chat):
    """The chat, with the planner and what leaves the outbox."""

    def __init__(self, store: Store, made: company.Company, clock: MovedClock) -> None:
        super().__init__(store, made)
        self.clock = clock
        known = capabilities()
        self.views = {name: view for one in known for name, view in one.views.items()}
        self.planner = self.another_planner()

    def another_planner(self) -> Planner:
        known = capabilities()
        return Planner(
            self.store,
            [one for each in known for one in each.schedules if one.name.startswith(("showcase", "nudge"))],
            self.clock,
            chores=[one for each in known for one in each.chores if one.name.startswith("showcase")],
        )

    async def tick(self) -> Ticked:
        return await self.planner.tick()

    async def sent(self) -> list[tuple[str, Card]]:
        """What is due now: to whom ("Ada", or "#" for the channel), made as the worker makes it."""
        names = {number: name for name, number in self.company.person.items()}
        sent = await self.store.write(lambda work: deliver(work, self.views))
        return [("#" if one is None else names[one], card) for one, card in sent]

    async def run(self, *, days: float) -> list[tuple[str, Card]]:
        """Let time go by, with a tick and the post at midnight, at eight and at sixteen (UTC)."""
        found: list[tuple[str, Card]] = []
        for _ in range(round(days * 3)):
            self.clock.move(hours=8 - self.clock.now.hour % 8)
            await self.tick()
            found += await self.sent()
        return found

    async def next(self) -> Showcase | None:
        return await self.store.read(showcases.current)

    async def here(self, who: str = "Hana", platform: Platform = "slack") -> None:
        """Have the news sent to a channel."""
        more = {"conversation": "{}"} if platform == "teams" else {}
        await self.say(who, "showcase here", platform, channel=CHANNEL[platform], **more)


@pytest.fixture
async def stage(store: Store, clock: MovedClock) -> AsyncIterator[Stage]:
    yield Stage(store, await company.founded(store), clock)
