"""Looking through the concerns that are somebody's to handle: lists by state, one of them in full, and the board."""

from domain.concerns import OPEN, Concern, State, number_words, read_number
from domain.errors import Refused
from domain.initiatives import Initiative
from domain.people import Person
from handlers.capability import Actor, AnyReply, marked, place
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Heading,
    Shown,
    Text,
    runs,
    sentence,
    strong,
)
from handlers.concerns import card
from handlers.concerns.card import moment, state_words
from handlers.concerns.finding import Case, found, reader
from handlers.concerns.telling import VIEW, subject
from handlers.concerns.wording import about
from handlers.conversation import Command, Inbound, Press, Replace, Say
from storage import concern_lists, initiatives
from storage import people as directory
from storage.outbox import Priority
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

PAGE = 6

#: The lists that there are: what each is called, and which states stand in it.
LISTS: dict[str, tuple[str, tuple[State, ...]]] = {
    "open": ("Open concerns", OPEN),
    "mine": ("Concerns that are with you", OPEN),
    "new": ("New concerns", (State.NEW,)),
    "overdue": ("Concerns without an answer in time", OPEN),
    "closed": ("Answered concerns", (State.CLOSED, State.SETTLED)),
}


class WhichList(Refused):
    """I read `concern list`, and mine, new, overdue or closed behind it."""


class WhichConcern(Refused):
    """Please say which one: `concern show C-12`."""


class CannotOpen(Refused):
    """What was written cannot be opened just now. Nothing is lost; please try again later."""


# -------------------------------------------------------------------------------------------------------------- lists


def on_list(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern list`, and mine, new, overdue or closed."""
    name = command.text.strip().lower() or "open"
    if name not in LISTS:
        raise WhichList
    return Say(card=_list(actor, name, None, work))


def on_list_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The first page of a list, by its name."""
    return Say(card=_list(actor, press.value if press.value in LISTS else "open", None, work))


def on_turn(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The next page of a list: its name, and the number behind which it goes on."""
    name, _, before = press.value.partition(" ")
    return Replace(card=_list(actor, name if name in LISTS else "open", read_number(before), work))


def _list(actor: Actor, name: str, before: int | None, work: Work) -> Card:
    title, states = LISTS[name]
    who = reader(actor.person, work)
    found_here: list[Concern] = []
    if who.is_one:
        found_here = concern_lists.page(
            work,
            who,
            states,
            owner_id=actor.person.id if name == "mine" else None,
            overdue_at=work.now if name == "overdue" else None,
            before=before,
            limit=PAGE + 1,
        )
    shown = found_here[:PAGE]
    about_ids = {one.initiative_id for one in shown if one.initiative_id is not None}
    known = initiatives.by_ids(work, about_ids)
    owners = directory.by_ids(work, {one.owner_id for one in shown if one.owner_id is not None})
    elements: list[Shown] = [Heading(text=title)]
    if not shown:
        elements.append(Text(runs=runs(_nothing(who.is_one, before))))
    for one in shown:
        elements += _row(actor.person, one, known.get(one.initiative_id or 0), owners, work)
    if len(found_here) > PAGE:
        value = f"{name} {shown[-1].number}"
        turn = Button(label="More", action="concern.turn", value=value, described=f"More: {title}")
        elements.append(Buttons(items=(turn,)))
    said = "`concern list` takes mine, new, overdue or closed. `concern mine` shows what you raised yourself."
    elements.append(Context(runs=marked(actor.origin, said)))
    return Card(summary=title, elements=tuple(elements))


def _nothing(is_reader: bool, before: int | None) -> str:
    if not is_reader:
        return (
            "No concerns are yours to handle: an initiative's product owner, the AI function and HR do that."
        )
    return "There are none." if before is None else "There are no more."


def _row(
    person: Person, one: Concern, initiative: Initiative | None, owners: dict[int, Person], work: Work
) -> list[Shown]:
    name = number_words(one.number or 0)
    said = [about(initiative), one.severity.label.lower(), state_words(one, work.now).lower()]
    owner = None if one.owner_id is None else owners.get(one.owner_id)
    if owner is not None:
        said.append(f"with {owner.name}")
    if one.state.open and one.first_answer_at is None and one.due_at is not None:
        said.append(f"first answer by {moment(one.due_at, person)}")
    return [
        Text(runs=runs(strong(name), f" · {' · '.join(said)}")),
        Buttons(items=(card.show_button(one, "Open"),)),
    ]


# ---------------------------------------------------------------------------------------------------------- one of them


def on_show(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern show C-12`"""
    if not command.text.strip():
        raise WhichConcern
    return _show(actor, command, command.text, work)


def on_show_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    return _show(actor, press, press.value, work)


def on_thread(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern thread C-12`: all that was written."""
    if not command.text.strip():
        raise WhichConcern
    case = found(actor, command.text, work)
    if not actor.origin.private:
        return _elsewhere(actor, command, case, work)
    try:
        return Say(card=card.thread_card(work, case, actor.person))
    except (Forged, VaultProblem):
        raise CannotOpen from None


def _show(actor: Actor, inbound: Inbound, number: str, work: Work) -> AnyReply:
    case = found(actor, number, work)
    if not actor.origin.private:
        return _elsewhere(actor, inbound, case, work)
    return Say(card=card.whole(work, case, actor.person))


def _elsewhere(actor: Actor, inbound: Inbound, case: Case, work: Work) -> AnyReply:
    """Where others read along it is not shown: its card goes to the person's own chat, made when it is sent."""
    place(
        work,
        f"{subject(case.one)}:asked:{inbound.key}",
        subject(case.one),
        VIEW,
        {"number": str(case.one.number)},
        person_id=actor.person.id,
        priority=Priority.URGENT,
    )
    return Say(
        card=sentence(strong(case.name), " comes in your own chat: what was written is not shown here.")
    )


# --------------------------------------------------------------------------------------------------------------- board


def board(actor: Actor, work: Work) -> tuple[Shown, ...]:
    """How many open ones are where, for the top of the page of whoever handles any; nothing where there are none."""
    who = reader(actor.person, work)
    if not who.is_one:
        return ()
    counts, overdue = concern_lists.open_counts(work, who, work.now)
    if not counts:
        return ()
    said = [f"{counts[state]:,} {state.label.lower()}" for state in OPEN if state in counts]
    if overdue:
        said.append(f"{overdue:,} without an answer in time")
    items = [_list_button("Open concerns", "open"), _list_button("With me", "mine")]
    if overdue:
        items.append(_list_button("Overdue", "overdue"))
    return (Text(runs=runs(strong("Concerns: "), f"{', '.join(said)}.")), Buttons(items=tuple(items)))


def _list_button(label: str, name: str) -> Button:
    return Button(label=label, action="concern.list", value=name)
