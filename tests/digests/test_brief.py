"""The brief of the working session: its date, what it says, and when it comes."""

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.planner import Planner
from domain.kpis import Direction, KpiDraft, Reading
from domain.limits import Extent, LimitDraft
from handlers.conversation import MESSAGE, FileMessage
from handlers.digests import briefs, sessions
from storage import kpis, limits, milestones, transitions
from storage.initiatives import initiative
from storage.milestones import milestone
from storage.outbox import outbox
from storage.store import Work
from storage.transitions import transition_step
from tests.chat import button, card_of, labels, words
from tests.conftest import MovedClock
from tests.digests.conftest import DigestChat, exports, schedule

#: Two days before 3 December, at 08:30 in Berlin.
DUE = datetime(2026, 12, 1, 7, 30, tzinfo=UTC)


async def asked(chat: DigestChat, who: str, line: str = "tandem brief") -> str:
    return words(card_of(await chat.say(who, line)))


def planner(chat: DigestChat, clock: MovedClock) -> Planner:
    return Planner(chat.store, [schedule("brief.session")], clock)


async def files(chat: DigestChat) -> list[FileMessage]:
    rows = await chat.store.read(
        lambda work: (
            work.connection.execute(
                sa.select(outbox.c.message).where(outbox.c.key.like("brief:%:file")).order_by(outbox.c.id)
            )
            .scalars()
            .all()
        )
    )
    return [one for one in map(MESSAGE.validate_json, rows) if isinstance(one, FileMessage)]


def story(chat: DigestChat, work: Work) -> None:
    """Claims triage is live, with a limit, an overdue step and a number that is short of its target."""
    claims, cleo = chat.company.initiative["claims"], chat.company.person["Cleo"]
    draft = LimitDraft(text="Reads no handwriting.", whose="adjusters", extent=Extent.SUBSTANTIALLY)
    limits.state(work, claims, draft, stated_on=date(2026, 11, 2), stated_by_id=cleo)
    transitions.start(work, claims, ["Read the outputs"], changed_by_id=cleo)
    work.connection.execute(sa.update(transition_step).values(due_on=date(2026, 11, 9), owner_id=cleo))
    number = kpis.add(
        work,
        claims,
        KpiDraft(
            key="time",
            name="Handling time",
            unit="minutes",
            direction=Direction.DOWN,
            baseline=20.0,
            target=12.0,
            owner_id=cleo,
        ),
    )
    assert number is not None
    kpis.note(work, Reading(kpi_id=number, day=date(2026, 11, 10), value=15.0, noted_by_id=cleo))
    work.connection.execute(sa.update(initiative).where(initiative.c.id == claims).values(stage="live"))
    work.connection.execute(
        sa.insert(milestone).values(
            initiative_id=claims,
            key="go-live",
            title="Go-live",
            signed_off_at=datetime(2026, 11, 1, 23, 30, tzinfo=UTC),
        )
    )
    assert milestones.reached(work, claims)


async def test_it_says_of_each_initiative_how_it_stands_and_what_is_to_be_decided(chat: DigestChat) -> None:
    await chat.store.write(lambda work: story(chat, work))
    await chat.log("Ada", date(2026, 11, 16))
    await chat.log("Bo", date(2026, 11, 16))
    said = await asked(chat, "Hana")
    assert "3 initiatives are active; 4 decisions are wanted." in said
    assert (
        "• Name test: Nobody from the business owns a KPI of it yet. "
        "Which number is it to move, and whose in Operations is it?\n"
    ) in said
    claims = said[said.index("Claims triage") : said.index("Complaints summariser")]
    assert claims == (
        "Claims triage\n"
        "Stage: Live\n"
        "Led by: Operations\n"
        "Signed off last: Go-live, 2 November 2026\n"
        "Since 19 October 2026: 2 entries by 2 people, 2 h\n"
        "Known limits\n"
        "• Reads no handwriting. Changes the work of adjusters substantially.\n"
        "Decisions wanted\n"
        "• Transition plan: Read the outputs (due 9 November 2026; Cleo Marsh has it).\n"
        "• Handling time: 15 minutes, 25 % less than the baseline of 20; target 12; it is live and short of its "
        "target.\n"
    )


async def test_a_sign_off_that_waits_is_a_decision_that_is_wanted(chat: DigestChat) -> None:
    request: dict[str, str | None] = {"milestone": "mvp-scope", "summary": "Storm.", "criteria": "Right"}
    card_of(await chat.submit("Bo", await chat.say("Bo", "signoff request claims"), request))
    said = await asked(chat, "Emil")
    assert "• MVP scope of Claims triage: waiting for Cleo Marsh (business sponsor) and Emil Stone" in said


async def test_stopped_and_archived_initiatives_are_not_in_it(chat: DigestChat) -> None:
    def end(work: Work) -> None:
        work.connection.execute(sa.update(initiative).values(stage="stopped"))
        work.connection.execute(
            sa.update(initiative).where(initiative.c.key == "claims").values(stage="live", archived=True)
        )

    await chat.store.write(end)
    assert "No initiative is active, so there is nothing to decide." in await asked(chat, "Hana")


