"""Pulses in the weekly digests and in the monthly brief: what was heard, what waits for an answer, who went quiet."""

from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.digests import Audience, Week
from domain.people import Act
from domain.pulses import Status
from domain.reports import counted, date_words
from domain.results import (
    CALLED_OFF,
    AnswerDue,
    AnswersDue,
    ClosedPulse,
    ClosedPulses,
    DepartmentsSaid,
    GroupSaid,
    PulseDepartments,
    QuietDepartment,
    QuietDepartments,
    day_words,
    gone_quiet,
    nothing_read,
)
from domain.shares import between
from handlers.cards import Context, Heading, Shown, Text, runs, strong
from handlers.pulses.results import agreed, before, loaded
from handlers.sections import BriefSection, DigestSection
from storage import pulses
from storage.pulses import Pulse
from storage.store import Work

#: Departments of one pulse that a digest shows; the others are counted.
MOST_DEPARTMENTS = 10
#: For how long an answer that is overdue is asked for, and what the last pulse told is news.
OVERDUE = timedelta(weeks=8)


# -------------------------------------------------------------------------------------------- closed in the week


def _gather_closed(work: Work, week: Week, zone: ZoneInfo) -> ClosedPulses | None:
    found = tuple(_closed(work, one) for one in pulses.closed_between(work, week.first, week.last))
    return ClosedPulses(pulses=found) if found else None


def _closed(work: Work, one: Pulse) -> ClosedPulse:
    spec = one.spec
    outcome: Literal["released", "unread", "withdrawn"] = "withdrawn"
    heard = CALLED_OFF[0]
    if one.status is Status.UNREAD:
        outcome, heard = "unread", nothing_read(spec)[0]
    if one.status is Status.RELEASED:
        outcome, heard = "released", loaded(work, one).heard
    return ClosedPulse(title=spec.title, closed_on=spec.closes_on, outcome=outcome, heard=heard)


def _show_closed(facts: ClosedPulses) -> tuple[Shown, ...]:
    return (
        Heading(text="Pulses"),
        *(
            Text(runs=runs(strong(f"{one.title}, until {date_words(one.closed_on)}: "), one.heard))
            for one in facts.pulses
        ),
    )


CLOSED = DigestSection(
    name="pulses",
    facts=ClosedPulses,
    gather=_gather_closed,
    show=_show_closed,
    quiet="",
    clause=lambda facts: f"{counted(len(facts.pulses), 'pulse')} closed",
    changes=lambda before, after: ("The pulses that closed changed.",),
)


def _gather_departments(work: Work, week: Week, zone: ZoneInfo) -> PulseDepartments | None:
    found = []
    for one in pulses.closed_between(work, week.first, week.last):
        if one.status is not Status.RELEASED:
            continue
        results = loaded(work, one)
        if results.departments:
            found.append(
                DepartmentsSaid(
                    title=one.spec.title,
                    departments=tuple(
                        GroupSaid(
                            name=group.name, response=group.response, reading=results.diagnosis(group).reading
                        )
                        for group in results.departments[:MOST_DEPARTMENTS]
                    ),
                    more=max(0, len(results.departments) - MOST_DEPARTMENTS),
                )
            )
    return PulseDepartments(pulses=tuple(found)) if found else None


def _show_departments(facts: PulseDepartments) -> tuple[Shown, ...]:
    shown: list[Shown] = [Heading(text="What departments said")]
    for one in facts.pulses:
        lines = [
            f"{each.name} ({between(each.response)} answered): {each.reading}" for each in one.departments
        ]
        if one.more:
            lines.append(f"And {counted(one.more, 'more department')}, with the results.")
        shown.append(Text(runs=runs(strong(one.title), "".join(f"\n• {line}" for line in lines))))
    small = "For HR and the AI function: groups that can be read, with ranges that say what the answers leave open."
    shown.append(Context(runs=runs(small)))
    return tuple(shown)


DEPARTMENTS = DigestSection(
    name="pulses.departments",
    facts=PulseDepartments,
    gather=_gather_departments,
    show=_show_departments,
    quiet="",
    act=Act.READ_PULSE_RESULTS,
)


# ------------------------------------------------------------------------------------------------ how things stand


def _gather_answers(work: Work, week: Week, zone: ZoneInfo) -> AnswersDue | None:
    today = work.now.astimezone(zone).date()
    due = pulses.answer_due_between(work, today - OVERDUE, today + timedelta(days=14))
    return AnswersDue(due=tuple(_due(work, one) for one in due)) if due else None


def _due(work: Work, one: Pulse) -> AnswerDue:
    response = pulses.response(work, one.id)
    written: Literal["hr", "ai"] | None = None
    if response is not None:
        written = "hr" if response.approvals.hr is not None else "ai"
    assert one.response_due_on is not None
    return AnswerDue(title=one.spec.title, due_on=one.response_due_on, written_by=written)


