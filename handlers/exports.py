"""Files of contributions: who may have which, made as a stream when they are sent, in constant memory.

CSV is RFC 4180 in UTF-8 with a byte order mark, for Excel; a cell that a spreadsheet program may take for a formula
gets a leading apostrophe. In XLSX every text is a string cell, never a formula or a link. JSON Lines holds the stored
texts exactly, and the stored keys of kinds instead of their labels.
"""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import BinaryIO

from domain.contributions import Status
from domain.errors import NoSuchInitiative, NotAllowed, Refused
from domain.people import Person
from domain.reports import ExportFormat, Period, Reach, Scope, may_have, period_words
from handlers import records
from handlers.capability import MakeFile
from handlers.cards import sentence, strong
from handlers.conversation import FileMessage
from handlers.sheets import open_sink
from storage import initiatives, reports
from storage import people as directory
from storage.store import Store, Work

CONTRIBUTIONS = "contributions"
PROFILE = "profile"
#: Of their own entries people get those too that wait for their word, marked as such.
_OWN_STATUSES = (Status.COUNTED, Status.AWAITING)


#: How many rows a file sent in chat may have: about what is written within the time of one attempt to send, with
#: some room. `tandem export contributions` has no such limit.
MOST_ROWS: dict[ExportFormat, int] = {"csv": 400_000, "xlsx": 120_000, "jsonl": 400_000}


class TooManyRows(Refused):
    """That file is too long to be sent here."""


class UnknownFile(Refused):
    """I no longer know how to make that file. Please ask for it again."""


def contributions_file(scope: Scope, form: ExportFormat, what: str) -> FileMessage:
    """The message with a file of entries; `what` names them in the file's name ("claims", "mine")."""
    days = "" if scope.period is None else f"-{_short(scope.period)}"
    filename = f"contributions-{what}{days}.{form}"
    params = {"reach": scope.reach.value, "person_id": str(scope.person_id), "format": form}
    if scope.initiative_id is not None:
        params["initiative_id"] = str(scope.initiative_id)
    others = scope.reach is not Reach.OWN
    return FileMessage(
        export=CONTRIBUTIONS,
        params=params | _period_params(scope.period),
        filename=filename,
        card=sentence(
            "Here is ",
            strong(filename),
            "." if scope.period is None else f", for {period_words(scope.period)}.",
            " It has colleagues' names in it; please keep it where only those who need it can read it."
            if others
            else " It holds your own entries only.",
        ),
    )


def profile_file(person_id: int, period: Period) -> FileMessage:
    """The message with somebody's record as a page."""
    filename = f"my-contributions-{_short(period)}.html"
    return FileMessage(
        export=PROFILE,
        params={"person_id": str(person_id)} | _period_params(period),
        filename=filename,
        card=sentence(
            "Here is ", strong(filename), ". It opens in any browser and prints on a page. Only you have it."
        ),
    )


class FileExports:
    """`handlers.ports.Exports` on a store; `files` are those that capabilities make (`Capability.files`)."""

    def __init__(self, store: Store, files: Mapping[str, MakeFile] | None = None) -> None:
        self._store = store
        self._files = files or {}
        # A big file keeps a reader and a core busy; the next one waits.
        self._one_at_a_time = asyncio.Semaphore(1)

    @asynccontextmanager
    async def file(self, message: FileMessage) -> AsyncIterator[Path]:
        """Make the file of a message, readable by this process only, for as long as the context lasts.

        Asks again who may have it. Raises Refused.
        """
        folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="tandem-"))
        try:
            path = folder / "file"
            async with self._one_at_a_time:
                await self._make(message, path)
            yield path
        finally:
            await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))

    async def _make(self, message: FileMessage, path: Path) -> None:
        match message.export:
            case "contributions":
                scope, form = _asked(message)
                with _private(path) as out:
                    await _stream(
                        self._store,
                        out,
                        form,
                        folder=path.parent,
                        scope=scope,
                        check=lambda work: _check(work, scope, form),
                    )
            case "profile":
                text = await self._store.read(lambda work: _page(work, message))
                with _private(path) as out:
                    await asyncio.to_thread(out.write, text.encode())
            case _:
                make = self._files.get(message.export)
                if make is None:
                    raise UnknownFile
                text = await self._store.read(lambda work: make(work, message.params))
                with _private(path) as out:
                    await asyncio.to_thread(out.write, text.encode())


