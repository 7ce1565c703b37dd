"""Whoever writes to the database can forge, move or read nothing: it is refused at the answer, or at the close."""

import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa

from domain.pulses import CannotSeal, Status
from handlers.conversation import Press
from handlers.pulses import answering, ballot, closing
from storage import ballots, pulses, releases, rosters, sealing
from storage.ballots import slot
from storage.pulses import pulse
from storage.rosters import roster
from storage.store import Work
from tests.attack.electorate import Electorate, actor, electorate, spec

PEOPLE = 40
Tamper = Callable[[Work, Electorate], None]


def boxes(work: Work) -> dict[bytes, bytes]:
    return {
        bytes(row[0]): bytes(row[1]) for row in work.connection.execute(sa.select(slot.c.slot_id, slot.c.box))
    }


def put(work: Work, slot_id: bytes, box: bytes) -> None:
    work.connection.execute(sa.update(slot).where(slot.c.slot_id == slot_id).values(box=box))


def spec_with(work: Work, e: Electorate, **changes: object) -> None:
    changed = e.one.spec.model_copy(update=changes)
    work.connection.execute(sa.update(pulse).values(spec=changed.model_dump_json()))


def swapped(work: Work, e: Electorate) -> None:
    mine, theirs = e.slot_of(e.people[0]), e.slot_of(e.people[20])
    found = boxes(work)
    put(work, mine, found[theirs])
    put(work, theirs, found[mine])


def copied(work: Work, e: Electorate) -> None:
    put(work, e.slot_of(e.people[0]), boxes(work)[e.slot_of(e.people[20])])


def altered(work: Work, e: Electorate) -> None:
    mine = e.slot_of(e.people[0])
    box = bytearray(boxes(work)[mine])
    box[40] ^= 1
    put(work, mine, bytes(box))


def cut(work: Work, e: Electorate) -> None:
    mine = e.slot_of(e.people[0])
    put(work, mine, boxes(work)[mine][:-1])


def made_up(work: Work, e: Electorate) -> None:
    """A box as the code makes it, under a key of the forger's own."""
    mine = e.slot_of(e.people[0])
    keys = sealing.new_box_keys()
    parts = [
        sealing.seal(e.one.public_key or b"", e.pulse_id, mine, b"\5", size, part=part)
        for part, size in enumerate(ballots.part_sizes(e.one.spec))
    ]
    put(work, mine, sealing.wrap(keys, e.pulse_id, mine, 1, b"".join(parts)))


def own_key(work: Work, e: Electorate) -> None:
    work.connection.execute(sa.update(pulse).values(public_key=sealing.new_opening_keys()[1]))


def own_key_and_mac(work: Work, e: Electorate) -> None:
    public = sealing.new_opening_keys()[1]
    mac = ballots.signed(work, e.pulse_id, e.one.spec, public, pulses.tree(work, e.pulse_id) or "", bytes(32))
    work.connection.execute(sa.update(pulse).values(public_key=public, mac=mac))


def no_mac(work: Work, e: Electorate) -> None:
    work.connection.execute(sa.update(pulse).values(mac=b""))


#: Seen by whoever answers in the block, and by the close.
AT_ANSWER: dict[str, Tamper] = {
    "two boxes swapped": swapped,
    "a box in another's place": copied,
    "a box altered": altered,
    "a box cut": cut,
    "a box made up": made_up,
    "another public key": own_key,
    "another public key with a mac": own_key_and_mac,
    "no mac": no_mac,
    "a smaller group": lambda work, e: spec_with(work, e, k=1),
    "less blurred": lambda work, e: spec_with(work, e, m=0),
    "another trustee": lambda work, e: spec_with(
        work, e, trustee="Nobody", trustee_key=sealing.new_opening_keys()[1].hex()
    ),
    "other questions": lambda work, e: spec_with(work, e, questions=e.one.spec.questions[::-1]),
}


def moved(work: Work, e: Electorate) -> None:
    """Somebody counted in another team, so that the group is one of the forger's choice."""
    teams = dict(work.connection.execute(sa.select(roster.c.person_id, roster.c.team_id)).all())
    other = next(team for team in teams.values() if team != teams[e.people[0]])
    work.connection.execute(sa.update(roster).where(roster.c.person_id == e.people[0]).values(team_id=other))


def exchanged(work: Work, e: Electorate) -> None:
    """Two people in each other's teams: no count is another."""
    teams = dict(work.connection.execute(sa.select(roster.c.person_id, roster.c.team_id)).all())
    mine = teams[e.people[0]]
    other, theirs = next((one, team) for one, team in teams.items() if team != mine)
    for one, team in ((e.people[0], theirs), (other, mine)):
        work.connection.execute(sa.update(roster).where(roster.c.person_id == one).values(team_id=team))


