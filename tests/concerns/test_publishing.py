"""What came of a concern is published in handlers' words, after a look, and everybody can read it."""

import csv
import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from domain.concerns import Outcome
from domain.people import Platform
from handlers import spoken
from handlers.capability import AnyReply
from handlers.cards import Button, Text, plain
from handlers.concerns.exporting import COLUMNS, exported
from handlers.conversation import FieldErrors, Open, Say
from storage import channels, concerns, initiatives, publications
from storage.outbox import outbox
from storage.store import Work
from tests.chat import buttons_of, card_of, labels, words
from tests.concerns.conftest import WHAT, Forum

OBSERVED = "Correct claims were held back as possible fraud."
CHANGED = "A person looks at every claim before it is held back."


async def closed(forum: Forum, who: str = "Ada", *, name: str = "anonymous", what: str = WHAT) -> Button:
    """Raise a concern, have HR close it; the button that publishes what changed."""
    await forum.raised(who, what, name=name)
    if name == "anonymous":
        await forum.hand_over()
    opened = await forum.press("Hana", Button(label="", action="concern.close", value="1"))
    more = await forum.submit("Hana", opened, {"outcome": "changed", "words": CHANGED})
    await forum.submit("Hana", more, {"from_day": "2026-11-18", "who": "nobody"})
    shown = card_of(await forum.say("Hana", "concern show C-1"))
    return next(one for one in buttons_of(shown) if one.action == "concern.publish")


async def publish(
    forum: Forum, button: Button, platform: Platform = "slack", who: str = "Hana", **values: str | None
) -> AnyReply:
    """Fill in the form, look at it, and publish."""
    opened = await forum.press(who, button, platform)
    usual: dict[str, str | None] = {"observed": OBSERVED, "text": CHANGED}
    looked = await forum.submit(who, opened, usual | values, platform)
    assert isinstance(looked, Open), looked
    return await forum.submit(who, looked, {}, platform)


def form_words(reply: AnyReply) -> str:
    assert isinstance(reply, Open), reply
    return reply.form.model_dump_json()


@pytest.mark.parametrize("platform", ["slack", "teams"])
async def test_published_words_stand_on_the_initiative_and_in_a_list_for_everybody(
    forum: Forum, platform: Platform
) -> None:
    button = await closed(forum)
    said = words(card_of(await publish(forum, button, platform, from_day="2026-11-20")))
    assert "Published. Nobody is written to." in said
    for line in ("initiative show claims", "concern changes", "concern changes claims"):
        page = words(card_of(await forum.say("Dara", line, platform)))
        assert "20 November 2026: " in page, line
        assert f"{OBSERVED} Changed: {CHANGED}" in page, line
        assert "C-1" not in page and WHAT not in page, line
    other = words(card_of(await forum.say("Dara", "concern changes complaints", platform)))
    assert "Nothing was published yet." in other
    assert "Because somebody" not in words(card_of(await forum.say("Dara", "initiative show complaints")))


@pytest.mark.parametrize(
    ("outcome", "came"),
    [
        ("explained", "Explained"),
        ("limit", "Known limit"),
        ("declined", "Not changed"),
        ("changed", "Changed"),
    ],
)
def test_what_came_of_it_is_said_as_it_is(outcome: str, came: str) -> None:
    """Nobody reads "changed" of what was refused; what ends with a sign of its own gets no other."""
    said = spoken.words("Did it hold them back?", Outcome(outcome), "We looked (twice!)")
    assert said == f"Did it hold them back? {came}: We looked (twice!)"
    assert spoken.words("It held them", Outcome(outcome), "We looked") == f"It held them. {came}: We looked."


async def test_names_from_anywhere_and_the_reporters_own_words_are_warned_of(forum: Forum) -> None:
    """Dara sits in another team than the product owner; the reporter's sentence is nobody else's."""
    text = "The letter of the old lighthouse keeper was held for four weeks, twice."
    button = await closed(forum, what=f"{text} Nobody told us why.")
    opened = await forum.press("Hana", button)
    said = "Dara Quill saw that the letter of the old lighthouse keeper was held."
    looked = await forum.submit("Hana", opened, {"observed": said, "text": CHANGED})
    assert isinstance(looked, Open)
    shown = "\n".join(plain(one.runs) for one in looked.form.elements if isinstance(one, Text))
    assert "“Dara Quill”: A name leads to a person" in shown
    assert "“the letter of the old lighthouse keeper was held”: This stands so in what was written" in shown
    other = await forum.submit("Hana", looked, {"observed": OBSERVED})
    assert "could give somebody away" not in form_words(other)


