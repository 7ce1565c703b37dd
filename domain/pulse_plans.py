"""Planning a pulse: which days, groups and rhythms are possible, what they come to, and how that is said."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.calendar import local
from domain.pulses import (
    LEAST_K,
    LEAST_M,
    MAX_TITLE,
    MOST_DAYS,
    MOST_GAP_WEEKS,
    MOST_K,
    Plan,
    Rhythm,
    Spec,
    Turn,
    panel,
    working_days_after,
)
from domain.questions import Question

USUAL_DAYS = 7
#: How far ahead a first day, and the last of a rhythm, may lie, in days.
MOST_AHEAD = 366
#: Until when a rhythm goes on, unless somebody says otherwise, in weeks.
USUAL_WEEKS = 12
MAX_TRUSTEE = 60
#: At these shares of answers a plan says what could be read.
RESPONSES = (0.5, 0.7, 0.9)


def usual_days(today: date) -> tuple[date, date]:
    """The first and the last day that a new plan starts from: the next working day, and six days later."""
    opens_on = working_days_after(today, 1)
    return opens_on, opens_on + timedelta(days=USUAL_DAYS - 1)


def day_problems(opens_on: date, closes_on: date, today: date) -> dict[str, str]:
    """What is wrong with the days of a pulse, by `opens` and `closes`; {} if nothing is."""
    if opens_on < today:
        return {"opens": "That day is over. Please choose today or a later day."}
    if (opens_on - today).days > MOST_AHEAD:
        return {"opens": "That is more than a year away. Please choose an earlier day."}
    if closes_on < opens_on:
        return {"closes": "The last day is before the first. Please choose a later one."}
    days = (closes_on - opens_on).days + 1
    if days > MOST_DAYS:
        return {"closes": f"That is {days} days; a pulse is open for at most {MOST_DAYS}."}
    # Of today a part is over: it is no whole working day any more.
    whole = (opens_on + timedelta(days=number) for number in range(days))
    if not any(one.isoweekday() <= 5 and one != today for one in whole):
        return {"closes": "People need at least one whole working day to answer. Please choose a later day."}
    return {}


def limit_problems(k: int, m: int) -> dict[str, str]:
    """What is wrong with the size of groups and their blurred ends, by `k` and `m`; {} if nothing is."""
    if not LEAST_K <= k <= MOST_K:
        return {"k": f"Groups have at least {LEAST_K} answers, and at most {MOST_K} can be asked for."}
    most = (k - 1) // 2
    if not LEAST_M <= m <= most:
        only = f"this is {LEAST_M}" if most == LEAST_M else f"this is {LEAST_M} to {most}"
        return {"m": f"With groups of {k}, {only}."}
    return {}


def rhythm_problems(plan: Plan) -> dict[str, str]:
    """What is wrong with how a pulse comes again, by `rhythm`, `gap` and `until`; {} if nothing is."""
    if plan.rhythm is Rhythm.ONCE:
        return {}
    if plan.spec.trustee is not None:
        return {"rhythm": "A third party's key opens one pulse only, so such a pulse is planned for once."}
    weeks = plan.rhythm.weeks
    found: dict[str, str] = {}
    days = (plan.spec.closes_on - plan.spec.opens_on).days + 1
    if days > 7 * weeks:
        found["rhythm"] = (
            f"It is open for {days} days, and the next one would open before it closes. Please choose another "
            "rhythm, or fewer days."
        )
    if not weeks <= plan.gap_weeks <= MOST_GAP_WEEKS:
        found["gap"] = f"Please choose {weeks} to {MOST_GAP_WEEKS} weeks."
    elif plan.gap_weeks % weeks:
        found["gap"] = "With a pulse every two weeks, this is an even number."
    first = plan.spec.opens_on
    if plan.until is None:
        found["until"] = "Please say until which day there may be another one."
    elif plan.until < first + timedelta(weeks=weeks):
        found["until"] = (
            f"The second one would open on {day_words(first + timedelta(weeks=weeks))}; please choose that day or "
            "a later one."
        )
    elif (plan.until - first).days > MOST_AHEAD:
        found["until"] = "Please choose a day within a year of the first, so that somebody looks at it again."
    return found


def missed(plan: Plan, today: date) -> bool:
    """Whether the first day is over, so that it cannot be approved as it is; `today` is the day in the plan's zone."""
    return plan.spec.opens_on < today


