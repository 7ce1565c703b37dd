"""A sign-off from the request to the second signature: one sponsor in Slack, the other in Teams, over real HTTP."""

import asyncio
from typing import Any

import pytest
import sqlalchemy as sa

from bot.playground.delivery import encoded
from domain.audit import canonical
from domain.people import Part
from storage import initiatives, verification
from storage.audit import audit
from storage.signoffs import decision
from storage.store import Work
from tests.scenario.stage import (
    ARUN,
    INES,
    MAREN,
    T_INES,
    TOBIAS,
    Node,
    Stage,
    actions_of,
    comes_true,
    member,
    person_id,
    until,
    words,
)
from tests.scenario.test_teams import filled
from tests.teams import activities as teams
from tests.teams.connector_stub import Misbehaviour

COMMAND = "/signoff"
T_ARUN = member(25, "Arun Desai", ARUN)
VALUES = {
    "milestone": "mvp-scope",
    "summary": "Storm claims first, with a person checking every decline.",
    "criteria": "95 of 100 claims in the right queue https://wiki.example/1\nEverybody was trained",
    "risks": "Two people less for claims in December.",
}
BUTTONS = ["Approve", "Ask for changes", "Decline", "Delegate"]
MAREN_IS, ARUN_IS = "Maren Voss (business sponsor)", "Arun Desai (technical sponsor)"
SIGNED = f"Signed off by {MAREN_IS} and {ARUN_IS}"
#: What is not for the channel: evidence, risks and reasons.
PRIVATE = ("Two people less", "wiki.example", "outage")
#: What the card of every state says.
ON_CARDS = "Storm claims first"


class Company:
    """The stage, with sponsors who have accepted and an initiative that has a channel; Arun is in Teams alone."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    async def settle_in(self) -> None:
        self.stage.connector.member(T_ARUN.object_id, T_ARUN.name, T_ARUN.email)

        def accept(work: Work) -> None:
            about = initiatives.called(work, "claims")
            assert about is not None
            initiatives.accept(work, about.id, Part.BUSINESS_SPONSOR, person_id(work, MAREN))
            initiatives.accept(work, about.id, Part.TECHNICAL_SPONSOR, person_id(work, ARUN))

        await self.stage.store.write(accept)
        await self.stage.writes(T_ARUN, "hello")
        await self.stage.slash(TOBIAS, "here claims", "/initiative", channel="claims")
        await self.reads(TOBIAS, "News of Claims triage come here.", "claims")

    # what people see

    def slack_cards(self, who: str, channel: str = "dm") -> list[Node]:
        """The cards of requests in a chat, the oldest first."""
        return [one for one in self.stage.workspace.messages(who, channel) if _is_card(said(one))]

    def teams_cards(self) -> dict[str, Node]:
        """The same in Arun's chat in Teams: what stands there now, by the id of its message."""
        shown: dict[str, Node] = {}
        for one in self.stage.connector.received:
            if one.conversation == T_ARUN.chat and one.reply_to is None and one.activity.get("attachments"):
                (attachment,) = one.activity["attachments"]
                shown[one.id] = attachment["content"]
        return {key: card for key, card in shown.items() if _is_card(read(card))}

    async def reads(self, who: str, text: str, channel: str = "dm") -> Node:
        """The newest message with this text in Slack; waited for."""

        def found() -> Node | None:
            known = [one for one in self.stage.workspace.messages(who, channel) if text in said(one)]
            return known[-1] if known else None

        return await until(found)

    async def arun_reads(self, text: str) -> tuple[str, Node]:
        """The newest of Arun's cards with this text, and the id of its message; waited for."""
        known = await until(
            lambda: [(key, card) for key, card in self.teams_cards().items() if text in read(card)]
        )
        return known[-1]

    # what people do

    async def request(self) -> Node:
        """Ask for the MVP scope as the product owner does in Slack; Maren's card."""
        await self.stage.slash(TOBIAS, "request claims mvp-scope", COMMAND)
        outcome = await self.stage.submit(TOBIAS, VALUES)
        assert outcome.errors == {}
        assert "MVP scope of Claims triage is with Maren Voss and Arun Desai." in said(outcome.answer)
        return await self.reads(MAREN, "0 of 2")

    async def arun_presses(self, button: str, shown: tuple[str, Node]) -> Node:
        """Press a button of a card in Teams, as it was shown."""
        number, card = shown
        return await self.stage.presses(T_ARUN, teams.action(card, button), reply_to=number)

    def value(self, message: Node, label: str = "Approve") -> str:
        """What a button of a message carries."""
        (button,) = actions_of(message, label)
        return str(button["value"])

    def signed_press(self, who: str, message: Node, value: str) -> tuple[bytes, dict[str, str]]:
        """A press on Approve of a message, with any value, as Slack signs it."""
        workspace = self.stage.workspace
        pressed = {
            "type": "button",
            "action_id": "signoff.approve",
            "block_id": "forged",
            "value": value,
            "action_ts": "1700000000.000100",
        }
        payload = workspace.payloads.message_press(
            workspace.user_id(who), workspace.message(message), pressed, {}
        )
        return self.stage.signed(*encoded("interaction", payload))

    # what is kept

    async def refused(self) -> int:
        """How many attempts of people without authority are in the audit log."""
        count = sa.select(sa.func.count()).select_from(audit).where(audit.c.event == "authority.refused")
        return await self.stage.store.read(lambda work: int(work.connection.execute(count).scalar_one()))

    async def decisions(self) -> list[tuple[Any, ...]]:
        """Version, side, verdict and platform of every decision."""
        columns = (decision.c.version, decision.c.side, decision.c.verdict, decision.c.platform)

        def unit(work: Work) -> list[tuple[Any, ...]]:
            found = verification.verify(work)
            assert found.broken is None
            return [
                tuple(row) for row in work.connection.execute(sa.select(*columns).order_by(decision.c.id))
            ]

        return await self.stage.store.read(unit)

    async def all_sent(self) -> None:
        """Wait until there is nothing left to send."""

        async def sent() -> bool:
            return {state for _key, state in await self.stage.outbox()} == {"sent"}

        await comes_true(sent, timeout_s=30)
        await self.stage.workspace.settle()


