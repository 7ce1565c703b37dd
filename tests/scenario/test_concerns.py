"""The life of a concern over real HTTP: its reporter is in Teams, those who handle it in Slack."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from bot.serve import build
from domain.concerns import Concern, State
from storage import concerns
from storage.store import Work
from tests.scenario import stage as scenery
from tests.scenario.stage import ARUN, MAREN, T_INES, TOBIAS, Node, Stage, until, words
from tests.scenario.test_teams import choice, field, filled
from tests.teams import activities as teams

WHAT = "The claims triage flagged two correct claims as fraud last week."
CODE = re.compile(r"\b(?:[0-9A-Z]{5}-){4}[0-9A-Z]{5}\b")
QUESTION = "Were these storm claims?"
REPLY = "Both were storm claims from the coast."
ENDING = "It takes several claims from one street for one story."
STILL = "It flagged a third one this morning."


class Clock:
    """The real time, moved ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


class Case:
    """Ines in Teams, Tobias and the sponsors in Slack, and one concern."""

    def __init__(self, stage: Stage, clock: Clock) -> None:
        self.stage = stage
        self.clock = clock
        self.code = ""

    # what passes

    async def pass_hours(self, hours: float) -> None:
        """Let time pass, with the times at which concerns are handed over in it."""
        self.clock.ahead += timedelta(hours=hours)
        (bot,) = self.stage.bots
        await bot._tick()  # after one that may be under way
        bot.worker.wake()

    async def now(self) -> Concern:
        def unit(work: Work) -> Concern:
            found = concerns.by_number(work, 1)
            assert found is not None
            return found

        return await self.stage.store.read(unit)

    async def kept(self) -> str:
        """All that is kept of requests and messages, and in the audit log."""

        def unit(work: Work) -> str:
            rows: list[Any] = []
            for table in ("inbound", "outbox", "audit"):
                rows += work.connection.execute(sa.text(f"SELECT * FROM {table}")).all()
            return str(rows)

        return await self.stage.store.read(unit)

    # Ines, in windows

    async def opens(self, text: str) -> Node:
        """Write to the bot, and open the window that it answers with; what stands in it."""
        door = await self.stage.writes(T_INES, text)
        return await self.dialog(
            teams.fetched(teams.action(door, "Open the form"), **self.stage.place(T_INES))
        )

    async def dialog(self, activity: Node) -> Node:
        body = await self.stage.activity(activity)
        card: Node = body["task"]["value"]["card"]["content"]
        return card

    async def sends(self, form: Node, **values: str) -> Node:
        """Send in what stands in a window; what stands there then."""
        (button,) = [one for one in teams.actions(form) if one["type"] == "Action.Submit"][:1]
        return await self.dialog(
            teams.dialog_submit(button, filled(form, **values), **self.stage.place(T_INES))
        )

    async def raises(self, **values: str) -> Node:
        form = await self.opens(f"concern {WHAT}")
        assert field(form, "what")["value"] == WHAT
        assert field(form, "initiative")["value"] == choice(form, "initiative", "Claims triage")
        shown = await self.sends(form, **values)
        while [one for one in teams.actions(shown) if one["type"] == "Action.Submit"]:
            shown = await self.sends(shown, ready="send")  # nothing more to say
        return shown

    async def raises_without_a_name(self, **values: str) -> None:
        shown = await self.raises(name="anonymous", **values)
        found = CODE.search(teams.words(shown))
        assert found is not None, teams.words(shown)
        self.code = found.group()

    async def looks_in(self) -> Node:
        return await self.sends(await self.opens("concern code"), code=self.code.lower())

    # Tobias, on his card

    async def handles(self, label: str, values: Node, text: str = WHAT) -> None:
        card = await self.stage.told(TOBIAS, text, timeout_s=15)
        await self.stage.press(TOBIAS, card, label)
        outcome = await self.stage.submit(TOBIAS, values)
        assert outcome.errors == {}

    async def reads(self, who: str, *texts: str) -> Node:
        """The newest card in somebody's chat in Slack that says all of this; waited for."""

        def found() -> Node | None:
            known = [
                one
                for one in self.stage.workspace.messages(who, "dm")
                if all(text in words(one) for text in texts)
            ]
            return known[-1] if known else None

        return await until(found, timeout_s=15)

    async def leaves_nothing(self) -> None:
        """Of what the two wrote and of the code nothing is kept in the open."""
        kept = await self.kept()
        for text in (
            WHAT,
            QUESTION,
            REPLY,
            ENDING,
            STILL,
            self.code or "-----",
            self.code.replace("-", "") or "-----",
        ):
            assert text not in kept


