"""What was published of a concern can be corrected and withdrawn; what it said before is kept for its handlers."""

import json

import pytest

from bot.playground.blocks import check_message_blocks
from domain.digests import Week
from domain.people import Platform
from handlers.capability import AnyReply
from handlers.cards import Button, Card
from handlers.concerns.concern_sections import BRIEF, WEEK
from handlers.concerns.exporting import exported
from handlers.conversation import FieldErrors, Open, Say
from handlers.digests.making import sending
from handlers.slack import render as slack
from handlers.teams import limits
from handlers.teams import render as teams
from storage import privacy, publications
from storage.store import Work
from tests.chat import buttons_of, card_of, labels, words
from tests.concerns.conftest import Forum
from tests.concerns.test_publishing import CHANGED, OBSERVED, closed, form_words, publish
from tests.teams.test_render import assert_valid

BETTER = "A person looks at every claim above 500 euros before it is held back."
REMARK = "It holds above 500 euros alone; we had said every claim."
REASON = "The change was taken back on Monday."


def press_of(card: Card, action: str) -> Button:
    return next(one for one in buttons_of(card) if one.action == action)


async def shown(forum: Forum, who: str = "Hana") -> Card:
    """What was published of the first concern, from the button on its card."""
    whole = card_of(await forum.say(who, "concern show C-1"))
    return card_of(await forum.press(who, press_of(whole, "concern.published")))


async def correct(
    forum: Forum, platform: Platform = "slack", who: str = "Hana", **values: str | None
) -> AnyReply:
    button = press_of(await shown(forum, who), "concern.correct")
    opened = await forum.press(who, button, platform)
    usual: dict[str, str | None] = {"text": BETTER, "remark": REMARK}
    looked = await forum.submit(who, opened, usual | values, platform)
    assert isinstance(looked, Open), looked
    return await forum.submit(who, looked, {}, platform)


async def withdraw(forum: Forum, platform: Platform = "slack", who: str = "Hana") -> AnyReply:
    button = press_of(await shown(forum, who), "concern.withdraw")
    return await forum.submit(who, await forum.press(who, button, platform), {"reason": REASON}, platform)


async def everywhere(forum: Forum) -> dict[str, str]:
    """Where published words are read: what stands there."""

    def unit(work: Work) -> dict[str, str]:
        zone = sending(work).zone_info
        week = Week.of(work.now.astimezone(zone).date())
        facts = WEEK.gather(work, week, zone)
        claims = forum.company.initiative["claims"]
        return {
            "digest": "" if facts is None else facts.model_dump_json(),
            "brief": "\n".join(BRIEF.reported(work, claims, week.first)),
            "found": str([one.text for one in publications.alike(work, ["held", "claim"])]),
            "file": exported(work, "json"),
        }

    pages = await forum.store.read(unit)
    for line in ("initiative show claims", "concern changes", "concern changes claims"):
        pages[line] = words(card_of(await forum.say("Dara", line)))
    return pages


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_corrected_words_are_read_everywhere_in_the_place_of_the_first(
    forum: Forum, platform: Platform
) -> None:
    await publish(forum, await closed(forum), platform)
    assert all(CHANGED in page for page in (await everywhere(forum)).values())
    said = words(card_of(await correct(forum, platform)))
    assert "Corrected. " in said and BETTER in said
    for name, page in (await everywhere(forum)).items():
        assert BETTER in page and CHANGED not in page, name
    page = (await everywhere(forum))["concern changes"]
    assert f"Corrected on 19 November 2026: {REMARK}" in page


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_what_is_withdrawn_is_read_and_found_nowhere_but_that_it_was_and_why(
    forum: Forum, platform: Platform
) -> None:
    await publish(forum, await closed(forum), platform)
    assert "Withdrawn. " in words(card_of(await withdraw(forum, platform)))
    pages = await everywhere(forum)
    for name, page in pages.items():
        assert CHANGED not in page and OBSERVED not in page, name
    for line in ("concern changes", "concern changes claims"):
        assert f"What stood here was withdrawn on 19 November 2026: {REASON}" in pages[line]
    assert json.loads(pages["file"])["concerns"][0]["published_text"] is None