def _is_card(text: str) -> bool:
    return ON_CARDS in text or "This was version" in text


def said(node: Any) -> str:
    """What can be read in Slack, on one line whatever is bold."""
    return " ".join(words(node).split())


def read(node: Any) -> str:
    """The same in Teams."""
    return " ".join(teams.words(node).split())


def buttons(message: Node) -> list[str]:
    """The labels of a message's buttons."""
    rows = [block["elements"] for block in message.get("blocks", []) if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row]


def teams_buttons(card: Node) -> list[str]:
    return [one["title"] for one in teams.actions(card) if one["type"] == "Action.Execute"]


@pytest.fixture
async def company(stage: Stage) -> Company:
    made = Company(stage)
    await made.settle_in()
    return made


async def test_a_request_lives_through_changes_to_two_signatures_on_two_platforms(
    company: Company, stage: Stage
) -> None:
    first = await company.request()
    assert buttons(first) == BUTTONS
    assert f"0 of 2: waiting for {MAREN_IS} and {ARUN_IS}." in said(first)
    first_id, card = await company.arun_reads("0 of 2")
    assert teams_buttons(card) == BUTTONS

    approved = company.value(first)

    # One side approves: the other's card says so in its place.
    await stage.press(MAREN, first, "Approve")
    asked = await company.arun_reads(f"1 of 2: {MAREN_IS} approved; waiting for {ARUN_IS}.")
    assert asked[0] == first_id
    assert (await company.reads(MAREN, "1 of 2"))["ts"] == first["ts"]
    assert buttons(await company.reads(MAREN, "1 of 2")) == []

    # The other asks for changes; the form comes as a message of its own.
    body = await company.arun_presses("Ask for changes", asked)
    assert body["value"] == "The form is below."
    form = await stage.card_for(T_ARUN, "What should change?")
    empty = await stage.presses(T_ARUN, teams.action(form, "Send"), filled(form))
    assert "Please say why" in read(empty["value"])
    done = await stage.presses(T_ARUN, teams.action(form, "Send"), filled(form, reason="And in an outage?"))
    assert "You asked for changes to MVP scope of Claims triage." in read(done["value"])
    assert list(company.teams_cards()) == [first_id]

    # It is with whoever asked, who answers in the text.
    await company.reads(TOBIAS, "Arun Desai: And in an outage?")
    wanted = await company.reads(TOBIAS, "Arun Desai, asked for changes")
    await company.reads(MAREN, "Changes wanted: Arun Desai")
    await stage.press(TOBIAS, wanted, "Edit")
    outcome = await stage.submit(TOBIAS, {"risks": "In an outage people sort by hand."})
    assert "Version 2 of MVP scope of Claims triage is with both sponsors." in said(outcome.answer)
    second = await company.reads(MAREN, "Changed since version 1: The risks changed.")
    assert buttons(second) == BUTTONS
    second_id, card = await company.arun_reads("Changed since version 1")
    assert second_id != first_id
    assert teams_buttons(card) == BUTTONS

    # The cards before it are closed where they stand, and pressing what was shown there decides nothing.
    old = await company.reads(MAREN, "This was version 1 of MVP scope of Claims triage.")
    assert (old["ts"], buttons(old)) == (first["ts"], ["See it as it is now"])
    closed = await company.arun_reads("This was version 1")
    assert (closed[0], teams_buttons(closed[1])) == (first_id, ["See it as it is now"])
    await company.arun_presses("Approve", asked)
    await stage.card_for(T_ARUN, "That was version 1; version 2 is to be decided on.")
    await stage.post(*company.signed_press(MAREN, first, approved))
    await company.reads(MAREN, "That was version 1; version 2 is to be decided on.")

    # Both sign the second version.
    await company.arun_presses("Approve", (second_id, card))
    await company.reads(MAREN, f"1 of 2: {ARUN_IS} approved; waiting for {MAREN_IS}.")
    await stage.press(MAREN, await company.reads(MAREN, "1 of 2"), "Approve")
    await company.reads(MAREN, SIGNED)
    await company.all_sent()
    assert await company.decisions() == [
        (1, "business", "approved", "slack"),
        (1, "technical", "changes", "teams"),
        (2, "technical", "approved", "teams"),
        (2, "business", "approved", "slack"),
    ]

    # Every card ends the same, in its place and without buttons.
    for who, channel in ((MAREN, "dm"), (TOBIAS, "dm"), (INES, "claims")):
        before, last = company.slack_cards(who, channel)
        assert "This was version 1" in said(before)
        assert SIGNED in said(last)
        assert buttons(last) == []
    assert company.slack_cards(MAREN)[-1]["ts"] == second["ts"]
    assert list(company.teams_cards()) == [first_id, second_id]
    last = company.teams_cards()[second_id]
    assert SIGNED in read(last)
    assert teams_buttons(last) == []

    # The channel has the same card without what is private, and reads of it once.
    in_channel = [
        said(one) for one in stage.workspace.messages(INES, "claims") if "Claims triage" in said(one)
    ]
    assert len([one for one in in_channel if one.startswith("MVP scope of Claims triage: Signed off")]) == 1
    shown = canonical([call.args for call in stage.workspace.calls if call.args.get("channel") == "C0CLAIMS"])
    assert ON_CARDS in shown
    assert not [one for one in PRIVATE if one in shown]
    assert stage.count(TOBIAS, f"MVP scope of Claims triage: {SIGNED}") == 1


