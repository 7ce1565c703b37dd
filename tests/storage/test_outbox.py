"""A row of the outbox is the card in its place: what `revise` and each outcome make of it, on both databases."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from storage import channels, outbox
from storage.outbox import Placed, Waiting
from storage.store import Store, Work
from tests import outcomes
from tests.company import TENANT, Company, founded
from tests.conftest import MovedClock

LEASE = timedelta(seconds=60)


@pytest.fixture
async def company(store: Store) -> Company:
    return await founded(store)


@pytest.fixture
async def ada(store: Store, company: Company) -> int:
    """Somebody with a card "one" under the key "k"."""
    ada = company.person["Ada"]
    await store.write(lambda work: outbox.put(work, "k", ada, "one"))
    return ada


async def taken(store: Store) -> Waiting:
    [one] = await store.write(lambda work: outbox.take(work, limit=9, lease=LEASE))
    return one


async def nothing_is_due(store: Store) -> bool:
    return await store.write(lambda work: outbox.take(work, limit=9, lease=LEASE)) == []


async def delivered(store: Store, reference: str = "ref") -> None:
    one = await taken(store)
    assert await store.write(lambda work: outcomes.sent(work, one, reference, platform="slack"))


async def revised(store: Store, message: str, key: str = "k") -> bool:
    return await store.write(lambda work: outbox.revise(work, key, message))


async def stored(store: Store) -> tuple[str, str, str | None, str | None]:
    """State, words, reference and reason of the only row."""
    table = outbox.outbox
    columns = (table.c.state, table.c.message, table.c.reference, table.c.reason)
    row = await store.read(lambda work: work.connection.execute(sa.select(*columns)).one())
    return row[0], row[1], row[2], row[3]


async def test_a_card_that_was_sent_becomes_due_again_where_it_stands(store: Store, ada: int) -> None:
    await delivered(store)
    assert await stored(store) == ("sent", "", "ref", None)
    assert await revised(store, "two")
    one = await taken(store)
    assert (one.message, one.revision, one.reference, one.attempts) == ("two", 1, "ref", 1)
    assert (one.person_id, one.channel_id, one.platform) == (ada, None, "slack")


async def test_a_revision_wakes_the_worker_only_if_something_is_due_by_it(store: Store, ada: int) -> None:
    def unit(work: Work) -> bool:
        outbox.revise(work, "k", f"two {work.now}")
        return work.enqueued

    assert not await store.write(unit)
    await delivered(store)
    assert await store.write(unit)


async def test_before_the_first_send_only_the_newest_words_are_there(store: Store, ada: int) -> None:
    assert await revised(store, "two")
    assert await revised(store, "three")
    one = await taken(store)
    assert (one.message, one.reference) == ("three", None)


async def test_a_card_that_is_being_sent_is_not_given_to_another(
    store: Store, clock: MovedClock, ada: int
) -> None:
    one = await taken(store)
    assert await revised(store, "two")
    clock.move(seconds=30)
    assert await nothing_is_due(store)
    assert not await store.write(lambda work: outcomes.sent(work, one, "ref"))
    again = await taken(store)
    assert (again.message, again.reference, again.attempts) == ("two", "ref", 1)
    assert await store.write(lambda work: outcomes.sent(work, again, "ref"))
    assert await nothing_is_due(store)


async def test_the_same_words_again_are_no_revision_while_they_wait(store: Store, ada: int) -> None:
    assert not await revised(store, "one")
    one = await taken(store)
    assert not await revised(store, "one")
    assert await store.write(lambda work: outcomes.sent(work, one, "ref"))


async def test_there_is_nothing_to_revise_under_an_unknown_key_or_one_forgotten(
    store: Store, clock: MovedClock, ada: int
) -> None:
    assert not await revised(store, "two", "another")
    await delivered(store)
    clock.move(days=31)
    assert await store.write(lambda work: outbox.forget(work, before=work.now - timedelta(days=30))) == 1
    assert not await revised(store, "two")


async def test_an_outcome_that_comes_after_the_lease_changes_nothing(
    store: Store, clock: MovedClock, ada: int
) -> None:
    late = await taken(store)
    clock.move(seconds=61)
    current = await taken(store)
    assert await store.write(lambda work: outcomes.sent(work, current, "current"))
    await revised(store, "two")
    await store.write(lambda work: outcomes.sent(work, late, "late"))
    await store.write(lambda work: outcomes.give_up(work, late, "late"))
    await store.write(lambda work: outcomes.postpone(work, late, until=work.now, reason="late"))
    await store.write(lambda work: outcomes.gone(work, late, "late"))
    assert await stored(store) == ("waiting", "two", "current", None)
    assert (await taken(store)).reference == "current"


async def test_the_outcome_of_an_attempt_is_stored_once(store: Store, ada: int) -> None:
    one = await taken(store)
    assert await store.write(lambda work: outcomes.sent(work, one, "ref"))
    assert await store.write(lambda work: outcomes.sent(work, one, "ref"))
    assert await nothing_is_due(store)


async def test_newer_words_get_their_own_chance_when_the_older_were_refused(store: Store, ada: int) -> None:
    one = await taken(store)
    await revised(store, "two")
    assert not await store.write(lambda work: outcomes.give_up(work, one, "invalid_blocks"))
    again = await taken(store)
    assert again.message == "two"
    assert await store.write(lambda work: outcomes.give_up(work, again, "invalid_blocks"))
    assert (await stored(store))[0] == "dead"


async def test_a_pause_is_kept_though_the_card_was_revised(store: Store, clock: MovedClock, ada: int) -> None:
    one = await taken(store)
    await revised(store, "two")
    until = clock.now + timedelta(minutes=5)
    await store.write(lambda work: outcomes.postpone(work, one, until=until, reason="ratelimited"))
    await revised(store, "three")
    assert await store.read(outbox.next_due) == until
    clock.move(minutes=5)
    assert (await taken(store)).message == "three"


async def test_what_was_given_up_stays_so_unless_it_had_been_sent(store: Store, ada: int) -> None:
    one = await taken(store)
    await store.write(lambda work: outcomes.give_up(work, one, "not_in_channel"))
    assert await revised(store, "two")
    assert await nothing_is_due(store)
    assert await store.write(outbox.retry_dead) == 1
    again = await taken(store)
    assert again.message == "two"
    await store.write(lambda work: outcomes.sent(work, again, "ref"))
    await revised(store, "three")
    third = await taken(store)
    await store.write(lambda work: outcomes.give_up(work, third, "invalid_blocks"))
    assert await revised(store, "four")
    assert (await taken(store)).message == "four"


async def test_of_a_message_that_is_gone_nothing_is_kept_up_to_date(store: Store, ada: int) -> None:
    await delivered(store)
    await revised(store, "two")
    one = await taken(store)
    await revised(store, "three")
    await store.write(lambda work: outcomes.gone(work, one, "message_not_found"))
    assert await stored(store) == ("sent", "", None, "message_not_found")
    assert not await revised(store, "four")
    assert await nothing_is_due(store)


async def test_the_cards_about_a_subject_are_found(store: Store, company: Company, ada: int) -> None:
    def unit(work: Work) -> int:
        claims = channels.remember(work, "slack", TENANT["slack"], "C0CLAIMS", None)
        outbox.put(work, "own chat", ada, "one", subject="signoff:1")
        outbox.put(work, "in channel", None, "one", channel_id=claims, subject="signoff:1")
        outbox.put(work, "another", ada, "one", subject="signoff:12")
        return claims

    claims = await store.write(unit)
    found = await store.read(lambda work: outbox.of_subject(work, "signoff:1"))
    assert found == [Placed("own chat", ada, None), Placed("in channel", None, claims)]


async def test_every_card_about_a_subject_is_brought_up_to_date_where_it_was_sent(
    store: Store, clock: MovedClock, company: Company
) -> None:
    ada = company.person["Ada"]

    def placed(work: Work) -> None:
        for key in ("sent", "gone", "never sent", "refused", "leased", "of words"):
            outbox.put(work, key, ada, "ids", subject="signoff:1")
        outbox.put(work, "another", ada, "ids", subject="signoff:12")

    def settled(work: Work) -> Waiting:
        rows = {row.key: row for row in outbox.take(work, limit=9, lease=LEASE)}
        outcomes.sent(work, rows["sent"], "ref:sent", keep=True)
        outcomes.sent(work, rows["refused"], "ref:refused", keep=True)
        outcomes.sent(work, rows["another"], "ref:another", keep=True)
        outcomes.sent(work, rows["of words"], "ref:of words")
        outcomes.gone(work, rows["gone"], "message_not_found")
        outcomes.give_up(work, rows["never sent"], "not_in_channel")
        return rows["leased"]

    def refused(work: Work) -> None:
        outbox.revise(work, "refused", "ids, again")
        [row] = outbox.take(work, limit=9, lease=LEASE)
        outcomes.give_up(work, row, "no answer for hours")

    await store.write(placed)
    leased = await store.write(settled)
    await store.write(refused)
    await store.write(lambda work: outbox.touch(work, "signoff:1"))
    due = await store.write(lambda work: outbox.take(work, limit=9, lease=LEASE))
    assert {(row.key, row.reference, row.attempts) for row in due} == {
        ("sent", "ref:sent", 1),
        ("refused", "ref:refused", 1),
    }
    assert all(row.message for row in due)
    assert not await store.write(lambda work: outcomes.sent(work, leased, "ref:leased"))
    assert (await taken(store)).key == "leased"


async def test_a_message_goes_to_a_person_or_to_a_channel(store: Store, ada: int) -> None:
    with pytest.raises(ValueError, match="a person or to a channel"):
        await store.write(lambda work: outbox.put(work, "x", None, "one"))
    with pytest.raises(ValueError, match="a person or to a channel"):
        await store.write(lambda work: outbox.put(work, "x", ada, "one", channel_id=1))


async def test_a_channel_is_remembered_once_with_the_newest_way_there(store: Store) -> None:
    def remember(work: Work, conversation: str | None) -> int:
        return channels.remember(work, "teams", TENANT["teams"], "19:a@thread.tacv2", conversation)

    first = await store.write(lambda work: remember(work, "{}"))
    assert await store.write(lambda work: remember(work, '{"new":1}')) == first
    other = await store.write(
        lambda work: channels.remember(work, "slack", TENANT["slack"], "19:a@thread.tacv2", None)
    )
    assert other != first
    found = await store.read(lambda work: channels.by_id(work, first))
    assert found == (first, "teams", TENANT["teams"], "19:a@thread.tacv2", '{"new":1}')
    assert await store.read(lambda work: channels.by_id(work, 999)) is None
