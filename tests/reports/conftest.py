"""Entries for tests of reports: a small company, what its people logged, and actors to ask for it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from domain.contributions import Degree, Draft, Kind, Policy, Status
from handlers.capability import Actor, AnyReply
from handlers.conversation import Command, Origin, Press
from handlers.reports import CAPABILITY
from storage import contributions, people
from storage.contributions import contribution
from storage.store import Store, Work
from tests.company import Company, founded

ORIGIN = Origin(platform="slack", tenant="T0ALDER", user_id="U-ADA")
TODAY = date(2026, 11, 18)


@dataclass
class Asked:
    """The company in a store, with ways to log and to ask."""

    store: Store
    company: Company

    async def log(
        self,
        who: str,
        key: str = "claims",
        *,
        kind: Kind = Kind.DATA,
        minutes: int | None = 60,
        day: date = date(2026, 10, 7),
        degree: Degree = Degree.EQUAL,
        status: Status = Status.COUNTED,
        what: str = "Labelled exceptions",
        link: str | None = None,
    ) -> int:
        """Log an entry; its id."""

        def unit(work: Work) -> int:
            person = people.by_id(work, self.company.person[who])
            assert person is not None
            draft = Draft(
                kind=kind,
                initiative_id=self.company.initiative[key],
                effort_minutes=minutes,
                day=day,
                what=what,
                degree=degree,
                link=link,
            )
            number = contributions.add(
                work, draft, person_id=person.id, team_id=person.team_id, logged_by_id=person.id
            )
            work.connection.execute(
                sa.update(contribution).where(contribution.c.id == number).values(status=status.value)
            )
            return number

        return await self.store.write(unit)

    async def thank(self, entry_id: int, by: str, text: str) -> None:
        await self.store.write(
            lambda work: contributions.remark(
                work, entry_id, from_id=self.company.person[by], sort="thanks", text=text
            )
        )

    async def type(self, who: str, line: str) -> AnyReply:
        """What a person gets for a command such as "contribute report claims"."""
        words = line.split(" ", 2)
        command = Command(
            key=f"{who}:{line}", origin=ORIGIN, name=words[0], text=words[2] if len(words) > 2 else ""
        )
        name = f"{words[0]} {words[1]}"
        return await self._ask(who, lambda actor, work: CAPABILITY.commands[name](actor, command, work))

    async def press(self, who: str, action: str, value: str) -> AnyReply:
        press = Press(key=f"{who}:{action}:{value}", origin=ORIGIN, action=action, value=value)
        return await self._ask(who, lambda actor, work: CAPABILITY.presses[action](actor, press, work))

    async def change(self, statement: sa.Executable) -> None:
        await self.store.write(lambda work: work.connection.execute(statement) and None)

    async def _ask(self, who: str, answer: Callable[[Actor, Work], AnyReply]) -> AnyReply:
        def unit(work: Work) -> AnyReply:
            person = people.by_id(work, self.company.person[who])
            assert person is not None
            return answer(Actor(person=person, origin=ORIGIN, policy=Policy(), today=TODAY), work)

        return await self.store.write(unit)


@pytest.fixture
async def asked(store: Store) -> Asked:
    return Asked(store, await founded(store))


def elements(reply: Any, sort: str) -> list[Any]:
    """The elements of a sort in the card of a reply."""
    return [element for element in reply.card.elements if element.type == sort]


def buttons(reply: Any) -> dict[str, tuple[str, str]]:
    """Every button of a reply's card: its action and value by its label."""
    return {item.label: (item.action, item.value) for row in elements(reply, "buttons") for item in row.items}


def words(reply: Any) -> str:
    """Everything that a reply's card says, as JSON."""
    text: str = reply.card.model_dump_json()
    return text
