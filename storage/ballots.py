"""The ballot box of a pulse: one locked slot for everybody on its roster, until the close.

A slot's id comes from a key in the vault, so nobody without it knows whose a slot is. Slots stand in blocks of eight,
drawn at the launch; whatever anybody does rewrites their whole block, each box locked anew, so that neither a copy of
the database nor a row's version tells which of the eight it was, however often they do it. (Seven neighbours drawn
anew each time would tell it after two changes: only one slot is in both.) Nothing here has a time or a sequence, and
rows stand in the order of their ids.

A box holds a mask and one part for each question and for a comment. The mask says which parts hold something; each
part is locked for the close alone (docs/privacy.md).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

import sqlalchemy as sa

from domain.pulses import COMMENT_BYTES, CannotSeal, NoSuchPulse, NotAsked, PulseOver, Spec, Status
from storage import pulses, rosters, sealing
from storage.pulses import Pulse, pulse
from storage.ready import Ready
from storage.rosters import roster
from storage.schema import BigId, metadata
from storage.sealing import BoxKeys, Forged
from storage.store import Work
from storage.vault import Vault, VaultProblem

slot = sa.Table(
    "slot",
    metadata,
    sa.Column("pulse_id", BigId, sa.ForeignKey("pulse.id"), primary_key=True),
    #: Which slots are rewritten together: they stand side by side.
    sa.Column("block", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("slot_id", sa.LargeBinary(16), primary_key=True),
    sa.Column("box", sa.LargeBinary, nullable=False),
    sa.Index("uq_slot_pulse_id_slot_id", "pulse_id", "slot_id", unique=True),
    sqlite_with_rowid=False,
)

#: How many slots are rewritten together, at the least (or all, where fewer are asked).
BLOCK = 8
#: An answer, in bytes.
ANSWER_BYTES = 1
#: How many rows are read or written at a time.
CHUNK = 1000
#: The vault's name of the key that says what is ours.
MAC_KEY = "mac.key"


def box_name(pulse_id: int) -> str:
    """The vault's name of the keys of the slots: every replica needs them."""
    return f"pulse-{pulse_id}.box"


def opening_name(pulse_id: int) -> str:
    """The vault's name of the key that opens answers: only whoever closes needs it."""
    return f"pulse-{pulse_id}.open"


class Keys(NamedTuple):
    """What a replica needs while a pulse is open: one secret of the vault, so that an answer reads it once."""

    box: BoxKeys
    #: Says what is ours; the same for every pulse.
    mac: bytes

    def __repr__(self) -> str:
        return "Keys(...)"

    def packed(self) -> bytes:
        """All of them for the vault: 96 bytes."""
        return self.box.packed() + self.mac

    @classmethod
    def unpacked(cls, packed: bytes) -> "Keys":
        """The keys that `packed` gave; ValueError for another length."""
        return cls(BoxKeys.unpacked(packed[: -sealing.KEY_BYTES]), packed[-sealing.KEY_BYTES :])


def part_sizes(spec: Spec) -> tuple[int, ...]:
    """The size of what each part holds, in bytes: the questions in their order, then the comment."""
    return (ANSWER_BYTES,) * len(spec.questions) + ((COMMENT_BYTES,) if spec.comments else ())


class Box:
    """What is in a box: a mask, and the locked parts in their order."""

    def __init__(self, mask: int, parts: list[bytes]) -> None:
        self.mask = mask
        self.parts = parts

    @classmethod
    def empty(cls, spec: Spec) -> "Box":
        return cls(0, [sealing.decoy(size) for size in part_sizes(spec)])

    @classmethod
    def read(cls, spec: Spec, mask: int, inner: bytes) -> "Box":
        """Raises Forged if the lengths do not fit."""
        parts, at = [], 0
        for size in part_sizes(spec):
            end = at + sealing.inner_bytes(size)
            parts.append(inner[at:end])
            at = end
        if at != len(inner) or mask >> len(parts):
            raise Forged
        return cls(mask, parts)

    @property
    def inner(self) -> bytes:
        return b"".join(self.parts)


