"""A concern as a card before those who handle it: the same for all of them, made as things are at that moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import structlog

from domain.concerns import LEAST_ALIKE, Concern, Kind, State, number_words
from domain.likeness import LEAST_SHARED, shared, telling_words
from domain.people import Person, Platform
from domain.reports import date_words
from domain.signoffs import GATES
from domain.specificity import Told
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Confirm,
    Context,
    Divider,
    Fact,
    Facts,
    Heading,
    Run,
    Runs,
    Shown,
    Text,
    code,
    in_pieces,
    plain,
    runs,
    sentence,
    strong,
)
from handlers.concerns import publishing
from handlers.concerns.finding import Case, may_see, owner_of, with_initiative
from handlers.concerns.wording import about, as_read
from storage import concern_lists, concerns, limits, milestones, publications
from storage import people as directory
from storage.concerns import Message
from storage.sealing import Forged
from storage.store import Work
from storage.vault import VaultProblem

log = structlog.get_logger()

#: So many characters of the thread stand on the card, the newest; all of it is under `concern thread`.
MOST_OF_THREAD = 2500
#: Of more characters than this, a card may take two messages.
MOST_IN_FIRST = 6000
#: So many numbers of what is merged with it are listed.
MOST_NUMBERS = 12
#: So much of each text that is only offered is shown.
MOST_OFFERED = 300
#: Published answers that are offered, and how many are looked at for them.
MOST_ALIKE = 3
LOOKED_AT = 12

_SAID = {
    Kind.ASKED: " asks",
    Kind.ANSWERED: " answers",
    Kind.NOTE: ", among you",
    Kind.REPLY: " writes",
    Kind.OUTCOME: ": what came of it",
    Kind.SETTLED: ": it is settled",
    Kind.NOT_SETTLED: ": it is not settled",
}


def live_card(
    work: Work, params: Mapping[str, str], person_id: int | None, platform: Platform
) -> Card | None:
    """The card as it is at this moment, for somebody who handles it; never for a channel."""
    one = concerns.by_number(work, int(params["number"]))
    person = None if person_id is None else directory.by_id(work, person_id)
    if one is None or person is None:
        return None
    case = with_initiative(work, one)
    if not may_see(person, case):
        return sentence(strong(case.name), " is with others now.")
    return whole(work, case, person, platform, news=int(params.get("word", 0)))


def whole(work: Work, case: Case, person: Person, platform: Platform, *, news: int = 0) -> Card:
    """The card in full. It shows what was written: it is sent, or answered with, and never kept.

    `news` is the position of the reporter's word for which it comes, if it does: that stands first, while it is the
    last one.
    """
    one = case.one
    title = f"{case.name} · {about(case.initiative)}"
    head: list[Shown] = [Heading(text=title)]
    line = Text(runs=_line(work, case, person))
    facts = Facts(items=_facts(work, case))
    try:
        told = Told.model_validate_json(concerns.body(work, one.case_id))
        said = concerns.thread(work, one.case_id, with_notes=True)
    except (Forged, VaultProblem) as problem:
        log.error("concern_unreadable", number=one.number, problem=type(problem).__name__)
        lost = Text(runs=runs("What was written cannot be opened just now. Nothing is lost."))
        return Card(summary=f"{title}: {one.state.label}.", elements=(*head, line, lost, facts))
    summary = f"{title}: {one.state.label}."
    if (new := _news(said, news)) is not None:
        said = [message for message in said if message is not new]
        words = "says that it is not settled" if new.kind is Kind.NOT_SETTLED else "wrote"
        first, *more = in_pieces(new.text) or [""]
        head += [Text(runs=runs(strong(f"The reporter {words}:"), f"\n{first}"))]
        head += [*(Text(runs=runs(piece)) for piece in more), Divider()]
        summary = f"{title}: the reporter {words}."
    text = [
        *as_read(told),
        facts,
        *_thread(work, case, said, person, platform, most=MOST_OF_THREAD),
        *_alike(work, one, told),
    ]
    buttons = _buttons(work, case, person)
    # A long card takes two messages, of which only the first is kept up to date: the buttons stand there.
    rest = [*buttons, *text] if _length([*head, *text]) > MOST_IN_FIRST else [*text, *buttons]
    return Card(summary=summary, elements=(*head, line, *rest))


def _news(said: Sequence[Message], position: int) -> Message | None:
    """The reporter's word of that position, if nobody wrote to them or they themselves did after it."""
    if not 0 < position <= len(said) or not said[position - 1].kind.of_reporter:
        return None
    later = said[position:]
    return None if any(message.kind is not Kind.NOTE for message in later) else said[position - 1]


def thread_card(work: Work, case: Case, person: Person, platform: Platform) -> Card:
    """The whole thread. Raises Forged or VaultProblem."""
    said = concerns.thread(work, case.one.case_id, with_notes=True)
    title = f"{case.name}: all that was written"
    elements = [Heading(text=title), *_thread(work, case, said, person, platform, most=None)]
    return Card(summary=title, elements=(*elements, Buttons(items=(show_button(case.one),))))


