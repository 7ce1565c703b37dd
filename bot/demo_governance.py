"""What the sponsors of two of the playground's initiatives have agreed on: charters, numbers, plans, limits.

All of it is made up. The same day makes the same page.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from domain.charters import CharterDraft
from domain.initiatives import Initiative
from domain.kpis import Direction, KpiDraft, Reading
from domain.limits import Extent, LimitDraft
from domain.transitions import DEFAULT_STEPS, StepDraft
from storage import charters, initiatives, kpis, limits, people, transitions
from storage.store import Work

DOMAIN = "alderpike.example"


class Number(NamedTuple):
    """A KPI, whose it is, and what it was on each of the last weeks, the oldest first."""

    draft: KpiDraft
    owner: str
    readings: tuple[float, ...]


class Planned(NamedTuple):
    """Who sees to a step, by when and when it was done, in days from today; None where there is nothing."""

    owner: str | None
    due: int | None
    done: int | None


class Agreed(NamedTuple):
    """What stands behind one initiative."""

    key: str
    charter: CharterDraft
    #: Who decides escalations.
    escalation: str
    numbers: tuple[Number, ...]
    #: For each of the default steps.
    plan: tuple[Planned, ...]
    #: Each with how many days ago it was stated.
    limits: tuple[tuple[int, LimitDraft], ...]
    #: One that no longer holds: stated and withdrawn so many days ago.
    former: tuple[int, int, LimitDraft] | None = None


AGREED = (
    Agreed(
        key="claims",
        charter=CharterDraft(
            department_decides=(
                "Which claims go through triage at all",
                "How much risk is taken with a wrong queue",
                "What customers are promised, and by when",
                "When an adjuster overrules a suggestion",
            ),
            technology_decides=(
                "Which model is used, and when it changes",
                "How it is run and watched",
                "Security and privacy standards",
            ),
            escalation_person_id=None,
            escalation_hours=24,
        ),
        escalation="maren.voss",
        numbers=(
            Number(
                KpiDraft(
                    key="handling-time",
                    name="Handling time of simple claims",
                    unit="minutes",
                    direction=Direction.DOWN,
                    baseline=20.5,
                    target=12,
                    owner_id=0,
                ),
                "maren.voss",
                (20.1, 19.4, 18.8, 17.2, 17.6, 15.9, 15.1, 14.2),
            ),
            Number(
                KpiDraft(
                    key="right-queue",
                    name="Claims in the right queue at once",
                    unit="%",
                    direction=Direction.UP,
                    baseline=71,
                    target=90,
                    owner_id=0,
                ),
                "tobias.ekwall",
                (72, 74, 73.5, 77, 80, 81.5, 84, 85.5),
            ),
        ),
        plan=(
            Planned("tobias.ekwall", -30, -33),
            Planned("ines.carvalho", -12, -10),
            Planned("jonas.brandt", -3, None),
            Planned("daniel.osei", 25, None),
            Planned(None, None, None),
        ),
        limits=(
            (
                48,
                LimitDraft(
                    text="It takes hail damage to a car for storm damage to a house when the letter names both.",
                    whose="adjusters in Claims",
                    extent=Extent.AT_THE_MARGIN,
                ),
            ),
            (
                20,
                LimitDraft(
                    text="It sorts the queue; the one who sorted it by hand every morning now checks samples.",
                    whose="the morning desk in Claims",
                    extent=Extent.SUBSTANTIALLY,
                ),
            ),
        ),
        former=(
            75,
            27,
            LimitDraft(
                text="It does not read scanned letters.",
                whose="the post room",
                extent=Extent.NOT,
            ),
        ),
    ),
    Agreed(
        key="invoices",
        charter=CharterDraft(
            department_decides=(
                "From which amount a person looks at a match",
                "What happens with part deliveries",
                "How suppliers are answered",
            ),
            technology_decides=("How matches are found", "Operations", "Technical standards"),
            escalation_person_id=None,
            escalation_hours=48,
        ),
        escalation="beatrice.howe",
        numbers=(
            Number(
                KpiDraft(
                    key="matched",
                    name="Invoices matched without a look",
                    unit="%",
                    direction=Direction.UP,
                    baseline=58,
                    target=90,
                    owner_id=0,
                ),
                "beatrice.howe",
                (58, 61, 60.5, 64, 69, 71, 70, 74),
            ),
        ),
        plan=(
            Planned("nadia.haddad", -5, -6),
            Planned("piotr.zielinski", 9, None),
            Planned("grace.mbeki", 30, None),
            Planned(None, 45, None),
            Planned("nadia.haddad", 20, None),
        ),
        limits=(
            (
                33,
                LimitDraft(
                    text="It matches a credit note with the wrong invoice when both are from one day.",
                    whose="accounts payable",
                    extent=Extent.AT_THE_MARGIN,
                ),
            ),
        ),
    ),
)


def write_governance(work: Work, today: date) -> None:
    """Put all of it into a store that has the company's people and initiatives."""
    for agreed in AGREED:
        initiative = initiatives.called(work, agreed.key)
        if initiative is not None:
            _write(work, initiative, agreed, today)


