"""A real PostgreSQL for the tests: started on a free port with a data directory of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

_BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
_INITDB = shutil.which("initdb") or (str(_BINARIES[-1]) if _BINARIES else None)


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The address of the server; without one the tests skip and say so."""
    if _INITDB is None:
        pytest.skip("no PostgreSQL server on this machine: install Debian's package postgresql")
    # not pytest's folder, which the server's own user may not enter
    folder = Path(tempfile.mkdtemp(prefix="cx-postgres-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    control = [str(Path(_INITDB).parent / "pg_ctl"), "-D", str(folder / "data")]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    _run([_INITDB, "-D", str(folder / "data"), "-U", "cx", "-A", "trust", "--no-sync"])
    _run([*control, "-o", options, "-l", str(folder / "log"), "-w", "start"])
    yield f"postgresql://cx:secret-word@127.0.0.1:{port}/postgres"
    _run([*control, "-m", "immediate", "stop"])
    shutil.rmtree(folder)


def _run(command: list[str]) -> None:
    """The server refuses to run as root: there it runs as Debian's postgres."""
    if os.geteuid() == 0:
        command = ["runuser", "-u", "postgres", "--", *command]
    subprocess.run(command, check=True, capture_output=True, cwd="/")
