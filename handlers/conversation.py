"""What comes in from a chat and what goes back: values that know no platform."""

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, TypeAdapter

from domain.people import Platform
from handlers.cards import Card, Form, Value


class Origin(Value):
    """Where an inbound value came from."""

    platform: Platform
    #: Slack team id or Teams tenant id.
    tenant: str
    #: Slack user id or Teams (Entra) object id.
    user_id: str
    #: Slack channel id or Teams conversation id (of a thread that of its channel), where there is one.
    channel: str | None = None
    #: Whether an answer given here is seen by nobody but the person who asked. When it is False the answer
    #: is sent to the person's own chat with the bot.
    private: bool = True
    #: Whether a form can be shown in answer (Slack needs a trigger, a Teams chat takes a form as a card).
    can_ask: bool = True
    #: Where to write to the person on their own, if the platform told (Teams conversation reference, JSON).
    address: str | None = None
    #: Where to write to everybody in the channel, if it is one and needs more than its id (Teams conversation
    #: reference, JSON).
    conversation: str | None = None

    @property
    def in_channel(self) -> bool:
        """Whether it came from a place that others read too: a channel or a group chat."""
        if self.platform == "slack":
            return self.channel is not None and not self.channel.startswith("D")
        return self.conversation is not None


class Inbound(Value):
    #: The platform's own id of this request: the same again changes nothing and gets the same answer.
    key: str
    origin: Origin


class Command(Inbound):
    """Words typed to the bot: `name` is the command without slash, `text` the rest.

    In `text` a mention of a person is `<@user_id>`, everything else is as it was typed.
    """

    type: Literal["command"] = "command"
    name: str
    text: str = ""


class Press(Inbound):
    """A button pressed."""

    type: Literal["press"] = "press"
    action: str
    value: str = ""


class Submission(Inbound):
    """A form sent in. Values are strings: ISO dates, option keys, numbers as typed, platform user ids."""

    type: Literal["submission"] = "submission"
    form: str
    values: dict[str, str | tuple[str, ...] | None]
    context: str = ""

    def text(self, name: str) -> str:
        """The value of one input, stripped; empty if nothing was given."""
        value = self.values.get(name)
        return value.strip() if isinstance(value, str) else ""


class MessageAction(Inbound):
    """An action from a message's menu, or (without `link`) from the platform's global menu."""

    type: Literal["message_action"] = "message_action"
    action: str
    #: A link to the message; never its text.
    link: str | None = None


class HomeOpened(Inbound):
    type: Literal["home_opened"] = "home_opened"


AnyInbound = Command | Press | Submission | MessageAction | HomeOpened


class Say(Value):
    """A new message, seen only by the person who asked."""

    type: Literal["say"] = "say"
    card: Card
    #: After a form: it stands in the form's window alone, never in a chat.
    window: bool = False


class Replace(Value):
    """The card that was pressed, or that a form was opened from, becomes this one; where there is none, as `Say`."""

    type: Literal["replace"] = "replace"
    card: Card


class Open(Value):
    """A form to fill in."""

    type: Literal["open"] = "open"
    form: Form
    #: Whether the card that was pressed stays, where a form would else take its place (Teams).
    beside: bool = False
    #: The command by which a form with a window is opened from a chat (Teams), where it is not to be the one that came.
    again: str | None = None


class FieldErrors(Value):
    """The form stays open; each message stands at the input of that name."""

    type: Literal["field_errors"] = "field_errors"
    errors: dict[str, str]
    #: The form as it was sent in, for platforms that must show it anew.
    form: Form | None = None


class ShowHome(Value):
    """The person's own page (Slack's Home tab; a card in a Teams chat)."""

    type: Literal["home"] = "home"
    card: Card


class Nothing(Value):
    """It is done, and nothing new is said; a card that was pressed is brought up to date by itself."""

    type: Literal["nothing"] = "nothing"
    #: For platforms that show a short word to whoever pressed (Teams); else "Done." there.
    words: str | None = None


_BUILT_WHEN_USED = ConfigDict(defer_build=True)

Reply = Annotated[
    Say | Replace | Open | FieldErrors | ShowHome | Nothing,
    Field(discriminator="type"),
]
REPLY: TypeAdapter[Say | Replace | Open | FieldErrors | ShowHome | Nothing] = TypeAdapter(
    Reply, config=_BUILT_WHEN_USED
)


class Profile(Value):
    """What a platform tells of one of its users."""

    user_id: str
    tenant: str
    name: str
    email: str | None
    time_zone: str | None = None
    locale: str | None = None
    #: Bots, deactivated users, guests and people of other organisations are not served.
    refused: Literal["bot", "deactivated", "guest", "stranger"] | None = None


class CardMessage(Value):
    """A card to be sent from the outbox."""

    type: Literal["card"] = "card"
    card: Card


class FormMessage(Value):
    """A form to be sent from the outbox: where a form needs a press first, `again` is what the press repeats."""

    type: Literal["form"] = "form"
    form: Form
    again: str


class FileMessage(Value):
    """A file to be made when it is sent: `export` and `params` name it, its content is never stored."""

    type: Literal["file"] = "file"
    export: str
    params: dict[str, str]
    filename: str
    card: Card


class LiveMessage(Value):
    """A card to be made when it is sent, and again whenever it is brought up to date: only ids are stored."""

    type: Literal["live"] = "live"
    #: Which of the capabilities' views, and its parameters.
    view: str
    params: dict[str, str]
    #: Whether nothing may show afterwards to whom it was sent, and to whom there was nothing to say.
    traceless: bool = False


#: What is sent; a `LiveMessage` is a `CardMessage` by then.
Message = CardMessage | FormMessage | FileMessage
MESSAGE: TypeAdapter[CardMessage | FormMessage | FileMessage | LiveMessage] = TypeAdapter(
    Annotated[CardMessage | FormMessage | FileMessage | LiveMessage, Field(discriminator="type")],
    config=_BUILT_WHEN_USED,
)
