"""What a capability is to the dispatcher: named routes to plain functions."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import cycle
from typing import Any

from domain.contributions import Policy
from domain.errors import Refused
from domain.people import Person, Platform
from handlers.cards import Card, Form, Runs, Shown, code, runs
from handlers.conversation import (
    CardMessage,
    Command,
    FieldErrors,
    FileMessage,
    HomeOpened,
    LiveMessage,
    MessageAction,
    Nothing,
    Open,
    Origin,
    Press,
    Replace,
    Say,
    ShowHome,
    Submission,
)
from handlers.pacer import Limit
from handlers.schedule import Chore, Job, Schedule
from handlers.sections import AnySection, BriefSection
from storage import outbox
from storage.outbox import Priority
from storage.store import Work

AnyReply = Say | Replace | Open | FieldErrors | ShowHome | Nothing


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, and what holds for them: known anew on every request."""

    person: Person
    origin: Origin
    policy: Policy
    #: The person's own calendar day.
    today: date


OnCommand = Callable[[Actor, Command, Work], AnyReply]
OnPress = Callable[[Actor, Press, Work], AnyReply]
OnSubmission = Callable[[Actor, Submission, Work], AnyReply]
OnMessageAction = Callable[[Actor, MessageAction, Work], AnyReply]
OnHome = Callable[[Actor, HomeOpened, Work], AnyReply]
#: The answer to a command or a press for which nothing has to change; None where something has. Changes nothing.
Glance = Callable[[Actor, Any, Work], AnyReply | None]
#: Whether a text behind a command may name something that there is.
Names = Callable[[str, Work], bool]
#: What of a capability waits for somebody, for the top of their page.
Waits = Callable[[Actor, Work], tuple[Shown, ...]]
#: A card made when it is sent or brought up to date: from its parameters, for a person (or None: a channel), as
#: things are at that moment. None where there is nothing to show any more.
View = Callable[[Work, Mapping[str, str], int | None, Platform], Card | None]
#: The content of a file that is made when it is sent, from its parameters. Asks again who may have it; raises Refused.
MakeFile = Callable[[Work, Mapping[str, str]], str]


class AskAgain(Refused):
    """Nothing was kept; here is the form with what was typed."""

    def __init__(self, form: Form) -> None:
        super().__init__()
        self.form = form


