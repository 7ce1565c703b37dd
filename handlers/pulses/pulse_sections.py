"""Pulses in the weekly digests and in the monthly brief: what was heard, what waits for an answer, who went quiet."""

from datetime import date, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from domain.digests import Audience, Week
from domain.pulses import Status
from domain.reports import and_words, counted, date_words
from domain.results import (
    CALLED_OFF,
    AnswerDue,
    ClosedPulse,
    ClosedPulses,
    GroupSaid,
    PulsesStanding,
    QuietDepartment,
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
    if one.status is not Status.RELEASED:
        unread = one.status is Status.UNREAD
        return ClosedPulse(
            title=spec.title,
            closed_on=spec.closes_on,
            outcome="unread" if unread else "withdrawn",
            heard=(nothing_read(spec) if unread else CALLED_OFF)[0],
        )
    results = loaded(work, one)
    return ClosedPulse(
        title=spec.title,
        closed_on=spec.closes_on,
        outcome="released",
        heard=results.heard,
        departments=tuple(
            GroupSaid(name=group.name, response=group.response, reading=results.diagnosis(group).reading)
            for group in results.departments[:MOST_DEPARTMENTS]
        ),
        more=max(0, len(results.departments) - MOST_DEPARTMENTS),
    )


def _show_closed(facts: ClosedPulses) -> tuple[Shown, ...]:
    shown: list[Shown] = [Heading(text="Pulses")]
    for one in facts.pulses:
        lines = [
            f"{each.name} ({between(each.response)} answered): {each.reading}" for each in one.departments
        ]
        if one.more:
            lines.append(f"And {counted(one.more, 'more department')}, with the results.")
        said = "".join(f"\n• {line}" for line in lines)
        shown.append(
            Text(runs=runs(strong(f"{one.title}, until {date_words(one.closed_on)}: "), one.heard, said))
        )
    if any(one.outcome == "released" for one in facts.pulses):
        shown.append(
            Context(
                runs=runs(
                    "Only groups that can be read are here. A range says what the answers leave open, and nobody's own "
                    "answer."
                )
            )
        )
    return tuple(shown)


def _closed_clause(facts: ClosedPulses) -> str:
    number = len(facts.pulses)
    return f"{counted(number, 'pulse')} closed"


CLOSED = DigestSection(
    name="pulses",
    facts=ClosedPulses,
    gather=_gather_closed,
    show=_show_closed,
    quiet="",
    clause=_closed_clause,
    changes=lambda before, after: ("The pulses that closed changed.",),
)


# ------------------------------------------------------------------------------------------------ how things stand


def _gather_standing(work: Work, week: Week, zone: ZoneInfo) -> PulsesStanding | None:
    today = work.now.astimezone(zone).date()
    due = pulses.answer_due_between(work, today - OVERDUE, today + timedelta(days=14))
    latest = pulses.last_released(work, today - OVERDUE)
    quiet = () if latest is None else gone_quiet(loaded(work, latest), before(work, latest))
    if not due and not quiet:
        return None
    return PulsesStanding(
        due=tuple(_due(work, one) for one in due),
        quiet=tuple(QuietDepartment(name=name, before=said.before, now=said.now) for name, said in quiet),
    )


def _due(work: Work, one: Pulse) -> AnswerDue:
    response = pulses.response(work, one.id)
    written: Literal["hr", "ai"] | None = None
    if response is not None:
        written = "hr" if response.approvals.hr is not None else "ai"
    assert one.response_due_on is not None
    return AnswerDue(title=one.spec.title, due_on=one.response_due_on, written_by=written)


def _show_standing(facts: PulsesStanding) -> tuple[Shown, ...]:
    shown: list[Shown] = [Heading(text="After pulses")]
    for one in facts.due:
        shown.append(Text(runs=runs(strong(f"{one.title}: "), _due_words(one))))
    for each in facts.quiet:
        shown.append(Text(runs=runs(strong(f"{each.name} has gone quiet. "), each.sentence)))
    return tuple(shown)


def _due_words(one: AnswerDue) -> str:
    if one.written_by is None:
        return f"what happens next is not said yet; the answer is due on {day_words(one.due_on)}."
    side, other = _SIDES[one.written_by]
    return f"{side} wrote what happens next, and {other} has not agreed yet; it is due on {day_words(one.due_on)}."


_SIDES = {"hr": ("HR", "the AI function"), "ai": ("the AI function", "HR")}


def _standing_clause(facts: PulsesStanding) -> str | None:
    parts = []
    if facts.due:
        number = len(facts.due)
        parts.append(f"{counted(number, 'pulse')} {'waits' if number == 1 else 'wait'} for an answer")
    if facts.quiet:
        number = len(facts.quiet)
        parts.append(f"{counted(number, 'department')} {'has' if number == 1 else 'have'} gone quiet")
    return and_words(parts)


def _standing_to_do(facts: PulsesStanding, audience: Audience) -> tuple[str, ...]:
    other = Audience.AI if audience is Audience.HR else Audience.HR
    said = []
    for one in facts.due:
        if one.written_by is None:
            said.append(
                f"Say with {other.words} what happens next after {one.title}, by {day_words(one.due_on)}."
            )
        elif one.written_by != audience.value:
            said.append(
                f"Agree to what {other.words} wrote about {one.title}, or change it, by {day_words(one.due_on)}."
            )
    if audience is Audience.HR:
        said += [f"Ask in {one.name} why fewer answer than before, before concluding." for one in facts.quiet]
    return tuple(said)


STANDING = DigestSection(
    name="pulses.standing",
    facts=PulsesStanding,
    gather=_gather_standing,
    show=_show_standing,
    quiet="",
    clause=_standing_clause,
    to_do=_standing_to_do,
    standing=True,
)


# ------------------------------------------------------------------------------------------------------- the brief


def _reported(work: Work, initiative_id: int, since: date) -> tuple[str, ...]:
    """What its last pulse says, with its day: it may be older than the session before."""
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
        *(
            f"{each.name}: {results.diagnosis(each).reading}"
            for each in results.departments[:MOST_DEPARTMENTS]
            if results.diagnosis(each).dominant is not None
        ),
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
