"""Once a week, whose concerns are open for long or not settled; the time for a first answer is over for all of them."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, time, timedelta

from domain.calendar import weekly
from domain.concerns import State, number_words
from domain.schedules import Happening, week_of
from handlers.capability import tell
from handlers.cards import Button, Buttons, Card, Text, runs, strong
from handlers.concerns.finding import Case, owner_of, with_initiative
from handlers.concerns.telling import handlers_of, sponsors_of
from handlers.concerns.wording import about
from handlers.digests.making import sending
from handlers.schedule import Schedule
from storage import concern_deadlines
from storage.store import Work

#: An ISO weekday and a time, in the organisation's zone.
ON, AT = 1, time(8, 30)
#: From when on an open one is, in that week, said to be.
LONG = timedelta(days=14)
#: How many are looked at, and named in one message.
MOST, MOST_NAMED = 200, 10


def happenings(work: Work, after: datetime, until: datetime) -> Iterable[Happening]:
    for moment in weekly(sending(work).zone_info, ON, AT, after, until):
        yield Happening(period=week_of(moment.day), due_at=moment.at)


def plan(work: Work, happening: Happening) -> int:
    """To the owner of each, all who handle it where nobody owns it, and the sponsors of what is not settled."""
    whose: dict[int, list[Case]] = defaultdict(list)
    for one in concern_deadlines.lingering(work, work.now - LONG, limit=MOST):
        case = with_initiative(work, one)
        owner = owner_of(work, case)
        to = set(handlers_of(work, one)) if owner is None else {owner.id}
        if one.state is State.REOPENED:
            to |= set(sponsors_of(work, one))
        for person_id in to:
            whose[person_id].append(case)
    return sum(
        tell(work, f"concern.lingering:{happening.period}:{person_id}", person_id, _card(cases), polite=True)
        for person_id, cases in sorted(whose.items())
    )


def _card(cases: list[Case]) -> Card:
    said = "1 concern waits" if len(cases) == 1 else f"{len(cases):,} concerns wait"
    lines = "".join(f"\n• {_line(case)}" for case in cases[:MOST_NAMED])
    more = f"\n• and {len(cases) - MOST_NAMED} more" if len(cases) > MOST_NAMED else ""
    return Card(
        summary=f"{said} for what comes of them.",
        elements=(
            Text(
                runs=runs(
                    strong(f"{said} for what comes of {'it' if len(cases) == 1 else 'them'}:"), lines, more
                )
            ),
            Buttons(items=(Button(label="Open concerns", action="concern.list", value="open"),)),
        ),
    )


def _line(case: Case) -> str:
    one = case.one
    if one.state is State.REOPENED:
        where = "not settled for its reporter"
    else:
        handed = one.week if one.handed_at is None else week_of(one.handed_at.date())
        where = f"open since week {handed[-2:]}"
    return f"{number_words(one.number or 0)} about {about(case.initiative)}, {where}"


LINGERING = Schedule(name="concern.lingering", catch_up=timedelta(hours=8), happenings=happenings, plan=plan)
