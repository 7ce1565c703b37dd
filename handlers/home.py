"""The first things people meet: help, a greeting, and their own page."""

from collections.abc import Collection, Sequence

from domain.contributions import day_words, effort_words
from handlers.capability import Actor, AnyReply, Capability, marked, typed
from handlers.cards import (
    Button,
    Buttons,
    Card,
    Context,
    Divider,
    Heading,
    Run,
    Runs,
    Shown,
    Text,
    code,
    plain,
    runs,
    strong,
)
from handlers.contributions.entry import entry_words
from handlers.conversation import Command, HomeOpened, Press, Say, ShowHome
from handlers.mistyped import SLIP, meant
from storage import contributions, initiatives
from storage.store import Work

LAST = 3
#: Lines of help in one piece of text.
LINES_AT_ONCE = 6
#: Lines of help for one command where all commands are shown.
FIRST_LINES = 4
#: Above what waits, where a capability says so.
WAITING = Heading(text="Waiting for you")
#: How much is repeated of what was not understood.
MOST_REPEATED = 60


def capability(known: Sequence[Capability]) -> Capability:
    """Help over the capabilities that there are."""

    def on_help(actor: Actor, command: Command, work: Work) -> AnyReply:
        return Say(card=_help(actor, known))

    def on_topic(topic: str) -> "_OnTopic":
        return _OnTopic(topic, known)

    def on_unknown(actor: Actor, command: Command, work: Work) -> AnyReply:
        words = command.text.strip()
        if not words or words.split()[0].lower() in GREETINGS:
            greeting = runs(f"Hello {actor.person.name.split()[0]}.")
            return Say(card=_help(actor, known, greeting=greeting))
        return Say(card=_not_understood(actor, known, names, words))

    def on_home_asked(actor: Actor, command: Command, work: Work) -> AnyReply:
        return Say(card=_page(actor, known, work))

    def on_home(actor: Actor, opened: HomeOpened, work: Work) -> AnyReply:
        return ShowHome(card=_page(actor, known, work))

    def on_help_pressed(actor: Actor, press: Press, work: Work) -> AnyReply:
        return Say(card=_help(actor, known))

    first_words = {name.split()[0] for one in known for name in one.commands}
    names = {*(name for one in known for name in one.commands), "tandem", "tandem help", "tandem home"}
    names |= {f"{word} help" for word in first_words}
    # Of Tandem itself there is nothing less to say than everything.
    topics = {f"{word} help": on_topic(word) for word in first_words - {"tandem"}}
    return Capability(
        name="home",
        commands={
            "help": on_unknown,
            SLIP: on_unknown,
            "home": on_home_asked,
            "tandem": on_home_asked,
            "tandem help": on_help,
            "tandem home": on_home_asked,
            **topics,
        },
        alone=frozenset({"tandem"}),
        presses={"help.show": on_help_pressed},
        home=on_home,
        reads=frozenset(
            {"help", SLIP, "home", "tandem", "tandem help", "tandem home", "help.show", *topics},
        ),
        # What waits may be an open pulse, which an answer ends: nobody reads in a kept page who gave one.
        traceless=frozenset({SLIP, "home", "tandem", "tandem home"}),
    )


GREETINGS = frozenset({"hi", "hello", "hey", "help", "hallo", "start"})


class _OnTopic:
    """`contribute help`: what there is to type for one command."""

    def __init__(self, topic: str, known: Sequence[Capability]) -> None:
        self._topic = topic
        self._known = known

    def __call__(self, actor: Actor, command: Command, work: Work) -> AnyReply:
        lines = [line for one in self._known for line in one.help if line[0].split()[0] == self._topic]
        title = f"How to use {typed(actor.origin, self._topic)}"
        return Say(card=Card(summary=title, elements=(Heading(text=title), *_lines(actor, lines))))


def _page(actor: Actor, known: Sequence[Capability], work: Work) -> Card:
    """What waits for the person first, then what they put in."""
    in_order = sorted(known, key=lambda one: not one.waits_first)
    waits = [one.waiting(actor, work) for one in in_order if one.waiting is not None]
    elements: list[Shown] = [element for some in waits for element in some]
    if WAITING in elements:  # the pulses that stand before it wait too
        elements = [WAITING, *(one for one in elements if one != WAITING)]
    if elements:
        elements.append(Divider())
    return Card(summary="Your page in Tandem", elements=(*elements, *_log(actor, work)))


