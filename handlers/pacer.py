"""How often people do what leaves no trace: counted in memory alone, under a key that changes daily."""

import hashlib
import hmac
import secrets
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from domain.errors import Refused
from handlers.conversation import AnyInbound

#: Counts are dropped with the key they stand under.
LONGEST = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Limit:
    """How often one person may do something; routes with limits of one name are counted together."""

    name: str
    most: int
    #: Divides a day: an hour, a day.
    per: timedelta
    #: What whoever comes too often is told; its docstring is the sentence.
    refusal: type[Refused]
    #: Which requests count.
    counts: Callable[[AnyInbound], bool] = lambda inbound: True
    #: Whether an answer that asks for something more counts too.
    forms_count: bool = True


class Pacer:
    """Counts per person and stretch of time.

    The people are known to it by an HMAC under a key that is drawn each day and stored nowhere; with the key the counts
    go. Each process counts for itself, so two replicas let through twice as much.
    """

    def __init__(
        self,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        draw: Callable[[], bytes] = lambda: secrets.token_bytes(32),
    ) -> None:
        self._now = now
        self._draw = draw
        self._day: date | None = None
        self._key = b""
        self._counts: Counter[bytes] = Counter()
        #: Counted where the effect is, which on SQLite is a thread of its own.
        self._lock = threading.Lock()

    def take(self, person_id: int, limit: Limit) -> bytes | None:
        """Count one more; None if that is too many. What it returns takes it back (`give_back`)."""
        now = self._now().astimezone(UTC)
        since_midnight = timedelta(hours=now.hour, minutes=now.minute, seconds=now.second)
        stretch = since_midnight // min(limit.per, LONGEST)
        told = f"{limit.name}\x1f{stretch}\x1f{person_id}".encode()
        with self._lock:
            if now.date() != self._day:
                self._day, self._key = now.date(), self._draw()
                self._counts.clear()
            counted = hmac.new(self._key, told, hashlib.sha256).digest()
            if self._counts[counted] >= limit.most:
                return None
            self._counts[counted] += 1
            return counted

    def give_back(self, counted: bytes) -> None:
        """It came to nothing, and does not count."""
        with self._lock:
            if self._counts[counted] > 0:
                self._counts[counted] -= 1
