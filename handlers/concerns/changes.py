"""`concern changes`: what changed because somebody spoke, for everybody to read."""

from domain.initiatives import Initiative
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import Button, Buttons, Card, Context, Heading, Shown, Text, runs
from handlers.concerns.wording import about
from handlers.conversation import Command, Press, Say
from handlers.keeping import number_of
from handlers.phrases import find_also_archived
from handlers.spoken import TITLE, line
from storage import initiatives, publications
from storage.store import Work

#: Publications on one page.
PAGE = 10


def on_changes(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern changes` and `concern changes claims`, for everybody."""
    initiative = find_also_archived(work, command.text) if command.text.strip() else None
    return Say(card=_changes(actor, initiative, None, work))


def on_more(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Earlier ones. The value is the initiative's id or "-", and the id behind which they are."""
    which, _, before = press.value.partition(" ")
    number = number_of(which)
    initiative = None if number is None else initiatives.by_id(work, number)
    return Say(card=_changes(actor, initiative, number_of(before), work))


def _changes(actor: Actor, initiative: Initiative | None, before: int | None, work: Work) -> Card:
    initiative_id = None if initiative is None else initiative.id
    known = publications.latest(work, initiative_id, before=before, limit=PAGE + 1)
    title = TITLE if initiative is None else f"{TITLE}: {initiative.name}"
    elements: list[Shown] = [Heading(text=title)]
    if not known:
        nothing = "Nothing was published yet." if before is None else "There is nothing earlier."
        elements.append(Text(runs=runs(nothing)))
        elements.append(
            Context(
                runs=marked(actor.origin, "`concern` is where one is raised, with your name or without it.")
            )
        )
        return Card(summary=f"{title}. {nothing}", elements=tuple(elements))
    names = initiatives.by_ids(work, {one.initiative_id for one in known if one.initiative_id is not None})
    for one in known[:PAGE]:
        of = None if one.initiative_id is None else names.get(one.initiative_id)
        elements.append(line(one, actor.person.zone, about=None if initiative is not None else about(of)))
    if len(known) > PAGE:
        value = f"{'-' if initiative_id is None else initiative_id} {known[PAGE - 1].id}"
        elements.append(Buttons(items=(Button(label="Earlier", action="concern.changes", value=value),)))
    return Card(summary=title, elements=tuple(elements))
