"""An entry as people see it: in words, quoted, confirmed; and whose it is."""

from datetime import date

from domain.contributions import (
    Contribution,
    Degree,
    Draft,
    Status,
    check_day,
    day_words,
    effort_words,
)
from domain.errors import AlreadySettled, EntryChanged, NoSuchEntry, NotYourEntry
from domain.initiatives import Initiative
from handlers.capability import Actor
from handlers.cards import Button, Buttons, Card, Context, Run, Text, link, plain, runs, strong
from storage import contributions
from storage.store import Work


def confirmation(
    entry_id: int,
    draft: Draft,
    initiative: Initiative,
    today: date,
    totals: contributions.Totals,
    said: str = "Logged",
) -> Card:
    """What was understood, in words, with Undo and Edit. Raises InvalidField if the day is over-full.

    `totals` are those of the month around `today` and of the entry's day, the entry among them.
    """
    check_day(totals.minutes_that_day)
    first = runs(
        f"{said}: ",
        strong(entry_words(draft)),
        " on ",
        strong(initiative.name),
        f", {day_words(draft.day, today)}.",
    )
    month = f"Your log this month: {effort_words(totals.effort_minutes) if totals.effort_minutes else '0 h'}"
    count = f"{totals.initiatives} initiative{'' if totals.initiatives == 1 else 's'}"
    return Card(
        summary=f"{plain(first)} {draft.what}",
        elements=(
            Text(runs=first),
            Text(runs=quoted(draft)),
            Context(runs=runs(f"{PARTS[draft.degree]} {month} over {count}.")),
            Buttons(
                items=(
                    Button(
                        label="Undo",
                        action="contribution.undo",
                        value=str(entry_id),
                        described=f"Undo entry {entry_id}",
                    ),
                    Button(
                        label="Edit",
                        action="contribution.edit",
                        value=str(entry_id),
                        described=f"Edit entry {entry_id}",
                    ),
                )
            ),
        ),
    )


PARTS = {
    Degree.LEAD: "You led it.",
    Degree.EQUAL: "Done together with others.",
    Degree.SUPPORTING: "You supported it.",
}


def entry_words(draft: Draft) -> str:
    """Effort and kind: "3 h of data", or "data" where no effort was given."""
    if draft.effort_minutes is None:
        return draft.kind.label
    return f"{effort_words(draft.effort_minutes)} of {draft.kind.label}"


def quoted(draft: Draft) -> tuple[Run, ...]:
    """What was done, in the person's own words, with the link if there is one."""
    said = runs(f"“{draft.what}”")
    if draft.link is None or draft.link in draft.what:
        return said
    return (*said, *runs(" ", link("Link", draft.link)))


def withdraw(actor: Actor, value: str, work: Work) -> Contribution:
    """Take back one's own entry, keeping it as an earlier version. Raises Refused."""
    entry = own_entry(actor, value, work)
    if not contributions.change(work, entry, by_person_id=actor.person.id, status=Status.WITHDRAWN):
        raise EntryChanged
    return entry


def own_entry(actor: Actor, value: str | int, work: Work) -> Contribution:
    """The actor's own entry, that still stands or awaits them. Raises Refused."""
    number = entry_id_of(value)
    entry = None if number is None else contributions.by_id(work, number)
    if entry is None:
        raise NoSuchEntry
    if entry.person_id != actor.person.id:
        raise NotYourEntry
    if entry.status in (Status.WITHDRAWN, Status.DECLINED):
        raise AlreadySettled
    return entry


def entry_id_of(value: str | int) -> int | None:
    """An id from a button's value, which may be anything."""
    text = str(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else None
