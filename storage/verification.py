"""Walks the audit log from the first entry to the last and says where it, or what it speaks of, was tampered with."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from domain.audit import GENESIS, Head, content_of, digest, linked
from storage.audit import audit, audit_head
from storage.log_texts import instant_text, joined, number_after
from storage.milestones import milestone
from storage.reconciling import (
    KEPT,
    REQUESTED,
    REVISED,
    VERSIONS,
    Broken,
    Entry,
    Reconciler,
    join_by_index,
    parsed,
)
from storage.signoff_changes import DECIDED
from storage.signoffs import decision, signoff, signoff_version
from storage.store import Work

#: Rows that the walk holds at a time.
PAGE_ROWS = 2000
#: Of so many changed texts, the one that the log speaks of first is looked for.
MOST_ODD = 1000


class Finding(NamedTuple):
    """What a walk found: `broken` is None where everything holds."""

    entries: int
    decisions: int
    #: The last entry that holds.
    head: Head
    broken: str | None = None


def verify(
    work: Work, *, witnessed: Head | None = None, progress: Callable[[int], None] = lambda entries: None
) -> Finding:
    """Walk the whole log in constant memory; run it in a reading unit of work.

    Finds entries that were changed, left out, added or put elsewhere; decisions, versions, ends of requests and
    delegations that say something else than the log or are not in it; states and milestones that no decisions
    stand behind; and, given a head that was `witnessed` elsewhere, an end that was cut off or written anew. Who has
    rewritten everything, the hashes included, is found by a witnessed head only. Not covered: names in the
    directory, who is a sponsor, the stage of an initiative, and until when a request is open.

    It is `walk` and `misfit`, which may as well be run side by side.
    """
    return earlier(walk(work, witnessed=witnessed, progress=progress), misfit(work))


def walk(
    work: Work, *, witnessed: Head | None = None, progress: Callable[[int], None] = lambda entries: None
) -> Finding:
    """Follow the chain from its first entry to its end, and check everything but what decisions say."""
    way = _Walk(work, witnessed)
    try:
        join_by_index(work, True)
        rows = work.connection.execute(_ENTRIES, execution_options={"yield_per": PAGE_ROWS})
        for page in rows.partitions():
            way.take(page)
            progress(way.number)
        way.finish()
    except Broken as broken:
        return Finding(way.number, way.decisions, Head(way.number, way.hash), str(broken))
    return Finding(way.number, way.decisions, Head(way.number, way.hash))


def misfit(work: Work) -> Finding | None:
    """Up to where every entry of a decision or a version, and that itself, say the same; None where all do.

    The database compares them: but for the texts of versions, which are hashed, only what does not fit comes here.
    """
    looks = (_odd_decision, _odd_text, _odd_version)
    found = [one for one in (look(work) for look in looks) if one is not None]
    return None if not found else _up_to(work, *min(found, key=lambda one: one[0]))


def _odd_decision(work: Work) -> tuple[int, str] | None:
    rows = work.connection.execute(_MISFITS, execution_options={"yield_per": 100})
    for number, event, actor_id, content, decision_id in rows:
        if event != DECIDED:
            return number, f"A decision stands at entry {number}, which is none."
        if decision_id is None:
            return number, f"The decision of entry {number} is missing."
        if not _fits(work, decision_id, number, event, actor_id, content):
            said = f"The decision of entry {number} was changed: it says something else than the log."
            return number, said
    return None


def _odd_version(work: Work) -> tuple[int, str] | None:
    row = work.connection.execute(_ODD_VERSIONS).first()
    if row is None:
        return None
    number, version = row
    if version is None:
        return number, f"The text of the sign-off that entry {number} speaks of is missing."
    return number, (
        f"The sign-off that entry {number} speaks of was changed: its text, who asked, when or for which "
        "initiative is not as in the log."
    )


def _odd_text(work: Work) -> tuple[int, str] | None:
    rows = work.connection.execute(_TEXTS, execution_options={"yield_per": PAGE_ROWS})
    odd = [
        (signoff_id, version)
        for signoff_id, version, content, fingerprint in rows
        if digest(content) != fingerprint
    ]
    numbers = [
        work.connection.execute(_ENTRY_OF, {"of_signoff": one, "of_version": version}).scalar_one_or_none()
        for one, version in odd[:MOST_ODD]
    ]
    known = [number for number in numbers if number is not None]
    if not known:
        return None
    number = min(known)
    return number, (
        f"The text of the sign-off that entry {number} speaks of was changed: it does not fit its fingerprint."
    )


def earlier(walked: Finding, misfitting: Finding | None) -> Finding:
    """Of what both found, the first place that does not hold; the chain's, where it is the same."""
    if misfitting is None or (walked.broken is not None and walked.entries <= misfitting.entries):
        return walked
    return misfitting


