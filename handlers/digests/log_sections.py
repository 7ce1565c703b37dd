"""What people put in during the week, and whom to thank: two sections of both digests."""

from zoneinfo import ZoneInfo

from domain.contributions import Kind, effort_words
from domain.digest_facts import (
    MOST_NAMED,
    THANKS_RULE,
    USUAL_WEEKS,
    Contributions,
    Thanks,
    compared,
    in_order,
    worth_telling,
)
from domain.digests import Audience, Week
from domain.reports import and_words, counted
from handlers.cards import (
    Chart,
    Column,
    Context,
    Heading,
    Series,
    Shown,
    Table,
    Text,
    runs,
    strong,
)
from handlers.sections import DigestSection
from storage import weekly
from storage.store import Work

#: Lines by department and kind that are shown; a longer table is one by department.
MOST_LINES = 40
#: Departments that a chart has room for.
MOST_BARS = 20
#: Characters of what somebody wrote that are shown.
MOST_QUOTED = 300


def _gather(work: Work, week: Week, zone: ZoneInfo) -> Contributions | None:
    weekly.plan_for_these_values(work)
    totals = weekly.totals(work, week)
    usual, departments, cells = compared(weekly.sums(work, week))
    if not totals.entries:
        return None
    new = in_order(weekly.newcomers(work, week))
    return Contributions(
        entries=totals.entries,
        people=totals.people,
        effort_minutes=sum(line.effort_minutes for line in departments),
        without_effort=totals.without_effort,
        usual=usual,
        departments=departments,
        cells=cells,
        newcomers=new[:MOST_NAMED],
        newcomers_in_all=len(new),
    )


def _show(facts: Contributions) -> tuple[Shown, ...]:
    shown: list[Shown] = [
        Heading(text="What people put in"),
        _table(facts),
        *_chart(facts),
        Context(
            runs=runs(
                f"Usual is the median of the {USUAL_WEEKS} weeks before. Departments stand in alphabetical order."
            )
        ),
    ]
    if facts.newcomers:
        names = [f"{one.name} ({one.department})" for one in facts.newcomers]
        more = facts.newcomers_in_all - len(names)
        if more:
            names.append(f"{more:,} more")
        first = "First entry ever: " if facts.newcomers_in_all == 1 else "First entries ever: "
        shown.append(Text(runs=runs(strong(first), f"{and_words(names)}.")))
    return tuple(shown)


def _table(facts: Contributions) -> Table:
    figures = (
        Column(label="Entries", align="right"),
        Column(label="Usual", align="right"),
        Column(label="Effort", align="right"),
    )
    if len(facts.cells) > MOST_LINES:
        return Table(
            caption="Contributions by department",
            columns=(Column(label="Department"), *figures),
            rows=tuple(
                (one.name, *_figures(one.entries, one.usual, one.effort_minutes)) for one in facts.departments
            ),
        )
    return Table(
        caption="Contributions by department and kind",
        columns=(Column(label="Department"), Column(label="Kind"), *figures),
        rows=tuple(
            (
                one.department,
                Kind.of(one.kind).label,
                *_figures(one.entries, one.usual, one.effort_minutes),
            )
            for one in facts.cells
        ),
    )


def _figures(entries: int, usual: float, minutes: int) -> tuple[str, str, str]:
    return f"{entries:,}", usual_words(usual), effort_words(minutes) if minutes else "–"


def _chart(facts: Contributions) -> list[Shown]:
    """Entries by department beside what is usual; of too many departments all together."""
    bars = [(one.name, one.entries, one.usual) for one in facts.departments]
    if len(bars) > MOST_BARS:
        bars = [(f"All {len(bars)} departments", facts.entries, facts.usual)]
    said = "; ".join(f"{name} {entries:,}, usually {usual_words(usual)}" for name, entries, usual in bars)
    return [
        Chart(
            title="Entries by department",
            categories=tuple(name for name, _, _ in bars),
            series=(
                Series(name="This week", values=tuple(float(entries) for _, entries, _ in bars)),
                Series(name="Usual", values=tuple(usual for _, _, usual in bars)),
            ),
            unit="entries",
            summary=f"Entries: {said}.",
        )
    ]


def usual_words(usual: float) -> str:
    """A median as it is read: "12", "12.5"."""
    return f"{usual:,.1f}".removesuffix(".0")


def _clause(facts: Contributions) -> str:
    departments = sum(1 for one in facts.departments if one.entries)
    return (
        f"{counted(facts.people, 'person', 'people')} of {counted(departments, 'department')} logged "
        f"{counted(facts.entries, 'entry', 'entries')} (usually {usual_words(facts.usual)})"
    )


def _changes(before: Contributions | None, after: Contributions | None) -> tuple[str, ...]:
    old, new = (0 if one is None else one.entries for one in (before, after))
    if old != new:
        return (f"The week has {counted(new, 'entry', 'entries')} now, not {old:,}.",)
    return ("Entries of the week, or what is usual, changed.",)


CONTRIBUTIONS = DigestSection(
    name="contributions",
    facts=Contributions,
    gather=_gather,
    show=_show,
    quiet="nobody logged a contribution",
    clause=_clause,
    changes=_changes,
)


def _gather_thanks(work: Work, week: Week, zone: ZoneInfo) -> Thanks | None:
    chosen = worth_telling(weekly.candidates(work, week))
    return Thanks(told=weekly.told(work, chosen)) if chosen else None


def _show_thanks(facts: Thanks) -> tuple[Shown, ...]:
    return (
        Heading(text="People to thank"),
        *(
            Text(
                runs=runs(
                    strong(f"{one.name}, {one.department}"),
                    f" ({Kind.of(one.kind).label} on {one.initiative}{', first entry' if one.newcomer else ''}): "
                    f"“{_quoted(one.what)}”",
                )
            )
            for one in facts.told
        ),
        Context(runs=runs(THANKS_RULE)),
    )


def _thank(facts: Thanks, audience: Audience) -> tuple[str, ...]:
    if audience is not Audience.HR:
        return ()
    names = and_words([one.name for one in facts.told])
    return (f"Thank {names} in person, or in front of their team.",)


def _quoted(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= MOST_QUOTED else f"{text[:MOST_QUOTED].rsplit(' ', 1)[0]}…"


THANKS = DigestSection(
    name="thanks",
    facts=Thanks,
    gather=_gather_thanks,
    show=_show_thanks,
    quiet="there is nobody to thank",
    to_do=_thank,
    changes=lambda before, after: ("The entries to thank for changed.",),
)
