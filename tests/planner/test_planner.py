"""What is due is planned once, whoever plans and whatever happens to clocks and processes, on both databases."""

import asyncio
import signal
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from bot.metrics import Metrics
from bot.planner import Planner, Ticked
from domain.schedules import TICK, Happening
from handlers.capability import tell
from handlers.cards import sentence
from handlers.schedule import Chore, Schedule
from storage import occurrences
from storage.occurrences import occurrence
from storage.outbox import outbox
from storage.store import Store, Work, open_store
from tests import company
from tests.conftest import MovedClock

FIRST = datetime(2026, 11, 18, 12, 30, tzinfo=UTC)
Plan = Callable[[Work, Happening], int]


def hourly(work: Work, after: datetime, until: datetime) -> Iterator[Happening]:
    """On the half hour, for ever."""
    at = after.replace(minute=30, second=0, microsecond=0) - timedelta(hours=1)
    while at <= until:
        if at > after:
            yield Happening(f"{at:%Y-%m-%dT%H}", at)
        at += timedelta(hours=1)


def write_one(person_id: int) -> Plan:
    def plan(work: Work, happening: Happening) -> int:
        tell(work, f"hourly:{happening.period}:{person_id}", person_id, sentence("It is half past."))
        return 1

    return plan


def schedule(plan: Plan, catch_up: timedelta = timedelta(hours=3), name: str = "hourly") -> Schedule:
    return Schedule(name, catch_up, hourly, plan)


def planned(work: Work) -> list[tuple[str, str, int]]:
    rows = work.connection.execute(
        sa.select(occurrence.c.period, occurrence.c.outcome, occurrence.c.messages).order_by(
            occurrence.c.schedule, occurrence.c.due_at
        )
    )
    return [(row.period, row.outcome, row.messages) for row in rows]


def keys(work: Work) -> list[str]:
    return list(work.connection.execute(sa.select(outbox.c.key).order_by(outbox.c.id)).scalars())


@pytest.fixture
async def ada(store: Store, clock: MovedClock) -> int:
    """Somebody who has been there for longer than anything is caught up with."""
    clock.move(days=-60)
    found = await company.founded(store)
    clock.move(days=60)
    return found.person["Ada"]


async def test_what_is_due_is_planned_with_its_messages_once(
    store: Store, clock: MovedClock, ada: int
) -> None:
    woken: list[bool] = []
    clock.now = FIRST - timedelta(hours=4, minutes=10)
    planner = Planner(store, [schedule(write_one(ada))], clock, on_enqueued=lambda: woken.append(True))
    await planner.tick()  # from here on the schedule is known
    clock.now = FIRST - timedelta(minutes=1)
    first = await planner.tick()
    assert first.planned > 0
    woken.clear()
    clock.now = FIRST
    assert await planner.tick() == Ticked(planned=1, messages=1)
    assert woken == [True]
    assert await planner.tick() == Ticked()
    clock.move(minutes=1)
    assert await planner.tick() == Ticked()
    assert woken == [True]
    assert (await store.read(planned))[-1] == ("2026-11-18T12", "planned", 1)
    assert (await store.read(keys)).count(f"hourly:2026-11-18T12:{ada}") == 1


async def test_nothing_is_caught_up_with_from_before_there_was_anybody(
    store: Store, clock: MovedClock
) -> None:
    clock.now = FIRST - timedelta(minutes=10)
    planner = Planner(store, [schedule(lambda work, happening: 1, timedelta(hours=20))], clock)
    assert await planner.tick() == Ticked()
    clock.now = FIRST + timedelta(minutes=10)
    await store.write(lambda work: company.found(work, days=0))
    clock.now = FIRST + timedelta(hours=2, minutes=1)
    assert (await planner.tick()).planned == 2
    assert [period for period, _, _ in await store.read(planned)] == ["2026-11-18T13", "2026-11-18T14"]


async def test_two_planners_at_once_plan_each_happening_once(
    database_url: str, store: Store, clock: MovedClock, ada: int
) -> None:
    other = open_store(database_url, clock, pool_size=4)
    made: list[str] = []

    def plan(work: Work, happening: Happening) -> int:
        made.append(happening.period)
        return write_one(ada)(work, happening)

    many = [schedule(plan, timedelta(hours=20), f"hourly.{n}") for n in range(3)]
    plans = [Planner(one, many, clock) for one in (store, other, store, other)]
    ticks = await asyncio.gather(*(planner.tick() for planner in plans))
    await other.close()
    rows = await store.read(planned)
    assert len(rows) == 60
    assert sum(tick.planned for tick in ticks) == 60
    assert {messages for _, _, messages in rows} == {1}
    assert len(made) == 60


async def test_an_error_before_the_commit_leaves_nothing_and_the_next_tick_plans_it(
    store: Store, clock: MovedClock, ada: int
) -> None:
    clock.now = FIRST

    def dies(work: Work, happening: Happening) -> int:
        write_one(ada)(work, happening)
        raise RuntimeError("nothing after this runs")

    short = timedelta(minutes=10)
    failed = await Planner(store, [schedule(dies, short)], clock).tick()
    assert failed == Ticked(failed=1)
    assert await store.read(planned) == [] == await store.read(keys)
    clock.move(minutes=1)
    assert await Planner(store, [schedule(write_one(ada), short)], clock).tick() == Ticked(
        planned=1, messages=1
    )


