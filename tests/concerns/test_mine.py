"""One's own concerns with a name: followed, answered and settled by whoever raised them, and by nobody else."""

import re

import pytest
import sqlalchemy as sa

from domain.concerns import Kind, Outcome, State
from domain.people import Platform
from domain.specificity import Told
from handlers.concerns.mine import NoneOfYours
from handlers.conversation import FieldErrors, Open, Replace, Say
from storage import concerns, people
from storage.store import Work
from tests.chat import button, card_of, labels, words
from tests.concerns.conftest import WHAT, Forum

BOTH = pytest.mark.parametrize("platform", ["slack", "teams"])


async def wrote(forum: Forum, text: str, kind: Kind = Kind.ANSWERED, **columns: object) -> None:
    """Somebody who handles C-1 writes, and it is put somewhere."""

    def unit(work: Work) -> None:
        one = concerns.by_number(work, 1)
        assert one is not None
        concerns.write(work, one, kind, text, author_id=forum.company.person["Bo"])
        if columns:
            concerns.change(work, one.case_id, **columns)

    await forum.store.write(unit)


async def closed(forum: Forum) -> None:
    await wrote(
        forum, "The limit was raised.", Kind.OUTCOME, state=State.CLOSED.value, outcome=Outcome.CHANGED.value
    )


async def thread(forum: Forum) -> list[tuple[Kind, str]]:
    def unit(work: Work) -> list[tuple[Kind, str]]:
        one = concerns.by_number(work, 1)
        assert one is not None
        return [(each.kind, each.text) for each in concerns.thread(work, one.case_id, with_notes=True)]

    return await forum.store.read(unit)


@BOTH
async def test_only_ones_own_with_ones_name_are_listed(forum: Forum, platform: Platform) -> None:
    assert "You have raised none with your name" in words(
        card_of(await forum.say("Ada", "concern mine", platform))
    )
    await forum.raised("Ada", name="named")
    await forum.raised("Dara", name="named")
    await forum.raised("Ada")
    shown = words(card_of(await forum.say("Ada", "concern mine", platform)))
    assert "C-1 · Claims triage · week 47 of 2026 · New" in shown
    assert "C-2" not in shown
    assert "without your name are not known to be yours" in shown


async def test_one_is_opened_with_what_was_written_and_its_thread_but_no_note(forum: Forum) -> None:
    await forum.raised("Ada", name="named", led_to="We checked each by hand.")
    await wrote(forum, "Which claims?", Kind.ASKED)
    await wrote(forum, "Emil should look at this.", Kind.NOTE)
    for reply in (
        await forum.press("Ada", button(card_of(await forum.say("Ada", "concern mine")), "Open")),
        await forum.say("Ada", "concern mine C-1"),
    ):
        shown = words(card_of(reply))
        assert WHAT in shown
        assert "We checked each by hand." in shown
        assert "Which claims?" in shown
        assert "Emil" not in shown
    assert "triage flagged" not in str(await forum.rows("inbound"))