@pytest.fixture(autouse=True)
def clock(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A clock that the bot goes by, and a vault of our own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))
    made = Clock()
    monkeypatch.setattr(scenery, "build", partial(build, clock=made))
    yield made


@pytest.fixture
def case(clock: Clock, stage: Stage) -> Case:
    return Case(stage, clock)


async def test_without_a_name_from_the_window_to_the_word_that_it_is_settled(case: Case) -> None:
    await case.raises_without_a_name(severity="serious")
    assert "Sent" in teams.words(await case.looks_in())
    await case.pass_hours(24)
    card = await case.reads(TOBIAS, WHAT, "somebody without a name")
    assert "Ines" not in words(card)

    await case.handles("Ask or answer", {"kind": "asked", "text": QUESTION})
    window = await case.looks_in()
    assert QUESTION in teams.words(window)
    assert "It is sent." in teams.words(await case.sends(window, do="reply", words=REPLY))
    await case.pass_hours(24)
    await case.reads(TOBIAS, QUESTION, REPLY, "The reporter")

    await case.handles("Close", {"outcome": "explained", "words": ENDING}, REPLY)
    window = await case.looks_in()
    assert ENDING in teams.words(window)
    assert "settled for you" in teams.words(await case.sends(window, do="settled"))
    # Those who handle it do not see when the word was given.
    assert (await case.now()).state is State.CLOSED
    assert "You said that it is settled." in teams.words(await case.looks_in())
    await case.pass_hours(24)
    await case.reads(TOBIAS, ENDING, "it is settled")
    assert (await case.now()).state is State.SETTLED
    await case.leaves_nothing()
    assert not [one for one in case.stage.connector.received if CODE.search(str(one.activity))]


async def test_without_a_name_and_not_settled_it_goes_to_both_sponsors(case: Case) -> None:
    await case.raises_without_a_name(severity="serious")
    await case.pass_hours(24)
    await case.handles("Close", {"outcome": "explained", "words": ENDING})
    window = await case.looks_in()
    again = await case.sends(window, do="not_settled", words="")
    assert "still open" in teams.words(again)
    assert "with its sponsors too" in teams.words(await case.sends(again, do="not_settled", words=STILL))
    # Nobody is told before the next hand-over: that would say when it was written.
    assert case.stage.count(MAREN, "C-1") == 0
    await case.pass_hours(24)
    for sponsor in (MAREN, ARUN):
        card = await case.reads(sponsor, STILL, "not settled")
        assert "Ines" not in words(card)
    assert (await case.now()).reopened == 1
    await case.leaves_nothing()


async def test_with_a_name_the_answers_come_to_the_reporters_own_chat(case: Case) -> None:
    shown = await case.opens(f"concern {WHAT}")
    place = case.stage.place(T_INES)
    look = await case.sends(shown, name="named", severity="serious")
    assert "Readers will see exactly this:" in teams.words(look)
    await case.stage.activity(teams.dialog_submit(teams.action(look, "Send it"), filled(look), **place))
    confirmed = teams.words(await case.stage.card_for(T_INES, "C-1"))
    assert "They see your name." in confirmed and CODE.search(confirmed) is None
    await case.reads(TOBIAS, WHAT, "Ines Carvalho")  # at once: nothing has to be handed over

    await case.handles("Ask or answer", {"kind": "asked", "text": QUESTION})
    card = await case.stage.card_for(T_INES, QUESTION)
    await case.stage.presses(T_INES, teams.action(card, "Write"))
    form = await case.stage.card_for(T_INES, "Your words")
    await case.stage.presses(T_INES, teams.action(form, "Send"), filled(form, words=REPLY))
    await case.reads(TOBIAS, QUESTION, REPLY)

    await case.handles("Close", {"outcome": "explained", "words": ENDING}, REPLY)
    card = await case.stage.card_for(T_INES, ENDING)
    body = await case.stage.presses(T_INES, teams.action(card, "It is settled"))
    assert body["statusCode"] == 200
    await case.reads(TOBIAS, "it is settled")
    assert (await case.now()).state is State.SETTLED
    await case.leaves_nothing()


async def test_a_concern_without_an_answer_in_time_goes_to_both_sponsors(case: Case) -> None:
    await case.raises_without_a_name(severity="serious")
    await case.pass_hours(24)
    await case.reads(TOBIAS, WHAT)
    assert case.stage.count(MAREN, "C-1") == 0
    await case.pass_hours(25)
    for sponsor in (MAREN, ARUN):
        await case.reads(sponsor, WHAT, "overdue since", "with both sponsors")
    await case.reads(TOBIAS, "Both sponsors see it now.")
    assert (await case.now()).escalated_at is not None
    await case.leaves_nothing()
