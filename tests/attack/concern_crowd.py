"""A hundred people who raise concerns through the real dispatcher, between everything else that people do."""

import contextlib
import random
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import create_async_engine

from bot.planner import Planner
from domain.contributions import Policy
from domain.initiatives import InitiativeDraft
from domain.specificity import Told
from handlers.capability import AnyReply
from handlers.cards import Heading
from handlers.concerns import form
from handlers.concerns.form import Way
from handlers.conversation import Command, Open, Origin, Say, Submission
from handlers.dispatch import Dispatcher
from handlers.pacer import Pacer
from handlers.registry import capabilities
from storage import concerns, initiatives, people
from storage.schema import metadata
from storage.store import Store, Work, open_store
from storage.vault import MemoryVault, Vault
from tests.attack.electorate import Clock, settle
from tests.chat import NoProfiles, key

TENANT = "T0ALDER"
#: So many raise a concern between two times at which concerns are handed over.
BATCH = 20
#: So many people handle concerns or sponsor something; they raise none.
HANDLERS = 6


@dataclass
class Crowd:
    """People on a store; the first of them is of HR, the second of the AI function."""

    store: Store
    clock: Clock
    url: str
    people: list[int]
    initiative_id: int
    dispatch: Dispatcher
    planner: Planner
    #: Who raised something, in the order and in the lots in which they did.
    lots: list[list[int]] = field(default_factory=list)
    codes: dict[int, str] = field(default_factory=dict)

    @property
    def vault(self) -> Vault:
        assert self.store.vault is not None
        return self.store.vault

    def origin(self, person_id: int) -> Origin:
        return Origin(platform="slack", tenant=TENANT, user_id=f"U{person_id}", channel="D1")

    async def raises(
        self, person_id: int, *, push: bool = False, long: bool = False, way: Way | None = None
    ) -> AnyReply:
        """Raise a concern without a name: its form is sent in, looked at, and sent."""
        told = what_of(person_id) + (" It was checked by hand." * 50 if long else "")
        values: dict[str, str | tuple[str, ...] | None] = {
            "initiative": str(self.initiative_id),
            "what": told,
            "name": "anonymous",
            "also": ("tell",) if push else (),
        }
        context = (way or Way.begun()).dump()
        look = await self.sends(person_id, values | {"ready": "send"}, context)
        assert isinstance(look, Open) and Way.load(look.form.context).looked, look
        reply = await self.sends(person_id, values, look.form.context)
        self.codes[person_id] = code_in(reply)
        return reply

    async def sends(
        self, person_id: int, values: Mapping[str, str | tuple[str, ...] | None], context: str
    ) -> AnyReply:
        """The form is sent in, in a window that holds this."""
        return await self.dispatch(
            Submission(
                key=key(),
                origin=self.origin(person_id),
                form=form.NAME,
                values=dict(values),
                context=context,
            )
        )

    async def says(self, person_id: int, line: str) -> AnyReply:
        name, _, text = line.partition(" ")
        return await self.dispatch(Command(key=key(), origin=self.origin(person_id), name=name, text=text))

    async def hand_over(self) -> None:
        """Let the next of the two times a day pass."""
        self.clock.move(hours=24)
        await self.planner.tick()

    async def come(self, lots: int, chance: random.Random, *, push: bool = False, long: bool = False) -> None:
        """Lots of people raise a concern in an order that is drawn, and others do other things meanwhile."""
        await self.planner.tick()
        for _ in range(lots):
            first = HANDLERS + len(self.lots) * BATCH
            lot = self.people[first : first + BATCH]
            chance.shuffle(lot)
            for one in lot:
                self.clock.move(seconds=chance.randint(20, 600))
                await self.says(chance.choice(self.people), "contribute 2h data on claims: labelled 40 cases")
                await self.raises(one, push=push, long=long)
            self.lots.append(lot)
            await self.hand_over()

    async def alone(self, statement: str) -> None:
        """Run a statement that wants no transaction, on PostgreSQL."""
        engine = create_async_engine(self.url, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.exec_driver_sql(statement)
        await engine.dispose()

    async def everything(self, *but: str) -> dict[str, list[str]]:
        """All rows of all tables, but of these."""

        def unit(work: Work) -> dict[str, list[str]]:
            return {
                name: sorted(map(repr, work.connection.execute(table.select())))
                for name, table in metadata.tables.items()
                if name not in but
            }

        return await self.store.read(unit)

    async def truth(self) -> dict[bytes, int]:
        """Whose each case is: by this an attack is measured, and no thief has it."""
        return await self.store.read(_truth)


def what_of(person_id: int) -> str:
    return f"The claims triage flagged claim {person_id} as fraud last week."


def code_in(reply: AnyReply) -> str:
    assert isinstance(reply, Say) and reply.window, reply
    return next(one.text for one in reply.card.elements if isinstance(one, Heading))


def _truth(work: Work) -> dict[bytes, int]:
    found = {}
    for row in work.connection.execute(concerns.concern.select()).all():
        told = Told.model_validate_json(concerns.body(work, bytes(row.case_id)))
        found[bytes(row.case_id)] = int(told.what.split()[5])
    return found


@contextlib.asynccontextmanager
async def crowd(url: str, count: int = 120, *, vault: Vault | None = None) -> AsyncIterator[Crowd]:
    """People in a fresh, migrated database, with an initiative that concerns can be about."""
    clock = Clock()
    store = open_store(url, clock, pool_size=4, vault=vault or MemoryVault())

    def unit(work: Work) -> tuple[list[int], int]:
        ids, department = settle(work, count)
        for one in ids:
            people.link(work, "slack", TENANT, f"U{one}", one)
        draft = InitiativeDraft(
            key="claims",
            name="Claims triage",
            outcome="Simple claims are settled within a day.",
            department_id=department[ids[3]],
            business_sponsor_id=ids[3],
            technical_sponsor_id=ids[4],
            product_owner_id=ids[5],
        )
        return ids, initiatives.add(work, draft, created_by_id=ids[2])

    try:
        ids, about = await store.write(unit)
        known = capabilities()
        yield Crowd(
            store,
            clock,
            url,
            ids,
            about,
            Dispatcher(
                store,
                known,
                policy=Policy(),
                profiles={"slack": NoProfiles(), "teams": NoProfiles()},
                pacer=Pacer(clock),
            ),
            Planner(
                store,
                [one for each in known for one in each.schedules if one.name.startswith("concern")],
                clock,
                chores=[one for each in known for one in each.chores if one.name.startswith("concern")],
            ),
        )
    finally:
        await store.close()
