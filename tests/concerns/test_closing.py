"""Closing a concern: with what came of it, in a second window where the outcome needs more."""

from datetime import date

import pytest

from domain.concerns import Outcome, State
from domain.limits import Extent
from domain.people import Platform
from handlers.capability import AnyReply
from handlers.cards import Context, Text, plain
from handlers.conversation import Open
from storage import initiatives, limits
from tests.chat import card_of, labels, words
from tests.concerns.conftest import WHAT, Forum
from tests.concerns.handled import (
    closed,
    errors,
    filled,
    handed,
    inbox,
    named,
    now,
    pressed,
    shown,
)


async def test_nothing_is_closed_without_saying_what_came_of_it(forum: Forum) -> None:
    one = await named(forum)
    found = errors(await filled(forum, "Bo", one, "Close"))
    assert set(found) == {"outcome", "words"}
    long = errors(await filled(forum, "Bo", one, "Close", outcome="explained", words="a" * 1001))
    assert "1,001 characters" in long["words"]
    assert (await now(forum, one)).state is State.NEW


BOTH = pytest.mark.parametrize("platform", ["slack", "teams"])


@BOTH
async def test_of_a_change_its_day_and_who_is_told_are_asked_in_a_second_window(
    forum: Forum, platform: Platform
) -> None:
    one = await named(forum)
    first = await pressed(forum, "Bo", one, "Close")
    assert names_of(first) == ["outcome", "words"]
    said = {"outcome": "changed", "words": "A person looks first."}
    second = await forum.submit("Bo", first, said, platform)
    assert isinstance(second, Open)
    assert [(each.name, each.value) for each in second.form.inputs() if hasattr(each, "value")] == [
        ("from_day", date(2026, 11, 18)),
        ("who", None),
        *said.items(),
    ]
    assert (await now(forum, one)).state is State.NEW
    again = await forum.submit("Bo", second, {"from_day": None, "who": "  "}, platform)
    assert set(errors(again)) == {"from_day", "who"}
    await forum.submit("Bo", again, {"from_day": "2026-12-01", "who": "everybody in Claims"}, platform)
    after = await now(forum, one)
    assert (after.state, after.outcome) == (State.CLOSED, Outcome.CHANGED)
    read = words(card_of(await forum.say("Ada", f"concern mine C-{one.number}")))
    assert "Changed: A person looks first.\nFrom 1 December 2026 on." in read
    assert "Who is told: everybody in Claims" in read


async def test_what_was_typed_stands_in_no_table_between_the_windows(forum: Forum) -> None:
    one = await named(forum)
    opened = await pressed(forum, "Bo", one, "Close")
    for outcome in ("changed", "limit"):
        reply = await forum.submit("Bo", opened, {"outcome": outcome, "words": "A zebrafinch looks first."})
        assert isinstance(reply, Open)
        assert "zebrafinch" not in reply.form.context
    await pressed(forum, "Bo", one, "Take it")
    tables = ("inbound", "outbox", "audit", "concern_message")
    kept = str([tuple(row) for table in tables for row in await forum.rows(table)])
    assert "zebrafinch" not in kept
    assert "is yours" in kept  # what is answered to others is kept: the search looks at the right place


async def test_whoever_thinks_again_in_the_second_window_is_asked_for_what_belongs_to_that(
    forum: Forum,
) -> None:
    one = await named(forum)
    changed = await filled(forum, "Bo", one, "Close", outcome="changed", words="It misreads dates.")
    limit = await forum.submit("Bo", changed, {"outcome": "limit"})
    assert names_of(limit) == ["whose", "extent", "outcome", "words"]
    reply = await forum.submit("Bo", limit, {"outcome": "explained"})
    assert "is closed" in words(card_of(reply))
    assert (await now(forum, one)).outcome is Outcome.EXPLAINED
    again = words(card_of(await forum.submit("Bo", limit, {"outcome": "explained"})))
    assert again == words(card_of(reply))  # the same once more, as a platform may send it
    other = await forum.submit("Bo", limit, {"outcome": "declined"})
    assert "is past that by now: answered" in words(card_of(other))


def names_of(reply: AnyReply) -> list[str]:
    assert isinstance(reply, Open), reply
    return [each.name for each in reply.form.inputs()]


async def test_a_refusal_carries_the_name_of_who_decided(forum: Forum) -> None:
    one, code = await handed(forum)
    await filled(
        forum, "Bo", one, "Close", outcome="declined", words="It is within the law and the contract."
    )
    assert await inbox(forum, code) == [
        "Not changed: It is within the law and the contract.\nDecided by Bo Lindqvist."
    ]