async def test_a_colleague_in_teams_decides_for_a_sponsor_in_slack(company: Company, stage: Stage) -> None:
    await stage.writes(T_INES, "hello")
    first = await company.request()
    await stage.press(MAREN, first, "Delegate")
    outcome = await stage.submit(MAREN, {"delegate": stage.workspace.user_id(INES)})
    assert "I have asked Ines Carvalho to decide for you on Claims triage" in said(outcome.answer)
    offered = await stage.card_for(T_INES, "asks you to decide on its sign-offs")
    taken = await stage.presses(T_INES, teams.action(offered, "Accept"))
    assert "You decide for Maren Voss on Claims triage" in read(taken["value"])
    await stage.told(MAREN, "Ines Carvalho accepted to decide for you")
    hers = await stage.card_for(T_INES, ON_CARDS)
    assert teams_buttons(hers) == BUTTONS[:3]
    # The others read who may decide, in the cards that they have.
    acting = "Maren Voss (business sponsor) or Ines Carvalho, who acts for them"
    shown = await company.arun_reads(acting)
    await company.reads(MAREN, acting)
    assert len(company.teams_cards()) == len(company.slack_cards(MAREN)) == 1

    await stage.presses(T_INES, teams.action(hers, "Approve"))
    signed = f"Ines Carvalho, acting for {MAREN_IS}, approved; waiting for {ARUN_IS}."
    assert buttons(await company.reads(MAREN, f"1 of 2: {signed}")) == []
    # The side has decided: its sponsor is told so, and nothing more is kept.
    await stage.post(*company.signed_press(MAREN, first, company.value(first)))
    await company.reads(MAREN, "Your side has approved this already.")
    await company.arun_presses("Approve", shown)
    await company.reads(MAREN, f"Signed off by Ines Carvalho, acting for {MAREN_IS}, and {ARUN_IS}")
    await company.all_sent()
    assert await company.decisions() == [
        (1, "business", "approved", "teams"),
        (1, "technical", "approved", "teams"),
    ]