async def test_those_who_handle_it_read_what_it_said_before_with_who_and_when(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    forum.clock.move(days=1)
    await correct(forum, who="Emil")
    page = words(await shown(forum))
    assert f"Version 1, by Hana Reed on 19 November 2026: {OBSERVED}" in page and CHANGED in page
    assert "Corrected by Emil" in page and "on 20 November 2026." in page
    forum.clock.move(days=1)
    await withdraw(forum)
    page = words(await shown(forum))
    assert "Withdrawn by Hana Reed on 21 November 2026." in page
    assert f"What was different then: {REMARK}" in page and BETTER in page and CHANGED in page
    assert "Correct it" not in labels(await shown(forum))


async def test_only_those_who_handle_a_concern_correct_and_withdraw(forum: Forum) -> None:
    button = await closed(forum, "Ada", name="named")
    await publish(forum, button)
    for action in ("concern.published", "concern.correct", "concern.withdraw"):
        for who, why in (("Dara", "handle the concerns"), ("Ada", "You raised this one yourself")):
            refused = await forum.press(who, Button(label="", action=action, value="1"))
            assert why in words(card_of(refused)), (action, who)
        for value in ("", "99", "x", "9" * 30, "1 OR 1"):
            refused = await forum.press("Hana", Button(label="", action=action, value=value))
            assert "no such concern" in words(card_of(refused)), (action, value)
    opened = await forum.press("Hana", Button(label="", action="concern.withdraw", value="1"))
    assert "handle the concerns" in str(await forum.submit("Dara", opened, {"reason": REASON}))
    assert CHANGED in (await everywhere(forum))["concern changes"]


async def test_what_is_not_published_cannot_be_corrected_or_withdrawn(forum: Forum) -> None:
    await closed(forum)
    for action in ("concern.correct", "concern.withdraw"):
        refused = await forum.press("Hana", Button(label="", action=action, value="1"))
        assert "Nothing is published" in words(card_of(refused))


async def test_a_correction_is_looked_at_first_and_warned_of_names(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    opened = await forum.press("Hana", Button(label="", action="concern.correct", value="1"))
    typed: dict[str, str | None] = {"text": "Zanzibarium, as Ada Fern said.", "remark": "Ada Fern asked."}
    looked = await forum.submit("Hana", opened, typed)
    assert "These could give somebody away:" in form_words(looked)
    assert "“Ada Fern”" in form_words(looked)
    for table in ("inbound", "outbox", "audit", "concern_publication", "concern_publication_past"):
        assert "Zanzibarium" not in str(await forum.rows(table)), table
    again = await forum.submit("Hana", looked, {"text": BETTER, "remark": REMARK})
    assert isinstance(again, Open)
    assert "give somebody away:" not in form_words(again)
    assert isinstance(await forum.submit("Hana", again, {}), Say)


async def test_a_reason_that_could_give_somebody_away_is_looked_at_once_more(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    opened = await forum.press("Hana", Button(label="", action="concern.withdraw", value="1"))
    looked = await forum.submit("Hana", opened, {"reason": "Ada Fern wanted it so."})
    assert "These could give somebody away:" in form_words(looked)
    assert CHANGED in (await everywhere(forum))["concern changes"]
    assert isinstance(await forum.submit("Hana", looked, {"reason": REASON}), Say)
    assert REASON in (await everywhere(forum))["concern changes"]


async def test_two_who_correct_at_once_see_each_other_and_nothing_is_lost(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    button = Button(label="", action="concern.correct", value="1")
    hers = await forum.submit(
        "Hana", await forum.press("Hana", button), {"text": "Hers.", "remark": "Shorter."}
    )
    his = await forum.submit(
        "Emil", await forum.press("Emil", button), {"text": "His.", "remark": "Shorter too."}
    )
    assert isinstance(await forum.submit("Hana", hers, {}), Say)
    asked = await forum.submit("Emil", his, {})
    assert "Somebody changed it since you opened this form" in form_words(asked)
    assert "Hers." in form_words(asked) and "His." in form_words(asked)
    assert "Hers." in (await everywhere(forum))["concern changes"]
    assert isinstance(await forum.submit("Emil", asked, {}), Say)
    assert "His." in (await everywhere(forum))["concern changes"]
    page = words(await shown(forum))
    assert all(each in page for each in (CHANGED, "Hers.", "His."))


async def test_the_same_sent_twice_changes_once(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    opened = await forum.press("Hana", Button(label="", action="concern.correct", value="1"))
    looked = await forum.submit("Hana", opened, {"text": BETTER, "remark": REMARK})
    for _ in range(2):
        assert "Corrected. " in words(card_of(await forum.submit("Hana", looked, {})))
    assert len(await forum.rows("concern_publication_past")) == 1
    opened = await forum.press("Hana", Button(label="", action="concern.withdraw", value="1"))
    for _ in range(2):
        assert "Withdrawn. " in words(card_of(await forum.submit("Hana", opened, {"reason": REASON})))
    assert len(await forum.rows("concern_publication_past")) == 2
    other = await forum.submit("Emil", opened, {"reason": "Something else."})
    assert "Nothing is published" in str(other)


async def test_what_is_missing_too_long_or_unchanged_is_said_at_its_input(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    opened = await forum.press("Hana", Button(label="", action="concern.correct", value="1"))
    reply = await forum.submit("Hana", opened, {"observed": "x" * 301, "text": ""})
    assert isinstance(reply, FieldErrors)
    assert set(reply.errors) == {"observed", "text", "remark"}
    reply = await forum.submit("Hana", opened, {"remark": REMARK})
    assert isinstance(reply, FieldErrors)
    assert reply.errors == {"text": "These are the words that are published already."}
    opened = await forum.press("Hana", Button(label="", action="concern.withdraw", value="1"))
    for reason in ("", "x" * 301):
        reply = await forum.submit("Hana", opened, {"reason": reason})
        assert isinstance(reply, FieldErrors)
        assert set(reply.errors) == {"reason"}


async def test_the_cards_of_those_who_were_told_read_as_it_stands(forum: Forum) -> None:
    await publish(forum, await closed(forum), tell="department")
    before = [words(card) for _, card in await forum.sent() if "Because somebody" in words(card)]
    assert len(before) == 4
    assert all(CHANGED in one for one in before)
    await correct(forum)
    after = [words(card) for _, card in await forum.sent() if BETTER in words(card)]
    assert len(after) == 4
    assert all(REMARK in one for one in after)
    await withdraw(forum)
    assert len([card for _, card in await forum.sent() if REASON in words(card)]) == 4


async def test_what_is_withdrawn_before_it_was_sent_is_not_sent(forum: Forum) -> None:
    await publish(forum, await closed(forum), tell="department")
    await withdraw(forum)
    forum.clock.move(days=1)
    assert not [card for _, card in await forum.sent() if "Because somebody" in words(card)]


async def test_what_was_withdrawn_can_be_published_anew_and_is_another_publication(forum: Forum) -> None:
    button = await closed(forum)
    opened = await forum.press("Hana", button)
    looked = await forum.submit("Hana", opened, {"observed": OBSERVED, "text": CHANGED})
    await forum.submit("Hana", looked, {})
    await withdraw(forum)
    # The window in which it was looked at before it was published the first time.
    asked = await forum.submit("Hana", looked, {})
    assert isinstance(asked, Open)
    assert CHANGED not in (await everywhere(forum))["concern changes"]
    await publish(forum, button, text=BETTER, tell="department")
    page = (await everywhere(forum))["concern changes"]
    assert BETTER in page and REASON in page and CHANGED not in page
    assert len([card for _, card in await forum.sent() if BETTER in words(card)]) == 4
    assert len(await forum.rows("concern_publication")) == 2


async def test_a_digest_that_is_kept_stays_as_it_was(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    forum.clock.move(days=7)
    kept = await forum.say("Hana", "tandem digest")
    assert CHANGED in words(card_of(kept))
    rows = await forum.rows("digest")
    await correct(forum)
    assert await forum.rows("digest") == rows


async def test_who_corrected_is_told_so_by_their_own_page_of_what_is_stored(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    await correct(forum, who="Emil")
    found = await forum.store.read(lambda work: privacy.about(work, forum.company.person["Emil"]))
    assert found["concern_publication.revised_by_id"].rows == 1
    page = words(card_of(await forum.say("Emil", "tandem privacy")))
    assert "published answers that you corrected or withdrew last" in page


async def test_what_was_published_of_a_concern_that_is_open_again_is_still_corrected(forum: Forum) -> None:
    """It keeps the outcome that was published while there is no other."""
    await publish(forum, await closed(forum, "Ada", name="named"))
    opened = await forum.press("Ada", Button(label="", action="concern.mine.not_settled", value="1"))
    await forum.submit("Ada", opened, {"words": "It still does it."})
    whole = card_of(await forum.say("Hana", "concern show C-1"))
    assert "What was published" in labels(whole) and "Publish the answer" not in labels(whole)
    for page in teams.pages(whole, "n"):
        assert limits.problems(page) == []
    await correct(forum)
    assert f"Changed: {BETTER}" in (await everywhere(forum))["concern changes"]
    await withdraw(forum)
    # There is no answer that could be published until it is closed again.
    whole = card_of(await forum.say("Hana", "concern show C-1"))
    assert "What was published" in labels(whole) and "Publish the answer" not in labels(whole)


async def test_both_platforms_take_the_page_and_its_forms(forum: Forum) -> None:
    await publish(forum, await closed(forum), text="x " * 490 + ".")
    for count in range(8):
        await correct(forum, observed=f"{count} " + "y " * 140 + ".", text="z " * 490 + ".")
    page = await shown(forum)
    for message in slack.messages(page):
        assert check_message_blocks(message["blocks"]) == []
    for made in teams.pages(page, "n"):
        assert_valid(made)
        assert limits.problems(made) == []
    correcting = await forum.press("Hana", press_of(page, "concern.correct"))
    looked = await forum.submit("Hana", correcting, {"text": BETTER, "remark": REMARK})
    withdrawing = await forum.press("Hana", press_of(page, "concern.withdraw"))
    warned = await forum.submit("Hana", withdrawing, {"reason": "Ada Fern wanted it so."})
    settings = await forum.say("Hana", "concern settings")
    for opened in (correcting, looked, withdrawing, warned, settings):
        assert isinstance(opened, Open)
        assert len(slack.modal(opened.form)["blocks"]) == len(opened.form.elements)
        assert limits.problems(teams.form(opened.form, "n")) == []
