"""What is around the handling of a concern: what is offered, what is left behind, and what goes wrong."""

import json

import pytest
import sqlalchemy as sa

from domain.concerns import Kind, Outcome, State
from handlers.slack import render as slack
from handlers.teams import render as teams
from storage import concerns, initiatives, publications
from storage.concerns import concern
from storage.people import person
from storage.store import Work
from storage.vault import VaultProblem
from tests.chat import words
from tests.concerns.conftest import Forum
from tests.concerns.handled import (
    action,
    answered,
    closed,
    errors,
    filled,
    handed,
    named,
    now,
    pressed,
    shown,
)

CANARY = "zebrafinch"


async def everywhere(forum: Forum) -> str:
    """All that is stored, as a thief of the database reads it."""

    def unit(work: Work) -> str:
        tables = sa.inspect(work.connection).get_table_names()
        rows = [
            str(tuple(row))
            for table in tables
            for row in work.connection.execute(sa.text(f'SELECT * FROM "{table}"'))
        ]
        return "\n".join(rows)

    return await forum.store.read(unit)


async def test_what_solved_the_like_before_is_offered_in_published_words_alone(forum: Forum) -> None:
    first = await named(forum, what="Correct claims were flagged as fraud, and customers were called.")
    await closed(forum, "Bo", first, "The fraud limit was lowered in secret.")

    def publish(work: Work) -> None:
        for observed in ("Correct claims were flagged as fraud.", "The canteen ran out of lentils."):
            publications.publish(
                work,
                number=first.number or 0,
                initiative_id=first.initiative_id,
                outcome=(concerns.by_case(work, first.case_id) or first).outcome,  # type: ignore[arg-type]
                observed=observed,
                text="Fewer false alarms since.",
                from_day=None,
                by=forum.company.person["Bo"],
            )

    await forum.store.write(publish)
    second = await named(forum, "Dara")
    said = words(await shown(forum, "Bo", second))
    assert "What came of the like before" in said
    assert "C-1, 18 November 2026: Correct claims were flagged as fraud." in said
    assert "lentils" not in said
    assert "in secret" not in said
    assert "customers were called" not in said


async def test_what_did_not_settle_it_for_its_own_reporter_is_offered_to_nobody(forum: Forum) -> None:
    first = await named(forum, what="Correct claims were flagged as fraud.")
    await closed(forum, "Bo", first)

    def publish(work: Work) -> None:
        publications.publish(
            work,
            number=first.number or 0,
            initiative_id=first.initiative_id,
            outcome=Outcome.EXPLAINED,
            observed="Correct claims were flagged as fraud.",
            text="Fewer false alarms since.",
            from_day=None,
            by=forum.company.person["Bo"],
        )

    await forum.store.write(publish)
    second = await named(forum, "Dara")

    async def is_offered() -> bool:
        return "What came of the like before" in words(await shown(forum, "Bo", second))

    assert await is_offered()
    opened = await forum.press("Ada", action("concern.mine.not_settled", first))
    await forum.submit("Ada", opened, {"words": "It happened again."})
    assert not await is_offered()
    await closed(forum, "Bo", first)
    assert not await is_offered()
    await forum.press("Ada", action("concern.mine.settled", first))
    assert await is_offered()


async def test_one_about_an_archived_initiative_is_still_answered(forum: Forum) -> None:
    one, code = await handed(forum)
    await forum.store.write(lambda work: initiatives.archive(work, forum.company.initiative["claims"]))
    await answered(forum, "Bo", one, "The tool is switched off now.")
    await closed(forum, "Bo", one)
    texts = await forum.store.read(lambda work: concerns.inbox(work, code.replace("-", "")))
    assert [message.kind for message in texts] == [Kind.ANSWERED, Kind.OUTCOME]


