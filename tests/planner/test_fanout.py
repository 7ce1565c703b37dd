"""One card to many people, each once and in their own hours, on both databases."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from domain.calendar import local
from domain.preferences import Preferences
from handlers.cards import sentence
from handlers.fanout import place_many, tell_many
from storage import fanout, preferences
from storage.outbox import Priority, outbox
from storage.people import person
from storage.store import Store, Work
from tests import company
from tests.company import Company
from tests.conftest import MovedClock

CARD = sentence("The showcase is on Thursday.")


def due(work: Work) -> dict[int, datetime]:
    rows = work.connection.execute(sa.select(outbox.c.person_id, outbox.c.due_at))
    return {row.person_id: row.due_at for row in rows}


def move(work: Work, person_id: int, zone: str, country: str | None) -> None:
    work.connection.execute(
        sa.update(person).where(person.c.id == person_id).values(time_zone=zone, country=country)
    )


async def test_everybody_gets_it_once_in_their_own_hours(store: Store, clock: MovedClock) -> None:
    clock.now = datetime(2026, 11, 19, 12, 0, tzinfo=UTC)  # a Thursday
    made: Company = await company.founded(store)
    who = made.person

    def unit(work: Work) -> int:
        move(work, who["Bo"], "Asia/Tokyo", "JP")  # 21:00 on Thursday
        move(work, who["Cleo"], "America/New_York", None)  # 07:00
        move(work, who["Dara"], "Asia/Dubai", "AE")  # 16:00
        move(work, who["Emil"], "Asia/Jerusalem", "IL")
        preferences.put(work, who["Emil"], Preferences(paused_until=date(2026, 11, 20)))
        preferences.put(work, who["Hana"], Preferences(from_minute=8 * 60, until_minute=12 * 60))
        preferences.put(work, who["Ines"], Preferences(weekdays=frozenset({1})))
        return tell_many(work, "showcase/1", fanout.everybody(), CARD)

    assert await store.write(unit) == len(who)
    planned = await store.read(due)
    assert planned == {
        who["Ada"]: clock.now,
        who["Bo"]: datetime(2026, 11, 19, 23, 30, tzinfo=UTC),
        who["Cleo"]: datetime(2026, 11, 19, 13, 30, tzinfo=UTC),
        who["Dara"]: clock.now,
        who["Emil"]: datetime(2026, 11, 22, 6, 30, tzinfo=UTC),  # a Sunday, which is worked there
        who["Hana"]: datetime(2026, 11, 20, 7, 0, tzinfo=UTC),
        who["Ines"]: datetime(2026, 11, 23, 7, 30, tzinfo=UTC),
    }


async def test_the_same_batch_again_writes_only_to_who_was_not_written_to(store: Store) -> None:
    made = await company.founded(store)

    def send(work: Work, who: fanout.Who) -> int:
        return tell_many(work, "showcase/1", who, CARD)

    two = [made.person["Ada"], made.person["Bo"]]
    assert await store.write(lambda work: send(work, fanout.among(two))) == 2
    assert await store.write(lambda work: send(work, fanout.everybody())) == len(made.person) - 2
    assert await store.write(lambda work: send(work, fanout.everybody())) == 0


async def test_rows_carry_what_delivery_needs(store: Store, clock: MovedClock) -> None:
    made = await company.founded(store)
    ada = made.person["Ada"]
    expires = datetime(2026, 11, 20, tzinfo=UTC)

    def unit(work: Work) -> tuple[int, bool]:
        count = place_many(
            work,
            "pulse/7",
            fanout.among([ada]),
            "pulse:7",
            "pulse.card",
            {"pulse": "7"},
            priority=Priority.NORMAL,
            expires_at=expires,
        )
        return count, work.enqueued

    assert await store.write(unit) == (1, True)
    row = await store.read(lambda work: work.connection.execute(sa.select(outbox)).mappings().one())
    assert dict(row) | {"id": 0} == {
        "id": 0,
        "key": f"pulse/7:{ada}",
        "person_id": ada,
        "channel_id": None,
        "subject": "pulse:7",
        "revision": 0,
        "platform": None,
        "priority": Priority.NORMAL,
        "polite": True,
        "expires_at": expires,
        "batch": "pulse/7",
        "message": '{"type":"live","view":"pulse.card","params":{"pulse":"7"},"traceless":false}',
        "state": "waiting",
        "attempts": 0,
        "due_at": clock.now,
        "created_at": clock.now,
        "sent_at": None,
        "reason": None,
        "reference": None,
    }


async def test_an_earliest_time_is_each_zones_own_and_expired_is_not_written(
    store: Store, clock: MovedClock
) -> None:
    made = await company.founded(store)
    who = made.person

    def unit(work: Work) -> int:
        move(work, who["Bo"], "America/Los_Angeles", "US")
        move(work, who["Cleo"], "no/such-zone", "ZZ")
        preferences.put(work, who["Dara"], Preferences(paused_until=date(2026, 12, 24)))
        return tell_many(
            work,
            "nudge/1",
            fanout.among([who["Ada"], who["Bo"], who["Cleo"], who["Dara"]]),
            CARD,
            earliest=lambda zone: local(zone, date(2026, 11, 20), time(15)),
            expires_at=datetime(2026, 11, 21, 12, tzinfo=UTC),
        )

    assert await store.write(unit) == 3
    assert await store.read(due) == {
        who["Ada"]: local(ZoneInfo("Europe/Berlin"), date(2026, 11, 20), time(15)),
        who["Bo"]: local(ZoneInfo("America/Los_Angeles"), date(2026, 11, 20), time(15)),
        who["Cleo"]: datetime(2026, 11, 20, 15, tzinfo=UTC),
    }


async def test_what_must_not_wait_goes_at_once_and_those_who_left_get_nothing(
    store: Store, clock: MovedClock
) -> None:
    clock.now = datetime(2026, 11, 21, 23, 0, tzinfo=UTC)  # Saturday night
    made = await company.founded(store)

    def unit(work: Work) -> int:
        work.connection.execute(
            sa.update(person).where(person.c.id == made.person["Bo"]).values(active=False)
        )
        return tell_many(work, "urgent/1", fanout.everybody(), CARD, polite=False, priority=Priority.URGENT)

    assert await store.write(unit) == len(made.person) - 1
    planned = await store.read(due)
    assert set(planned.values()) == {clock.now}
    assert made.person["Bo"] not in planned


async def test_more_kinds_of_hours_than_go_into_one_statement(store: Store) -> None:
    made = await company.founded(store)
    wanted = 1003

    def unit(work: Work) -> int:
        base = (
            work.connection.execute(sa.select(person).where(person.c.id == made.person["Ada"]))
            .mappings()
            .one()
        )
        rows = [{**base, "id": 10_000 + n, "email": f"p{n}@alder.example"} for n in range(wanted)]
        work.connection.execute(sa.insert(person), rows)
        for n in range(wanted):
            preferences.put(work, 10_000 + n, Preferences(from_minute=n, until_minute=1440))
        return tell_many(work, "many/1", fanout.everybody(), CARD)

    assert await store.write(unit) == wanted + len(made.person)


async def test_the_zones_of_active_people_are_named_once(store: Store) -> None:
    made = await company.founded(store)

    def unit(work: Work) -> list[str]:
        move(work, made.person["Bo"], "Asia/Tokyo", "JP")
        return fanout.zones(work)

    assert await store.write(unit) == ["Asia/Tokyo", "Europe/Berlin"]
