"""One writer per home: an advisory lock that dies with the process that holds it.

DuckDB lets one process write and then nobody else open the file, so every run that writes takes
this lock first. `flock` is released by the kernel when the process ends in any way; a slot in
Dagster's own storage is not, and after `kill -9` would keep the next run waiting.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

POLL_SECONDS = 0.1
# A status command may probe the lock for an instant; that is no second writer.
GRACE_SECONDS = 0.5


class WriterBusy(RuntimeError):
    """Another process writes to this home."""


@contextmanager
def writer_lock(
    path: Path, *, wait: bool = False, on_wait: Callable[[str], None] | None = None
) -> Iterator[None]:
    """Hold the writer lock of a home for the length of the block.

    Raises:
        WriterBusy: another process holds it and `wait` is false.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _acquire(handle, path, wait=wait, on_wait=on_wait)
        note = {"pid": os.getpid(), "since": datetime.now(UTC).isoformat(timespec="seconds")}
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps(note).encode(), 0)
        yield
    finally:
        os.close(handle)  # closing releases; the file stays, so that nobody locks a deleted one


def holder(path: Path) -> str | None:
    """Who holds the lock, in words; None when it is free."""
    if not path.exists():
        return None
    handle = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _described(path)
    finally:
        os.close(handle)
    return None


def _acquire(handle: int, path: Path, *, wait: bool, on_wait: Callable[[str], None] | None) -> None:
    begun = time.monotonic()
    told = False
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            patient = time.monotonic() - begun < GRACE_SECONDS
            if not wait and not patient:
                raise WriterBusy(
                    f"another run is writing to {path.parent} ({_described(path)}); "
                    "let it end and try again (cx refresh --wait waits for it)"
                ) from error
        else:
            return
        if on_wait is not None and not patient and not told:
            on_wait(f"waiting for the run that is writing ({_described(path)})")
            told = True
        time.sleep(POLL_SECONDS)


def _described(path: Path) -> str:
    note: dict[str, object] = {}
    with suppress(json.JSONDecodeError):  # the holder may be just about to write it
        note = json.loads(path.read_text(encoding="utf-8"))
    return f"process {note.get('pid', 'unknown')}, since {note.get('since', 'just now')}"
