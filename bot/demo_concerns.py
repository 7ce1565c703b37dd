"""What the playground's people raised before anybody came: three answers that everybody can read, and one in work.

All of it is made up. The same day makes the same texts.
"""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from domain.concerns import Cause, Concern, Gap, Kind, Outcome, Severity, State
from domain.initiatives import Initiative
from domain.specificity import Told, assess
from handlers.concerns.closing import Ending, words_of
from handlers.concerns.finding import Case
from handlers.concerns.levels import first_answer_due
from handlers.concerns.telling import tell_handlers, tell_reporter
from storage import concern_boxes, concern_lists, concerns, initiatives, limits, people, publications
from storage.store import Work

DOMAIN = "alderpike.example"


class Said(NamedTuple):
    """A word in a thread, so many days after it was raised."""

    after: int
    kind: Kind
    text: str


class Ended(NamedTuple):
    """What came of one, after so many days, and what was published of it."""

    after: int
    outcome: Outcome
    words: str
    who: str
    observed: str
    published: str
    #: Begins the text of the limit that states it.
    limit: str | None = None


class Raised(NamedTuple):
    """A concern with its reporter's name."""

    initiative: str
    reporter: str
    #: So many days before Monday of this week; a multiple of seven is a Monday.
    before_monday: int
    told: Told
    cause: Cause
    gap: Gap
    said: tuple[Said, ...]
    ended: Ended | None = None
    #: Whether its reporter said that it is settled.
    is_settled: bool = False


RAISED = (
    Raised(
        "invoices",
        "grace.mbeki",
        42,
        Told(
            what="It matched a credit note with another supplier's invoice of the same day.",
            when="At the last month end, twice",
            led_to="We checked every credit note by hand for a week.",
            would_settle="Tell everybody where it is known to go wrong.",
        ),
        Cause.TRUST,
        Gap.DEPLOYMENT,
        (
            Said(1, Kind.ASKED, "Were both credit notes over the amount from which a person looks?"),
            Said(2, Kind.REPLY, "No, both were far below it."),
        ),
        Ended(
            8,
            Outcome.LIMIT,
            "When a credit note and an invoice are from one day, the match is a guess.",
            "",
            "Credit notes were matched with the wrong invoice at a month end.",
            "When a credit note and an invoice are from one day, the match is a guess. Until that is better, a person "
            "looks at each of them.",
            limit="It matches a credit note",
        ),
        is_settled=True,
    ),
    Raised(
        "complaints",
        "carla.nieminen",
        28,
        Told(
            what="The summary of a long letter left out that the customer had written twice before.",
            when="Two weeks ago, and once since",
            led_to="The answer apologised for one delay where there were three.",
            was_told="That nothing of a letter is lost.",
            would_settle="Earlier letters should stand in the summary.",
        ),
        Cause.UNDERSTANDING,
        Gap.DEPLOYMENT,
        (Said(1, Kind.ANSWERED, "Thank you. It reads the newest letter alone; we are looking into that."),),
        Ended(
            10,
            Outcome.CHANGED,
            "Each summary begins with the days of all earlier letters.",
            "everybody in Complaints, in the Monday round",
            "Summaries left out earlier letters.",
            "Each summary begins with the days of all earlier letters.",
        ),
        is_settled=True,
    ),
    Raised(
        "claims",
        "henrik.dahl",
        14,
        Told(
            what="In the second week of the trial, suggestions that we overruled were listed by name, and nobody had "
            "told us that there is a list.",
            when="It went round on a Tuesday, once",
            led_to="Some of us let a wrong suggestion stand since.",
            was_told="That overruling is what makes it better.",
            would_settle="Say who sees such a list, or do without it.",
        ),
        Cause.INTEREST,
        Gap.TRUST,
        (Said(1, Kind.ANSWERED, "You are right, there was one, meant for the vendor. It stops now."),),
        Ended(
            10,
            Outcome.CHANGED,
            "The list is gone. Overruled suggestions are counted for the queue as a whole, and nobody sees by whom.",
            "everybody in Claims, by their team leads",
            "Suggestions that were overruled were listed by name.",
            "The list is gone. They are counted for the queue as a whole, and nobody sees by whom.",
        ),
    ),
    Raised(
        "complaints",
        "rohan.mehta",
        5,
        Told(
            what="It marked two letters as settled that asked for a call back, and we found out when the customers "
            "rang again.",
            when="Last week, twice",
            led_to="Both waited six days longer than promised.",
            would_settle="Tell us what it takes for settled, and let us put it back with one click.",
        ),
        Cause.TRUST,
        Gap.DEPLOYMENT,
        (
            Said(1, Kind.ASKED, "Did both letters thank us for something as well?"),
            Said(2, Kind.REPLY, "Yes, both begin with thanks and ask for the call at the end."),
        ),
    ),
)


