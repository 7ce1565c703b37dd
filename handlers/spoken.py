"""What changed because somebody spoke, as everybody reads it: published words, and nothing of the cases behind them."""

from datetime import date
from zoneinfo import ZoneInfo

from domain.concerns import Outcome
from domain.initiatives import Initiative
from domain.reports import date_words
from handlers.capability import Actor, marked
from handlers.cards import Context, Shown, Text, runs, strong
from storage import publications
from storage.publications import Publication
from storage.store import Work

TITLE = "Because somebody spoke"
#: How many stand on an initiative's page.
MOST_SHOWN = 5


def section(actor: Actor, initiative: Initiative, work: Work) -> tuple[Shown, ...]:
    """What `initiative show` says of it: the newest; nothing where nothing was published."""
    known = publications.of(work, initiative.id, limit=MOST_SHOWN + 1)
    if not known:
        return ()
    elements: list[Shown] = [Text(runs=runs(strong(TITLE)))]
    elements += [line(one, actor.person.zone) for one in known[:MOST_SHOWN]]
    if len(known) > MOST_SHOWN:
        small = f"`concern changes {initiative.key}` shows the earlier ones."
        elements.append(Context(runs=marked(actor.origin, small)))
    return tuple(elements)


def line(one: Publication, zone: ZoneInfo, *, about: str | None = None) -> Text:
    """One publication: its day, what it is about where that is not said above, and its words.

    What was corrected says what is different; of what was withdrawn there is the reason alone.
    """
    head = date_words(day_of(one, zone)) if about is None else f"{about}, {date_words(day_of(one, zone))}"
    said = "" if one.withdrawn else words(one.observed, one.outcome, one.text)
    if one.revised_at is not None and one.remark is not None:
        what = "What stood here was withdrawn" if one.withdrawn else " Corrected"
        said += f"{what} on {date_words(one.revised_at.astimezone(zone).date())}: {_ended(one.remark)}"
    return Text(runs=runs(strong(f"{head}: "), said))


def day_of(one: Publication, zone: ZoneInfo) -> date:
    """From when on it is so, or when it was published where that was not said."""
    return one.from_day or one.published_at.astimezone(zone).date()


def words(observed: str, outcome: Outcome, text: str) -> str:
    """What was observed and what came of it, in one paragraph."""
    return f"{_ended(observed)} {outcome.label}: {_ended(text)}"


def _ended(text: str) -> str:
    """With a full stop, where it ends with no sign of its own, be that in brackets or quotes."""
    return text if text.rstrip(")]”’\"'").endswith((".", "!", "?", "…", "。", "؟")) else f"{text}."