async def test_of_an_archived_initiative_its_own_page_is_shown(forum: Forum) -> None:
    await publish(forum, await closed(forum))
    claims = forum.company.initiative["claims"]
    await forum.store.write(lambda work: initiatives.archive(work, claims))
    for line in ("concern changes claims", "concern changes claims triage"):
        page = words(card_of(await forum.say("Dara", line)))
        assert "Because somebody spoke: Claims triage" in page and OBSERVED in page, line


async def test_the_form_is_empty_and_the_first_time_it_is_sent_it_is_only_looked_at(forum: Forum) -> None:
    button = await closed(forum, what="The claims triage flagged the Fernside claim as fraud last week.")
    opened = await forum.press("Hana", button)
    assert isinstance(opened, Open)
    assert "Fernside" not in form_words(opened)
    assert [getattr(one, "value", None) for one in opened.form.inputs()] == [None, None, None, "nobody"]
    assert "must not give anybody away" in form_words(opened)
    text = "Since Ada Fern told us, a person looks at it."
    looked = await forum.submit("Hana", opened, {"observed": OBSERVED, "text": text})
    assert isinstance(looked, Open)
    said = "\n".join(plain(one.runs) for one in looked.form.elements if isinstance(one, Text))
    assert f"{OBSERVED} Changed: {text}" in said
    assert "These could give somebody away:" in said and "“Ada Fern”" in said
    assert await forum.rows("concern_publication") == []
    # Other words than those that were looked at are shown again.
    again = await forum.submit("Hana", looked, {"text": CHANGED})
    assert isinstance(again, Open)
    assert "These could give somebody away" not in form_words(again)
    assert await forum.rows("concern_publication") == []
    assert isinstance(await forum.submit("Hana", again, {}), Say)
    assert len(await forum.rows("concern_publication")) == 1


async def test_words_that_were_looked_at_and_not_published_stand_nowhere(forum: Forum) -> None:
    button = await closed(forum)
    opened = await forum.press("Hana", button)
    await forum.submit("Hana", opened, {"observed": "Zanzibarium", "text": CHANGED})
    for table in ("inbound", "outbox", "audit", "concern_publication", "concern", "concern_message"):
        assert "Zanzibarium" not in str(await forum.rows(table)), table


async def test_a_concern_is_published_once_whoever_sends_what_how_often(forum: Forum) -> None:
    button = await closed(forum)
    opened = await forum.press("Hana", button)
    looked = await forum.submit("Hana", opened, {"observed": OBSERVED, "text": CHANGED})
    first = await forum.submit("Hana", looked, {})
    assert "Published" in words(card_of(first))
    assert "Published" in words(card_of(await forum.submit("Hana", looked, {})))
    other = await forum.submit("Emil", looked, {"text": "Something else."})
    assert "is published already" in str(other)
    assert "is published already" in words(card_of(await forum.press("Emil", button)))
    assert len(await forum.rows("concern_publication")) == 1
    assert "Publish the answer" not in labels(card_of(await forum.say("Hana", "concern show C-1")))