def show_button(one: Concern, label: str = "See it as it is now") -> Button:
    name = number_words(one.number or 0)
    return Button(label=label, action="concern.show", value=str(one.number), described=f"{label}: {name}")


def done(case: Case, words: str, *offered: Button) -> Card:
    """What is answered to a press or a form, of which the number is the subject."""
    return told(case, strong(case.name), f" {words}", offered=offered)


def told(case: Case, *said: str | Run, offered: Sequence[Button] = ()) -> Card:
    """What is answered to a press or a form: nothing of what was written, what can be done next, and the card."""
    text = runs(*said)
    buttons = Buttons(items=(*offered, show_button(case.one)))
    return Card(summary=plain(text), elements=(Text(runs=text), buttons))


def late_or_due(one: Concern, person: Person, now: datetime) -> list[str | Run]:
    """The end of a line on one: since when it is overdue or by when it is due, and that it is with the sponsors."""
    said: list[str | Run] = []
    if one.is_overdue(now) and one.due_at is not None:
        local = one.due_at.astimezone(person.zone)
        said += [" · ", strong(f"overdue since {local:%A} {local.day} {local:%B}")]
    elif one.state.open and one.first_answer_at is None and one.due_at is not None:
        said.append(f" · first answer by {moment(one.due_at, person)}")
    if one.state.open and (one.escalated_at is not None or one.state is State.REOPENED):
        with_whom = "with both sponsors" if one.initiative_id is not None else "escalated"
        said.append(f", {with_whom}" if said else f" · {with_whom}")
    return said


def beginning(text: str, most: int) -> str:
    """A text in one line, cut at a word."""
    words = " ".join(text.split())
    if len(words) <= most:
        return words
    cut = words[:most].rpartition(" ")[0] or words[:most]
    return f"{cut.rstrip(' ,.;:')}…"


def _length(elements: Sequence[Shown]) -> int:
    return sum(len(plain(one.runs)) for one in elements if isinstance(one, Text))


def _line(work: Work, case: Case, person: Person) -> Runs:
    """As in "Serious · new · nobody has it · first answer by Friday 27 November, 17:30"."""
    one = case.one
    owner = owner_of(work, case)
    said: list[str | Run] = [f"{one.severity.label} · {one.state.label.lower()}"]
    if owner is not None:
        said.append(f" · with {owner.name}")
    elif one.state.open:
        said.append(" · nobody has it")
    return runs(*said, *late_or_due(one, person, work.now))


def _facts(work: Work, case: Case) -> tuple[Fact, ...]:
    """What else is known."""
    one = case.one
    reporter = None if one.reporter_id is None else directory.by_id(work, one.reporter_id)
    who = "somebody without a name" if reporter is None else reporter.name
    told_here = concern_lists.told_in(work, one)
    facts = [Fact(label="From", value=f"{who}, week {one.week[-2:]} of {one.week[:4]}")]
    if one.cause is not None:
        facts.append(Fact(label="In their view", value=one.cause.label))
    if one.gap is not None:
        facts.append(Fact(label="Where the answer lies", value=one.gap.label))
    if one.outcome is not None:
        facts.append(Fact(label="Outcome", value=one.outcome.label))
    if one.merged_into is not None:
        facts.append(Fact(label="Merged into", value=number_words(one.merged_into)))
    if told_here:
        numbers = ", ".join(number_words(each.number or 0) for each in told_here[:MOST_NUMBERS])
        if len(told_here) > MOST_NUMBERS:
            numbers += f" and {len(told_here) - MOST_NUMBERS} more"
        facts.append(Fact(label="Merged with this one", value=numbers))
    count = _reports([one, *told_here])
    if count >= LEAST_ALIKE:
        unnamed = sum(each.is_anonymous for each in (one, *told_here))
        each_time = " (whoever gave no name is counted each time)" if unnamed > 1 else ""
        facts.append(Fact(label="How many", value=f"{count} people report this{each_time}"))
    facts += _links(work, case)
    return tuple(facts)


def _reports(told: Sequence[Concern]) -> int:
    """Of how many people these are, as far as it can be known: those without a name count one each."""
    return len({one.reporter_id for one in told if one.reporter_id is not None}) + sum(
        one.is_anonymous for one in told
    )


def _links(work: Work, case: Case) -> list[Fact]:
    facts = []
    if case.one.milestone is not None and case.initiative is not None:
        titles = {gate.key: gate.title for gate in GATES} | dict(milestones.titles(work, case.initiative.id))
        facts.append(Fact(label="Milestone", value=titles.get(case.one.milestone, case.one.milestone)))
    limit = None if case.one.limit_id is None else limits.by_id(work, case.one.limit_id)
    if limit is not None:
        facts.append(Fact(label="Stated limit", value=_short(limit.text)))
    return facts


