"""A week as HR and the AI function read it, on both databases."""

import asyncio
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from domain.contributions import Kind, Status
from domain.digests import Audience, Made, Week
from domain.kpis import Direction, KpiDraft, Reading
from handlers.digests import making, page
from storage import contributions, kpis, transitions
from storage.delegations import delegation
from storage.digests import digest
from storage.initiatives import initiative
from storage.signoffs import signoff
from storage.store import Work
from storage.transitions import transition_step
from tests.chat import button, card_of, labels, words
from tests.conftest import MovedClock
from tests.digests.conftest import MONDAY, WEEK, DigestChat, known_sections

REQUEST: dict[str, str | None] = {
    "milestone": "mvp-scope",
    "summary": "Storm claims first.",
    "criteria": "95 of 100 right",
}


async def asked(chat: DigestChat, who: str, line: str = "tandem digest") -> str:
    return words(card_of(await chat.say(who, line)))


async def read(chat: DigestChat, key: str = WEEK) -> Made:
    found = await chat.store.read(lambda work: making.kept(work, Week.read(key)))
    assert found is not None
    return found


async def test_a_week_says_who_put_in_what_beside_what_is_usual(chat: DigestChat) -> None:
    for weeks in range(1, 9):
        await chat.log("Bo", MONDAY - timedelta(weeks=weeks))
    await chat.log("Bo", MONDAY, minutes=90)
    await chat.log("Bo", MONDAY + timedelta(days=6), minutes=None)
    await chat.log("Ada", MONDAY, kind=Kind.TESTING)
    await chat.log("Emil", MONDAY, kind=Kind.REVIEW)
    await chat.log("Ada", MONDAY + timedelta(days=7))
    said = await asked(chat, "Hana")
    assert "From 9 to 15 November 2026, 3 people of 2 departments logged 4 entries (usually 1)" in said
    assert "Operations | data | 2 | 1 | 1 h 30 min" in said
    assert "AI function | review | 1 | 0 | 1 h" in said
    assert "Entries: AI function 1, usually 0; Operations 3, usually 1." in said
    assert "First entries ever: Ada Fern (Operations) and Emil Stone (AI function)." in said


async def test_only_what_counts_is_counted(chat: DigestChat) -> None:
    kept = await chat.log("Bo", MONDAY)
    gone = await chat.log("Ada", MONDAY)

    def withdraw(work: Work) -> None:
        entry = contributions.by_id(work, gone)
        assert entry is not None
        contributions.change(work, entry, by_person_id=entry.person_id, status=Status.WITHDRAWN)

    await chat.store.write(withdraw)
    said = await asked(chat, "Hana")
    assert "1 person of 1 department logged 1 entry" in said and "Ada" not in said
    assert kept != gone


async def test_those_to_thank_are_chosen_by_the_rule_that_is_printed_and_never_by_hours(
    chat: DigestChat,
) -> None:
    await chat.log("Bo", MONDAY - timedelta(days=7))
    await chat.log("Bo", MONDAY, minutes=1400, what="counted for days")
    await chat.log("Cleo", MONDAY, kind=Kind.DATA, minutes=900, what="sorted")
    await chat.log("Cleo", MONDAY, kind=Kind.RISK, minutes=5, what="ran it beside the old way")
    await chat.log("Dara", MONDAY, kind=Kind.DATA, minutes=None, what="sent the extract of 2024")
    await chat.log("Emil", MONDAY, kind=Kind.DATA, minutes=600, what="read it")
    await chat.log("Ada", MONDAY, kind=Kind.DATA, minutes=600, what="labelled them")
    await asked(chat, "Hana")
    told = (await read(chat)).digest.sections["thanks"]
    assert isinstance(told, dict)
    names = [one["name"] for one in told["told"]]  # type: ignore[index, union-attr, call-overload]
    assert names == ["Cleo Marsh", "Emil Stone", "Dara Quill"]
    said = await asked(chat, "Hana")
    assert "“ran it beside the old way”" in said and "Chosen by rule, not by hours" in said