def _log(actor: Actor, work: Work) -> list[Shown]:
    totals = contributions.totals(work, actor.person.id, month=actor.today, day=actor.today)
    entries = contributions.recent(work, actor.person.id, skip=0, limit=LAST)
    about = initiatives.by_ids(work, {entry.initiative_id for entry in entries})
    month = f"{actor.today:%B}"
    if totals.entries:
        said = runs(
            f"In {month}: ",
            strong(effort_words(totals.effort_minutes) if totals.effort_minutes else "0 h"),
            f" in {totals.entries} {'entry' if totals.entries == 1 else 'entries'} over "
            f"{totals.initiatives} initiative{'' if totals.initiatives == 1 else 's'}.",
        )
    else:
        said = runs(f"Nothing is logged in {month} yet.")
    elements: list[Shown] = [Heading(text="Your contributions"), Text(runs=said)]
    for entry in entries:
        elements.append(
            Text(
                runs=runs(
                    strong(entry_words(entry)),
                    f" on {about[entry.initiative_id].name}, {day_words(entry.day, actor.today)}: {entry.what}",
                )
            )
        )
    elements += [
        Buttons(
            items=(
                Button(label="Log a contribution", action="contribution.new", style="primary"),
                Button(label="All my entries", action="contribution.mine"),
                Button(label="My profile", action="profile.mine"),
                Button(label="Raise a concern", action="concern.new"),
                Button(label="Settings", action="preferences.show", described="My settings"),
                Button(label="Help", action="help.show"),
            )
        ),
        Divider(),
        Context(
            runs=runs(
                "Your entries are seen by the product owner and the sponsors of the initiative, by HR, and in reports."
            )
        ),
    ]
    return elements


def _not_understood(actor: Actor, known: Sequence[Capability], names: Collection[str], words: str) -> Card:
    """What was probably meant; all of help where the command itself is not known."""
    first, _, rest = words.partition(" ")
    firsts = {name.split()[0] for name in names}
    if first.lower() in firsts:
        name = first.lower()
        behind = {one.partition(" ")[2] for one in names if one.startswith(f"{name} ")}
        guess = meant(rest.split()[0], behind) if rest.split() else None
        said = f"I do not know “{typed(actor.origin, name)} {_short(rest)}”. "
        hint = f"Did you mean `{name} {guess}`? " if guess else ""
        text = runs(said, *marked(actor.origin, f"{hint}`{name} help` shows what there is to type."))
        return Card(summary=plain(text), elements=(Text(runs=text),))
    said = f"I do not know what to do with “{_short(words)}”."
    guess = meant(first, firsts)
    then = marked(actor.origin, f" Did you mean `{guess}`?") if guess else ()
    return _help(actor, known, greeting=runs(said, *then))


def _short(words: str) -> str:
    return words if len(words) <= MOST_REPEATED else f"{words[:MOST_REPEATED]}…"


def _help(actor: Actor, known: Sequence[Capability], greeting: Runs | None = None) -> Card:
    """The first lines of every command; each has a page of its own for the rest."""
    elements: list[Shown] = [Heading(text="What Tandem can do")]
    if greeting is not None:
        elements.insert(0, Text(runs=greeting))
    elements.append(
        Text(
            runs=runs(
                "It keeps a log of what people put into AI initiatives: data, expertise, testing and change. "
                "Your entries count for recognition and in reviews. A business and a technical sponsor sign "
                "every milestone off together. Pulses and concerns are for everybody, also without a name."
            )
        )
    )
    for topic, lines in _topics(known).items():
        elements += _topic(actor, topic, lines)
    elements.append(
        Buttons(
            items=(
                Button(label="Log a contribution", action="contribution.new", style="primary"),
                Button(label="All my entries", action="contribution.mine"),
                Button(label="Raise a concern", action="concern.new"),
            )
        )
    )
    return Card(summary="What Tandem can do", elements=tuple(elements))


def _topics(known: Sequence[Capability]) -> dict[str, list[tuple[str, str]]]:
    """The lines of help by the command that they begin with, in the order in which the commands come first."""
    topics: dict[str, list[tuple[str, str]]] = {}
    for one in known:
        for line in one.help:
            topics.setdefault(line[0].split()[0], []).append(line)
    return topics


def _topic(actor: Actor, topic: str, lines: Sequence[tuple[str, str]]) -> Sequence[Shown]:
    """The first lines on a command, and where the others are: of Tandem itself all, for they have no other page."""
    if topic == "tandem" or len(lines) <= FIRST_LINES:
        return _lines(actor, lines)
    left = f"and {len(lines) - FIRST_LINES} more: `{topic} help`"
    [first] = _lines(actor, lines[:FIRST_LINES])
    return [first.model_copy(update={"runs": (*first.runs, *runs("\n"), *marked(actor.origin, left))})]


def _lines(actor: Actor, lines: Sequence[tuple[str, str]]) -> list[Text]:
    """Lines of help, a few to a piece of text: a message has room for so many pieces."""
    elements: list[Text] = []
    for at in range(0, len(lines), LINES_AT_ONCE):
        some: list[str | Run] = []
        for line, meaning in lines[at : at + LINES_AT_ONCE]:
            some += [
                *(["\n"] if some else []),
                code(typed(actor.origin, line)),
                " ",
                *marked(actor.origin, meaning),
            ]
        elements.append(Text(runs=runs(*some)))
    return elements
