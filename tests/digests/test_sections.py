"""What a capability brings to both digests and to the brief, without a change to either."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from domain.digests import Audience, Week
from domain.values import Value
from handlers import digests
from handlers.capability import Capability
from handlers.cards import Heading, Shown, Text, runs
from handlers.digests import briefs, making, page
from handlers.digests.sessions import Briefs
from handlers.sections import BriefSection, DigestSection
from storage.store import Work
from tests.chat import words
from tests.digests.conftest import WEEK, DigestChat

ZONE = ZoneInfo("Europe/Berlin")


class Plants(Value):
    watered: int


def plants(count: int | None, *, standing: bool = False) -> DigestSection[Plants]:
    """A section about so many plants."""

    def show(facts: Plants) -> tuple[Shown, ...]:
        return (Heading(text="Plants"), Text(runs=runs(f"{facts.watered} were watered.")))

    return DigestSection(
        name="plants",
        facts=Plants,
        gather=lambda work, week, zone: None if count is None else Plants(watered=count),
        show=show,
        quiet="no plant was watered",
        clause=lambda facts: f"{facts.watered} plants were watered",
        to_do=lambda facts, audience: ("Water the others.",) if audience is Audience.HR else (),
        standing=standing,
        changes=lambda before, after: (
            f"{before and before.watered} plants became {after and after.watered}.",
        ),
    )


async def shown(chat: DigestChat, section: DigestSection[Plants], audience: Audience = Audience.HR) -> str:
    known = digests.sections([Capability(name="garden", digest=(section,))])

    def unit(work: Work) -> str:
        return words(page.card(known, making.made(work, known, Week.read(WEEK), ZONE), [audience]))

    return await chat.store.write(unit)


async def test_a_section_is_read_in_both_digests_with_its_sentence_and_what_is_to_do(
    chat: DigestChat,
) -> None:
    for audience in Audience:
        said = await shown(chat, plants(3), audience)
        assert "3 plants were watered." in said and "Plants\n3 were watered." in said
        assert ("Water the others." in said) is (audience is Audience.HR)


async def test_a_section_without_anything_to_say_is_named_in_the_one_line(chat: DigestChat) -> None:
    said = await shown(chat, plants(None))
    assert "nothing is overdue and no plant was watered." in said and "Plants" not in said


async def test_what_happened_is_corrected_and_how_things_stood_is_not(chat: DigestChat) -> None:
    await shown(chat, plants(3))
    assert "Corrected on 18 November 2026. 3 plants became 5." in await shown(chat, plants(5))
    assert "5 plants became None." in await shown(chat, plants(None))


async def test_how_things_stood_is_kept_whatever_is_so_now(chat: DigestChat) -> None:
    first = await shown(chat, plants(3, standing=True))
    assert await shown(chat, plants(5, standing=True)) == first


def test_two_sections_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="one name"):
        digests.sections([Capability(name="garden", digest=(plants(1), plants(2)))])


async def test_the_brief_says_what_people_report_and_what_it_wants_decided(chat: DigestChat) -> None:
    claims = chat.company.initiative["claims"]

    def reported(work: Work, initiative_id: int, since: date) -> tuple[str, ...]:
        return (f"Twice wrong since {since}: answered.",) if initiative_id == claims else ()

    section = BriefSection(
        reported=reported,
        wanted=lambda work, initiative_id: ("Who tells adjusters?",) if initiative_id == claims else (),
    )
    brief = await chat.store.read(Briefs([section]).now)
    said = words(briefs.card(brief, "now"))
    assert said.count("What people report\n• Twice wrong since 2026-10-19: answered.") == 1
    assert said.count("• Who tells adjusters?") == 1
    assert brief.wanted == 4
