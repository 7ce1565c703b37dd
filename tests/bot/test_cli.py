"""The `tandem` command itself: what it loads, what it says of its commands, and how it ends."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from bot.cli import app
from tests.bot.typed import typed

ROOT = Path(__file__).parents[2]


def commands(group: click.Group, *above: str) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command below a group, groups included, with the words that are typed for it."""
    for name, one in group.commands.items():
        yield (*above, name), one
        if isinstance(one, click.Group):
            yield from commands(one, *above, name)


ALL = dict(commands(app))


def test_the_command_line_loads_click_and_nothing_else_from_outside_until_a_command_is_called() -> None:
    code = (
        "import sys; before = set(sys.modules); import bot.cli;"
        "roots = {name.partition('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(roots - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout == "['bot', 'click']\n"


@pytest.mark.parametrize("words", ALL, ids=" ".join)
def test_help_says_what_a_command_its_arguments_and_its_options_are_for(
    tmp_path: Path, words: tuple[str, ...]
) -> None:
    done = typed(tmp_path, *words, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f" {' '.join(words)} [OPTIONS]" in done.stdout.partition("\n")[0]
    command = ALL[words]
    assert command.help
    for one in command.params:
        if isinstance(one, click.Option):
            assert one.help
        else:
            assert f"{one.human_readable_name.strip('[]')} is " in command.help


@pytest.mark.parametrize("words", [(), ("directory",), ("export",), ("kpi",), ("pulse",)], ids=" ".join)
def test_a_group_that_is_typed_alone_shows_its_commands(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = typed(tmp_path, *words)
    assert (done.returncode, done.stdout) == (2, "")
    listed = done.stderr.partition("Commands:\n")[2].splitlines()
    below = {name[len(words)] for name in ALL if name[:-1] == words}
    assert below and {line.split()[0] for line in listed if line} == below


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("nonsense", "No such command 'nonsense'."),
        ("serve --nonsense", "No such option '--nonsense'."),
        ("serve now", "Got unexpected extra argument (now)"),
        ("playground --port 65536", "Invalid value for '--port': 65536 is not in the range 0<=x<=65535."),
        ("directory import", "Missing argument 'PEOPLE'."),
        ("pulse close 0", "Invalid value for 'PULSE': 0 is not in the range x>=1."),
        ("export pulse one", "Invalid value for '[ID]': 'one' is not a valid integer."),
    ],
)
def test_bad_usage_ends_with_2_and_a_sentence(tmp_path: Path, arguments: str, sentence: str) -> None:
    done = typed(tmp_path, *arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(f"\nError: {sentence}\n")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_ends_a_command_with_130_and_without_a_word(tmp_path: Path) -> None:
    database = {"TANDEM_DATABASE_URL": f"sqlite:///{tmp_path / 'tandem.sqlite3'}"}
    assert typed(tmp_path, "migrate", **database).returncode == 0
    with subprocess.Popen(
        [sys.executable, "-m", "bot.cli", "outbox", "--watch"],
        env=os.environ | database | {"PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"},
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                if "The outbox is empty." in line:
                    break
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=20)
        finally:
            process.kill()
    assert (process.returncode, said) == (130, "")


@pytest.mark.skipif(sys.platform == "win32", reason="there are no terminals of this kind")
def test_ctrl_c_at_a_question_ends_the_command_at_once_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "people.csv").write_text("name,email,team\nMara Lind,mara.lind@harbour.example,Operations\n")
    command = [sys.executable, "-m", "bot.cli"]
    environment = os.environ | {
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "TANDEM_DATABASE_URL": f"sqlite:///{tmp_path}/data/tandem.db",
        "TANDEM_VAULT_DIR": str(tmp_path / "vault"),
    }
    subprocess.run([*command, "migrate"], env=environment, check=True, capture_output=True, cwd=tmp_path)
    terminal, side = os.openpty()
    process = subprocess.Popen(
        [*command, "directory", "import", "people.csv"],
        cwd=tmp_path,
        env=environment,
        stdin=side,
        stdout=side,
        stderr=side,
        start_new_session=True,
    )
    os.close(side)
    seen = b""
    try:
        while b"Apply this?" not in seen:
            assert select.select([terminal], [], [], 60)[0], seen
            seen += os.read(terminal, 1024)
        time.sleep(1)  # until it reads: no program hears a signal in the moment before
        process.send_signal(signal.SIGINT)
        assert process.wait(30) != 0
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    listed = subprocess.run(
        [*command, "directory", "import", "people.csv"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert "Mara Lind" in listed.stdout and "Nothing was changed." in listed.stderr
