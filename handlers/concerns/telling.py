"""Telling those who handle a concern, and a reporter with a name, that there is something: by its number alone."""

from domain.concerns import Concern, Severity, State
from handlers.capability import keep_up, place
from handlers.conversation import LiveMessage
from storage import concern_handlers, concern_lists, initiatives, signoffs
from storage.concern_handlers import Message
from storage.outbox import Priority
from storage.store import Work

#: The handlers' card; its parameter is the number.
VIEW = "concern"
#: The card of a reporter who gave their name; its parameter is the number.
REPORTER_VIEW = "concern.mine"
#: With the number in the place of `#`.
_SUBJECT = "concern:#"


def subject(one: Concern) -> str:
    """What every card about a concern is about."""
    return _SUBJECT.replace("#", str(one.number))


def handlers_of(work: Work, one: Concern) -> list[int]:
    """The ids of those who handle it, as `storage.concern_handlers` finds them."""
    return concern_handlers.handlers(work, one)


def tell_handlers(work: Work, one: Concern) -> None:
    """Put its card in front of everybody who handles it; at once if it is serious, else in their hours."""
    concern_handlers.tell(work, one, card_for_handlers(one.severity))
    told_handlers(work, one)


def card_for_handlers(severity: Severity) -> Message:
    """What is put in front of everybody who handles a concern."""
    is_serious = severity is Severity.SERIOUS
    return Message(
        key=f"{_SUBJECT}:",
        subject=_SUBJECT,
        message=LiveMessage(view=VIEW, params={"number": "#"}).model_dump_json(),
        priority=Priority.URGENT if is_serious else Priority.NORMAL,
        polite=not is_serious,
    )


def told_handlers(work: Work, one: Concern) -> None:
    """What else has to show a concern that its handlers were just told of."""
    if one.severity is Severity.SERIOUS:
        _keep_up_signoffs(work, one)


def tell_of_word(work: Work, one: Concern, position: int) -> None:
    """Put it in front of its owner: its reporter wrote the message of that position.

    In front of all while nobody who handles it owns it, and where it is not settled.
    """
    people = handlers_of(work, one)
    if one.owner_id in people and one.state is not State.REOPENED:
        people = [one.owner_id]
    for person_id in people:
        _place(work, one, f"{subject(one)}:word:{position}:{person_id}", person_id, word=position)


def tell_owner(work: Work, one: Concern, person_id: int, why: str) -> None:
    """Put it in front of somebody to whom it was handed on; `why` makes it a message of its own."""
    _place(work, one, f"{subject(one)}:to:{person_id}:{why}", person_id)


def tell_sponsors(work: Work, one: Concern, why: str) -> set[int]:
    """Put it in front of its sponsors, who see it by now; their ids. `why` makes it a message of its own."""
    found = sponsors_of(work, one)
    for person_id in found:
        _place(work, one, f"{subject(one)}:{why}:{person_id}", person_id)
    return set(found)


def sponsors_of(work: Work, one: Concern) -> list[int]:
    """The ids of both sponsors of what it is about: without whoever left, or raised it with their name."""
    about = None if one.initiative_id is None else initiatives.by_id(work, one.initiative_id)
    if about is None:
        return []
    ids = {about.business_sponsor_id, about.technical_sponsor_id} - {one.reporter_id, None}
    return sorted(person_id for person_id in ids if concern_lists.is_active(work, person_id))


def tell_reporter(work: Work, one: Concern, position: int) -> None:
    """Put their own card in front of a reporter who gave their name: the message of that position is for them.

    Of one without a name nothing is written: the answer is in the inbox, and only the code opens that.
    """
    if one.reporter_id is None:
        return
    place(
        work,
        f"{subject(one)}:own:{position}",
        subject(one),
        REPORTER_VIEW,
        {"number": str(one.number)},
        person_id=one.reporter_id,
    )


def moved(work: Work, one: Concern) -> None:
    """Something about a concern is different now: what shows it, wherever it is, shows that soon."""
    keep_up(work, subject(one))
    _keep_up_signoffs(work, one)


def _keep_up_signoffs(work: Work, one: Concern) -> None:
    """Requests under way for its deployment say which serious concerns are open."""
    if one.initiative_id is not None:
        for request in signoffs.of_initiative(work, one.initiative_id):
            if request.state.open:
                keep_up(work, signoffs.subject(request))


def _place(work: Work, one: Concern, key: str, person_id: int, *, word: int | None = None) -> None:
    """`word` is the position of what its reporter wrote, if it comes for that."""
    is_serious = one.severity is Severity.SERIOUS
    place(
        work,
        key,
        subject(one),
        VIEW,
        {"number": str(one.number)} | ({} if word is None else {"word": str(word)}),
        person_id=person_id,
        priority=Priority.URGENT if is_serious else Priority.NORMAL,
        polite=not is_serious,
    )