def _thread(
    work: Work,
    case: Case,
    said: Sequence[Message],
    person: Person,
    platform: Platform,
    *,
    most: int | None,
) -> list[Shown]:
    """The newest messages in their order, with who wrote each."""
    shown: list[Message] = []
    length = 0
    for message in reversed(said):
        if shown and most is not None and length + len(message.text) > most:
            break
        shown.insert(0, message)
        length += len(message.text)
    if not shown:
        return []
    wrote = {message.author_id for message in shown if message.author_id is not None}
    reporter_id = case.one.reporter_id
    names = directory.by_ids(work, wrote | ({reporter_id} if reporter_id is not None else set()))
    elements: list[Shown] = [Divider()]
    if len(shown) < len(said):
        left = len(said) - len(shown)
        what = "One earlier message is" if left == 1 else f"{left} earlier messages are"
        command = f"{'/' if platform == 'slack' else ''}concern thread {case.name}"
        elements.append(Context(runs=runs(f"{what} under ", code(command), ".")))
    for message in shown:
        elements += _message(message, names, reporter_id, person)
    return elements


def _message(
    message: Message, names: Mapping[int, Person], reporter_id: int | None, person: Person
) -> list[Shown]:
    if message.kind.of_reporter:
        reporter = None if reporter_id is None else names.get(reporter_id)
        who = "The reporter" if reporter is None else reporter.name
        when = f"week {message.week[-2:]}"
    else:
        author = None if message.author_id is None else names.get(message.author_id)
        who = "Tandem" if author is None else author.name
        when = message.week if message.at is None else moment(message.at, person)
    pieces = in_pieces(message.text) or [""]
    label = f"{who}{_SAID[message.kind]} ({when})"
    first = Text(runs=runs(strong(label), f"\n{pieces[0]}" if pieces[0] else ""))
    return [first, *(Text(runs=runs(piece)) for piece in pieces[1:])]


def _alike(work: Work, one: Concern, told: Told) -> list[Shown]:
    """What was published of the like before: words that everybody may read."""
    if not one.state.open:
        return []
    written = f"{told.what}\n{told.led_to}"
    found = [
        published
        for published in publications.alike(work, telling_words(written), limit=LOOKED_AT)
        if published.number != one.number
        and shared(written, f"{published.observed} {published.text}") >= LEAST_SHARED
    ]
    # What did not settle it for its own reporter is no example.
    not_settled = concern_lists.not_settled(work, [published.number for published in found])
    found = [published for published in found if published.number not in not_settled][:MOST_ALIKE]
    if not found:
        return []
    return [
        Divider(),
        Text(runs=runs(strong("What came of the like before"))),
        *(
            Text(
                runs=runs(
                    f"{number_words(published.number)}, {date_words(published.published_at.date())}: "
                    f"{published.observed} ",
                    strong(f"{published.outcome.label}: "),
                    _short(published.text),
                )
            )
            for published in found
        ),
    ]


def _short(text: str) -> str:
    return text if len(text) <= MOST_OFFERED else f"{text[:MOST_OFFERED].rsplit(' ', 1)[0]}…"


def _buttons(work: Work, case: Case, person: Person) -> list[Shown]:
    """At most six."""
    one = case.one
    answer = _button(case, "Ask or answer", "concern.answer")
    note = _button(case, "Note", "concern.note")
    if one.state is State.MERGED:
        main = None if one.merged_into is None else concerns.by_number(work, one.merged_into)
        other = () if main is None else (show_button(main, f"See {number_words(main.number or 0)}"),)
        return [Buttons(items=(*other, answer, note))]
    if one.state is State.SENT:
        return []
    if not one.state.open:
        return [Buttons(items=(*publishing.offer(work, one), answer, note))]
    # Of one that was opened again something may be published.
    published = publishing.offer(work, one) if one.reopened else ()
    return [
        *([Buttons(items=published)] if published else []),
        Buttons(
            items=(
                _take(work, case, person),
                answer,
                note,
                _button(case, "Severity and gap", "concern.sort"),
                _button(case, "Merge or link", "concern.merge"),
                _button(case, "Close", "concern.close"),
            )
        ),
    ]


def _take(work: Work, case: Case, person: Person) -> Button:
    owner = owner_of(work, case)
    if owner is None:
        return _button(case, "Take it", "concern.take").model_copy(update={"style": "primary"})
    if owner.id == person.id:
        return _button(case, "Hand it on", "concern.hand")
    ask = Confirm(
        title="Take it over?",
        text=f"{owner.name} owns it now, and sees that you took it over.",
        yes="Take it over",
    )
    return _button(case, "Take it over", "concern.take").model_copy(update={"confirm": ask})


def _button(case: Case, label: str, action: str) -> Button:
    return Button(label=label, action=action, value=str(case.one.number), described=f"{label}: {case.name}")


def moment(at: datetime, person: Person) -> str:
    """A time of a handler or of the planner, in somebody's own zone: "Thursday 19 November, 09:00"."""
    local = at.astimezone(person.zone)
    return f"{local:%A} {local.day} {local:%B}, {local:%H:%M}"
