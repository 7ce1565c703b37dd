"""Approving a plan for pulses, by two people of two functions, and taking it back; checked anew on each press."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from domain.errors import NotAllowed, Refused
from domain.people import Act, Person, may
from domain.pulse_plans import day_words, days_words, missed, missed_at
from domain.pulses import PlanState, Side, Status, side_of
from domain.schedules import Happening
from handlers.capability import Actor, AnyReply, keep_up, marked, place, tell
from handlers.cards import Buttons, Card, Shown, Text, runs, strong
from handlers.conversation import Press, Replace, Say
from handlers.pulses import plan_card
from handlers.pulses.plan_card import PRINT, VIEW, news, subject
from handlers.schedule import Schedule
from storage import people as directory
from storage import pulses
from storage.outbox import Priority
from storage.pulses import Kept
from storage.store import Work

#: How many plans stand on the page of whoever they wait for.
MOST_ON_HOME = 2


class NotPlanning(NotAllowed):
    """Pulses are planned by HR and the AI function together."""


class NoSuchPlan(Refused):
    """I cannot find that plan. `pulse plans` shows what is planned."""


class KeyUsed(Refused):
    """Another pulse has the same third party's key, and each needs a key of its own. “Details” takes another one."""


def require(actor: Actor) -> None:
    """Raises NotPlanning."""
    if not may(actor.person, Act.PLAN_PULSE):
        raise NotPlanning


def read(value: str) -> tuple[int, str]:
    """The plan of a button, and the beginning of the fingerprint that was shown. Raises NoSuchPlan."""
    number, _, shown = value.partition(" ")
    if not (number.isascii() and number.isdecimal() and len(number) < 10 and len(shown) in (0, PRINT)):
        raise NoSuchPlan
    return int(number), shown


def found(work: Work, plan_id: int, *, lock: bool = False) -> Kept:
    """Raises NoSuchPlan."""
    kept = pulses.kept(work, plan_id, lock=lock)
    if kept is None:
        raise NoSuchPlan
    return kept


def present(actor: Actor, kept: Kept, work: Work, note: str = "") -> Card:
    """The card as it is now, for whoever pressed."""
    return plan_card.card(plan_card.seen(work, kept), actor.person, note=note)


