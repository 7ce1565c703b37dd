"""Some months in the life of the playground's company: initiatives and what people put into them.

The company, its people and everything they did are made up. The same seed on the same day makes the same history.
"""

import random
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from domain.contributions import Degree, Draft, Kind
from domain.initiatives import SPONSORS, InitiativeDraft, Stage, lesson
from domain.people import Person
from storage import contributions, initiatives, people
from storage.store import Work

#: How far back the history goes. The last days are left to whoever tries the playground.
DAYS = 130
SEED = 20

DOMAIN = "alderpike.example"


class Story(NamedTuple):
    """One initiative, who answers for it, who works on it, and what they may have done."""

    key: str
    name: str
    outcome: str
    department: str
    business_sponsor: str
    technical_sponsor: str
    product_owner: str
    #: Local parts of e-mail addresses.
    people: tuple[str, ...]
    #: About how many entries a week there are.
    entries_a_week: float
    deeds: tuple[tuple[Kind, str], ...]
    #: How far it has come.
    stage: Stage = Stage.IDEA
    #: What was learned and how it may help others, where it was stopped; so many days ago.
    learned: tuple[str, str] | None = None
    stopped_days_ago: int = 0


STORIES = (
    Story(
        key="claims",
        name="Claims triage",
        outcome="Simple claims are settled within one working day, and nobody has to sort the queue by hand.",
        department="Operations",
        business_sponsor="maren.voss",
        technical_sponsor="arun.desai",
        product_owner="tobias.ekwall",
        people=(
            "ines.carvalho",
            "jonas.brandt",
            "priya.raman",
            "daniel.osei",
            "lucia.ferrante",
            "wen.zhao",
            "yuki.tanaka",
        ),
        entries_a_week=7,
        deeds=(
            (Kind.DATA, "labelled {n} storm claims that went to the wrong queue"),
            (Kind.DATA, "shared the extract of {n} closed water damage claims"),
            (Kind.EXPERTISE, "explained to the AI team when a total loss needs a surveyor"),
            (Kind.EXPERTISE, "answered {few} questions about claims with a second policy"),
            (Kind.TESTING, "tried {n} old claims against the new model and noted the misses"),
            (Kind.TESTING, "checked {few} suggestions a day for a week on the pilot team"),
            (Kind.CHANGE, "rewrote the hand-over checklist so that suggestions come first"),
            (Kind.DESIGN, "workshop on what the triage screen should show"),
            (Kind.REVIEW, "reviewed {few} claims where the model and the adjuster disagreed"),
            (Kind.RISK, "let the pilot run on the Monday queue and stood in for what it missed"),
            (Kind.TRAINING, "showed {few} colleagues how to overrule a suggestion"),
        ),
        stage=Stage.SCOPED,
    ),
    Story(
        key="complaints",
        name="Complaints summariser",
        outcome="Every complaint has a fair first answer within two days.",
        department="Operations",
        business_sponsor="maren.voss",
        technical_sponsor="nora.lindqvist",
        product_owner="hanne.solberg",
        people=("marcus.bell", "aoife.kerrigan", "rohan.mehta", "carla.nieminen", "yuki.tanaka"),
        entries_a_week=5,
        deeds=(
            (Kind.TESTING, "read {n} draft summaries and marked the wrong facts"),
            (Kind.TESTING, "compared {few} summaries with the letters they came from"),
            (Kind.DATA, "made {n} anonymised letters from made-up customers"),
            (Kind.EXPERTISE, "wrote down what an apology has to say, and what it must not"),
            (Kind.DESIGN, "sketched how a summary shows what it is unsure of"),
            (Kind.CHANGE, "moved the weekly triage meeting to after the summaries arrive"),
            (Kind.REVIEW, "second look at {few} answers before they went out"),
            (Kind.TRAINING, "half an hour with the new starters on reading summaries with care"),
        ),
        stage=Stage.LIVE,
    ),
    Story(
        key="underwriting",
        name="Underwriting notes",
        outcome="Underwriters find what was agreed with a broker in a minute instead of twenty.",
        department="Operations",
        business_sponsor="maren.voss",
        technical_sponsor="mateo.rivas",
        product_owner="femi.adeyemi",
        people=("greta.lindholm", "oscar.tran", "sunita.pillai", "nora.lindqvist"),
        entries_a_week=3,
        deeds=(
            (Kind.DATA, "collected {few} note templates that are really in use"),
            (Kind.EXPERTISE, "explained the abbreviations in {n} old notes"),
            (Kind.DESIGN, "tried three ways to search notes with the AI team"),
            (Kind.TESTING, "looked for {few} known agreements and timed it"),
            (Kind.CHANGE, "agreed with the brokers' desk on one place for notes"),
            (Kind.REVIEW, "went through the answers that quoted the wrong year"),
        ),
        stage=Stage.FRAMED,
    ),
    Story(
        key="invoices",
        name="Invoice matching",
        outcome="Nine of ten invoices match an order without anybody looking.",
        department="Finance",
        business_sponsor="beatrice.howe",
        technical_sponsor="nora.lindqvist",
        product_owner="nadia.haddad",
        people=("piotr.zielinski", "grace.mbeki", "mateo.rivas"),
        entries_a_week=3,
        deeds=(
            (Kind.DATA, "matched {n} old invoices by hand as an answer key"),
            (Kind.TESTING, "went through {few} wrong matches with the vendor names"),
            (Kind.EXPERTISE, "explained part deliveries and credit notes"),
            (Kind.CHANGE, "changed the order form so that the number is typed once"),
            (Kind.RISK, "ran the month end with both ways side by side"),
            (Kind.REVIEW, "reviewed matches over 5,000 by eye"),
        ),
        stage=Stage.SCALING,
    ),
    Story(
        key="forecast",
        name="Month-end forecast",
        outcome="The forecast is ready on the second working day, with its reasons beside it.",
        department="Finance",
        business_sponsor="beatrice.howe",
        technical_sponsor="mateo.rivas",
        product_owner="kenji.morita",
        people=("elif.aydin", "samuel.whitlock", "yuki.tanaka"),
        entries_a_week=2,
        deeds=(
            (Kind.DATA, "cleaned {few} years of cost centre names"),
            (Kind.EXPERTISE, "listed what moves the numbers and is in no system"),
            (Kind.TESTING, "compared last month's forecast with what came"),
            (Kind.DESIGN, "chose with the AI team which reasons are worth showing"),
            (Kind.TRAINING, "lunch session on reading the ranges"),
        ),
        learned=(
            "The forecast was no better than the one made by hand: what moves the numbers most, such as a late "
            "storm or a new broker, stands in no system before the month ends.",
            "The cleaned cost centre names are in use in Payments. Ask first where the reasons for a number are "
            "written down; if they are in people's heads, begin there.",
        ),
        stopped_days_ago=9,
    ),
)

