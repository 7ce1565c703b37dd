"""A bot with everything around it, and short words for what people do to it."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import aiohttp
import sqlalchemy as sa
from pydantic import SecretStr

from bot.importing import import_files
from bot.playground.delivery import Outcome, encoded, signed_headers
from bot.playground.roster import people_csv, teams_csv
from bot.playground.workspace import Workspace
from bot.serve import Bot, build
from bot.settings import GivenSettings
from domain.contributions import Contribution
from domain.initiatives import InitiativeDraft
from storage import contributions, initiatives, outbox, people
from storage.store import Store, Work, open_store
from tests.teams import activities as teams
from tests.teams.connector_stub import ConnectorStub

T = TypeVar("T")
Node = dict[str, Any]

INES = "ines.carvalho@alderpike.example"
JONAS = "jonas.brandt@alderpike.example"
TOBIAS = "tobias.ekwall@alderpike.example"
MAREN = "maren.voss@alderpike.example"
ARUN = "arun.desai@alderpike.example"
SOFIA = "sofia.marchetti@alderpike.example"
STRANGER = "robin.quill@contractor.example"
GONE = "viktor.hale@alderpike.example"

LINE = "3h data on claims triage: labelled 400 exceptions"
#: An initiative's key, name, business sponsor, technical sponsor and product owner.
INITIATIVES = (
    ("claims", "Claims triage", MAREN, ARUN, TOBIAS),
    ("claimsfraud", "Claims fraud hints", MAREN, ARUN, TOBIAS),
    ("complaints", "Complaints drafting", MAREN, ARUN, "hanne.solberg@alderpike.example"),
)


async def furnished(database_url: str) -> None:
    """Put the company and its initiatives into an empty store."""
    store = open_store(database_url, pool_size=2)
    await import_files(store, GivenSettings(), people_csv(), teams_csv())

    def unit(work: Work) -> None:
        department = next(number for number, name in people.departments(work) if name == "Operations")
        for key, name, sponsor, technical, owner in INITIATIVES:
            draft = InitiativeDraft(
                key=key,
                name=name,
                outcome="Simple things are settled within a day.",
                department_id=department,
                business_sponsor_id=person_id(work, sponsor),
                technical_sponsor_id=person_id(work, technical),
                product_owner_id=person_id(work, owner),
            )
            initiatives.add(work, draft, created_by_id=person_id(work, ARUN))

    await store.write(unit)
    await store.close()


def person_id(work: Work, email: str) -> int:
    found = people.by_email(work, email)
    assert found is not None, email
    return found.id


@dataclass(frozen=True)
class Member:
    """Somebody's account in Teams."""

    object_id: str
    name: str
    email: str

    @property
    def chat(self) -> str:
        return f"a:personal-{self.object_id}"


def member(number: int, name: str, email: str) -> Member:
    return Member(f"a1a1a1a1-0000-4000-8000-{number:012}", name, email)


T_INES = member(3, "Ines Carvalho", INES)
T_JONAS = member(4, "Jonas Brandt", JONAS)
T_TOBIAS = member(2, "Tobias Ekwall", TOBIAS)
T_STRANGER = member(901, "Robin Quill", STRANGER)
T_GUEST = member(902, "Gil Guest", "gil@partner.example")


