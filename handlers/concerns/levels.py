"""How soon a concern has its first answer: what an organisation set, and what happens where that was missed."""

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from domain.calendar import MONDAY_TO_FRIDAY, daily, local
from domain.concerns import (
    MOST_SERIOUS_HOURS,
    MOST_USUAL_DAYS,
    Concern,
    Levels,
    Severity,
    due_at,
    number_words,
)
from domain.digests import Sending
from domain.people import Role
from domain.schedules import Happening
from handlers.capability import tell
from handlers.cards import Buttons, Card, Text, runs, sentence, strong
from handlers.concerns.card import moment, show_button
from handlers.concerns.finding import owner_of, with_initiative
from handlers.concerns.telling import handlers_of, moved, tell_sponsors
from handlers.concerns.wording import about
from handlers.digests import making
from handlers.digests.making import sending
from handlers.schedule import Chore, Schedule
from storage import concern_deadlines, concerns, organisation
from storage import people as directory
from storage.outbox import Priority
from storage.store import Work

#: The name under which an organisation's levels are kept: {"serious_hours": 24, "usual_days": 5}.
SETTING = "concern.levels"
#: What it depends on until when an answer is due: the organisation's zone, and its levels.
SETTINGS = (making.SETTING, SETTING)
#: When owners are reminded of what is due by the end of the next working day, in the organisation's zone.
REMINDED_AT = time(8, 30)
#: What was handed over since then is too new for a reminder.
TOO_NEW = timedelta(hours=4)
#: For how long after closing it is kept whom to tell of an answer.
ADDRESS_KEPT = timedelta(days=30)
#: How many are seen to at a time.
AT_ONCE = 100


def levels(work: Work) -> Levels:
    """What an organisation set; the usual where it set nothing, or nothing that makes sense."""
    return levels_of(organisation.get(work, SETTING))


def levels_of(stored: Any) -> Levels:
    """The same from what is stored under `SETTING`."""
    if not isinstance(stored, dict):
        return Levels()
    usual = Levels()
    hours, days = stored.get("serious_hours"), stored.get("usual_days")
    return Levels(
        hours if isinstance(hours, int) and 1 <= hours <= MOST_SERIOUS_HOURS else usual.serious_hours,
        days if isinstance(days, int) and 1 <= days <= MOST_USUAL_DAYS else usual.usual_days,
    )


def first_answer_due(work: Work, severity: Severity, handed_at: datetime) -> datetime:
    """Until when a concern that was handed over then should have its first answer."""
    return due_by([organisation.get(work, name) for name in SETTINGS], severity, handed_at)


def due_by(stored: Sequence[Any], severity: Severity, handed_at: datetime) -> datetime:
    """The same from what is stored under each of `SETTINGS`."""
    zone, kept = stored
    return due_at(severity, handed_at, Sending.of(zone).zone_info, levels_of(kept))


# --------------------------------------------------------------------------------------------------------- escalation


def escalate(work: Work, number: int) -> None:
    """Once, put a concern without an answer in time before both sponsors. Does nothing where that was done."""
    one = concerns.by_number(work, number, lock=True)
    if one is None or one.escalated_at is not None or not one.is_overdue(work.now):
        return
    before = set(handlers_of(work, one))
    concerns.change(work, one.case_id, escalated_at=work.now)
    after = concerns.by_case(work, one.case_id)
    assert after is not None
    case = with_initiative(work, after)
    sponsors = tell_sponsors(work, after, "escalated")
    people = directory.by_ids(work, before | sponsors)
    for person_id in sorted(before):
        person = people.get(person_id)
        if person is None or one.due_at is None:
            continue
        then = _then(case.initiative is not None, len(sponsors))
        said = (
            f" about {about(case.initiative)} had no answer by {moment(one.due_at, person)}, "
            f"which was the time for it. {then}"
        )
        tell(
            work,
            f"concern:{number}:late:{person_id}",
            person_id,
            _news(after, said),
            priority=Priority.URGENT,
        )
    if not before | sponsors:
        _tell_administrators(work, after)
    moved(work, after)


def _then(has_deployment: bool, sponsors: int) -> str:
    if sponsors:
        return "Both sponsors see it now." if sponsors > 1 else "Its sponsor sees it now."
    why = "Its sponsors have left" if has_deployment else "It is about no deployment"
    return f"{why}, so it stays with you."


def _tell_administrators(work: Work, one: Concern) -> None:
    """There is nobody who handles it: that is mended where roles are given."""
    said = (
        " had no answer in time, and nobody is there who could give one: it has no product owner, and nobody has the "
        "role of HR or of the AI function. The next import of the directory can give them."
    )
    for person in directory.with_role(work, Role.ADMIN):
        name = number_words(one.number or 0)
        tell(work, f"concern:{one.number}:nobody:{person.id}", person.id, sentence(strong(name), said))


ESCALATION = Chore(
    name="concern.escalation", due=lambda work: concern_deadlines.overdue(work, limit=AT_ONCE), do=escalate
)


# ---------------------------------------------------------------------------------------------------------- reminders


def happenings(work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
    """Every working day, in the organisation's zone."""
    for at in daily(sending(work).zone_info, REMINDED_AT, after, until):
        if at.day.isoweekday() in MONDAY_TO_FRIDAY:
            yield Happening(period=at.day.isoformat(), due_at=at.at)


def remind(work: Work, happening: Happening) -> int:
    """Remind whoever owns what is due by the end of the next working day; all who handle it where nobody does."""
    zone = sending(work).zone_info
    day = happening.due_at.astimezone(zone).date() + timedelta(days=1)
    while day.isoweekday() not in MONDAY_TO_FRIDAY:
        day += timedelta(days=1)
    count = 0
    for one in concern_deadlines.due_until(work, local(zone, day, time(23, 59))):
        if one.handed_at is None or one.handed_at > work.now - TOO_NEW or one.due_at is None:
            continue
        case = with_initiative(work, one)
        owner = owner_of(work, case)
        to = handlers_of(work, one) if owner is None else [owner.id]
        for person_id, person in sorted(directory.by_ids(work, to).items()):
            by = moment(one.due_at, person)
            said = f" about {about(case.initiative)} should have a first answer by {by}."
            if owner is None:
                said += " Nobody has taken it yet."
            key = f"concern:{one.number}:due:{one.due_at:%Y%m%d%H%M}:{person_id}"
            count += tell(work, key, person_id, _news(one, said), polite=True, expires_at=one.due_at)
    return count


REMINDERS = Schedule(name="concern.reminder", catch_up=timedelta(hours=8), happenings=happenings, plan=remind)


# ---------------------------------------------------------------------------------------------------------- forgetting


def forget_address(work: Work, number: int) -> None:
    """Drop whom to tell of an answer, so long after the case was closed."""
    one = concerns.by_number(work, number, lock=True)
    if one is not None and one.closed_at is not None and one.closed_at < work.now - ADDRESS_KEPT:
        concerns.change(work, one.case_id, return_address=None)


FORGETTING = Chore(
    name="concern.forgetting",
    due=lambda work: concern_deadlines.with_address(work, work.now - ADDRESS_KEPT, limit=AT_ONCE),
    do=forget_address,
)


def _news(one: Concern, said: str) -> Card:
    name = number_words(one.number or 0)
    return Card(
        summary=f"{name}{said}",
        elements=(Text(runs=runs(strong(name), said)), Buttons(items=(show_button(one, "Open it"),))),
    )