async def test_a_kill_before_the_commit_leaves_nothing_and_the_next_tick_plans_it(
    database_url: str, store: Store, clock: MovedClock, ada: int
) -> None:
    clock.now = FIRST
    died = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.planner.dying", database_url, FIRST.isoformat(), str(ada)
    )
    assert await died.wait() == -signal.SIGKILL
    assert await store.read(planned) == [] == await store.read(keys)
    short = timedelta(minutes=10)
    after = await Planner(store, [schedule(write_one(ada), short)], clock).tick()
    assert after == Ticked(planned=1, messages=1)


async def test_one_schedule_that_fails_does_not_stop_the_others(
    store: Store, clock: MovedClock, ada: int
) -> None:
    clock.now = FIRST

    def unreadable(work: Work, after: datetime, until: datetime) -> Iterator[Happening]:
        work.connection.execute(sa.text("SELECT nothing FROM nowhere"))
        yield from ()

    def fails(work: Work, happening: Happening) -> int:
        raise ValueError("never works")

    short = timedelta(minutes=10)
    metrics = Metrics()
    planner = Planner(
        store,
        [
            Schedule("a", short, unreadable, fails),
            schedule(fails, short, "b"),
            schedule(write_one(ada), short, "c"),
        ],
        clock,
        metrics=metrics,
    )
    assert await planner.tick() == Ticked(planned=1, failed=2, messages=1)
    assert await planner.tick() == Ticked(failed=2)
    page = metrics.page({}).decode()
    assert 'tandem_happenings_total{outcome="planned",schedule="c"} 1.0' in page
    assert 'tandem_happenings_total{outcome="failed",schedule="b"} 2.0' in page


async def test_late_is_planned_and_too_late_is_recorded_as_dropped_and_counted(
    store: Store, clock: MovedClock, ada: int
) -> None:
    late: list[timedelta] = []

    def plan(work: Work, happening: Happening) -> int:
        late.append(work.now - happening.due_at)
        return write_one(ada)(work, happening)

    metrics = Metrics()
    planner = Planner(store, [schedule(plan, timedelta(hours=2))], clock, metrics=metrics)
    clock.now = FIRST
    await planner.tick()
    late.clear()
    clock.move(hours=10)  # nobody ran for ten hours
    assert await planner.tick() == Ticked(planned=3, dropped=7, messages=3)
    assert late == [timedelta(hours=2), timedelta(hours=1), timedelta(0)]
    rows = await store.read(planned)
    assert [row for row in rows if row[1] == "dropped"] == [
        (f"2026-11-18T{hour}", "dropped", 0) for hour in range(13, 20)
    ]
    assert 'tandem_happenings_total{outcome="dropped",schedule="hourly"} 7.0' in metrics.page({}).decode()
    assert await planner.tick() == Ticked()


async def test_a_schedule_begins_with_what_it_catches_up_and_not_with_years_of_drops(
    store: Store, clock: MovedClock, ada: int
) -> None:
    clock.now = FIRST + timedelta(minutes=5)
    first = await Planner(store, [schedule(write_one(ada), timedelta(hours=2))], clock).tick()
    assert first == Ticked(planned=2, messages=2)


@pytest.mark.parametrize("jump_hours", [-1, 1, -24, 24])
async def test_a_clock_set_wrong_and_right_again_plans_nothing_twice_and_loses_nothing(
    store: Store, clock: MovedClock, ada: int, jump_hours: int
) -> None:
    catch_up = timedelta(hours=30)
    planner = Planner(store, [schedule(write_one(ada), catch_up)], clock)
    shown: list[datetime] = []
    for minutes in range(0, 300, 7):
        clock.now = FIRST + timedelta(minutes=minutes)
        if 90 <= minutes < 150:
            clock.now += timedelta(hours=jump_hours)
        shown.append(clock.now)
        await planner.tick()

    def all_of_them(work: Work) -> list[str]:
        return [one.period for one in hourly(work, min(shown) - catch_up - TICK, max(shown))]

    rows = await store.read(planned)
    assert [period for period, _, _ in rows] == await store.read(all_of_them)
    assert {outcome for _, outcome, _ in rows} == {"planned"}
    assert sorted(await store.read(keys)) == [f"hourly:{period}:{ada}" for period, _, _ in rows]


async def test_chores_are_done_each_in_its_own_transaction(store: Store, clock: MovedClock, ada: int) -> None:
    open_ids = [1, 2, 3]

    def do(work: Work, number: int) -> None:
        tell(work, f"chore:{number}", ada, sentence("Done."))
        if number == 2:
            raise RuntimeError("this one does not work")

    planner = Planner(store, (), clock, chores=[Chore("chores", lambda work: open_ids, do)])
    assert await planner.tick() == Ticked(chores=2, failed=1)
    assert await store.read(keys) == ["chore:1", "chore:3"]


async def test_two_schedules_cannot_have_one_name(store: Store) -> None:
    def nothing(work: Work, happening: Happening) -> int:
        return 0

    with pytest.raises(ValueError, match="one name"):
        Planner(store, [schedule(nothing), schedule(nothing)])


async def test_a_happening_begun_elsewhere_is_not_begun_again(store: Store, clock: MovedClock) -> None:
    happening = Happening("2026-W47", clock.now)
    assert await store.write(lambda work: occurrences.begin(work, "weekly", happening, "planned"))
    assert not await store.write(lambda work: occurrences.begin(work, "weekly", happening, "planned"))
    assert await store.write(lambda work: occurrences.begin(work, "other", happening, "planned"))
    known = await store.read(lambda work: occurrences.known(work, "weekly", ["2026-W46", "2026-W47"]))
    assert known == {"2026-W47"}