async def export_contributions(
    store: Store,
    out: Path | BinaryIO,
    *,
    first: date | None,
    last: date | None,
    form: ExportFormat,
    initiative_key: str | None = None,
) -> int:
    """Write all counted entries from `first` to `last`, both included, to a file; how many there were.

    For `tandem export contributions`: it asks nobody for permission. A path gets the file only when it is complete,
    with mode 0600. Raises NoSuchInitiative.
    """
    initiative_id = None
    if initiative_key is not None:
        initiative_id = await store.read(
            lambda work: initiatives.key_owner(work, initiative_key.strip().lower())
        )
        if initiative_id is None:
            raise NoSuchInitiative
    period = None
    if first is not None or last is not None:
        period = Period(first=first or date.min, last=last or date.max)
    reach = Reach.ALL if initiative_id is None else Reach.INITIATIVE
    scope = Scope(reach=reach, person_id=0, initiative_id=initiative_id, period=period)
    beside = out.parent if isinstance(out, Path) else None
    folder = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix=".tandem-export-", dir=beside))
    try:
        if not isinstance(out, Path):
            return await _stream(store, out, form, folder=folder, scope=scope)
        with _private(folder / "file") as complete:
            rows = await _stream(store, complete, form, folder=folder, scope=scope)
        (folder / "file").replace(out)
        return rows
    finally:
        await asyncio.shield(asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True))


async def _stream(
    store: Store,
    out: BinaryIO,
    form: ExportFormat,
    *,
    folder: Path,
    scope: Scope,
    check: Callable[[Work], None] = lambda work: None,
) -> int:
    """Write the scope's entries. `check` is made in the same view of the data that the entries are read from."""
    sink = open_sink(form, out, folder)

    def unit(work: Work) -> int:
        check(work)
        return reports.stream_entries(work, _selection(scope), sink.write)

    try:
        rows = await store.read(unit)
    except BaseException:
        sink.abandon()  # a reader thread that nobody waits for any more stops at its next page
        raise
    await asyncio.to_thread(sink.close)
    return rows


def _private(path: Path) -> BinaryIO:
    """A new file that nobody else can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _selection(scope: Scope) -> reports.Selection:
    if scope.reach is Reach.OWN:
        return reports.Selection(scope.person_id, scope.initiative_id, scope.period, _OWN_STATUSES)
    return reports.Selection(None, scope.initiative_id, scope.period)


def _check(work: Work, scope: Scope, form: ExportFormat) -> None:
    """Raises NotAllowed unless whoever asked may have these entries now, and TooManyRows."""
    person = _asker(work, scope.person_id)
    found = None if scope.initiative_id is None else initiatives.by_id(work, scope.initiative_id)
    if not may_have(person, scope, frozenset() if found is None else found.parts_of(person.id)):
        raise NotAllowed
    rows = reports.count_entries(work, _selection(scope))
    if rows > MOST_ROWS[form]:
        raise TooManyRows(
            f"That file would have {rows:,} rows; as {form.upper()} I can send {MOST_ROWS[form]:,} here. Please ask "
            "for fewer days, or have whoever runs Tandem make it with `tandem export contributions`."
        )


def _asker(work: Work, person_id: int) -> Person:
    person = directory.by_id(work, person_id)
    if person is None or not reports.active(work, person_id):
        raise NotAllowed
    return person


def _page(work: Work, message: FileMessage) -> str:
    period = _period(message.params)
    if period is None:
        raise UnknownFile
    person = _asker(work, int(message.params["person_id"]))
    return records.page(
        reports.record(work, person.id, period), made_on=work.now.astimezone(person.zone).date()
    )


def _asked(message: FileMessage) -> tuple[Scope, ExportFormat]:
    params = message.params
    initiative_id = params.get("initiative_id")
    scope = Scope(
        reach=Reach(params["reach"]),
        person_id=int(params["person_id"]),
        initiative_id=None if initiative_id is None else int(initiative_id),
        period=_period(params),
    )
    match params["format"]:
        case "csv" | "xlsx" | "jsonl" as form:
            return scope, form
        case _:
            raise UnknownFile


def _period_params(period: Period | None) -> dict[str, str]:
    return {} if period is None else {"first": period.first.isoformat(), "last": period.last.isoformat()}


def _period(params: dict[str, str]) -> Period | None:
    if "first" not in params:
        return None
    return Period(first=date.fromisoformat(params["first"]), last=date.fromisoformat(params["last"]))


def _short(period: Period) -> str:
    """As in "2026", "2026-10" or "2025-11-22-to-2026-11-21"."""
    first, last = period.first.isoformat(), period.last.isoformat()
    if first[:4] == last[:4] and first.endswith("-01-01") and last.endswith("-12-31"):
        return first[:4]
    if (
        first[:7] == last[:7]
        and first.endswith("-01")
        and (period.last.toordinal() + 1 - period.first.toordinal()) > 27
    ):
        return first[:7]
    return f"{first}-to-{last}"
