"""CSV into a raw table through DuckDB's reader, with proof that no line was lost.

DuckDB 1.5.5 reads a sound file at full speed and notes most broken lines, but not all of them: a
quote that never closes swallows up to 14 MB of following lines with at most one note, and mixed
line ends stop it. So after each file the lines are added up:

    lines of the file = header + records + rejected lines + lines within quoted values + blank lines

and where that does not hold, or a quote is broken, the file is repaired line by line
(csv_repair.py) and read once more. tests/ingestion/test_csv_files.py holds a file for each trap.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import duckdb

from ingestion.errors import Refused
from ingestion.formats import csv_grammar, csv_lines, csv_repair, mapped, plain_text, rejected
from ingestion.formats.faults import NOT_UTF8, TOO_LONG, wrong_columns
from ingestion.formats.plain_text import LineEnds
from ingestion.formats.projection import (
    Projection,
    check_names,
    insert_statement,
    project,
    spelled,
)
from ingestion.formats.rejected import RejectedLine
from ingestion.model import FileCount, InputFile, Reading
from ingestion.sql import exact_path, literal, qualified

REJECTS = "ingestion_csv_rejects"
SCANS = "ingestion_csv_scans"
RECORDS = "ingestion_csv_records"


@dataclass(frozen=True)
class Header:
    """The names of the header row and how many lines it takes."""

    names: tuple[str, ...]
    lines: int


def read_header(file: InputFile) -> Header:
    """The header row; refuses a file without a usable one."""
    head = plain_text.read_head(file.path, file.packing, file.encoding)
    reader = csv.reader(io.StringIO(head, newline=""), strict=True)
    try:
        names = next(reader, [])
        lines = reader.line_num
        below = [next(reader, []) for _ in range(file.header_rows - 1)]
    except csv.Error as error:
        raise Refused(f"line 1: the header cannot be read ({error})") from error
    if not any(spelled(name) for name in names):
        raise Refused("line 1 is blank: the header row must come first")
    # A row of them that the reader rejects would be taken from the records.
    if any(len(row) != len(names) or "\ufffd" in "".join(row) for row in below):
        raise Refused(
            f"the {file.header_rows} header rows that mapping.yml speaks of are not there, with "
            "one value for each of the names; correct `header_rows`"
        )
    return Header(tuple(names), lines)


def examine(file: InputFile) -> None:
    """Refuses a file whose header cannot serve, before anything is read."""
    header = read_header(file)
    if file.mapping:
        mapped.check_names(header.names, file=file, where="line 1: ")
    else:
        check_names(header.names, table=file.table, constants=file.constants, where="line 1: ")


def load(
    con: duckdb.DuckDBPyConnection, file: InputFile, *, reading: Reading, scratch: Path
) -> FileCount:
    """Reads one file into its raw table; `scratch` is a folder for a plain or repaired copy."""
    header = read_header(file)
    text, ends = plain_text.plain(file, scratch=scratch)
    scan = (_MappedScan if file.mapping else _Scan)(con, file, reading, header)
    count = _load_as_it_is(scan, text, ends=ends) if ends.is_uniform else None
    if count is None:
        _forget(con, reading)
        count = _load_repaired(scan, text, repaired=scratch / "repaired.csv")
    return scan.settle(count)


@dataclass(frozen=True)
class _Scan:
    """A file whose columns bear the contract's names, read straight into its raw table."""

    con: duckdb.DuckDBPyConnection
    file: InputFile
    reading: Reading
    header: Header

    @property
    def columns(self) -> int:
        return len(self.header.names)

    @cached_property
    def projection(self) -> Projection:
        places = [f"c{place}" for place in range(self.columns)]
        table, constants = self.file.table, self.file.constants
        return project(self.header.names, places, table=table, constants=constants)

    def insert(self, text: Path) -> int:
        """Reads the file; broken lines go to the rejects table. Returns the number of records."""
        columns = ", ".join(f"'c{place}': 'VARCHAR'" for place in range(self.columns))
        source = (
            f"read_csv({literal(exact_path(text))}, auto_detect = false, header = true, "
            f"delim = ',', quote = '\"', escape = '\"', compression = 'none', "
            f"columns = {{{columns}}}, store_rejects = true, rejects_limit = 0, "
            f"rejects_table = '{REJECTS}', rejects_scan = '{SCANS}')"
        )
        # The rejects tables grow from scan to scan until they are dropped.
        self.con.execute(f"drop table if exists {REJECTS}; drop table if exists {SCANS}")
        return int(self.con.execute(self.statement(source)).fetchall()[0][0])

    def statement(self, source: str) -> str:
        return insert_statement(
            self.reading, self.projection, number="row_number() over ()", source=source
        )

    def settle(self, count: FileCount) -> FileCount:
        """What is left to do when the lines of the file have been added up."""
        return replace(count, unknown_columns=self.projection.unknown_columns)