@dataclass(frozen=True, slots=True)
class FormRoute:
    submit: OnSubmission
    #: The form as it was sent in, to be shown again with what is wrong (`domain.errors.InvalidField`).
    again: Callable[[Actor, Submission, Work], Form]


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability's routes. Names are unique over all capabilities.

    A command's name is its first word or its first two ("contribute", "contribute list"); the longer wins, and
    the handler gets the text behind it. Routes named in `reads` change nothing: they run beside the writers and
    are answered anew when repeated.
    """

    name: str
    #: One line for help: what one can type, and what it does.
    help: tuple[tuple[str, str], ...] = ()
    commands: Mapping[str, OnCommand] = field(default_factory=dict)
    #: Commands that take no text: a word behind one that is no command of its own is not understood.
    alone: frozenset[str] = frozenset()
    #: Commands that take free text, in which a word that is nearly a command of theirs is taken for a slip.
    free: frozenset[str] = frozenset()
    #: Commands that take a name, by what tells whether something may be meant by it: where nothing is, a word that is
    #: nearly a command of theirs is taken for a slip.
    named: Mapping[str, Names] = field(default_factory=dict)
    presses: Mapping[str, OnPress] = field(default_factory=dict)
    forms: Mapping[str, FormRoute] = field(default_factory=dict)
    actions: Mapping[str, OnMessageAction] = field(default_factory=dict)
    home: OnHome | None = None
    waiting: Waits | None = None
    #: Whether what waits stands before what waits of others.
    waits_first: bool = False
    views: Mapping[str, View] = field(default_factory=dict)
    #: Files by the name of their export (`FileMessage.export`).
    files: Mapping[str, MakeFile] = field(default_factory=dict)
    digest: tuple[AnySection, ...] = ()
    brief: tuple[BriefSection, ...] = ()
    schedules: tuple[Schedule, ...] = ()
    chores: tuple[Chore, ...] = ()
    jobs: tuple[Job, ...] = ()
    #: What of it an organisation sets, for the settings page of whoever may (`Act.CHANGE_SETTINGS`).
    settings: Waits | None = None
    reads: frozenset[str] = frozenset()
    #: For routes that seldom change something, by their names: tried first, as what is in `reads` is.
    glances: Mapping[str, Glance] = field(default_factory=dict)
    #: Routes that leave no trace of who came, or when: nothing is remembered under the request's key, about the
    #: person's chat, or of a refusal. Doing the same twice must come to the same. A command is named in `reads` too,
    #: and never answers with a form.
    traceless: frozenset[str] = frozenset()
    #: How often one person may use a route, by the names of routes; nothing is stored for it.
    limited: Mapping[str, Limit] = field(default_factory=dict)


def typed(origin: Origin, command: str) -> str:
    """A command as it is typed where the person is: with a slash on Slack, without on Teams."""
    return f"/{command}" if origin.platform == "slack" else command


def marked(origin: Origin, text: str) -> Runs:
    """Our own copy, in which commands stand between backticks (`contribute list`), as text for one platform."""
    return runs(
        *(
            code(typed(origin, piece)) if odd else piece
            for odd, piece in zip(cycle((0, 1)), text.split("`"), strict=False)
            if piece
        )
    )


def tell(
    work: Work,
    key: str,
    person_id: int | None,
    card: Card,
    *,
    channel_id: int | None = None,
    priority: Priority = Priority.NORMAL,
    polite: bool = False,
    expires_at: datetime | None = None,
    due_at: datetime | None = None,
    batch: str | None = None,
) -> bool:
    """Write to a person in their own chat, or to a channel, after the commit, once per `key`; False if it was there.

    What the keyword arguments do is said at `storage.outbox.put`.
    """
    return outbox.put(
        work,
        key,
        person_id,
        CardMessage(card=card).model_dump_json(),
        channel_id=channel_id,
        priority=priority,
        polite=polite,
        expires_at=expires_at,
        due_at=due_at,
        batch=batch,
    )


def place(
    work: Work,
    key: str,
    subject: str,
    view: str,
    params: Mapping[str, str],
    *,
    person_id: int | None = None,
    channel_id: int | None = None,
    priority: Priority = Priority.NORMAL,
    polite: bool = False,
    expires_at: datetime | None = None,
    due_at: datetime | None = None,
    batch: str | None = None,
) -> bool:
    """Put a card in front of a person, or in a channel, once per `key`, that `keep_up` brings up to date there.

    It is made by a view (`Capability.views`) at the moment when it is sent. `subject` is what it is about:
    "signoff:12". What the other arguments do is said at `storage.outbox.put`. False if the key was there.
    """
    return outbox.put(
        work,
        key,
        person_id,
        LiveMessage(view=view, params=dict(params)).model_dump_json(),
        channel_id=channel_id,
        subject=subject,
        priority=priority,
        polite=polite,
        expires_at=expires_at,
        due_at=due_at,
        batch=batch,
    )


def keep_up(work: Work, subject: str) -> None:
    """Bring every card about a subject up to date after the commit, wherever it is."""
    outbox.touch(work, subject)


def show(
    work: Work,
    key: str,
    subject: str,
    card: Card,
    *,
    person_id: int | None = None,
    channel_id: int | None = None,
) -> bool:
    """Write to a person or to a channel, once per `key`, a card that `reshow` keeps up to date in its place.

    `subject` is what it is about ("signoff:12"): `storage.outbox.of_subject` finds every card about it. False if
    the key was written before.
    """
    message = CardMessage(card=card).model_dump_json()
    return outbox.put(work, key, person_id, message, channel_id=channel_id, subject=subject)


def reshow(work: Work, key: str, card: Card) -> bool:
    """Make the card that was shown under `key` this one, after the commit, wherever it is.

    False if there is no such card any more, or it is about to be sent in these words already.
    """
    return outbox.revise(work, key, CardMessage(card=card).model_dump_json())


def send_file(work: Work, key: str, actor: Actor, message: FileMessage) -> None:
    """Send the actor a file, made after the commit, on the platform they asked from."""
    outbox.put(
        work,
        key,
        actor.person.id,
        message.model_dump_json(),
        platform=actor.origin.platform,
        priority=Priority.URGENT,
    )