async def test_both_functions_read_the_same_week_and_each_has_its_own_to_do(chat: DigestChat) -> None:
    await chat.log("Ada", MONDAY)
    card_of(await chat.submit("Bo", await chat.say("Bo", "signoff request claims"), REQUEST))
    hr, ai = await asked(chat, "Hana"), await asked(chat, "Emil")
    both = await asked(chat, "Ines")
    start = "What people put in"
    assert hr[hr.index(start) :] == ai[ai.index(start) :] == both[both.index(start) :]
    assert "• Thank Ada Fern in person" in hr and "• Thank" not in ai
    assert "• Ask Cleo Marsh about MVP scope of Claims triage" in hr
    assert "• Decide, or ask Emil Stone about MVP scope of Claims triage" in ai
    assert "For HR to do" in both and "For the AI function to do" in both


@pytest.mark.parametrize("who", ["Ada", "Bo", "Cleo"])
@pytest.mark.parametrize("line", ["tandem digest", "tandem digest hr", "tandem digest settings"])
async def test_nobody_else_reads_a_digest_and_is_told_kindly(chat: DigestChat, who: str, line: str) -> None:
    said = await asked(chat, who, line)
    assert "HR" in said and "Usual" not in said


async def test_hr_does_not_read_what_the_ai_function_has_to_do(chat: DigestChat) -> None:
    assert "are for HR and the AI function" in await asked(chat, "Hana", "tandem digest ai")
    card = card_of(await chat.say("Hana", "tandem digest"))
    pressed = button(card, "The week before")
    forged = pressed.model_copy(update={"value": f"{WEEK} ai"})
    assert "are for HR and the AI function" in words(card_of(await chat.press("Hana", forged)))
    both = pressed.model_copy(update={"value": f"{WEEK} hr,ai"})
    assert "For the AI function to do" not in words(card_of(await chat.press("Hana", both)))


async def test_sign_offs_are_told_when_they_are_decided_and_while_they_wait(
    chat: DigestChat, clock: MovedClock
) -> None:
    card_of(await chat.submit("Bo", await chat.say("Bo", "signoff request claims"), REQUEST))
    clock.move(days=7)
    said = await asked(chat, "Hana")
    assert (
        "MVP scope of Claims triage: waiting for Cleo Marsh (business sponsor) and Emil Stone (technical "
        "sponsor) for 7 days, open until 2 December 2026." in said
    )
    assert "From 16 to 22 November 2026, 1 sign-off is waiting." in said

    def settle(work: Work) -> None:
        work.connection.execute(
            sa.update(signoff).values(state="expired", settled_at=work.now - timedelta(days=4))
        )

    await chat.store.write(settle)
    clock.move(days=7)
    later = await asked(chat, "Hana", "tandem digest 2026-W47")
    assert "1 milestone expired" in later
    assert "expired, since not both sponsors decided in time, 21 November 2026" in later


async def test_whoever_decides_for_a_sponsor_is_named_beside_them(chat: DigestChat) -> None:
    card_of(await chat.submit("Bo", await chat.say("Bo", "signoff request claims"), REQUEST))

    def delegate(work: Work) -> None:
        work.connection.execute(
            sa.insert(delegation).values(
                initiative_id=chat.company.initiative["claims"],
                side="business",
                sponsor_id=chat.company.person["Cleo"],
                delegate_id=chat.company.person["Dara"],
                first_day=date(2026, 11, 17),
                last_day=date(2026, 11, 20),
                state="accepted",
                created_at=work.now,
            )
        )

    await chat.store.write(delegate)
    assert "waiting for Cleo Marsh or Dara Quill (business sponsor) and Emil Stone" in await asked(
        chat, "Hana"
    )


