"""Looking through the concerns that are somebody's to handle: lists by state, one of them in full, and the board."""

from typing import NamedTuple

from domain.concerns import Concern, State, number_words, read_number
from domain.errors import Refused
from domain.initiatives import Initiative
from domain.people import Person
from domain.specificity import Told
from handlers.capability import Actor, AnyReply, marked, place
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Heading,
    Run,
    Shown,
    Text,
    runs,
    sentence,
    strong,
)
from handlers.concerns import card
from handlers.concerns.card import beginning
from handlers.concerns.finding import Case, found, reader
from handlers.concerns.telling import VIEW, subject
from handlers.concerns.wording import about
from handlers.conversation import Command, Inbound, Press, Replace, Say
from storage import concern_lists, concerns, initiatives
from storage import people as directory
from storage.concern_lists import Part, Place, Reader
from storage.outbox import Priority
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

PAGE = 6
#: So much of what happened stands in a row.
MOST_OF_WHAT = 70
#: Of some lists no more are counted.
MOST_COUNTED = 100
_CUT = ("overdue", "waiting")


class _List(NamedTuple):
    """One of the lists that there are."""

    title: str
    #: In the order of numbers, of these states; else of what is open, part by part.
    states: tuple[State, ...] = ()
    parts: tuple[Part, ...] = tuple(Part)
    mine: bool = False


