"""The combined log format of Apache and nginx into a raw table: one hit a line.

`address logname user [time] "request" status bytes "referrer" "user agent"`, where a quote within
quotes is written with a backslash. What a server's own format appends is kept as it stands.
"""

import re
from pathlib import Path

import duckdb

from ingestion.errors import Refused
from ingestion.formats import plain_text, text_lines
from ingestion.formats.faults import NOT_COMBINED
from ingestion.formats.projection import Projection, insert_statement
from ingestion.model import FileCount, InputFile, Reading
from ingestion.sql import literal

COLUMNS = (
    "address",
    "logname",
    "remote_user",
    "received",
    "request",
    "status",
    "bytes",
    "referrer",
    "user_agent",
    "appended",
)
_QUOTED = r'"((?:[^"\\]|\\.)*)"'
# A user's name may hold blanks. RE2 (DuckDB) and Python read this alike.
_PATTERN = (
    r"^([^ ]+) ([^ ]+) (.+?) \[([^\]]+)\] "
    rf"{_QUOTED} ([0-9]{{3}}) ([0-9]+|-) {_QUOTED} {_QUOTED}(?: (.*))?$"
)
_IS_HIT = f"coalesce(regexp_matches(line, {literal(_PATTERN)}), false)"
_LINES_LOOKED_AT = 100


def looks_like_one(file: InputFile) -> bool:
    """Whether a hit stands among the first lines of a file that can be read."""
    try:
        head = plain_text.read_head(file.path, file.packing)
    except (OSError, Refused):
        return False
    lines = head.splitlines()[:_LINES_LOOKED_AT]
    return any(re.match(_PATTERN, line) for line in lines)


def load(
    con: duckdb.DuckDBPyConnection, file: InputFile, *, reading: Reading, scratch: Path
) -> FileCount:
    """Reads one log into its raw table; `scratch` is a folder for a plain or cleaned copy.

    An empty log is one of no hits: servers begin a new one before anybody came.
    """
    lines = text_lines.read(
        con, file, reading=reading, scratch=scratch, is_record=_IS_HIT, fault=_fault
    )
    if lines.written and not lines.records:
        raise Refused("no line is in the combined log format (with referrer and user agent)")
    broken = text_lines.reject(
        con, lines, reading=reading, is_record=_IS_HIT, error=literal(NOT_COMBINED)
    )
    names = ", ".join(literal(name) for name in COLUMNS)
    source_of_rows = f"""(
        select number, regexp_extract(line, {literal(_PATTERN)}, [{names}]) as hit
        from {lines.numbered}
        where {_IS_HIT}
    )"""
    projection = Projection({name: f"hit.{name}" for name in COLUMNS}, "null", ())
    con.execute(insert_statement(reading, projection, number="number", source=source_of_rows))
    return FileCount(lines.records, lines.rejected + broken)


def _fault(line: bytes) -> str | None:
    """Servers escape control characters; one that stands there was put in by something else."""
    has_lone_return = b"\r" in line.rstrip(b"\r\n")
    return NOT_COMBINED if has_lone_return or text_lines.DELIMITER in line else None
