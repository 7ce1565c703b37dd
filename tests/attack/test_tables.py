"""The tables of a pulse have no time, sequence, row number or person where none may be."""

import sqlalchemy as sa

import storage.tables  # noqa: F401
from storage.schema import metadata
from storage.store import Work
from tests.attack.electorate import electorate

#: The columns that each table has, and no other.
COLUMNS = {
    "pulse": {
        *("id", "plan_id", "number", "status", "spec", "tree", "public_key", "mac"),
        *("opens_on", "closes_on", "response_due_on"),
    },
    "roster": {"pulse_id", "person_id", "team_id"},
    "slot": {"pulse_id", "slot_id", "block", "box"},
    "release": {
        *("pulse_id", "node", "question", "members", "n"),
        *("favourable_low", "favourable_high", "unfavourable_low", "unfavourable_high"),
    },
    "comment": {"pulse_id", "block", "id", "text"},
    "lineage": {"question", "team_id", "tokens"},
}
#: Where rows come one by one, as people do.
BALLOTS = ("roster", "slot", "release", "comment", "lineage")


def flaws(tables: sa.MetaData) -> list[str]:
    """What a table has that it may not have."""
    found = []
    for name, columns in COLUMNS.items():
        table = tables.tables[name]
        found += [f"{name}.{one.name} is new" for one in table.c if one.name not in columns]
        found += [
            f"{name}.{one.name} is a time" for one in table.c if isinstance(one.type, (sa.DateTime, sa.Time))
        ]
        if name != "roster":
            found += [
                f"{name}.{one.name} names a person"
                for one in table.c
                if "person" in one.name or any(key.column.table.name == "person" for key in one.foreign_keys)
            ]
        if name in BALLOTS:
            found += [
                f"{name}.{one.name} counts up" for one in table.c if one.identity or one.default is not None
            ]
            found += [
                f"{name}.{one.name} has a default of the database"
                for one in table.c
                if one.server_default is not None
            ]
    return found


def test_the_tables_hold_no_time_no_sequence_and_no_person() -> None:
    assert flaws(metadata) == []


def test_the_look_at_the_tables_finds_a_time_a_sequence_and_a_person() -> None:
    other = sa.MetaData()
    for name, table in metadata.tables.items():
        table.to_metadata(other, name=name)
    for column in (
        sa.Column("answered_at", sa.DateTime),
        sa.Column("person_id", sa.Integer, sa.ForeignKey("person.id")),
        sa.Column("at", sa.Integer, sa.Identity()),
    ):
        other.tables["slot"].append_column(column)
    found = flaws(other)
    assert "slot.answered_at is a time" in found
    assert "slot.person_id names a person" in found
    assert "slot.at counts up" in found


def reflected(work: Work) -> tuple[sa.MetaData, dict[str, str]]:
    known = sa.MetaData()
    known.reflect(work.connection)
    definitions: dict[str, str] = {}
    if work.connection.dialect.name == "sqlite":
        rows = work.connection.execute(sa.text("SELECT name, sql FROM sqlite_master WHERE type = 'table'"))
        definitions = {row.name: row.sql for row in rows}
    else:
        rows = work.connection.execute(
            sa.text(
                "SELECT tgrelid::regclass::text AS name, tgname AS sql FROM pg_trigger WHERE NOT tgisinternal"
            )
        )
        definitions = {row.name: row.sql for row in rows}
    return known, definitions


async def test_the_migrated_database_has_the_same_tables_and_no_row_numbers(database_url: str) -> None:
    async with electorate(database_url, 10) as e:
        known, definitions = await e.store.read(reflected)
        assert flaws(known) == []
        for name in BALLOTS:
            assert {one.name for one in known.tables[name].c} == COLUMNS[name]
            if e.store.dialect == "sqlite":
                assert "WITHOUT ROWID" in definitions[name].upper()
            else:
                assert name not in definitions  # no trigger
