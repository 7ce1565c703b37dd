"""The card with an initiative's month: what was put in, by team and kind, and by whom."""

from datetime import date

from domain.contributions import effort_words
from domain.initiatives import Initiative
from domain.reports import (
    Month,
    Report,
    TeamKindSum,
    counted,
    effort_note,
    hours_by_kind,
    period_words,
    report_sentence,
)
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Chart,
    Column,
    Context,
    Fact,
    Facts,
    Heading,
    Series,
    Shown,
    Table,
    Text,
    runs,
)

#: People shown at a time.
PAGE = 20
#: Lines by team and kind that a card shows.
MOST_LINES = 40
#: Departments that a chart tells apart.
MOST_SERIES = 6


def initiative_card(
    report: Report,
    initiative: Initiative,
    month: Month,
    *,
    today: date,
    skip: int,
    own: bool,
    files: tuple[Button, ...],
) -> Card:
    """`own` is whether it holds the reader's own entries only; `skip` how many people come before this page."""
    said = report_sentence(report, initiative.name, month.words(today), own=own)
    elements: list[Shown] = [
        Heading(text=f"{initiative.name}, {period_words(month.period)}"),
        Text(runs=runs(said)),
    ]
    if report.entries:
        elements += _figures(report, own=own)
    if report.page:
        elements += _people(report, skip)
    notes = ["This is your own part of it."] if own else ["Teams and people stand in alphabetical order."]
    elements.append(Context(runs=runs(" ".join([*notes, "Only you see this card."]))))
    if files:
        elements.append(Buttons(items=files))
    elements.append(Buttons(items=_turns(report, initiative, month, today=today, skip=skip)))
    return Card(summary=said, elements=tuple(elements))


def _figures(report: Report, *, own: bool) -> list[Shown]:
    facts = [
        Fact(label="Effort", value=_effort(report.effort_minutes, report.entries - report.without_effort)),
        Fact(label="Entries", value=f"{report.entries:,}"),
        Fact(label="Entries without effort", value=f"{report.without_effort:,}"),
    ]
    shown: list[Shown] = [Facts(items=tuple(facts)), _table(report)]
    left = len(report.sums) - MOST_LINES
    if left > 0:
        shown.append(Context(runs=runs(f"And {counted(left, 'more line')}; the file has all entries.")))
    chart = hours_by_kind(report.sums, most_series=MOST_SERIES)
    if chart.series:
        shown.append(
            Chart(
                title="Hours by kind" if own else "Hours by kind and department",
                categories=chart.kinds,
                series=tuple(Series(name=name, values=values) for name, values in chart.series),
                unit="hours",
                summary=chart.summary(),
            )
        )
    note = effort_note(report)
    if note is not None:
        shown.append(Context(runs=runs(note)))
    return shown


def _table(report: Report) -> Table:
    return Table(
        caption="By team and kind",
        columns=(
            Column(label="Team"),
            Column(label="Kind"),
            Column(label="Entries", align="right"),
            Column(label="Effort", align="right"),
        ),
        rows=tuple(_line(one) for one in report.sums[:MOST_LINES]),
    )


def _line(one: TeamKindSum) -> tuple[str, str, str, str]:
    effort = _effort(one.effort_minutes, one.entries - one.without_effort)
    return one.team, one.kind.label, f"{one.entries:,}", effort


def _effort(minutes: int, entries_with_effort: int) -> str:
    return effort_words(minutes if entries_with_effort else None)


def _people(report: Report, skip: int) -> list[Shown]:
    table = Table(
        caption="Who contributed, and their part",
        columns=(Column(label="Person"), Column(label="Part")),
        rows=tuple((one.name, one.words()) for one in report.page),
    )
    if report.people <= len(report.page):
        return [table]
    note = f"People {skip + 1:,} to {skip + len(report.page):,} of {report.people:,}."
    return [table, Context(runs=runs(note))]


def _turns(
    report: Report, initiative: Initiative, month: Month, *, today: date, skip: int
) -> tuple[Button, ...]:
    def turn(label: str, to: Month, at: int = 0) -> Button:
        return Button(label=label, action="report.show", value=f"{initiative.id} {to.key} {at}")

    turns = [turn(month.shifted(-1).words(today), month.shifted(-1))]
    if month < Month.of(today):
        turns.append(turn(month.shifted(1).words(today), month.shifted(1)))
    if skip:
        turns.append(turn("Earlier names", month, max(0, skip - PAGE)))
    # Where somebody reads their own part, no names are listed.
    if report.page and skip + len(report.page) < report.people:
        turns.append(turn("More names", month, skip + PAGE))
    return tuple(turns)
