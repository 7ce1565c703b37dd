"""The launch of a pulse on its day: keys, roster, an empty box for everybody, and the invitations, in one commit."""

import math
import os
import random
from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import structlog

from domain.calendar import local
from domain.pulses import Plan, PlanState, Spec, Status, panel
from domain.releases import Node, Tree
from domain.results import working_day_before
from domain.schedules import Happening
from handlers.capability import keep_up
from handlers.cards import sentence, strong
from handlers.fanout import place_many
from handlers.pulses.plan_card import subject
from handlers.pulses.telling import tell_functions as tell_functions
from handlers.schedule import Chore, Job, Schedule
from storage import ballots, fanout, panels, preferences, pulses, rosters, sealing
from storage.ballots import Keys
from storage.store import Store, Work
from storage.vault import Vault

log = structlog.get_logger()

INVITATION = "pulse.invitation"
REMINDER = "pulse.reminder"
#: While a pulse is open, its boxes are locked anew on one tick of so many, by chance, ...
REFRESH_TICKS = 5
#: ... and then one block of so many: with a tick a minute each about once an hour.
REFRESH_PART = 12


def invitations(pulse_id: int) -> str:
    """The batch of a pulse's invitations."""
    return f"pulse.invitation/{pulse_id}"


def due(work: Work) -> Sequence[int]:
    """The pulses whose day has come."""
    return [
        one.id
        for one in pulses.in_status(work, Status.PLANNED)
        if work.now >= one.spec.opens_at and work.vault is not None
    ]


def launch(work: Work, pulse_id: int) -> None:
    """Open a pulse. Raises VaultProblem; then nothing is there but keys, which the next try uses."""
    one = pulses.by_id(work, pulse_id, lock=True)
    if one is None or one.status is not Status.PLANNED:
        return
    kept = pulses.kept(work, one.plan_id)
    if kept is None:
        return
    spec = one.spec
    asked = _asked(work, kept.plan, spec)
    if len(asked) < spec.group or work.now >= spec.closes_at:
        pulses.set_status(work, pulse_id, Status.WITHDRAWN)
        _tell_not_launched(work, spec, len(asked))
        log.warning("pulse_not_launched", pulse=pulse_id, asked=len(asked))
    else:
        keys, public = make_keys(ballots.vault_of(work), pulse_id, spec)
        rosters.enrol(work, pulse_id, asked)
        ballots.fill(work, pulse_id, spec, keys)
        tree = Tree(
            nodes=tuple(Node(*team) for team in panels.teams(work)), invited=rosters.invited(work, pulse_id)
        ).model_dump_json()
        pulses.set_status(
            work,
            pulse_id,
            Status.OPEN,
            tree=tree,
            public_key=public,
            mac=ballots.signed(work, pulse_id, spec, public, tree, keys.mac),
        )
        if kept.plan.share < 1:
            panels.asked(work, [person for person, _ in asked], spec.opens_on)
        place_many(
            work,
            invitations(pulse_id),
            invited(work, pulse_id),
            None,
            INVITATION,
            {"pulse": str(pulse_id)},
            expires_at=spec.closes_at,
        )
        log.info("pulse_open", pulse=pulse_id, asked=len(asked))
    following = kept.plan.run(one.number + 1)
    if following is None:
        pulses.set_plan_state(work, one.plan_id, PlanState.DONE)
    else:
        pulses.schedule(work, one.plan_id, one.number + 1, following)
    keep_up(work, subject(one.plan_id))


def make_keys(vault: Vault, pulse_id: int, spec: Spec) -> tuple[Keys, bytes]:
    """The keys of a pulse, made where they are not there yet, and the public half of the opening key.

    Where a third party opens, the opening key never comes here.
    """
    mac = ballots.keep(vault, ballots.MAC_KEY, lambda: os.urandom(sealing.KEY_BYTES))
    packed = ballots.keep(
        vault, ballots.box_name(pulse_id), lambda: Keys(sealing.new_box_keys(), mac).packed()
    )
    keys = Keys.unpacked(packed)
    if spec.trustee_key is not None:
        return keys, bytes.fromhex(spec.trustee_key)
    private = ballots.keep(vault, ballots.opening_name(pulse_id), lambda: sealing.new_opening_keys()[0])
    return keys, sealing.public_of(private)


