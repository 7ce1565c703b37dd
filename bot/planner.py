"""The planner: on every tick, in every replica, plans what is due and not planned yet; the database decides who does.

It remembers nothing. What is due is worked out anew each time, from further back than the last tick; what was planned
is in the database, and whoever makes a happening known writes its messages in the same transaction.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import NamedTuple

import structlog

from bot.metrics import Metrics
from domain.schedules import Happening, Outcome, looked_back_to, outcome_of, undecided
from handlers.schedule import Chore, Job, Schedule
from storage import occurrences
from storage.store import Clock, Store, Work
from storage.vault import VaultProblem

log = structlog.get_logger()


def utc_now() -> datetime:
    """The real clock."""
    return datetime.now(UTC)


class Ticked(NamedTuple):
    """What one tick did."""

    planned: int = 0
    dropped: int = 0
    #: Happenings, chores and jobs that are tried again on the next tick.
    failed: int = 0
    messages: int = 0
    chores: int = 0


class Planner:
    """Plans the happenings of schedules, each once, whoever else plans."""

    def __init__(
        self,
        store: Store,
        schedules: Sequence[Schedule],
        clock: Clock = utc_now,
        *,
        chores: Sequence[Chore] = (),
        jobs: Sequence[Job] = (),
        metrics: Metrics | None = None,
        on_enqueued: Callable[[], None] = lambda: None,
    ) -> None:
        names = [*(one.name for one in schedules), *(one.name for one in chores), *(one.name for one in jobs)]
        if len(set(names)) != len(names):
            raise ValueError("two schedules have one name")
        self._store = store
        self._schedules = tuple(schedules)
        self._chores = tuple(chores)
        self._jobs = tuple(jobs)
        self._clock = clock
        self._metrics = metrics or Metrics()
        self._on_enqueued = on_enqueued

    async def tick(self) -> Ticked:
        """Plan what is due and not planned yet. Nothing that goes wrong stops the rest, or the next tick."""
        now = self._clock()
        planned = dropped = failed = messages = chores = 0
        for schedule in self._schedules:
            try:
                waiting = await self._store.read(partial(_unplanned, schedule=schedule, now=now))
            except Exception:
                log.exception("schedule_unreadable", schedule=schedule.name)
                self._metrics.planned(schedule.name, "failed")
                failed += 1
                continue
            for happening in waiting:
                outcome = outcome_of(happening, now, schedule.catch_up)
                try:
                    made = await self._store.write(
                        partial(_plan, schedule=schedule, happening=happening, outcome=outcome)
                    )
                except Exception:
                    log.exception("not_planned", schedule=schedule.name, period=happening.period)
                    self._metrics.planned(schedule.name, "failed")
                    failed += 1
                    continue
                if made is None:  # another replica was first
                    continue
                late_s = round((now - happening.due_at).total_seconds())
                log.info(
                    outcome.value,
                    schedule=schedule.name,
                    period=happening.period,
                    messages=made,
                    late_s=late_s,
                )
                self._metrics.planned(schedule.name, outcome.value, made)
                planned += outcome is Outcome.PLANNED
                dropped += outcome is Outcome.DROPPED
                messages += made
        duties: tuple[Chore | Job, ...] = (*self._chores, *self._jobs)
        for chore in duties:
            done, troubles = await self._do(chore)
            chores += done
            failed += troubles
        if messages or chores:
            self._on_enqueued()
        return Ticked(planned, dropped, failed, messages, chores)

    async def _do(self, chore: Chore | Job) -> tuple[int, int]:
        """How many were done, and how many were not."""
        try:
            due = await self._store.read(chore.due)
        except VaultProblem as problem:
            log.error("vault_unusable", chore=chore.name, problem=problem.sentence)
            return 0, 1
        except Exception:
            log.exception("chore_unreadable", chore=chore.name)
            return 0, 1
        done = 0
        for number in due:
            try:
                if isinstance(chore, Job):
                    await chore.do(self._store, number)
                else:
                    await self._store.write(partial(_do, chore, number))
                done += 1
            except VaultProblem as problem:
                log.error("vault_unusable", chore=chore.name, id=number, problem=problem.sentence)
            except Exception:
                log.exception("chore_failed", chore=chore.name, id=number)
        if done:
            log.info("chore_done", chore=chore.name, count=done)
        return done, len(due) - done


def _do(chore: Chore, number: int, work: Work) -> None:
    chore.do(work, number)


def _unplanned(work: Work, *, schedule: Schedule, now: datetime) -> list[Happening]:
    """What is due and not known, the oldest first."""
    newest = occurrences.newest(work, schedule.name)
    begun = occurrences.begun(work) if newest is None else None
    after = looked_back_to(now, schedule.catch_up, newest, begun)
    due = undecided(schedule.happenings(work, after, now), after, now)
    for period in occurrences.known(work, schedule.name, due.keys()):
        del due[period]
    return sorted(due.values(), key=lambda one: (one.due_at, one.period))


def _plan(work: Work, *, schedule: Schedule, happening: Happening, outcome: Outcome) -> int | None:
    """Make it known and write its messages, in one transaction; how many, or None if it was known already."""
    if not occurrences.begin(work, schedule.name, happening, outcome):
        return None
    if outcome is Outcome.DROPPED:
        return 0
    messages = schedule.plan(work, happening)
    occurrences.finish(work, schedule.name, happening, messages)
    return messages
