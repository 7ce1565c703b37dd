"""Outcomes of single messages, stored at once."""

from datetime import datetime

from storage import outcomes
from storage.outbox import Waiting
from storage.outcomes import Outcome
from storage.store import Work


def sent(
    work: Work, taken: Waiting, reference: str, *, platform: str | None = None, keep: bool = False
) -> bool:
    """Store that a message was sent; False if it was written anew meanwhile."""
    return _stored(work, outcomes.sent(taken, reference, platform=platform, keep=keep))


def gone(work: Work, taken: Waiting, reason: str) -> bool:
    return _stored(work, outcomes.gone(taken, reason))


def postpone(work: Work, taken: Waiting, *, until: datetime, reason: str) -> bool:
    return _stored(work, outcomes.later(taken, until, reason))


def give_up(work: Work, taken: Waiting, reason: str) -> bool:
    """Store that a message was given up; False if it was written anew meanwhile."""
    return _stored(work, outcomes.dead(taken, reason))


def _stored(work: Work, outcome: Outcome) -> bool:
    settled = outcomes.settle(work, [outcome])
    assert not settled.locked
    return outcome.taken.id not in settled.revised
