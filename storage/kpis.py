"""The numbers by which an initiative is judged, and their readings over time."""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from domain.kpis import Direction, Kpi, KpiDraft, Reading
from domain.people import TeamKind
from storage.people import person, team
from storage.schema import BigId, UtcDateTime, counted_id, insert_into, metadata
from storage.store import Work

kpi = sa.Table(
    "kpi",
    metadata,
    counted_id(),
    sa.Column("initiative_id", BigId, sa.ForeignKey("initiative.id"), nullable=False),
    #: Short, lower case, typed in commands: "handling-time".
    sa.Column("key", sa.String(30), nullable=False),
    sa.Column("name", sa.String(120), nullable=False),
    sa.Column("unit", sa.String(30), nullable=False),
    #: Which way is better: "up" or "down".
    sa.Column("direction", sa.String(4), nullable=False),
    sa.Column("baseline", sa.Float, nullable=False),
    sa.Column("target", sa.Float, nullable=True),
    #: Whose number it is: somebody from the business.
    sa.Column("owner_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("archived", sa.Boolean, nullable=False),
    sa.Column("created_at", UtcDateTime, nullable=False),
    sa.UniqueConstraint("initiative_id", "key"),
)

kpi_reading = sa.Table(
    "kpi_reading",
    metadata,
    counted_id(),
    sa.Column("kpi_id", BigId, sa.ForeignKey("kpi.id"), nullable=False),
    sa.Column("day", sa.Date, nullable=False),
    sa.Column("value", sa.Float, nullable=False),
    sa.Column("noted_by_id", BigId, sa.ForeignKey("person.id"), nullable=False),
    sa.Column("noted_at", UtcDateTime, nullable=False),
    #: One reading a day; a later one for the same day takes its place.
    sa.UniqueConstraint("kpi_id", "day"),
)


_SELECT = sa.select(
    kpi.c.id,
    kpi.c.initiative_id,
    kpi.c.key,
    kpi.c.name,
    kpi.c.unit,
    kpi.c.direction,
    kpi.c.baseline,
    kpi.c.target,
    kpi.c.owner_id,
    kpi.c.archived,
)


def _kpi(row: Sequence[Any]) -> Kpi:
    return Kpi.model_construct(
        id=row[0],
        initiative_id=row[1],
        key=row[2],
        name=row[3],
        unit=row[4],
        direction=Direction(row[5]),
        baseline=row[6],
        target=row[7],
        owner_id=row[8],
        archived=row[9],
    )


def business_owned(work: Work, initiative_ids: Collection[int]) -> set[int]:
    """Of these initiatives those with an active KPI that is somebody's outside the AI function."""
    if not initiative_ids:
        return set()
    rows = work.connection.execute(
        sa.select(kpi.c.initiative_id)
        .join(person, person.c.id == kpi.c.owner_id)
        .join(team, team.c.id == person.c.team_id)
        .where(
            kpi.c.initiative_id.in_(initiative_ids),
            sa.not_(kpi.c.archived),
            team.c.kind != TeamKind.AI.value,
        )
        .distinct()
    )
    return {row[0] for row in rows}


def of(work: Work, initiative_id: int) -> list[Kpi]:
    """The active KPIs of an initiative, the first one first."""
    rows = work.connection.execute(
        _SELECT.where(kpi.c.initiative_id == initiative_id, sa.not_(kpi.c.archived)).order_by(kpi.c.id)
    )
    return [_kpi(row) for row in rows]


def by_id(work: Work, kpi_id: int) -> Kpi | None:
    row = work.connection.execute(_SELECT.where(kpi.c.id == kpi_id)).first()
    return None if row is None else _kpi(row)


def key_owner(work: Work, initiative_id: int, key: str) -> Kpi | None:
    """The KPI of an initiative that has this key, archived or not."""
    row = work.connection.execute(
        _SELECT.where(kpi.c.initiative_id == initiative_id, kpi.c.key == key)
    ).first()
    return None if row is None else _kpi(row)


def add(work: Work, initiative_id: int, draft: KpiDraft) -> int | None:
    """Store a new KPI; its id, or None if the initiative has one with this key."""
    insert = insert_into(work.connection.dialect, kpi)
    number: int | None = work.connection.execute(
        insert.values(
            **draft.model_dump(mode="json"), initiative_id=initiative_id, archived=False, created_at=work.now
        )
        .on_conflict_do_nothing(index_elements=["initiative_id", "key"])
        .returning(kpi.c.id)
    ).scalar_one_or_none()
    return number


def change(work: Work, kpi_id: int, draft: KpiDraft) -> None:
    work.connection.execute(sa.update(kpi).where(kpi.c.id == kpi_id).values(**draft.model_dump(mode="json")))


def archive(work: Work, kpi_id: int) -> bool:
    """No longer show a KPI; its readings stay. False if that was done before."""
    result = work.connection.execute(
        sa.update(kpi).where(kpi.c.id == kpi_id, sa.not_(kpi.c.archived)).values(archived=True)
    )
    return result.rowcount == 1


def note(work: Work, reading: Reading) -> None:
    """Store a reading; one of the same day is replaced."""
    note_all(work, [reading])


def note_all(work: Work, readings: Sequence[Reading]) -> None:
    """Store readings, of different KPIs or days; those of the same KPI and day are replaced."""
    if not readings:
        return
    insert = insert_into(work.connection.dialect, kpi_reading)
    taken = {name: insert.excluded[name] for name in ("value", "noted_by_id", "noted_at")}
    work.connection.execute(
        insert.on_conflict_do_update(index_elements=["kpi_id", "day"], set_=taken),
        [{**reading.model_dump(), "noted_at": work.now} for reading in readings],
    )


def latest(work: Work, kpi_ids: Collection[int], *, limit: int) -> dict[int, list[Reading]]:
    """The last readings of each KPI, at most `limit` of each, the oldest of them first."""
    if not kpi_ids:
        return {}
    place = sa.func.row_number().over(partition_by=kpi_reading.c.kpi_id, order_by=kpi_reading.c.day.desc())
    ranked = (
        sa.select(
            kpi_reading.c.kpi_id,
            kpi_reading.c.day,
            kpi_reading.c.value,
            kpi_reading.c.noted_by_id,
            place.label("place"),
        )
        .where(kpi_reading.c.kpi_id.in_(kpi_ids))
        .subquery()
    )
    rows = work.connection.execute(
        sa.select(ranked).where(ranked.c.place <= limit).order_by(ranked.c.kpi_id, ranked.c.day)
    )
    found: dict[int, list[Reading]] = {}
    for kpi_id, day, value, noted_by_id, _ in rows:
        found.setdefault(kpi_id, []).append(
            Reading.model_construct(kpi_id=kpi_id, day=day, value=value, noted_by_id=noted_by_id)
        )
    return found


def values(work: Work, kpi_ids: Collection[int], days: Collection[date]) -> dict[tuple[int, date], float]:
    """What was noted for some KPIs between the first and the last of some days."""
    if not kpi_ids or not days:
        return {}
    rows = work.connection.execute(
        sa.select(kpi_reading.c.kpi_id, kpi_reading.c.day, kpi_reading.c.value).where(
            kpi_reading.c.kpi_id.in_(kpi_ids), kpi_reading.c.day.between(min(days), max(days))
        )
    )
    return {(kpi_id, day): value for kpi_id, day, value in rows}