def waiting(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """The plans that wait for this person's function, for the top of their page; nothing where none does."""
    if not may(actor.person, Act.PLAN_PULSE):
        return ()
    elements: list[Shown] = []
    mine = [
        one for one in pulses.half_approved(work, but=actor.person.id) if _waits_for(actor.person, one, work)
    ]
    for kept in mine[:MOST_ON_HOME]:
        side = side_of(actor.person, kept.approvals)
        assert isinstance(side, Side)
        words = f" waits for {side.label}: {side.other.label} has approved it. {days_words(kept.plan.spec)}."
        elements += [
            Text(runs=runs(strong(kept.plan.spec.title), words)),
            Buttons(items=(plan_card.show_button(kept.id, kept.plan, "See it and approve"),)),
        ]
    if len(mine) > MOST_ON_HOME:
        elements.append(Text(runs=marked(actor.origin, "`pulse plans` shows the others that wait.")))
    return tuple(elements)


def _waits_for(person: Person, kept: Kept, work: Work) -> bool:
    """Whether a press of theirs would approve it: not once its first day is over."""
    today = work.now.astimezone(ZoneInfo(kept.plan.spec.zone)).date()
    return isinstance(side_of(person, kept.approvals), Side) and not missed(kept.plan, today)


def on_approve(actor: Actor, press: Press, work: Work) -> AnyReply:
    """For the function that the person stands for at this moment, if they saw what the plan is at this moment."""
    require(actor)
    plan_id, shown = read(press.value)
    kept = found(work, plan_id, lock=True)
    spec = kept.plan.spec
    if kept.state is not PlanState.DRAFT:
        return Replace(card=present(actor, kept, work))
    if shown != kept.fingerprint[:PRINT]:
        note = "This was changed since you got that card, so nothing is approved yet. This is how it is now."
        return Replace(card=present(actor, kept, work, note))
    if missed(kept.plan, work.now.astimezone(ZoneInfo(spec.zone)).date()):
        return Replace(card=present(actor, kept, work))
    kept = _still_standing(kept, work)
    side = side_of(actor.person, kept.approvals)
    if not isinstance(side, Side):
        return Replace(card=present(actor, kept, work, side))
    if spec.trustee_key is not None and pulses.uses_key(work, spec.trustee_key, but=kept.id):
        raise KeyUsed
    pulses.approve(work, kept.id, side, actor.person.id)
    kept = found(work, kept.id)
    if kept.approvals.complete:
        _schedule(actor, kept, work)
        kept = found(work, kept.id)
    else:
        _hand_over(actor, kept, side, work)
    keep_up(work, subject(kept.id))
    return Replace(card=present(actor, kept, work))


def _still_standing(kept: Kept, work: Work) -> Kept:
    """The plan without an approval for a function that whoever gave it has left since: that function approves anew."""
    for side in Side:
        given = kept.approvals.of(side)
        if given is not None and given not in {one.id for one in directory.with_role(work, side.role)}:
            pulses.change(work, kept.id, kept.plan)
            return found(work, kept.id)
    return kept


def _hand_over(actor: Actor, kept: Kept, side: Side, work: Work) -> None:
    """Put the plan in front of everybody of the other function: whoever comes first approves it."""
    words = f" was approved by {actor.person.name} for {side.label}. It waits for {side.other.label}."
    for one in directory.with_role(work, side.other.role):
        if one.id != actor.person.id and not put(work, kept.id, one.id):
            key = f"plan:{kept.id}:waits:{kept.fingerprint[:PRINT]}:{one.id}"
            tell(work, key, one.id, news(kept, words), priority=Priority.URGENT)


def put(work: Work, plan_id: int, person_id: int) -> bool:
    """Put the plan's card in front of somebody; False if they have it."""
    return place(
        work,
        f"plan:{plan_id}:p{person_id}",
        subject(plan_id),
        VIEW,
        {"plan": str(plan_id)},
        person_id=person_id,
        priority=Priority.URGENT,
    )


def _schedule(actor: Actor, kept: Kept, work: Work) -> None:
    """Both have approved: the first pulse waits for its day."""
    pulses.set_plan_state(work, kept.id, PlanState.APPROVED)
    first = kept.plan.run(1)
    assert first is not None
    pulses.schedule(work, kept.id, 1, first)
    today = work.now.astimezone(ZoneInfo(first.zone)).date()
    day = "in a few minutes" if first.opens_on <= today else f"on {day_words(first.opens_on)}"
    names = directory.by_ids(work, {one for one in kept.approvals if one is not None})
    both = " and ".join(
        f"{names[one].name} for {side.label}" for side in Side if (one := kept.approvals.of(side)) in names
    )
    _tell(work, kept, "approved", f" is approved: {both}. It opens {day}.", _concerned(kept))


def on_withdraw(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Take back a draft, or an approved plan that has launched nothing yet."""
    require(actor)
    plan_id, _ = read(press.value)
    planned = _locked(work, plan_id)
    kept = found(work, plan_id, lock=True)
    open_to_it = kept.state is PlanState.DRAFT or plan_card.can_withdraw(plan_card.seen(work, kept))
    if not open_to_it:
        return Replace(card=present(actor, kept, work))
    for number in planned:
        pulses.set_status(work, number, Status.WITHDRAWN)
    pulses.set_plan_state(work, kept.id, PlanState.WITHDRAWN)
    words = f" was withdrawn by {actor.person.name}. Nobody is asked."
    _tell(work, kept, "withdrawn", words, _concerned(kept) - {actor.person.id})
    keep_up(work, subject(kept.id))
    return Replace(card=present(actor, found(work, kept.id), work))


def on_end(actor: Actor, press: Press, work: Work) -> AnyReply:
    """No further pulse of a plan that comes again and again."""
    require(actor)
    plan_id, _ = read(press.value)
    planned = _locked(work, plan_id)
    kept = found(work, plan_id, lock=True)
    if not plan_card.can_end(plan_card.seen(work, kept)):
        return Replace(card=present(actor, kept, work))
    for number in planned:
        pulses.set_status(work, number, Status.WITHDRAWN)
    pulses.set_plan_state(work, kept.id, PlanState.DONE)
    words = f" was ended by {actor.person.name}: no further pulse opens. One that is open goes on to its end."
    _tell(work, kept, "ended", words, _concerned(kept) - {actor.person.id})
    keep_up(work, subject(kept.id))
    return Replace(card=present(actor, found(work, kept.id), work))


def _locked(work: Work, plan_id: int) -> list[int]:
    """The pulses of a plan that wait for their day, kept from being launched meanwhile.

    A launch takes its pulse before its plan, and so does this: neither waits for the other for ever. What a launch
    that was under way has planned since is found on the next round.
    """
    looked: dict[int, Status] = {}
    while new := [one.id for one in pulses.of_plan(work, plan_id) if one.id not in looked]:
        for number in new:
            one = pulses.by_id(work, number, lock=True)
            assert one is not None
            looked[number] = one.status
    return [number for number, status in looked.items() if status is Status.PLANNED]


def on_show(actor: Actor, press: Press, work: Work) -> AnyReply:
    require(actor)
    return Say(card=present(actor, found(work, read(press.value)[0]), work))


def _concerned(kept: Kept) -> set[int]:
    """Whoever drafted or approved it."""
    return {one for one in (*kept.approvals, kept.created_by_id) if one is not None}


def _tell(work: Work, kept: Kept, what: str, words: str, people: Iterable[int]) -> None:
    for one in sorted(people):
        tell(work, f"plan:{kept.id}:{what}:{one}", one, news(kept, words), priority=Priority.URGENT)


def changed(actor: Actor, before: Kept, key: str, work: Work) -> None:
    """Tell those who had approved what the plan was before; `key` is the request's."""
    now = found(work, before.id)
    words = f" was changed by {actor.person.name} after you approved it. Please look at it again."
    for one in sorted({one for one in before.approvals if one is not None} - {actor.person.id}):
        tell(work, f"plan:{before.id}:changed:{key}:{one}", one, news(now, words), priority=Priority.URGENT)


# ------------------------------------------------------------------------------------- the first day goes by


def late(work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
    """Each draft whose first day goes by before both have approved it."""
    for kept in pulses.plans(work, PlanState.DRAFT, limit=200):
        at = missed_at(kept.plan)
        if after < at <= until:
            yield Happening(period=f"{kept.id}/{kept.plan.spec.opens_on}", due_at=at)


def tell_late(work: Work, happening: Happening) -> int:
    """Say so to whoever is waiting for it, and on every card."""
    number, _, day = happening.period.partition("/")
    kept = pulses.kept(work, int(number), lock=True)
    if kept is None or kept.state is not PlanState.DRAFT or kept.plan.spec.opens_on.isoformat() != day:
        return 0
    keep_up(work, subject(kept.id))
    words = " did not open: its first day went by before both had approved it. “Change” takes new days."
    people = _concerned(kept)
    for one in sorted(people):
        tell(work, f"plan:{kept.id}:late:{day}:{one}", one, news(kept, words), polite=True)
    return len(people)


LATE = Schedule("pulse.plan.late", timedelta(days=3), late, tell_late)
