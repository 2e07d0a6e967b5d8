"""Reads a damaged CSV file line by line and writes a sound copy of what can be used.

The slow way, about half a million lines a second, taken only when DuckDB's reader could not account
for every line. A quote that never closes costs its own line, not the lines after it: a value may
run over at most MAX_LINES lines before we say that it was not meant to.
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
from ingestion.formats.plain_text import MAX_LINE_BYTES, bounded_lines
from ingestion.formats.rejected import RejectedLine, as_text

MAX_LINES = 1_000


@dataclass
class Lines:
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


def repair(
    text: BinaryIO, out: BinaryIO, *, columns: int, header_lines: int
) -> Iterator[RejectedLine]:
    """Writes the usable records of `text` to `out`, each ended by a line feed; yields the others.

    The header is copied as it is. Blank lines are left out, as DuckDB's reader does.
    """
    lines = Lines(bounded_lines(text, limit=MAX_LINE_BYTES))
    for _ in range(header_lines):
        out.write(_ended(lines.next()))
    while line := lines.next():
        if columns > 1 and not line.strip(b"\r\n"):
            continue
        number = lines.number
        following = _following_lines(line, lines)
        record = b"".join((line, *following)) if following is not None else line
        error = BAD_QUOTES if following is None else _fault(record, columns=columns)
        if error is None:
            out.write(_ended(record))
            continue
        if following:
            # Only a stray quote may have joined these lines: each gets its own chance.
            lines.give_back(following)
        yield RejectedLine(number, as_text(line), error)


def _ended(record: bytes) -> bytes:
    return record.rstrip(b"\r\n") + b"\n"


def _following_lines(line: bytes, lines: Lines) -> list[bytes] | None:
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
    try:
        record.decode("utf-8")
    except UnicodeDecodeError:
        return NOT_UTF8
    if not csv_grammar.has_columns(record, columns):
        return wrong_columns(csv_grammar.count_values(record), columns)
    return None
