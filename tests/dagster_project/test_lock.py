"""One writer per home, whatever happens to the process that was it."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from dagster_project.lock import WriterBusy, holder, writer_lock

_HOLD = """
import sys
from pathlib import Path
from dagster_project.lock import writer_lock
with writer_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def _holding(path: Path) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", _HOLD, str(path)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_second_writer_is_told_who_writes(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    with _holding(path) as process:
        with pytest.raises(WriterBusy) as caught, writer_lock(path):
            pass
        assert f"process {process.pid}" in str(caught.value)
        assert "--wait" in str(caught.value)
        assert f"process {process.pid}" in (holder(path) or "")
    assert holder(path) is None


def test_killed_writer_frees_the_lock(tmp_path: Path) -> None:
    """A slot in Dagster's storage outlived kill -9: the next run waited ten minutes for it."""
    path = tmp_path / "writer.lock"
    with _holding(path) as process:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with writer_lock(path):
            assert holder(path) is not None


def test_waiting_writer_gets_its_turn(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    told: list[str] = []
    with _holding(path) as process:
        ends = threading.Timer(0.8, process.kill)
        ends.start()
        with writer_lock(path, wait=True, on_wait=told.append):
            pass
    assert len(told) == 1
    assert f"process {process.pid}" in told[0]


def test_lock_is_free_again_after_an_error(tmp_path: Path) -> None:
    path = tmp_path / "writer.lock"
    with pytest.raises(ZeroDivisionError), writer_lock(path):
        _ = 1 / 0
    assert holder(path) is None


def test_looking_at_a_home_without_a_lock_makes_none(tmp_path: Path) -> None:
    assert holder(tmp_path / "writer.lock") is None
    assert list(tmp_path.iterdir()) == []
