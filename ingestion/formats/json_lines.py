"""JSON Lines into a raw table: one JSON object a line, every value as text, nested ones as JSON.

The lines are read as text (text_lines.py) and taken apart in SQL.
"""

import json
from pathlib import Path

import duckdb

from ingestion.errors import Refused
from ingestion.formats import plain_text, text_lines
from ingestion.formats.faults import NOT_JSON, NOT_OBJECT
from ingestion.formats.projection import (
    Projection,
    check_names,
    insert_statement,
    matched,
    project,
    spelled,
)
from ingestion.formats.text_lines import Lines
from ingestion.model import FileCount, InputFile, Reading
from ingestion.sql import literal

_IS_OBJECT = "case when json_valid(line) then json_type(line) = 'OBJECT' else false end"
_WHY_NOT = f"case when json_valid(line) then {literal(NOT_OBJECT)} else {literal(NOT_JSON)} end"


def examine(file: InputFile) -> None:
    """Refuses a file that is empty or not UTF-8 at its beginning; keys are known after reading."""
    plain_text.read_head(file.path, file.packing)


def load(
    con: duckdb.DuckDBPyConnection, file: InputFile, *, reading: Reading, scratch: Path
) -> FileCount:
    """Reads one file into its raw table; `scratch` is a folder for a plain or cleaned copy."""
    lines = text_lines.read(
        con, file, reading=reading, scratch=scratch, is_record=_IS_OBJECT, fault=_fault
    )
    if lines.written and not lines.records:
        raise Refused("no line is a JSON object; write one object {...} a line, not one document")
    keys = _keys(con, lines)
    if lines.records:
        distinct = {matched(key): spelled(key) for key in keys}
        check_names(list(distinct.values()), table=file.table, constants=file.constants)
    broken = text_lines.reject(con, lines, reading=reading, is_record=_IS_OBJECT, error=_WHY_NOT)
    projection, paths = _project(keys, file=file)
    source_of_rows = f"""(
        select line, number, json_extract_string(line, {paths}) as record
        from {lines.numbered}
        where {_IS_OBJECT}
    )"""
    statement = insert_statement(reading, projection, number="number", source=source_of_rows)
    con.execute(statement)
    return FileCount(lines.records, lines.rejected + broken, projection.unknown_columns)


def _fault(line: bytes) -> str | None:
    """Between JSON's tokens a carriage return is a blank; within a string it is forbidden."""
    has_lone_return = b"\r" in line.rstrip(b"\r\n")
    if text_lines.DELIMITER in line or (has_lone_return and not _is_json(line)):
        return NOT_JSON
    return None


def _is_json(line: bytes) -> bool:
    try:
        json.loads(line)
    except ValueError:
        return False
    return True


def _keys(con: duckdb.DuckDBPyConnection, lines: Lines) -> tuple[str, ...]:
    """The keys of all objects, the most frequent first."""
    rows = con.execute(
        f"""
        select key from (
            select unnest(json_keys(line)) as key from {lines.unnumbered} where {_IS_OBJECT}
        )
        group by key order by count(*) desc, key
        """
    ).fetchall()
    return tuple(key for (key,) in rows)


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
