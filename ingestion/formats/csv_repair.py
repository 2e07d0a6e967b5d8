"""Reads a damaged CSV file line by line and writes a sound copy of what can be used.

The slow way, taken only when DuckDB's reader could not account for every line. A quote that never
closes costs its own line, not the lines after it: a value may run over at most MAX_LINES lines
before we say that it was not meant to.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from ingestion.formats import csv_grammar
from ingestion.formats.faults import (
    BAD_QUOTES,
    LONE_RETURN,
    NOT_UTF8,
    TOO_LONG,
    wrong_columns,
)
from ingestion.formats.plain_text import MAX_LINE_BYTES, bounded_lines, is_utf8
from ingestion.formats.rejected import RejectedLine, as_text

MAX_LINES = 1_000


@dataclass
class _Lines:
    """The lines of a text, numbered from 1, some of which may be given back to be read again."""

    source: Iterator[bytes]
    waiting: deque[bytes] = field(default_factory=deque)
    number: int = 0

    def next(self) -> bytes:
        """The next line, b"" at the end."""
        line = self.waiting.popleft() if self.waiting else next(self.source, b"")
        self.number += bool(line)
        return line

    def give_back(self, lines: list[bytes]) -> None:
        self.waiting.extendleft(reversed(lines))
        self.number -= len(lines)


@dataclass
class Repair:
    """Copies the usable records of a text; `records` counts them while the faults are drawn."""

    columns: int
    header_lines: int
    records: int = 0

    def faults(self, text: BinaryIO, out: BinaryIO) -> Iterator[RejectedLine]:
        """Writes each usable record to `out`, ended by a line feed; yields the other lines.

        The header is copied as it is. Blank lines are left out, as DuckDB's reader does.
        """
        lines = _Lines(bounded_lines(text, limit=MAX_LINE_BYTES))
        for _ in range(self.header_lines):
            out.write(_ended(lines.next()))
        while line := lines.next():
            if self._is_plain(line):
                self.records += 1
                out.write(line)
            elif self.columns == 1 or line.strip(b"\r\n"):
                yield from self._examine(line, lines, out)

    def _is_plain(self, line: bytes) -> bool:
        """True for the common line, told without a regular expression."""
        return (
            line.count(b",") == self.columns - 1
            and b'"' not in line
            and line.isascii()
            and line.endswith(b"\n")
            and b"\r" not in line
            and (self.columns > 1 or len(line) > 1)
            and len(line) <= MAX_LINE_BYTES
        )

    def _examine(self, line: bytes, lines: _Lines, out: BinaryIO) -> Iterator[RejectedLine]:
        number = lines.number
        following = _following_lines(line, lines)
        if following is None:
            yield RejectedLine(number, as_text(line), BAD_QUOTES)
            return
        record = b"".join((line, *following))
        error = _fault(record, columns=self.columns)
        if error is None:
            self.records += 1
            out.write(_ended(record))
            return
        # Only a stray quote may have joined these lines: each gets its own chance.
        lines.give_back(following)
        yield RejectedLine(number, as_text(line), error)


def _ended(record: bytes) -> bytes:
    return record.rstrip(b"\r\n") + b"\n"


def _following_lines(line: bytes, lines: _Lines) -> list[bytes] | None:
    """The lines that belong to the record which `line` begins; None when it never ends."""
    if csv_grammar.is_record(line):
        return []
    if not csv_grammar.opens_value(line):
        return None
    taken: list[bytes] = []
    while len(taken) < MAX_LINES and (more := lines.next()):
        taken.append(more)
        if csv_grammar.closes_record(more):
            return taken
        if not csv_grammar.stays_open(more):
            break
    lines.give_back(taken)
    return None


def _fault(record: bytes, *, columns: int) -> str | None:
    if len(record) > MAX_LINE_BYTES:
        return TOO_LONG
    if b"\r" in record.rstrip(b"\r\n") and b'"' not in record:
        return LONE_RETURN
    if not is_utf8(record):
        return NOT_UTF8
    if not csv_grammar.has_columns(record, columns):
        return wrong_columns(csv_grammar.count_values(record), columns)
    return None
