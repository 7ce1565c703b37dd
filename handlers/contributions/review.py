"""Product owners look at the week: thank, or ask."""

from datetime import date, timedelta

from domain.contributions import Contribution, day_words
from domain.errors import InvalidField, NoSuchEntry, NotAllowed, Refused
from domain.initiatives import Initiative
from domain.people import Act, may
from handlers.capability import Actor, AnyReply, tell
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Divider,
    Form,
    Heading,
    Shown,
    Text,
    TextInput,
    plain,
    runs,
    strong,
)
from handlers.contributions.entry import entry_id_of, entry_words, quoted
from handlers.conversation import Command, Open, Press, Replace, Say, Submission
from handlers.phrases import find_initiative
from storage import contributions, initiatives
from storage import people as directory
from storage.store import Work

PAGE = 8
MAX_NOTE = 1000


class NotTheOwner(NotAllowed):
    """Only the product owner of an initiative reviews its entries."""


class WhichInitiative(Refused):
    """Please say which initiative: `contribute review claims`."""


def on_command(actor: Actor, command: Command, work: Work) -> AnyReply:
    """`contribute review claims`: this week's entries."""
    if not command.text.strip():
        mine = [one for one in initiatives.active(work) if one.product_owner_id == actor.person.id]
        if len(mine) != 1:
            raise WhichInitiative
        return Say(card=_week(actor, mine[0], _monday(actor.today), 0, work))
    initiative = find_initiative(work, command.text)
    return Say(card=_week(actor, initiative, _monday(actor.today), 0, work))


def on_page(actor: Actor, press: Press, work: Work) -> AnyReply:
    """Another week or page. The value is "initiative:monday:skip"."""
    number, _, rest = press.value.partition(":")
    monday, _, skip = rest.partition(":")
    initiative = initiatives.by_id(work, entry_id_of(number) or 0)
    if initiative is None:
        raise NoSuchEntry
    try:
        day = date.fromisoformat(monday)
    except ValueError:
        day = actor.today
    return Replace(card=_week(actor, initiative, _monday(day), entry_id_of(skip) or 0, work))


def on_thank(actor: Actor, press: Press, work: Work) -> AnyReply:
    entry, _ = _reviewed(actor, press.value, work)
    return Open(form=_thanks_form(entry))


def thanks_again(actor: Actor, submission: Submission, work: Work) -> Form:
    return _thanks_form(_reviewed(actor, submission.context, work)[0], submission.text("note"))


