"""`tandem` as it is typed, in this process: what a command prints and its exit code, without starting Python anew."""

import contextlib
import io
import os
import sys
from pathlib import Path
from typing import NamedTuple
from unittest import mock

from bot import cli


class Typed(NamedTuple):
    """How a command ended; named like what a process leaves behind."""

    returncode: int
    stdout: str
    stderr: str


def typed(folder: Path, *arguments: str, given: str = "", **variables: str) -> Typed:
    """Run a command in a folder, with these variables and none of ours; `given` is its standard input."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TANDEM_")}
    out, err = io.StringIO(), io.StringIO()
    mask = os.umask(0o022)
    code: object = 0
    try:
        with (
            mock.patch.dict(os.environ, clean | variables, clear=True),
            mock.patch.object(sys, "argv", ["tandem", *arguments]),
            mock.patch.object(sys, "stdin", io.StringIO(given)),
            contextlib.chdir(folder),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            cli.main()
    except SystemExit as end:
        code = end.code
    finally:
        os.umask(mask)
    assert code is None or isinstance(code, int)
    return Typed(code or 0, out.getvalue(), err.getvalue())