def _up_to(work: Work, number: int, broken: str) -> Finding:
    number = max(number, 1)
    hashed = work.connection.execute(
        sa.select(audit.c.hash).where(audit.c.number == number - 1)
    ).scalar_one_or_none()
    decisions = work.connection.execute(
        sa.select(sa.func.count()).where(audit.c.number < number, audit.c.event == DECIDED)
    ).scalar_one()
    return Finding(number - 1, decisions, Head(number - 1, hashed or GENESIS), broken)


def _or_null(value: Any) -> sa.ColumnElement[str]:
    return sa.func.coalesce(sa.cast(value, sa.Text), "null")


def _escaped(text: Any) -> Any:
    """A text as JSON has it; right for all but rare control characters."""
    for raw, written in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n")):
        text = sa.func.replace(text, sa.literal(raw, sa.Text), sa.literal(written, sa.Text))
    return text


#: The content of an entry made again from its decision: `domain.audit.content_of` as the database can say it. There
#: it costs a third of what it costs here.
_DECIDED = joined(
    '{"actor":',
    _or_null(audit.c.actor_id),
    ',"at":"',
    instant_text(decision.c.at),
    '","details":{"acting_for_id":',
    _or_null(decision.c.acting_for_id),
    ',"fingerprint":"',
    decision.c.fingerprint,
    '","person_id":',
    decision.c.person_id,
    ',"platform":"',
    decision.c.platform,
    '","reason":',
    _or_null('"' + _escaped(decision.c.reason) + '"'),
    ',"side":"',
    decision.c.side,
    '","signoff_id":',
    decision.c.signoff_id,
    ',"verdict":"',
    decision.c.verdict,
    '","version":',
    decision.c.version,
    f'}},"event":"{DECIDED}","number":',
    audit.c.number,
    ',"platform":"',
    decision.c.platform,
    '","subject":"signoff:',
    decision.c.signoff_id,
    '"}',
)
#: The same for a version that was asked for.
_ASKED = joined(
    '{"actor":',
    signoff_version.c.by_id,
    ',"at":"',
    instant_text(signoff_version.c.at),
    '","details":{"fingerprint":"',
    signoff_version.c.fingerprint,
    '"',
    sa.case((signoff_version.c.version == 1, joined(',"initiative":', milestone.c.initiative_id)), else_=""),
    ',"version":',
    signoff_version.c.version,
    '},"event":"',
    sa.case((signoff_version.c.version == 1, REQUESTED), else_=REVISED),
    '","number":',
    audit.c.number,
    ',"platform":"',
    sa.case((audit.c.content.contains('"platform":"teams"'), "teams"), else_="slack"),
    '","subject":"signoff:',
    signoff_version.c.signoff_id,
    '"}',
)
_IS_VERSION = audit.c.event.in_([REQUESTED, REVISED])
_ENTRIES = sa.select(
    audit.c.number,
    sa.case((sa.and_(audit.c.event != DECIDED, sa.not_(_IS_VERSION)), instant_text(audit.c.at))),
    audit.c.event,
    audit.c.actor_id,
    audit.c.content,
    audit.c.hash,
).order_by(audit.c.number)
_SPOKEN_OF = sa.and_(
    signoff_version.c.signoff_id == number_after(audit.c.content, sa.literal_column("'\"signoff:'")),
    signoff_version.c.version == number_after(audit.c.content, sa.literal_column("'\"version\":'")),
)
#: Entries of versions that are not there, or say something else.
_ODD_VERSIONS = (
    sa.select(audit.c.number, signoff_version.c.version)
    .join_from(audit, signoff_version, _SPOKEN_OF, isouter=True)
    .join(signoff, signoff.c.id == signoff_version.c.signoff_id, isouter=True)
    .join(milestone, milestone.c.id == signoff.c.milestone_id, isouter=True)
    .where(
        _IS_VERSION,
        sa.not_(
            sa.func.coalesce(
                sa.and_(
                    audit.c.content == _ASKED,
                    audit.c.at == signoff_version.c.at,
                    audit.c.event == sa.case((signoff_version.c.version == 1, REQUESTED), else_=REVISED),
                    audit.c.actor_id == signoff_version.c.by_id,
                ),
                sa.false(),
            )
        ),
    )
    .order_by(audit.c.number)
    .limit(1)
)
_TEXTS = sa.select(
    signoff_version.c.signoff_id,
    signoff_version.c.version,
    signoff_version.c.content,
    signoff_version.c.fingerprint,
).order_by(signoff_version.c.signoff_id, signoff_version.c.version)
#: The entry that speaks of a version.
_ENTRY_OF = (
    sa.select(audit.c.number)
    .join_from(audit, signoff_version, _SPOKEN_OF)
    .where(
        _IS_VERSION,
        signoff_version.c.signoff_id == sa.bindparam("of_signoff"),
        signoff_version.c.version == sa.bindparam("of_version"),
    )
    .order_by(audit.c.number)
    .limit(1)
)
_MISFITS = (
    sa.select(audit.c.number, audit.c.event, audit.c.actor_id, audit.c.content, decision.c.id)
    .join_from(audit, decision, decision.c.audit_number == audit.c.number, isouter=True)
    .where(
        sa.case(
            (audit.c.event != DECIDED, decision.c.id.is_not(None)),
            else_=sa.not_(
                sa.func.coalesce(
                    sa.and_(audit.c.content == _DECIDED, audit.c.at == decision.c.at), sa.false()
                )
            ),
        )
    )
    .order_by(audit.c.number)
)


