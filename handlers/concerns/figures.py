"""`concern figures`: how concerns are answered and what they are about, in groups in which nobody can be counted."""

from collections.abc import Mapping
from datetime import timedelta

from domain.concern_figures import (
    LOT,
    MOST_WEEKS,
    NOT_SETTLED,
    SETTLED,
    SPECIFIC,
    UNKNOWN,
    USUAL_WEEKS,
    Figures,
    Split,
)
from domain.concerns import LEAST_IN_FIGURES, Cause, Gap
from domain.digests import Week
from domain.errors import NotAllowed, Refused
from domain.initiatives import Initiative
from domain.people import Part, Person, Role
from domain.reports import counted
from domain.schedules import week_of
from handlers.capability import Actor, AnyReply
from handlers.cards import Card, Context, Divider, Fact, Facts, Heading, Shown, Text, runs, strong
from handlers.conversation import Command, Say
from storage import concern_figures, initiatives
from storage.store import Work

#: Initiatives of one product owner that are shown at once.
MOST_INITIATIVES = 6


class NotForYou(NotAllowed):
    """Figures are for HR, the AI function and product owners. `concern changes` is for everybody: what changed \
because somebody spoke."""


class HowManyWeeks(Refused):
    """Please say how many weeks, from 1 to 520: `concern figures 26`."""


def on_figures(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`concern figures 26`: of all for HR and the AI function, of their own for product owners."""
    weeks = _weeks(command.text)
    first_week = week_of(work.now.date() - timedelta(weeks=weeks))
    if reads_all(actor.person):
        shown = elements(concern_figures.figures(work, first_week))
    else:
        shown = []
        for one in _owned(actor.person, work):
            shown += [Divider(), Text(runs=runs(strong(one.name)))]
            shown += elements(concern_figures.figures(work, first_week, one.id))
    title = f"Concerns of the last {counted(weeks, 'week')}"
    note = (
        f"Counted in whole weeks that are over, in lots of at least {LOT}; whatever is told holds at least "
        f"{LEAST_IN_FIGURES}. Smaller groups are told together with others."
    )
    return Say(
        card=Card(summary=title, elements=(Heading(text=title), *shown, Context(runs=runs(note)))),
    )


def reads_all(person: Person) -> bool:
    """Whether somebody reads the figures of all initiatives."""
    return bool(person.roles & {Role.HR, Role.AI})


def elements(found: Figures | None) -> list[Shown]:
    """Figures in words; the same for all and for one initiative."""
    if found is None:
        return [Text(runs=runs(f"Fewer than {LOT} in the weeks that are over: too few to count them."))]
    facts = [Fact(label="Raised", value=f"{found.concerns:,}, {span(found.first_week, found.last_week)}")]
    if found.median_hours is not None:
        facts.append(Fact(label="First answer, median", value=hours_words(found.median_hours)))
    for label, share in (
        ("Settled, in their own word", settled(found.word)),
        ("Specific", specific(found.specific)),
    ):
        facts.append(Fact(label=label, value=share or "too few to tell"))
    shown: list[Shown] = [Facts(items=tuple(facts))]
    for label, by, words in (
        ("By cause", found.cause, CAUSES),
        ("By gap", found.gap, GAPS),
        ("By department", found.department, {}),
    ):
        if by is not None:
            shown.append(Text(runs=runs(strong(label), _listed(by, found, words))))
    return shown


def span(first_week: str, last_week: str) -> str:
    """As in "in week 47 of 2026", "in weeks 40 to 47 of 2026"."""
    first, last = Week.read(first_week), Week.read(last_week)
    if first == last:
        return f"in week {last.number} of {last.year}"
    if first.year == last.year:
        return f"in weeks {first.number} to {last.number} of {last.year}"
    return f"from week {first.number} of {first.year} to week {last.number} of {last.year}"


def hours_words(hours: float) -> str:
    """As in "6 hours", "3.5 days"."""
    if hours < 1:
        return "within an hour"
    if hours < 48:
        return counted(round(hours), "hour")
    return f"{hours / 24:.1f} days"


def settled(word: Split) -> str | None:
    """The share of those with an answer whose reporter said that they are settled; None if it is not told."""
    yes, closed = word.count(SETTLED), word.count(SETTLED, NOT_SETTLED)
    return None if yes is None or not closed else _share(yes, closed, word)


def specific(by: Split) -> str | None:
    yes = by.count(SPECIFIC)
    return None if yes is None else _share(yes, by.concerns, by)


def _share(part: int, whole: int, by: Split) -> str:
    return f"{part / whole:.0%} of {whole:,}, {span(by.first_week, by.last_week)}"


def _listed(by: Split, found: Figures, words: Mapping[str, str]) -> str:
    """Each group with its number; its own time where it is told of less."""
    when = "" if by.first_week == found.first_week else f"\n({span(by.first_week, by.last_week)})"
    if not by.tells:
        return f"\nToo few in each to tell them apart.{when}"
    return when + "".join(f"\n• {group_words(one.labels, words)}: {one.concerns:,}" for one in by.groups)


def group_words(labels: tuple[str, ...], words: Mapping[str, str]) -> str:
    """Labels that are told together, as in "I cannot rely on it here / Something else"."""
    return " / ".join(words.get(label, label) for label in labels)


CAUSES = {**{cause.value: cause.label for cause in Cause}, UNKNOWN: "Not said"}
GAPS = {**{gap.value: gap.label for gap in Gap}, UNKNOWN: "Not said yet"}


def _owned(person: Person, work: Work) -> list[Initiative]:
    """What somebody is the product owner of. Raises NotForYou."""
    mine = [one for one in initiatives.active(work) if Part.PRODUCT_OWNER in one.parts_of(person.id)]
    if not mine:
        raise NotForYou
    return mine[:MOST_INITIATIVES]


def _weeks(text: str) -> int:
    typed = text.lower().removesuffix("weeks").removesuffix("week").strip()
    if not typed:
        return USUAL_WEEKS
    if not (typed.isascii() and typed.isdecimal() and len(typed) < 5 and 1 <= int(typed) <= MOST_WEEKS):
        raise HowManyWeeks
    return int(typed)
