"""Reports, records and requests for files in chat, on both databases."""

from datetime import date

import pytest
import sqlalchemy as sa

from domain.contributions import Degree, Kind, Status
from domain.errors import NoSuchInitiative, NotAllowed
from domain.people import Act, may
from handlers.conversation import MESSAGE, FileMessage, Replace, Say
from handlers.reports import CAPABILITY, NotAPeriod, OldButton
from storage import outbox, people
from storage.people import person
from storage.store import Work
from tests.reports.conftest import Asked, buttons, elements, words

FULL = ("Bo", "Cleo", "Emil", "Hana", "Ines")
OWN_ONLY = ("Ada", "Dara")


async def _two_months(asked: Asked) -> None:
    await asked.log("Ada", minutes=120, degree=Degree.LEAD)
    await asked.log("Ada", kind=Kind.TESTING, minutes=None, degree=Degree.SUPPORTING)
    await asked.log("Dara", kind=Kind.REVIEW, minutes=30)
    await asked.log("Emil", kind=Kind.DATA, minutes=45)
    await asked.log("Dara", day=date(2026, 11, 3), minutes=600)
    await asked.log("Dara", "complaints", minutes=600)


async def _files(asked: Asked) -> list[FileMessage]:
    rows = await asked.store.read(
        lambda work: work.connection.execute(sa.select(outbox.outbox.c.message)).scalars().all()
    )
    found = [MESSAGE.validate_json(row) for row in rows]
    return [message for message in found if isinstance(message, FileMessage)]


@pytest.mark.parametrize("who", FULL)
async def test_those_who_answer_for_it_see_the_whole_month_with_names(asked: Asked, who: str) -> None:
    await _two_months(asked)
    reply = await asked.type(who, "contribute report claims October")
    assert isinstance(reply, Say)
    assert reply.card.summary == "In October 3 people of 3 teams put 3 h 15 min into Claims triage."
    by_team, by_person = elements(reply, "table")
    assert by_team.rows == (
        ("AI function", "data", "1", "45 min"),
        ("Operations/Claims", "data", "1", "2 h"),
        ("Operations/Claims", "testing", "1", "no effort given"),
        ("Operations/Complaints", "review", "1", "30 min"),
    )
    assert by_person.rows == (
        ("Ada Fern", "data (lead), testing (supporting)"),
        ("Dara Quill", "review (equal)"),
        ("Emil Stone", "data (equal)"),
    )
    (chart,) = elements(reply, "chart")
    assert chart.categories == ("data", "review")
    assert [(one.name, one.values) for one in chart.series] == [
        ("AI function", (0.75, 0.0)),
        ("Operations", (2.0, 0.5)),
    ]
    assert chart.summary == "AI function: data 0.75 h. Operations: data 2 h, review 0.5 h."
    assert "1 of 4 entries gave no effort; the hours do not include it." in words(reply)


@pytest.mark.parametrize("who", OWN_ONLY)
async def test_everybody_else_sees_their_own_part_and_nobody_s_name(asked: Asked, who: str) -> None:
    await _two_months(asked)
    reply = await asked.type(who, "contribute report claims triage 2026-10")
    assert isinstance(reply, Say)
    said = {
        "Ada": "In October you put 2 h into Claims triage.",
        "Dara": "In October you put 30 min into Claims triage.",
    }
    assert reply.card.summary == said[who]
    assert not any(name in words(reply) for name in ("Ada Fern", "Dara Quill", "Emil Stone", "AI function"))
    assert buttons(reply)["CSV"][1].startswith("own ")
    assert not {"More names", "Earlier names"} & buttons(reply).keys()


async def test_the_reports_that_may_be_read_whole_are_those_of_the_permission_table(asked: Asked) -> None:
    everybody = await asked.store.read(lambda work: people.by_ids(work, asked.company.person.values()))
    for name, number in asked.company.person.items():
        plays = name in ("Bo", "Cleo", "Emil")
        assert (may(everybody[number], Act.REPORT_INITIATIVE) or plays) == (name in FULL)


async def test_entries_that_wait_or_were_declined_or_withdrawn_are_not_counted(asked: Asked) -> None:
    await asked.log("Ada", minutes=60)
    for status in (Status.AWAITING, Status.DECLINED, Status.WITHDRAWN):
        await asked.log("Dara", minutes=999, status=status)
    reply = await asked.type("Bo", "contribute report claims October")
    assert isinstance(reply, Say)
    assert reply.card.summary == "In October 1 person of 1 team put 1 h into Claims triage."
    assert "Dara" not in words(reply)


