"""raw.duckdb: everything that dbt may name is there, whatever was loaded."""

import hashlib
from pathlib import Path

import duckdb

from ingestion import raw
from ingestion.contract import load_contract, load_reference
from ingestion.model import Table
from ingestion.pipelines import ensure_raw
from tests.ingestion.raw_home import Home

BOOKKEEPING = ["_load_id", "_file_id", "_file", "_record_number", "_extra", "_row_in_record"]


def columns(home: Home, schema: str, table: str) -> list[str]:
    found = home.rows(
        """
        select column_name from duckdb_columns()
        where schema_name = ? and table_name = ? order by column_index
        """,
        [schema, table],
    )
    return [name for (name,) in found]


def test_every_entity_has_a_table_with_all_columns_as_text(home: Home) -> None:
    ensure_raw(home.raw, hash_key="key")
    contract = load_contract()
    assert len(contract) == 23
    for entity in contract.values():
        expected = [*entity.column_names, *BOOKKEEPING]
        assert columns(home, "raw_files", entity.name) == expected
        assert {"source_system", "updated_at", "is_deleted"} <= set(expected)
    types = home.rows(
        """
        select distinct data_type from duckdb_columns()
        where schema_name = 'raw_files' and not starts_with(column_name, '_')
            and table_name <> 'rejected_lines'
        """
    )
    assert types == [("VARCHAR",)]


def test_every_seed_has_an_empty_reference_table(home: Home) -> None:
    ensure_raw(home.raw, hash_key="key")
    reference = load_reference()
    assert {"scales", "touchpoints", "channels", "targets"} <= set(reference)
    for name, header in reference.items():
        assert columns(home, "reference", name) == list(header)
        assert home.rows(f"select count(*) from reference.{name}") == [(0,)]


def test_other_schemas(home: Home) -> None:
    ensure_raw(home.raw, hash_key="key")
    ensure_raw(home.raw, hash_key="key")
    tables = home.rows("select schema_name, table_name from duckdb_tables()")
    assert {
        ("ops", "loads"),
        ("ops", "files"),
        ("identity", "issued_keys"),
        ("raw_files", "rejected_lines"),
        ("raw_olist", "rejected_lines"),
        ("raw_olist", "closed_deals"),
        ("raw_sfo_survey", "rejected_lines"),
        ("raw_sfo_survey", "answers"),
    } <= set(tables)
    assert columns(home, "raw_sfo_survey", "answers") == ["year", "row_json", *BOOKKEEPING]
    digests = tuple(
        hashlib.sha256(f"key{part}".encode()).hexdigest() for part in ("inner", "outer")
    )
    assert home.rows("select * from private.hash_key") == [digests]


def test_a_column_that_the_contract_gains_is_added_and_rows_stay(tmp_path: Path) -> None:
    con = duckdb.connect(str(tmp_path / "raw.duckdb"))
    raw.ensure_tables(con, [Table("raw_files", "things", ("a",))], reference={"r": ["x"]})
    con.execute("insert into raw_files.things (a) values ('1')")
    raw.ensure_tables(con, [Table("raw_files", "things", ("a", "b"))], reference={"r": ["x", "y"]})
    assert con.execute("select a, b, _load_id from raw_files.things").fetchall() == [
        ("1", None, None)
    ]
    assert [row[0] for row in con.execute("describe reference.r").fetchall()] == ["x", "y"]
    con.close()