async def test_numbers_stand_with_both_names_and_are_missed_when_nobody_reads_them(
    chat: DigestChat, clock: MovedClock
) -> None:
    cleo = chat.company.person["Cleo"]

    def add(work: Work) -> None:
        claims = chat.company.initiative["claims"]
        for key, name in (("time", "Handling time"), ("errors", "Errors")):
            number = kpis.add(
                work,
                claims,
                KpiDraft(
                    key=key,
                    name=name,
                    unit="minutes",
                    direction=Direction.DOWN,
                    baseline=20.0,
                    target=12.0,
                    owner_id=cleo,
                ),
            )
            assert number is not None
            if key == "time":
                for day, value in ((MONDAY - timedelta(days=3), 18.0), (MONDAY, 15.0)):
                    kpis.note(work, Reading(kpi_id=number, day=day, value=value, noted_by_id=cleo))
        transitions.start(work, claims, ["Run the process"], changed_by_id=cleo)
        work.connection.execute(sa.update(transition_step).values(due_on=MONDAY))

    await chat.store.write(add)
    said = await asked(chat, "Emil")
    assert "Claims triage, Handling time: 15 minutes, 25 % less than the baseline of 20; target 12." in said
    assert "The reading before was 18." in said
    assert "Operations redesigned the work, the AI function built the tool; Cleo Marsh's number." in said
    assert "1 number was read" in said
    assert "Claims triage: Run the process (due 9 November 2026)." in said
    assert "Errors" not in said
    clock.move(days=40)
    later = await asked(chat, "Emil", "tandem digest this week")
    assert "Claims triage, Errors: never read; Cleo Marsh's number." in later
    assert "• Ask Cleo Marsh for a reading of Errors on Claims triage, and help to get it." in later


async def test_what_fails_the_name_test_is_for_hr_to_talk_about(chat: DigestChat) -> None:
    await chat.store.write(
        lambda work: work.connection.execute(sa.update(initiative).values(business_accepted_at=None))
    )
    said = await asked(chat, "Hana")
    assert "Claims triage: Nobody from the business has accepted it yet." in said
    assert "• Talk to Operations about Claims triage" in said


async def test_a_week_in_which_nothing_happened_says_so_in_a_line_and_has_no_empty_heading(
    chat: DigestChat,
) -> None:
    card = card_of(await chat.say("Hana", "tandem digest"))
    said = words(card)
    assert "From 9 to 15 November 2026, nothing was logged or decided." in said
    assert (
        "Nobody logged a contribution, there is nobody to thank, no sign-off was decided, no sign-off is waiting, "
        "no number was read, nothing is overdue and no concern is open." in said
    )
    headings = [element.text for element in card.elements if element.type == "heading"]
    assert headings == ["Week 46: digest for HR", "Failing the name test"]


async def test_a_digest_is_kept_once_however_often_it_is_asked_for(chat: DigestChat) -> None:
    await chat.log("Ada", MONDAY)
    first = await asked(chat, "Hana")
    assert await asked(chat, "Hana") == first
    assert (await read(chat)).version == 1


