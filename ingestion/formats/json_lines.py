"""JSON Lines into a raw table: one JSON object a line, every value as text, nested ones as JSON.

DuckDB's own JSON reader stops at the first broken line or drops it, so the lines are read as text
(through the CSV reader, with a control character that JSON forbids as delimiter) and taken apart in
SQL. The place of a record is the number of its line, blank and broken lines counted.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import duckdb

from ingestion.errors import Refused
from ingestion.formats import plain_text, rejected
from ingestion.formats.faults import NOT_JSON, NOT_OBJECT, NOT_UTF8, TOO_LONG
from ingestion.formats.plain_text import MAX_LINE_BYTES, bounded_lines, is_utf8
from ingestion.formats.projection import (
    Projection,
    check_names,
    insert_statement,
    matched,
    project,
    spelled,
)
from ingestion.formats.rejected import RejectedLine, as_text
from ingestion.model import FileCount, InputFile, Reading
from ingestion.sql import exact_path, literal, qualified

REJECTS = "ingestion_json_rejects"
SCANS = "ingestion_json_scans"
_DELIMITER = b"\x01"
_IS_OBJECT = "case when json_valid(line) then json_type(line) = 'OBJECT' else false end"


@dataclass(frozen=True)
class _Content:
    """What DuckDB's reader gives: all lines, those not blank, those that are objects."""

    lines: int
    written: int
    objects: int


def examine(file: InputFile) -> None:
    """Refuses a file that is empty or not UTF-8 at its beginning; keys are known after reading."""
    plain_text.read_head(file.path, file.packing)


def load(
    con: duckdb.DuckDBPyConnection, file: InputFile, *, reading: Reading, scratch: Path
) -> FileCount:
    """Reads one file into its raw table; `scratch` is a folder for a plain or cleaned copy."""
    text, ends = plain_text.plain(file, scratch=scratch)
    broken = 0
    content = _content(con, text) if ends.is_uniform else None
    if content is None or content.lines != ends.lines:
        cleaned = scratch / "cleaned"
        with text.open("rb") as source, cleaned.open("wb") as out:
            broken = rejected.keep(con, reading, _clean(source, out))
        text, content = cleaned, _content(con, cleaned)
    if content.lines != ends.lines:
        raise Refused(f"{ends.lines:,} lines, of which {content.lines:,} can be read; export again")
    if content.written and not content.objects:
        raise Refused("no line is a JSON object; write one object {...} a line, not one document")
    keys = _keys(con, text)
    if content.objects:
        distinct = {matched(key): spelled(key) for key in keys}
        check_names(list(distinct.values()), table=file.table, constants=file.constants)
    if content.objects < content.written:
        broken += _reject_lines(con, text, reading=reading)
    projection, paths = _project(keys, file=file)
    source_of_rows = f"""(
        select line, number, json_extract_string(line, {paths}) as record
        from (select line, row_number() over () as number from {_lines(text)})
        where {_IS_OBJECT}
    )"""
    statement = insert_statement(reading, projection, number="number", source=source_of_rows)
    con.execute(statement)
    return FileCount(content.objects, broken, projection.unknown_columns)


def _lines(text: Path) -> str:
    """The lines of a text as a table function, one row a line, null where blank."""
    return (
        f"read_csv({literal(exact_path(text))}, auto_detect = false, header = false, "
        f"delim = '{_DELIMITER.decode()}', quote = '', escape = '', compression = 'none', "
        "columns = {'line': 'VARCHAR'}, store_rejects = true, rejects_limit = 0, "
        f"rejects_table = '{REJECTS}', rejects_scan = '{SCANS}')"
    )


def _clean(text: BinaryIO, out: BinaryIO) -> Iterator[RejectedLine]:
    """Copies the text with plain line feeds; a line that cannot be text is given and left blank."""
    for number, line in enumerate(bounded_lines(text, limit=MAX_LINE_BYTES), start=1):
        error = _fault(line)
        if error is not None:
            yield RejectedLine(number, as_text(line), error)
        # Between JSON's tokens a carriage return is a blank; within a string it is forbidden.
        kept = line.rstrip(b"\r\n").replace(b"\r", b" ") if error is None else b""
        out.write(kept + b"\n")


def _fault(line: bytes) -> str | None:
    if len(line) > MAX_LINE_BYTES:
        return TOO_LONG
    if not is_utf8(line):
        return NOT_UTF8
    has_lone_return = b"\r" in line.rstrip(b"\r\n")
    if _DELIMITER in line or (has_lone_return and not _is_json(line)):
        return NOT_JSON
    return None


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _content(con: duckdb.DuckDBPyConnection, text: Path) -> _Content:
    con.execute(f"drop table if exists {REJECTS}; drop table if exists {SCANS}")
    counts = con.execute(
        f"""
        select count(*), count(*) filter (trim(line) <> ''), count(*) filter ({_IS_OBJECT})
        from {_lines(text)}
        """
    ).fetchall()[0]
    return _Content(*counts)


def _keys(con: duckdb.DuckDBPyConnection, text: Path) -> tuple[str, ...]:
    """The keys of all objects, the most frequent first."""
    rows = con.execute(
        f"""
        select key from (
            select unnest(json_keys(line)) as key from {_lines(text)} where {_IS_OBJECT}
        )
        group by key order by count(*) desc, key
        """
    ).fetchall()
    return tuple(key for (key,) in rows)


def _reject_lines(con: duckdb.DuckDBPyConnection, text: Path, *, reading: Reading) -> int:
    """Keeps the lines that are no JSON object; returns how many."""
    target = qualified(reading.table.schema, rejected.TABLE)
    statement = f"""
        insert into {target}
        select ?, ?, ?, ?, number, left(line, {rejected.MAX_TEXT}),
            case when json_valid(line) then {literal(NOT_OBJECT)} else {literal(NOT_JSON)} end
        from (select line, row_number() over () as number from {_lines(text)})
        where trim(line) <> '' and not {_IS_OBJECT}
    """
    values = [reading.load_id, reading.file_id, reading.name, reading.table.name]
    return int(con.execute(statement, values).fetchall()[0][0])


def _project(keys: tuple[str, ...], *, file: InputFile) -> tuple[Projection, str]:
    """The projection, and the list of JSON pointers that fills its `record`."""
    spellings: dict[str, list[str]] = {}
    for key in keys:
        if matched(key) in file.table.columns:
            spellings.setdefault(matched(key), []).append(key)
    known = [key for group in spellings.values() for key in group]
    place = {key: f"record[{number}]" for number, key in enumerate(known, start=1)}
    columns = project(
        list(spellings),
        [f"coalesce({', '.join(place[key] for key in group)})" for group in spellings.values()],
        table=file.table,
        constants=file.constants,
    )
    unknown = [key for key in keys if key not in place]
    extra_constants = {
        name: value for name, value in file.constants.items() if name in columns.unknown_columns
    }
    # A merge patch takes away the keys that have their own column and keeps the others as they are.
    patch = literal(json.dumps({**dict.fromkeys(known), **extra_constants}))
    extra = f"nullif(json_merge_patch(line, {patch})::varchar, '{{}}')"
    projection = Projection(
        columns.expressions,
        extra if unknown or extra_constants else "null",
        (*columns.unknown_columns, *(spelled(key) for key in unknown)),
    )
    pointers = ", ".join(literal(_pointer(key)) for key in known)
    return projection, f"[{pointers}]::varchar[]" if known else "['/']"


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