async def test_an_acknowledged_limit_is_stated_for_everybody_once(forum: Forum) -> None:
    one = await named(forum)
    long = errors(await filled(forum, "Bo", one, "Close", outcome="limit", words="a" * 501))
    assert "501 characters" in long["words"]
    second = await filled(forum, "Bo", one, "Close", outcome="limit", words="It misreads dates.")
    assert names_of(second) == ["whose", "extent", "outcome", "words"]
    missing = errors(await forum.submit("Bo", second, {}))
    assert set(missing) == {"whose", "extent"}
    await forum.submit("Bo", second, {"whose": "adjusters", "extent": "at the margin"})
    [stated] = await forum.store.read(lambda work: limits.of(work, forum.company.initiative["claims"]))
    assert (stated.text, stated.whose, stated.extent) == (
        "It misreads dates.",
        "adjusters",
        Extent.AT_THE_MARGIN,
    )
    assert stated.stated_by_id == forum.company.person["Bo"]
    assert (await now(forum, one)).limit_id == stated.id
    assert WHAT not in stated.text


async def test_a_limit_that_it_is_linked_to_is_not_stated_again(forum: Forum) -> None:
    first, second = await named(forum), await named(forum, "Dara")
    asked = await filled(forum, "Bo", first, "Close", outcome="limit", words="It misreads dates.")
    await forum.submit("Bo", asked, {"whose": "adjusters", "extent": "not"})
    linked = str((await now(forum, first)).limit_id)
    await filled(forum, "Bo", second, "Merge or link", limit=linked)
    assert "Stated limit: It misreads dates." in words(await shown(forum, "Bo", second))
    await filled(forum, "Bo", second, "Close", outcome="limit", words="That is a known limit.")
    known = await forum.store.read(lambda work: limits.of(work, forum.company.initiative["claims"]))
    assert len(known) == 1
    assert (await now(forum, second)).limit_id == known[0].id


async def test_no_limit_is_stated_of_no_deployment_or_of_one_that_is_closed(forum: Forum) -> None:
    none, gone = await named(forum, initiative=None), await named(forum, "Dara")
    more = {"outcome": "limit", "words": "It misreads dates."}
    assert "about no deployment" in errors(await filled(forum, "Hana", none, "Close", **more))["outcome"]
    await forum.store.write(lambda work: initiatives.archive(work, forum.company.initiative["claims"]))
    assert "is closed" in errors(await filled(forum, "Hana", gone, "Close", **more))["outcome"]


async def test_what_came_of_it_goes_to_a_reporter_with_a_name_at_once(forum: Forum) -> None:
    one = await named(forum)
    await forum.sent()
    await closed(forum, "Bo", one)
    [own] = [card for who, card in await forum.sent() if who == "Ada"]
    assert "What came of it (week 47)\nExplained: The limit was lowered." in words(own)
    assert {"Settled", "Not settled"} <= set(labels(own))


async def test_after_closing_publishing_is_offered_and_nothing_of_the_words_is_answered(forum: Forum) -> None:
    one = await named(forum)
    reply = card_of(await closed(forum, "Bo", one, "A secret reason."))
    assert "Publish the answer" in labels(reply)
    assert "secret" not in words(reply)
    assert labels(await shown(forum, "Hana", one)) == ["Publish the answer", "Ask or answer", "Note"]


async def test_a_limit_is_looked_at_before_everybody_reads_it(forum: Forum) -> None:
    one, _ = await handed(forum, what="The letter of the old lighthouse keeper was held for four weeks.")
    telling = "Dara Quill found that the letter of the old lighthouse keeper was held."
    second = await filled(forum, "Bo", one, "Close", outcome="limit", words=telling)
    assert isinstance(second, Open)
    said = "\n".join(plain(each.runs) for each in second.form.elements if isinstance(each, Text | Context))
    assert "This is what everybody will read among the limits of Claims triage:" in said
    assert telling in said and "“Dara Quill”" in said
    assert "“the letter of the old lighthouse keeper was held”: This stands so in what was written" in said
    more = {"whose": "adjusters", "extent": "at the margin"}
    changed = await forum.submit("Bo", second, {**more, "words": "It misreads old letters."})
    assert isinstance(changed, Open), "other words than those that were looked at are shown again"
    assert "could give somebody away" not in str(changed.form.elements)
    assert (await now(forum, one)).state is State.NEW
    assert "is closed" in words(card_of(await forum.submit("Bo", changed, {})))
    [stated] = await forum.store.read(lambda work: limits.of(work, forum.company.initiative["claims"]))
    assert stated.text == "It misreads old letters."