def vault_of(work: Work) -> Vault:
    """The vault of a unit of work. Raises VaultProblem."""
    if work.vault is None:
        raise VaultProblem("This process was started without a vault. Please check TANDEM_VAULT_DIR.")
    return work.vault


def keys(vault: Vault, pulse_id: int) -> Keys:
    """The keys of an open pulse. Raises VaultProblem where they are not there."""
    packed = vault.get(box_name(pulse_id))
    if packed is None:
        raise VaultProblem(
            f"The keys of pulse {pulse_id} are not in the vault. Does every replica share one TANDEM_VAULT_DIR?"
        )
    return Keys.unpacked(packed)


def keep(vault: Vault, name: str, make: Callable[[], bytes]) -> bytes:
    """The secret under a name, made now if there is none; the same whoever makes it first."""
    found = vault.get(name)
    if found is None:
        made = make()
        try:
            vault.put(name, made)
        except VaultProblem:
            found = vault.get(name)
            if found is None:
                raise
        else:
            found = made
    return found


@lru_cache(maxsize=64)
def _digest(spec: Spec) -> bytes:
    """What every answer is held against; worked out once for each pulse."""
    return bytes.fromhex(spec.digest())


def authentic(one: Pulse, mac_key: bytes) -> bytes:
    """The public key of a pulse, if it and the promise it was launched with are ours. Raises Forged."""
    if one.public_key is None or one.mac is None:
        raise Forged
    ours = one.mac[: sealing.KEY_BYTES]
    if not sealing.is_ours(mac_key, one.id, one.public_key, _digest(one.spec), ours):
        raise Forged
    return one.public_key


def signed(work: Work, pulse_id: int, spec: Spec, public: bytes, tree: str, mac_key: bytes) -> bytes:
    """What a launch leaves for `authentic`, and behind it for `rosters.as_launched`: 64 bytes."""
    ours = sealing.public_mac(mac_key, pulse_id, public, bytes.fromhex(spec.digest()))
    return ours + rosters.sealed(work, pulse_id, tree, mac_key)


# ---------------------------------------------------------------------------------------------------- the launch