async def test_nothing_that_was_written_is_in_any_table(forum: Forum) -> None:
    one, _ = await handed(forum, what=f"The claims triage lost the {CANARY} file last week.")
    other = await named(forum, "Dara", f"The claims triage lost the {CANARY} file twice last week.")
    for each in (one, other):
        await pressed(forum, "Bo", each, "Take it")
        await answered(forum, "Bo", each, f"The {CANARY} file is back.")
        await answered(forum, "Bo", each, f"{CANARY} " * 400)  # too long
        await filled(forum, "Bo", each, "Note", text=f"The {CANARY} file was in a drawer.")
        await filled(forum, "Bo", each, "Severity and gap", severity="serious", reason=f"All {CANARY} files.")
        await forum.say("Bo", f"concern show C-{each.number}", "teams", private=False, conversation="19:team")
        await forum.say("Bo", "concern list")
        await closed(forum, "Bo", each, f"The {CANARY} file is found.")
        await forum.sent()
    stored = await everywhere(forum)
    assert CANARY not in stored
    assert "is yours" in stored  # what is answered is kept: the search above looks at the right place


async def test_of_an_anonymous_one_nothing_is_in_the_audit_log(forum: Forum) -> None:
    one, _ = await handed(forum)
    await pressed(forum, "Bo", one, "Take it")
    await answered(forum, "Bo", one, "It is known.")
    await forum.press("Dara", action("concern.take", one))
    await closed(forum, "Bo", one)
    assert not [row for row in await forum.rows("audit") if "concern" in str(row)]


async def test_a_text_that_looks_like_markup_or_a_formula_is_kept_as_it_was_typed(forum: Forum) -> None:
    odd = "=SUM(A1) <!channel> <@U-HANA> *bold* [link](https://example.com) flagged a claim last week."
    one = await named(forum, what=odd)
    await answered(forum, "Bo", one, odd)
    assert words(await shown(forum, "Bo", one)).count(odd) == 2


async def test_a_key_that_is_gone_leaves_the_card_without_text(forum: Forum) -> None:
    one = await named(forum)
    await forum.store.write(
        lambda work: (
            work.connection.execute(
                sa.update(concern).where(concern.c.case_id == one.case_id).values(body=b"x" * 100)
            ).rowcount
        )
    )
    assert "cannot be opened just now" in words(await shown(forum, "Bo", one))


async def test_of_a_product_owner_who_left_the_others_are_told(forum: Forum) -> None:
    one = await named(forum)
    await forum.press("Bo", action("concern.take", one))
    await forum.store.write(
        lambda work: (
            work.connection.execute(
                sa.update(person).where(person.c.id == forum.company.person["Bo"]).values(active=False)
            ).rowcount
        )
    )
    await forum.sent()
    opened = await forum.press("Ada", action("concern.mine.reply", one))
    await forum.submit("Ada", opened, {"words": "It happened once more."})
    told = {who for who, card in await forum.sent() if "It happened once more." in words(card)}
    assert {"Emil", "Hana"} <= told


async def test_words_that_cannot_be_locked_are_not_kept_and_it_says_so(
    forum: Forum, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = await named(forum)

    def broken(*whatever: object, **more: object) -> None:
        raise VaultProblem("it is away")

    monkeypatch.setattr(concerns, "write", broken)
    reply = await answered(forum, "Bo", one, "We look into it.")
    assert "cannot be locked away just now" in str(errors(reply))
    after = await now(forum, one)
    assert (after.state, after.first_answer_at) == (State.NEW, None)


async def test_the_longest_card_has_its_buttons_in_its_first_message_on_both_platforms(forum: Forum) -> None:
    long = {
        name: f"{name} last week " + "word & " * 65 for name in ("when", "led_to", "was_told", "would_settle")
    }
    one = await named(forum, what="It flagged a claim last week. " + "word & " * 200, **long)
    await answered(forum, "Bo", one, "answer & " * 200)
    await filled(forum, "Bo", one, "Note", text="note & " * 280)
    card = await shown(forum, "Bo", one)
    for pages in (slack.messages(card), teams.pages(card, "nonce")):
        assert "concern.close" in json.dumps(pages[0])
        everything = json.dumps(pages)
        for name in long:
            assert f"{name} last week" in everything
        assert everything.count("note &") == 280