class Stage:
    """A bot, its workspace and its Teams; more bots on the same database are opened with `another`."""

    def __init__(self, database_url: str, workspace: Workspace, connector: ConnectorStub) -> None:
        self.database_url = database_url
        self.workspace = workspace
        self.connector = connector
        self.bots: list[Bot] = []
        self.url = ""
        for one in (T_INES, T_JONAS, T_TOBIAS, T_STRANGER):
            connector.member(one.object_id, one.name, one.email)
        connector.member(T_GUEST.object_id, T_GUEST.name, T_GUEST.email, userRole="guest")

    # life

    @property
    def settings(self) -> GivenSettings:
        return GivenSettings(
            database_url=SecretStr(self.database_url),
            # What is tried in a second would take a person an hour.
            pace=0,
            slack_bot_token=SecretStr(self.workspace.bot_token),
            slack_signing_secret=SecretStr(self.workspace.signing_secret),
            slack_api_url=self.workspace.api_url,
            teams_app_id=teams.APP_ID,
            teams_tenant_id=teams.TENANT,
            teams_dev_no_auth=True,
        )

    async def open(self) -> None:
        self.client = aiohttp.ClientSession()
        self.url = await self.another()
        self.workspace.bot_url = self.url

    async def another(self) -> str:
        """Start one more bot; its address."""
        bot = await build(self.settings)
        await bot.start()
        self.bots.append(bot)
        return await bot.listen("127.0.0.1", 0)

    async def stop_bots(self) -> None:
        while self.bots:
            await self.bots.pop().stop()

    async def close(self) -> None:
        await self.stop_bots()
        await self.client.close()

    @property
    def store(self) -> Store:
        return self.bots[0].store

    # the log

    async def entries(self, email: str) -> list[Contribution]:
        """Somebody's entries that stand or await them, the newest first."""
        return await self.store.read(
            lambda work: contributions.recent(work, person_id(work, email), skip=0, limit=100)
        )

    async def counted(self, email: str) -> int:
        return sum(entry.status.value == "counted" for entry in await self.entries(email))

    async def rows(self) -> int:
        """How many entries there are at all."""
        table = contributions.contribution
        return await self.store.read(
            lambda work: int(
                work.connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            )
        )

    async def versions(self, entry: Contribution) -> list[Node]:
        return await self.store.read(lambda work: contributions.versions(work, entry.id))

    async def outbox(self) -> list[tuple[str, str]]:
        """Key and state of every message that was ever to be sent."""
        table = outbox.outbox

        def unit(work: Work) -> list[tuple[str, str]]:
            found = work.connection.execute(sa.select(table.c.key, table.c.state).order_by(table.c.id))
            return [(key, state) for key, state in found]

        return await self.store.read(unit)

    # Slack

    async def slash(self, who: str, text: str, command: str = "/contribute", channel: str = "dm") -> Outcome:
        outcome = await self.workspace.slash(who, channel, command, text)
        assert (outcome.status, outcome.problem) == (200, None)
        return outcome

    async def says(self, who: str, text: str, command: str = "/contribute", channel: str = "dm") -> Node:
        """Type a command; the message that answers it."""
        await self.slash(who, text, command, channel)
        return self.last(who, channel)

    async def press(self, who: str, where: Any, action: str, value: Any = None) -> Outcome:
        outcome = await self.workspace.press(who, where, action, value)
        assert (outcome.status, outcome.problem) == (200, None)
        await self.shown()
        return outcome

    async def submit(self, who: str, values: Node | None = None, **more: Any) -> Outcome:
        """Send in the form that is on top."""
        outcome = await self.workspace.submit(who, self.workspace.top_view(who), values, **more)
        assert (outcome.status, outcome.problem) == (200, None)
        await self.shown()
        return outcome

    async def shown(self) -> None:
        """Wait for what is shown after the acknowledgement."""
        for bot in self.bots:
            await bot.finish()

    def last(self, who: str, channel: str = "dm") -> Node:
        return self.workspace.last_message(who, channel)

    def view_words(self, who: str) -> str:
        return words(self.workspace.top_view(who))

    async def told(self, who: str, text: str, *, timeout_s: float = 30.0) -> Node:
        """The message in somebody's own chat that holds a text; waited for."""

        def found() -> Node | None:
            known = [one for one in self.workspace.messages(who, "dm") if text in words(one)]
            return known[-1] if known else None

        message: Node = await self.workspace.wait_for(found, timeout_s=timeout_s)
        return message

    def count(self, who: str, text: str) -> int:
        return sum(text in words(one) for one in self.workspace.messages(who, "dm"))

    def command(self, who: str, text: str) -> tuple[bytes, dict[str, str]]:
        """A command as Slack sends it, signed, to be sent by hand."""
        workspace = self.workspace
        user = workspace.user_id(who)
        where = workspace.where(user, "dm")
        payload = workspace.payloads.command(user, where, "/contribute", text, escape=False)
        return self.signed(*encoded("command", payload))

    def signed(self, body: bytes, kind: str, timestamp: int | None = None) -> tuple[bytes, dict[str, str]]:
        signature = signed_headers(self.workspace.signing_secret, body, timestamp)
        return body, {"Content-Type": kind, **signature}

    async def post(
        self, body: bytes, headers: dict[str, str], *, url: str = "", path: str = "/slack/events"
    ) -> tuple[int, str]:
        async with self.client.post((url or self.url) + path, data=body, headers=headers) as answer:
            return answer.status, await answer.text()

    # Teams

    def place(self, who: Member, **more: Any) -> Node:
        return {
            "user": who.object_id,
            "conversation": who.chat,
            "service_url": self.connector.url,
            **more,
        }

    async def activity(self, activity: Node, *, url: str = "") -> Node:
        async with self.client.post((url or self.url) + "/api/messages", json=activity) as answer:
            assert answer.status == 200, await answer.text()
            body: Node = await answer.json()
            return body

    async def writes(self, who: Member, text: str, **more: Any) -> Node:
        """Write to the bot in Teams; the card that answers."""
        before = len(self.connector.cards)
        await self.activity(teams.message(text, **self.place(who, **more)))
        assert len(self.connector.cards) > before, "no answer"
        return self.connector.cards[before]

    async def presses(self, who: Member, action: Node, inputs: Node | None = None, **more: Any) -> Node:
        return await self.activity(teams.press(action, inputs=inputs, **self.place(who, **more)))

    async def card_for(self, who: Member, text: str) -> Node:
        """The newest card that was sent to somebody's own chat and holds a text; waited for."""

        def found() -> Node | None:
            own = (who.chat, f"a:dm-{who.object_id}")
            known = [
                attachment["content"]
                for one in self.connector.received
                if one.conversation in own
                for attachment in one.activity.get("attachments", [])
                if text in teams.words(attachment.get("content"))
            ]
            return known[-1] if known else None

        return await until(found)


