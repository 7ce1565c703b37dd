"""Concerns in the weekly digests and in the monthly brief: first what changed because somebody spoke."""

from collections.abc import Collection, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from domain.concern_facts import (
    ConcernsOfWeek,
    ConcernsStanding,
    Named,
    Spoken,
    Standing,
    quoted,
)
from domain.concern_figures import USUAL_WEEKS
from domain.concerns import Concern, Severity, State, number_words
from domain.digests import Audience, Week
from domain.reports import and_words, counted, date_words
from domain.specificity import Told
from handlers.cards import Context, Heading, Shown, Text, runs, strong
from handlers.concerns.figures import CAUSES, group_words, span
from handlers.concerns.wording import about
from handlers.digests.lines import MOST_SHOWN, lines
from handlers.digests.making import sending
from handlers.sections import BriefSection, DigestSection
from handlers.spoken import TITLE, day_of, words
from storage import concern_figures, concerns, initiatives, publications
from storage import people as directory
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

# ------------------------------------------------------------------------------------------------ what came of them


def _gather_week(work: Work, week: Week, zone: ZoneInfo) -> ConcernsOfWeek | None:
    published = publications.since(work, *week.span(zone))
    settled = concern_figures.settled_in(work, week.key)
    names = _names(work, [*(one.initiative_id for one in published), *(one.initiative_id for one in settled)])
    if not published and not settled:
        return None
    return ConcernsOfWeek(
        changed=tuple(
            Spoken(
                about=None if one.initiative_id is None else names[one.initiative_id],
                day=day_of(one, zone),
                observed=one.observed,
                outcome=one.outcome,
                text=one.text,
            )
            for one in published
        ),
        settled=tuple(_named(one, names) for one in settled),
    )


def _show_week(facts: ConcernsOfWeek) -> tuple[Shown, ...]:
    shown: list[Shown] = []
    if facts.changed:
        shown.append(Heading(text=TITLE))
        shown += lines(
            [
                Text(
                    runs=runs(
                        strong(f"{one.about or about(None)}, {date_words(one.day)}: "),
                        words(one.observed, one.outcome, one.text),
                    )
                )
                for one in facts.changed
            ]
        )
    if facts.settled:
        named = [f"{one.name} ({one.about})" for one in facts.settled[:MOST_SHOWN]]
        if (more := len(facts.settled) - MOST_SHOWN) > 0:
            named.append(f"{more:,} more")
        shown.append(
            Text(runs=runs(strong("Settled, in their reporters' own word: "), f"{and_words(named)}."))
        )
    return tuple(shown)


def _week_clause(facts: ConcernsOfWeek) -> str:
    parts = []
    if facts.changed:
        parts.append(f"what came of {counted(len(facts.changed), 'concern')} can be read by everybody")
    if facts.settled:
        number = len(facts.settled)
        parts.append(f"{counted(number, 'concern')} {'was' if number == 1 else 'were'} settled")
    return and_words(parts)


WEEK = DigestSection(
    name="concerns",
    facts=ConcernsOfWeek,
    gather=_gather_week,
    show=_show_week,
    quiet="",
    clause=_week_clause,
    changes=lambda before, after: ("What came of concerns in the week changed.",),
)


# ------------------------------------------------------------------------------------------------ how they stand


def _gather_standing(work: Work, week: Week, zone: ZoneInfo) -> ConcernsStanding | None:
    new = concern_figures.new_between(work, *week.span(zone))
    pressing = concern_figures.pressing(work)
    open_in_all = concern_figures.open_in_all(work)
    if not new and not open_in_all:
        return None
    both = [*new, *pressing]
    names = _names(work, [one.initiative_id for one in both])
    people = directory.by_ids(work, {one.owner_id for one in both if one.owner_id is not None}, active=True)
    figures = concern_figures.figures(work, week.shifted(1 - USUAL_WEEKS).key)

    def standing(one: Concern) -> Standing:
        owner = None if one.owner_id is None else people.get(one.owner_id)
        waits = one.state.open and one.first_answer_at is None and one.due_at is not None
        return Standing(
            **_named(one, names).model_dump(),
            severity=one.severity,
            state=one.state,
            gap=one.gap,
            owner=None if owner is None else owner.name,
            due_on=one.due_at.astimezone(zone).date() if waits and one.due_at is not None else None,
            is_overdue=one.is_overdue(work.now),
            is_escalated=one.escalated_at is not None,
            quote=_quote(work, one),
        )

    is_pressing = {one.case_id for one in pressing}
    return ConcernsStanding(
        open_in_all=open_in_all,
        new=tuple(standing(one) for one in new if one.case_id not in is_pressing),
        pressing=tuple(standing(one) for one in pressing),
        causes=None if figures is None else figures.cause,
        departments=None if figures is None else figures.department,
    )


def _quote(work: Work, one: Concern) -> str | None:
    """What somebody wrote who gave their name and said that they may be quoted; nobody else's words."""
    if one.is_anonymous:
        return None
    try:
        told = Told.model_validate_json(concerns.body(work, one.case_id))
    except (Forged, VaultProblem, ValueError):
        return None
    return quoted(told.what) if told.may_quote else None


def _show_standing(facts: ConcernsStanding) -> tuple[Shown, ...]:
    shown: list[Shown] = [Heading(text="Concerns")]
    shown.append(Text(runs=runs(_how_many(facts))))
    shown += lines([_line(one) for one in (*facts.pressing, *facts.new)])
    if facts.causes is not None and facts.causes.tells:
        said = [f"{group_words(one.labels, CAUSES)}: {one.concerns:,}" for one in facts.causes.groups]
        shown.append(_grouped("Causes", facts.causes.first_week, facts.causes.last_week, said))
    if facts.departments is not None and facts.departments.tells:
        said = [f"{group_words(one.labels, {})}: {one.concerns:,}" for one in facts.departments.groups]
        by = facts.departments
        shown.append(_grouped("Departments", by.first_week, by.last_week, said))
    if facts.pressing or facts.new:
        shown.append(
            Context(
                runs=runs("What was written is quoted only where its writer gave their name and said yes.")
            )
        )
    return tuple(shown)


