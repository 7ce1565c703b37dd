"""The brief of a working session: what is gathered for it, and how it reads in chat and on paper."""

from collections.abc import Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from domain.briefs import MOST_LIMITS, USUAL_DAYS, Brief, InitiativeBrief, Session, off_target
from domain.contributions import effort_words
from domain.initiatives import Gap, Initiative, name_test
from domain.kpis import change_words
from domain.limits import change_words as whose_words
from domain.people import Person
from domain.reports import counted, date_words
from handlers import markdown, pages
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Divider,
    Fact,
    Facts,
    Heading,
    Shown,
    Text,
    runs,
    strong,
)
from handlers.digests.standing_sections import waiting_now, waits_words
from handlers.pages import charts
from handlers.sections import BriefSection
from storage import initiatives, kpis, limits, milestones, organisation, standing, weekly
from storage import people as directory
from storage.store import Work

#: The name under which an organisation's `Session` is kept.
SETTING = "brief.session"
#: Initiatives that a card shows, those with decisions first; the page has all.
MOST_SHOWN = 10


def session(work: Work) -> Session:
    return Session.of(organisation.get(work, SETTING))


def gathered(work: Work, sections: Sequence[BriefSection], zone: ZoneInfo) -> Brief:
    """The brief as things stand now; stores nothing."""
    today = work.now.astimezone(zone).date()
    asked = session(work)
    since = asked.last(today) or today - timedelta(days=USUAL_DAYS)
    known = [one for one in initiatives.active(work) if not one.closed]
    people = directory.by_ids(work, {holder for one in known for holder in one.holders.values()})
    numbered = kpis.business_owned(work, {one.id for one in known})
    given = weekly.given(work, since, today)
    waits = waiting_now(work, zone)
    told = []
    for one in known:
        stated = limits.of(work, one.id)
        reached = milestones.reached(work, one.id)
        put_in = given.get(one.id, weekly.Given(0, 0, 0))
        wanted = [
            f"{waiting.title}: {waits_words(waiting)}, open until {date_words(waiting.expires_on)}."
            for waiting in waits.get(one.id, [])
        ]
        wanted += _own_decisions(work, one, people, today, numbered=one.id in numbered)
        wanted += [line for section in sections for line in section.wanted(work, one.id)]
        told.append(
            InitiativeBrief(
                name=one.name,
                key=one.key,
                department=one.department.split("/", 1)[0],
                stage=one.stage,
                limits=tuple(f"{limit.text} {whose_words(limit)}" for limit in stated[:MOST_LIMITS]),
                limits_in_all=len(stated),
                signed_off=reached[-1][0] if reached else None,
                signed_off_on=reached[-1][1].astimezone(zone).date() if reached else None,
                entries=put_in.entries,
                people=put_in.people,
                effort_minutes=put_in.effort_minutes,
                reported=tuple(
                    line for section in sections for line in section.reported(work, one.id, since)
                ),
                wanted=tuple(wanted),
            )
        )
    return Brief(session=asked.coming(today), made_on=today, since=since, initiatives=tuple(told))


_TO_DECIDE = {
    Gap.SPONSOR: "Who in {department} sponsors it?",
    Gap.NUMBER: "Which number is it to move, and whose in {department} is it?",
    Gap.OWNER: "Who in {department} takes it over?",
}


def _own_decisions(
    work: Work, one: Initiative, people: dict[int, Person], today: date, *, numbered: bool
) -> list[str]:
    """What the name test, the transition plan and the numbers ask for."""
    said = [
        f"Name test: {gap.value} {_TO_DECIDE[gap].format(department=one.department)}"
        for gap in name_test(one, people, business_number=numbered)
    ]
    for _, text, owner, due in standing.late_steps(work, today=today, initiative_id=one.id):
        who = "" if owner is None else f"; {owner} has it"
        said.append(f"Transition plan: {text} (due {date_words(due)}{who}).")
    known = kpis.of(work, one.id)
    readings = kpis.latest(work, [kpi.id for kpi in known], limit=1)
    for kpi in known:
        why = off_target(kpi, readings.get(kpi.id, []), one.stage)
        if why is not None:
            said.append(f"{kpi.name}: {change_words(kpi, readings[kpi.id][-1].value)}; {why}.")
    return said