async def until(condition: Callable[[], T | None], *, timeout_s: float = 30.0) -> T:
    async with asyncio.timeout(timeout_s):
        while not (found := condition()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        return found


async def comes_true(condition: Callable[[], Awaitable[bool]], *, timeout_s: float = 30.0) -> None:
    async with asyncio.timeout(timeout_s):
        while not await condition():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def words(node: Any) -> str:
    """Everything that can be read in what Slack shows, in order."""
    if isinstance(node, list):
        return "\n".join(filter(None, map(words, node)))
    if isinstance(node, str):
        return unescaped(node)
    if not isinstance(node, dict):
        return ""
    shown = [
        words(value)
        for key, value in node.items()
        if (isinstance(value, (dict, list)) and key not in ("metadata", "state", "_typed"))
        or key in ("text", "initial_value", "initial_date", "title", "caption")
    ]
    return "\n".join(filter(None, shown))


def unescaped(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def assert_nothing_pings(workspace: Workspace, connector: ConnectorStub) -> None:
    """Nothing that the bot showed anywhere calls a channel, and nothing asks Slack to find such a call."""
    shown = [call.args for call in workspace.calls]
    shown += [
        one.body
        for messages in workspace.state.messages.values()
        for one in messages
        if one.body.get("bot_id")
    ]
    for args in shown:
        assert not {"parse", "link_names"} & args.keys()
        assert_silent(args)
    for activity in connector.activities:
        assert not [one for one in activity.get("entities", []) if one.get("type") == "mention"]


#: Where Slack takes every character for itself.
LITERAL = frozenset({"text", "plain_text", "raw_text", "raw_number", "button", "link", "plain_text_input"})


def assert_silent(node: Any) -> None:
    """No `<!` where Slack would read it, and no element that calls a channel."""
    if isinstance(node, list):
        for item in node:
            assert_silent(item)
    if not isinstance(node, dict):
        return
    kind = node.get("type")
    assert kind not in ("broadcast", "usergroup")
    for key, value in node.items():
        if isinstance(value, (dict, list)):
            assert_silent(value)
        elif isinstance(value, str) and kind not in LITERAL:
            assert "<!" not in value or key in ("private_metadata", "value"), (kind, key)


def actions_of(holder: Node, label: str) -> list[Node]:
    """The buttons of that label in what Slack shows, in order."""
    return [
        element
        for block in holder.get("blocks", [])
        for element in block.get("elements", [])
        if isinstance(element, dict) and element.get("type") == "button" and element["text"]["text"] == label
    ]