def _asked(work: Work, plan: Plan, spec: Spec) -> list[tuple[int, int]]:
    """Who is asked this time, as (person, team). Whoever wants no pulses is on the roster too, and not written to, so
    that nobody can count them."""
    turns = panels.turns(work, spec.audience)
    if plan.share >= 1:
        return [(one.person_id, one.team_id) for one in turns]
    chance = random.SystemRandom()
    lots = {one.person_id: chance.random() for one in turns}
    chosen = panel(turns, plan.share, spec.opens_on, plan.gap_weeks, lots)
    return [(one.person_id, one.team_id) for one in turns if one.person_id in chosen]


def invited(work: Work, pulse_id: int) -> fanout.Who:
    """Everybody on the roster who wants to hear of pulses."""
    return rosters.on_roster(pulse_id) & preferences.wants_pulses(work.now.date())


def _tell_not_launched(work: Work, spec: Spec, count: int) -> None:
    words = (
        f" was not launched: its audience is {count} people by now, and fewer than {spec.group} could not "
        "stay unknown."
        if count < spec.group
        else " was not launched: its last day was over before it could be."
    )
    tell_functions(work, f"pulse.not_launched:{spec.digest()[:16]}", sentence(strong(spec.title), words))


LAUNCH = Chore("pulse.launch", due, launch)


# ------------------------------------------------------------------------------------------------ while it is open


def reminders(work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
    """One for each open pulse of some days: the morning of the last working day before its last day.

    On a weekend it would wait for people's hours, and the pulse would often be closed by then.
    """
    for one in pulses.in_status(work, Status.OPEN):
        day = working_day_before(one.spec.closes_on)
        if day <= one.spec.opens_on:
            continue
        at = local(ZoneInfo(one.spec.zone), day, time())
        if after < at <= until:
            yield Happening(period=str(one.id), due_at=at)


def remind(work: Work, happening: Happening) -> int:
    """A row for everybody who was asked, whether they have answered or not: only what is sent differs."""
    one = pulses.by_id(work, int(happening.period))
    if one is None or one.status is not Status.OPEN:
        return 0
    return place_many(
        work,
        f"pulse.reminder/{one.id}",
        invited(work, one.id),
        None,
        REMINDER,
        {"pulse": str(one.id)},
        expires_at=one.spec.closes_at,
        traceless=True,
    )


REMIND = Schedule("pulse.reminder", timedelta(hours=20), reminders, remind)


def due_to_refresh(work: Work) -> Sequence[int]:
    """All open pulses now and then, none otherwise; nothing remembers when it was last."""
    if work.vault is None or random.SystemRandom().randrange(REFRESH_TICKS):
        return []
    return [one.id for one in pulses.in_status(work, Status.OPEN) if work.now < one.spec.closes_at]


async def refresh(store: Store, pulse_id: int) -> None:
    """Lock some blocks anew, each in a commit of its own as an answer is.

    Otherwise copies of the database taken between answers would show which blocks were busy, and so who rather took
    part.
    """
    count = await store.read(lambda work: ballots.blocks(work, pulse_id))
    for block in random.SystemRandom().sample(range(count), math.ceil(count / REFRESH_PART)):
        await store.write(partial(_refresh, pulse_id=pulse_id, block=block))


def _refresh(work: Work, pulse_id: int, block: int) -> None:
    one = pulses.by_id(work, pulse_id)
    if one is not None and one.status is Status.OPEN:
        ballots.refresh(work, one, block)


REFRESH = Job("pulse.refresh", due_to_refresh, refresh)
