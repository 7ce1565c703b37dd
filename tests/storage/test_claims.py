"""What goes next, and what may not go yet, on both databases."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from domain.pacing import Limit, Limits
from domain.people import Platform
from domain.preferences import Preferences
from storage import channels, claims, outbox, outcomes, pace, people, preferences
from storage.claims import Claim
from storage.outbox import Priority
from storage.store import Store, Work
from tests.company import TENANT, Company, founded, user_id
from tests.conftest import MovedClock

LEASE = timedelta(seconds=15)
SLOW: Mapping[Platform, Limits] = {
    "slack": Limits(chat=Limit(per_second=1.0, burst=1), whole=Limit(per_second=2.0, burst=2))
}


@pytest.fixture
async def company(store: Store) -> Company:
    return await founded(store)


def always(zone: str, country: str | None, chosen: Preferences, now: datetime) -> datetime:
    return now


def tomorrow(zone: str, country: str | None, chosen: Preferences, now: datetime) -> datetime:
    return now + timedelta(days=1)


async def claim(
    store: Store,
    *,
    limit: int = 9,
    limits: Mapping[Platform, Limits] | None = None,
    allowed: claims.Allowed = always,
    platforms: tuple[str, ...] = ("slack",),
) -> Claim:
    return await store.write(
        lambda work: claims.claim(
            work, limit=limit, lease=LEASE, platforms=platforms, limits=limits or {}, allowed=allowed
        )
    )


async def keys(store: Store, *, limit: int = 9, limits: Mapping[Platform, Limits] | None = None) -> list[str]:
    return [one.row.key for one in (await claim(store, limit=limit, limits=limits)).rows]


async def done(store: Store, found: Claim) -> None:
    await store.write(
        lambda work: outcomes.settle(work, [outcomes.sent(one.row, "ref") for one in found.rows])
    )


async def state(store: Store) -> dict[str, int]:
    return await store.read(outbox.counts)


async def test_what_is_urgent_goes_first_and_what_is_overtaken_long_enough_before_it(
    store: Store, clock: MovedClock, company: Company
) -> None:
    def put(work: Work) -> None:
        outbox.put(work, "digest", company.person["Ada"], "x", priority=Priority.LATER)
        outbox.put(work, "note", company.person["Bo"], "x")
        outbox.put(work, "sign-off", company.person["Cleo"], "x", priority=Priority.URGENT)

    await store.write(put)
    assert await keys(store, limit=1) == ["sign-off"]
    clock.move(minutes=11)
    await store.write(
        lambda work: outbox.put(work, "new", company.person["Dara"], "x", priority=Priority.URGENT)
    )
    assert await keys(store) == ["digest", "note", "sign-off", "new"]


async def test_what_can_no_longer_help_is_not_sent_and_never_comes_back(
    store: Store, clock: MovedClock, company: Company
) -> None:
    soon = clock.now + timedelta(hours=1)
    await store.write(lambda work: outbox.put(work, "reminder", company.person["Ada"], "x", expires_at=soon))
    clock.move(hours=1)
    found = await claim(store)
    assert (found.rows, found.expired) == ([], 1)
    assert await state(store) == {"expired": 1}
    assert await store.write(outbox.retry_dead) == 0
    assert await store.read(outbox.next_due) is None


async def test_a_card_that_stands_already_is_updated_after_it_expired_and_outside_hours(
    store: Store, clock: MovedClock, company: Company
) -> None:
    soon = clock.now + timedelta(hours=1)
    await store.write(
        lambda work: outbox.put(work, "k", company.person["Ada"], "x", expires_at=soon, polite=True)
    )
    await done(store, await claim(store))
    clock.move(hours=2)
    await store.write(lambda work: outbox.revise(work, "k", "y"))
    assert [one.row.message for one in (await claim(store, allowed=tomorrow)).rows] == ["y"]


async def test_a_polite_message_waits_for_the_persons_hours_without_counting_an_attempt(
    store: Store, clock: MovedClock, company: Company
) -> None:
    def put(work: Work) -> None:
        outbox.put(work, "polite", company.person["Ada"], "x", polite=True)
        outbox.put(work, "answer", company.person["Ada"], "x")

    await store.write(put)
    found = await claim(store, allowed=tomorrow)
    assert [one.row.key for one in found.rows] == ["answer"]
    await done(store, found)
    assert await store.read(outbox.next_due) == clock.now + timedelta(days=1)
    clock.move(days=1)
    [late] = (await claim(store)).rows
    assert (late.row.key, late.row.attempts) == ("polite", 1)


async def test_the_hours_are_asked_with_what_the_person_chose(store: Store, company: Company) -> None:
    ada = company.person["Ada"]
    asked: list[tuple[str, str | None, int | None]] = []

    def ask(zone: str, country: str | None, chosen: Preferences, now: datetime) -> datetime:
        asked.append((zone, country, chosen.from_minute))
        return now

    def put(work: Work) -> None:
        preferences.put(work, ada, Preferences(from_minute=600, until_minute=700))
        outbox.put(work, "polite", ada, "x", polite=True)
        outbox.put(work, "usual", company.person["Bo"], "x", polite=True)

    await store.write(put)
    await claim(store, allowed=ask)
    assert asked == [("Europe/Berlin", "DE", 600), ("Europe/Berlin", "DE", None)]


async def test_to_one_place_one_message_goes_after_the_other_whoever_sends_it(
    store: Store, company: Company
) -> None:
    ada, bo = company.person["Ada"], company.person["Bo"]
    await store.write(lambda work: outbox.put(work, "first", ada, "x"))
    first = await claim(store)
    await store.write(lambda work: (outbox.put(work, "second", ada, "x"), outbox.put(work, "other", bo, "x")))
    meanwhile = await claim(store)
    assert [one.row.key for one in meanwhile.rows] == ["other"]
    assert meanwhile.again_at is not None
    await done(store, first)
    assert await keys(store) == ["second"]


async def test_a_message_that_failed_does_not_hold_back_what_is_behind_it(
    store: Store, clock: MovedClock, company: Company
) -> None:
    ada = company.person["Ada"]
    await store.write(
        lambda work: (outbox.put(work, "first", ada, "x"), outbox.put(work, "second", ada, "x"))
    )
    [first] = (await claim(store, limit=1)).rows
    later = clock.now + timedelta(seconds=5)
    await store.write(lambda work: outcomes.settle(work, [outcomes.later(first.row, later, "500")]))
    assert await keys(store) == ["second"]


async def test_a_chat_and_a_whole_workspace_get_no_more_than_their_pace(
    store: Store, clock: MovedClock, company: Company
) -> None:
    def put(work: Work) -> None:
        for name in ("Ada", "Ada", "Bo", "Cleo", "Dara"):
            outbox.put(work, f"{name} {work.connection.execute(_COUNT).scalar()}", company.person[name], "x")

    await store.write(put)
    found = await claim(store, limits=SLOW)
    assert [one.row.key for one in found.rows] == ["Ada 0", "Bo 2"]
    assert found.again_at == clock.now + timedelta(seconds=0.5)
    await done(store, found)
    clock.move(seconds=0.5)
    # The second to Ada still has to wait half a second, and holds nobody up.
    assert await keys(store, limits=SLOW) == ["Cleo 3"]
    clock.move(seconds=0.5)
    assert await keys(store, limits=SLOW) == ["Ada 1"]
    assert {one.row.attempts for one in found.rows} == {1}


_COUNT = sa.select(sa.func.count()).select_from(outbox.outbox)


async def test_a_platform_that_asks_for_a_pause_gets_it_from_every_replica(
    store: Store, clock: MovedClock, company: Company
) -> None:
    await store.write(lambda work: outbox.put(work, "k", company.person["Ada"], "x"))
    until = clock.now + timedelta(seconds=30)
    await store.write(lambda work: pace.hold(work, "slack", TENANT["slack"], SLOW["slack"], until=until))
    found = await claim(store, limits=SLOW)
    assert (found.rows, found.again_at) == ([], until)
    clock.move(seconds=30)
    assert await keys(store, limits=SLOW) == ["k"]


async def test_a_clock_that_is_set_back_does_not_hold_messages_for_long(
    store: Store, clock: MovedClock, company: Company
) -> None:
    def put(work: Work) -> None:
        for name in ("Ada", "Bo", "Cleo"):
            outbox.put(work, name, company.person[name], "x", due_at=work.now - timedelta(hours=2))

    await store.write(put)
    assert await keys(store, limits=SLOW) == ["Ada", "Bo"]
    clock.move(hours=-1)
    assert await keys(store, limits=SLOW) == ["Cleo"]
    assert await store.read(lambda work: outcomes.is_stuck(work, LEASE))
    assert await store.write(lambda work: outcomes.rescue(work, LEASE)) == 2
    clock.move(seconds=1)
    assert await keys(store, limits=SLOW) == ["Ada", "Bo"]


async def test_a_workspace_that_may_get_nothing_does_not_hide_what_is_behind_it(
    store: Store, clock: MovedClock, company: Company
) -> None:
    teams: tuple[str, ...] = ("slack", "teams")

    def put(work: Work) -> None:
        for number in range(300):
            outbox.put(work, f"slack {number}", company.person["Ada"], "x", platform="slack")
        outbox.put(work, "teams", company.person["Bo"], "x", platform="teams")

    await store.write(put)
    await store.write(
        lambda work: pace.hold(
            work, "slack", TENANT["slack"], SLOW["slack"], until=work.now + timedelta(minutes=5)
        )
    )
    for _ in range(9):
        found = await claim(store, limits=SLOW, platforms=teams)
        if found.rows:
            break
    assert [one.row.key for one in found.rows] == ["teams"]
    await done(store, found)
    clock.move(minutes=5)
    assert await keys(store, limits=SLOW) == ["slack 0"]


async def test_a_person_is_written_to_where_they_chose_and_once(store: Store, company: Company) -> None:
    both = ("slack", "teams")
    ada = company.person["Ada"]

    def choose(work: Work) -> None:
        preferences.put(work, ada, Preferences(platform="teams"))
        people.remember_chat(
            work,
            "slack",
            TENANT["slack"],
            user_id("slack", "Ada"),
            conversation=None,
            seen_at=work.now + timedelta(hours=1),
        )
        outbox.put(work, "chosen", ada, "x")

    await store.write(choose)
    [one] = (await claim(store, platforms=both)).rows
    assert one.identity is not None and one.identity.platform == "teams"
    await store.write(lambda work: preferences.put(work, ada, Preferences()))
    await done(store, Claim(rows=[one]))
    await store.write(lambda work: outbox.put(work, "last seen", ada, "x"))
    [one] = (await claim(store, platforms=both)).rows
    assert one.identity is not None and one.identity.platform == "slack"


async def test_whoever_left_everywhere_is_not_written_to_until_they_come_back(
    store: Store, company: Company
) -> None:
    ada = company.person["Ada"]

    def close(work: Work) -> None:
        for platform in ("slack", "teams"):
            people.close(work, platform, TENANT[platform], user_id(platform, "Ada"))
        outbox.put(work, "k", ada, "x")

    await store.write(close)
    found = await claim(store)
    assert (found.rows, found.dead) == ([], 1)
    assert await state(store) == {"dead": 1}
    await store.write(lambda work: people.link(work, "slack", TENANT["slack"], user_id("slack", "Ada"), ada))
    await store.write(lambda work: outbox.put(work, "new", ada, "x"))
    assert await keys(store) == ["new"]


async def test_a_retry_of_what_was_given_up_asks_the_platform_again(store: Store, company: Company) -> None:
    def close(work: Work) -> None:
        for name in ("Ada", "Bo"):
            for platform in ("slack", "teams"):
                people.close(work, platform, TENANT[platform], user_id(platform, name))
            outbox.put(work, f"digest:{name}", company.person[name], "x")

    await store.write(close)
    await claim(store)
    assert await store.write(lambda work: outbox.retry_dead(work, "digest:A")) == 1
    assert await keys(store) == ["digest:Ada"]
    assert await state(store) == {"waiting": 1, "dead": 1}


async def test_a_message_for_a_platform_that_somebody_left_goes_to_their_other_one(
    store: Store, company: Company
) -> None:
    def close(work: Work) -> None:
        people.close(work, "slack", TENANT["slack"], user_id("slack", "Ada"))
        outbox.put(work, "k", company.person["Ada"], "x", platform="slack")

    await store.write(close)
    [one] = (await claim(store, platforms=("slack", "teams"))).rows
    assert one.identity is not None and one.identity.platform == "teams"


async def test_what_a_worker_never_told_of_is_counted_as_possibly_there_twice(
    store: Store, clock: MovedClock, company: Company
) -> None:
    await store.write(lambda work: outbox.put(work, "k", company.person["Ada"], "x"))
    assert (await claim(store)).doubtful == 0
    clock.move(seconds=15)
    again = await claim(store)
    assert (again.doubtful, again.rows[0].row.attempts) == (1, 2)


async def test_a_lease_that_is_renewed_holds_and_one_that_was_lost_is_not_renewed(
    store: Store, clock: MovedClock, company: Company
) -> None:
    await store.write(lambda work: outbox.put(work, "k", company.person["Ada"], "x"))
    [one] = (await claim(store)).rows
    first, second = one.row.leased_until, one.row.leased_until + timedelta(seconds=10)
    clock.move(seconds=10)
    assert await store.write(lambda work: outcomes.renew(work, [one.row.id], [first], second)) == {one.row.id}
    clock.move(seconds=10)
    assert await keys(store) == []
    told = outcomes.sent(one.row, "ref")
    await store.write(lambda work: outcomes.settle(work, [told]))
    assert await state(store) == {"waiting": 1}
    clock.move(seconds=5)
    assert await keys(store) == ["k"]
    assert (
        await store.write(lambda work: outcomes.renew(work, [one.row.id], [first, second], second)) == set()
    )
    await store.write(lambda work: outcomes.settle(work, [told], {one.row.id: {first, second}}))
    assert await state(store) == {"waiting": 1}


async def test_a_channel_has_a_pace_of_its_own(store: Store, clock: MovedClock, company: Company) -> None:
    def put(work: Work) -> None:
        claims_channel = channels.remember(work, "slack", TENANT["slack"], "C0CLAIMS", None)
        for number in range(3):
            outbox.put(work, f"c{number}", None, "x", channel_id=claims_channel)
        outbox.put(work, "own chat", company.person["Ada"], "x")

    await store.write(put)
    found = await claim(store, limits=SLOW)
    assert [one.row.key for one in found.rows] == ["c0", "own chat"]