def write_concerns(work: Work, today: date) -> None:
    """Put all of it into a store that has the company's people, initiatives and limits."""
    if work.vault is None:
        return
    monday = today - timedelta(days=today.weekday())
    for raised in RAISED:
        about = initiatives.called(work, raised.initiative)
        reporter = people.by_email(work, f"{raised.reporter}@{DOMAIN}")
        if about is not None and reporter is not None:
            _write(work, raised, about, reporter.id, monday - timedelta(days=raised.before_monday))


def _write(work: Work, raised: Raised, about: Initiative, reporter_id: int, day: date) -> None:
    then = _on(work, day)
    told = raised.told.model_copy(update={"initiative": about.key, "cause": raised.cause.value})
    concern_boxes.hold_numbers(work)
    one, _ = concern_boxes.raise_named(
        then,
        told.model_dump_json(),
        reporter_id=reporter_id,
        initiative_id=about.id,
        severity=Severity.USUAL,
        cause=raised.cause,
        is_specific=assess(told, {about.name, about.key}).is_specific,
        due_at=first_answer_due(work, Severity.USUAL, then.now),
    )
    owner_id = about.product_owner_id
    for said in raised.said:
        concerns.write(_on(work, day, said.after), one, said.kind, said.text, author_id=owner_id)
    concerns.change(
        work,
        one.case_id,
        state=State.TAKEN.value,
        owner_id=owner_id,
        gap=raised.gap.value,
        first_answer_at=_on(work, day, raised.said[0].after).now,
    )
    if raised.ended is None:
        tell_handlers(work, one)
        return
    _end(_on(work, day, raised.ended.after), one, about, raised.ended)
    if raised.is_settled:
        concerns.write(_on(work, day, raised.ended.after + 1), one, Kind.SETTLED, "", author_id=None)
        concerns.change(work, one.case_id, state=State.SETTLED.value)
    else:
        tell_reporter(work, one, concern_lists.last_position(work, one.case_id))


def _end(then: Work, one: Concern, about: Initiative, ended: Ended) -> None:
    """Close it with what came of it, and publish that, on one day."""
    owner = people.by_id(then, about.product_owner_id)
    assert owner is not None and one.number is not None
    from_day = then.now.date() if ended.outcome is Outcome.CHANGED else None
    ending = Ending(ended.outcome, ended.words, from_day, ended.who, None)
    text = words_of(ending, Case(one, about), owner.name)
    concerns.write(then, one, Kind.OUTCOME, text, author_id=owner.id)
    stated = [
        each.id for each in limits.of(then, about.id) if ended.limit and each.text.startswith(ended.limit)
    ]
    concerns.change(
        then,
        one.case_id,
        state=State.CLOSED.value,
        outcome=ended.outcome.value,
        closed_at=then.now,
        limit_id=stated[0] if stated else None,
    )
    publications.publish(
        then,
        number=one.number,
        initiative_id=about.id,
        outcome=ended.outcome,
        observed=ended.observed,
        text=ended.published,
        from_day=from_day,
        by=owner.id,
    )


def _on(work: Work, day: date, after: int = 0) -> Work:
    """The same unit of work, on the afternoon of so many days after a day; never later than now."""
    at = datetime.combine(day + timedelta(days=after), time(15), tzinfo=work.now.tzinfo)
    return replace(work, now=min(at, work.now))
