"""The list says which initiatives nobody from the business has made their own."""

import sqlalchemy as sa

from handlers.cards import Card
from storage import kpis
from storage.kpis import kpi
from storage.store import Work
from tests.chat import Chat, button, card_of, labels, words
from tests.initiatives.seen import move


async def add_number(chat: Chat, who: str) -> None:
    def unit(work: Work) -> None:
        work.connection.execute(
            sa.insert(kpi).values(
                initiative_id=chat.company.initiative["claims"],
                key="days",
                name="Days to settle",
                unit="days",
                direction="down",
                baseline=9.0,
                owner_id=chat.company.person[who],
                archived=False,
                created_at=work.now,
            )
        )

    await chat.store.write(unit)


def line_of(card: Card, name: str) -> str:
    return next((line for line in words(card).splitlines() if line.startswith(f"{name}: ")), "")


async def test_the_list_says_what_an_initiative_lacks_until_it_is_mended(unaccepted: Chat) -> None:
    await move(unaccepted, "Bo", "AI function")
    listed = card_of(await unaccepted.say("Cleo", "initiative list"))
    said = line_of(listed, "Claims triage")
    assert "Nobody from the business has accepted it yet." in said
    assert "owns a KPI of it yet" in said
    assert "Its product owner sits in the AI function." in said
    assert {"Look at it"} == set(labels(listed))  # who has not accepted mends nothing yet
    listed = card_of(await unaccepted.say("Ines", "initiative list"))
    assert {"Ask Cleo Marsh again", "Add a KPI", "Name somebody"} <= set(labels(listed))

    await move(unaccepted, "Bo", "Operations/Claims")
    await add_number(unaccepted, "Bo")
    number = unaccepted.company.initiative["claims"]
    assert await unaccepted.store.read(lambda work: kpis.business_owned(work, {number})) == {number}
    page = card_of(await unaccepted.say("Cleo", "initiative show claims"))
    await unaccepted.press("Cleo", button(page, "Accept"))
    assert line_of(card_of(await unaccepted.say("Cleo", "initiative list")), "Claims triage") == ""


async def test_a_number_of_the_ai_function_is_not_one_of_the_business(chat: Chat) -> None:
    await add_number(chat, "Emil")
    said = line_of(card_of(await chat.say("Ada", "initiative list")), "Claims triage")
    assert said == "Claims triage: Nobody from the business owns a KPI of it yet."


async def test_everybody_reads_the_marks_and_only_those_who_may_get_buttons(unaccepted: Chat) -> None:
    listed = card_of(await unaccepted.say("Ada", "initiative list"))
    assert "Nobody from the business has accepted it yet." in words(listed)
    assert labels(listed) == []
    listed = card_of(await unaccepted.say("Emil", "initiative list"))
    assert {"Ask Cleo Marsh again"} == set(labels(listed))
    listed = card_of(await unaccepted.say("Bo", "initiative list"))
    assert {"Add a KPI"} == set(labels(listed))
