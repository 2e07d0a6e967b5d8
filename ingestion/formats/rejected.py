"""Broken lines, kept with their file, line number, text and a reason a person can act on."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import duckdb

from ingestion.model import Reading
from ingestion.sql import qualified

TABLE = "rejected_lines"
# A line as text in the warehouse: enough to recognise it; the file itself has the rest.
MAX_TEXT = 10_000
_BATCH = 20_000


@dataclass(frozen=True)
class RejectedLine:
    """`number` counts from 1 in the file as an editor shows it, header included."""

    number: int
    text: str
    error: str


def as_text(line: bytes) -> str:
    """The line for people: undecodable bytes become the replacement sign, very long text is cut."""
    return line[: 4 * MAX_TEXT].decode("utf-8", errors="replace").rstrip("\r\n")[:MAX_TEXT]


def keep(con: duckdb.DuckDBPyConnection, reading: Reading, lines: Iterable[RejectedLine]) -> int:
    """Writes the lines to `rejected_lines` of the source, in batches; returns how many."""
    iterator: Iterator[RejectedLine] = iter(lines)
    total = 0
    while batch := list(islice(iterator, _BATCH)):
        con.execute(
            f"""
            insert into {qualified(reading.table.schema, TABLE)}
            select ?, ?, ?, ?, unnest(?::bigint[]), unnest(?::varchar[]), unnest(?::varchar[])
            """,
            [
                reading.load_id,
                reading.file_id,
                reading.name,
                reading.table.name,
                [line.number for line in batch],
                [line.text for line in batch],
                [line.error for line in batch],
            ],
        )
        total += len(batch)
    return total
