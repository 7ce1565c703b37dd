"""Walks the audit log from the first entry to the last and says where it was tampered with."""

from collections.abc import Callable, Sequence
from json import loads
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.audit import GENESIS, Head, canonical, instant, linked
from storage.audit import audit, head
from storage.signoffs import DECIDED, decision
from storage.store import Work

#: Rows that the walk holds at a time.
PAGE_ROWS = 2000

#: What a decision and its entry in the log both say, in the order of canonical JSON.
_SAID = (
    "acting_for_id",
    "fingerprint",
    "person_id",
    "platform",
    "reason",
    "side",
    "signoff_id",
    "verdict",
    "version",
)
_PAGE = (
    sa.select(
        audit.c.number,
        # As the database gives it: reading a million times as datetimes would take most of the walk.
        sa.type_coerce(audit.c.at, sa.types.NULLTYPE),
        audit.c.event,
        audit.c.actor_id,
        audit.c.content,
        audit.c.hash,
        decision.c.at == audit.c.at,
        *(decision.c[name] for name in _SAID),
    )
    .join_from(audit, decision, decision.c.audit_number == audit.c.number, isouter=True)
    .where(audit.c.number > sa.bindparam("after"))
    .order_by(audit.c.number)
    .limit(PAGE_ROWS)
)


class Finding(NamedTuple):
    """What a walk found: `broken` is None where everything holds."""

    entries: int
    decisions: int
    head: Head
    broken: str | None = None


class _Broken(Exception):
    pass


def verify(
    work: Work, *, witnessed: Head | None = None, progress: Callable[[int], None] = lambda entries: None
) -> Finding:
    """Walk the whole log in one pass and in constant memory; run it in a reading unit of work.

    Finds entries that were changed, left out, added or put elsewhere, decisions that say something else than the
    log, and, given a head that was `witnessed` elsewhere, an end that was cut off or written anew.
    """
    number, hashed, decisions = 0, GENESIS, 0
    witness = None if witnessed is None or witnessed.number else GENESIS
    try:
        while rows := work.connection.execute(_PAGE, {"after": number}).all():
            for row in rows:
                hashed = _checked(row, number, hashed)
                number += 1
                decisions += row[2] == DECIDED
                if witnessed is not None and number == witnessed.number:
                    witness = hashed
            progress(number)
        _check_end(work, Head(number, hashed), decisions, witnessed, witness)
    except _Broken as broken:
        return Finding(number, decisions, Head(number, hashed), str(broken))
    return Finding(number, decisions, Head(number, hashed))


def _checked(row: Sequence[Any], before: int, previous: str) -> str:
    """The hash of a row that holds. Raises _Broken."""
    number, at, event, actor_id, content, hashed, same_time, *said = row
    if number != before + 1:
        raise _Broken(f"Entry {before + 1} is missing: entry {number} follows {before}.")
    if linked(previous, content) != hashed:
        raise _Broken(
            f"Entry {number} was changed: its content or the entry before it does not fit its hash."
        )
    at = f"{at.replace(' ', 'T')}+00:00" if isinstance(at, str) else instant(at)
    if event == DECIDED:
        if same_time is None:
            raise _Broken(f"The decision of entry {number} is missing.")
        if not same_time or content != _decided(number, at, actor_id, said):
            raise _Broken(f"The decision of entry {number} was changed: it says something else than the log.")
        return str(hashed)
    if same_time is not None:
        raise _Broken(f"A decision stands at entry {number}, which is none.")
    whole = loads(content)
    if (whole["number"], whole["at"], whole["event"], whole["actor"]) != (number, at, event, actor_id):
        raise _Broken(f"Entry {number} was changed: its columns say something else than what is hashed.")
    return str(hashed)


def _decided(number: int, at: str, actor_id: int | None, said: Sequence[Any]) -> str:
    """The content of an entry made again from its decision: `domain.audit.content_of`, written out for speed."""
    acting_for, fingerprint, person_id, platform, reason, side, signoff_id, verdict, version = said
    return (
        f'{{"actor":{"null" if actor_id is None else actor_id},"at":"{at}","details":{{"acting_for_id":'
        f'{"null" if acting_for is None else acting_for},"fingerprint":"{fingerprint}","person_id":{person_id},'
        f'"platform":"{platform}","reason":{"null" if reason is None else canonical(reason)},"side":"{side}",'
        f'"signoff_id":{signoff_id},"verdict":"{verdict}","version":{version}}},"event":"{DECIDED}",'
        f'"number":{number},"platform":"{platform}","subject":"signoff:{signoff_id}"}}'
    )


def _check_end(work: Work, end: Head, decisions: int, witnessed: Head | None, witness: str | None) -> None:
    if head(work) != end:
        raise _Broken(f"The log ends at entry {end.number}, and should end at entry {head(work).number}.")
    stored = work.connection.execute(sa.select(sa.func.count()).select_from(decision)).scalar_one()
    if stored != decisions:
        raise _Broken(f"There are {stored} decisions, and {decisions} of them in the log.")
    if witnessed is not None and witness is None:
        raise _Broken(
            f"The log ends at entry {end.number}; entry {witnessed.number} was witnessed and is gone."
        )
    if witnessed is not None and witness != witnessed.hash:
        raise _Broken(f"Entry {witnessed.number} is not the one that was witnessed.")
