"""A vault keeps a secret as a whole or not at all, never overwrites one, and is rid of it when asked."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from storage.vault import LARGEST, AlreadyKept, FileVault, MemoryVault, Vault, VaultProblem

SECRET = bytes(range(64))
OTHER = bytes(64)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "vault"


@pytest.fixture(params=["files", "memory"])
def vault(request: pytest.FixtureRequest, folder: Path) -> Vault:
    return FileVault(folder) if request.param == "files" else MemoryVault()


# What every vault does.


def test_a_secret_is_there_until_it_is_destroyed(vault: Vault) -> None:
    assert vault.get("1.box") is None
    vault.put("1.box", SECRET)
    vault.put("1.open", OTHER)
    assert vault.get("1.box") == SECRET
    assert vault.names() == {"1.box", "1.open"}
    vault.destroy("1.box")
    assert vault.get("1.box") is None
    assert vault.names() == {"1.open"}
    assert vault.get("1.open") == OTHER


def test_the_same_secret_may_be_put_again(vault: Vault) -> None:
    vault.put("1.box", SECRET)
    vault.put("1.box", SECRET)
    assert vault.get("1.box") == SECRET


def test_another_secret_never_overwrites(vault: Vault) -> None:
    vault.put("1.box", SECRET)
    with pytest.raises(AlreadyKept) as refused:
        vault.put("1.box", OTHER)
    assert "1.box" in refused.value.sentence
    assert repr(SECRET)[2:20] not in refused.value.sentence
    assert vault.get("1.box") == SECRET


def test_destroying_what_is_not_there_changes_nothing(vault: Vault) -> None:
    vault.destroy("1.box")
    vault.put("1.box", SECRET)
    vault.destroy("1.box")
    vault.destroy("1.box")
    assert vault.names() == frozenset()


def test_a_name_is_free_again_after_its_secret_was_destroyed(vault: Vault) -> None:
    vault.put("1.box", SECRET)
    vault.destroy("1.box")
    vault.put("1.box", OTHER)
    assert vault.get("1.box") == OTHER


@pytest.mark.parametrize("name", ["a", "0", "12.box", "a..b", "a-b.", "x" * 81])
def test_good_names_are_taken(vault: Vault, name: str) -> None:
    vault.put(name, SECRET)
    assert vault.get(name) == SECRET
    assert vault.names() == {name}


@pytest.mark.parametrize(
    "name", ["", ".", "..", "../x", "a/b", ".new-a", "-a", "A", "a b", "a\n", "a\0", "é", "x" * 82]
)
def test_other_names_are_refused(vault: Vault, name: str) -> None:
    with pytest.raises(ValueError, match="No secret is called"):
        vault.put(name, SECRET)
    with pytest.raises(ValueError, match="No secret is called"):
        vault.get(name)
    with pytest.raises(ValueError, match="No secret is called"):
        vault.destroy(name)


def test_a_secret_has_a_length(vault: Vault) -> None:
    for wrong in (b"", bytes(LARGEST + 1)):
        with pytest.raises(ValueError, match="1 to 65536"):
            vault.put("1.box", wrong)
    vault.put("1.box", bytes(LARGEST))
    vault.put("2.box", b"\0")
    assert vault.get("1.box") == bytes(LARGEST)
    assert vault.get("2.box") == b"\0"


def test_nothing_is_wrong_with_a_good_vault(vault: Vault) -> None:
    assert vault.check() == ()
    vault.put("1.box", SECRET)
    assert vault.check() == ()
    assert vault.names() == {"1.box"}


def test_of_many_threads_that_put_one_name_one_wins_and_the_others_are_told(vault: Vault) -> None:
    for name in ("1.box", "2.box", "3.box"):
        start = threading.Barrier(8)

        def put(number: int, name: str = name, start: threading.Barrier = start) -> bytes | None:
            secret = bytes([number]) * 64
            start.wait()
            try:
                vault.put(name, secret)
            except AlreadyKept:
                return None
            return secret

        with ThreadPoolExecutor(8) as threads:
            won = [secret for secret in threads.map(put, range(8)) if secret is not None]
        assert won == [vault.get(name)]


def test_threads_that_put_read_and_destroy_at_once_see_whole_secrets_only(vault: Vault) -> None:
    start = threading.Barrier(6)

    def busy(number: int) -> None:
        start.wait()
        for _ in range(40):
            if number % 3 == 0:
                vault.put("1.box", SECRET)
            elif number % 3 == 1:
                assert vault.get("1.box") in (None, SECRET)
            else:
                vault.destroy("1.box")

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(busy, range(6)))
    vault.destroy("1.box")
    assert vault.names() == frozenset()
    assert vault.check() == ()


# What a vault in a folder does.


def test_the_folder_and_its_files_are_for_their_owner_alone(folder: Path) -> None:
    before = os.umask(0)
    try:
        FileVault(folder).put("1.box", SECRET)
    finally:
        os.umask(before)
    assert _mode(folder) == 0o700
    assert [_mode(file) for file in folder.iterdir()] == [0o600]


def test_making_and_reading_a_vault_that_is_not_there_touches_nothing(tmp_path: Path) -> None:
    vault = FileVault(tmp_path / "keys" / "vault")
    vault.destroy("1.box")
    assert (vault.get("1.box"), vault.names(), vault.check()) == (None, frozenset(), ())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", [0o701, 0o710, 0o720, 0o740, 0o704, 0o755, 0o777])
def test_a_folder_that_others_may_enter_is_refused(folder: Path, mode: int) -> None:
    vault = FileVault(folder)
    vault.put("1.box", SECRET)
    folder.chmod(mode)
    _refused(vault, f"chmod 700 {folder}")
    folder.chmod(0o700)
    assert vault.get("1.box") == SECRET


def test_a_folder_of_another_user_is_refused(folder: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root may give a folder away")
    vault = FileVault(folder)
    vault.put("1.box", SECRET)
    os.chown(folder, 65534, 65534)
    _refused(vault, "belongs to user 65534")


def test_a_symbolic_link_is_refused_even_to_a_good_folder(folder: Path, tmp_path: Path) -> None:
    FileVault(folder).put("1.box", SECRET)
    (tmp_path / "link").symlink_to(folder)
    _refused(FileVault(tmp_path / "link"), "symbolic link")
    (tmp_path / "nowhere").symlink_to(tmp_path / "missing")
    _refused(FileVault(tmp_path / "nowhere"), "symbolic link")
    assert not (tmp_path / "missing").exists()


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "vault").write_bytes(b"")
    _refused(FileVault(tmp_path / "vault"), "not a folder")


@pytest.mark.parametrize(
    ("vault", "database"),
    [
        ("data", "data/tandem.db"),
        ("data/vault", "data/tandem.db"),
        ("data/a/vault", "data/tandem.db"),
        ("data", "data/a/tandem.db"),
        ("data/vault/../../data", "data/tandem.db"),
        ("data", "link/tandem.db"),
    ],
)
def test_a_vault_that_a_backup_of_the_database_takes_along_is_refused_unless_it_is_meant(
    tmp_path: Path, vault: str, database: str
) -> None:
    (tmp_path / "link").symlink_to("data")
    (tmp_path / "data" / "vault").mkdir(parents=True)
    (tmp_path / "data").chmod(0o700)
    (tmp_path / "data" / "vault").chmod(0o700)
    _refused(FileVault(tmp_path / vault, database=tmp_path / database), "Set TANDEM_VAULT_DIR")
    meant = FileVault(tmp_path / vault, database=tmp_path / database, beside_database=True)
    meant.put("1.box", SECRET)
    assert meant.get("1.box") == SECRET


@pytest.mark.parametrize("database", ["data/tandem.db", "vault-old/tandem.db", "keys/vault.db/tandem.db"])
def test_a_database_elsewhere_is_no_obstacle(tmp_path: Path, database: str) -> None:
    vault = FileVault(tmp_path / "vault", database=tmp_path / database)
    vault.put("1.box", SECRET)
    assert vault.check() == ()


def test_a_missing_folder_that_cannot_be_made_is_said_before_it_is_needed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    vault = FileVault(tmp_path / "file" / "vault")
    (sentence,) = vault.check()
    assert "may not make it" in sentence
    with pytest.raises(VaultProblem, match=r"could not keep 1\.box"):
        vault.put("1.box", SECRET)


def test_a_damaged_secret_is_told_from_none(folder: Path) -> None:
    vault = FileVault(folder)
    vault.put("1.box", SECRET)
    whole = (folder / "1.box").read_bytes()
    first, last = bytes([whole[0] ^ 1]), bytes([whole[-1] ^ 1])
    for damaged in (b"", whole[:-1], whole[:-1] + last, first + whole[1:], whole + bytes(LARGEST)):
        (folder / "1.box").write_bytes(damaged)
        with pytest.raises(VaultProblem, match="damaged"):
            vault.get("1.box")
        with pytest.raises(VaultProblem, match="damaged"):
            vault.put("1.box", SECRET)
        assert "damaged" in " ".join(vault.check())
    vault.destroy("1.box")
    assert vault.get("1.box") is None


def test_a_secret_under_the_name_of_another_is_told(folder: Path) -> None:
    vault = FileVault(folder)
    vault.put("1.box", SECRET)
    (folder / "1.box").rename(folder / "2.box")
    with pytest.raises(VaultProblem, match="another secret"):
        vault.get("2.box")


def test_a_symbolic_link_in_the_place_of_a_secret_is_not_followed(folder: Path, tmp_path: Path) -> None:
    vault = FileVault(folder)
    vault.put("1.box", SECRET)
    (folder / "1.box").rename(tmp_path / "elsewhere")
    (folder / "1.box").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(VaultProblem):
        vault.get("1.box")
    assert vault.names() == frozenset()
    kept = (tmp_path / "elsewhere").read_bytes()
    with pytest.raises(VaultProblem):
        vault.destroy("1.box")
    assert (tmp_path / "elsewhere").read_bytes() == kept
    assert vault.get("1.box") is None


def test_what_is_odd_in_the_folder_is_said(folder: Path, tmp_path: Path) -> None:
    vault = FileVault(folder)
    for name in ("1.box", "2.box", "3.box"):
        vault.put(name, SECRET)
    (folder / "1.box").chmod(0o640)
    (tmp_path / "copy").hardlink_to(folder / "2.box")
    (folder / "Notes.txt").write_text("x")
    (folder / "sub").mkdir()
    (folder / "lost+found").mkdir()
    said = vault.check()
    assert len(said) == 4
    for wanted in (
        f"chmod 600 {folder / '1.box'}",
        "hard link",
        "Notes.txt is not of the vault",
        "sub is not of",
    ):
        assert any(wanted in sentence for sentence in said)
    assert vault.names() == {"1.box", "2.box", "3.box"}


def test_destroying_overwrites_before_it_removes(folder: Path, tmp_path: Path) -> None:
    vault = FileVault(folder)
    vault.put("1.box", SECRET)
    (tmp_path / "copy").hardlink_to(folder / "1.box")
    before = (tmp_path / "copy").read_bytes()
    assert SECRET in before
    vault.destroy("1.box")
    after = (tmp_path / "copy").read_bytes()
    assert len(after) == len(before)
    assert SECRET[:8] not in after
    assert list(folder.iterdir()) == []


def _mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def _refused(vault: FileVault, words: str) -> None:
    """Everything is refused with these words, and `check` says the same."""
    for use in (
        lambda: vault.put("9.box", SECRET),
        lambda: vault.get("1.box"),
        lambda: vault.destroy("1.box"),
        lambda: vault.names(),
    ):
        with pytest.raises(VaultProblem) as refused:
            use()
        assert words in refused.value.sentence
    assert words in " ".join(vault.check())
