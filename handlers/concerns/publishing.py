"""Publishing what came of a concern: in handlers' own words, looked at as everybody will read it, then told.

Nothing is filled in from what was reported. What is typed stands nowhere before it is published: the form leaves no
trace, and a press on its button only reads.
"""

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from domain.concerns import (
    MAX_OUTCOME,
    Concern,
    NoSuchConcern,
    Outcome,
    State,
    number_words,
)
from domain.contributions import clean
from domain.errors import InvalidField, Refused
from domain.giveaways import Giveaway
from domain.initiatives import Initiative
from domain.reports import date_words
from handlers.capability import Actor, AnyReply, marked
from handlers.cards import (
    Button,
    Card,
    ChoiceInput,
    Context,
    DateInput,
    Divider,
    Element,
    Form,
    Option,
    Text,
    TextInput,
    runs,
    sentence,
    strong,
)
from handlers.concerns import published as published_cards
from handlers.concerns.finding import found
from handlers.concerns.pointers import giveaways_in, warned
from handlers.concerns.telling import moved
from handlers.concerns.wording import about
from handlers.conversation import Open, Press, Say, Submission
from handlers.spoken import line, words
from storage import publications
from storage.store import Work

FORM = "concern.publish.form"
#: One sentence, in general words.
MAX_OBSERVED = 300


class NotClosed(Refused):
    """This concern has no answer yet. What changed can be published once it is closed with one."""


class PublishedBefore(Refused):
    """What changed is published already; `concern changes` shows it."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the form's inputs, cleaned."""

    observed: str = ""
    text: str = ""
    from_day: str = ""
    tell: str = "nobody"

    #: What is different by a correction.
    remark: str = ""

    def fingerprint(self, *beside: int) -> str:
        """Of the words that were looked at, and of what else must be so still; else they are shown again."""
        parts = (self.observed, self.text, self.from_day, self.remark, *map(str, beside))
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def offer(work: Work, one: Concern) -> tuple[Button, ...]:
    """The buttons for the card of a concern that is closed: to publish the answer, or to see what was published."""
    if one.number is None:
        return ()
    buttons: list[Button] = []
    known = publications.all_of(work, one.number)
    if is_over(one) and all(each.withdrawn for each in known):
        buttons.append(
            Button(
                label="Publish the answer",
                action="concern.publish",
                value=str(one.number),
                described=f"Publish the answer to {number_words(one.number)}",
            )
        )
    if known:
        buttons.append(
            Button(
                label="What was published",
                action="concern.published",
                value=str(one.number),
                described=f"What was published of {number_words(one.number)}, to correct or withdraw it",
            )
        )
    return tuple(buttons)


