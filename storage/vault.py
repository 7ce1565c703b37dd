"""Keeps the keys of open pulses outside the database and its backups, and destroys them for good."""

import re
import threading
from typing import Protocol

#: What a secret may be called: "12.box".
NAME = re.compile(r"[a-z0-9][a-z0-9.-]{0,80}")
#: The longest secret, in bytes.
LARGEST = 65_536


class VaultProblem(Exception):
    """The vault cannot do that now; `sentence` says to an engineer what happened and what to do."""

    def __init__(self, sentence: str) -> None:
        self.sentence = sentence
        super().__init__(sentence)


class AlreadyKept(VaultProblem):
    """There is another secret of that name; whoever wants to go on with that one asks for it by `get`."""


class Vault(Protocol):
    """Where secrets are kept; every replica sees the same ones.

    All raise VaultProblem where the vault cannot be used, and ValueError for a name that does not match `NAME`.
    """

    def put(self, name: str, secret: bytes) -> None:
        """Keep a secret of 1 to `LARGEST` bytes; durable when it returns.

        Never overwrites: AlreadyKept if there is another secret of that name. The same bytes again change nothing.
        """
        ...

    def get(self, name: str) -> bytes | None:
        """The secret, or None if there is none."""
        ...

    def destroy(self, name: str) -> None:
        """There is no such secret any more, and was there one or not; durable when it returns."""
        ...

    def names(self) -> frozenset[str]:
        """What is kept."""
        ...

    def check(self) -> tuple[str, ...]:
        """What is wrong with the vault, in sentences for an engineer; nothing if it is as it should be."""
        ...


class MemoryVault:
    """A vault that lives as long as the process; for tests."""

    def __init__(self) -> None:
        self._secrets: dict[str, bytes] = {}
        self._lock = threading.Lock()

    def put(self, name: str, secret: bytes) -> None:
        checked(name, secret)
        with self._lock:
            if self._secrets.setdefault(name, bytes(secret)) != secret:
                raise AlreadyKept(there_already(name))

    def get(self, name: str) -> bytes | None:
        return self._secrets.get(checked(name))

    def destroy(self, name: str) -> None:
        with self._lock:
            self._secrets.pop(checked(name), None)

    def names(self) -> frozenset[str]:
        with self._lock:
            return frozenset(self._secrets)

    def check(self) -> tuple[str, ...]:
        return ()


def checked(name: str, secret: bytes = b"-") -> str:
    """The name; ValueError if it, or the length of the secret, is none that a vault takes."""
    if not NAME.fullmatch(name):
        raise ValueError(
            f"No secret is called {name!r}: a to z, 0 to 9, dots and dashes, at most 81 of them."
        )
    if not 0 < len(secret) <= LARGEST:
        raise ValueError(f"A secret is 1 to {LARGEST} bytes.")
    return name


def there_already(name: str) -> str:
    return f"The vault has another secret called {name}, and never overwrites one. Nothing was changed."
