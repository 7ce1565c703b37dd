"""The reporter's own word on what came of their concern.

Of a reporter without a name no card is brought up to date here: that would say when they wrote. Their word is shown
with the next hand-over.
"""

from domain.concerns import MOST_REOPENED, Concern, Kind, State
from handlers.concerns.telling import moved, tell_of_word
from storage import concern_lists, concerns
from storage.store import Work


def settled(work: Work, one: Concern) -> None:
    """The reporter says that it is settled; nothing where it does not wait for their word."""
    now = concerns.by_case(work, one.case_id, lock=True)
    if now is None or now.state is not State.CLOSED:
        return
    concerns.write(work, now, Kind.SETTLED, "", author_id=None)
    concerns.change(work, now.case_id, state=State.SETTLED.value, return_address=None)
    if not now.is_anonymous:
        moved(work, now)


def not_settled(work: Work, one: Concern, words: str) -> bool:
    """The reporter says that it is not: opened again once, and with the sponsors; whether it is open now.

    A second time the word is kept, and it stays closed. Nothing where it does not wait for their word, or where the
    same words were just said.
    """
    now = concerns.by_case(work, one.case_id, lock=True)
    if now is None or now.state is not State.CLOSED:
        return now is not None and now.state is State.REOPENED
    said = concerns.thread(work, now.case_id, with_notes=False)
    if said and said[-1].kind is Kind.NOT_SETTLED and said[-1].text == words:
        return False
    concerns.write(work, now, Kind.NOT_SETTLED, words, author_id=None)
    is_open = now.reopened < MOST_REOPENED
    if is_open:
        concerns.change(
            work,
            now.case_id,
            state=State.REOPENED.value,
            reopened=now.reopened + 1,
            closed_at=None,
            merged_into=None,
        )
    if not now.is_anonymous:
        after = concerns.by_case(work, now.case_id)
        assert after is not None
        moved(work, after)
        tell_of_word(work, after, concern_lists.last_position(work, now.case_id))
    return is_open
