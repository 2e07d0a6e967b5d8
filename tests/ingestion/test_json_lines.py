"""JSON Lines: each line is one object, or it is kept with its number."""

import gzip
import json

import pytest

from ingestion.formats.faults import NOT_JSON, NOT_OBJECT, NOT_UTF8, TOO_LONG
from tests.ingestion.raw_home import Home, entity

ROWS = """
    select _record_number, customer_id, email, city, _extra from raw_files.customers
    order by _record_number
"""


def load(home: Home, content: bytes | str) -> list[tuple[object, ...]]:
    home.write("customers.jsonl", content)
    report = home.ingest()
    assert not report.refused
    counted = entity(report, "customers")
    rows = home.rows(ROWS)
    assert (counted.records, counted.rejected_lines) == (len(rows), len(home.rejected()))
    return rows


def test_values_become_text_and_unknown_keys_are_kept(home: Home) -> None:
    line = {"customer_id": 7, "email": None, "city": ["Köln", {"a": 1}], "vip": True, "x.*": 1.5}
    (row,) = load(home, json.dumps(line, ensure_ascii=False) + "\n")
    assert row[:4] == (1, "7", None, '["Köln",{"a":1}]')
    assert json.loads(str(row[4])) == {"vip": True, "x.*": 1.5}
    assert entity_unknown(home) == {"vip", "x.*"}


def entity_unknown(home: Home) -> set[str]:
    """The unknown columns of the same file, read as a new one."""
    home.write("customers.jsonl", home.inputs.joinpath("customers.jsonl").read_bytes() + b"\n")
    return set(entity(home.ingest(), "customers").unknown_columns)


def test_long_whole_numbers_keep_every_digit(home: Home) -> None:
    (row,) = load(home, '{"customer_id": 12345678901234567890123}\n')
    assert row[1] == "12345678901234567890123"


@pytest.mark.parametrize(
    "content",
    [
        pytest.param('{"customer_id":"1"}\n{"customer_id":"2"}\n', id="unix"),
        pytest.param('{"customer_id":"1"}\r\n{"customer_id":"2"}\r\n', id="windows"),
        pytest.param('{"customer_id":"1"}\r{"customer_id":"2"}\r', id="old mac"),
        pytest.param('{"customer_id":"1"}\r\n{"customer_id":"2"}\n', id="mixed"),
        pytest.param('{"customer_id":\r"1"}\n{"customer_id":"2"}', id="return between tokens"),
        pytest.param('\ufeff{"customer_id":"1"}\n{"Customer_ID ":"2"}', id="mark, spelling"),
    ],
)
def test_same_records_however_the_lines_end(home: Home, content: str) -> None:
    assert [row[:2] for row in load(home, content)] == [(1, "1"), (2, "2")]


def test_blank_lines_are_no_records_but_count_as_lines(home: Home) -> None:
    content = '\n{"customer_id":"1"}\n\n  \n{"customer_id":"2"}\n\n'
    assert [row[:2] for row in load(home, content)] == [(2, "1"), (5, "2")]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        pytest.param(b'{"customer_id":"2"', NOT_JSON, id="cut off"),
        pytest.param(b"{'customer_id':'2'}", NOT_JSON, id="single quotes"),
        pytest.param(b'{"customer_id":"2"} {"customer_id":"9"}', NOT_JSON, id="two objects"),
        pytest.param(b'{"customer_id":"\\ud83d"}', NOT_JSON, id="half a character"),
        pytest.param(b'{"customer_id":"\x01"}', NOT_JSON, id="control character"),
        pytest.param(b'{"customer_id":"2\r2"}', NOT_JSON, id="return within a string"),
        pytest.param(b'["2"]', NOT_OBJECT, id="array"),
        pytest.param(b"2", NOT_OBJECT, id="number"),
        pytest.param(b'{"customer_id":"caf\xe9"}', NOT_UTF8, id="latin-1"),
        pytest.param(b'{"customer_id":"' + b"x" * 2_100_000 + b'"}', TOO_LONG, id="too long"),
    ],
)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"])
def test_a_broken_line_is_kept_and_the_others_are_read(
    home: Home, line: bytes, error: str, ending: bytes
) -> None:
    lines = [b'{"customer_id":"1"}', line, b'{"customer_id":"3"}', b""]
    assert [row[:2] for row in load(home, ending.join(lines))] == [(1, "1"), (3, "3")]
    expected = line.decode("utf-8", errors="replace")[:10_000]
    assert home.rejected() == [(2, expected, error)]


def test_gzip(home: Home) -> None:
    home.write("customers.jsonl.gz", gzip.compress(b'{"customer_id":"1"}\n{"customer_id":"2"}\n'))
    home.ingest()
    assert [row[:2] for row in home.rows(ROWS)] == [(1, "1"), (2, "2")]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        pytest.param(b"", "empty (0 bytes)", id="empty"),
        pytest.param(b'{"email":"a"}\n', "required column `customer_id`", id="missing key"),
        pytest.param(b'[\n {"customer_id":"1"},\n{"customer_id":\n"2"}]\n', "one object", id="doc"),
        pytest.param('{"customer_id":"1"}\n'.encode("utf-16"), "UTF-16", id="utf-16"),
    ],
)
def test_a_file_that_cannot_serve_refuses_its_entity(
    home: Home, content: bytes, words: str
) -> None:
    home.write("customers.jsonl", content)
    home.write("leads.csv", "lead_id\nL1\n")
    (refusal,) = home.ingest().refused
    assert refusal.file == "customers.jsonl"
    assert words in refusal.message
    assert home.rows("select count(*) from raw_files.customers") == [(0,)]
    assert home.rows("select count(*) from raw_files.leads") == [(1,)]
    assert home.rejected() == []
