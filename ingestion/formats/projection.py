"""Turns the columns that a file has into the columns that its raw table has.

Shared by all formats, so that a header means the same in CSV, JSON Lines and Parquet.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingestion.errors import Refused
from ingestion.model import Reading, Table
from ingestion.sql import identifier, literal, qualified

# Beside its own columns every raw table has these.
BOOKKEEPING_COLUMNS = {
    "_load_id": "integer",
    "_file_id": "integer",
    "_file": "varchar",
    "_record_number": "bigint",
    "_extra": "varchar",
    # which of the rows that one record of a wide sheet became; null where a record is a row
    "_row_in_record": "integer",
}


@dataclass(frozen=True)
class Projection:
    """`expressions` by target column, `extra` for `_extra`, and the names that found no column."""

    expressions: Mapping[str, str]
    extra: str
    unknown_columns: tuple[str, ...]


def spelled(name: str) -> str:
    """A header name as it is kept: without byte order mark, blanks around it and a leading `*`.

    Forms mark what must be filled in with a star, and some exports carry it along.
    """
    return name.replace("\ufeff", "").strip().lstrip("*").strip()


def matched(name: str) -> str:
    """A header name as it is compared."""
    return spelled(name).lower()


def check_names(
    names: Sequence[str], *, table: Table, constants: Mapping[str, str | None], where: str = ""
) -> None:
    """Refuses a file whose columns repeat or miss a required one. `names` as the file has them.

    `where` begins the message, for formats whose names stand in a line of their own.
    """
    seen = [matched(name) for name in names if spelled(name)]
    repeated = sorted({name for name in seen if seen.count(name) > 1})
    if repeated:
        raise Refused(
            f"{where}the column {quoted(repeated)} is there more than once; keep one of each"
        )
    present = set(seen) | set(constants)
    missing = sorted(table.required - present)
    if missing:
        hint = _hint(missing, seen, known=table.columns)
        raise Refused(f"{where}the required column {quoted(missing)} is missing; {hint}")


def quoted(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _hint(missing: Sequence[str], present: Sequence[str], *, known: Sequence[str]) -> str:
    if len(present) == 1 and any(mark in present[0] for mark in ";\t|"):
        return "the columns are not separated by commas: save the file as comma-separated CSV"
    # a column that has its own meaning is not the missing one misspelt
    strange = [name for name in present if name not in known]
    near = difflib.get_close_matches(missing[0], strange, n=1)
    return f"is it the column `{near[0]}`?" if near else f"the file has {quoted(sorted(present))}"


def project(
    names: Sequence[str],
    expressions: Sequence[str],
    *,
    table: Table,
    constants: Mapping[str, str | None],
) -> Projection:
    """Maps a file's columns (`names` as spelled there, `expressions` that give them as text)."""
    named = {
        matched(name) or f"column_{place}": (spelled(name) or f"column_{place}", expression)
        for place, (name, expression) in enumerate(zip(names, expressions, strict=True), start=1)
    }
    if table.is_wide:
        path_columns = {name: literal(value) for name, value in constants.items()}
        return Projection(
            {**path_columns, "row_json": _json_object(list(named.values()))}, "null", ()
        )
    for name, value in constants.items():
        named.setdefault(name, (name, literal(value)))
    own = {column: named[column][1] for column in table.columns if column in named}
    rest = [pair for name, pair in named.items() if name not in own]
    return Projection(own, extra_object(rest), tuple(spelling for spelling, _ in rest))


def extra_object(pairs: Sequence[tuple[str, str]]) -> str:
    """SQL of the JSON object for `_extra`: (name, expression) of each column; null if all are."""
    if not pairs:
        return "null"
    anything = ", ".join(expression for _, expression in pairs)
    return f"case when coalesce({anything}) is not null then {_json_object(pairs)} end"


def _json_object(pairs: Sequence[tuple[str, str]]) -> str:
    members = ", ".join(f"{literal(name)}, {expression}" for name, expression in pairs)
    return f"json_object({members})::varchar"


def insert_statement(reading: Reading, projection: Projection, *, number: str, source: str) -> str:
    """The statement that reads a whole file into its raw table, in the order of the file."""
    values = {
        **projection.expressions,
        "_load_id": str(reading.load_id),
        "_file_id": str(reading.file_id),
        "_file": literal(reading.name),
        "_record_number": number,
        "_extra": projection.extra,
    }
    target = qualified(reading.table.schema, reading.table.name)
    columns = ", ".join(identifier(column) for column in values)
    return f"insert into {target} ({columns}) select {', '.join(values.values())} from {source}"