async def test_hr_and_the_ai_function_set_the_session_in_numbers_or_words(chat: DigestChat) -> None:
    assert "No working session is set. /tandem brief next 2026-12-03 sets it." in await asked(
        chat, "Hana", "tandem brief next"
    )
    said = await asked(chat, "Hana", "tandem brief next 2026-12-03")
    assert "on Thursday 3 December 2026." in said and "on Tuesday 1 December." in said
    assert "already" in await asked(chat, "Emil", "tandem brief next 3 December")
    assert "on Thursday 19 November 2026." in await asked(chat, "Emil", "tandem brief next thursday")
    assert "is on Thursday 19 November 2026." in await asked(chat, "Ines", "tandem brief next")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tandem brief next 2026-11-17", "That day is over"),
        ("tandem brief next 2029-01-01", "more than a year away"),
        ("tandem brief next 2026-13-01", "I could not read that day"),
        ("tandem brief next year", "I could not read that day"),
        ("tandem brief last", "sets the next working session"),
    ],
)
async def test_a_day_that_cannot_be_gets_a_sentence_with_an_example(
    chat: DigestChat, line: str, said: str
) -> None:
    answer = await asked(chat, "Hana", line)
    assert said in answer and "/tandem brief next" in answer


async def test_others_are_told_kindly_and_administrators_may_read_but_not_set(chat: DigestChat) -> None:
    assert "The brief is for HR and the AI function." in await asked(chat, "Ada")
    assert "initiatives are active" in await asked(chat, "Ines")
    assert "set the date of their working session" in await asked(
        chat, "Ines", "tandem brief next 2026-12-03"
    )


async def test_it_comes_two_days_before_once_as_a_message_and_as_a_page(
    chat: DigestChat, clock: MovedClock
) -> None:
    await asked(chat, "Hana", "tandem brief next 2026-12-03")
    clock.now = DUE - timedelta(minutes=1)
    await planner(chat, clock).tick()
    assert await chat.planned("brief:%") == []
    clock.now = DUE
    for _ in range(2):
        await planner(chat, clock).tick()
    assert await chat.planned("brief:%") == [
        ("Hana", {"session": "2026-12-03"}),
        ("Emil", {"session": "2026-12-03"}),
    ]
    assert [one.filename for one in await files(chat)] == ["brief-2026-12-03.html"] * 2
    card = await chat.live(sessions.VIEW, {"session": "2026-12-03"}, "Hana")
    assert card is not None and "Brief for the working session on 3 December 2026" in words(card)
    assert await chat.live(sessions.VIEW, {"session": "2026-12-03"}, "Ada") is None
    assert await chat.live(sessions.VIEW, {"session": "2026-12-03"}, None) is None


async def test_a_session_set_for_tomorrow_has_its_brief_at_once(chat: DigestChat, clock: MovedClock) -> None:
    await asked(chat, "Hana", "tandem brief next tomorrow")
    await planner(chat, clock).tick()
    assert len(await chat.planned("brief:2026-11-19:%")) == 2


async def test_what_was_sent_stays_as_it_was_and_what_is_asked_for_is_new(
    chat: DigestChat, clock: MovedClock
) -> None:
    await asked(chat, "Hana", "tandem brief next 2026-12-03")
    clock.now = DUE
    await planner(chat, clock).tick()
    sent = await chat.live(sessions.VIEW, {"session": "2026-12-03"}, "Hana")
    await chat.store.write(lambda work: story(chat, work))
    assert await chat.live(sessions.VIEW, {"session": "2026-12-03"}, "Hana") == sent
    assert sent is not None and "handwriting" not in words(sent)
    assert "handwriting" in await asked(chat, "Hana")
    kept, mine = (await files(chat))[0], exports(chat)
    async with mine.file(kept) as path:
        assert "handwriting" not in path.read_text()
    async with mine.file(kept.model_copy(update={"params": kept.params | {"which": "now"}})) as path:
        assert "handwriting" in path.read_text()
    ada = str(chat.company.person["Ada"])
    with pytest.raises(sessions.NotForYou):
        async with mine.file(kept.model_copy(update={"params": kept.params | {"person_id": ada}})):
            pass


async def test_contributions_count_from_the_session_before(chat: DigestChat, clock: MovedClock) -> None:
    await asked(chat, "Hana", "tandem brief next 2026-12-03")
    await chat.log("Ada", date(2026, 12, 2))
    await chat.log("Ada", date(2026, 12, 10))
    clock.now = DUE + timedelta(days=14)
    await asked(chat, "Hana", "tandem brief next 2027-01-07")
    said = await asked(chat, "Hana")
    assert "Since 3 December 2026: 1 entry by 1 person, 1 h" in said


async def test_a_long_brief_shows_what_needs_a_decision_and_counts_the_rest(chat: DigestChat) -> None:
    brief = await chat.store.read(
        lambda work: sessions.Briefs([]).now(work).model_copy(update={"session": date(2026, 12, 3)})
    )
    one = brief.initiatives[0]
    many = tuple(
        one.model_copy(update={"name": f"Case {n:02}", "wanted": ("Decide.",) if n == 29 else ()})
        for n in range(30)
    )
    long = brief.model_copy(update={"initiatives": many})
    said = words(briefs.card(long, "now"))
    assert "Case 29" in said and "20 more initiatives on the page." in said
    assert briefs.html(long).count("<h2>") == 30


async def test_the_page_is_for_those_alone_who_may_read_it(chat: DigestChat) -> None:
    card = card_of(await chat.say("Hana", "tandem brief"))
    assert labels(card) == ["As a page"]
    press = button(card, "As a page")
    assert "I will send it to you here." in words(card_of(await chat.press("Hana", press)))
    assert "is for HR and the AI function" in words(card_of(await chat.press("Ada", press)))
