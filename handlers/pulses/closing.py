"""The close of a pulse: opened, shuffled, counted, merged and released in one commit; then its keys are destroyed.

A crash at any point loses no answer and is made good by the next try: until the commit nothing but the status has
changed, and after it the keys are of no use to anybody.
"""

import asyncio
import os
import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog

from domain.blocks import shown_comments
from domain.calendar import local
from domain.people import Role
from domain.pulses import RESPONSE_DAYS, Spec, Status, working_days_after
from domain.releases import Released, Tree, held_by_trend, release
from domain.results import day_words
from handlers.capability import keep_up
from handlers.cards import Card, sentence, strong
from handlers.fanout import place_many
from handlers.pulses import results
from handlers.pulses.counting import Count, counted, enough
from handlers.pulses.launching import invited
from handlers.pulses.plan_card import subject
from handlers.pulses.telling import AT as AT
from handlers.pulses.telling import RESULTS as RESULTS
from handlers.pulses.telling import results_batch as results_batch
from handlers.pulses.telling import tell_functions
from handlers.schedule import Chore, Job
from storage import ballots, pulses, releases, rosters, sealing
from storage.ballots import Keys
from storage.pulses import Pulse
from storage.sealing import Forged
from storage.store import Store, Work
from storage.vault import Vault, VaultProblem

log = structlog.get_logger()


# ------------------------------------------------------------------------------------------------ no more answers


def due_to_stop(work: Work) -> Sequence[int]:
    return [one.id for one in pulses.in_status(work, Status.OPEN) if work.now >= one.spec.closes_at]


def stop(work: Work, pulse_id: int) -> None:
    """Take no more answers: those under way are committed before, and counted."""
    one = pulses.by_id(work, pulse_id, lock=True)
    if one is None or one.status is not Status.OPEN:
        return
    pulses.set_status(work, pulse_id, Status.CLOSING)
    keep_up(work, subject(one.plan_id))
    if one.spec.trustee is not None:
        words = (
            f" is over, and {one.spec.trustee} holds the only key. Please ask them to come to a screen where Tandem "
            f"runs and to type: tandem pulse close {pulse_id} --key FILE. No answer can be read before."
        )
        card = sentence(strong(one.spec.title), words)
        tell_functions(work, f"pulse.trustee:{pulse_id}", card, also=(Role.ADMIN,), polite=True)


STOP = Chore("pulse.stop", due_to_stop, stop)


# ---------------------------------------------------------------------------------------------------- the close


class Outcome(NamedTuple):
    """What came of a close."""

    status: Status
    #: For who closes by hand.
    sentence: str


class NotTheKey(Exception):
    """A key that does not belong to the pulse."""


async def close(store: Store, pulse_id: int, private: bytes | None = None) -> Outcome:
    """Count a pulse that takes no more answers and release what may be read.

    `private` is the opening key where a third party holds it. Done twice at once, or again, it comes to the same.
    Raises NotTheKey and VaultProblem; nothing is changed then.
    """
    vault = store.vault
    if vault is None:
        raise VaultProblem("This process was started without a vault. Please check TANDEM_VAULT_DIR.")
    one = await store.read(lambda work: pulses.by_id(work, pulse_id))
    if one is None or one.status is not Status.CLOSING:
        return _as_it_is(one)
    try:
        keys = ballots.keys(vault, pulse_id)
        public = ballots.authentic(one, keys.mac)
        private = private or vault.get(ballots.opening_name(pulse_id))
        if private is None:
            raise VaultProblem(f"The key that opens pulse {pulse_id} is not in this vault.")
        if sealing.public_of(private) != public:
            raise NotTheKey
        teams = await store.read(lambda work: _teams(work, one, keys))
        count = Count()
        if await enough(store, one, keys.box, teams):
            count = await counted(store, one, keys.box, private, teams)
        ids = [os.urandom(16) for _ in count.comments]
        closed = await store.write(lambda work: _release(work, pulse_id, count, ids, keys.mac))
    except Forged:
        now = await store.write(lambda work: _stopped(work, pulse_id))
        return _as_it_is(now)
    except VaultProblem:
        # Another replica may have finished meanwhile, and destroyed the keys.
        now = await store.read(lambda work: pulses.by_id(work, pulse_id))
        if now is not None and now.status is not Status.CLOSING:
            return _as_it_is(now)
        raise
    await shred(store, pulse_id)
    log.info("pulse_closed", pulse=pulse_id, status=closed.status.value)
    return _as_it_is(closed)


