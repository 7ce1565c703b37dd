"""The audit log's chain: every entry is bound by its hash to all the ones before it."""

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

#: What the first entry is bound to.
GENESIS = "0" * 64

_HEAD = re.compile(r"\s*(\d{1,18})\s*:\s*([0-9a-f]{64})\s*", re.IGNORECASE)


class Head(NamedTuple):
    """How far the log goes. Written down elsewhere, it witnesses everything up to here."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


def read_head(text: str) -> Head | None:
    """A head as it was printed, `1234:9f86d0...`; None if it is not one."""
    found = _HEAD.fullmatch(text)
    return None if found is None else Head(int(found[1]), found[2].lower())


def canonical(value: Any) -> str:
    """JSON in the one form that is hashed: sorted keys, no white space, letters as they are."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def digest(text: str) -> str:
    """SHA-256 of a text in UTF-8, as 64 hexadecimal digits."""
    return hashlib.sha256(text.encode()).hexdigest()


def linked(previous: str, content: str) -> str:
    """The hash of an entry whose predecessor has the hash `previous`."""
    return digest(f"{previous}\n{content}")


def instant(at: datetime) -> str:
    """A time (aware) as it is hashed: ISO 8601 in UTC, to the microsecond."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def content_of(
    number: int,
    at: datetime,
    event: str,
    *,
    actor_id: int | None,
    platform: str | None,
    subject: str,
    details: Mapping[str, Any],
) -> str:
    """Everything that the hash of an entry covers; `at` is aware."""
    return canonical(
        {
            "number": number,
            "at": instant(at),
            "event": event,
            "actor": actor_id,
            "platform": platform,
            "subject": subject,
            "details": details,
        }
    )
