"""One card to many people, each in their own hours."""

from collections.abc import Callable, Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.cards import Card
from handlers.conversation import CardMessage, LiveMessage
from handlers.hours import next_allowed_in, zone_of
from storage import fanout
from storage.fanout import Bucket, Who
from storage.outbox import Priority
from storage.store import Work

#: From when on a message may go: one moment for all, or one for each zone.
Earliest = datetime | Callable[[ZoneInfo], datetime]


def tell_many(
    work: Work,
    batch: str,
    who: Who,
    card: Card,
    *,
    earliest: Earliest | None = None,
    priority: Priority = Priority.LATER,
    polite: bool = True,
    expires_at: datetime | None = None,
) -> int:
    """Write to many people after the commit, each once per `batch`, in their own hours; how many are written to.

    `polite=False` is for what must not wait for anybody's hours. Who could be reached only after `expires_at` is
    left out.
    """
    return fanout.write(
        work,
        who,
        _due(work, earliest, polite, expires_at),
        batch=batch,
        message=CardMessage(card=card).model_dump_json(),
        priority=priority,
        polite=polite,
        expires_at=expires_at,
    )


def place_many(
    work: Work,
    batch: str,
    who: Who,
    subject: str | None,
    view: str,
    params: Mapping[str, str],
    *,
    earliest: Earliest | None = None,
    priority: Priority = Priority.LATER,
    polite: bool = True,
    expires_at: datetime | None = None,
    traceless: bool = False,
) -> int:
    """The same with a card that a view (`Capability.views`) makes for each when it is sent, and `keep_up` keeps so.

    Without a subject it stays as it was sent. `traceless` is for what the view has for some and not for others, where
    nobody may learn for whom.
    """
    return fanout.write(
        work,
        who,
        _due(work, earliest, polite, expires_at),
        batch=batch,
        message=LiveMessage(view=view, params=dict(params), traceless=traceless).model_dump_json(),
        subject=subject,
        priority=priority,
        polite=polite,
        expires_at=expires_at,
    )


def _due(
    work: Work, earliest: Earliest | None, polite: bool, expires_at: datetime | None
) -> Callable[[Bucket], datetime | None]:
    def due(bucket: Bucket) -> datetime | None:
        if earliest is None:
            at = work.now
        else:
            at = earliest if isinstance(earliest, datetime) else earliest(zone_of(bucket.time_zone))
            at = max(at, work.now)
        if polite:
            at = next_allowed_in(bucket.time_zone, bucket.country, bucket.chosen, at)
        return None if expires_at is not None and at >= expires_at else at

    return due
