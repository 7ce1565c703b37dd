"""A ballot over real HTTP on both platforms: answered, changed, commented on, withdrawn, too late; without a trace."""

import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.pulses import Audience, Plan, PlanState, Spec
from domain.question_bank import by_key, set_by_key
from handlers.pulses import closing
from storage import ballots, pulses
from storage.inbox import inbound
from storage.outbox import outbox
from storage.people import identity
from storage.store import Work
from tests.scenario.stage import (
    JONAS,
    LINE,
    SOFIA,
    T_INES,
    T_JONAS,
    Node,
    Stage,
    actions_of,
    comes_true,
    person_id,
    words,
)
from tests.scenario.test_teams import filled
from tests.teams import activities as teams

QUESTIONS = tuple(by_key(key) for key in set_by_key("first").questions)
COMMENT = "It is wrong about the odd letters, and the odd ones are my day."
DONE = ["Change 1", "Change 2", "Change 3", "Add a comment", "Withdraw", "Who can see this?"]
COMMENTED = [*DONE[:3], "Replace comment", *DONE[4:]]
LATE = "This pulse is closed"
#: What a box says is in it: all three questions, and the comment.
ANSWERED, WITH_COMMENT = 0b0111, 0b1111


def _to_the_two(work: Work) -> sa.ColumnElement[bool]:
    return outbox.c.person_id.in_([person_id(work, one) for one in (JONAS, T_INES.email)])


class Vote:
    """An open pulse, and what of it is kept."""

    def __init__(self, stage: Stage, number: int) -> None:
        self.stage = stage
        self.number = number

    async def box(self, email: str) -> int:
        """Which parts of somebody's box hold something."""

        def unit(work: Work) -> int:
            one = pulses.by_id(work, self.number)
            assert one is not None
            return ballots.answered(work, one, person_id(work, email))

        return await self.stage.store.read(unit)

    async def traces(self) -> list[object]:
        """All that is kept of requests, of messages to the two, and of when anybody was there."""

        def unit(work: Work) -> list[object]:
            count = work.connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()
            rows = [
                *work.connection.execute(sa.select(inbound).order_by(inbound.c.key)),
                *work.connection.execute(sa.select(outbox).where(_to_the_two(work)).order_by(outbox.c.id)),
                *work.connection.execute(
                    sa.select(identity).order_by(identity.c.platform, identity.c.user_id)
                ),
            ]
            return [count, *(tuple(row) for row in rows)]

        return await self.stage.store.read(unit)

    async def quiet(self) -> None:
        """Wait until both invitations are known to have been sent."""

        def unit(work: Work) -> bool:
            states = sa.select(outbox.c.state).where(_to_the_two(work))
            return set(work.connection.execute(states).scalars()) == {"sent"}

        async def sent() -> bool:
            return await self.stage.store.read(unit)

        await comes_true(sent, timeout_s=20)
        await self.stage.workspace.settle()

    async def end(self) -> None:
        """Its last day is over."""
        await self.stage.store.write(lambda work: closing.stop(work, self.number))


