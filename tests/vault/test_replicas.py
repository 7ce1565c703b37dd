"""Replicas that put and destroy at once, are killed at any step, or find a full disk, leave a vault in order."""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from storage import secret_files
from storage.vault import LARGEST, FileVault, VaultProblem

SECRET = bytes(range(64))
OTHER = bytes(64)
ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault"


def test_of_many_processes_that_put_one_name_one_wins_and_the_others_are_told(folder: Path) -> None:
    code = """
import sys
from pathlib import Path
from storage.vault import AlreadyKept, FileVault
vault, own = FileVault(Path(sys.argv[1])), sys.argv[2].encode()
print("ready", flush=True)
sys.stdin.readline()
for name in range(30):
    try:
        vault.put(f"{name}.box", own)
        print(name, flush=True)
    except AlreadyKept:
        pass
"""
    replicas = [_python(code, str(folder), f"replica {number}") for number in range(4)]
    for replica in replicas:
        assert replica.stdout is not None
        assert replica.stdout.readline() == "ready\n"
    won = [replica.communicate("go\n", timeout=60)[0].split() for replica in replicas]
    assert [replica.returncode for replica in replicas] == [0] * 4
    assert sorted(int(name) for names in won for name in names) == list(range(30))
    vault = FileVault(folder)
    for number, names in enumerate(won):
        assert all(vault.get(f"{name}.box") == f"replica {number}".encode() for name in names)
    assert len(list(folder.iterdir())) == 30


#: Ends its own process at the given one of the steps that Python reports (open, link, rename, remove, flock, ...).
KILLED = """
import os, signal, sys
from pathlib import Path
from storage.vault import FileVault
vault, step, seen = FileVault(Path(sys.argv[1])), int(sys.argv[3]), 0
def hook(event, arguments):
    global seen
    if event == "open" or event.startswith(("os.", "fcntl.")):
        seen += 1
        if seen == step:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(hook)
vault.put("1.box", bytes(range(64))) if sys.argv[2] == "put" else vault.destroy("1.box")
seen = -10**6
"""


def test_a_replica_killed_at_any_step_of_putting_leaves_all_or_nothing(tmp_path: Path) -> None:
    seen = set()
    for step, folder in _killed_at_every_step(tmp_path, "put", lambda vault: vault.put("2.box", OTHER)):
        vault = FileVault(folder)
        left = {entry.name[:5] for entry in folder.iterdir()}
        kept = vault.get("1.box")
        seen |= left | {str(kept is None)}
        assert kept in (None, SECRET), step
        assert vault.names() == {"2.box"} | ({"1.box"} if kept else set())
        assert {entry.name for entry in folder.iterdir()} == vault.names()
        vault.put("1.box", kept or OTHER)
        assert vault.get("1.box") == (kept or OTHER)
        assert vault.check() == ()
    # It was killed before and after the file appeared, and with a file half there.
    assert {"True", "False", secret_files.NEW} <= seen


def test_a_replica_killed_at_any_step_of_destroying_leaves_nothing_once_it_is_asked_again(
    tmp_path: Path,
) -> None:
    seen = set()
    for step, folder in _killed_at_every_step(tmp_path, "destroy", lambda vault: vault.put("1.box", SECRET)):
        vault = FileVault(folder)
        seen |= {entry.name[:5] for entry in folder.iterdir()}
        assert vault.get("1.box") in (None, SECRET), step
        # Also without being asked again, nothing stays that is neither kept nor destroyed.
        assert {entry.name for entry in folder.iterdir()} == vault.names()
        vault.destroy("1.box")
        assert list(folder.iterdir()) == []
    assert {"1.box", secret_files.GONE[:5]} <= seen


def test_what_another_replica_is_writing_is_left_alone(folder: Path) -> None:
    FileVault(folder).put("2.box", OTHER)
    code = """
import os, sys
from pathlib import Path
from storage.vault import FileVault
def hook(event, arguments):
    if event == "os.link":
        print("linking", flush=True)
        sys.stdin.readline()
sys.addaudithook(hook)
FileVault(Path(sys.argv[1])).put("1.box", bytes(range(64)))
"""
    replica = _python(code, str(folder))
    assert replica.stdout is not None
    assert replica.stdout.readline() == "linking\n"
    vault = FileVault(folder)
    assert vault.names() == {"2.box"}
    assert vault.get("1.box") is None
    assert vault.check() == ()
    assert [entry.name[:11] for entry in folder.iterdir() if entry.name != "2.box"] == [".new-1.box-"]
    replica.communicate("go\n", timeout=60)
    assert replica.returncode == 0
    assert vault.get("1.box") == SECRET


def test_a_file_that_cannot_be_written_to_its_end_is_not_there_at_all(folder: Path) -> None:
    vault = FileVault(folder)
    vault.put("1.box", SECRET)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel cuts a write at this many bytes, and refuses the next.
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        with pytest.raises(VaultProblem, match="File too large") as refused:
            vault.put("2.box", bytes(5000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "Make room" in refused.value.sentence
    assert vault.names() == {"1.box"}
    assert len(list(folder.iterdir())) == 1
    vault.put("2.box", bytes(5000))


def test_a_full_disk_is_said_and_leaves_nothing_by_half(small_disk: Path) -> None:
    vault = FileVault(small_disk / "vault")
    vault.put("1.box", SECRET)
    (small_disk / "ballast").write_bytes(bytes(64 * 1024 - 8 * 1024))
    with pytest.raises(VaultProblem, match="No space left"):
        vault.put("2.box", bytes(LARGEST))
    assert vault.names() == {"1.box"}
    assert len(list((small_disk / "vault").iterdir())) == 1
    with (
        (small_disk / "ballast").open("ab", buffering=0) as ballast,
        pytest.raises(OSError, match="No space left"),
    ):
        while True:
            ballast.write(bytes(4096))
    assert "No space left" in " ".join(vault.check())
    assert vault.get("1.box") == SECRET
    vault.destroy("1.box")
    (small_disk / "ballast").unlink()
    vault.put("2.box", SECRET)
    assert vault.check() == ()


def test_a_disk_that_cannot_be_written_is_said_and_still_read(small_disk: Path) -> None:
    vault = FileVault(small_disk / "vault")
    vault.put("1.box", SECRET)
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True, timeout=10)
    assert vault.get("1.box") == SECRET
    for change in (partial(vault.put, "2.box", OTHER), partial(vault.destroy, "1.box")):
        with pytest.raises(VaultProblem, match="Read-only"):
            change()
    assert "must be able to write" in " ".join(vault.check())
    assert vault.names() == {"1.box"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB, where this process may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, capture_output=True, timeout=10).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True, timeout=10)


def _killed_at_every_step(
    tmp_path: Path, doing: str, before: Callable[[FileVault], None]
) -> Iterator[tuple[int, Path]]:
    """A vault for each step at which a process that was `doing` something to it was killed."""
    for step in range(1, 100):
        folder = tmp_path / str(step) / "vault"
        before(FileVault(folder))
        replica = _python(KILLED, str(folder), doing, str(step))
        replica.communicate(timeout=60)
        if replica.returncode == 0:
            assert step > 5
            return
        assert replica.returncode == -signal.SIGKILL
        yield step, folder
    raise AssertionError("It had no end.")


def _python(code: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
