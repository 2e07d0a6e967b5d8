"""Reference data of a tenant: `reference/<name>.csv` replaces the seed of that name.

It is settings, not history: the tables mirror the inputs of this very call, and are empty (so that
the seed holds) where no folder brings a file along. A broken line refuses the whole file.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from ingestion.errors import Refused
from ingestion.formats.faults import NOT_UTF8, wrong_columns
from ingestion.formats.projection import check_names, matched, spelled
from ingestion.model import InputFile, Table
from ingestion.sql import identifier, qualified


@dataclass(frozen=True)
class ReferenceRows:
    """The rows of one file, one list per column of the table, blanks as None."""

    values: dict[str, list[str | None]]
    count: int
    unknown_columns: tuple[str, ...]


def read(file: InputFile) -> ReferenceRows:
    """Reads one reference file. Raises Refused with the line at fault."""
    try:
        text = file.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Refused(f"line {line}: {NOT_UTF8}") from error
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[list[str]] = []
    try:
        header = [matched(name) for name in next(reader, [])]
        if not any(header):
            raise Refused("line 1 is blank: the header row must come first")
        check_names(header, table=file.table, constants={}, where="line 1: ")
        for row in reader:
            if row and len(row) != len(header):
                raise Refused(f"line {reader.line_num}: {wrong_columns(len(row), len(header))}")
            rows.extend([row] if row else [])
    except csv.Error as error:
        raise Refused(f"line {reader.line_num}: {error}") from error
    by_name = dict(zip(header, _columns(rows, len(header)), strict=True))
    unknown = tuple(spelled(name) for name in header if name not in file.table.columns)
    values = {name: by_name[name] for name in file.table.columns if name in by_name}
    return ReferenceRows(values, len(rows), unknown)


def _columns(rows: Sequence[Sequence[str]], width: int) -> list[list[str | None]]:
    return [[row[place].strip() or None for row in rows] for place in range(width)]


def replace_rows(con: duckdb.DuckDBPyConnection, table: Table, rows: ReferenceRows) -> None:
    """Puts the rows in place of whatever the table holds, within the running transaction."""
    clear(con, table)
    columns = ", ".join(identifier(name) for name in rows.values)
    lists = ", ".join("unnest(?::varchar[])" for _ in rows.values)
    target = qualified(table.schema, table.name)
    con.execute(f"insert into {target} ({columns}) select {lists}", list(rows.values.values()))


def clear(con: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Empties the table, so that the seed holds again."""
    con.execute(f"delete from {qualified(table.schema, table.name)}")