async def test_only_whoever_handles_a_concern_publishes_and_only_once_it_has_an_answer(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    button = Button(label="", action="concern.publish", value="1")
    assert "has no answer yet" in words(card_of(await forum.press("Hana", button)))
    assert "handle the concerns" in words(card_of(await forum.press("Dara", button)))
    await forum.press("Hana", Button(label="", action="concern.take", value="1"))
    for value in ("", "99", "x", "9" * 30, "1 OR 1"):
        refused = await forum.press("Hana", Button(label="", action="concern.publish", value=value))
        assert "no such concern" in words(card_of(refused)), value


async def test_words_that_are_missing_or_too_long_are_said_at_their_input(forum: Forum) -> None:
    button = await closed(forum)
    opened = await forum.press("Hana", button)
    reply = await forum.submit("Hana", opened, {"observed": "x" * 301, "from_day": "2026-02-31"})
    assert isinstance(reply, FieldErrors)
    assert set(reply.errors) == {"observed", "text", "from_day"}
    assert "keep it to 300" in reply.errors["observed"]


async def test_the_channel_for_news_is_told_where_it_was_chosen(forum: Forum) -> None:
    def unit(work: Work) -> int:
        number = channels.remember(work, "slack", "T0ALDER", "C1", None)
        initiatives.set_channel(work, forum.company.initiative["claims"], number)
        return number

    channel_id = await forum.store.write(unit)
    said = words(card_of(await publish(forum, await closed(forum), tell="channel")))
    assert "The channel for news of Claims triage is told." in said
    rows = await told(forum, "concern.published:1:%")
    assert [(person, channel) for person, channel, _ in rows] == [(None, channel_id)]
    assert OBSERVED not in rows[0][2]  # it is made when it is sent, and says what is published then
    sent = [words(card) for who, card in await forum.sent() if who == "a channel"]
    assert len(sent) == 1
    assert OBSERVED in sent[0] and WHAT not in sent[0]


async def test_everybody_whose_work_it_touches_is_told_once_in_their_hours(forum: Forum) -> None:
    said = words(card_of(await publish(forum, await closed(forum), tell="department")))
    assert "4 people in Operations are told" in said
    rows = await told(forum, "concern.published:1:%")
    names = {number: name for name, number in forum.company.person.items()}
    assert {names[person] for person, _, _ in rows if person is not None} == {"Ada", "Bo", "Cleo", "Dara"}


async def test_nobody_is_told_of_what_is_about_no_deployment(forum: Forum) -> None:
    await forum.raised("Ada", initiative=None)
    await forum.hand_over()
    opened = await forum.press("Hana", Button(label="", action="concern.close", value="1"))
    await forum.submit("Hana", opened, {"outcome": "explained", "words": "It is so."})
    opened = await forum.press("Hana", Button(label="", action="concern.publish", value="1"))
    assert "Everybody in" not in form_words(opened)
    looked = await forum.submit("Hana", opened, {"observed": OBSERVED, "text": CHANGED, "tell": "department"})
    said = words(card_of(await forum.submit("Hana", looked, {})))
    assert "Nobody is written to" in said
    assert "No deployment named, " in words(card_of(await forum.say("Ada", "concern changes")))


async def test_a_list_that_is_long_is_turned_by_pages(forum: Forum) -> None:
    def unit(work: Work) -> None:
        for number in range(1, 26):
            publications.publish(
                work,
                number=number,
                initiative_id=forum.company.initiative["claims"],
                outcome=Outcome.EXPLAINED,
                observed=f"Observation {number:02}.",
                text="So.",
                from_day=None,
                by=forum.company.person["Hana"],
            )

    await forum.store.write(unit)
    shown = card_of(await forum.say("Ada", "concern changes"))
    seen = words(shown)
    while "Earlier" in labels(shown):
        shown = card_of(await forum.press("Ada", next(buttons_of(shown))))
        seen += words(shown)
    assert all(seen.count(f"Observation {number:02}.") == 1 for number in range(1, 26))
    page = words(card_of(await forum.say("Ada", "initiative show claims")))
    assert page.count("Observation") == 5 and "Observation 25." in page
    assert "/concern changes claims shows the earlier ones" in page


async def told(forum: Forum, like: str) -> list[tuple[int | None, int | None, str]]:
    """To whom messages with such keys go, and what they say."""
    query = sa.select(outbox.c.person_id, outbox.c.channel_id, outbox.c.message).where(
        outbox.c.key.like(like)
    )
    rows = await forum.store.read(lambda work: work.connection.execute(query).all())
    return [(row[0], row[1], row[2]) for row in rows]


# ----------------------------------------------------------------------------------------------------------- a file


async def test_a_file_has_where_concerns_are_and_what_was_published_and_no_text_of_a_case(
    forum: Forum,
) -> None:
    button = await closed(forum, name="named", what="The claims triage flagged a correct claim Zanzibarium.")
    await publish(forum, button, observed='=HYPERLINK("http://x.example")')
    await forum.code("Dara", "The complaints tool Zanzibarium was wrong twice last week.")
    text = await forum.store.read(lambda work: exported(work, "csv"))
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["number"] for row in rows] == ["C-1"]  # what is not handed over has none
    assert (rows[0]["initiative_key"], rows[0]["state"], rows[0]["outcome"]) == (
        "claims",
        "closed",
        "changed",
    )
    assert rows[0]["published_observed"].startswith("'=HYPERLINK")
    assert rows[0]["published_text"] == CHANGED
    assert datetime.fromisoformat(rows[0]["closed_at_utc"]) == datetime(2026, 11, 18, 12, tzinfo=UTC)
    for found in (text, await forum.store.read(lambda work: exported(work, "json"))):
        assert "Zanzibarium" not in found and "Ada" not in found
    kept: dict[str, Any] = json.loads(await forum.store.read(lambda work: exported(work, "json")))
    assert list(kept["concerns"][0]) == list(dict.fromkeys(kept["concerns"][0]))
    assert set(kept["concerns"][0]) == set(COLUMNS)
    one = await forum.store.read(lambda work: concerns.by_number(work, 1))
    assert one is not None and kept["concerns"][0]["week"] == one.week