@pytest.fixture(autouse=True)
def state(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """A vault of our own."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path_factory.mktemp("state")))


@pytest.fixture
async def vote(state: None, stage: Stage) -> AsyncIterator[Vote]:
    """Everybody is asked, and Jonas in Slack and Ines in Teams have their invitations."""
    today = datetime.now(UTC).date()
    spec = Spec(
        title="First pulse",
        questions=QUESTIONS,
        audience=Audience(kind="everyone"),
        opens_on=today,
        closes_on=today + timedelta(days=5),
        zone="UTC",
    )

    def approved(work: Work) -> int:
        plan = pulses.draft(work, Plan(spec=spec), person_id(work, SOFIA))
        pulses.set_plan_state(work, plan, PlanState.APPROVED)
        return pulses.schedule(work, plan, 1, spec)

    def at_any_hour(work: Work) -> None:
        work.connection.execute(
            sa.update(outbox)
            .where(_to_the_two(work), outbox.c.state == "waiting")
            .values(polite=False, due_at=work.now)
        )

    await stage.slash(JONAS, "help")
    await stage.writes(T_INES, "help")
    number = await stage.store.write(approved)
    await stage.bots[0].planner.tick()
    await stage.store.write(at_any_hour)
    stage.bots[0].worker.wake()
    made = Vote(stage, number)
    await stage.told(JONAS, "Question 1 of 3")
    await stage.card_for(T_INES, "Question 1 of 3")
    await made.quiet()
    yield made


def labels(message: Node) -> list[str]:
    rows = [block["elements"] for block in message["blocks"] if block["type"] == "actions"]
    return [one["text"]["text"] for row in rows for one in row]


def teams_labels(card: Node) -> list[str]:
    """The labels that stand there at first: a question that is asked before something is done is not opened yet."""
    shown = [one for block in card["body"] if block["type"] == "ActionSet" for one in block["actions"]]
    return [one["title"] for one in shown]


def surely(card: Node, label: str) -> Node:
    """The button behind the question whether one is sure."""
    return next(
        one for one in teams.actions(card) if (one["type"], one.get("title")) == ("Action.Execute", label)
    )


async def test_a_ballot_in_slack_leaves_no_trace_but_in_its_box(
    lines: io.StringIO, vote: Vote, stage: Stage
) -> None:
    before = await vote.traces()
    shown = await stage.told(JONAS, "Question 1 of 3")
    place = shown["ts"]
    for question, answer in zip(QUESTIONS, (3, 1, 2), strict=True):
        await stage.press(JONAS, stage.last(JONAS), question.labels[answer])
    shown = stage.last(JONAS)
    assert (shown["ts"], labels(shown)) == (place, DONE)
    assert await vote.box(JONAS) == ANSWERED

    await stage.press(JONAS, shown, "Change 2")
    await stage.press(JONAS, stage.last(JONAS), QUESTIONS[1].labels[4])
    assert f"right often enough for my work.\n\n{QUESTIONS[1].labels[4]}" in words(stage.last(JONAS))

    await stage.press(JONAS, stage.last(JONAS), "Add a comment")
    outcome = await stage.submit(JONAS, {"comment": f"{COMMENT} " * 6})
    assert "please keep it to 300" in " ".join(outcome.errors.values())
    assert await vote.box(JONAS) == ANSWERED
    await stage.submit(JONAS, {"comment": COMMENT})
    shown = stage.last(JONAS)
    assert (shown["ts"], labels(shown)) == (place, COMMENTED)
    assert "Your comment is locked in." in words(shown) and COMMENT not in words(shown)
    assert await vote.box(JONAS) == WITH_COMMENT

    await stage.press(JONAS, shown, "Withdraw")
    assert "Your answers are taken out." in words(stage.last(JONAS))
    assert await vote.box(JONAS) == 0
    await stage.press(JONAS, stage.last(JONAS), QUESTIONS[0].labels[0])
    assert "Question 2 of 3" in words(stage.last(JONAS))
    assert await vote.box(JONAS) == 0b0001

    assert await vote.traces() == before
    await vote.end()
    late = stage.last(JONAS)
    await stage.press(JONAS, late, QUESTIONS[1].labels[3])
    assert LATE in words(stage.last(JONAS))
    assert nothing_of(vote, lines)
    assert not actions_of(stage.last(JONAS), QUESTIONS[1].labels[3])


async def test_a_ballot_in_teams_leaves_no_trace_but_in_its_box(
    lines: io.StringIO, vote: Vote, stage: Stage
) -> None:
    email = T_INES.email
    before = await vote.traces()
    card = await stage.card_for(T_INES, "Question 1 of 3")
    for question, answer in zip(QUESTIONS, (3, 1, 2), strict=True):
        card = (await stage.presses(T_INES, teams.action(card, question.labels[answer])))["value"]
    assert teams_labels(card) == DONE
    assert await vote.box(email) == ANSWERED

    asked = (await stage.presses(T_INES, teams.action(card, "Change 2")))["value"]
    card = (await stage.presses(T_INES, teams.action(asked, QUESTIONS[1].labels[4])))["value"]
    assert QUESTIONS[1].labels[4] in teams.words(card)

    await stage.presses(T_INES, teams.action(card, "Add a comment"))
    form = await stage.card_for(T_INES, "What should they know?")
    send = teams.action(form, "Lock it in")
    again = (await stage.presses(T_INES, send, filled(form, comment=f"{COMMENT} " * 6)))["value"]
    assert "please keep it to 300" in teams.words(again)
    assert await vote.box(email) == ANSWERED
    send = teams.action(again, "Lock it in")
    card = (await stage.presses(T_INES, send, filled(again, comment=COMMENT)))["value"]
    assert "Your comment is locked in." in teams.words(card)
    assert teams_labels(card) == COMMENTED
    assert COMMENT not in teams.words(card)
    assert await vote.box(email) == WITH_COMMENT

    card = (await stage.presses(T_INES, surely(card, "Withdraw")))["value"]
    assert "Your answers are taken out." in teams.words(card)
    assert await vote.box(email) == 0
    card = (await stage.presses(T_INES, teams.action(card, QUESTIONS[0].labels[0])))["value"]
    assert await vote.box(email) == 0b0001

    assert await vote.traces() == before
    await vote.end()
    await stage.presses(T_INES, teams.action(card, QUESTIONS[1].labels[3]))
    assert await stage.card_for(T_INES, LATE)
    assert nothing_of(vote, lines)


async def test_what_leaves_a_trace_elsewhere_is_seen_by_these_tests(
    lines: io.StringIO, vote: Vote, stage: Stage
) -> None:
    before = await vote.traces()
    await stage.slash(JONAS, LINE)
    await stage.writes(T_JONAS, "hello")
    assert await vote.traces() != before
    assert "request" in lines.getvalue()


def nothing_of(vote: Vote, lines: io.StringIO) -> bool:
    """Whether the log has neither a comment nor an answer, while it does have the requests."""
    written = lines.getvalue()
    answers = [label for question in QUESTIONS for label in question.labels]
    values = [f"{vote.number} {signs} " for signs in ("---", "4--", "42-", "423", "453", "1--")]
    kept = [one for one in (COMMENT[:20], "pulse.answer", *answers, *values) if one in written]
    assert kept == []
    return '"request"' in written
