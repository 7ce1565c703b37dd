"""A company large enough to be asked, whose pulses are planned by a planner and a clock that is moved."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.planner import Planner, Ticked
from domain.people import Platform
from domain.pulses import Audience, Plan, PlanState, Spec
from domain.question_bank import by_key as question
from domain.question_bank import set_by_key
from domain.questions import Driver
from domain.releases import coded
from domain.shares import Answers
from handlers.capability import AnyReply
from handlers.cards import Button, Card
from handlers.registry import capabilities
from storage import pulses
from storage.people import team
from storage.pulses import Pulse
from storage.store import Store, Work
from tests import company
from tests.chat import Chat, buttons_of, card_of
from tests.conftest import MovedClock
from tests.postbox import deliver

#: How to read a result, as people are told.
DOCUMENT = Path(__file__).parents[2] / "docs" / "pulses.md"
#: Team -> how many more people sit there, named after it: "Claims1", "Claims2", ...
MORE = {
    "Operations/Claims": 12,
    "Operations/Complaints": 8,
    "Finance/Payables": 3,
    "Finance/Receivables": 9,
    "Finance/Audit": 2,
}


def grow(work: Work, ids: dict[str, int]) -> None:
    """Put more people into the company."""
    teams = {path: number for number, path in work.connection.execute(sa.select(team.c.id, team.c.path))}
    for path in ["Finance", *MORE]:
        if path not in teams:
            parent = teams.get(path.rpartition("/")[0])
            teams[path] = work.connection.execute(
                sa.insert(team).values(path=path, parent_id=parent, kind="business").returning(team.c.id)
            ).scalar_one()
    more = [
        (f"{path.rpartition('/')[2]}{number} Alder", teams[path], "")
        for path, count in MORE.items()
        for number in range(1, count + 1)
    ]
    ids |= company.settle(work, more, since=work.now)


def spec(**changes: object) -> Spec:
    """A pulse of one question, for everybody, open for a week from Wednesday 18 November."""
    usual = Spec(
        title="First pulse",
        questions=(question("understanding.for_me"),),
        audience=Audience(kind="everyone"),
        opens_on=date(2026, 11, 18),
        closes_on=date(2026, 11, 24),
        zone="Europe/Berlin",
    )
    return usual.model_copy(update=changes)


def three(**changes: object) -> Spec:
    """The same with the three questions of the first set."""
    return spec(questions=tuple(question(key) for key in set_by_key("first").questions), **changes)


def answers(
    driver: Driver, unfavourable: int, n: int, *, m: int = 2, favourable: int | None = None
) -> Answers:
    """What a release would say about so many unfavourable answers of n."""
    good = n - unfavourable if favourable is None else favourable
    return Answers(driver=driver, n=n, favourable=coded(good, n, m), unfavourable=coded(unfavourable, n, m))


class Poll(Chat):
    """The chat of the grown company, with the planner and what leaves the outbox."""

    def __init__(self, store: Store, made: company.Company, clock: MovedClock) -> None:
        super().__init__(store, made)
        self.clock = clock
        known = capabilities()
        self.views = {name: view for one in known for name, view in one.views.items()}
        self.planner = self.another_planner()

    def another_planner(self, store: Store | None = None) -> Planner:
        """One more replica, on the same store or on another one on the same database."""
        known = capabilities()
        return Planner(
            store or self.store,
            [one for each in known for one in each.schedules if one.name.startswith("pulse")],
            self.clock,
            chores=[one for each in known for one in each.chores if one.name.startswith("pulse")],
            jobs=[one for each in known for one in each.jobs if one.name.startswith("pulse")],
        )

    async def tick(self) -> Ticked:
        return await self.planner.tick()

    async def plan(self, plan: Plan) -> int:
        """Have both functions approve a plan; the id of its first pulse, which is not launched yet."""

        def unit(work: Work) -> int:
            number = pulses.draft(work, plan, self.company.person["Hana"])
            pulses.set_plan_state(work, number, PlanState.APPROVED)
            first = plan.run(1)
            assert first is not None
            return pulses.schedule(work, number, 1, first)

        return await self.store.write(unit)

    async def launch(self, one: Spec | None = None, **plan: object) -> int:
        """A pulse that is open, and whose invitations wait in the outbox; its id."""
        number = await self.plan(Plan.model_validate({"spec": one or spec(), **plan}))
        await self.tick()
        return number

    async def pulse(self, number: int) -> Pulse:
        found = await self.store.read(lambda work: pulses.by_id(work, number))
        assert found is not None
        return found

    async def answer(self, who: str, number: int, *answers: int, platform: Platform = "slack") -> AnyReply:
        """Answer the questions in their order, on the ballot as `/pulse` opens it."""
        reply = await self.press(who, Button(label="", action="pulse.open", value=str(number)), platform)
        for answer in answers:
            reply = await self.press(who, points(reply)[answer - 1], platform)
        return reply

    async def sent(self) -> list[tuple[str, Card]]:
        """What is due now: to whom, and the card as the worker makes it."""
        names = {number: name for name, number in self.company.person.items()}
        sent = await self.store.write(lambda work: deliver(work, self.views))
        return [(names[one], card) for one, card in sent if one is not None]

    async def close(self) -> None:
        """Let the usual pulse's week be over, and the planner see to it."""
        self.clock.move(days=7)
        await self.tick()


def points(reply: AnyReply) -> list[Button]:
    """The points of the question that a ballot asks, from 1 to 5."""
    return [one for one in buttons_of(card_of(reply)) if one.action == "pulse.answer"]


@pytest.fixture
async def poll(store: Store, clock: MovedClock) -> AsyncIterator[Poll]:
    made = await company.founded(store)
    await store.write(lambda work: grow(work, made.person))
    yield Poll(store, made, clock)
