"""Two hundred people who are asked by a pulse, and who answer it through the real launch, ballots and close."""

import contextlib
import random
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa

from domain.contributions import Policy
from domain.people import Person
from domain.pulses import Audience, Plan, PlanState, Spec
from domain.question_bank import by_key as question
from domain.question_bank import set_by_key
from handlers.capability import Actor
from handlers.conversation import Origin
from handlers.pulses import closing, launching
from storage import ballots, pulses, sealing
from storage.people import person, team
from storage.pulses import Pulse
from storage.schema import BigId, UtcDateTime
from storage.store import Store, Work, open_store
from storage.vault import MemoryVault, Vault

DEPARTMENTS = 4
TEAM = 10

#: Where a leaky bot keeps answers: as they come, beside who gave them nowhere.
plain = sa.Table(
    "plain_answer",
    sa.MetaData(),
    sa.Column("id", BigId, sa.Identity(), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("answered_at", UtcDateTime, nullable=False),
)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += timedelta(**by)


def spec(questions: int = 3, **changes: object) -> Spec:
    """A pulse for everyone, open for a week from Wednesday 18 November."""
    keys = set_by_key("first").questions[:questions]
    return Spec(
        title="First pulse",
        questions=tuple(question(key) for key in keys),
        audience=Audience(kind="everyone"),
        opens_on=date(2026, 11, 18),
        closes_on=date(2026, 11, 24),
        zone="Europe/Berlin",
    ).model_copy(update=changes)


@dataclass
class Electorate:
    """People on a store, and the pulse that asks them."""

    store: Store
    clock: Clock
    url: str
    people: list[int]
    department: dict[int, int]
    pulse_id: int = 0
    #: Answers go into a table of plain rows, and not into boxes: a leaky variant.
    is_plain: bool = False
    one: Pulse = field(init=False)

    @property
    def vault(self) -> Vault:
        assert self.store.vault is not None
        return self.store.vault

    def slot_of(self, person_id: int) -> bytes:
        """The truth that an attack is measured by."""
        return sealing.slot_id(ballots.keys(self.vault, self.pulse_id).box, self.pulse_id, person_id)

    async def plan(self, asked: Spec) -> int:
        def unit(work: Work) -> int:
            plan = Plan(spec=asked)
            number = pulses.draft(work, plan, self.people[0])
            pulses.set_plan_state(work, number, PlanState.APPROVED)
            return pulses.schedule(work, number, 1, asked)

        self.pulse_id = await self.store.write(unit)
        return self.pulse_id

    async def launch(self, asked: Spec | None = None) -> int:
        number = await self.plan(asked or spec())
        await self.store.write(lambda work: launching.launch(work, number))
        self.one = await self.pulse()
        return number

    async def pulse(self) -> Pulse:
        found = await self.store.read(lambda work: pulses.by_id(work, self.pulse_id))
        assert found is not None
        return found

    async def answer(self, person_id: int, **parts: bytes) -> int:
        """Lock parts in as a press does: q0=b"..", q1=..., comment=b"..."."""
        numbers = {
            len(self.one.spec.questions) if name == "comment" else int(name[1:]): value
            for name, value in parts.items()
        }

        def unit(work: Work) -> int:
            held = ballots.ballot(work, self.pulse_id, person_id)
            if not self.is_plain:
                return ballots.write(work, held, numbers)
            for value in numbers.values():
                work.connection.execute(
                    sa.insert(plain), {"text": value.decode(errors="replace"), "answered_at": work.now}
                )
            return 1

        return await self.store.write(unit)

    async def withdraw(self, person_id: int) -> int:
        def unit(work: Work) -> int:
            return ballots.write(work, ballots.ballot(work, self.pulse_id, person_id), None)

        return await self.store.write(unit)

    async def stop(self) -> None:
        """Let the week be over."""
        if self.clock.now < self.one.spec.closes_at:
            self.clock.now = self.one.spec.closes_at + timedelta(minutes=1)
        await self.store.write(lambda work: closing.stop(work, self.pulse_id))

    async def close(self) -> closing.Outcome:
        await self.stop()
        return await closing.close(self.store, self.pulse_id)


def actor(e: Electorate, number: int) -> Actor:
    """One of the people, as a request of theirs comes in."""
    return Actor(
        person=Person(
            id=e.people[number],
            name=f"Person {number} Alder",
            email=f"p{number}@alder.example",
            team_id=0,
            team_path="Team",
            team_kind="business",
            time_zone="Europe/Berlin",
            locale="en-GB",
        ),
        origin=Origin(platform="slack", tenant="T0ALDER", user_id=f"U{number}", channel="D1"),
        policy=Policy(),
        today=date(2026, 11, 18),
    )


def settle(work: Work, count: int) -> tuple[list[int], dict[int, int]]:
    """Put people into departments of teams of ten; their ids, and the department of each."""
    department: dict[int, int] = {}
    teams: list[tuple[int, int]] = []
    for number in range(DEPARTMENTS):
        above = _team(work, f"Department {number}", None)
        per_department = -(-count // (DEPARTMENTS * TEAM))
        teams += [
            (_team(work, f"Department {number}/Team {one}", above), above) for one in range(per_department)
        ]
    # People were hired in no order of departments.
    places = [teams[number % len(teams)] for number in range(count)]
    random.Random(5).shuffle(places)
    rows = [
        {
            "name": f"Person {number} Alder",
            "email": f"p{number}@alder.example",
            "team_id": place[0],
            "time_zone": "Europe/Berlin",
            "locale": "en-GB",
            "country": "DE",
            "roles": {0: "hr", 1: "ai", 2: "admin"}.get(number, ""),
            "active": True,
            "created_at": work.now,
        }
        for number, place in enumerate(places)
    ]
    work.connection.execute(sa.insert(person), rows)
    people = list(work.connection.execute(sa.select(person.c.id).order_by(person.c.id)).scalars())
    for one, place in zip(people, places, strict=True):
        department[one] = place[1]
    return people, department


def _team(work: Work, path: str, parent: int | None) -> int:
    return int(
        work.connection.execute(
            sa.insert(team).values(path=path, parent_id=parent, kind="business").returning(team.c.id)
        ).scalar_one()
    )


@contextlib.asynccontextmanager
async def electorate(
    url: str, count: int = 200, *, vault: Vault | None = None, is_plain: bool = False
) -> AsyncIterator[Electorate]:
    """People in a fresh, migrated database."""
    clock = Clock()
    store = open_store(url, clock, pool_size=4, vault=vault or MemoryVault())
    try:
        people, department = await store.write(lambda work: settle(work, count))
        made = Electorate(store, clock, url, people, department, is_plain=is_plain)
        if is_plain:
            await store.write(lambda work: plain.create(work.connection))
        yield made
    finally:
        await store.close()


# ------------------------------------------------------------------------------------------------ leaky variants


@contextlib.contextmanager
def alone() -> Iterator[None]:
    """A write path that rewrites the one box only."""
    with _rewriting(ballots.slot.c.slot_id == sa.bindparam("of_slot")):
        yield


@contextlib.contextmanager
def neighbours() -> Iterator[None]:
    """A write path that rewrites seven others drawn anew each time."""
    inner = ballots.slot.alias("inner")
    seven = (
        sa.select(inner.c.slot_id)
        .where(inner.c.pulse_id == sa.bindparam("of_pulse"), inner.c.slot_id != sa.bindparam("of_slot"))
        .order_by(sa.func.random())
        .limit(ballots.BLOCK - 1)
    )
    with _rewriting(
        sa.or_(ballots.slot.c.slot_id == sa.bindparam("of_slot"), ballots.slot.c.slot_id.in_(seven))
    ):
        yield


@contextlib.contextmanager
def _rewriting(which: sa.ColumnElement[bool]) -> Iterator[None]:
    before = ballots._OPENED, ballots._rewrite
    slot = ballots.slot
    one = (
        sa.update(slot)
        .where(slot.c.pulse_id == sa.bindparam("of_pulse"), slot.c.slot_id == sa.bindparam("of_slot"))
        .values(box=sa.bindparam("new"))
    )

    def rewrite(work: Work, pulse_id: int, block: int, boxes: Mapping[bytes, bytes]) -> None:
        """What is read is also written, in whatever block it stands."""
        each = [{"of_pulse": pulse_id, "of_slot": number, "new": box} for number, box in boxes.items()]
        work.connection.execute(one, each)

    ballots._OPENED, ballots._rewrite = ballots._opening(which), rewrite
    try:
        yield
    finally:
        ballots._OPENED, ballots._rewrite = before