async def test_names_are_in_alphabetical_order_however_many_hours_they_have(asked: Asked) -> None:
    for who, minutes in (("Emil", 1000), ("Dara", 5), ("Bo", 700), ("Ada", 1)):
        await asked.log(who, minutes=minutes)
    reply = await asked.type("Hana", "contribute report claims October")
    assert [row[0] for row in elements(reply, "table")[1].rows] == [
        "Ada Fern",
        "Bo Lindqvist",
        "Dara Quill",
        "Emil Stone",
    ]
    assert all("h" not in row[1].split() for row in elements(reply, "table")[1].rows)


async def test_many_people_are_shown_in_pages(asked: Asked) -> None:
    def crowd(work: Work) -> None:
        work.connection.execute(
            sa.insert(person),
            [
                {
                    "name": f"Worker {n:02}",
                    "email": f"w{n}@alder.example",
                    "team_id": 1,
                    "time_zone": "UTC",
                    "locale": "en",
                    "roles": "",
                    "active": True,
                    "created_at": work.now,
                }
                for n in range(25)
            ],
        )
        found = work.connection.execute(
            sa.select(person.c.id, person.c.name).where(person.c.name.startswith("Worker"))
        )
        asked.company.person.update({name: number for number, name in found})

    await asked.store.write(crowd)
    for n in range(25):
        await asked.log(f"Worker {n:02}")
    first = await asked.type("Bo", "contribute report claims October")
    assert "People 1 to 20 of 25." in words(first)
    second = await asked.press("Bo", *buttons(first)["More names"])
    assert isinstance(second, Replace)
    assert [row[0] for row in elements(second, "table")[1].rows] == [f"Worker {n}" for n in range(20, 25)]
    assert buttons(second)["Earlier names"] == (
        "report.show",
        f"{asked.company.initiative['claims']} 2026-10 0",
    )
    assert "More names" not in buttons(second)


async def test_one_turns_to_the_month_before_and_back_but_not_into_the_future(asked: Asked) -> None:
    await _two_months(asked)
    now = await asked.type("Bo", "contribute report claims")
    assert isinstance(now, Say)
    assert now.card.summary == "In November 1 person of 1 team put 10 h into Claims triage."
    assert "December" not in buttons(now)
    before = await asked.press("Bo", *buttons(now)["October"])
    assert isinstance(before, Replace)
    assert before.card.summary.startswith("In October 3 people")
    assert "November" in buttons(before)


async def test_an_empty_month_says_so_and_offers_no_file(asked: Asked) -> None:
    reply = await asked.type("Bo", "contribute report claims")
    assert isinstance(reply, Say)
    assert reply.card.summary == "Nothing was logged on Claims triage in November."
    assert "CSV" not in buttons(reply)


async def test_without_an_initiative_those_that_one_may_report_on_are_offered(asked: Asked) -> None:
    reply = await asked.type("Bo", "contribute report last month")
    offered = buttons(reply)
    assert list(offered) == ["Claims fraud hints", "Claims triage", "Complaints summariser"]
    assert offered["Claims triage"][1].endswith(" 2026-10 0")
    assert "logged nothing yet" in words(await asked.type("Dara", "contribute report"))
    await asked.log("Dara")
    assert list(buttons(await asked.type("Dara", "contribute report"))) == ["Claims triage"]


async def test_an_ambiguous_name_offers_the_candidates_with_the_month_kept(asked: Asked) -> None:
    reply = await asked.type("Bo", "contribute report clams October")
    offered = buttons(reply)
    assert len(offered) >= 1
    assert all(" 2026-10 " in value for _, value in offered.values())
    with pytest.raises(NoSuchInitiative):
        await asked.type("Bo", "contribute report nonsense October")


async def test_a_file_of_an_initiative_is_for_those_who_answer_for_it_and_for_hr(asked: Asked) -> None:
    number = asked.company.initiative["claims"]
    value = f"initiative {number} 2026-10-01 2026-10-31 csv"
    for who in ("Bo", "Cleo", "Emil", "Hana"):
        reply = await asked.press(who, "report.file", value)
        assert isinstance(reply, Say)
        assert reply.card.summary == "I will send it to you here."
    for who in ("Ada", "Dara", "Ines"):
        with pytest.raises(NotAllowed):
            await asked.press(who, "report.file", value)
    sent = await _files(asked)
    assert [message.params["person_id"] for message in sent] == [
        str(asked.company.person[who]) for who in ("Bo", "Cleo", "Emil", "Hana")
    ]
    assert {message.filename for message in sent} == {"contributions-claims-2026-10.csv"}
    assert set(sent[0].params) == {"reach", "person_id", "initiative_id", "first", "last", "format"}


