"""The words for what is wrong with a line or a file: one home, whoever finds it."""

import re

import duckdb

from ingestion.model import InputFile

NOT_UTF8 = "the line is not UTF-8; save the file as UTF-8"
TOO_LONG = "the line is longer than 2,000,000 bytes; shorten its text or check its quotes"
BAD_QUOTES = (
    "a double quote opens a value that is not closed properly; write quotes within a value twice "
    'and close the value before the comma: "like ""this"""'
)
LONE_RETURN = "a lone carriage return stands in the line; put the value in double quotes"
NOT_JSON = "the line is not valid JSON; each line must hold one whole JSON object"
NOT_OBJECT = "the line is not a JSON object; each line must be {...} with the columns as keys"
NOT_COMBINED = (
    'the line is not in the combined log format: address, names, [time], "request", status, '
    'bytes, "referrer", "user agent"'
)
NOT_ENRICHED = "the line is not an enriched event of Snowplow: 131 values between tabs"


def wrong_columns(found: int, expected: int) -> str:
    """Too few or too many values in a line."""
    values = "1 value" if found == 1 else f"{found:,} values"
    advice = (
        "the line was cut off, or commas are missing"
        if found < expected
        else "put values that contain a comma in double quotes"
    )
    return f"{values} where the header has {expected:,} columns; {advice}"


def duckdb_reason(error: duckdb.Error, *, file: InputFile) -> str:
    """DuckDB's own reason in one line, without values of the file and without our paths."""
    reason = str(error).partition("\n")[0].replace(str(file.path), file.name)
    return re.sub(r'"[^"]*"', '"..."', reason)[:200]