def fill(work: Work, pulse_id: int, spec: Spec, keys: Keys) -> None:
    """Put an empty box there for everybody who is asked, in the order of slots, which nobody can tell from people."""
    people = work.connection.execute(
        sa.select(roster.c.person_id).where(roster.c.pulse_id == pulse_id)
    ).scalars()
    slots = sorted(sealing.slot_id(keys.box, pulse_id, one) for one in people)
    last = max(0, len(slots) // BLOCK - 1)
    for at in range(0, len(slots), CHUNK):
        work.connection.execute(
            sa.insert(slot),
            [
                {
                    "pulse_id": pulse_id,
                    "slot_id": one,
                    "block": min(number // BLOCK, last),
                    "box": sealing.wrap(keys.box, pulse_id, one, 0, Box.empty(spec).inner),
                }
                for number, one in enumerate(slots[at : at + CHUNK], start=at)
            ],
        )


# ---------------------------------------------------------------------------------------------------- answers

_ASKED = (
    sa.select(*pulses.COLUMNS)
    .join_from(pulse, roster, roster.c.pulse_id == pulse.c.id)
    .where(pulse.c.id == sa.bindparam("of_pulse"), roster.c.person_id == sa.bindparam("of_person"))
)
# An answer holds the pulse where it is until the commit, so that the close misses none.
_held = _ASKED.with_for_update(of=pulse, read=True).cte("held")
_mine = slot.c.slot_id == sa.bindparam("of_slot")


def _opening(which: "sa.ColumnElement[bool]") -> Ready:
    """The statement that opens a ballot: the pulse that asks, and these boxes of it.

    They come in the order of slots, so that two who rewrite one block wait for each other and never in a ring.
    """
    # A specification is long, so it comes once.
    asked = (sa.case((_mine, each)) if each.name == "spec" else each for each in _held.c)
    return Ready(
        sa.select(slot.c.slot_id, slot.c.box, slot.c.block, *asked)
        .join_from(_held, slot, slot.c.pulse_id == _held.c.id)
        .where(which)
        .order_by(slot.c.slot_id)
        .with_for_update(of=slot)
    )


_OPENED = _opening(
    slot.c.block
    == sa.select(slot.c.block).where(slot.c.pulse_id == sa.bindparam("of_pulse"), _mine).scalar_subquery()
)
_before = slot.alias("before")
_place = sa.select(sa.cast(sa.func.count(), sa.Integer)).where(
    _before.c.pulse_id == slot.c.pulse_id,
    _before.c.block == slot.c.block,
    _before.c.slot_id < slot.c.slot_id,
)
_size = sa.bindparam("size", type_=sa.Integer)
# All boxes are as long as each other, so those of a block come as one value, in the order of slots.
_REWRITE = Ready(
    sa.update(slot)
    .where(slot.c.pulse_id == sa.bindparam("of_pulse"), slot.c.block == sa.bindparam("of_block"))
    .values(
        box=sa.func.substr(
            sa.bindparam("boxes", type_=sa.LargeBinary), _place.scalar_subquery() * _size + 1, _size
        )
    )
)
_BLOCK = (
    sa.select(slot.c.slot_id, slot.c.box)
    .where(slot.c.pulse_id == sa.bindparam("of_pulse"), slot.c.block == sa.bindparam("of_block"))
    .order_by(slot.c.slot_id)
    .with_for_update()
)


def asked(work: Work, pulse_id: int, person_id: int) -> Pulse:
    """An open pulse that asks this person. Raises NoSuchPulse, PulseOver or NotAsked."""
    for row in work.connection.execute(_ASKED, {"of_pulse": pulse_id, "of_person": person_id}):
        return _open(work, pulses.pulse_of(row))
    known = pulses.by_id(work, pulse_id)
    if known is None or known.status is Status.PLANNED:
        raise NoSuchPulse
    raise NotAsked if known.status is Status.OPEN else PulseOver


def _open(work: Work, one: Pulse) -> Pulse:
    if one.status is Status.OPEN and work.now < one.spec.closes_at:
        return one
    raise PulseOver


class Ballot(NamedTuple):
    """Somebody's box and those of its block, held until the commit."""

    pulse: Pulse
    keys: Keys
    #: The slot of whoever answers.
    mine: bytes
    block: int
    #: By their slots, in the order of slots.
    boxes: dict[bytes, bytes]


def ballot(work: Work, pulse_id: int, person_id: int) -> Ballot:
    """What somebody answers on. Raises NoSuchPulse, PulseOver, NotAsked, CannotSeal or VaultProblem."""
    try:
        held = keys(vault_of(work), pulse_id)
    except VaultProblem:
        asked(work, pulse_id, person_id)  # the keys of one that is over are gone
        raise
    mine = sealing.slot_id(held.box, pulse_id, person_id)
    rows = _OPENED.rows(work, {"of_pulse": pulse_id, "of_person": person_id, "of_slot": mine})
    boxes = {row[0]: row[1] for row in rows}
    if mine not in boxes:
        asked(work, pulse_id, person_id)
        raise CannotSeal
    one = next(pulses.pulse_of(row[3:]) for row in rows if row[0] == mine)
    return Ballot(_open(work, one), held, mine, rows[0][2], boxes)


def write(work: Work, given: Ballot, parts: Mapping[int, bytes] | None) -> int:
    """Put these parts (by number; what they hold) into somebody's box, or empty it where `parts` is None.

    Their whole block is rewritten, whatever it is. Returns the mask of what the box holds now: bit n for part n.
    Raises Forged, which the caller reports.
    """
    one, held, mine, block, stored = given
    public = authentic(one, held.mac)
    if parts is None:
        box = Box.empty(one.spec)
    else:
        opened = sealing.unwrap(held.box, one.id, mine, stored[mine])
        box = Box.read(one.spec, opened.mask, opened.inner)
        sizes = part_sizes(one.spec)
        for part, payload in parts.items():
            box.parts[part] = (
                sealing.seal(public, one.id, mine, payload, sizes[part], part=part)
                if payload
                else sealing.decoy(sizes[part])
            )
            box.mask = box.mask | 1 << part if payload else box.mask & ~(1 << part)
    others = sealing.rewrap_all(
        held.box, one.id, {number: each for number, each in stored.items() if number != mine}
    )
    own = sealing.wrap(held.box, one.id, mine, box.mask, box.inner)
    _rewrite(work, one.id, block, {number: others.get(number, own) for number in stored})
    return box.mask


def _rewrite(work: Work, pulse_id: int, block: int, boxes: Mapping[bytes, bytes]) -> None:
    """Put new boxes of a whole block, in the order of slots, in the place of the old ones.

    Raises Forged where there are others in it than these.
    """
    together = b"".join(boxes.values())
    values = {"of_pulse": pulse_id, "of_block": block, "boxes": together, "size": len(together) // len(boxes)}
    if _REWRITE.count(work, values) != len(boxes):
        raise Forged


def answered(work: Work, one: Pulse, person_id: int) -> int:
    """The mask of what somebody's box holds: 0 where they have not answered."""
    held = keys(vault_of(work), one.id)
    mine = sealing.slot_id(held.box, one.id, person_id)
    stored = work.connection.execute(
        sa.select(slot.c.box).where(slot.c.pulse_id == one.id, slot.c.slot_id == mine)
    ).scalar()
    return 0 if stored is None else sealing.unwrap(held.box, one.id, mine, stored).mask


def of_person(work: Work, person_id: int) -> list[Pulse]:
    """The open pulses that ask somebody, those that close first before the others."""
    rows = work.connection.execute(
        sa.select(*pulses.COLUMNS)
        .join_from(pulse, roster, roster.c.pulse_id == pulse.c.id)
        .where(roster.c.person_id == person_id, pulse.c.status == Status.OPEN.value)
        .order_by(pulse.c.closes_on, pulse.c.id)
    )
    return [one for one in map(pulses.pulse_of, rows) if work.now < one.spec.closes_at]


def blocks(work: Work, pulse_id: int) -> int:
    """How many blocks a pulse has."""
    highest: int | None = work.connection.execute(
        sa.select(sa.func.max(slot.c.block)).where(slot.c.pulse_id == pulse_id)
    ).scalar()
    return 0 if highest is None else highest + 1


def refresh(work: Work, one: Pulse, block: int) -> int:
    """Lock every box of a block anew, with what is in it; how many. Raises Forged or VaultProblem."""
    held = keys(vault_of(work), one.id)
    rows = work.connection.execute(_BLOCK, {"of_pulse": one.id, "of_block": block}).all()
    if rows:
        boxes = {bytes(number): bytes(box) for number, box in rows}
        _rewrite(work, one.id, block, sealing.rewrap_all(held.box, one.id, boxes))
    return len(rows)


# ---------------------------------------------------------------------------------------------------- the close


def teams_of_slots(work: Work, pulse_id: int, box: BoxKeys) -> dict[bytes, int]:
    """The team of every slot, for the count alone."""
    rows = work.connection.execute(
        sa.select(roster.c.person_id, roster.c.team_id).where(roster.c.pulse_id == pulse_id)
    )
    return {sealing.slot_id(box, pulse_id, person): team for person, team in rows}


def boxes(work: Work, pulse_id: int, after: bytes, limit: int = CHUNK) -> list[tuple[bytes, bytes]]:
    """A page of boxes as (slot, box), in the order of slots, behind one of them."""
    rows = work.connection.execute(
        sa.select(slot.c.slot_id, slot.c.box)
        .where(slot.c.pulse_id == pulse_id, slot.c.slot_id > after)
        .order_by(slot.c.slot_id)
        .limit(limit)
    )
    return [(bytes(number), bytes(box)) for number, box in rows]


def empty(work: Work, pulse_id: int) -> None:
    """Drop every box, and who was asked."""
    work.connection.execute(sa.delete(slot).where(slot.c.pulse_id == pulse_id))
    work.connection.execute(sa.delete(roster).where(roster.c.pulse_id == pulse_id))
