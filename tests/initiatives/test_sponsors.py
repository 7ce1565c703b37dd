"""Two sponsors are named by the rules and accept before they count, on both platforms and both databases."""

import pytest
import sqlalchemy as sa

from domain.people import Part, Platform
from handlers.capability import AnyReply
from handlers.conversation import Open, Replace, Say
from storage.people import person, team
from tests import company
from tests.chat import Chat, button, card_of, labels, words
from tests.initiatives.seen import PLATFORMS, asked, errors, events, move, stored, told


def values_for(platform: Platform, **people: str) -> dict[str, str | None]:
    named = {"business_sponsor": "Dara", "technical_sponsor": "Emil", "product_owner": "Bo"} | people
    return {
        "name": "Letter drafts",
        "key": "letters",
        "outcome": "Letters go out on the same day.",
        **{part: company.user_id(platform, name) for part, name in named.items()},
    }


async def submit_new(
    chat: Chat, platform: Platform, who: str = "Ines", department: str = "Operations", **people: str
) -> AnyReply:
    form = await chat.say(who, "initiative new", platform)
    teams = await chat.store.read(
        lambda work: {
            path: str(number) for number, path in work.connection.execute(sa.select(team.c.id, team.c.path))
        }
    )
    values = {**values_for(platform, **people), "department": teams[department]}
    return await chat.submit(who, form, values, platform)


async def give_role(chat: Chat, who: str, role: str) -> None:
    await chat.store.write(
        lambda work: work.connection.execute(
            sa.update(person).where(person.c.id == chat.company.person[who]).values(roles=role)
        )
    )


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_sponsors_of_a_new_initiative_are_asked_and_count_once_they_accept(
    chat: Chat, platform: Platform
) -> None:
    page = words(card_of(await submit_new(chat, platform)))
    assert "I have asked Dara Quill and Emil Stone to accept the role." in page
    assert "Business sponsor: Waiting for Dara Quill to accept" in page
    cards = dict(await told(chat))
    assert cards.keys() == {"Dara", "Emil"}
    assert "Ines Vale named you business sponsor of Letter drafts." in words(cards["Dara"])
    assert "accountable for the outcome" in words(cards["Dara"])
    assert "robustness and safe deployment" in words(cards["Emil"])

    done = await chat.press("Dara", button(cards["Dara"], "Accept"), platform)
    assert isinstance(done, Replace)
    assert "You are business sponsor of Letter drafts now." in words(done.card)
    one = await stored(chat, "letters")
    assert one.accepted(Part.BUSINESS_SPONSOR) and not one.accepted(Part.TECHNICAL_SPONSOR)
    assert "accepted and is business sponsor" in words(await asked(chat, "Ines"))
    page = words(card_of(await chat.say("Ada", "initiative show letters", platform)))
    assert "Business sponsor: Dara Quill, accepted" in page
    assert "Technical sponsor: Waiting for Emil Stone to accept" in page
    kept = [(event, one["details"]) for event, one in await events(chat)]
    assert kept[0][0] == "initiative.created"
    assert kept[0][1]["business_sponsor"] == chat.company.person["Dara"]
    assert kept[1:] == [("initiative.accepted", {"part": "business sponsor"})]


async def test_whoever_names_themselves_has_accepted_by_that(chat: Chat) -> None:
    await submit_new(chat, "slack", who="Emil")
    one = await stored(chat, "letters")
    assert one.accepted(Part.TECHNICAL_SPONSOR)
    assert [name for name, _ in await told(chat)] == ["Dara"]


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_what_is_against_the_rules_is_told_at_its_input(chat: Chat, platform: Platform) -> None:
    wrong = errors(
        await submit_new(
            chat, platform, business_sponsor="Hana", technical_sponsor="Ada", product_owner="Emil"
        )
    )
    assert "Hana Reed sits in People." in wrong["business_sponsor"]
    assert "Ada Fern sits in Operations/Claims." in wrong["technical_sponsor"]
    assert "Emil Stone sits in the AI function." in wrong["product_owner"]
    wrong = errors(await submit_new(chat, platform, department="AI function"))
    assert "technical partner" in wrong["department"]
    assert await told(chat) == []


async def test_one_person_does_not_wear_both_hats(chat: Chat) -> None:
    await give_role(chat, "Cleo", "technical")
    wrong = errors(await submit_new(chat, "slack", business_sponsor="Cleo", technical_sponsor="Cleo"))
    assert list(wrong) == ["technical_sponsor"]
    assert "two people" in wrong["technical_sponsor"]


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_a_sponsor_who_is_named_anew_is_asked_and_the_other_stays_accepted(
    chat: Chat, platform: Platform
) -> None:
    form = await chat.say("Cleo", "initiative edit claims", platform)
    page = await chat.submit("Cleo", form, {"business_sponsor": company.user_id(platform, "Dara")}, platform)
    assert "I have asked Dara Quill to accept the role." in words(card_of(page))
    one = await stored(chat)
    assert one.business_accepted_at is None and one.technical_accepted_at is not None
    assert "Cleo Marsh named you business sponsor" in words(await asked(chat, "Dara"))
    [(event, kept)] = await events(chat)
    assert event == "initiative.people"
    assert kept["details"]["before"]["business_sponsor"] == chat.company.person["Cleo"]
    assert kept["details"]["after"]["business_sponsor"] == chat.company.person["Dara"]