LISTS: dict[str, _List] = {
    "open": _List("Open concerns"),
    "mine": _List("Concerns that are with you", mine=True),
    "new": _List("New concerns", (State.NEW,)),
    "overdue": _List("Concerns without an answer in time", parts=(Part.OVERDUE_SERIOUS, Part.OVERDUE)),
    "taken": _List("Concerns that are being looked into", (State.TAKEN,)),
    "reopened": _List("Concerns that are not settled", (State.REOPENED,)),
    "waiting": _List("Answered concerns that wait for their reporter's word", (State.CLOSED,)),
    "closed": _List("Answered concerns", (State.CLOSED, State.SETTLED)),
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
    return Say(card=_list(actor, name, None, work, with_text=actor.origin.private))


def on_list_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The first page of a list, by its name."""
    name = press.value if press.value in LISTS else "open"
    return Say(card=_list(actor, name, None, work, with_text=_only_read(actor)))


def on_turn(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The next page of a list: its name, and the place behind which it goes on, as in "open c17"."""
    name, _, behind = press.value.partition(" ")
    name = name if name in LISTS else "open"
    return Replace(card=_list(actor, name, _place(behind), work, with_text=_only_read(actor)))


def _only_read(actor: Actor) -> bool:
    """Whether the answer to a press is seen by nobody else and kept nowhere; to a command it is, in one's own chat."""
    return actor.origin.private and actor.origin.can_ask


def _place(text: str) -> Place | None:
    """Of an older card there is the number alone."""
    part = next((one for one in Part if text.startswith(one.value)), None)
    number = read_number(text if part is None else text[1:])
    return None if number is None else Place(part or Part.REST, number)


def _list(actor: Actor, name: str, behind: Place | None, work: Work, *, with_text: bool) -> Card:
    """A page. Only with its text is anything in it that was written: never where others read, or where it is kept."""
    chosen = LISTS[name]
    who = reader(actor.person, work)
    found_here = _found(actor, who, chosen, behind, work) if who.is_one else []
    shown = [one for _, one in found_here[:PAGE]]
    about_ids = {one.initiative_id for one in shown if one.initiative_id is not None}
    known = initiatives.by_ids(work, about_ids)
    owners = directory.by_ids(work, {one.owner_id for one in shown if one.owner_id is not None}, active=True)
    elements: list[Shown] = [Heading(text=chosen.title)]
    if not shown:
        elements.append(Text(runs=runs(_nothing(who.is_one, behind))))
    for one in shown:
        what = _what(one, work) if with_text else ""
        elements += _row(actor.person, one, known.get(one.initiative_id or 0), owners, what, work)
    if len(found_here) > PAGE:
        part, last = found_here[PAGE - 1]
        value = f"{name} {part.value}{last.number}"
        turn = Button(label="More", action="concern.turn", value=value, described=f"More: {chosen.title}")
        elements.append(Buttons(items=(turn,)))
    said = "`concern list` takes mine, new, overdue or closed. `concern mine` shows what you raised yourself."
    elements.append(Context(runs=marked(actor.origin, said)))
    return Card(summary=chosen.title, elements=tuple(elements))


def _found(
    actor: Actor, who: Reader, chosen: _List, behind: Place | None, work: Work
) -> list[tuple[Part, Concern]]:
    """A page and one more."""
    if chosen.states:
        before = None if behind is None else behind.number
        found = concern_lists.page(work, who, chosen.states, before=before, limit=PAGE + 1)
        return [(Part.REST, one) for one in found]
    owner_id = actor.person.id if chosen.mine else None
    return concern_lists.open_page(
        work, who, owner_id=owner_id, parts=chosen.parts, behind=behind, limit=PAGE + 1
    )


def _what(one: Concern, work: Work) -> str:
    """The beginning of what happened; nothing where it cannot be opened."""
    try:
        told = Told.model_validate_json(concerns.body(work, one.case_id))
    except (Forged, VaultProblem, ValueError):
        return ""
    return beginning(told.what, MOST_OF_WHAT)


def _nothing(is_reader: bool, behind: Place | None) -> str:
    if not is_reader:
        return (
            "No concerns are yours to handle: an initiative's product owner, the AI function and HR do that."
        )
    return "There are none." if behind is None else "There are no more."


def _row(
    person: Person,
    one: Concern,
    initiative: Initiative | None,
    owners: dict[int, Person],
    what: str,
    work: Work,
) -> list[Shown]:
    said: list[str | Run] = [
        f" · {about(initiative)} · {one.severity.label.lower()} · {one.state.label.lower()}"
    ]
    owner = None if one.owner_id is None else owners.get(one.owner_id)
    if owner is not None:
        said.append(f" · with {owner.name}")
    said += card.late_or_due(one, person, work.now)
    if what:
        said.append(f"\n{what}")
    return [
        Text(runs=runs(strong(number_words(one.number or 0)), *said)),
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
        return Say(card=card.thread_card(work, case, actor.person, actor.origin.platform))
    except (Forged, VaultProblem):
        raise CannotOpen from None


def _show(actor: Actor, inbound: Inbound, number: str, work: Work) -> AnyReply:
    case = found(actor, number, work)
    if not actor.origin.private:
        return _elsewhere(actor, inbound, case, work)
    return Say(card=card.whole(work, case, actor.person, actor.origin.platform))


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
    """How many are where, each with its list, for the page of whoever handles any; nothing where there are none."""
    who = reader(actor.person, work)
    if not who.is_one:
        return ()
    counts = concern_lists.open_counts(work, who)
    answered = len(concern_lists.page(work, who, (State.CLOSED,), limit=MOST_COUNTED))
    if not counts and not answered:
        return ()
    late = LISTS["overdue"].parts
    overdue = len(concern_lists.open_page(work, who, parts=late, limit=MOST_COUNTED))
    lists = [
        ("Overdue", "overdue", overdue),
        (State.REOPENED.label, "reopened", counts.get(State.REOPENED, 0)),
        (State.NEW.label, "new", counts.get(State.NEW, 0)),
        (State.TAKEN.label, "taken", counts.get(State.TAKEN, 0)),
        ("Waiting for the reporter", "waiting", answered),
    ]
    by_state = [
        _list_button(f"{label}: {count:,}{'+' if name in _CUT and count == MOST_COUNTED else ''}", name)
        for label, name, count in lists
        if count
    ]
    total = sum(counts.values())
    said = "none is open." if not total else f"{total:,} {'is' if total == 1 else 'are'} open."
    always = (_list_button("All open ones", "open"), _list_button("With me", "mine"))
    return (
        Text(runs=runs(strong("Concerns that you handle: "), said)),
        Buttons(items=tuple(by_state)),
        *([Buttons(items=always)] if total else []),
    )


def _list_button(label: str, name: str) -> Button:
    described = f"{label}. {LISTS[name].title}"
    return Button(label=label, action="concern.list", value=name, described=described)
