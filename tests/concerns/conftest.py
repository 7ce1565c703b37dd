"""A company that raises concerns, with a planner, a clock that is moved, and what leaves the outbox."""

from collections.abc import AsyncIterator, Mapping

import pytest
import sqlalchemy as sa

from bot.planner import Planner, Ticked
from domain.contributions import Policy
from domain.people import Platform
from handlers.capability import AnyReply
from handlers.cards import Card, Heading, MultiChoiceInput
from handlers.conversation import FieldErrors, Open, Say
from handlers.dispatch import Dispatcher
from handlers.pacer import Pacer
from handlers.registry import capabilities
from storage.store import Store
from tests import company
from tests.chat import Chat, Filled, NoProfiles
from tests.conftest import MovedClock
from tests.postbox import deliver

#: Specific, and without anything that could give somebody away.
WHAT = "The claims triage flagged two correct claims as fraud last week."


class Forum(Chat):
    """The company's chat, with the planner's part in concerns."""

    def __init__(self, store: Store, made: company.Company, clock: MovedClock) -> None:
        super().__init__(store, made)
        self.clock = clock
        known = capabilities()
        self.dispatch = Dispatcher(
            store,
            known,
            policy=Policy(),
            profiles={"slack": NoProfiles(), "teams": NoProfiles()},
            pacer=Pacer(clock),
        )
        self.views = {name: view for one in known for name, view in one.views.items()}
        self.planner = Planner(
            store,
            [one for each in known for one in each.schedules if one.name.startswith("concern")],
            clock,
            chores=[one for each in known for one in each.chores if one.name.startswith("concern")],
            jobs=[one for each in known for one in each.jobs if one.name.startswith("concern")],
        )

    async def tick(self) -> Ticked:
        return await self.planner.tick()

    async def hand_over(self) -> None:
        """Let the next time pass at which anonymous concerns are handed over."""
        self.clock.move(hours=24)
        await self.tick()

    async def raised(
        self,
        who: str,
        what: str = WHAT,
        platform: Platform = "slack",
        *,
        initiative: str | None = "claims",
        **values: Filled,
    ) -> AnyReply:
        """Raise a concern, without a name if nothing else is said, as it is, and looked at once."""
        opened = await self.say(who, "concern", platform)
        chosen = "-" if initiative is None else str(self.company.initiative[initiative])
        reply = await self.submit(who, opened, {"initiative": chosen, "what": what, **values}, platform)
        return await self.sent_on(who, reply, platform)

    async def sent_on(self, who: str, reply: AnyReply, platform: Platform = "slack") -> AnyReply:
        """Nothing is added to it or changed from here on: what it comes to in the end."""
        while isinstance(reply, Open):
            more = {"ready": "send"} if any(one.name == "ready" for one in reply.form.inputs()) else {}
            reply = await self.submit(who, reply, more, platform)
        return reply

    async def submit(
        self, who: str, reply: AnyReply, values: Mapping[str, Filled], platform: Platform = "slack"
    ) -> AnyReply:
        """Send in a form as it was opened, with its ticks, and with these inputs changed."""
        ticks: dict[str, Filled] = {}
        if isinstance(reply, Open | FieldErrors) and reply.form is not None:
            ticks = {one.name: one.values for one in reply.form.inputs() if isinstance(one, MultiChoiceInput)}
        return await super().submit(who, reply, {**ticks, **values}, platform)

    async def code(
        self, who: str, what: str = WHAT, *, initiative: str | None = "claims", **values: Filled
    ) -> str:
        """Raise one without a name; its code."""
        return code_in(await self.raised(who, what, "slack", initiative=initiative, **values))

    async def sent(self) -> list[tuple[str, Card]]:
        """What is due now: to whom, and the card as the worker makes it."""
        names = {number: name for name, number in self.company.person.items()}
        sent = await self.store.write(lambda work: deliver(work, self.views))
        return [("a channel" if one is None else names[one], card) for one, card in sent]

    async def rows(self, table: str) -> list[sa.Row[tuple[object, ...]]]:
        """Everything that stands in a table."""
        query = sa.text(f"SELECT * FROM {table}")
        return await self.store.read(lambda work: list(work.connection.execute(query)))


def code_in(reply: AnyReply) -> str:
    """The code that a window shows."""
    assert isinstance(reply, Say), reply
    assert reply.window
    return next(one.text for one in reply.card.elements if isinstance(one, Heading))


@pytest.fixture
async def forum(store: Store, clock: MovedClock) -> AsyncIterator[Forum]:
    made = await company.founded(store)
    yield Forum(store, made, clock)
