"""What a CSV record is (RFC 4180), for the few lines that are looked at outside DuckDB.

A value is either in double quotes, where a quote is written twice, or free of commas and line ends;
like DuckDB's reader we let a quote stand within an unquoted value (`5" pipe`).
"""

import re

# Possessive quantifiers: no backtracking, so a hostile line costs no more than its length.
_INSIDE = rb'[^"]*+(?:""[^"]*+)*+'
_VALUE = rb' *+(?:"' + _INSIDE + rb'" *+|[^",\r\n ][^,\r\n]*+)?'
_END = rb"(?:\r?\n)?"

_RECORD = re.compile(_VALUE + rb"(?:," + _VALUE + rb")*+" + _END)
_OPENS = re.compile(rb"(?:" + _VALUE + rb',)*+ *+"' + _INSIDE)
_CLOSES = re.compile(_INSIDE + rb'" *+(?:,' + _VALUE + rb")*+" + _END)
_STAYS_OPEN = re.compile(
    rb"(?:" + _INSIDE + rb"|" + _INSIDE + rb'" *+,(?:' + _VALUE + rb',)*+ *+"' + _INSIDE + rb")"
)
_SEPARATED = re.compile(_VALUE + rb",")


def is_record(line: bytes) -> bool:
    """True when the line is one whole record."""
    return b'"' not in line or _RECORD.fullmatch(line) is not None


def opens_value(line: bytes) -> bool:
    """True when a quoted value begins in the line and goes on in the next."""
    return _OPENS.fullmatch(line) is not None


def closes_record(line: bytes) -> bool:
    """True when the line ends the quoted value it began in, and the record with it."""
    return _CLOSES.fullmatch(line) is not None


def stays_open(line: bytes) -> bool:
    """True when the line, begun within a quoted value, ends within one."""
    return _STAYS_OPEN.fullmatch(line) is not None


def count_values(record: bytes) -> int:
    """How many values a whole record has."""
    if b'"' not in record:
        return record.count(b",") + 1
    values, place = 1, 0
    while separated := _SEPARATED.match(record, place):
        values, place = values + 1, separated.end()
    return values


def has_columns(record: bytes, columns: int) -> bool:
    """True when the record fits the header; like DuckDB we let one empty value too many pass."""
    values = count_values(record)
    return values == columns or (values == columns + 1 and record.rstrip(b"\r\n").endswith(b","))
