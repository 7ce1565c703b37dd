"""Handing anonymous concerns over at fixed times, and telling of answers without saying whose they are."""

import random
from collections.abc import Iterable
from datetime import datetime, time, timedelta

import structlog

from domain.calendar import local, weekly
from domain.concerns import HANDED_AT, Severity, State
from domain.people import Role
from domain.schedules import Happening, week_of
from handlers.capability import Actor, AnyReply, keep_up, tell
from handlers.cards import Button, Buttons, Card, Text, runs, sentence, strong
from handlers.concerns import settling
from handlers.concerns.levels import first_answer_due
from handlers.concerns.telling import subject, tell_handlers, tell_of_word
from handlers.conversation import Press, Replace
from handlers.digests.making import sending
from handlers.fanout import tell_many
from handlers.schedule import Schedule
from storage import concern_boxes, concern_threads, concerns, fanout, occurrences, preferences
from storage import people as directory
from storage.outbox import Priority
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()

SCHEDULE = "concern.hand_over"
CATCH_UP = timedelta(days=3)
LINE = "concern.line"
#: When the weekly line goes: an ISO weekday and a time, in the organisation's zone.
LINE_ON, LINE_AT = 4, time(10)
#: For how long it is of use.
LINE_USEFUL = timedelta(days=3)

WORD = "There is an answer to something you raised. Your code opens it."


def happenings(work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
    """The two times of each day, in the organisation's zone."""
    zone = sending(work).zone_info
    day, last = after.astimezone(zone).date(), until.astimezone(zone).date()
    while day <= last:
        for at in HANDED_AT:
            moment = local(zone, day, at)
            if after < moment <= until:
                yield Happening(period=f"{day.isoformat()} {at:%H:%M}", due_at=moment)
        day += timedelta(days=1)


def plan(work: Work, happening: Happening) -> int:
    """Hand over what came, bring the handlers' cards up to date, and tell those who asked to be told of an answer."""
    due = {severity: first_answer_due(work, severity, work.now) for severity in Severity}
    handed, written, unusable = concern_boxes.hand_over(work, due, random.SystemRandom())
    if unusable:
        _set_aside(work, happening, unusable)
    for one in handed:
        tell_handlers(work, one)
    for word, week in written:
        settling.heard(work, word, week)
    words = concern_threads.with_the_last_word(work, since=work.now - CATCH_UP)
    for one, position in words:
        keep_up(work, subject(one))
        if one.state is not State.SETTLED:
            tell_of_word(work, one, position)
    return len(handed) + len(words) + _push(work, happening)


def _set_aside(work: Work, happening: Happening, number: int) -> None:
    """Tell whoever must act, once, that there are boxes that do not open: of whom nobody can know."""
    log.error("concern_box_unusable", boxes=number)
    what = "One concern that was" if number == 1 else f"{number:,} concerns that were"
    card = sentence(
        strong(f"{what} raised without a name cannot be opened."),
        " Either somebody else has written to the database, or Tandem runs with another vault than before. Please "
        "find out which. What the right vault can open is handed over as soon as that is back. What others changed can "
        "never be read, and no figure counts it.",
    )
    for role in (Role.HR, Role.AI, Role.ADMIN):
        for person in directory.with_role(work, role):
            tell(work, f"concern.unusable:{happening.period}:{person.id}", person.id, card)


def _push(work: Work, happening: Happening) -> int:
    """One line without any content, to each of those who asked for it; the row says nothing of the case."""
    people: set[int] = set()
    for one in concern_threads.to_tell(work, _since(work, happening), happening.due_at):
        try:
            person_id = concerns.return_address(work, one)
        except (Forged, VaultProblem) as problem:
            log.error("return_address_unusable", problem=type(problem).__name__)
            continue
        if person_id is not None:
            people.add(person_id)
    if not people:
        return 0
    return tell_many(
        work,
        f"concern.word/{happening.period}",
        fanout.among(people),
        Card(summary=WORD, elements=(Text(runs=runs(WORD)), Buttons(items=(_ENTER,)))),
        priority=Priority.NORMAL,
        expires_at=happening.due_at + timedelta(days=7),
    )


_ENTER = Button(label="Enter my code", action="concern.code")


def _since(work: Work, happening: Happening) -> datetime:
    """When was handed over last; of what was dropped nobody was told, so that counts as well."""
    before = occurrences.planned_before(work, SCHEDULE, happening.due_at)
    return before or happening.due_at - timedelta(days=1)


HAND_OVER = Schedule(name=SCHEDULE, catch_up=CATCH_UP, happenings=happenings, plan=plan)


# ------------------------------------------------------------------------------------------------------ the weekly line


def line_happenings(work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
    for moment in weekly(sending(work).zone_info, LINE_ON, LINE_AT, after, until):
        yield Happening(period=week_of(moment.day), due_at=moment.at)


def plan_line(work: Work, happening: Happening) -> int:
    """To everybody, in a week in which any anonymous concern got an answer: so that it points at nobody."""
    until = happening.due_at
    if not concern_threads.anonymous_answered(work, until - timedelta(days=7), until):
        return 0
    return tell_many(
        work,
        f"{LINE}/{happening.period}",
        concern_threads.wants_the_line(),
        _line(),
        expires_at=until + LINE_USEFUL,
    )


WEEKLY_LINE = Schedule(name=LINE, catch_up=timedelta(days=2), happenings=line_happenings, plan=plan_line)


def on_off(actor: Actor, press: Press, work: Work) -> AnyReply:
    _choose(actor, work, off=True)
    said = "You will not get that line any more. `concern code` works as before."
    return Replace(card=_with_button(said, Button(label="Get it again", action="concern.line.on")))


def on_on(actor: Actor, press: Press, work: Work) -> AnyReply:
    _choose(actor, work, off=False)
    return Replace(card=_with_button("You get the weekly line again.", _OFF))


def _choose(actor: Actor, work: Work, *, off: bool) -> None:
    chosen = preferences.of(work, actor.person.id)
    preferences.put(work, actor.person.id, chosen.model_copy(update={"answers_line_off": off}))


_OFF = Button(label="Spare me this line", action="concern.line.off")


def _line() -> Card:
    told = "If you raised a concern, an answer may be waiting. Everybody gets this line."
    return Card(
        summary=told,
        elements=(
            Text(runs=runs(told)),
            Buttons(items=(_ENTER, _OFF)),
        ),
    )


def _with_button(said: str, button: Button) -> Card:
    plain = said.replace("`", "")
    return Card(summary=plain, elements=(Text(runs=runs(plain)), Buttons(items=(button,))))
