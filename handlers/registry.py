"""Every capability there is, and the way from an inbound value to one of their functions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from handlers import (
    charters,
    concerns,
    contributions,
    digests,
    home,
    initiatives,
    kpis,
    limits,
    nudges,
    preferences,
    privacy,
    pulses,
    reports,
    showcases,
    signoffs,
    transitions,
)
from handlers.capability import Actor, AnyReply, Capability, FormRoute
from handlers.cards import sentence
from handlers.conversation import (
    AnyInbound,
    Command,
    HomeOpened,
    MessageAction,
    Nothing,
    Press,
    Say,
    Submission,
)
from handlers.mistyped import SLIP, begins_mistyped, looks_mistyped
from handlers.pacer import Limit
from storage.store import Work

Route = TypeVar("Route")


def capabilities() -> tuple[Capability, ...]:
    """All capabilities, in the order in which help shows them."""
    known: tuple[Capability, ...] = (
        contributions.CAPABILITY,
        signoffs.CAPABILITY,
        reports.CAPABILITY,
        initiatives.CAPABILITY,
        charters.CAPABILITY,
        kpis.CAPABILITY,
        transitions.CAPABILITY,
        limits.CAPABILITY,
        nudges.CAPABILITY,
        showcases.CAPABILITY,
        pulses.CAPABILITY,
        concerns.CAPABILITY,
    )
    known = (*known, digests.capability(known))
    known = (*known, preferences.capability(known), privacy.CAPABILITY)
    return (*known, home.capability(known))


class Routes:
    """Finds the function for an inbound value. Raises ValueError where two capabilities claim one name."""

    def __init__(self, known: Sequence[Capability]) -> None:
        self._commands = _merge(one.commands for one in known)
        self._presses = _merge(one.presses for one in known)
        self._forms = _merge(one.forms for one in known)
        self._actions = _merge(one.actions for one in known)
        self._home = next(one.home for one in known if one.home is not None)
        self._glances = _merge(one.glances for one in known)
        self._reads = frozenset[str]().union(*(one.reads for one in known))
        self._traceless = frozenset[str]().union(*(one.traceless for one in known))

        self._limited = _merge(one.limited for one in known)
        self._alone = frozenset[str]().union(*(one.alone for one in known))
        self._free = frozenset[str]().union(*(one.free for one in known))
        self._named = _merge(one.named for one in known)
        self._read_without_trace = self._reads & self._traceless
        #: By first word of a command, the words that may follow it.
        self._second: dict[str, set[str]] = {}
        for command in self._commands:
            first, _, second = command.partition(" ")
            self._second.setdefault(first, set()).update([second] if second else [])

    def limit(self, inbound: AnyInbound) -> Limit | None:
        """How often one person may ask for this, if that is limited."""
        match inbound:
            case Command():
                return self._limited.get(self._command(inbound)[0])
            case Press(action="form.open"):
                return self._limited.get(self._command(_repeated(inbound))[0])
            case Press() | MessageAction():
                return self._limited.get(inbound.action)
            case Submission():
                return self._limited.get(inbound.form)
            case _:
                return None

    def form(self, name: str) -> FormRoute | None:
        return self._forms.get(name)

    def only_reads(self, inbound: AnyInbound) -> bool:
        """Whether answering this changes nothing, so that it needs no writer and no memory."""
        if not inbound.origin.private:
            return False  # the answer goes through the outbox
        match inbound:
            case HomeOpened():
                return True
            case Command() if self._command(inbound)[0] in self._read_without_trace:
                return True
        if not inbound.origin.can_ask:
            return False  # a form would go through the outbox
        match inbound:
            case Command():
                return self._command(inbound)[0] in self._reads
            case Press(action="form.open"):
                return self._command(_repeated(inbound))[0] in self._reads
            case Press() | MessageAction():
                return inbound.action in self._reads
            case _:
                return False

    def has_glance(self, inbound: AnyInbound) -> bool:
        """Whether it may turn out that answering this changes nothing."""
        if not inbound.origin.private or not inbound.origin.can_ask:
            return False
        match inbound:
            case Command():
                return self._command(inbound)[0] in self._glances
            case Press():
                return inbound.action in self._glances
            case _:
                return False

    def glance(self, actor: Actor, inbound: AnyInbound, work: Work) -> AnyReply | None:
        """The answer if nothing has to change for it. Raises Refused."""
        match inbound:
            case Command():
                name, command = self._command(inbound)
                return self._glances[name](actor, command, work)
            case Press():
                return self._glances[inbound.action](actor, inbound, work)
            case _:
                return None

    def is_traceless(self, inbound: AnyInbound) -> bool:
        """Whether nothing may be kept of this request but its effect."""
        match inbound:
            case Press():
                return inbound.action in self._traceless
            case Submission():
                return inbound.form in self._traceless
            case _:
                return False

    def answer(self, actor: Actor, inbound: AnyInbound, work: Work) -> AnyReply:
        """Call the capability. What nobody knows gets help, or a sentence. Raises Refused."""
        reply: AnyReply
        match inbound:
            case Command():
                name, command = self._command(inbound)
                if self._is_no_name(name, command.text, work):
                    name, command = _slip(name, command)
                reply = self._commands[name](actor, command, work)
            case Press(action="form.open"):
                reply = self.answer(actor, _repeated(inbound), work)
            case Press(action="form.cancel"):
                reply = Nothing()
            case Press():
                press = self._presses.get(inbound.action)
                reply = _outdated() if press is None else press(actor, inbound, work)
            case Submission():
                route = self._forms.get(inbound.form)
                reply = _outdated() if route is None else route.submit(actor, inbound, work)
            case MessageAction():
                action = self._actions.get(inbound.action)
                reply = _outdated() if action is None else action(actor, inbound, work)
            case HomeOpened():
                reply = self._home(actor, inbound, work)
        return reply

    def _command(self, inbound: Command) -> tuple[str, Command]:
        """The longest known name that the command begins with, and the command with the text behind it."""
        name = inbound.name.lower().removeprefix("/")
        words = inbound.text.split(None, 1)
        if words and f"{name} {words[0].lower()}" in self._commands:
            rest = words[1] if len(words) > 1 else ""
            return f"{name} {words[0].lower()}", inbound.model_copy(update={"text": rest})
        if name in self._commands and words and self._is_slip(name, inbound.text):
            return _slip(name, inbound)
        if name in self._commands:
            return name, inbound
        return "help", inbound.model_copy(update={"text": f"{name} {inbound.text}".strip()})

    def _is_slip(self, name: str, text: str) -> bool:
        """Whether what stands behind a command is no text for it."""
        if name in self._alone:
            return True
        return name in self._free and looks_mistyped(text, self._second[name])

    def _is_no_name(self, name: str, text: str, work: Work) -> bool:
        """Whether a command that takes a name got a mistyped command instead."""
        names = self._named.get(name)
        return names is not None and begins_mistyped(text, self._second[name]) and not names(text, work)


def _slip(name: str, command: Command) -> tuple[str, Command]:
    """What answers a slip: as traceless as what was meant may be, for it may be the beginning of a concern."""
    return SLIP, command.model_copy(update={"text": f"{name} {command.text}"})


def _repeated(press: Press) -> Command:
    """The command that a form's button repeats, now that a form can be shown."""
    name, _, text = press.value.partition(" ")
    return Command(key=press.key, origin=press.origin, name=name, text=text)


def _outdated() -> Say:
    return Say(
        card=sentence("That button is from an earlier version of Tandem. Please ask for the page again.")
    )


def _merge(routes: Iterable[Mapping[str, Route]]) -> dict[str, Route]:
    merged: dict[str, Route] = {}
    for some in routes:
        if taken := merged.keys() & some.keys():
            raise ValueError(f"two capabilities claim {', '.join(sorted(taken))}")
        merged.update(some)
    return merged