def on_thanks_sent(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    entry, initiative = _reviewed(actor, submission.context, work)
    note = _note(submission)
    contributor = directory.by_id(work, entry.person_id)
    contributions.remark(work, entry.id, from_id=actor.person.id, sort="thanks", text=note)
    first = runs(
        strong(actor.person.name), " thanks you for your ", entry_words(entry), f" on {initiative.name}."
    )
    elements: list[Shown] = [Text(runs=first), Text(runs=quoted(entry))]
    if note:
        elements.append(Text(runs=runs(strong(f"{actor.person.name.split()[0]}: "), note)))
    elements.append(Context(runs=runs("It is kept with the entry and stands in your profile for reviews.")))
    tell(
        work,
        f"thanks:{submission.key}",
        entry.person_id,
        Card(summary=f"{plain(first)} {note}".strip(), elements=tuple(elements)),
    )
    name = "the contributor" if contributor is None else contributor.name
    return Say(
        card=Card(summary="Thanked", elements=(Text(runs=runs(f"I have passed your thanks on to {name}.")),))
    )


def on_question(actor: Actor, press: Press, work: Work) -> AnyReply:
    entry, _ = _reviewed(actor, press.value, work)
    return Open(form=_question_form(entry))


def question_again(actor: Actor, submission: Submission, work: Work) -> Form:
    return _question_form(_reviewed(actor, submission.context, work)[0], submission.text("note"))


def on_question_sent(actor: Actor, submission: Submission, work: Work) -> AnyReply:
    entry, initiative = _reviewed(actor, submission.context, work)
    note = _note(submission)
    if not note:
        raise InvalidField(note="Please write what you would like to know.")
    contributions.remark(work, entry.id, from_id=actor.person.id, sort="question", text=note)
    first = runs(
        strong(actor.person.name),
        " has a question about your ",
        entry_words(entry),
        f" on {initiative.name}:",
    )
    tell(
        work,
        f"question:{submission.key}",
        entry.person_id,
        Card(
            summary=f"{plain(first)} {note}",
            elements=(
                Text(runs=first),
                Text(runs=runs(note)),
                Text(runs=quoted(entry)),
                Context(
                    runs=runs("Only you can change the entry. If you do, the question counts as answered.")
                ),
                Buttons(
                    items=(
                        Button(
                            label="Edit the entry",
                            action="contribution.edit",
                            value=str(entry.id),
                            style="primary",
                        ),
                    )
                ),
            ),
        ),
    )
    return Say(card=Card(summary="Asked", elements=(Text(runs=runs("I have passed your question on.")),)))


def tell_questioners(actor: Actor, entry: Contribution, initiative: Initiative, work: Work) -> None:
    """Tell those who asked about an entry that it was changed."""
    for person_id in contributions.questioners(work, entry.id):
        card = Card(
            summary=f"{actor.person.name} changed the entry on {initiative.name} that you asked about.",
            elements=(
                Text(
                    runs=runs(
                        strong(actor.person.name),
                        f" changed the entry on {initiative.name} that you asked about.",
                    )
                ),
                Buttons(
                    items=(
                        Button(
                            label="See the week",
                            action="contribution.review",
                            value=f"{initiative.id}:{entry.day.isoformat()}:0",
                        ),
                    )
                ),
            ),
        )
        tell(work, f"changed:{entry.id}:{entry.version}:{person_id}", person_id, card)


def _week(actor: Actor, initiative: Initiative, monday: date, skip: int, work: Work) -> Card:
    _require_owner(actor, initiative)
    sunday = monday + timedelta(days=6)
    entries = contributions.of_initiative(
        work, initiative.id, first=monday, last=sunday, skip=skip, limit=PAGE + 1
    )
    people = directory.by_ids(work, {entry.person_id for entry in entries})
    title = f"{initiative.name}, week of {monday.day} {monday:%B}"
    elements: list[Shown] = [Heading(text=title)]
    if not entries:
        elements.append(Text(runs=runs("No entries in this week.")))
    for entry in entries[:PAGE]:
        person = people[entry.person_id]
        elements += [
            Divider(),
            Text(
                runs=runs(
                    strong(person.name),
                    f" ({person.team_path}): {entry_words(entry)}, {day_words(entry.day, actor.today)}",
                )
            ),
            Text(runs=quoted(entry)),
            Buttons(
                items=(
                    Button(
                        label="Thank",
                        action="contribution.thank",
                        value=str(entry.id),
                        described=f"Thank {person.name} for entry {entry.id}",
                    ),
                    Button(
                        label="Question",
                        action="contribution.question",
                        value=str(entry.id),
                        described=f"Ask {person.name} about entry {entry.id}",
                    ),
                )
            ),
        ]
    elements.append(Divider())
    elements.append(Buttons(items=_turns(actor, initiative, monday, skip, more=len(entries) > PAGE)))
    return Card(summary=title, elements=tuple(elements))


def _turns(
    actor: Actor, initiative: Initiative, monday: date, skip: int, *, more: bool
) -> tuple[Button, ...]:
    def turn(label: str, to: date, at: int) -> Button:
        value = f"{initiative.id}:{to.isoformat()}:{at}"
        return Button(label=label, action="contribution.review", value=value)

    turns = [turn("Week before", monday - timedelta(days=7), 0)]
    if monday < _monday(actor.today):
        turns.append(turn("Week after", monday + timedelta(days=7), 0))
    if skip:
        turns.append(turn("Newer entries", monday, max(0, skip - PAGE)))
    if more:
        turns.append(turn("Older entries", monday, skip + PAGE))
    return tuple(turns)


def _reviewed(actor: Actor, value: str, work: Work) -> tuple[Contribution, Initiative]:
    number = entry_id_of(value)
    entry = None if number is None else contributions.by_id(work, number)
    initiative = None if entry is None else initiatives.by_id(work, entry.initiative_id)
    if entry is None or initiative is None:
        raise NoSuchEntry
    _require_owner(actor, initiative)
    return entry, initiative


def _require_owner(actor: Actor, initiative: Initiative) -> None:
    if not may(actor.person, Act.REVIEW_CONTRIBUTIONS, initiative.parts_of(actor.person.id)):
        raise NotTheOwner


def _note(submission: Submission) -> str:
    note = submission.text("note")
    if len(note) > MAX_NOTE:
        raise InvalidField(note=f"Please keep it to {MAX_NOTE:,} characters.")
    return note


def _thanks_form(entry: Contribution, note: str = "") -> Form:
    return Form(
        name="contribution.thanks",
        title="Say thank you",
        submit="Send",
        elements=(
            Text(runs=quoted(entry)),
            TextInput(
                name="note",
                label="A few words",
                value=note or None,
                placeholder="What did it make possible?",
                multiline=True,
                optional=True,
                max_length=MAX_NOTE,
            ),
            Context(runs=runs("Goes to the contributor alone, and into their own profile.")),
        ),
        context=str(entry.id),
    )


def _question_form(entry: Contribution, note: str = "") -> Form:
    return Form(
        name="contribution.asked",
        title="Ask about an entry",
        submit="Send",
        elements=(
            Text(runs=quoted(entry)),
            TextInput(
                name="note", label="Your question", value=note or None, multiline=True, max_length=MAX_NOTE
            ),
            Context(runs=runs("Goes to the contributor alone. Only they can change the entry.")),
        ),
        context=str(entry.id),
    )


def _monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
