"""A digest as it is read: the same for everybody but for what is to do, and the same again from the same facts."""

from collections.abc import Sequence
from typing import Any

from domain.audit import canonical
from domain.digests import Audience, Made, Week
from domain.reports import and_words, date_words
from handlers import markdown, pages
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Divider,
    Heading,
    Shown,
    Text,
    runs,
    strong,
)
from handlers.pages import charts
from handlers.sections import AnySection

#: How many things to do are shown; the others are counted.
MOST_TO_DO = 8

Read = list[tuple[AnySection, Any]]


def title(made: Made, audiences: Sequence[Audience]) -> str:
    """As in "Week 47: digest for HR"."""
    week = Week.read(made.digest.week)
    return f"Week {week.number}: digest for {and_words([one.words for one in audiences])}"


def sentence(sections: Sequence[AnySection], made: Made) -> str:
    """The week in one sentence."""
    week = Week.read(made.digest.week)
    clauses = [words for one, facts in _read(sections, made) if (words := one.clause(facts))]
    begun = "So far, from" if made.version == 0 else "From"
    said = "; ".join(clauses) if clauses else "nothing was logged or decided"
    return f"{begun} {week.words}, {said}."


def elements(sections: Sequence[AnySection], made: Made, audiences: Sequence[Audience]) -> tuple[Shown, ...]:
    """Everything but the heading and the sentence, in order."""
    read = _read(sections, made)
    shown: list[Shown] = []
    to_do = {audience: _all_to_do(read, audience) for audience in audiences}
    # What either can do stands once.
    both = [line for line in to_do[audiences[0]] if all(line in each for each in to_do.values())]
    if len(audiences) > 1 and both:
        shown += _to_do("both", both)
        to_do = {audience: [one for one in lines if one not in both] for audience, lines in to_do.items()}
    for audience, lines in to_do.items():
        shown += _to_do(audience.words, lines, "nothing more." if not lines and both else "")
    told = [one.show(facts) for one, facts in read]
    shown.append(Divider())
    shown += [element for some in told if not _is_small(some) for element in some]
    quiet = [one.quiet for one in sections if one.quiet and one.name not in made.digest.sections]
    if quiet:
        said = and_words(quiet)
        shown.append(Text(runs=runs(f"{said[:1].upper()}{said[1:]}.")))
    small = [element for some in told if _is_small(some) for element in some]
    stands = [
        Context(
            runs=runs(
                f"What waits, is overdue or fails a test stands as it did on {date_words(made.digest.made_on)}. "
                "HR and the AI function read the same week."
            )
        )
    ]
    return (*shown, *small, *stands)


def card(
    sections: Sequence[AnySection],
    made: Made,
    audiences: Sequence[Audience],
    *,
    late: str | None = None,
) -> Card:
    """The digest in chat; `late` says why it comes when it does."""
    said = sentence(sections, made)
    head: list[Shown] = [Heading(text=title(made, audiences)), Text(runs=runs(said))]
    if made.change is not None:
        head.insert(1, Text(runs=runs(strong(made.change))))
    if late is not None:
        head.append(Context(runs=runs(late)))
    which = ",".join(one.value for one in audiences)
    week = Week.read(made.digest.week)
    buttons = (
        Button(
            label="As a page",
            action="digest.file",
            value=f"{week.key} {which}",
            described=f"Send me week {week.number} as a page",
        ),
        Button(
            label="The week before",
            action="digest.show",
            value=f"{week.shifted(-1).key} {which}",
            described=f"Show the digest of week {week.shifted(-1).number}",
        ),
    )
    return Card(
        summary=f"{title(made, audiences)}. {said}",
        elements=(*head, *elements(sections, made, audiences), Buttons(items=buttons)),
    )


def html(sections: Sequence[AnySection], made: Made, audiences: Sequence[Audience]) -> str:
    """The digest as one HTML file that needs nothing else."""
    return pages.page(
        "digest.html",
        title=title(made, audiences),
        change=made.change,
        sentence=sentence(sections, made),
        elements=elements(sections, made, audiences),
        drawn=charts.drawn,
        made=f"{date_words(made.digest.made_on)}, version {made.version}"
        if made.version
        else date_words(made.digest.made_on),
    )


def text(sections: Sequence[AnySection], made: Made, audiences: Sequence[Audience]) -> str:
    """The digest in Markdown."""
    head: list[Shown] = [Heading(text=title(made, audiences)), Text(runs=runs(sentence(sections, made)))]
    if made.change is not None:
        head.insert(1, Text(runs=runs(strong(made.change))))
    return markdown.document((*head, *elements(sections, made, audiences)))


def json(sections: Sequence[AnySection], made: Made, audiences: Sequence[Audience]) -> str:
    """The facts as they are kept, with the sentence and what is to do, in canonical JSON."""
    read = _read(sections, made)
    return canonical(
        {
            "for": [one.value for one in audiences],
            "sentence": sentence(sections, made),
            "to_do": {one.value: list(_all_to_do(read, one)) for one in audiences},
            "version": made.version,
            "change": made.change,
            "facts": made.digest.model_dump(mode="json"),
        }
    )


def _read(sections: Sequence[AnySection], made: Made) -> Read:
    """The sections that have something to say, with their facts."""
    stored = made.digest.sections
    return [(one, one.facts.model_validate(stored[one.name])) for one in sections if one.name in stored]


def _to_do(who: str, lines: Sequence[str], nothing: str = "") -> list[Shown]:
    head = f"For {who} to do"
    if not lines:
        return [Text(runs=runs(strong(f"{head}: "), nothing or "nothing this week."))]
    shown = "".join(f"\n• {line}" for line in lines[:MOST_TO_DO])
    left = len(lines) - MOST_TO_DO
    more = f"\n• And {left} more, under what waits below." if left > 0 else ""
    return [Text(runs=runs(strong(head), shown + more))]


def _all_to_do(read: Read, audience: Audience) -> list[str]:
    return [line for one, facts in read for line in one.to_do(facts, audience)]


def _is_small(shown: Sequence[Shown]) -> bool:
    """Whether a section is small print alone: it stands at the end."""
    return all(isinstance(one, Context) for one in shown)
