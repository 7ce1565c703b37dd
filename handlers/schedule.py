"""What capabilities have planned: schedules that write messages, and chores that keep things as they should be."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.schedules import Happening
from storage.store import Store, Work


@dataclass(frozen=True)
class Schedule:
    """Something that happens again and again."""

    #: Unique over all capabilities: "digest.weekly".
    name: str
    #: How late it is still planned; later it is recorded as dropped, and counted.
    catch_up: timedelta
    #: What is due in (after, until]; only reads.
    happenings: Callable[[Work, datetime, datetime], Iterable[Happening]]
    #: Writes the outbox rows, in the transaction that makes the happening known; how many. How late it is, is
    #: `work.now - happening.due_at`.
    plan: Callable[[Work, Happening], int]


@dataclass(frozen=True)
class Chore:
    """Something to be done for each of several things when their time has come, in a transaction of its own.

    It may be done twice at once, by two replicas: `do` looks again, and does nothing where it was done.
    """

    #: "signoff.expiry".
    name: str
    #: The ids of what is to be done now, some of them at a time; only reads.
    due: Callable[[Work], Sequence[int]]
    do: Callable[[Work, int], None]


@dataclass(frozen=True)
class Job:
    """Something to be done for each of several things that takes more than one transaction.

    It may be done twice at once, by two replicas, and may end anywhere: what is done again comes to the same.
    """

    #: "pulse.close".
    name: str
    #: The ids of what is to be done now, some of them at a time; only reads.
    due: Callable[[Work], Sequence[int]]
    do: Callable[[Store, int], Awaitable[None]]
