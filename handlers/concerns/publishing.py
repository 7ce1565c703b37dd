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
    State,
    number_words,
)
from domain.contributions import clean
from domain.errors import InvalidField, Refused
from domain.giveaways import Giveaway, giveaways
from domain.initiatives import Initiative
from domain.people import Person
from domain.pulses import Audience
from domain.reports import date_words
from handlers.capability import Actor, AnyReply, marked, tell
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
from handlers.concerns.finding import found
from handlers.concerns.telling import moved
from handlers.concerns.wording import about
from handlers.conversation import Open, Press, Say, Submission
from handlers.fanout import tell_many
from handlers.spoken import TITLE, line, words
from storage import colleagues, panels, publications
from storage import people as directory
from storage.publications import Publication
from storage.store import Work

FORM = "concern.publish.form"
#: One sentence, in general words.
MAX_OBSERVED = 300
MAX_PHRASES = 8


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

    @property
    def fingerprint(self) -> str:
        """Of the words that were looked at; other words are shown again."""
        return hashlib.sha256("\0".join((self.observed, self.text, self.from_day)).encode()).hexdigest()[:16]


def offer(work: Work, one: Concern) -> tuple[Button, ...]:
    """The button that publishes what changed, for the card of a concern that is closed; nothing where that was done."""
    if one.number is None or not _is_over(one) or publications.of_number(work, one.number) is not None:
        return ()
    button = Button(
        label="Publish what changed",
        action="concern.publish",
        value=str(one.number),
        described=f"Publish what changed after {number_words(one.number)}",
    )
    return (button,)


def on_publish(actor: Actor, press: Press, work: Work) -> AnyReply:
    """The empty form. The value is the concern's number."""
    one, initiative = _publishable(actor, press.value, work)
    return Open(form=_form(one, initiative, Typed()), beside=True)


def on_submit(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    """A look at what everybody will read, and then it is published. Leaves no trace but that."""
    value, looked = _context(submission.context)
    typed = _typed(submission)
    from_day = _read(typed)
    try:
        one, initiative = _publishable(actor, value, work, lock=True)
    except PublishedBefore:
        before = publications.of_number(work, int(value))
        if before is None or (before.observed, before.text) != (typed.observed, typed.text):
            raise
        return Say(card=sentence("Published."))  # the same once more
    if looked != typed.fingerprint:
        phrases = _giveaways(actor, one, initiative, typed, work)
        return Open(form=_form(one, initiative, typed, phrases=phrases, day=actor.today))
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
    told = _tell(actor.person, published, initiative, typed.tell, work)
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
    return _form(one, initiative, _typed(submission))


# ------------------------------------------------------------------------------------------------------- the form


def _form(
    one: Concern,
    initiative: Initiative | None,
    typed: Typed,
    *,
    phrases: tuple[Giveaway, ...] = (),
    day: date | None = None,
) -> Form:
    assert one.number is not None and one.outcome is not None
    elements: list[Element] = []
    from_day = _day(typed.from_day)
    if day is not None:
        elements += _look(one, initiative, typed, phrases, from_day or day)
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
            elements.append(Context(runs=runs(_REMINDER)))
    elements += [
        TextInput(
            name="observed",
            label="What was observed, in one general sentence",
            value=typed.observed or None,
            placeholder="Correct claims were held back as possible fraud.",
            max_length=MAX_OBSERVED,
        ),
        TextInput(
            name="text",
            label=_ASKED[one.outcome.value],
            value=typed.text or None,
            placeholder="A person looks at every claim before it is held back.",
            multiline=True,
            max_length=MAX_OUTCOME,
        ),
        DateInput(
            name="from_day",
            label="From which day on",
            value=from_day,
            optional=True,
        ),
        ChoiceInput(name="tell", label="Who is told", options=_audiences(initiative), value=typed.tell),
    ]
    context = {"n": one.number, "f": typed.fingerprint if day is not None else ""}
    return Form(
        name=FORM,
        title="Publish what changed",
        submit="Look at it" if day is None else "Publish",
        elements=tuple(elements),
        context=json.dumps(context, separators=(",", ":")),
    )


_REMINDER = (
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
                words(typed.observed, one.outcome.label, typed.text),
            )
        ),
    ]
    if phrases:
        told = "".join(f"\n• “{each.phrase}”: {each.sentence}" for each in phrases[:MAX_PHRASES])
        more = f"\n• and {len(phrases) - MAX_PHRASES} more" if len(phrases) > MAX_PHRASES else ""
        shown.append(Text(runs=runs(strong("These could give somebody away:"), f"{told}{more}")))
    if one.is_anonymous:
        shown.append(Context(runs=runs(_REMINDER)))
    shown += [Context(runs=runs("Change it below, or publish it as it is.")), Divider()]
    return shown


