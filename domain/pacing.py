"""How fast messages may leave, so that a platform need not say no."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self


@dataclass(frozen=True, slots=True)
class Limit:
    """So many a second in the long run, and `burst` at once after a pause.

    One instant is all there is to remember: when the place would be at rest if nothing more came (the "theoretical
    arrival time" of the generic cell rate algorithm, ITU-T I.371). In any `t` seconds at most `burst + t * per_second`
    leave.
    """

    per_second: float
    burst: int

    @property
    def interval(self) -> timedelta:
        return timedelta(seconds=1 / self.per_second)

    def allows_at(self, rests_at: datetime | None, now: datetime) -> datetime:
        """When the next may leave: `now`, or later."""
        return now if rests_at is None else max(now, rests_at - self.interval * (self.burst - 1))

    def after_one(self, rests_at: datetime | None, now: datetime) -> datetime:
        """When the place is at rest after one more has left."""
        return (now if rests_at is None else max(now, rests_at)) + self.interval

    def shut_until(self, moment: datetime) -> datetime:
        """When the place is at rest if nothing may leave before a moment, and no burst then."""
        return moment + self.interval * (self.burst - 1)

    def scaled(self, factor: float) -> Self:
        return type(self)(self.per_second * factor, max(1, round(self.burst * factor)))


@dataclass(frozen=True, slots=True)
class Limits:
    """What a platform takes: in one chat or channel, and from the bot in the whole workspace or tenant."""

    chat: Limit
    whole: Limit

    def scaled(self, factor: float) -> Self:
        """The same `factor` times as fast, for tests and emulators."""
        return type(self)(self.chat.scaled(factor), self.whole.scaled(factor))
