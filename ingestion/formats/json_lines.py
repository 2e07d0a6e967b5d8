"""JSON Lines into a raw table: one JSON object a line, every value as text, nested ones as JSON.

The lines are read as text (text_lines.py) and taken apart in SQL.
"""

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb

from ingestion.errors import Refused
from ingestion.formats import mapped, plain_text, text_lines
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
    plain_text.read_head(file.path, file.packing, file.encoding)


def load(
    con: duckdb.DuckDBPyConnection, file: InputFile, *, reading: Reading, scratch: Path
) -> FileCount:
    """Reads one file into its raw table; `scratch` is a folder for a plain or cleaned copy."""
    lines = text_lines.read(
        con, file, reading=reading, scratch=scratch, is_record=_IS_OBJECT, fault=_fault
    )
    if lines.written and not lines.records:
        raise Refused("no line is a JSON object; write one object {...} a line, not one document")
    if file.mapping:
        return _load_mapped(con, lines, file=file, reading=reading)
    keys = _keys(con, lines)
    if lines.records:
        distinct = {matched(key): spelled(key) for key in keys}
        check_names(list(distinct.values()), table=file.table, constants=file.constants)
    broken = text_lines.reject(con, lines, reading=reading, is_record=_IS_OBJECT, error=_WHY_NOT)
    projection, known = _project(keys, file=file)
    source_of_rows = _records(lines, known)
    statement = insert_statement(reading, projection, number="number", source=source_of_rows)
    con.execute(statement)
    return FileCount(lines.records, lines.rejected + broken, projection.unknown_columns)


def _load_mapped(
    con: duckdb.DuckDBPyConnection, lines: Lines, *, file: InputFile, reading: Reading
) -> FileCount:
    """Reads objects whose keys a mapping names; every key is a column of its own."""
    # in the order of the alphabet: an id made of the record must not hang on other records
    keys = sorted(_keys(con, lines))
    spellings = list({matched(key): spelled(key) for key in keys}.values())
    if lines.records:
        mapped.check_names(spellings, file=file)
    broken = text_lines.reject(con, lines, reading=reading, is_record=_IS_OBJECT, error=_WHY_NOT)
    places: dict[str, list[str]] = {}
    for place, key in enumerate(keys, start=1):
        places.setdefault(matched(key), []).append(f"record[{place}]")
    columns = [
        f"coalesce({', '.join(group)}) as c{place}" for place, group in enumerate(places.values())
    ]
    source = f"(select {', '.join(['number', *columns])} from {_records(lines, keys)})"
    statement, unknown = mapped.insertion(spellings, source, file=file, reading=reading)
    rows = int(con.execute(statement).fetchall()[0][0])
    return FileCount(rows, lines.rejected + broken, unknown)


def _records(lines: Lines, keys: Sequence[str]) -> str:
    """The objects with their number, their text and, in `record`, the texts of these keys."""
    pointers = ", ".join(literal(_pointer(key)) for key in keys)
    paths = f"[{pointers}]::varchar[]" if keys else "['/']"
    return f"""(
        select line, number, json_extract_string(line, {paths}) as record
        from {lines.numbered}
        where {_IS_OBJECT}
    )"""


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


def _project(keys: tuple[str, ...], *, file: InputFile) -> tuple[Projection, list[str]]:
    """The projection, and the keys that fill its `record`."""
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
    return projection, known


def _pointer(key: str) -> str:
    return "/" + key.replace("~", "~0").replace("/", "~1")