def regrouped(work: Work, e: Electorate) -> None:
    tree = json.loads(pulses.tree(work, e.pulse_id) or "")
    for node in tree["nodes"]:
        node[2] = None
    work.connection.execute(sa.update(pulse).values(tree=json.dumps(tree)))


#: Seen by the close alone, which is what it would change.
AT_CLOSE: dict[str, Tamper] = {
    "somebody in another team": moved,
    "two people in each other's teams": exchanged,
    "another tree of teams": regrouped,
    "a box dropped": lambda work, e: (
        work.connection.execute(sa.delete(slot).where(slot.c.slot_id == e.slot_of(e.people[0]))),
        None,
    )[1],
    "a box added": lambda work, e: (
        work.connection.execute(
            sa.insert(slot),
            {
                "pulse_id": e.pulse_id,
                "slot_id": bytes(16),
                "block": 0,
                "box": boxes(work)[e.slot_of(e.people[0])],
            },
        ),
        None,
    )[1],
    "somebody not asked any more": lambda work, e: (
        work.connection.execute(sa.delete(roster).where(roster.c.person_id == e.people[0])),
        None,
    )[1],
}


async def opened(e: Electorate) -> None:
    await e.launch()
    for one in e.people[1:]:
        await e.answer(one, q0=b"\2", comment=b"something")


@pytest.mark.parametrize("what", AT_ANSWER)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_tampered_with_takes_no_answer(database_url: str, what: str) -> None:
    async with electorate(database_url, PEOPLE) as e:
        await opened(e)
        await e.store.write(lambda work: AT_ANSWER[what](work, e))
        before = await e.store.read(boxes)
        press = Press(
            key="k", origin=actor(e, 0).origin, action="pulse.answer", value=f"{e.pulse_id} --- 0 5"
        )
        with pytest.raises((CannotSeal, ballot.BrokenButton)):
            await e.store.write(lambda work: answering.on_answer(actor(e, 0), press, work))
        assert await e.store.read(boxes) == before


@pytest.mark.parametrize("what", [*AT_ANSWER, *AT_CLOSE])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_was_tampered_with_is_not_released(database_url: str, what: str) -> None:
    async with electorate(database_url, PEOPLE) as e:
        await opened(e)
        await e.stop()
        await e.store.write(lambda work: (AT_ANSWER | AT_CLOSE)[what](work, e))
        outcome = await closing.close(e.store, e.pulse_id)
        assert outcome.status is Status.STOPPED
        assert await e.store.read(lambda work: releases.of(work, e.pulse_id)) == ()
        assert await e.store.read(lambda work: releases.comments(work, e.pulse_id)) == {}


async def test_the_same_pulse_is_released_where_nothing_was_tampered_with(database_url: str) -> None:
    async with electorate(database_url, PEOPLE) as e:
        await opened(e)
        assert (await e.close()).status is Status.RELEASED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_box_of_another_pulse_of_the_same_people_does_not_open(database_url: str) -> None:
    async with electorate(database_url, PEOPLE) as e:
        await opened(e)
        first = e.pulse_id, await e.store.read(boxes)
        one = {person: e.slot_of(person) for person in e.people}
        await e.launch(spec())

        def bring(work: Work) -> None:
            mine, theirs = e.slot_of(e.people[5]), one[e.people[5]]
            work.connection.execute(
                sa.update(slot)
                .where(slot.c.pulse_id == e.pulse_id, slot.c.slot_id == mine)
                .values(box=first[1][theirs])
            )

        await e.store.write(bring)
        assert (await e.close()).status is Status.STOPPED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_key_that_is_not_the_pulses_own_closes_nothing(database_url: str) -> None:
    async with electorate(database_url, PEOPLE) as e:
        await opened(e)
        await e.stop()
        with pytest.raises(closing.NotTheKey):
            await closing.close(e.store, e.pulse_id, sealing.new_opening_keys()[0])
        assert (await e.pulse()).status is Status.CLOSING
        assert (await e.close()).status is Status.RELEASED


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_the_seals_of_the_launch_these_attacks_would_succeed(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sealing, "is_ours", lambda *_: True)
    monkeypatch.setattr(rosters, "as_launched", lambda work, one, key: pulses.tree(work, one.id))
    async with electorate(database_url, PEOPLE) as e:
        await opened(e)
        await e.store.write(lambda work: exchanged(work, e))
        await e.store.write(lambda work: AT_ANSWER["other questions"](work, e))
        await e.stop()
        assert (await closing.close(e.store, e.pulse_id)).status is Status.RELEASED