def title(brief: Brief) -> str:
    if brief.session is None:
        return "Brief for the working session"
    return f"Brief for the working session on {date_words(brief.session)}"


def sentence(brief: Brief) -> str:
    """The brief in one sentence."""
    if not brief.initiatives:
        return "No initiative is active, so there is nothing to decide."
    active = counted(len(brief.initiatives), "initiative")
    are = "is" if len(brief.initiatives) == 1 else "are"
    wanted = counted(brief.wanted, "decision") if brief.wanted else "no decision"
    return f"{active} {are} active; {wanted} {'is' if brief.wanted <= 1 else 'are'} wanted."


def elements(brief: Brief, *, most: int | None = None) -> tuple[Shown, ...]:
    """The initiatives in order of name; at most so many, those with decisions before the others."""
    shown = list(brief.initiatives)
    if most is not None and len(shown) > most:
        first = sorted(shown, key=lambda one: not one.wanted)[:most]
        shown = [one for one in shown if one in first]
    told: list[Shown] = [element for one in shown for element in _one(one, brief)]
    left = len(brief.initiatives) - len(shown)
    if left:
        told.append(Text(runs=runs(f"{counted(left, 'more initiative')} on the page.")))
    told.append(
        Context(
            runs=runs(
                f"As things stood on {date_words(brief.made_on)}. HR and the AI function have the same brief."
            )
        )
    )
    return tuple(told)


def _one(one: InitiativeBrief, brief: Brief) -> list[Shown]:
    signed_off = "nothing yet"
    if one.signed_off is not None and one.signed_off_on is not None:
        signed_off = f"{one.signed_off}, {date_words(one.signed_off_on)}"
    put_in = "nothing logged"
    if one.entries:
        effort = f", {effort_words(one.effort_minutes)}" if one.effort_minutes else ""
        put_in = (
            f"{counted(one.entries, 'entry', 'entries')} by {counted(one.people, 'person', 'people')}{effort}"
        )
    told: list[Shown] = [
        Divider(),
        Heading(text=one.name),
        Facts(
            items=(
                Fact(label="Stage", value=one.stage.words),
                Fact(label="Led by", value=one.department),
                Fact(label="Signed off last", value=signed_off),
                Fact(label=f"Since {date_words(brief.since)}", value=put_in),
            )
        ),
        Text(runs=runs(strong("Known limits"), _listed(_limits(one)))),
    ]
    if one.reported:
        told.append(Text(runs=runs(strong("What people report"), _listed(one.reported))))
    wanted = _listed(one.wanted) if one.wanted else ": none."
    told.append(Text(runs=runs(strong("Decisions wanted"), wanted)))
    return told


def _limits(one: InitiativeBrief) -> list[str]:
    left = one.limits_in_all - len(one.limits)
    more = [f"And {left:,} more, on the initiative's page."] if left else []
    return [*one.limits, *more] if one.limits else ["None is stated yet."]


def _listed(lines: Sequence[str]) -> str:
    return "".join(f"\n• {line}" for line in lines)


def card(brief: Brief, which: str) -> Card:
    """The brief in chat; `which` is the day of its session if it is kept, or "now"."""
    said = sentence(brief)
    button = Button(
        label="As a page", action="brief.file", value=which, described="Send me the brief as a page"
    )
    return Card(
        summary=f"{title(brief)}. {said}",
        elements=(
            Heading(text=title(brief)),
            Text(runs=runs(said)),
            *elements(brief, most=MOST_SHOWN),
            Buttons(items=(button,)),
        ),
    )


def html(brief: Brief) -> str:
    """The brief as one HTML file that needs nothing else."""
    return pages.page(
        "digest.html",
        title=title(brief),
        change=None,
        sentence=sentence(brief),
        elements=elements(brief),
        drawn=charts.drawn,
        made=date_words(brief.made_on),
    )


def text(brief: Brief) -> str:
    """The brief in Markdown."""
    head = (Heading(text=title(brief)), Text(runs=runs(sentence(brief))))
    return markdown.document((*head, *elements(brief)))
