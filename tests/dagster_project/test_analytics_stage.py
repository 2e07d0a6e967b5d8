"""The stage between the two dbt calls, on a real warehouse file."""

from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from analytics.steps import STEPS, Step
from dagster_project.analytics_stage import ensure_tables, run_steps

COUNTED = pa.schema([("largest", pa.int64())])


def largest(rows: pa.Table) -> pa.Table:
    return pa.table({"largest": [rows["n"][-1].as_py()]}, schema=COUNTED)


STEP = Step(table="largest", reads=("intermediate.numbers",), schema=COUNTED, run=largest)


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    path = tmp_path / "warehouse.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema intermediate")
        connection.execute("create table intermediate.numbers as select unnest([3, 9, 5]) as n")
    return path


def found(warehouse: Path) -> list[tuple[int]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        return connection.execute("from analytics.largest").fetchall()


def test_a_step_reads_sorted_rows_and_replaces_its_table(warehouse: Path) -> None:
    assert run_steps(warehouse, steps=(STEP,)) == 1
    assert run_steps(warehouse, steps=(STEP,)) == 1
    assert found(warehouse) == [(9,)]


def test_missing_tables_are_made_and_others_left_alone(warehouse: Path) -> None:
    ensure_tables(warehouse, steps=(STEP,))
    assert found(warehouse) == []
    run_steps(warehouse, steps=(STEP,))
    ensure_tables(warehouse, steps=(STEP,))
    assert found(warehouse) == [(9,)]


def test_a_model_that_was_not_built_is_an_error(warehouse: Path) -> None:
    missing = Step(table="largest", reads=("intermediate.no",), schema=COUNTED, run=largest)
    with pytest.raises(duckdb.CatalogException):
        run_steps(warehouse, steps=(missing,))


def test_tables_have_one_step_each() -> None:
    names = [step.table for step in STEPS]
    assert len(names) == len(set(names))