def _typed(submission: Submission) -> Typed:
    typed = Typed(
        observed=clean(submission.text("observed")),
        text=clean(submission.text("text")),
        from_day=submission.text("from_day"),
    )
    told = submission.text("tell")
    return replace(typed, tell=told) if told in ("channel", "department") else typed


def _read(typed: Typed) -> date | None:
    """The day that was given. Raises InvalidField."""
    errors: dict[str, str] = {}
    for name, text, most in (("observed", typed.observed, MAX_OBSERVED), ("text", typed.text, MAX_OUTCOME)):
        if not text:
            errors[name] = "Please say it in a sentence."
        elif len(text) > most:
            errors[name] = f"That is {len(text):,} characters; please keep it to {most:,}."
    from_day = _day(typed.from_day)
    if typed.from_day and from_day is None:
        errors["from_day"] = "Please give a day, as in 2026-12-01."
    if errors:
        raise InvalidField(**errors)
    return from_day


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _giveaways(
    actor: Actor, one: Concern, initiative: Initiative | None, typed: Typed, work: Work
) -> tuple[Giveaway, ...]:
    """What could point at somebody of the department whose work it is, or at whoever raised it with their name."""
    owner = None if initiative is None else directory.by_id(work, initiative.product_owner_id)
    near = owner or actor.person
    reporter = None if one.reporter_id is None else directory.by_id(work, one.reporter_id)
    names = [near.name, *colleagues.beside(work, near)]
    teams = colleagues.small_teams(work, near)
    return tuple(
        phrase
        for text in (typed.observed, typed.text)
        for phrase in giveaways(
            text,
            own_name="" if reporter is None else reporter.name,
            team_words=teams,
            colleague_names=names,
        )
    )


def _tell(person: Person, published: Publication, initiative: Initiative | None, to: str, work: Work) -> str:
    """Tell those who were chosen, once; what was done, in words."""
    key = f"concern.published:{published.number}"
    said = line(published, person.zone, about=about(initiative))
    card = sentence(strong(f"{TITLE}. "), *said.runs)
    if initiative is not None and to == "channel" and initiative.channel_id is not None:
        tell(work, f"{key}:c{initiative.channel_id}", None, card, channel_id=initiative.channel_id)
        return f"The channel for news of {initiative.name} is told."
    if initiative is not None and to == "department":
        who = panels.people_in(Audience(kind="initiative", ids=(initiative.id,)))
        count = tell_many(work, key, who, card)
        return f"{count:,} {'person' if count == 1 else 'people'} in {initiative.department} are told, in their hours."
    return "Nobody is written to."


def _is_over(one: Concern) -> bool:
    return one.state in (State.CLOSED, State.SETTLED) and one.outcome is not None


def _publishable(
    actor: Actor, value: str, work: Work, *, lock: bool = False
) -> tuple[Concern, Initiative | None]:
    """The concern that a button or a form carries. Raises Refused unless it is theirs to publish."""
    one, initiative = found(actor, value, work, lock=lock)
    if not _is_over(one):
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
