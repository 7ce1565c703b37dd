"""Keeps the keys of open pulses outside the database and its backups, and destroys them for good."""

import contextlib
import errno
import hashlib
import os
import re
import stat
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from storage.secret_files import GONE, NEW, beside, entries, is_file, link, sweep

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
        """What is wrong with the vault, in sentences for an engineer; nothing if it is as it should be. No errors."""
        ...


class FileVault:
    """A vault in a folder of this process's user alone, for any number of replicas that see the folder.

    Making one touches no file; every use looks at the folder again. VaultProblem is raised, and nothing is read or
    written, where others may enter the folder, where it is not ours, where it is a symbolic link, and where it lies
    in the folder of the SQLite file `database`, around it, or is that folder: one backup would take both the locked
    answers and their keys. `beside_database` says that this is meant. Where it lies is the one thing that `get` looks
    at once only. A missing folder is made by the first `put`.

    A secret is a file of mode 0600 behind a digest of its name and bytes, so that a damaged or exchanged one is
    noticed. It is written under another name, forced to the disk, and then linked, which never overwrites: it is
    there as a whole or not at all. What a killed process leaves is removed by the next use that does
    not find what it asks for, or writes.

    `destroy` overwrites the file once with random bytes before it removes it. On a plain disk with a file system
    that writes in place (ext4, XFS) that is where the secret lay. On solid-state disks, on copy-on-write file
    systems (Btrfs, ZFS, APFS) and their snapshots, and on network storage, the old blocks may live on until they
    are used again: there, encrypt the disk, or keep the keys in a KMS behind this port. Copies made earlier, by a
    backup or by hand, are not reached (hard links are), nor is what lay in memory or was swapped out.
    """

    def __init__(self, folder: Path, *, database: Path | None = None, beside_database: bool = False) -> None:
        self._folder = folder
        self._database = None if beside_database else database
        self._placed = False

    def put(self, name: str, secret: bytes) -> None:
        checked(name, secret)
        with self._telling(f"keep {name}"):
            self._make()
            with self._opened() as folder:
                sweep(folder)
                while (kept := self._read(folder, name)) is None:
                    if link(folder, name, _digest(name, secret) + secret):
                        kept = secret
                        break
                # Also when another replica was first: its link may not be on the disk yet.
                os.fsync(folder)
        if kept != secret:
            raise AlreadyKept(there_already(name))

    def get(self, name: str) -> bytes | None:
        checked(name)
        with self._telling(f"read {name}"), contextlib.suppress(FileNotFoundError):
            if not self._placed:
                self._refuse(self._misplaced())
                self._placed = True
            with self._looked_at() as folder:
                kept = self._read(folder, name)
                if kept is None:
                    with contextlib.suppress(OSError):
                        sweep(folder)
                return kept
        return None

    def destroy(self, name: str) -> None:
        checked(name)
        with (
            self._telling(f"destroy {name}"),
            contextlib.suppress(FileNotFoundError),
            self._opened() as folder,
        ):
            # Nobody finds it half overwritten, and whoever comes after a crash finds what is left.
            with contextlib.suppress(FileNotFoundError):
                os.rename(name, beside(GONE, name), src_dir_fd=folder, dst_dir_fd=folder)
            os.fsync(folder)
            try:
                sweep(folder)
            finally:
                os.fsync(folder)

    def names(self) -> frozenset[str]:
        with self._telling("look"), contextlib.suppress(FileNotFoundError), self._opened() as folder:
            sweep(folder)
            return frozenset(
                entry for entry in entries(folder) if NAME.fullmatch(entry) and is_file(folder, entry)
            )
        return frozenset()

    def check(self) -> tuple[str, ...]:
        try:
            with self._telling("look"):
                if not os.path.lexists(self._folder):
                    return tuple(self._misplaced()) + self._cannot_be_made()
                with self._opened() as folder:
                    sweep(folder)
                    return (*self._odd(folder), *self._cannot_write(folder))
        except VaultProblem as problem:
            return (problem.sentence,)

    def _read(self, folder: int, name: str) -> bytes | None:
        while True:
            try:
                file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
            except FileNotFoundError:
                return None
            try:
                content = os.read(file, _DIGEST_BYTES + LARGEST + 1)
                if content[:_DIGEST_BYTES] == _digest(name, content[_DIGEST_BYTES:]):
                    return content[_DIGEST_BYTES:]
                with contextlib.suppress(FileNotFoundError):
                    if os.path.samestat(os.fstat(file), os.stat(name, dir_fd=folder)):
                        raise VaultProblem(
                            f"The file {self._folder / name} is damaged, or is another secret under this name. "
                            "Put the right file back; what was sealed for it opens with no other."
                        )
                # It is being destroyed just now.
            finally:
                os.close(file)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[int]:
        """The folder, looked at, and where it lies; FileNotFoundError if there is none."""
        self._refuse(self._misplaced())
        with self._looked_at() as folder:
            yield folder

    @contextlib.contextmanager
    def _looked_at(self) -> Iterator[int]:
        try:
            folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
        except OSError:
            self._refuse(self._unsafe(os.lstat(self._folder)))
            raise
        try:
            self._refuse(self._unsafe(os.fstat(folder)))
            yield folder
        finally:
            os.close(folder)

    def _refuse(self, sentences: Iterator[str]) -> None:
        if wrong := " ".join(sentences):
            raise VaultProblem(wrong)

    def _misplaced(self) -> Iterator[str]:
        if self._database is None:
            return
        folder, database = self._folder.resolve(), self._database.resolve()
        if folder.is_relative_to(database.parent) or database.is_relative_to(folder):
            yield (
                f"The vault {folder} and the database {database} are in one folder: a backup of it would hold locked "
                "answers and their keys together. Set TANDEM_VAULT_DIR to a folder elsewhere."
            )

    def _unsafe(self, about: os.stat_result) -> Iterator[str]:
        if stat.S_ISLNK(about.st_mode):
            yield f"The vault {self._folder} is a symbolic link. Set TANDEM_VAULT_DIR to the folder itself."
            return
        if not stat.S_ISDIR(about.st_mode):
            yield f"The vault {self._folder} is not a folder. Set TANDEM_VAULT_DIR to one, or to a new name."
            return
        if about.st_uid != os.geteuid():
            yield (
                f"The vault {self._folder} belongs to user {about.st_uid}, and Tandem runs as {os.geteuid()}. "
                f"Make it Tandem's own: chown {os.geteuid()} {self._folder}"
            )
        if about.st_mode & 0o077:
            yield (
                f"Others may enter the vault {self._folder} (mode {stat.S_IMODE(about.st_mode):04o}). "
                f"Close it: chmod 700 {self._folder}"
            )

    def _make(self) -> None:
        """Make the folder and what it lies in, where they are missing."""
        self._refuse(self._misplaced())
        missing = [place for place in (self._folder, *self._folder.parents) if not os.path.lexists(place)]
        for place in reversed(missing):
            with contextlib.suppress(FileExistsError):
                place.mkdir(mode=0o700)
            parent = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(parent)
            finally:
                os.close(parent)

    def _cannot_be_made(self) -> tuple[str, ...]:
        above = next(place for place in self._folder.absolute().parents if os.path.lexists(place))
        if above.is_dir() and os.access(above, os.W_OK | os.X_OK):
            return ()
        return (
            f"The vault {self._folder} is not there, and Tandem may not make it in {above}. Make it, mode 0700.",
        )

    def _odd(self, folder: int) -> Iterator[str]:
        """What stands in the folder and is not as this class made it."""
        for entry in entries(folder):
            path = self._folder / entry
            if entry.startswith((NEW, GONE)) or entry == "lost+found":
                continue
            if not NAME.fullmatch(entry) or not is_file(folder, entry):
                yield f"{path} is not of the vault. Nothing else may be kept there: move it."
                continue
            try:
                self._read(folder, entry)
                about = os.stat(entry, dir_fd=folder, follow_symlinks=False)
            except FileNotFoundError:
                continue
            except VaultProblem as problem:
                yield problem.sentence
                continue
            if about.st_mode & 0o077:
                yield f"Others may read {path} (mode {stat.S_IMODE(about.st_mode):04o}). Close it: chmod 600 {path}"
            if about.st_nlink > 1:
                yield f"{path} has another hard link: somewhere there is a second way to this secret. Remove that one."

    def _cannot_write(self, folder: int) -> Iterator[str]:
        """What comes of keeping a secret on trial."""
        trial = beside(NEW, "trial")
        try:
            with self._telling("keep a secret on trial"):
                link(folder, trial, b"trial")
        except VaultProblem as problem:
            yield problem.sentence
        finally:
            with contextlib.suppress(OSError):
                os.unlink(trial, dir_fd=folder)

    @contextlib.contextmanager
    def _telling(self, doing: str) -> Iterator[None]:
        """What the operating system refuses becomes a VaultProblem."""
        if sys.platform == "win32":
            raise VaultProblem(
                "A vault in a folder needs Linux or macOS. On Windows, run Tandem in WSL or in a container."
            )
        try:
            yield
        except OSError as problem:
            why = os.strerror(problem.errno) if problem.errno else type(problem).__name__
            raise VaultProblem(
                f"The vault {self._folder} could not {doing}: {why}. {_advice(problem.errno)}"
            ) from problem


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


_DIGEST_BYTES = 32


def _digest(name: str, secret: bytes) -> bytes:
    return hashlib.sha256(b"tandem.vault.v1\0" + name.encode() + b"\0" + secret).digest()


def _advice(number: int | None) -> str:
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return "Make room there and try again; nothing is there by half."
    if number in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOLCK):
        return "It needs a file system with hard links and locks."
    if number in (errno.EROFS, errno.EACCES):
        return "Tandem must be able to write there."
    return "Look at that disk, and try again."
