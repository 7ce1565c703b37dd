"""What a person chose for themselves: when and where planned messages reach them."""

from collections.abc import Callable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict

from domain.calendar import MONDAY_TO_FRIDAY, USUAL_HOURS, Hours, never, next_allowed
from domain.people import Platform


class Preferences(BaseModel):
    """A person's choices; None where they chose nothing and the usual holds."""

    model_config = ConfigDict(frozen=True)

    #: Minutes after midnight, in the person's zone.
    from_minute: int | None = None
    until_minute: int | None = None
    #: ISO weekdays; None for the working days of the person's country.
    weekdays: frozenset[int] | None = None
    #: The last day of a pause, in the person's zone.
    paused_until: date | None = None
    #: None for where they were last.
    platform: Platform | None = None
    #: Whether they want to be asked on Fridays what they put in.
    nudge: bool = False

    @property
    def hours(self) -> Hours:
        if self.from_minute is None or self.until_minute is None:
            return USUAL_HOURS
        return Hours(self.from_minute, self.until_minute)

    def next_allowed(
        self,
        now: datetime,
        zone: ZoneInfo,
        *,
        workdays: frozenset[int] = MONDAY_TO_FRIDAY,
        holidays: Callable[[date], bool] = never,
    ) -> datetime:
        """`now` if planned messages may come now, else when they may next; `workdays` are those of the country."""
        return next_allowed(now, zone, self.hours, self.weekdays or workdays, holidays, self.paused_until)