def _how_many(facts: ConcernsStanding) -> str:
    overdue = sum(one.is_overdue for one in facts.pressing)
    if not facts.open_in_all:
        return "None is open any more."
    if facts.open_in_all == 1:
        return f"1 concern is open, and it {'waits' if overdue else 'does not wait'} beyond the time set for an answer."
    late = f"{overdue:,} of them {'waits' if overdue == 1 else 'wait'}" if overdue else "none of them waits"
    return f"{counted(facts.open_in_all, 'concern')} are open; {late} beyond the time set for an answer."


def _grouped(label: str, first_week: str, last_week: str, said: Sequence[str]) -> Text:
    listed = "".join(f"\n• {one}" for one in said)
    return Text(runs=runs(strong(f"{label}, {span(first_week, last_week)}"), listed))


def _line(one: Standing) -> Text:
    parts = [one.state.label.lower()]
    if one.severity is Severity.SERIOUS:
        parts.append("serious")
    parts.append("with nobody yet" if one.owner is None else f"with {one.owner}")
    if one.is_escalated or one.state is State.REOPENED:
        parts.append("with the sponsors")
    said = ", ".join(parts)
    if one.due_on is not None:
        verb = "was" if one.is_overdue else "is"
        said += f"; its first answer {verb} due on {date_words(one.due_on)}"
    quote = "" if one.quote is None else f" In its reporter's words: “{one.quote}”"
    return Text(runs=runs(strong(f"{one.name}, {one.about}: "), f"{said}.{quote}"))


def _standing_clause(facts: ConcernsStanding) -> str | None:
    new = len(facts.new)
    overdue = sum(one.is_overdue for one in facts.pressing)
    parts = []
    if new:
        parts.append(f"{counted(new, 'concern')} {'is' if new == 1 else 'are'} new")
    if overdue:
        parts.append(
            f"{counted(overdue, 'concern')} {'waits' if overdue == 1 else 'wait'} beyond the time set"
        )
    return and_words(parts) or None


def _standing_to_do(facts: ConcernsStanding, audience: Audience) -> tuple[str, ...]:
    said = []
    for one in (*facts.pressing, *facts.new):
        if not one.is_for(audience) or not one.state.open:
            continue
        if one.is_overdue and one.due_on is not None:
            who = "nobody has it yet" if one.owner is None else f"{one.owner} has it"
            said.append(
                f"See that {one.name} ({one.about}) gets its first answer, due on {date_words(one.due_on)}; {who}."
            )
        elif one.state is State.REOPENED:
            said.append(
                f"See that {one.name} ({one.about}) is answered anew: it is not settled for its reporter."
            )
        elif one.owner is None:
            said.append(f"Take {one.name} ({one.about}), or find who does: nobody has it yet.")
    return tuple(said)


STANDING = DigestSection(
    name="concerns.standing",
    facts=ConcernsStanding,
    gather=_gather_standing,
    show=_show_standing,
    quiet="no concern is open",
    clause=_standing_clause,
    to_do=_standing_to_do,
    standing=True,
)


# ------------------------------------------------------------------------------------------------------- the brief


def _reported(work: Work, initiative_id: int, since: date) -> tuple[str, ...]:
    """What was published since, and how many are open, by where they are."""
    zone = sending(work).zone_info
    known = [
        one
        for one in publications.of(work, initiative_id, limit=2 * MOST_SHOWN)
        if one.published_at.astimezone(zone).date() >= since
    ]
    said = [
        f"{TITLE}, {date_words(day_of(one, zone))}: {words(one.observed, one.outcome, one.text)}"
        for one in known[:MOST_SHOWN]
    ]
    by_state = concern_figures.open_by_state(work, initiative_id)
    if sum(by_state.values()) == 1:
        (state,) = (state for state, count in by_state.items() if count)
        said.append(f"1 open concern, {state.label.lower()}.")
    elif by_state:
        states = [f"{count:,} {state.label.lower()}" for state in State if (count := by_state.get(state))]
        said.append(f"{counted(sum(by_state.values()), 'open concern')}: {and_words(states)}.")
    return tuple(said)


def _wanted(work: Work, initiative_id: int) -> tuple[str, ...]:
    """What is with the sponsors: their decision is due."""
    said = []
    for one in concern_figures.pressing(work, initiative_id):
        name = number_words(one.number or 0)
        if one.state is State.REOPENED:
            said.append(
                f"{name}: its reporter says that the answer does not settle it. What is done about it?"
            )
        elif one.escalated_at is not None:
            why = "it had no answer in time" if one.first_answer_at is not None else "it has no answer yet"
            said.append(f"{name}: {why}, so it is with the sponsors. Who answers it, and by when?")
    if (more := len(said) - MOST_SHOWN) > 0:
        return (*said[:MOST_SHOWN], f"And {counted(more, 'more concern')} with the sponsors.")
    return tuple(said)


BRIEF = BriefSection(reported=_reported, wanted=_wanted)


# --------------------------------------------------------------------------------------------------------- helpers


def _names(work: Work, ids: Collection[int | None]) -> dict[int, str]:
    known = initiatives.by_ids(work, {number for number in ids if number is not None})
    return {number: one.name for number, one in known.items()}


def _named(one: Concern, names: dict[int, str]) -> Named:
    name = None if one.initiative_id is None else names[one.initiative_id]
    return Named(name=number_words(one.number or 0), about=name or about(None))
