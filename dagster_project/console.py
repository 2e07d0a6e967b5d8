"""What a person sees while a command works, and how tables and errors look on a terminal.

Progress goes to stderr, results to stdout, so that a pipe gets results alone.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Literal, Protocol

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table
from rich.text import Text

# What a terminal obeys instead of showing it: C0, DEL and C1. Shown as
# pictures, those in a value or a file name can colour, retitle or overwrite nothing.
_PICTURES = {code: 0x2400 + code for code in range(0x20)} | {0x7F: 0x2421}
_PICTURES |= dict.fromkeys(range(0x80, 0xA0), 0xFFFD)
_PICTURES_IN_LINES = {code: picture for code, picture in _PICTURES.items() if code != 0x0A}


def printable(text: str, *, keeps_lines: bool = False) -> str:
    """The text with a visible mark for every control character (of lines too, unless kept)."""
    return text.translate(_PICTURES_IN_LINES if keeps_lines else _PICTURES)


class Teller(Protocol):
    """Is told how a run goes on."""

    def begin(self, stage: str) -> None: ...

    def step(self, text: str, done: int | None = None, total: int | None = None) -> None: ...

    def end(self, stage: str, seconds: float) -> None: ...

    def say(self, text: str) -> None: ...


class Silent:
    """For machines: they read the report."""

    def begin(self, stage: str) -> None:
        """Nothing."""

    def step(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Nothing."""

    def end(self, stage: str, seconds: float) -> None:
        """Nothing."""

    def say(self, text: str) -> None:
        """Nothing."""


class Lines:
    """One line per stage: for logs, schedulers and pipes."""

    def begin(self, stage: str) -> None:
        """The line is written when the stage has ended, with its seconds."""

    def step(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """A log does not want every step."""

    def end(self, stage: str, seconds: float) -> None:
        self.say(f"{stage}: {seconds:.1f} s")

    def say(self, text: str) -> None:
        sys.stderr.write(printable(text) + "\n")
        sys.stderr.flush()


class Live:
    """A bar per stage on a terminal; the one at work names what it is doing."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="[green]✓[/]"),
            TextColumn("{task.description:<18}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[doing]}"),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None

    def begin(self, stage: str) -> None:
        if self._task is None:
            self._progress.start()
        self._task = self._progress.add_task(stage, total=None, doing="")

    def step(self, text: str, done: int | None = None, total: int | None = None) -> None:
        if self._task is not None:
            self._progress.update(
                self._task, doing=escape(printable(text)[:60]), completed=done, total=total
            )

    def end(self, stage: str, seconds: float) -> None:
        del seconds
        if self._task is not None:
            self._progress.update(self._task, description=stage, total=1, completed=1, doing="")

    def say(self, text: str) -> None:
        self._progress.console.print(printable(text), markup=False, highlight=False)

    def close(self) -> None:
        self._progress.stop()


@contextmanager
def teller(*, is_silent: bool = False) -> Iterator[Teller]:
    """The way to tell that suits where stderr goes."""
    if is_silent:
        yield Silent()
    elif sys.stderr.isatty():
        live = Live()
        try:
            yield live
        finally:
            live.close()
    else:
        yield Lines()


def table(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    title: str | None = None,
    keeps_lines: bool = False,
) -> None:
    """Print a table; numbers to the right. Text is shown as it is, never as markup.

    keeps_lines: the texts are our own, and their lines are wanted.
    """
    drawn = Table(title=title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for position, name in enumerate(names):
        numeric = bool(rows) and all(_is_number(row[position]) for row in rows)
        side: Literal["left", "right"] = "right" if numeric else "left"
        drawn.add_column(escape(printable(name)), justify=side, no_wrap=numeric, overflow="fold")
    for row in rows:
        drawn.add_row(*[Text(printable(value, keeps_lines=keeps_lines)) for value in row])
    # A pipe has no width; a table cut to 80 columns there would lose values.
    width = None if sys.stdout.isatty() else 200
    Console(width=width).print(drawn)


def _is_number(text: str) -> bool:
    return text == "" or text.lstrip("+-").replace(",", "").replace(".", "", 1).isdecimal()
