"""The auditor's file: sign-offs, and the log by which they can be checked without Tandem.

Contents and entries stand in it to the letter, since hashes are made of letters. It is written as it is read, in
constant memory but for the names of people.
"""

import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

from pydantic import ValidationError

from domain.audit import instant
from domain.errors import NoSuchInitiative
from domain.reports import date_words
from domain.signoffs import Content, State, Verdict
from handlers import pages
from storage import audit, evidence, initiatives
from storage.evidence import Request
from storage.store import Store, Work

EvidenceFormat = Literal["json", "html"]

FORMAT = "tandem-signoffs/1"
HOW = (
    "The log is a chain of entries. Each has a number, counted from 1 without gaps, a content and a hash.",
    "The hash of an entry is the SHA-256 of: the hash of the entry before it, one line feed, its content. All of it "
    "in UTF-8, a hash as 64 hexadecimal digits in lower case. Before entry 1 stand 64 zeros.",
    "The last entry is the head. Compare a head that was written down elsewhere earlier: the entry with its number "
    "has its hash, unless something up to there was written anew.",
    "An entry's content is JSON: its number, when (UTC), the event, who did it (a person's id), on which platform, "
    "the subject (signoff:12 is request 12) and details.",
    "The fingerprint of a version is the SHA-256 of its content in UTF-8, to the letter. The entry signoff.requested "
    "or signoff.revised of that request and version names the same fingerprint.",
    "A decision stands in the entry with its audit number, under the event signoff.decided, and says the same there.",
    "Roles in the directory (person.roles), charters, KPIs, transition plans and limits stand in the log too: who "
    "changed what, and a fingerprint of what it says since. That is the SHA-256 of its fields as JSON, names in order "
    "and without white space; the words themselves are not in the log.",
    "The log is always whole, also where the requests are those of one initiative: no entry holds without the ones "
    "before it. It names people by their ids; names and e-mail addresses are those of the day of this file.",
)


async def export_signoffs(
    store: Store, out: Path | BinaryIO, *, form: EvidenceFormat, initiative_key: str | None = None
) -> int:
    """Write all requests, or those of one initiative, and the whole log; how many requests there were.

    For `tandem export signoffs`: it asks nobody for permission. A path gets the file only when it is complete, with
    mode 0600. Raises NoSuchInitiative.
    """

    def unit(work: Work) -> int:
        initiative_id = None
        if initiative_key is not None:
            initiative_id = initiatives.key_owner(work, initiative_key.strip().lower())
            if initiative_id is None:
                raise NoSuchInitiative
        counted = _Counted(evidence.requests(work, initiative_id))
        pieces = _as_json if form == "json" else _as_page
        with _complete(out) as file:
            for piece in pieces(work, initiative_id, counted):
                file.write(piece.encode())
            file.flush()
        return counted.number

    return await store.read(unit)


class _Counted:
    """Requests, counted as they are read."""

    def __init__(self, requests: Iterator[Request]) -> None:
        self._requests = requests
        self.number = 0

    def __iter__(self) -> Iterator[Request]:
        for request in self._requests:
            self.number += 1
            yield request


@contextmanager
def _complete(out: Path | BinaryIO) -> Iterator[BinaryIO]:
    """A file that is there when all was written, and not before."""
    if not isinstance(out, Path):
        yield out
        return
    folder = Path(tempfile.mkdtemp(prefix=".tandem-export-", dir=out.parent))
    try:
        path = folder / "file"
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
        path.replace(out)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _as_json(work: Work, initiative_id: int | None, requests: Iterable[Request]) -> Iterator[str]:
    """One object; its lists have an item a line."""
    head = {
        "format": FORMAT,
        "made_at": instant(work.now),
        "initiative_id": initiative_id,
        "head": audit.head(work)._asdict(),
        "how_to_verify": HOW,
    }
    yield json.dumps(head, indent=1, ensure_ascii=False).removesuffix("\n}")
    lists: dict[str, Iterable[NamedTuple]] = {
        "people": evidence.involved(work),
        "initiatives": evidence.owned(work, initiative_id),
        "requests": requests,
        "delegations": evidence.delegated(work, initiative_id),
        "chain": evidence.chain(work),
    }
    for name, items in lists.items():
        yield f',\n "{name}": ['
        comma = ""
        for item in items:
            yield f"{comma}\n  {json.dumps(_plain(item), ensure_ascii=False)}"
            comma = ","
        yield "\n ]"
    yield "\n}\n"


def _plain(value: Any) -> Any:
    """A value as JSON can have it."""
    match value:
        case datetime():
            return instant(value)
        case date():
            return value.isoformat()
        case tuple() if hasattr(value, "_asdict"):
            return {name: _plain(one) for name, one in value._asdict().items()}
        case tuple():
            return [_plain(one) for one in value]
    return value


_STATES: Mapping[str, str] = {
    State.PENDING: "waits for decisions",
    State.CHANGES: "changes were asked for",
    State.SIGNED_OFF: "signed off by both sides",
    State.DECLINED: "declined",
    State.EXPIRED: "expired",
    State.WITHDRAWN: "withdrawn",
}
_VERDICTS: Mapping[str, str] = {
    Verdict.APPROVED: "approved",
    Verdict.CHANGES: "asked for changes",
    Verdict.DECLINED: "declined",
}


def _as_page(work: Work, initiative_id: int | None, requests: Iterable[Request]) -> Iterator[str]:
    people = {one.id: one for one in evidence.involved(work)}

    def name(person_id: int | None) -> str:
        found = None if person_id is None else people.get(person_id)
        return f"person {person_id}" if found is None else f"{found.name} ({found.email})"

    known = {one.id: one for one in evidence.owned(work, initiative_id)}
    return pages.stream(
        "signoffs.html",
        made=_when(work.now),
        only=None if initiative_id is None else known[initiative_id].name,
        head=audit.head(work),
        how=HOW,
        # Nested and read in order: nothing but the request on hand is kept.
        initiatives=(
            (known[number], _milestones(of_initiative))
            for number, of_initiative in groupby(requests, key=lambda one: one.initiative_id)
        ),
        delegations=((one, known[one.initiative_id].name) for one in evidence.delegated(work, initiative_id)),
        chain=evidence.chain(work),
        name=name,
        when=_when,
        day=date_words,
        states=_STATES,
        verdicts=_VERDICTS,
        parsed=_parsed,
    )


def _milestones(requests: Iterable[Request]) -> Iterator[tuple[str, datetime | None, Iterable[Request]]]:
    of_milestone = groupby(
        requests, key=lambda one: (one.milestone_id, one.milestone, one.milestone_signed_off_at)
    )
    return ((title, signed_off_at, some) for (_, title, signed_off_at), some in of_milestone)


def _parsed(content: str) -> Content | None:
    """A version's content; None where somebody made it unreadable."""
    try:
        return Content.model_validate_json(content)
    except ValidationError:
        return None


def _when(at: datetime) -> str:
    """As in "18 November 2026, 12:01:05 UTC"; `at` is in UTC."""
    return f"{date_words(at.date())}, {at:%H:%M:%S} UTC"