async def test_only_a_digest_that_is_not_kept_yet_needs_a_writer(
    chat: DigestChat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.log("Ada", MONDAY)
    written: list[str] = []
    write = chat.store.write

    async def counted(unit: Callable[[Work], Any]) -> Any:
        written.append("once")
        return await write(unit)

    monkeypatch.setattr(chat.store, "write", counted)
    first = await asked(chat, "Hana")
    assert written.pop() == "once" and not written
    assert await asked(chat, "Hana") == first
    assert await asked(chat, "Hana", "this week")
    assert not written
    await chat.log("Bo", MONDAY)
    written.clear()
    assert "2 entries now, not 1" in await asked(chat, "Hana")
    assert written == ["once"]


async def test_asked_for_by_many_at_once_it_is_kept_once_and_says_the_same_to_all(chat: DigestChat) -> None:
    await chat.log("Ada", MONDAY)
    said = await asyncio.gather(*(asked(chat, "Hana") for _ in range(6)))
    assert len(set(said)) == 1
    await chat.log("Bo", MONDAY)
    said = await asyncio.gather(*(asked(chat, "Hana") for _ in range(6)))
    assert len(set(said)) == 1 and "2 entries now, not 1" in said[0]
    assert (await read(chat)).version == 2


async def test_a_late_entry_makes_a_new_version_that_says_what_changed(
    chat: DigestChat, clock: MovedClock
) -> None:
    await chat.log("Ada", MONDAY)
    card_of(await chat.submit("Bo", await chat.say("Bo", "signoff request claims"), REQUEST))
    before = await asked(chat, "Hana")
    clock.move(days=2)
    await chat.log("Bo", MONDAY)
    after = await asked(chat, "Hana")
    assert after.startswith(
        "Week 46: digest for HR\nCorrected on 20 November 2026. The week has 2 entries now, not 1."
    )
    assert "2 people of 1 department" in after and "2 people" not in before
    assert "since 18 November 2026" in after, "how things stood is kept as it was"
    rows = await chat.store.read(
        lambda work: work.connection.execute(
            sa.select(digest.c.version, digest.c.change).order_by(digest.c.version)
        ).all()
    )
    assert [row[0] for row in rows] == [1, 2] and rows[0][1] is None


async def test_a_week_that_is_not_over_is_shown_so_far_and_not_kept(chat: DigestChat) -> None:
    await chat.log("Ada", date(2026, 11, 16))
    said = await asked(chat, "Hana", "tandem digest this week")
    assert "So far, from 16 to 22 November 2026, 1 person" in said
    count = await chat.store.read(
        lambda work: work.connection.execute(sa.select(sa.func.count()).select_from(digest)).scalar_one()
    )
    assert count == 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("tandem digest 2026-W99", "2026 has the weeks 1 to 53"),
        ("tandem digest 47", "looks like 2026-W47"),
        ("tandem digest 2027-W02", "still to come"),
        ("tandem digest yesterday", "/tandem digest 2026-W47"),
        ("tandem digest hr hr", "/tandem digest 2026-W47"),
    ],
)
async def test_what_cannot_be_read_gets_a_sentence_with_an_example(
    chat: DigestChat, line: str, said: str
) -> None:
    assert said in await asked(chat, "Hana", line)


async def test_every_rendering_is_the_same_again_from_the_kept_facts(
    chat: DigestChat, clock: MovedClock
) -> None:
    await chat.log("Ada", MONDAY, what="tried *storm* claims & <b>two</b> fail")
    card_of(await chat.submit("Bo", await chat.say("Bo", "signoff request claims"), REQUEST))
    await asked(chat, "Hana")
    sections = known_sections()

    def rendered(made: Made) -> list[str]:
        shown = page.card(sections, made, [Audience.HR]).model_dump_json()
        return [
            shown,
            *(render(sections, made, [Audience.HR]) for render in (page.html, page.text, page.json)),
        ]

    first = rendered(await read(chat))
    clock.move(days=90)
    await chat.store.write(
        lambda work: work.connection.execute(sa.update(initiative).values(name="Something else"))
    )
    assert rendered(await read(chat)) == first
    assert "<b>two" not in first[1] and "&lt;b&gt;two&lt;/b&gt;" in first[1]
    assert "\\*storm\\*" in first[2]
    facts = json.loads(first[3])
    assert facts["facts"] == json.loads((await read(chat)).digest.text)
    assert facts["to_do"]["hr"] and "ai" not in facts["to_do"]


async def test_the_same_facts_have_the_same_bytes_on_both_databases(chat: DigestChat) -> None:
    for who in ("Ada", "Bo", "Dara", "Emil"):
        await chat.log(who, MONDAY, kind=Kind.CHANGE)
    await asked(chat, "Hana")
    made = await read(chat)
    assert made.digest.text.startswith(
        '{"made_on":"2026-11-18","sections":{"contributions":{"cells":[{"depart'
    )
    assert Week.read(made.digest.week).key == WEEK
    assert '"usual":0.0' in made.digest.text and '"entries":4' in made.digest.text


async def test_a_card_offers_the_page_and_the_week_before(chat: DigestChat) -> None:
    assert labels(card_of(await chat.say("Hana", "tandem digest"))) == ["As a page", "The week before"]
