"""A text as a table of its lines, for formats whose records are lines.

DuckDB's own readers stop at the first broken line or drop it, so the lines are read as text
(through the CSV reader, with a control character that no such format allows as delimiter) and taken
apart in SQL. The place of a record is the number of its line, blank and broken lines counted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb

from ingestion.errors import Refused
from ingestion.formats import plain_text, rejected
from ingestion.formats.faults import NOT_UTF8, TOO_LONG
from ingestion.formats.plain_text import MAX_LINE_BYTES, bounded_lines, is_utf8
from ingestion.formats.rejected import RejectedLine, as_text
from ingestion.model import InputFile, Reading
from ingestion.sql import exact_path, literal, qualified

REJECTS = "ingestion_line_rejects"
SCANS = "ingestion_line_scans"
DELIMITER = b"\x01"

# What is wrong with a line that is UTF-8 and not too long, or None.
Fault = Callable[[bytes], str | None]


@dataclass(frozen=True)
class Lines:
    """A text that DuckDB reads line by line: how many lines are not blank, how many are records,
    and how many were rejected before it could read the text."""

    text: Path
    written: int
    records: int
    rejected: int

    @property
    def unnumbered(self) -> str:
        """The lines as something to select from; null where blank."""
        return _lines(self.text)

    @property
    def numbered(self) -> str:
        """The lines with their numbers: their order costs DuckDB its second core."""
        return f"(select line, row_number() over () as number from {self.unnumbered})"


@dataclass(frozen=True)
class _Content:
    lines: int
    written: int
    records: int


def read(
    con: duckdb.DuckDBPyConnection,
    file: InputFile,
    *,
    reading: Reading,
    scratch: Path,
    is_record: str,
    fault: Fault,
) -> Lines:
    """The lines of a file; those that cannot be text are rejected. `is_record`: SQL on `line`."""
    text, ends = plain_text.plain(file, scratch=scratch)
    broken = 0
    content = _content(con, text, is_record) if ends.is_uniform else None
    if content is None or content.lines != ends.lines:
        cleaned = scratch / "cleaned"
        with text.open("rb") as source, cleaned.open("wb") as out:
            broken = rejected.keep(con, reading, _clean(source, out, fault=fault))
        text, content = cleaned, _content(con, cleaned, is_record)
    if content.lines != ends.lines:
        raise Refused(f"{ends.lines:,} lines, of which {content.lines:,} can be read; export again")
    return Lines(text, content.written, content.records, broken)


def reject(
    con: duckdb.DuckDBPyConnection, lines: Lines, *, reading: Reading, is_record: str, error: str
) -> int:
    """Keeps the lines that are no record; returns how many. `error`: SQL of the reason."""
    if lines.records == lines.written:
        return 0
    target = qualified(reading.table.schema, rejected.TABLE)
    statement = f"""
        insert into {target}
        select ?, ?, ?, ?, number, left(line, {rejected.MAX_TEXT}), {error}
        from {lines.numbered}
        where trim(line) <> '' and not {is_record}
    """
    values = [reading.load_id, reading.file_id, reading.name, reading.table.name]
    return int(con.execute(statement, values).fetchall()[0][0])


def _lines(text: Path) -> str:
    return (
        f"read_csv({literal(exact_path(text))}, auto_detect = false, header = false, "
        f"delim = '{DELIMITER.decode()}', quote = '', escape = '', compression = 'none', "
        "columns = {'line': 'VARCHAR'}, store_rejects = true, rejects_limit = 0, "
        f"rejects_table = '{REJECTS}', rejects_scan = '{SCANS}')"
    )


def _clean(text: BinaryIO, out: BinaryIO, *, fault: Fault) -> Iterator[RejectedLine]:
    """Copies the text with plain line feeds; a line that cannot be text is given and left blank."""
    for number, line in enumerate(bounded_lines(text, limit=MAX_LINE_BYTES), start=1):
        error = _fault(line, fault)
        if error is not None:
            yield RejectedLine(number, as_text(line), error)
        # A lone carriage return that is no fault stands where a blank may stand.
        kept = line.rstrip(b"\r\n").replace(b"\r", b" ") if error is None else b""
        out.write(kept + b"\n")


def _fault(line: bytes, fault: Fault) -> str | None:
    if len(line) > MAX_LINE_BYTES:
        return TOO_LONG
    return fault(line) if is_utf8(line) else NOT_UTF8


def _content(con: duckdb.DuckDBPyConnection, text: Path, is_record: str) -> _Content:
    con.execute(f"drop table if exists {REJECTS}; drop table if exists {SCANS}")
    counts = con.execute(
        f"""
        select count(*), count(*) filter (trim(line) <> ''), count(*) filter ({is_record})
        from {_lines(text)}
        """
    ).fetchall()[0]
    return _Content(*counts)