async def test_an_edit_that_changes_nobody_asks_nobody(chat: Chat) -> None:
    form = await chat.say("Cleo", "initiative edit claims")
    await chat.submit("Cleo", form, {"outcome": "Simple claims are settled within an hour."})
    one = await stored(chat)
    assert one.outcome.endswith("an hour.") and one.accepted(Part.BUSINESS_SPONSOR)
    assert await told(chat) == [] and await events(chat) == []


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_declining_tells_whoever_named_them(chat: Chat, platform: Platform) -> None:
    await submit_new(chat, platform)
    card = await asked(chat, "Dara")
    done = await chat.press("Dara", button(card, "Decline"), platform)
    assert "You declined to be business sponsor of Letter drafts. Ines Vale knows" in words(card_of(done))
    answer = await asked(chat, "Ines")
    assert "would rather not be business sponsor" in words(answer)
    assert isinstance(await chat.press("Ines", button(answer, "Name somebody else"), platform), Open)
    assert not (await stored(chat, "letters")).accepted(Part.BUSINESS_SPONSOR)
    assert (await events(chat))[-1][0] == "initiative.declined"


async def test_an_old_card_is_refused_with_the_present_state(chat: Chat) -> None:
    await submit_new(chat, "slack")
    card = await asked(chat, "Dara")
    form = await chat.say("Ines", "initiative edit letters")
    await chat.submit("Ines", form, {"business_sponsor": company.user_id("slack", "Cleo")})
    late = await chat.press("Dara", button(card, "Accept"))
    assert "The business sponsor of Letter drafts is Cleo Marsh and is asked to accept" in words(
        card_of(late)
    )
    assert (await stored(chat, "letters")).business_accepted_at is None


async def test_a_card_that_waits_says_that_somebody_else_is_named(chat: Chat) -> None:
    await submit_new(chat, "slack")
    form = await chat.say("Ines", "initiative edit letters")
    await chat.submit("Ines", form, {"business_sponsor": company.user_id("slack", "Cleo")})
    old = await asked(chat, "Dara")
    assert "Cleo Marsh is named business sponsor of Letter drafts now." in words(old)
    assert labels(old) == []


async def test_only_whoever_is_named_accepts(chat: Chat) -> None:
    await submit_new(chat, "slack")
    card = await asked(chat, "Dara")
    refused = await chat.press("Ada", button(card, "Accept"))
    assert "this is not yours to answer" in words(card_of(refused))
    assert (await stored(chat, "letters")).business_accepted_at is None


async def test_whoever_moved_away_can_no_longer_accept(chat: Chat) -> None:
    await submit_new(chat, "slack")
    card = await asked(chat, "Dara")
    await move(chat, "Dara", "People")
    refused = await chat.press("Dara", button(card, "Accept"))
    assert "Dara Quill sits in People." in words(card_of(refused))
    assert (await stored(chat, "letters")).business_accepted_at is None


async def test_accepting_twice_is_told_and_kept_once(chat: Chat) -> None:
    await submit_new(chat, "slack")
    card = await asked(chat, "Dara")
    await chat.press("Dara", button(card, "Accept"))
    again = await chat.press("Dara", button(card, "Accept"))
    assert "You have accepted already" in words(card_of(again))
    assert [event for event, _ in await events(chat)].count("initiative.accepted") == 1


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_people_are_asked_again_at_most_once_a_day(unaccepted: Chat, platform: Platform) -> None:
    page = card_of(await unaccepted.say("Ines", "initiative show claims", platform))
    again = button(page, "Ask Cleo Marsh again")
    assert "asked Cleo Marsh again" in words(card_of(await unaccepted.press("Ines", again, platform)))
    assert "Ines Vale named you business sponsor" in words(await asked(unaccepted, "Cleo"))
    assert "within the last day" in words(card_of(await unaccepted.press("Emil", again, platform)))
    assert await told(unaccepted) == []


async def test_others_are_not_offered_to_ask_and_are_refused(unaccepted: Chat) -> None:
    page = card_of(await unaccepted.say("Ines", "initiative show claims"))
    assert "Ask Cleo Marsh again" not in labels(
        card_of(await unaccepted.say("Ada", "initiative show claims"))
    )
    refused = await unaccepted.press("Ada", button(page, "Ask Cleo Marsh again"))
    assert "can ask again" in words(card_of(refused))
    assert await told(unaccepted) == []


async def test_whoever_is_named_can_accept_from_the_page_and_finds_it_at_home(unaccepted: Chat) -> None:
    home = card_of(await unaccepted.home("Cleo"))
    assert "You are named business sponsor of Claims triage." in words(home)
    page = card_of(await unaccepted.press("Cleo", button(home, "Look at it")))
    await unaccepted.press("Cleo", button(page, "Accept"))
    assert (await stored(unaccepted, "claimsfraud")).accepted(Part.BUSINESS_SPONSOR)
    assert "Claims fraud hints" not in words(card_of(await unaccepted.home("Cleo")))


async def test_the_same_press_again_is_answered_the_same_and_done_once(chat: Chat) -> None:
    await submit_new(chat, "slack")
    card = await asked(chat, "Dara")
    first = await chat.press("Dara", button(card, "Accept"), once="twice")
    second = await chat.press("Dara", button(card, "Accept"), once="twice")
    assert first == second
    assert [event for event, _ in await events(chat)].count("initiative.accepted") == 1


@pytest.mark.parametrize("platform", PLATFORMS)
async def test_whoever_added_it_mends_it_until_the_first_sponsor_has_accepted(
    chat: Chat, platform: Platform
) -> None:
    await submit_new(chat, platform, who="Hana")
    opened = await chat.say("Hana", "initiative edit letters", platform)
    assert isinstance(opened, Open)
    assert isinstance(await chat.submit("Hana", opened, {"name": "Letters"}, platform), Say)
    assert (await stored(chat, "letters")).name == "Letters"
    cards = dict(await told(chat))
    await chat.press("Dara", button(cards["Dara"], "Accept"), platform)
    refused = words(card_of(await chat.say("Hana", "initiative edit letters", platform)))
    assert "Only its sponsors" in refused