def _as_it_is(one: Pulse | None) -> Outcome:
    match None if one is None else one.status:
        case None:
            return Outcome(Status.WITHDRAWN, "There is no such pulse.")
        case Status.RELEASED:
            return Outcome(Status.RELEASED, "The pulse is closed and released, and its keys are destroyed.")
        case Status.UNREAD:
            return Outcome(
                Status.UNREAD, "Too few people answered: the answers were destroyed unread, with their keys."
            )
        case Status.STOPPED:
            return Outcome(
                Status.STOPPED,
                "At least one box was not made by Tandem, so nothing is released. "
                "`tandem pulse discard` destroys it all unread.",
            )
        case status:
            assert status is not None
            return Outcome(status, f"The pulse is {status.value}, so there is nothing to close.")


def _teams(work: Work, one: Pulse, keys: Keys) -> dict[bytes, int]:
    """The team of every slot, as it was at the launch. Raises Forged."""
    rosters.as_launched(work, one, keys.mac)
    return ballots.teams_of_slots(work, one.id, keys.box)


# ---------------------------------------------------------------------------------------------------- the release


def _release(work: Work, pulse_id: int, count: Count, ids: Sequence[bytes], key: bytes) -> Pulse:
    """Write what may be read, and drop everything else; once, whoever comes."""
    one = pulses.by_id(work, pulse_id, lock=True)
    assert one is not None
    if one.status is not Status.CLOSING:
        return one
    spec = one.spec
    tree = Tree.model_validate_json(rosters.as_launched(work, one, key))
    questions = [(question.key, *spec.limits(question)) for question in spec.questions]
    now = _tokens(work, pulse_id, key)
    before = {question.key: releases.rosters(work, question.key) for question in spec.questions}
    held = frozenset().union(*(held_by_trend(earlier, now) for earlier in before.values()))
    released = release(tree, questions, count.tallies, held)
    due_on = working_days_after(work.now.astimezone(ZoneInfo(spec.zone)).date(), RESPONSE_DAYS)
    _write_to_everybody(work, one, due_on if released else None)
    if released:
        releases.keep(work, pulse_id, released)
        releases.keep_comments(work, pulse_id, _comments(tree, count, ids))
        for question in spec.questions:
            own = _own_teams(released, question.key)
            releases.keep_rosters(work, question.key, {team: now[team] for team in own if team in now})
    ballots.empty(work, pulse_id)
    status = Status.RELEASED if released else Status.UNREAD
    pulses.set_status(work, pulse_id, status, response_due_on=due_on if released else None)
    keep_up(work, subject(one.plan_id))
    return one._replace(status=status)


def _own_teams(released: Sequence[Released], question: str) -> list[int]:
    """The teams that have a value of their own."""
    return [one.members[0] for one in released if one.question == question and one.node.startswith("team:")]


def _tokens(work: Work, pulse_id: int, key: bytes) -> dict[int, set[bytes]]:
    """Who is asked in each team, as tokens that only the vault connects with people."""
    found: dict[int, set[bytes]] = defaultdict(set)
    for person, team in rosters.members(work, pulse_id):
        found[team].add(sealing.roster_token(key, person))
    return found


def _comments(tree: Tree, count: Count, ids: Sequence[bytes]) -> list[tuple[int, bytes, str]]:
    """The comments that may be read, as (block, id drawn by chance, text)."""
    answered: dict[int, int] = defaultdict(int)
    commented: dict[int, int] = defaultdict(int)
    for team, number in count.answered.items():
        answered[tree.department(team)] += number
    for team, _ in count.comments:
        commented[tree.department(team)] += 1
    under = shown_comments(answered, commented)
    return [
        (under[block], ids[number], text)
        for number, (team, text) in enumerate(count.comments)
        if (block := tree.department(team)) in under
    ]


