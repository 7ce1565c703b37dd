"""One's own entries, page by page, to edit or delete."""

from domain.contributions import Contribution, Status, day_words
from domain.initiatives import Initiative
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Divider,
    Heading,
    Shown,
    Text,
    runs,
    strong,
)
from handlers.contributions import behalf
from handlers.contributions.entry import entry_words, quoted, withdraw
from handlers.conversation import Command, Press, Replace, Say
from storage import contributions, initiatives
from storage import people as directory
from storage.store import Work

PAGE = 5


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    return Say(card=page(actor, 0, work))


def on_mine(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The first page, beside what it was asked from."""
    return Say(card=page(actor, 0, work))


def on_page(actor: Actor, press: Press, work: Work) -> AnyReply:
    return Replace(card=page(actor, skip_of(press.value), work))


def on_delete(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Delete one entry and show the page it stood on again. The value is "entry:skip"."""
    entry, _, skip = press.value.partition(":")
    gone = withdraw(actor, entry, work)
    return Replace(card=page(actor, skip_of(skip), work, note=f"Deleted: {entry_words(gone)}."))


def page(actor: Actor, skip: int, work: Work, *, note: str | None = None) -> Card:
    """Five entries from `skip` on."""
    entries = contributions.recent(work, actor.person.id, skip=skip, limit=PAGE + 1)
    if not entries and skip:
        return page(actor, max(0, skip - PAGE), work, note=note)
    known = initiatives.by_ids(work, {entry.initiative_id for entry in entries})
    loggers = directory.by_ids(work, {entry.logged_by_id for entry in entries} - {actor.person.id})
    elements: list[Shown] = [Heading(text="Your contributions")]
    if note is not None:
        elements.append(Text(runs=runs(note)))
    if not entries:
        elements.append(
            Text(runs=marked(actor.origin, "Nothing is logged yet. `contribute` opens the form."))
        )
    for entry in entries[:PAGE]:
        by = loggers.get(entry.logged_by_id)
        elements += [
            Divider(),
            *_entry(actor, entry, known[entry.initiative_id], skip, by.name if by else None),
        ]
    turns = []
    if skip:
        turns.append(Button(label="Newer", action="contribution.list", value=str(max(0, skip - PAGE))))
    if len(entries) > PAGE:
        turns.append(Button(label="Older", action="contribution.list", value=str(skip + PAGE)))
    if turns:
        elements += [Divider(), Buttons(items=tuple(turns))]
    return Card(summary="Your contributions", elements=tuple(elements))


def _entry(
    actor: Actor, entry: Contribution, initiative: Initiative, skip: int, logged_by: str | None
) -> list[Shown]:
    shown: list[Shown] = [
        Text(
            runs=runs(
                strong(entry_words(entry)),
                f" on {initiative.name}, {day_words(entry.day, actor.today)}",
            )
        ),
        Text(runs=quoted(entry)),
    ]
    if entry.status is Status.AWAITING:
        shown.append(
            Context(runs=runs(f"Logged for you by {logged_by or 'a colleague'}; it waits for your word."))
        )
        shown.append(Buttons(items=behalf.answers(entry.id)))
        return shown
    what = f"entry {entry.id}"
    shown.append(
        Buttons(
            items=(
                Button(
                    label="Edit", action="contribution.edit", value=str(entry.id), described=f"Edit {what}"
                ),
                Button(
                    label="Delete",
                    action="contribution.delete",
                    value=f"{entry.id}:{skip}",
                    described=f"Delete {what}",
                    confirm=Confirm(
                        title="Delete this entry?",
                        text="It will no longer count. The log keeps that it was there.",
                        yes="Delete",
                    ),
                ),
            )
        )
    )
    return shown


def skip_of(value: str) -> int:
    """How many entries to skip, from a button's value, which may be anything."""
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 7 else 0
