"""Who a pulse asks, and in which team they were at its launch: frozen then, and forgotten at the close."""

import hashlib
import hmac
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from storage import pulses, sealing
from storage.fanout import Who
from storage.people import person
from storage.pulses import Pulse
from storage.schema import BigId, metadata
from storage.sealing import Forged
from storage.store import Work

roster = sa.Table(
    "roster",
    metadata,
    sa.Column("pulse_id", BigId, sa.ForeignKey("pulse.id"), primary_key=True),
    sa.Column("person_id", BigId, sa.ForeignKey("person.id"), primary_key=True),
    #: The team they were in at the launch.
    sa.Column("team_id", BigId, nullable=False),
    sqlite_with_rowid=False,
)

#: How many rows are written at a time.
_CHUNK = 1000


def enrol(work: Work, pulse_id: int, people: Iterable[tuple[int, int]]) -> int:
    """Freeze who is asked, as (person, team); how many."""
    count = 0
    rows = [{"pulse_id": pulse_id, "person_id": one, "team_id": team} for one, team in sorted(people)]
    for at in range(0, len(rows), _CHUNK):
        work.connection.execute(sa.insert(roster), rows[at : at + _CHUNK])
        count += len(rows[at : at + _CHUNK])
    return count


def invited(work: Work, pulse_id: int) -> dict[int, int]:
    """How many people of each team are asked."""
    rows = work.connection.execute(
        sa.select(roster.c.team_id, sa.func.count())
        .where(roster.c.pulse_id == pulse_id)
        .group_by(roster.c.team_id)
    )
    return {row[0]: row[1] for row in rows}


def members(work: Work, pulse_id: int) -> Iterator[tuple[int, int]]:
    """Who is asked, as (person, team)."""
    rows = work.connection.execute(
        sa.select(roster.c.person_id, roster.c.team_id)
        .where(roster.c.pulse_id == pulse_id)
        .order_by(roster.c.person_id)
    )
    return ((person, team) for person, team in rows)


def on_roster(pulse_id: int) -> Who:
    """A condition on people: whoever is asked."""
    return person.c.id.in_(sa.select(roster.c.person_id).where(roster.c.pulse_id == pulse_id))


def sealed(work: Work, pulse_id: int, tree: str, mac_key: bytes) -> bytes:
    """What a launch leaves for `as_launched`, behind the mac of the public key: 32 bytes."""
    return sealing.roll_mac(mac_key, pulse_id, _roll(work, pulse_id, tree))


def as_launched(work: Work, one: Pulse, mac_key: bytes) -> str:
    """The tree of a pulse, if it and who is asked in which team are those of the launch. Raises Forged.

    Otherwise whoever writes to the database could choose the groups in which answers are counted.
    """
    tree = pulses.tree(work, one.id)
    if tree is None or one.mac is None:
        raise Forged
    if not hmac.compare_digest(sealed(work, one.id, tree, mac_key), one.mac[sealing.KEY_BYTES :]):
        raise Forged
    return tree


def _roll(work: Work, pulse_id: int, tree: str) -> bytes:
    found = hashlib.sha256(hashlib.sha256(tree.encode()).digest())
    for person_id, team_id in members(work, pulse_id):
        found.update(f"{person_id} {team_id}\n".encode())
    return found.digest()