def on_publish(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The empty form. The value is the concern's number."""
    one, initiative = _publishable(actor, press.value, work)
    return Open(form=_form(one, initiative, Typed()), beside=True)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A look at what everybody will read, and then it is published. Leaves no trace but that."""
    value, looked = _context(submission.context)
    typed = typed_in(submission)
    from_day = read(typed)
    try:
        one, initiative = _publishable(actor, value, work, lock=True)
    except PublishedBefore:
        stands = publications.of_number(work, int(value))
        if stands is None or (stands.observed, stands.text) != (typed.observed, typed.text):
            raise
        return Say(card=sentence("Published."))  # the same once more
    before = len(publications.all_of(work, one.number or 0))
    if looked != typed.fingerprint(before):
        phrases = giveaways_in(actor, one, initiative, (typed.observed, typed.text), work)
        return Open(
            form=_form(one, initiative, typed, phrases=phrases, day=actor.today, before=before),
        )
    assert one.number is not None and one.outcome is not None
    publications.publish(
        work,
        number=one.number,
        initiative_id=one.initiative_id,
        outcome=one.outcome,
        observed=typed.observed,
        text=typed.text,
        from_day=from_day,
        by=actor.person.id,
    )
    published = publications.of_number(work, one.number)
    assert published is not None
    moved(work, one)
    told = published_cards.tell(work, published, initiative, typed.tell)
    elements = (
        Text(runs=runs(strong("Published. "), told)),
        line(published, actor.person.zone, about=about(initiative)),
        Context(runs=marked(actor.origin, "Everybody can read it under `concern changes`.")),
    )
    return Say(card=Card(summary=f"Published. {told}", elements=elements))


def again(actor: Actor, submission: Submission, work: Work) -> Form:
    """The form as it was sent in."""
    value, _ = _context(submission.context)
    one, initiative = _publishable(actor, value, work)
    return _form(one, initiative, typed_in(submission))


# ------------------------------------------------------------------------------------------------------- the form


def _form(
    one: Concern,
    initiative: Initiative | None,
    typed: Typed,
    *,
    phrases: tuple[Giveaway, ...] = (),
    day: date | None = None,
    before: int = 0,
) -> Form:
    """To be filled in or, from a day on, looked at; `before` is how often something of it was published."""
    assert one.number is not None and one.outcome is not None
    elements: list[Element] = []
    if day is not None:
        elements += _look(one, initiative, typed, phrases, _day(typed.from_day) or day)
    else:
        elements.append(
            Text(
                runs=runs(
                    strong(f"{number_words(one.number)}, {about(initiative)}: "),
                    "in your own words, for everybody to read. What was reported is not shown here on purpose.",
                )
            )
        )
        if one.is_anonymous:
            elements.append(Context(runs=runs(REMINDER)))
    elements += [
        *inputs(one.outcome, typed),
        ChoiceInput(name="tell", label="Who is told", options=_audiences(initiative), value=typed.tell),
    ]
    context = {"n": one.number, "f": typed.fingerprint(before) if day is not None else ""}
    return Form(
        name=FORM,
        title="Publish the answer",
        submit="Look at it" if day is None else "Publish",
        elements=tuple(elements),
        context=json.dumps(context, separators=(",", ":")),
    )


def inputs(outcome: Outcome, typed: Typed) -> tuple[Element, ...]:
    """What is asked of the words themselves."""
    return (
        TextInput(
            name="observed",
            label="What was observed, in one general sentence",
            value=typed.observed or None,
            placeholder="Correct claims were held back as possible fraud.",
            max_length=MAX_OBSERVED,
        ),
        TextInput(
            name="text",
            label=_ASKED[outcome.value],
            value=typed.text or None,
            placeholder="A person looks at every claim before it is held back.",
            multiline=True,
            max_length=MAX_OUTCOME,
        ),
        DateInput(
            name="from_day",
            label="From which day on",
            value=_day(typed.from_day),
            optional=True,
        ),
    )


REMINDER = (
    "It was raised without a name. Your words must not give anybody away: no team, no day, no case, no phrase that "
    "was theirs."
)
_ASKED = {
    "changed": "What changed",
    "explained": "Why it behaves so",
    "limit": "What the limit is",
    "declined": "Why nothing will be changed",
}


def _audiences(initiative: Initiative | None) -> tuple[Option, ...]:
    options = [Option(key="nobody", label="Nobody; it can be read where it concerns people")]
    if initiative is not None and initiative.channel_id is not None:
        options.append(Option(key="channel", label=f"The channel for news of {initiative.name}"))
    if initiative is not None:
        label = f"Everybody in {initiative.department}, whose work it touches"
        options.append(Option(key="department", label=label))
    return tuple(options)


def _look(
    one: Concern,
    initiative: Initiative | None,
    typed: Typed,
    phrases: tuple[Giveaway, ...],
    day: date,
) -> list[Element]:
    assert one.outcome is not None
    shown: list[Element] = [
        Context(runs=runs("This is exactly what everybody will read:")),
        Text(
            runs=runs(
                strong(f"{about(initiative)}, {date_words(day)}: "),
                words(typed.observed, one.outcome, typed.text),
            )
        ),
    ]
    shown += warned(phrases)
    if one.is_anonymous:
        shown.append(Context(runs=runs(REMINDER)))
    shown += [Context(runs=runs("Change it below, or publish it as it is.")), Divider()]
    return shown


def typed_in(submission: Submission) -> Typed:
    """What stands in a form's inputs."""
    typed = Typed(
        observed=clean(submission.text("observed")),
        text=clean(submission.text("text")),
        from_day=submission.text("from_day"),
        remark=clean(submission.text("remark")),
    )
    told = submission.text("tell")
    return replace(typed, tell=told) if told in ("channel", "department") else typed


def read(typed: Typed, **others: str) -> date | None:
    """The day that was given. Raises InvalidField; `others` are short texts that are wanted too."""
    errors: dict[str, str] = {}
    asked = {"observed": (typed.observed, MAX_OBSERVED), "text": (typed.text, MAX_OUTCOME)}
    asked |= {name: (text, MAX_OBSERVED) for name, text in others.items()}
    for name, (text, most) in asked.items():
        if wrong := not_a_sentence(text, most):
            errors[name] = wrong
    from_day = _day(typed.from_day)
    if typed.from_day and from_day is None:
        errors["from_day"] = "Please give a day, as in 2026-12-01."
    if errors:
        raise InvalidField(**errors)
    return from_day


def not_a_sentence(text: str, most: int) -> str | None:
    """What is wrong with a text of so many characters at the most; None if nothing is."""
    if not text:
        return "Please say it in a sentence."
    return f"That is {len(text):,} characters; please keep it to {most:,}." if len(text) > most else None


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def is_over(one: Concern) -> bool:
    """Whether there is an answer that can be published."""
    return one.state in (State.CLOSED, State.SETTLED) and one.outcome is not None


def _publishable(
    actor: Actor, value: str, work: Work, *, lock: bool = False
) -> tuple[Concern, Initiative | None]:
    """The concern that a button or a form carries. Raises Refused unless it is theirs to publish."""
    one, initiative = found(actor, value, work, lock=lock)
    if not is_over(one):
        raise NotClosed
    if one.number is None or publications.of_number(work, one.number) is not None:
        raise PublishedBefore
    return one, initiative


def _context(context: str) -> tuple[str, str]:
    """The number, and the fingerprint of what was looked at. Raises NoSuchConcern."""
    try:
        kept: Any = json.loads(context)
        return str(int(kept["n"])), str(kept["f"])
    except (ValueError, TypeError, KeyError, RecursionError):
        raise NoSuchConcern from None
