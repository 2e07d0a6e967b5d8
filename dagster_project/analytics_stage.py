"""Runs the steps of analytics/ on the warehouse, between the two dbt calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from analytics.steps import STEPS, Step

SCHEMA = "analytics"


def ensure_tables(warehouse: Path, steps: Iterable[Step] = STEPS) -> None:
    """Create the tables that are not there, empty, so that any model can be built."""
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"create schema if not exists {SCHEMA}")
        for step in steps:
            empty = step.schema.empty_table()
            connection.register("empty", empty)
            connection.execute(
                f"create table if not exists {SCHEMA}.{step.table} as select * from empty"
            )


def run_steps(
    warehouse: Path,
    *,
    on_step: Callable[[str, int, int], None] | None = None,
    steps: tuple[Step, ...] = STEPS,
) -> int:
    """Compute every table of the schema `analytics` anew; returns the rows written.

    Raises:
        duckdb.Error: a model that a step reads has not been built.
    """
    rows = 0
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"create schema if not exists {SCHEMA}")
        for number, step in enumerate(steps, start=1):
            computed = step.run(*(_read(connection, relation) for relation in step.reads))
            connection.register("computed", computed.cast(step.schema))
            connection.execute(
                f"create or replace table {SCHEMA}.{step.table} as select * from computed"
            )
            rows += computed.num_rows
            if on_step is not None:
                on_step(step.table, number, len(steps))
    return rows


def _read(connection: duckdb.DuckDBPyConnection, relation: str) -> pa.Table:
    return connection.sql(f"select * from {relation} order by all").to_arrow_table()