class _MappedScan(_Scan):
    """A file with names of its own: its records are added up before its mapping makes rows."""

    def statement(self, source: str) -> str:
        numbered = f"select row_number() over () as number, * from {source}"
        return f"create or replace temp table {RECORDS} as {numbered}"

    def settle(self, count: FileCount) -> FileCount:
        statement, unknown = mapped.insertion(
            self.header.names, RECORDS, file=self.file, reading=self.reading
        )
        rows = int(self.con.execute(statement).fetchall()[0][0])
        self.con.execute(f"drop table {RECORDS}")
        return FileCount(rows, count.rejected_lines, unknown)


def _load_as_it_is(scan: _Scan, text: Path, *, ends: LineEnds) -> FileCount | None:
    """Reads the file as it is. None when lines are missing, so that it has to be repaired."""
    records = scan.insert(text)
    try:
        broken = rejected.keep(scan.con, scan.reading, _rejected_by_duckdb(scan, text))
    except _NeedsRepair:
        return None
    # Each of these is at least one line, so equality proves that no line is left over.
    if scan.header.lines + records + broken != ends.lines:
        logical = csv_lines.count_logical_lines(text, count_blank=scan.columns == 1)
        if logical is None or 1 + records + broken != logical:
            return None
    return FileCount(records, broken)


def _forget(con: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Takes back what the first attempt wrote, within the running transaction."""
    for name in (reading.table.name, rejected.TABLE):
        target = qualified(reading.table.schema, name)
        con.execute(f"delete from {target} where _file_id = ?", [reading.file_id])


def _load_repaired(scan: _Scan, text: Path, *, repaired: Path) -> FileCount:
    repair = csv_repair.Repair(scan.columns, scan.header.lines)
    with text.open("rb") as source, repaired.open("wb") as out:
        broken = rejected.keep(scan.con, scan.reading, repair.faults(source, out))
    records = scan.insert(repaired)
    unread = scan.con.execute(f"select count(*) from {REJECTS}").fetchall()[0][0]
    if unread or records != repair.records:
        raise Refused(
            f"{repair.records:,} records were made out and {records:,} could be read; "
            "export the file again with every text in double quotes"
        )
    return FileCount(records, broken)


class _NeedsRepair(Exception):
    """A rejected line is not one whole record: a quote has joined lines that do not belong."""


def _rejected_by_duckdb(scan: _Scan, text: Path) -> Iterator[RejectedLine]:
    """The lines that DuckDB's reader rejected, with their true number and text from the file.

    DuckDB numbers records, not lines, writes a row per fault and garbles what is not UTF-8.
    """
    noted = scan.con.execute(
        f"""
        select
            line_byte_position - 1 as position,
            bool_or(error_type = 'INVALID ENCODING') as is_encoding,
            bool_or(error_type = 'LINE SIZE OVER MAXIMUM') as is_too_long
        from {REJECTS} group by line_byte_position order by line_byte_position
        """
    ).fetchnumpy()
    number, place = 1, 0
    with text.open("rb") as file:
        for position, is_encoding, is_too_long in zip(*noted.values(), strict=True):
            number += _line_feeds_between(file, place, int(position))
            line = file.readline()
            while line in (b"\n", b"\r\n"):
                # With Windows line ends or after blank lines the position is too early.
                number, line = number + 1, file.readline()
            yield RejectedLine(
                number,
                rejected.as_text(line),
                _fault(line, scan, is_encoding=is_encoding, is_too_long=is_too_long),
            )
            number, place = number + 1, file.tell()


def _fault(line: bytes, scan: _Scan, *, is_encoding: bool, is_too_long: bool) -> str:
    if is_too_long and len(line) > plain_text.MAX_LINE_BYTES:
        return TOO_LONG
    if is_too_long or not csv_grammar.is_record(line):
        raise _NeedsRepair
    if is_encoding and not plain_text.is_utf8(line):
        return NOT_UTF8
    if csv_grammar.has_columns(line, scan.columns):
        raise _NeedsRepair
    return wrong_columns(csv_grammar.count_values(line), scan.columns)


def _line_feeds_between(file: io.BufferedReader, start: int, end: int) -> int:
    """Line feeds from `start` to `end`, where the file then stands."""
    file.seek(start)
    feeds, left = 0, end - start
    while left > 0 and (chunk := file.read(min(left, 1 << 22))):
        feeds += chunk.count(b"\n")
        left -= len(chunk)
    return feeds
