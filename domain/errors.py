"""What can be refused, in words: a class's docstring is the sentence that a person reads."""

from collections.abc import Mapping
from typing import Any, NamedTuple


class Refused(Exception):
    """That is not possible."""

    def __init__(self, sentence: str | None = None) -> None:
        self.sentence = sentence or (type(self).__doc__ or "").strip()
        super().__init__(self.sentence)


class InvalidField(Refused):
    """Something in the form needs another look."""

    def __init__(self, **errors: str) -> None:
        self.errors = errors
        super().__init__(" ".join(errors.values()))


class Attempt(NamedTuple):
    """Somebody tried what is not theirs to do: what the audit log keeps of it."""

    #: What it was about: "signoff:12".
    subject: str
    details: Mapping[str, Any]


class NotAllowed(Refused):
    """You cannot do that here. If you think you should, ask an administrator of Tandem."""

    def __init__(self, sentence: str | None = None, *, attempt: Attempt | None = None) -> None:
        super().__init__(sentence)
        self.attempt = attempt


class UnknownPerson(Refused):
    """I do not know you yet, so I cannot log anything under your name."""


class NotServed(Refused):
    """I only work with members of this organisation."""


class NoSuchInitiative(Refused):
    """I know no such initiative. `initiative list` shows all of them."""


class NoSuchEntry(Refused):
    """I cannot find that entry. `contribute list` shows the ones you have."""


class NotYourEntry(Refused):
    """Only the person whose entry this is can change it."""


class EntryChanged(Refused):
    """This entry was changed since this card was shown. `contribute list` shows it as it is now."""


class AlreadySettled(Refused):
    """That entry was undone, declined or confirmed already; nothing was changed."""


class KeyTaken(InvalidField):
    """Another initiative has this key."""