async def test_of_others_nothing_is_opened_pressed_or_written(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    opened = card_of(await forum.say("Ada", "concern mine 1"))
    form = await forum.press("Ada", button(opened, "Write"))
    await closed(forum)
    waiting = card_of(await forum.say("Ada", "concern mine 1"))
    refused = NoneOfYours().sentence.replace("`concern mine`", "/concern mine")
    assert words(card_of(await forum.say("Dara", "concern mine 1"))) == refused
    for label in ("Write", "Settled", "Not settled"):
        assert words(card_of(await forum.press("Dara", button(waiting, label)))) == refused
    reply = await forum.submit("Dara", form, {"words": "It is mine."})
    assert refused.split(".")[0] in str(reply)
    assert [kind for kind, _ in await thread(forum)] == [Kind.OUTCOME]


@BOTH
async def test_a_word_reaches_those_who_handle_it_and_is_in_no_row_but_locked(
    forum: Forum, platform: Platform
) -> None:
    await forum.raised("Ada", name="named")
    before = len(await forum.rows("outbox"))
    opened = card_of(await forum.say("Ada", "concern mine 1", platform))
    form = await forum.press("Ada", button(opened, "Write"), platform)
    assert isinstance(await forum.submit("Ada", form, {"words": " "}, platform), FieldErrors)
    assert isinstance(await forum.submit("Ada", form, {"words": "x" * 2001}, platform), FieldErrors)
    reply = await forum.submit("Ada", form, {"words": "It was the water damage."}, platform)
    assert isinstance(reply, Say)
    assert await thread(forum) == [(Kind.REPLY, "It was the water damage.")]
    rows = await forum.rows("outbox")
    assert len(rows) > before
    assert "water damage" not in str(rows) + str(await forum.rows("inbound"))


async def test_settled_in_ones_own_word(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    opened = card_of(await forum.say("Ada", "concern mine 1"))
    assert "Settled" not in labels(opened)
    await closed(forum)
    opened = card_of(await forum.say("Ada", "concern mine 1"))
    assert "C-1 is settled for you" in words(card_of(await forum.press("Ada", button(opened, "Settled"))))
    again = await forum.press("Ada", button(opened, "Settled"), once="another")
    assert "past that" in words(card_of(again))
    assert [kind for kind, _ in await thread(forum)] == [Kind.OUTCOME, Kind.SETTLED]


async def test_not_settled_opens_it_once_and_a_second_time_is_kept(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    for said, state in (("open again, and with its sponsors too", "reopened"), ("stays closed", "closed")):
        await closed(forum)
        opened = card_of(await forum.say("Ada", "concern mine 1"))
        form = await forum.press("Ada", button(opened, "Not settled"))
        assert isinstance(form, Open)
        reply = await forum.submit("Ada", form, {"words": f"It still does it, {state}."})
        assert said in words(card_of(reply))
        [row] = await forum.rows("concern")
        assert row.state == state


async def test_ones_concerns_stand_on_ones_page_from_the_first_day_to_ones_word(forum: Forum) -> None:
    assert "Your concerns" not in words(card_of(await forum.home("Ada")))
    await forum.raised("Ada", name="named")
    shown = words(card_of(await forum.home("Ada")))
    due = "new, and a first answer is due by Wednesday 25 November, 17:30."
    assert f"C-1 about Claims triage: {due}" in shown
    await wrote(forum, "Which claims?", Kind.ASKED)
    shown = words(card_of(await forum.home("Ada")))
    assert "C-1 about Claims triage: they wrote to you." in shown
    assert "Which claims" not in shown and due not in shown
    await closed(forum)
    home = card_of(await forum.home("Ada"))
    assert "C-1 about Claims triage has its answer. Is it settled for you?" in words(home)
    form = await forum.press("Ada", button(home, "Not settled"))
    await forum.submit("Ada", form, {"words": "It still does it."})
    again = words(card_of(await forum.home("Ada")))
    assert "C-1 about Claims triage: not settled, and with its sponsors too." in again
    await closed(forum)
    await forum.press("Ada", button(card_of(await forum.home("Ada")), "Settled"))
    over = card_of(await forum.home("Ada"))
    assert "C-1" not in words(over)
    assert "C-1" in words(card_of(await forum.press("Ada", button(over, "All my concerns"))))


async def test_whoever_said_no_twice_is_not_asked_again_on_their_page(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    for said in ("It still does it.", "It does it all the same."):
        await closed(forum)
        form = await forum.press("Ada", button(card_of(await forum.home("Ada")), "Not settled"))
        await forum.submit("Ada", form, {"words": said})
    assert "Is it settled" not in words(card_of(await forum.home("Ada")))


async def test_neither_answer_is_the_one_that_is_wished_for(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    await closed(forum)
    opened = card_of(await forum.say("Ada", "concern mine 1"))
    assert [button(opened, label).style for label in ("Settled", "Not settled")] == ["default", "default"]
    assert button(opened, "Settled").confirm is not None


async def test_a_day_is_told_as_it_is_where_the_reporter_is(forum: Forum) -> None:
    await forum.store.write(
        lambda work: work.connection.execute(
            sa.update(people.person)
            .where(people.person.c.id == forum.company.person["Ada"])
            .values(time_zone="America/Los_Angeles")
        )
    )
    said = words(card_of(await forum.raised("Ada", name="named")))
    [day] = re.findall(r"due by (\w+ \d+ \w+, \d\d:\d\d)", said)
    assert day.endswith(" 08:30")  # 16:30 UTC
    assert f"due by {day}." in words(card_of(await forum.say("Ada", "concern mine 1")))
    view = forum.views["concern.mine"]
    ada = forum.company.person["Ada"]
    kept = await forum.store.read(lambda work: view(work, {"number": "1"}, ada, "slack"))
    assert kept is not None and f"due by {day}." in words(kept)


async def test_what_waits_for_ones_word_is_never_behind_newer_ones(forum: Forum) -> None:
    for number in range(22):
        if number == 15:
            forum.clock.move(days=2)
        await forum.raised("Ada", name="named")
    await closed(forum)
    shown = words(card_of(await forum.say("Ada", "concern mine")))
    assert shown.index("C-1 ·") < shown.index("C-22 ·") < shown.index("C-5 ·")
    assert "C-2 ·" not in shown  # twenty are shown
    assert "C-1 about Claims triage has its answer" in words(card_of(await forum.home("Ada")))


async def test_consent_to_be_quoted_is_taken_back(forum: Forum) -> None:
    await forum.raised("Ada", name="named", also=("quote",))
    opened = card_of(await forum.say("Ada", "concern mine 1"))
    other = await forum.press("Dara", button(opened, "Do not quote me"))
    assert "I know no concern of yours" in words(card_of(other))
    for once in ("first", "second"):
        said = await forum.press("Ada", button(opened, "Do not quote me"), once=once)
        assert "From now on no digest quotes your words on C-1." in words(card_of(said))
    after = card_of(await forum.say("Ada", "concern mine 1"))
    assert "Do not quote me" not in labels(after)
    assert WHAT in words(after)

    def told(work: Work) -> Told:
        one = concerns.by_number(work, 1)
        assert one is not None
        return Told.model_validate_json(concerns.body(work, one.case_id))

    kept = await forum.store.read(told)
    assert (kept.what, kept.may_quote) == (WHAT, False)


async def test_the_reporters_card_is_shown_to_nobody_else(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    view = forum.views["concern.mine"]

    def seen(work: Work, who: str) -> bool:
        return view(work, {"number": "1"}, forum.company.person[who], "slack") is not None

    assert await forum.store.read(lambda work: [seen(work, who) for who in ("Ada", "Bo", "Hana")]) == [
        True,
        False,
        False,
    ]


async def test_in_a_channel_no_text_of_a_concern_goes_through_the_outbox(forum: Forum) -> None:
    await forum.raised("Ada", name="named")
    await forum.say("Ada", "concern mine 1", private=False, can_ask=False)
    await forum.say("Ada", f"concern {WHAT}", private=False, can_ask=False)
    assert "triage flagged" not in str(await forum.rows("outbox")) + str(await forum.rows("inbound"))


async def test_the_weekly_line_is_turned_off_and_on_for_oneself(forum: Forum) -> None:
    from handlers.cards import Button

    off = await forum.press("Ada", Button(label="", action="concern.line.off"))
    assert isinstance(off, Replace)
    await forum.press("Ada", button(off.card, "Get it again"))
    [row] = await forum.rows("preference")
    assert not row.answers_line_off