def _show_answers(facts: AnswersDue) -> tuple[Shown, ...]:
    return (
        Heading(text="Answers due after pulses"),
        *(Text(runs=runs(strong(f"{one.title}: "), _due_words(one))) for one in facts.due),
    )


def _due_words(one: AnswerDue) -> str:
    if one.written_by is None:
        return f"what happens next is not said yet; the answer is due on {day_words(one.due_on)}."
    side, other = _SIDES[one.written_by]
    return f"{side} wrote what happens next, and {other} has not agreed yet; it is due on {day_words(one.due_on)}."


_SIDES = {"hr": ("HR", "the AI function"), "ai": ("the AI function", "HR")}


def _answers_to_do(facts: AnswersDue, audience: Audience) -> tuple[str, ...]:
    other = Audience.AI if audience is Audience.HR else Audience.HR
    said = []
    for one in facts.due:
        by = day_words(one.due_on)
        if one.written_by is None:
            said.append(f"Say with {other.words} what happens next after {one.title}, by {by}.")
        elif one.written_by != audience.value:
            said.append(f"Agree to what {other.words} wrote about {one.title}, or change it, by {by}.")
    return tuple(said)


ANSWERS = DigestSection(
    name="pulses.answers",
    facts=AnswersDue,
    gather=_gather_answers,
    show=_show_answers,
    quiet="",
    clause=lambda facts: (
        f"{counted(len(facts.due), 'pulse')} {'waits' if len(facts.due) == 1 else 'wait'} for an answer"
    ),
    to_do=_answers_to_do,
    standing=True,
)


def _gather_quiet(work: Work, week: Week, zone: ZoneInfo) -> QuietDepartments | None:
    latest = pulses.last_released(work, work.now.astimezone(zone).date() - OVERDUE)
    quiet = () if latest is None else gone_quiet(loaded(work, latest), before(work, latest))
    if not quiet:
        return None
    return QuietDepartments(
        departments=tuple(
            QuietDepartment(name=name, before=said.before, now=said.now) for name, said in quiet
        )
    )


def _show_quiet(facts: QuietDepartments) -> tuple[Shown, ...]:
    return (
        Heading(text="Gone quiet"),
        *(Text(runs=runs(strong(f"{one.name}. "), one.sentence)) for one in facts.departments),
    )


def _quiet_to_do(facts: QuietDepartments, audience: Audience) -> tuple[str, ...]:
    if audience is not Audience.HR:
        return ()
    return tuple(
        f"Ask in {one.name} why fewer answer than before, before you conclude." for one in facts.departments
    )


QUIET = DigestSection(
    name="pulses.quiet",
    facts=QuietDepartments,
    gather=_gather_quiet,
    show=_show_quiet,
    quiet="",
    clause=lambda facts: (
        f"{counted(len(facts.departments), 'department')} "
        f"{'has' if len(facts.departments) == 1 else 'have'} gone quiet"
    ),
    to_do=_quiet_to_do,
    standing=True,
    act=Act.READ_PULSE_RESULTS,
)

SECTIONS = (CLOSED, DEPARTMENTS, ANSWERS, QUIET)


# ------------------------------------------------------------------------------------------------------- the brief


def _reported(work: Work, initiative_id: int, since: date) -> tuple[str, ...]:
    """What everyone asked by its last pulse said, with its day: it may be older than the session before.

    Nothing of departments: a brief is read by administrators too.
    """
    one = pulses.last_of_initiative(work, initiative_id)
    if one is None:
        return ()
    results = loaded(work, one)
    group = results.everyone
    if group is None:
        return ()
    diagnosis = results.diagnosis(group)
    return (
        f"{one.spec.title}, until {date_words(one.spec.closes_on)}: {between(group.response)} answered. "
        f"{diagnosis.reading} {diagnosis.gap_sentence}",
        *(f"{line.words}." for line in group.lines),
    )


def _wanted(work: Work, initiative_id: int) -> tuple[str, ...]:
    """The decision that its last pulse asks for, while both functions have not answered it."""
    one = pulses.last_of_initiative(work, initiative_id)
    if one is None or agreed(work, one) is not None or one.response_due_on is None:
        return ()
    results = loaded(work, one)
    group = results.everyone
    if group is None:
        return ()
    steps = results.diagnosis(group).steps
    return (
        f"{one.spec.title}: what happens next, due on {day_words(one.response_due_on)}. For HR: {steps.hr} "
        f"For the AI function: {steps.ai}",
    )


BRIEF = BriefSection(reported=_reported, wanted=_wanted)