def missed_at(plan: Plan) -> datetime:
    """When its first day is over, where it was planned."""
    return local(ZoneInfo(plan.spec.zone), plan.spec.opens_on + timedelta(days=1), time())


def asked_each_time(plan: Plan, sizes: Mapping[int, int]) -> dict[int, int]:
    """How many of each team are asked by one pulse of a plan, where `sizes` are in the audience; none are left out."""
    turns = [
        Turn(number, team, None)
        for number, team in enumerate(team for team, size in sorted(sizes.items()) for _ in range(size))
    ]
    if plan.share >= 1:
        return dict(sizes)
    lots = {one.person_id: 0.0 for one in turns}
    chosen = panel(turns, plan.share, plan.spec.opens_on, plan.gap_weeks, lots)
    asked = dict.fromkeys(sizes, 0)
    for one in turns:
        asked[one.team_id] += one.person_id in chosen
    return asked


def size_problem(plan: Plan, asked: int) -> str | None:
    """Why so few people cannot be asked, or None."""
    if asked >= plan.spec.group:
        return None
    people = "nobody" if not asked else "1 person" if asked == 1 else f"{asked} people"
    each = " each time" if plan.share < 1 else ""
    return (
        f"This asks {people}{each}, and groups have at least {plan.spec.group} answers, so nothing could ever be "
        "read. Please ask more people."
    )


def day_words(day: date) -> str:
    """ "Thursday 19 November"."""
    return f"{day:%A} {day.day} {day:%B}"


def days_words(spec: Spec) -> str:
    """ "Thursday 19 November to Wednesday 25 November, 7 days"."""
    days = (spec.closes_on - spec.opens_on).days + 1
    if days == 1:
        return f"{day_words(spec.opens_on)}, 1 day"
    return f"{day_words(spec.opens_on)} to {day_words(spec.closes_on)}, {days} days"


def rhythm_words(plan: Plan) -> str:
    """How often it comes: "once"; "every week until Monday 1 March, 12 times"."""
    if plan.rhythm is Rhythm.ONCE or plan.until is None:
        return "once"
    times = 1
    while plan.run(times + 1) is not None:
        times += 1
    every = "every week" if plan.rhythm.weeks == 1 else "every two weeks"
    last = plan.spec.opens_on + timedelta(weeks=plan.rhythm.weeks * (times - 1))
    return f"{every}, {times} times, the last from {day_words(last)}"


def panel_words(plan: Plan, everybody: int, asked: int) -> str:
    """What a pulse that comes again and again asks of people, in one or two sentences; "" where it comes once."""
    if plan.rhythm is Rhythm.ONCE:
        return ""
    if plan.share >= 1:
        return f"Everybody is asked each time: {everybody} people, every {_weeks(plan.rhythm.weeks)}."
    a_week = round(asked / plan.rhythm.weeks)
    each = (
        f"about {asked} of {everybody} people"
        if plan.rhythm.weeks == 1
        else f"about {asked} of {everybody} people, which is about {a_week} a week"
    )
    return f"Each time another part is asked: {each}. Nobody is asked again within {_weeks(plan.gap_weeks)}."


def _weeks(number: int) -> str:
    return "week" if number == 1 else f"{number} weeks"


def usual_title(set_title: str | None, questions: Sequence[Question], tool: str | None) -> str:
    """What a pulse is called unless somebody says otherwise: after its set or what it asks about, and its tool."""
    title = set_title or " and ".join(dict.fromkeys(one.driver.label for one in questions)) or "Pulse"
    whole = title if tool is None else f"{title}: {tool}"
    return next((one for one in (whole, title) if len(one) <= MAX_TITLE), "Pulse")


def named(names: Iterable[str], most: int = 4) -> str:
    """A list in words, with a count of what is not named: "Claims, Finance and 7 more"."""
    known = list(names)
    shown, left = known[:most], len(known) - most
    if left > 0:
        return f"{', '.join(shown)} and {left} more"
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}" if shown else ""
