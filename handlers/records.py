"""A person's own record: the card in chat, and the page to keep or print."""

from datetime import date

from domain.contributions import effort_words
from domain.records import OnInitiative, Record, kind_words, sentences
from domain.reports import Period, counted, date_words, last_twelve_months, period_words
from handlers import pages
from handlers.capability import marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Column,
    Context,
    Divider,
    Heading,
    Shown,
    Table,
    Text,
    runs,
    strong,
)
from handlers.conversation import Origin

#: Thanks that the card shows; the page has all.
MOST_THANKS = 5
#: Years offered as buttons.
MOST_YEARS = 4

HOW = (
    "The sentences are made from your counted entries: the degree you gave chooses the verb, and the department "
    "that owns the initiative is named as the one that leads it."
)


def card(record: Record, origin: Origin, *, today: date, first_year: int | None) -> Card:
    """The record in chat. `first_year` is that of the person's earliest entry."""
    when = period_words(record.period)
    elements: list[Shown] = [Heading(text="Your contributions"), Text(runs=runs(when))]
    if record.initiatives:
        elements += [Text(runs=runs(line)) for line in sentences(record)]
        elements.append(Context(runs=runs(HOW)))
        elements.append(_table(record))
        elements += _said(record)
    else:
        hint = "You have no counted entries in this time. `contribute` opens the form."
        elements.append(Text(runs=marked(origin, hint)))
    if record.awaiting:
        waits = counted(record.awaiting, "entry that waits", "entries that wait")
        elements.append(Context(runs=runs(f"Not in it: {waits} for your word.")))
    elements += [
        Context(runs=runs("Only you see this. You decide whom to show it to.")),
        Buttons(items=_buttons(record, today, first_year)),
    ]
    return Card(summary=f"Your contributions, {when}: {_total(record)}", elements=tuple(elements))


def _table(record: Record) -> Table:
    return Table(
        caption="By initiative",
        columns=(
            Column(label="Initiative"),
            Column(label="Part"),
            Column(label="Entries", align="right"),
            Column(label="Effort", align="right"),
            Column(label="Thanks", align="right"),
        ),
        rows=tuple(
            (
                one.name,
                kind_words(one.parts),
                f"{one.entries:,}",
                effort_words(one.effort_minutes),
                f"{len(one.thanks):,}",
            )
            for one in record.initiatives
        ),
    )


def _said(record: Record) -> list[Shown]:
    """Thanks in words, and milestones; nothing where there are none."""
    shown: list[Shown] = []
    thanks = [(one, note) for one in record.initiatives for note in one.thanks if note.text]
    if thanks:
        shown += [Divider(), Text(runs=runs(strong("Thanks")))]
        shown += [
            Text(runs=runs(f"“{note.text}” {note.by}, on {one.name}, {date_words(note.day)}"))
            for one, note in thanks[:MOST_THANKS]
        ]
        if len(thanks) > MOST_THANKS:
            more = f"And {len(thanks) - MOST_THANKS:,} more; the download has all of them."
            shown.append(Context(runs=runs(more)))
    reached = [(one, gate) for one in record.initiatives for gate in one.milestones]
    if reached:
        shown += [Divider(), Text(runs=runs(strong("Milestones reached")))]
        shown += [
            Text(runs=runs(f"{one.name}: {gate.name}, {date_words(gate.day)}")) for one, gate in reached
        ]
    return shown


def _buttons(record: Record, today: date, first_year: int | None) -> tuple[Button, ...]:
    def turn(label: str, period: Period) -> Button:
        return Button(
            label=label,
            action="profile.show",
            value=f"{period.first.isoformat()} {period.last.isoformat()}",
            described=f"Show {label}",
        )

    buttons = []
    if record.initiatives:
        value = f"{record.period.first.isoformat()} {record.period.last.isoformat()}"
        described = "Download this as a page"
        buttons.append(
            Button(label="Download", action="profile.file", value=value, style="primary", described=described)
        )
    recent = last_twelve_months(today)
    if record.period != recent:
        buttons.append(turn("Last 12 months", recent))
    oldest = max(today.year - MOST_YEARS + 1, today.year if first_year is None else first_year)
    for year in range(today.year, oldest - 1, -1):
        period = Period(first=date(year, 1, 1), last=date(year, 12, 31))
        if record.period != period:
            buttons.append(turn(str(year), period))
    return tuple(buttons)


def _total(record: Record) -> str:
    effort = "" if record.effort_minutes is None else f", {effort_words(record.effort_minutes)}"
    on = counted(len(record.initiatives), "initiative")
    return f"{counted(record.entries, 'entry', 'entries')} on {on}{effort}"


def page(record: Record, *, made_on: date) -> str:
    """The record as one HTML file that needs nothing else: for screens light and dark, and for paper."""
    return pages.page(
        "record.html",
        person=record.person,
        about=f"{record.team} · {record.email}",
        period=period_words(record.period),
        total=_total(record),
        sentences=sentences(record),
        initiatives=[_section(one) for one in record.initiatives],
        made=date_words(made_on),
        how=HOW,
    )


def _section(one: OnInitiative) -> dict[str, object]:
    return {
        "name": one.name,
        "facts": (
            ("Part", kind_words(one.parts)),
            ("Entries", f"{one.entries:,}{_of_them(one.without_effort)}"),
            ("Effort", effort_words(one.effort_minutes)),
            ("Led by", one.department),
        ),
        "thanks": [{"text": note.text, "by": note.by, "day": date_words(note.day)} for note in one.thanks],
        "milestones": [(gate.name, date_words(gate.day)) for gate in one.milestones],
    }


def _of_them(without_effort: int) -> str:
    return f", {without_effort:,} of them without effort" if without_effort else ""
