"""The reporter's own word on what came of their concern.

What reporters without a name say is heard when it is handed over: nothing is done and no card says anything else
before that.
"""

from domain.concerns import MOST_REOPENED, Concern, Kind, State
from handlers.concerns.telling import moved, tell_of_word
from storage import concern_lists, concerns
from storage.case_locks import Word
from storage.store import Work


def heard(work: Work, word: Word, week: str) -> None:
    """Do what a reporter without a name wrote in that week; where it does not fit any more, the words are kept."""
    one = concerns.by_case(work, word.case_id, lock=True)
    if one is None:
        return  # it was restored from a time before the case
    kind = Kind(word.kind)
    if kind is Kind.SETTLED and one.state is State.CLOSED:
        settled(work, one, word.text, week=week)
    elif kind is Kind.NOT_SETTLED and one.state is State.CLOSED:
        not_settled(work, one, word.text, week=week)
    elif word.text:
        concerns.write(work, one, Kind.REPLY, word.text, author_id=None, week=week)


def settled(work: Work, one: Concern, words: str = "", *, week: str | None = None) -> None:
    """The reporter says that it is settled; nothing where it does not wait for their word."""
    now = concerns.by_case(work, one.case_id, lock=True)
    if now is None or now.state is not State.CLOSED:
        return
    concerns.write(work, now, Kind.SETTLED, words, author_id=None, week=week)
    concerns.change(work, now.case_id, state=State.SETTLED.value, return_address=None)
    if not now.is_anonymous:
        moved(work, now)


def not_settled(work: Work, one: Concern, words: str, *, week: str | None = None) -> bool:
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
    concerns.write(work, now, Kind.NOT_SETTLED, words, author_id=None, week=week)
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
