"""Parquet: every column as text, times in ISO 8601 with their zone told, nested values as JSON."""

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.ingestion.raw_home import Home, entity


def write_parquet(path: Path, select: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'Asia/Tehran'")
        con.execute(f"copy ({select}) to '{path}' (format parquet)")


@pytest.mark.parametrize(
    ("expression", "text"),
    [
        ("timestamptz '2024-03-01 12:00:00.5+03:30'", "2024-03-01T08:30:00.5Z"),
        ("timestamp '2024-03-01 12:00:00'", "2024-03-01T12:00:00"),
        ("timestamp_ns '2024-03-01 12:00:00.000000001'", "2024-03-01T12:00:00.000000001"),
        ("date '2024-03-01'", "2024-03-01"),
        ("true", "true"),
        ("12345678901234567890::hugeint::decimal(38,0)", "12345678901234567890"),
        ("1.10::decimal(10,2)", "1.10"),
        ("0.1::double", "0.1"),
        ("{'a': 1, 'b': ['x']}", '{"a":1,"b":["x"]}'),
        ("[1, 2]", "[1,2]"),
        ("map {'k': 'v'}", '{"k":"v"}'),
        ("'plain'", "plain"),
        ("null::integer", None),
    ],
)
def test_every_type_becomes_text(home: Home, expression: str, text: str | None) -> None:
    write_parquet(
        home.inputs / "customers.parquet", f"select 1 as customer_id, {expression} as city"
    )
    assert not home.ingest().refused
    assert home.rows("select customer_id, city from raw_files.customers") == [("1", text)]


def test_rows_are_numbered_in_order_and_unknown_columns_kept(home: Home) -> None:
    write_parquet(
        home.inputs / "customers.parquet",
        "select range as customer_id, range * 2 as doubled from range(200000) order by range",
    )
    report = entity(home.ingest(), "customers")
    assert (report.records, report.unknown_columns) == (200_000, ("doubled",))
    assert home.rows(
        """
        select count(*) from raw_files.customers
        where _record_number = customer_id::bigint + 1
            and (_extra ->> 'doubled')::bigint = 2 * customer_id::bigint
        """
    ) == [(200_000,)]


@pytest.mark.parametrize("damage", ["empty", "text", "cut off", "garbled"])
def test_damaged_parquet_refuses_its_entity(home: Home, damage: str) -> None:
    path = home.inputs / "customers" / "b.parquet"
    write_parquet(
        path, "select range as customer_id, md5(range::varchar) as city from range(50000)"
    )
    whole = path.read_bytes()
    path.write_bytes(
        {
            "empty": b"",
            "text": b"customer_id\n1\n" * 10,
            "cut off": whole[: len(whole) // 2],
            "garbled": whole[:1000] + b"\xff" * 200_000 + whole[201_000:],
        }[damage]
    )
    home.write("customers/a.csv", "customer_id\n1\n")
    home.write("leads.csv", "lead_id\nL1\n")
    report = home.ingest()
    assert [refusal.file for refusal in report.refused] == ["customers/b.parquet"]
    assert home.rows("select count(*) from raw_files.customers") == [(0,)]
    assert home.rows("select count(*) from raw_files.leads") == [(1,)]
    statuses = home.rows("select file, status from ops.files order by file")
    assert statuses == [
        ("customers/a.csv", "refused"),
        ("customers/b.parquet", "refused"),
        ("leads.csv", "loaded"),
    ]


def test_missing_required_column_refuses(home: Home) -> None:
    write_parquet(home.inputs / "customers.parquet", "select 1 as customerid")
    (refusal,) = home.ingest().refused
    assert "required column `customer_id`" in refusal.message


def test_text_that_is_not_utf8_refuses_without_showing_it(home: Home) -> None:
    """The names of Parquet say UTF-8; some writers do not keep the promise."""
    offsets, text = pa.py_buffer(np.array([0, 8], dtype=np.int32)), pa.py_buffer(b"secret\xe9!")
    column = pa.StringArray.from_buffers(1, offsets, text)
    path = home.inputs / "customers.parquet"
    pq.write_table(pa.table({"customer_id": ["1"], "email": column}), path)
    for _ in range(2):
        (refusal,) = home.ingest().refused
        assert "secret" not in refusal.message
        assert str(home.inputs) not in refusal.message
    assert home.rows("select count(*) from ops.files") == [(1,)]


def test_int96_times_are_instants(home: Home) -> None:
    """Spark and Hive wrote instants that way, and the file does not say so."""
    moment = pa.array([datetime(2024, 3, 1, 12, tzinfo=UTC)], pa.timestamp("us", "UTC"))
    table = pa.table({"customer_id": ["1"], "created_at": moment})
    path = home.inputs / "customers.parquet"
    pq.write_table(table, path, use_deprecated_int96_timestamps=True)
    home.ingest()
    assert home.rows("select created_at from raw_files.customers") == [("2024-03-01T12:00:00Z",)]