async def test_only_hr_is_offered_and_gets_everybody_s_entries(asked: Asked) -> None:
    for who in asked.company.person:
        reply = await asked.type(who, "contribute export")
        assert ("in HR" in words(reply)) == (who == "Hana")
        if who != "Hana":
            with pytest.raises(NotAllowed):
                await asked.press(who, "report.file", "all - - - xlsx")
    await asked.press("Hana", "report.file", "all - - - xlsx")
    assert [message.filename for message in await _files(asked)] == ["contributions-everybody.xlsx"]


async def test_a_period_that_cannot_be_read_is_answered_with_examples(asked: Asked) -> None:
    with pytest.raises(NotAPeriod):
        await asked.type("Ada", "contribute export someday")
    with pytest.raises(NotAPeriod):
        await asked.type("Ada", "contribute profile =1+1")


@pytest.mark.parametrize("action", ["report.show", "report.file", "profile.show", "profile.file"])
@pytest.mark.parametrize(
    "value",
    ["", "1", "x y z", "1 2026-13 0", "own - - - exe", "own 1 2 3 csv", "² 2026-10 0", "a b c d e", "9" * 30],
)
async def test_a_button_that_cannot_be_read_is_refused_in_words(
    asked: Asked, action: str, value: str
) -> None:
    with pytest.raises(OldButton):
        await asked.press("Hana", action, value)


async def test_what_changes_nothing_is_a_read() -> None:
    assert {name for name in (*CAPABILITY.commands, *CAPABILITY.presses) if name not in CAPABILITY.reads} == {
        "report.file",
        "profile.file",
    }


async def test_a_profile_shows_parts_effort_and_thanks_and_nothing_that_is_not_counted(asked: Asked) -> None:
    entry = await asked.log("Ada", minutes=120, degree=Degree.LEAD)
    await asked.log("Ada", "complaints", kind=Kind.EXPERTISE, minutes=None)
    await asked.log("Ada", status=Status.AWAITING, minutes=999)
    await asked.log("Ada", status=Status.WITHDRAWN, minutes=999)
    await asked.log("Ada", day=date(2025, 3, 1), minutes=999)
    await asked.thank(entry, "Bo", "It made the go-live possible.")
    reply = await asked.type("Ada", "contribute profile")
    assert isinstance(reply, Say)
    assert elements(reply, "table")[0].rows == (
        ("Claims triage", "data (lead)", "1", "2 h", "1"),
        ("Complaints summariser", "expertise (equal)", "1", "no effort given", "0"),
    )
    said = words(reply)
    assert "On Claims triage, an initiative led by Operations with the AI function" in said
    assert "led data work (1 entry, 2 h)." in said
    assert "“It made the go-live possible.” Bo Lindqvist, on Claims triage, 18 November 2026" in said
    assert "Not in it: 1 entry that waits for your word." in said
    assert "Milestones" not in said
    assert list(buttons(reply)) == ["Download", "2026", "2025"]


async def test_a_profile_of_a_year_is_shown_in_place_and_downloaded_by_ids_only(asked: Asked) -> None:
    await asked.log("Ada", day=date(2025, 3, 1))
    reply = await asked.press("Ada", *buttons(await asked.type("Ada", "contribute profile"))["2025"])
    assert isinstance(reply, Replace)
    assert "1 entry on 1 initiative, 1 h" in reply.card.summary
    await asked.press("Ada", *buttons(reply)["Download"])
    (message,) = await _files(asked)
    assert message.filename == "my-contributions-2025.html"
    assert message.params == {
        "person_id": str(asked.company.person["Ada"]),
        "first": "2025-01-01",
        "last": "2025-12-31",
    }


async def test_a_profile_without_entries_says_how_to_begin(asked: Asked) -> None:
    reply = await asked.type("Dara", "contribute profile")
    assert "You have no counted entries in this time." in words(reply)
    assert "Download" not in buttons(reply)