class _Walk:
    """How far a walk has come."""

    def __init__(self, work: Work, witnessed: Head | None) -> None:
        self._work = work
        self._reconciler = Reconciler(work)
        self._witnessed = witnessed
        self._witness = GENESIS if witnessed is not None and not witnessed.number else None
        self.number, self.hash, self.decisions, self.versions = 0, GENESIS, 0, 0

    def take(self, page: Sequence[Sequence[Any]]) -> None:
        """Check a page of rows, the rows that its entries speak of included. Raises Broken."""
        kept: list[Entry] = []
        seen = -1 if self._witnessed is None else self._witnessed.number
        try:
            for row in page:
                number, at, event, actor_id, content, hashed = row
                if number != self.number + 1:
                    raise Broken(self._gap(number))
                if linked(self.hash, content) != hashed:
                    raise Broken(
                        f"Entry {number} was changed: its content or the entry before it does not fit its hash."
                    )
                if event == DECIDED:
                    self.decisions += 1
                elif event in VERSIONS:
                    self.versions += 1
                else:
                    entry = parsed(number, at, event, actor_id, content)
                    if event in KEPT:
                        kept.append(entry)
                self.number, self.hash = number, hashed
                if number == seen:
                    self._witness = hashed
        except Broken:
            self._reconciler.check(kept)  # what is broken before it is named first
            raise
        self._reconciler.check(kept)

    def _gap(self, number: int) -> str:
        if number <= self.number:
            return f"Entry {number} does not belong to the log: its numbers begin at 1."
        return f"Entry {self.number + 1} is missing: entry {number} follows {self.number}."

    def finish(self) -> None:
        """Check the end of the log and what has no entry of its own. Raises Broken."""
        stored = self._work.connection.execute(_HEAD).first()
        end = (self.number, self.hash)
        if stored is None:
            raise Broken(f"The log's head is missing; the last entry is {self.number}.")
        if stored[0] != self.number:
            raise Broken(f"The log ends at entry {self.number}, and should end at entry {stored[0]}.")
        if tuple(stored) != end:
            raise Broken(f"The log's head has another hash than its last entry, {self.number}.")
        if self._witnessed is not None and self._witness is None:
            raise Broken(
                f"The log ends at entry {self.number}; entry {self._witnessed.number} was witnessed and is gone."
            )
        if self._witnessed is not None and self._witness != self._witnessed.hash:
            raise Broken(f"Entry {self._witnessed.number} is not the one that was witnessed.")
        count = self._work.connection.execute(sa.select(sa.func.count()).select_from(decision)).scalar_one()
        if count != self.decisions:
            found = self._work.connection.execute(_UNLOGGED).first()
            if found is not None:  # else one is missing, which `misfit` says
                raise Broken(f"Decision {found[0]}, on sign-off {found[1]}, is not in the log.")
        self._reconciler.finish(self.versions)


_HEAD = sa.select(audit_head.c.number, audit_head.c.hash).where(audit_head.c.id == 1)
_UNLOGGED = (
    sa.select(decision.c.id, decision.c.signoff_id)
    .where(~sa.exists().where(audit.c.number == decision.c.audit_number))
    .order_by(decision.c.id)
    .limit(1)
)
_SAID = (
    "signoff_id",
    "version",
    "fingerprint",
    "side",
    "verdict",
    "person_id",
    "acting_for_id",
    "reason",
    "platform",
)


def _fits(work: Work, decision_id: int, number: int, event: str, actor_id: int | None, content: str) -> bool:
    """Whether a decision says what its entry says, read here: the database knows not every character of JSON."""
    stored = work.connection.execute(
        sa.select(decision.c.at, audit.c.at == decision.c.at, *(decision.c[name] for name in _SAID))
        .join_from(decision, audit, audit.c.number == decision.c.audit_number)
        .where(decision.c.id == decision_id)
    ).one()
    details = dict(zip(_SAID, stored[2:], strict=True))
    again = content_of(
        number,
        stored[0],
        event,
        actor_id=actor_id,
        platform=details["platform"],
        subject=f"signoff:{details['signoff_id']}",
        details=details,
    )
    return bool(content == again and stored[1])
