"""What the running bot's capabilities have planned, and what an organisation set, on both databases."""

import json
from datetime import timedelta

import sqlalchemy as sa

from bot.planner import Planner, Ticked
from domain.signoffs import State
from handlers.registry import capabilities
from storage import organisation, signoffs
from storage.audit import audit
from storage.store import Store, Work
from tests import company
from tests.conftest import MovedClock
from tests.signoffs.conftest import SignoffChat


async def test_requests_whose_time_is_up_are_closed_on_the_tick_and_only_then(
    store: Store, clock: MovedClock
) -> None:
    chat = SignoffChat(store, await company.founded(store))
    number = await chat.request()
    chores = [chore for one in capabilities() for chore in one.chores]
    planner = Planner(store, (), clock, chores=chores)

    async def state() -> State:
        found = await store.read(lambda work: signoffs.by_id(work, number))
        assert found is not None
        return found.state

    clock.move(days=14, minutes=-1)
    assert await planner.tick() == Ticked()
    assert await state() is State.PENDING
    clock.move(minutes=1)
    assert (await planner.tick()).chores == 1
    assert await state() is State.EXPIRED
    assert await planner.tick() == Ticked()


def test_every_schedule_and_chore_has_a_name_of_its_own_and_is_caught_up_for_a_while() -> None:
    schedules = [schedule for one in capabilities() for schedule in one.schedules]
    names = [one.name for one in schedules] + [chore.name for one in capabilities() for chore in one.chores]
    assert len(set(names)) == len(names) > 0
    assert all(timedelta(0) < one.catch_up <= timedelta(days=35) for one in schedules)


async def test_what_is_set_is_read_back_and_each_change_is_in_the_audit_log(store: Store) -> None:
    made = await company.founded(store)
    hana = made.person["Hana"]

    def entries(work: Work) -> list[tuple[int | None, dict[str, object]]]:
        rows = work.connection.execute(
            sa.select(audit.c.actor_id, audit.c.content).where(audit.c.event == "setting.changed")
        )
        return [(row.actor_id, json.loads(row.content)) for row in rows]

    first = {"day": 1, "zone": "Europe/Berlin"}
    assert await store.read(lambda work: organisation.get(work, "digest.weekly")) is None
    assert await store.write(lambda work: organisation.put(work, "digest.weekly", first, hana))
    assert not await store.write(lambda work: organisation.put(work, "digest.weekly", dict(first), hana))
    assert await store.read(lambda work: organisation.get(work, "digest.weekly")) == first
    assert await store.write(lambda work: organisation.put(work, "digest.weekly", None, None))
    assert await store.read(lambda work: organisation.get(work, "digest.weekly")) is None
    found = await store.read(entries)
    assert [actor for actor, _ in found] == [hana, None]
    assert all(content["subject"] == "setting:digest.weekly" for _, content in found)
