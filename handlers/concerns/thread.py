"""A thread as its reporter reads it, whether they gave their name or have a code."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from domain.concerns import Concern, Kind, State
from domain.initiatives import Initiative
from handlers.cards import Context, Shown, Text, runs, strong
from handlers.concerns.wording import about
from storage.concerns import Message

#: As many stand on one page, and so many bytes, so that they fit whole into a window on both platforms.
PAGE = 6
PAGE_BYTES = 12_000
#: So many bytes may stand above the first page before it holds less.
ABOVE_BYTES = 8_000

_WHO = {
    Kind.ASKED: "They ask you",
    Kind.ANSWERED: "Their answer",
    Kind.OUTCOME: "What came of it",
    Kind.REPLY: "You",
    Kind.SETTLED: "You: it is settled",
    Kind.NOT_SETTLED: "You: it is not settled",
}
_STANDS = {
    State.SENT: "It is sent, and is handed to its readers at the next of two fixed times a day. From then on you can "
    "write more.",
    State.NEW: "Its readers have it. Nobody has taken it on yet.",
    State.TAKEN: "Somebody is looking into it.",
    State.CLOSED: "It has its answer. Is it settled for you?",
    State.SETTLED: "You said that it is settled.",
    State.REOPENED: "You said that it is not settled. It is open again{}.",
    State.MERGED: "Others told the same, and it is answered together with theirs: the answer comes here too.",
}


def stands(
    one: Concern, initiative: Initiative | None, zone: ZoneInfo | None = None, last: Kind | None = None
) -> tuple[Shown, ...]:
    """Which concern it is, and where it is; with a zone, also by which day a first answer is due.

    `last` is what its newest message is.
    """
    where = _STANDS[one.state].format(with_sponsors(one))
    if one.state is State.CLOSED and last is Kind.NOT_SETTLED:
        where = "You said twice that it is not settled. Your word is kept with it, and it stays closed."
    state = one.state.label if one.state is not State.CLOSED else "Answered"
    due = "" if zone is None else _due(one, zone)
    told = runs(
        strong(about(initiative)),
        f", week {one.week[-2:]} of {one.week[:4]} · {state}\n{where}{due}",
    )
    return (Text(runs=told),)


def with_sponsors(one: Concern) -> str:
    """What follows "open again": with whom it is then."""
    return ", and with those who handle it" if one.initiative_id is None else ", and with its sponsors too"


def _due(one: Concern, zone: ZoneInfo) -> str:
    """By which day there is a first answer, of one that has none yet."""
    if not one.state.open or one.first_answer_at is not None or one.due_at is None:
        return ""
    day = (
        f"{one.due_at.astimezone(zone):%A} {one.due_at.astimezone(zone).day} {one.due_at.astimezone(zone):%B}"
    )
    return (
        f" A first answer is due by {day}."
        if one.escalated_at is None
        else f" A first answer was due by {day}."
    )


def messages(thread: Sequence[Message], page: int = 0, above: int = 0) -> tuple[Shown, ...]:
    """A page of a thread, the newest first page, each page in its order; notes are never in it.

    `above` is how many bytes stand above the first page.
    """
    pages = _pages(thread, above)
    if not pages:
        return (Text(runs=runs("There is no answer yet.")),)
    elements: list[Shown] = []
    if page:
        elements.append(Context(runs=runs("Newer ones are on the pages before.")))
    for one in pages[min(page, len(pages) - 1)]:
        text = f"\n{one.text}" if one.text else ""
        elements.append(Text(runs=runs(strong(f"{_WHO[one.kind]} (week {one.week[-2:]})"), text)))
    return tuple(elements)


def has_earlier(thread: Sequence[Message], page: int, above: int = 0) -> bool:
    """Whether there is a page of earlier messages after this one."""
    return page + 1 < len(_pages(thread, above))


def _pages(thread: Sequence[Message], above: int) -> list[list[Message]]:
    """What the reporter may read, in pages that are shown whole, the newest first."""
    pages: list[list[Message]] = []
    taken = max(0, above - ABOVE_BYTES)
    for one in reversed([one for one in thread if one.kind in _WHO]):
        weight = len(one.text.encode())
        if not pages or len(pages[-1]) == PAGE or taken + weight > PAGE_BYTES:
            pages.append([])
            taken = 0
        pages[-1].insert(0, one)
        taken += weight
    return pages


def may_reply(one: Concern) -> bool:
    """Whether its reporter can write: from when its readers have it until it is settled."""
    return one.state not in (State.SENT, State.SETTLED)


def may_settle(one: Concern) -> bool:
    """Whether it waits for its reporter's word."""
    return one.state is State.CLOSED