def _write_to_everybody(work: Work, one: Pulse, due_on: date | None) -> None:
    """A message to everybody who was asked, while it is known who that is: at the latest when the two functions' days
    for their answer are over, and as soon as they have answered."""
    place_many(
        work,
        results_batch(one.id),
        invited(work, one.id),
        f"pulse:{one.id}",
        RESULTS,
        {"pulse": str(one.id)},
        earliest=None if due_on is None else local(ZoneInfo(one.spec.zone), due_on, AT),
    )
    if due_on is None:
        words = (
            f" is closed. Fewer than {one.spec.group} people answered, so the answers were destroyed unread."
        )
        tell_functions(work, f"pulse.closed:{one.id}", _card(one.spec, words), polite=True)
        return
    words = (
        f" is closed. Please read what came of it, and say together what happens next by {day_words(due_on)}: "
        "everybody who was asked gets the results then, or as soon as both of you agree on an answer."
    )
    card = _card(one.spec, words)
    with_buttons = card.model_copy(update={"elements": (*card.elements, results.buttons(one))})
    tell_functions(work, f"pulse.closed:{one.id}", with_buttons, polite=True)


def _card(spec: Spec, words: str) -> Card:
    return sentence(strong(spec.title), words)


def _stopped(work: Work, pulse_id: int) -> Pulse | None:
    """Release nothing, and tell whoever must act."""
    one = pulses.by_id(work, pulse_id, lock=True)
    if one is None or one.status is not Status.CLOSING:
        return one
    pulses.set_status(work, pulse_id, Status.STOPPED)
    keep_up(work, subject(one.plan_id))
    log.error("pulse_stopped", pulse=pulse_id, reason="a box or the key was not made by Tandem")
    words = (
        " was stopped: something in its ballot box was not made by Tandem, or is missing. Nothing is released, and "
        "nobody can say how anybody answered. Please find out who can write to the database. "
        f"Then `tandem pulse discard {pulse_id}` on the server destroys it all unread."
    )
    tell_functions(work, f"pulse.stopped:{pulse_id}", _card(one.spec, words), also=(Role.ADMIN,))
    return one._replace(status=Status.STOPPED)


def discard(work: Work, pulse_id: int) -> bool:
    """Destroy a stopped or open pulse unread, and tell those who were asked; False if there is nothing to discard."""
    one = pulses.by_id(work, pulse_id, lock=True)
    if one is None or one.status not in (Status.OPEN, Status.CLOSING, Status.STOPPED):
        return False
    place_many(
        work,
        results_batch(pulse_id),
        invited(work, pulse_id),
        f"pulse:{pulse_id}",
        RESULTS,
        {"pulse": str(pulse_id)},
    )
    ballots.empty(work, pulse_id)
    pulses.set_status(work, pulse_id, Status.WITHDRAWN)
    keep_up(work, subject(one.plan_id))
    log.warning("pulse_discarded", pulse=pulse_id)
    return True


# ---------------------------------------------------------------------------------------------------- the keys


async def shred(store: Store, pulse_id: int) -> None:
    """Leave neither the boxes in the database's files nor the keys in the vault."""
    await store.checkpoint()
    vault = store.vault
    if vault is not None:
        await asyncio.to_thread(_destroy, vault, pulse_id)


def _destroy(vault: Vault, pulse_id: int) -> None:
    vault.destroy(ballots.opening_name(pulse_id))
    vault.destroy(ballots.box_name(pulse_id))


_NAME = re.compile(r"pulse-(\d+)\.(?:box|open)")


def due_to_shred(work: Work) -> Sequence[int]:
    """The pulses that are over and whose keys are still there, after a crash between the two."""
    if work.vault is None:
        return []
    kept = {int(found[1]) for name in work.vault.names() if (found := _NAME.fullmatch(name))}
    return [
        number
        for number in sorted(kept)
        if (one := pulses.by_id(work, number)) is not None and one.status.over
    ]


def due_to_close(work: Work) -> Sequence[int]:
    """The pulses that take no more answers and whose opening key is in this process's vault."""
    vault = work.vault
    if vault is None:
        return []
    return [
        one.id
        for one in pulses.in_status(work, Status.CLOSING)
        if vault.get(ballots.opening_name(one.id)) is not None
    ]


async def _close(store: Store, pulse_id: int) -> None:
    await close(store, pulse_id)


CLOSE = Job("pulse.close", due_to_close, _close)
SHRED = Job("pulse.shred", due_to_shred, shred)
