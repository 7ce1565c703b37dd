"""The dispatcher with every capability, spoken to as people would."""

import itertools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domain.contributions import Policy
from domain.people import Platform
from handlers.capability import AnyReply
from handlers.cards import Button, Buttons, Card, Chart, Context, Facts, Heading, Table, Text, plain
from handlers.conversation import (
    AnyInbound,
    Command,
    FieldErrors,
    HomeOpened,
    Nothing,
    Open,
    Origin,
    Press,
    Profile,
    Submission,
)
from handlers.dispatch import Dispatcher
from handlers.registry import capabilities
from storage.store import Store
from tests import company
from tests.company import Company

_keys = itertools.count(1)
#: What stands in an input of a form that is sent in.
Filled = str | tuple[str, ...] | None


class NoProfiles:
    async def profile(self, tenant: str, user_id: str) -> Profile | None:
        return None

    async def find(self, email: str) -> Profile | None:
        return None


class Chat:
    """A bot on a store with the fictional company in it."""

    def __init__(
        self,
        store: Store,
        made: Company,
        *,
        policy: Policy | None = None,
        on_enqueued: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self.company = made
        self.dispatch = Dispatcher(
            store,
            capabilities(),
            policy=policy or Policy(),
            profiles={"slack": NoProfiles(), "teams": NoProfiles()},
            on_enqueued=on_enqueued,
        )

    def origin(self, first_name: str, platform: Platform = "slack", **more: Any) -> Origin:
        return Origin(
            platform=platform,
            tenant=company.TENANT[platform],
            user_id=company.user_id(platform, first_name),
            **{"channel": "D1", **more},
        )

    async def say(self, who: str, line: str, platform: Platform = "slack", **more: Any) -> AnyReply:
        name, _, text = line.partition(" ")
        return await self.send(
            Command(key=key(), origin=self.origin(who, platform, **more), name=name, text=text)
        )

    async def press(
        self, who: str, button: Button, platform: Platform = "slack", *, once: str | None = None
    ) -> AnyReply:
        return await self.send(
            Press(
                key=once or key(),
                origin=self.origin(who, platform),
                action=button.action,
                value=button.value,
            )
        )

    async def submit(
        self, who: str, reply: AnyReply, values: Mapping[str, Filled], platform: Platform = "slack"
    ) -> AnyReply:
        """Send in a form as it was opened, with these inputs changed."""
        assert isinstance(reply, (Open, FieldErrors)), reply
        form = reply.form
        assert form is not None
        filled: dict[str, Filled] = {}
        for one in form.inputs():
            value = getattr(one, "value", None)
            filled[one.name] = None if value is None else str(value)
        assert values.keys() <= filled.keys(), (values.keys(), filled.keys())
        return await self.send(
            Submission(
                key=key(),
                origin=self.origin(who, platform),
                form=form.name,
                values={**filled, **values},
                context=form.context,
            )
        )

    async def home(self, who: str) -> AnyReply:
        return await self.send(HomeOpened(key=key(), origin=self.origin(who)))

    async def send(self, inbound: AnyInbound) -> AnyReply:
        return await self.dispatch(inbound)


def key() -> str:
    return f"k{next(_keys)}"


def card_of(reply: AnyReply) -> Card:
    assert not isinstance(reply, (Open, FieldErrors, Nothing)), reply
    return reply.card


def buttons_of(card: Card) -> Iterator[Button]:
    for element in card.elements:
        if isinstance(element, Buttons):
            yield from (one for one in element.items if isinstance(one, Button))


def button(card: Card, label: str) -> Button:
    """The first button of that label. Fails if there is none."""
    found = [one for one in buttons_of(card) if one.label == label]
    assert found, (label, [one.label for one in buttons_of(card)])
    return found[0]


def labels(card: Card) -> list[str]:
    return [one.label for one in buttons_of(card)]


def words(card: Card) -> str:
    """Everything that can be read on a card, in order."""
    said: list[str] = []
    for element in card.elements:
        match element:
            case Heading():
                said.append(element.text)
            case Text() | Context():
                said.append(plain(element.runs))
            case Facts():
                said += [f"{one.label}: {one.value}" for one in element.items]
            case Table():
                said += [" | ".join(row) for row in element.rows]
            case Chart():
                said.append(element.summary)
            case Buttons():
                said += [one.label for one in element.items]
            case _:
                pass
    return "\n".join(said)
