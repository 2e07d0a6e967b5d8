"""Small raw and warehouse files with the tables that the gates read, filled by each test."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from data_quality.expected import LOAD_COLUMNS, ExpectedTable
from data_quality.gates import CheckResult, GateResult, GateSettings

NOW = datetime(2026, 3, 15, 12, tzinfo=UTC)
EMAIL = "jane.doe@example.com"

ORDERS = ExpectedTable(
    source="files",
    entity="orders",
    columns=("order_id", "ordered_at", "email", *LOAD_COLUMNS),
    required=("order_id", "ordered_at"),
    watched=("order_id", "ordered_at", "email"),
    time_column="ordered_at",
)
SETTINGS = GateSettings(now=NOW, expected=(ORDERS,))

RAW_SCHEMA = """
create schema ops;
create schema raw_files;
create table ops.loads (load_id integer, source varchar, loaded_at timestamp);
create table ops.files (file_id integer, load_id integer, source varchar, entity varchar,
    file varchar, bytes bigint, sha256 varchar, records bigint, rejected_lines bigint,
    status varchar, message varchar);
create table raw_files.orders (order_id varchar, ordered_at varchar, email varchar,
    _load_id integer, _file_id integer, _file varchar, _record_number bigint, _extra varchar);
create table raw_files.rejected_lines (_load_id integer, _file_id integer, _file varchar,
    entity varchar, line_number bigint, line_text varchar, error varchar);
"""

WAREHOUSE_SCHEMA = """
create schema marts;
create schema quarantine;
create table marts.rpt_source_health (source varchar, entity varchar, load_id integer, read bigint,
    accepted bigint, superseded bigint, withdrawn bigint, quarantined bigint,
    newest_record_at timestamp, lag_seconds bigint, match_rate double, is_replaced boolean);
create table quarantine.rejected_rows (source varchar, entity varchar, row_id varchar, file varchar,
    record_number bigint, reason_code varchar, reason varchar, load_id integer,
    loaded_at timestamp, row_json varchar);
create table marts.fct_orders (order_id varchar);
create table marts.rpt_metrics (metric varchar, scope varchar, scale_id varchar, weighting varchar,
    period_grain varchar, period_start date, dimension varchar, member varchar, unit varchar,
    n bigint, value double, ci_low double, ci_high double);
"""


@dataclass
class RawFile:
    """raw.duckdb as ingestion leaves it. Loads are numbered from 1."""

    path: Path
    loads: int = 0

    def __post_init__(self) -> None:
        self.execute(RAW_SCHEMA)

    def execute(self, sql: str, parameters: list[Any] | None = None) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql, parameters) if parameters else connection.execute(sql)

    def load(
        self,
        rows: int,
        *,
        file: str | None = None,
        rejected: int = 0,
        day: str = "2026-03-01",
        order_id: str = "'o' || i",
        email: str = f"'{EMAIL}'",
        ordered_at: str | None = None,
    ) -> int:
        """Adds one load of orders; columns are SQL expressions over the row number i."""
        self.loads += 1
        load_id = self.loads
        name = file or f"orders_{load_id}.csv"
        self.execute(
            f"insert into ops.loads values ({load_id}, 'files', timestamp '2026-03-15 12:00');"
            f"insert into ops.files values ({load_id}, {load_id}, 'files', 'orders', '{name}', 1,"
            f" 'x', {rows}, {rejected}, 'loaded', '');"
            f"insert into raw_files.orders select {order_id}, {ordered_at or repr(day)}, {email},"
            f" {load_id}, {load_id}, '{name}', i, null from range({rows}) as r(i);"
            f"insert into raw_files.rejected_lines select {load_id}, {load_id}, '{name}', 'orders',"
            f" i + 2, 'broken,{EMAIL}', 'columns: {EMAIL}' from range({rejected}) as r(i)"
        )
        return load_id


@dataclass
class Warehouse:
    """warehouse.duckdb as dbt leaves it, or serving.duckdb: the same tables."""

    path: Path

    def __post_init__(self) -> None:
        self.execute(WAREHOUSE_SCHEMA)

    def execute(self, sql: str, parameters: list[Any] | None = None) -> None:
        with duckdb.connect(str(self.path)) as connection:
            connection.execute(sql, parameters) if parameters else connection.execute(sql)

    def health(
        self,
        load_id: int,
        *,
        read: int,
        quarantined: int = 0,
        accepted: int | None = None,
        entity: str = "orders",
        newest: str = "2026-03-14",
    ) -> None:
        self.execute(
            "insert into marts.rpt_source_health values"
            " ('files', ?, ?, ?, ?, 0, 0, ?, ?::timestamp, 0, 1, false)",
            [
                entity,
                load_id,
                read,
                read - quarantined if accepted is None else accepted,
                quarantined,
                newest,
            ],
        )
        self.execute(
            "insert into quarantine.rejected_rows select 'files', ?, 'r' || i, ? || '.csv', i,"
            " case when i % 3 = 0 then 'bad_type' else 'missing_key' end,"
            f" 'not a number: {EMAIL}', ?, null, '{EMAIL}' from range(?) as r(i)",
            [entity, entity, load_id, quarantined],
        )

    def orders(self, rows: int) -> None:
        self.execute(f"insert into marts.fct_orders select 'o' || i from range({rows}) as r(i)")

    def metric(
        self,
        metric: str,
        value: float | None,
        *,
        low: float | None,
        high: float | None,
        unit: str = "rate",
    ) -> None:
        self.execute(
            "insert into marts.rpt_metrics values"
            " (?, 'relational', 's', 'none', 'all', null, 'all', 'all', ?, 100, ?, ?, ?)",
            [metric, unit, value, low, high],
        )


Judge = Callable[..., GateResult]


def check(result: GateResult, key: str) -> CheckResult:
    """The check of that key; fails with what there is."""
    found = {one.key: one for one in result.checks}
    assert key in found, f"no check {key} among {sorted(found)}"
    return found[key]


def keys(result: GateResult) -> set[str]:
    return {one.key for one in result.checks}
