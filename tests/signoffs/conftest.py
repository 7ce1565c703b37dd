"""A company whose sponsors have accepted, and a bot that knows every capability."""

from datetime import date

import pytest
import sqlalchemy as sa

from domain.limits import Extent, LimitDraft
from handlers.cards import Card
from handlers.conversation import MESSAGE, LiveMessage
from handlers.registry import capabilities
from storage import limits, outbox, signoffs, transitions
from storage.initiatives import initiative
from storage.store import Store, Work
from tests import company
from tests.chat import Chat, card_of

REQUEST = {
    "milestone": "mvp-scope",
    "summary": "Storm claims first.",
    "criteria": "95 of 100 right https://wiki.example/1",
}


class SignoffChat(Chat):
    """What people see and do around sign-offs."""

    async def request(self, who: str = "Bo", **values: str) -> int:
        """Ask for a sign-off of the claims initiative; the request's id."""
        opened = await self.say(who, "signoff request claims")
        card_of(await self.submit(who, opened, REQUEST | values))
        return await self.store.read(
            lambda work: max(
                one.id for one in signoffs.of_initiative(work, self.company.initiative["claims"])
            )
        )

    async def card(self, who: str, signoff_id: int, version: int | None = None) -> Card:
        """The newest card that somebody has of a request in their own chat, as it is shown now."""
        views = {name: view for one in capabilities() for name, view in one.views.items()}
        person_id = self.company.person[who]

        def unit(work: Work) -> Card:
            rows = work.connection.execute(
                sa.select(outbox.outbox.c.message)
                .where(
                    outbox.outbox.c.subject.like(f"signoff:{signoff_id}:%"),
                    outbox.outbox.c.person_id == person_id,
                )
                .order_by(outbox.outbox.c.id)
            ).scalars()
            found = [MESSAGE.validate_json(row) for row in rows]
            live = [one for one in found if isinstance(one, LiveMessage)]
            wanted = [one for one in live if version is None or one.params["version"] == str(version)]
            assert wanted, f"{who} has no card"
            shown = views[wanted[-1].view](work, wanted[-1].params, person_id, "slack")
            assert shown is not None
            return shown

        return await self.store.read(unit)

    async def messages(self, who: str, part: str) -> list[str]:
        """The words of everything else that was written to somebody, the keys of which contain `part`."""
        person_id = self.company.person[who]

        def unit(work: Work) -> list[str]:
            rows = work.connection.execute(
                sa.select(outbox.outbox.c.message)
                .where(
                    outbox.outbox.c.person_id == person_id,
                    outbox.outbox.c.key.contains(part),
                    outbox.outbox.c.subject.is_(None),
                )
                .order_by(outbox.outbox.c.id)
            ).scalars()
            return [one.card.summary for one in map(MESSAGE.validate_json, rows) if one.type == "card"]

        return await self.store.read(unit)

    async def state(self, signoff_id: int) -> str:
        one = await self.store.read(lambda work: signoffs.by_id(work, signoff_id))
        assert one is not None
        return one.state.value


def accept_everywhere(work: Work) -> None:
    """Let all sponsors have accepted."""
    work.connection.execute(
        sa.update(initiative).values(business_accepted_at=work.now, technical_accepted_at=work.now)
    )


@pytest.fixture
async def chat(store: Store) -> SignoffChat:
    made = await company.founded(store)
    await store.write(accept_everywhere)
    return SignoffChat(store, made)


def ready_for_go_live(work: Work, initiative_id: int, person_id: int) -> None:
    transitions.start(work, initiative_id, ["Run the process"], changed_by_id=person_id)
    draft = LimitDraft(text="Reads no handwriting.", whose="adjusters", extent=Extent.AT_THE_MARGIN)
    limits.state(work, initiative_id, draft, stated_on=date(2026, 11, 1), stated_by_id=person_id)