async def test_a_double_click_on_each_platform_counts_once(company: Company, stage: Stage) -> None:
    first = await company.request()
    number, card = await company.arun_reads("0 of 2")
    clicks = [company.signed_press(MAREN, first, company.value(first)) for _ in range(3)]
    await asyncio.gather(*(stage.post(*click) for click in clicks))
    press = teams.press(teams.action(card, "Approve"), **stage.place(T_ARUN), reply_to=number)
    await asyncio.gather(*(stage.activity({**press, "id": f"1700009{click:06}"}) for click in range(3)))
    await company.reads(MAREN, SIGNED)
    await company.all_sent()
    assert await company.decisions() == [
        (1, "business", "approved", "slack"),
        (1, "technical", "approved", "teams"),
    ]
    assert stage.count(TOBIAS, f"MVP scope of Claims triage: {SIGNED}") == 1


async def test_forged_values_and_other_peoples_presses_decide_nothing_and_are_kept(
    company: Company, stage: Stage
) -> None:
    await stage.writes(T_INES, "hello")
    first = await company.request()
    number, card = await company.arun_reads("0 of 2")
    value = company.value(first)
    about, version, fingerprint = value.split(":")
    forged = (f"{about}:{version}:{'0' * 16}", f"{about}:2:{fingerprint}")
    for other in forged:
        await stage.post(*company.signed_press(MAREN, first, other))
        pressed = teams.action(card, "Approve")
        ours = pressed["data"]["_tandem"] | {"press": other}
        await stage.presses(T_ARUN, pressed | {"data": {"_tandem": ours}}, reply_to=number)
    await company.reads(MAREN, "That button does not belong to what is to be signed.")
    await stage.card_for(T_ARUN, "That button does not belong to what is to be signed.")
    for who in (TOBIAS, INES):
        await stage.post(*company.signed_press(who, first, value))
    await stage.presses(T_INES, teams.action(card, "Approve"), reply_to=number)
    await stage.card_for(T_INES, "Only the sponsors, or whoever decides for them, can do this.")
    for nonsense in ("", "x", "1:2", f"{about}:1", "9" * 40 + ":1:ab", f"-{value}", f"{int(about) + 7}:1:ab"):
        status, _ = await stage.post(*company.signed_press(MAREN, first, nonsense))
        assert status == 200
    await company.all_sent()
    assert await company.decisions() == []
    assert await company.refused() == 2 * len(forged) + 3
    assert buttons(await company.reads(MAREN, "0 of 2")) == BUTTONS


async def test_all_cards_come_to_show_the_last_state_through_a_storm(company: Company, stage: Stage) -> None:
    await stage.another()
    first = await company.request()
    number, card = await company.arun_reads("0 of 2")
    await company.all_sent()
    stage.workspace.faults.add("chat.update", "rate_limited", times=4, seconds=1)
    stage.workspace.faults.add("chat.update", "drop_after", times=4)
    stage.workspace.faults.add("chat.update", "server_error", times=2)
    stage.workspace.faults.add("chat.update", "drop_before", times=2)
    moods = [Misbehaviour(headers={"Retry-After": "1"}), Misbehaviour(drop=True), Misbehaviour(status=502)]
    stage.connector.misbehave.extend(moods)
    posts = len(stage.workspace.calls_of("chat.postMessage"))
    await stage.press(MAREN, first, "Approve")
    press = teams.press(teams.action(card, "Approve"), **stage.place(T_ARUN), reply_to=number)
    await stage.activity(press, url=await stage.another())
    await company.all_sent()
    assert len(stage.workspace.faults.happened) == 12
    assert not stage.connector.misbehave
    for who, channel in ((MAREN, "dm"), (TOBIAS, "dm"), (INES, "claims")):
        (last,) = company.slack_cards(who, channel)
        assert SIGNED in said(last)
        assert buttons(last) == []
    ((last_id, shown),) = company.teams_cards().items()
    assert last_id == number
    assert SIGNED in read(shown)
    assert teams_buttons(shown) == []
    # The news, to whoever asked and to the channel, and nothing else was posted.
    assert len(stage.workspace.calls_of("chat.postMessage")) == posts + 2
    assert len(await company.decisions()) == 2
