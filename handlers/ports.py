"""What a chat platform has to offer, and what it is given: the seams between adapters, dispatcher and worker."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

from handlers.cards import Value
from handlers.conversation import AnyInbound, CardMessage, FileMessage, Message, Profile, Reply


class Address(Value):
    """Where a person's own chat with the bot is, or a channel."""

    tenant: str
    #: Empty for a channel.
    user_id: str = ""
    #: The platform's own way there (Slack channel id, Teams conversation reference). Of a channel it is always known.
    conversation: str | None = None


class Sent(Value):
    """A message delivered: `reference` (opaque) finds it again, to update it in place."""

    reference: str
    #: The chat it went to, to be remembered as `Address.conversation`.
    conversation: str


class TryLater(Exception):
    """The platform could not take the message now. `after_seconds` is its own wish, if it gave one.

    `in_doubt` is when nothing came back: it may have taken it.
    """

    def __init__(self, reason: str, after_seconds: float | None = None, *, in_doubt: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.after_seconds = after_seconds
        self.in_doubt = in_doubt


class Undeliverable(Exception):
    """The platform will never take this message: the person left, blocked the bot, or the message is wrong."""


class Gone(Undeliverable):
    """The message that was to be updated is there no more, or cannot be changed any more."""


class Closed(Undeliverable):
    """The person cannot be written to there: they left the platform, or blocked or removed the bot."""


class Progress:
    """How far a message of several pages got, so that none is sent again when the rest is."""

    def __init__(self, pages: int = 0, first: Sent | None = None) -> None:
        #: How many pages are there.
        self.pages = pages
        #: Where the first one is.
        self.first = first

    def was_sent(self, page: int) -> bool:
        """Whether a page (from 0) is there already."""
        return page < self.pages

    def one_more(self, sent: Sent) -> None:
        """The next page is there."""
        self.pages += 1
        self.first = self.first or sent


class Profiles(Protocol):
    async def profile(self, tenant: str, user_id: str) -> Profile | None:
        """What the platform knows of a user; None if there is no such user. Raises TryLater."""
        ...

    async def find(self, email: str) -> Profile | None:
        """The user with an e-mail address, for somebody who has never written to the bot; None where there is
        none or the platform does not tell. Raises TryLater."""
        ...


class Sender(Protocol):
    async def send(
        self,
        address: Address,
        message: Message,
        *,
        key: str,
        file: Path | None = None,
        progress: Progress | None = None,
    ) -> Sent:
        """Send a message to a person's own chat or to a channel. `key` is carried along so that a repeat can be
        recognised; `file` is the content of a FileMessage. Pages that `progress` says are there are left out, and
        it is kept up to date. Raises TryLater, Undeliverable or Closed."""
        ...

    async def update(self, address: Address, reference: str, message: CardMessage, *, key: str) -> Sent:
        """Put a card in the place of the message that was sent as `reference` (`Sent.reference`); of a long card
        the first page. `key` tells the card's presses from those on the one before. Raises TryLater, Undeliverable,
        Closed or Gone."""
        ...


class Dispatch(Protocol):
    async def __call__(self, inbound: AnyInbound) -> Reply:
        """Handle one inbound value, commit, and say what to answer. Never raises a business error."""
        ...


class Exports(Protocol):
    def file(self, message: FileMessage) -> AbstractAsyncContextManager[Path]:
        """Make the file of a message on disk, for as long as the context lasts. Checks again who may have it.

        Raises domain.errors.Refused.
        """
        ...


#: One sender or profile source per platform that is connected.
Senders = Mapping[str, Sender]
