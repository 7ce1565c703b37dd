"""Readings from a file: what a report gives every week need not be typed."""

from typing import NamedTuple
from zoneinfo import ZoneInfo

from domain.directory import BadRow, decode
from domain.errors import Refused
from domain.kpi_file import read_readings
from domain.kpis import Reading
from storage import initiatives, kpis
from storage import people as directory
from storage.store import Store, Work


class UnknownInitiative(Refused):
    """There is no active initiative with that key."""


class UnknownNoter(Refused):
    """Nobody active in the directory has that e-mail address."""


class Imported(NamedTuple):
    """What a file came to; nothing was stored where there are bad rows that were not to be skipped."""

    new: int
    replaced: int
    unchanged: int
    bad: tuple[BadRow, ...]
    stored: bool


async def import_readings(
    store: Store,
    content: bytes,
    initiative_key: str,
    *,
    time_zone: str,
    noted_by: str | None = None,
    skip_bad: bool = False,
) -> Imported:
    """Store the readings in a CSV file (day,kpi,value), all of them or none. The same file again changes nothing.

    They are noted by the person with the e-mail address `noted_by`, or else by whose number each is. Days end as
    they do in `time_zone`. Raises Refused.
    """
    text = decode(content)

    def unit(work: Work) -> Imported:
        initiative = initiatives.called(work, initiative_key.strip().lower())
        if initiative is None:
            raise UnknownInitiative
        noter = None if noted_by is None else directory.by_email(work, noted_by)
        if noted_by is not None and noter is None:
            raise UnknownNoter
        known = {kpi.key: kpi for kpi in kpis.of(work, initiative.id)}
        file = read_readings(text, tuple(known), today=work.now.astimezone(ZoneInfo(time_zone)).date())
        readings = [
            Reading(
                kpi_id=known[key].id,
                day=day,
                value=value,
                noted_by_id=known[key].owner_id if noter is None else noter.id,
            )
            for (key, day), value in file.values.items()
        ]
        before = kpis.values(work, {one.kpi_id for one in readings}, {one.day for one in readings})
        new = [one for one in readings if (one.kpi_id, one.day) not in before]
        changed = [one for one in readings if before.get((one.kpi_id, one.day), one.value) != one.value]
        stored = skip_bad or not file.bad
        if stored:
            kpis.note_all(work, [*new, *changed])
        unchanged = len(readings) - len(new) - len(changed)
        return Imported(len(new), len(changed), unchanged, file.bad, stored)

    return await store.write(unit)