_THANKS = (
    "Thank you, that is what made the last release better.",
    "Thank you. The AI team used it the same afternoon.",
    "Thank you for taking the time in a busy week.",
)
_MINUTES = (None, 30, 45, 60, 60, 90, 120, 120, 150, 180, 240)
_DEGREES = (Degree.EQUAL, Degree.EQUAL, Degree.EQUAL, Degree.LEAD, Degree.SUPPORTING, Degree.SUPPORTING)


def write_history(work: Work, today: date) -> int:
    """Put the initiatives and their history into a store that has the company's people; how many entries."""
    chance = random.Random(SEED)
    known = {one.email.partition("@")[0]: one for one in _people(work)}
    departments = {path: number for number, path in people.departments(work)}
    entries = 0
    for story in STORIES:
        began = _at(work.now, today - timedelta(days=DAYS + 10))
        draft = InitiativeDraft(
            key=story.key,
            name=story.name,
            outcome=story.outcome,
            department_id=departments[story.department],
            business_sponsor_id=known[story.business_sponsor].id,
            technical_sponsor_id=known[story.technical_sponsor].id,
            product_owner_id=known[story.product_owner].id,
        )
        initiative_id = initiatives.add(
            replace(work, now=began), draft, created_by_id=known[story.technical_sponsor].id
        )
        for part in SPONSORS:
            accepted = replace(work, now=began + timedelta(days=1))
            initiatives.accept(accepted, initiative_id, part, draft.holders[part])
        initiatives.set_stage(work, initiative_id, story.stage)
        if story.learned is not None:
            initiatives.stop(work, initiative_id, lesson(*story.learned))
        for back in range(DAYS, max(1, story.stopped_days_ago), -1):
            day = today - timedelta(days=back)
            if day.weekday() < 5 and chance.random() < story.entries_a_week / 5:
                _entry(work, story, initiative_id, day, known, chance)
                entries += 1
    return entries


def _entry(
    work: Work, story: Story, initiative_id: int, day: date, known: dict[str, Person], chance: random.Random
) -> None:
    who = known[chance.choice(story.people)]
    kind, deed = chance.choice(story.deeds)
    draft = Draft(
        kind=kind,
        initiative_id=initiative_id,
        effort_minutes=chance.choice(_MINUTES),
        day=day,
        what=deed.format(n=chance.randrange(40, 420, 20), few=chance.randrange(3, 12)),
        degree=chance.choice(_DEGREES),
    )
    logged = replace(work, now=_at(work.now, day))
    entry = contributions.add(logged, draft, person_id=who.id, team_id=who.team_id, logged_by_id=who.id)
    if chance.random() < 0.3:
        owner = known[story.product_owner]
        thanked = replace(work, now=min(work.now, logged.now + timedelta(days=1)))
        contributions.remark(thanked, entry, from_id=owner.id, sort="thanks", text=chance.choice(_THANKS))


def _people(work: Work) -> list[Person]:
    names = {name for story in STORIES for name in (*story.people, *story[4:7])}
    found = (people.by_email(work, f"{name}@{DOMAIN}") for name in sorted(names))
    return [one for one in found if one is not None]


def _at(now: datetime, day: date) -> datetime:
    """The afternoon of a day."""
    return datetime.combine(day, time(15), tzinfo=now.tzinfo)
