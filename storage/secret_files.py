"""Files in an open folder that appear as a whole, never overwrite, and are overwritten before they go.

Any number of processes may work in the folder at once, and any of them may be killed at any step.
"""

import contextlib
import os
import stat
import sys

if sys.platform != "win32":
    import fcntl

#: How a secret on its way in begins, and one on its way out; no name does.
NEW = ".new-"
GONE = ".gone-"


def beside(start: str, name: str) -> str:
    """Another name for a file on its way, which no other process uses."""
    return f"{start}{name}-{os.urandom(8).hex()}"


def link(folder: int, name: str, content: bytes) -> bool:
    """Let the file appear with its content; False if there is one, or if it was swept away before it appeared."""
    new = beside(NEW, name)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    file = os.open(new, flags, 0o600, dir_fd=folder)
    try:
        # Held until it is linked or this process dies: that is how others tell it from what a dead one left.
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _write(file, content)
        os.link(new, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except (BlockingIOError, FileExistsError, FileNotFoundError):
        return False
    else:
        return True
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(new, dir_fd=folder)
        os.close(file)


def _write(file: int, content: bytes) -> None:
    """Write all of it from the beginning, and force it to the disk."""
    os.lseek(file, 0, os.SEEK_SET)
    while content:
        content = content[os.write(file, content) :]
    os.fsync(file)


def sweep(folder: int) -> None:
    """Remove what dead processes left, and what is to be destroyed; the first OSError once all was tried."""
    problems: list[OSError] = []
    for entry in entries(folder):
        try:
            if entry.startswith(NEW):
                _sweep_new(folder, entry)
            elif entry.startswith(GONE):
                _shred(folder, entry)
        except FileNotFoundError:
            pass  # Another replica was faster.
        except OSError as problem:
            problems.append(problem)
    if problems:
        raise problems[0]


def _sweep_new(folder: int, entry: str) -> None:
    file = os.open(entry, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.unlink(entry, dir_fd=folder)
        # It may be the secret itself, by its second name: then it is kept.
        if os.fstat(file).st_nlink == 0:
            _write(file, os.urandom(os.fstat(file).st_size))
    except BlockingIOError:
        pass  # Somebody is writing it.
    finally:
        os.close(file)


def _shred(folder: int, entry: str) -> None:
    """Overwrite and remove; it is removed even where it cannot be overwritten, and the OSError is raised then."""
    try:
        file = os.open(entry, os.O_WRONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
        try:
            _write(file, os.urandom(os.fstat(file).st_size))
        finally:
            os.close(file)
    finally:
        os.unlink(entry, dir_fd=folder)


def entries(folder: int) -> list[str]:
    """What stands in the folder, by name."""
    with os.scandir(folder) as found:
        return sorted(entry.name for entry in found)


def is_file(folder: int, entry: str) -> bool:
    """Whether it is a file, and no symbolic link to one."""
    try:
        return stat.S_ISREG(os.stat(entry, dir_fd=folder, follow_symlinks=False).st_mode)
    except FileNotFoundError:
        return False