def _write(work: Work, initiative: Initiative, agreed: Agreed, today: date) -> None:
    charters.save(
        _on(work, _weekday(today - timedelta(days=40))),
        initiative.id,
        agreed.charter.model_copy(update={"escalation_person_id": _person(work, agreed.escalation)}),
        changed_by_id=initiative.business_sponsor_id,
    )
    for number in agreed.numbers:
        _write_number(work, initiative, number, today)
    transitions.start(work, initiative.id, DEFAULT_STEPS, changed_by_id=initiative.product_owner_id)
    for step, planned in zip(transitions.of(work, initiative.id), agreed.plan, strict=True):
        due = None if planned.due is None else _weekday(today + timedelta(days=planned.due))
        owner_id = None if planned.owner is None else _person(work, planned.owner)
        draft = StepDraft(text=step.text, owner_id=owner_id, due_on=due)
        transitions.change(work, step.id, draft, changed_by_id=initiative.product_owner_id)
        if planned.done is not None:
            done_on = _weekday(today + timedelta(days=planned.done))
            transitions.mark(work, step.id, done_on, changed_by_id=owner_id or initiative.product_owner_id)
    for back, stated in agreed.limits:
        _state(work, initiative, back, stated, today)
    if agreed.former is not None:
        since, until, former = agreed.former
        limit_id = _state(work, initiative, since, former, today)
        limits.withdraw(work, limit_id, on=_weekday(today - timedelta(days=until)))


def _write_number(work: Work, initiative: Initiative, number: Number, today: date) -> None:
    owner_id = _person(work, number.owner)
    began = _on(work, today - timedelta(weeks=len(number.readings) + 1))
    kpi_id = kpis.add(began, initiative.id, number.draft.model_copy(update={"owner_id": owner_id}))
    if kpi_id is None:
        return
    # The latest reading is of the last Friday before today.
    friday = today - timedelta(days=(today.weekday() - 4) % 7 or 7)
    for back, value in enumerate(reversed(number.readings)):
        day = friday - timedelta(weeks=back)
        kpis.note(_on(work, day), Reading(kpi_id=kpi_id, day=day, value=value, noted_by_id=owner_id))


def _state(work: Work, initiative: Initiative, back: int, draft: LimitDraft, today: date) -> int:
    day = _weekday(today - timedelta(days=back))
    return limits.state(
        _on(work, day), initiative.id, draft, stated_on=day, stated_by_id=initiative.product_owner_id
    )


def _person(work: Work, name: str) -> int:
    found = people.by_email(work, f"{name}@{DOMAIN}")
    if found is None:
        raise LookupError(f"{name} is not in the playground's company")
    return found.id


def _weekday(day: date) -> date:
    """The day, or the Friday before it."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _on(work: Work, day: date) -> Work:
    """The same unit of work, on the afternoon of an earlier day."""
    return replace(work, now=datetime.combine(day, time(15), tzinfo=work.now.tzinfo))
