"""What tests of connected systems share: records fetched or made up, and how they are staged."""

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from ingestion.fetching.model import ApiSystem, Connection
from ingestion.pipelines import ensure_raw, ingest
from ingestion.sample_company import generate
from tests.contract.landed import fetch
from tests.dbt_project.building import SOURCE_ENTITIES, Dbt

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)

Rows = dict[str, list[dict[str, str | None]]]


def stage_days(
    dbt: Dbt, system: ApiSystem, own: Connection, later: Sequence[Callable[[], None]]
) -> None:
    """Fetches and ingests, again after each later change, and builds what the system brings."""
    home = dbt.raw.parent
    for change in (None, *later):
        if change is not None:
            change()
        assert fetch(system, own, home).refused == ()
        assert ingest(dbt.raw, inputs=(), hash_key="key", now=NOW, accounts=[own]).refused == ()
    chosen = (
        f"stg_{system.SOURCE}__set_aside",
        *(f"+accepted_{entity}" for entity in entities_of(system.SOURCE)),
    )
    kinds = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")
    dbt.must("build", *kinds, "--select", *chosen)


def entities_of(source: str) -> list[str]:
    return [entity for entity in SOURCE_ENTITIES[source] if entity != "set_aside"]


def asked(dbt: Dbt, query: str) -> list[tuple[Any, ...]]:
    """Rows of views that read raw, too."""
    with duckdb.connect() as connection:
        connection.execute(f"attach '{dbt.raw}' as raw (read_only)")
        connection.execute(f"attach '{dbt.warehouse}' as warehouse (read_only)")
        return connection.execute(query).fetchall()


def newest(dbt: Dbt, model: str, columns: str) -> list[tuple[Any, ...]]:
    """The rows as last read, one for each value of the first column."""
    return asked(
        dbt,
        f"select {columns} from warehouse.staging.{model} qualify row_number() "
        f"over (partition by {columns.split(',')[0]} order by row_key desc) = 1 order by 1",
    )


def quarantined(dbt: Dbt, source: str) -> dict[str, set[str]]:
    """The reasons by entity, of entities that have any."""
    found = {
        entity: {
            reason
            for (reason,) in dbt.rows(
                f"select reason_code from staging.judged_{entity} where verdict = 'quarantined'"
            )
        }
        for entity in entities_of(source)
    }
    return {entity: reasons for entity, reasons in found.items() if reasons}


def unexplained(dbt: Dbt, system: ApiSystem) -> list[tuple[Any, ...]]:
    """Records that became no row and were not set aside."""
    source = system.SOURCE
    became = " union all ".join(
        f"select file_id, record_number from warehouse.staging.stg_{source}__{entity}"
        for entity in SOURCE_ENTITIES[source]
    )
    read = " union all ".join(
        f"select _file_id, _record_number from raw.raw_{source}.{table}"
        for table in system.tables()
    )
    return asked(dbt, f"({read}) except ({became})")


def company(folder: Path, entities: Sequence[str]) -> Rows:
    """The sample company's rows as texts; a broken line is none."""
    generate(folder, customers=100, months=4, seed=5)
    rows: Rows = {}
    for entity in entities:
        with (folder / f"{entity}.csv").open(encoding="utf-8", newline="") as file:
            rows[entity] = [
                {name: value or None for name, value in row.items()}
                for row in csv.DictReader(file)
                if None not in row and None not in row.values()
            ]
    return rows


def stage_company(
    dbt: Dbt, source: str, records: Mapping[str, Sequence[Any]], entities: Sequence[str]
) -> None:
    """Stages records of a system as if they had been fetched in one load."""
    ensure_raw(dbt.raw, hash_key="key")
    with duckdb.connect(str(dbt.raw)) as connection:
        for file_id, (table, found) in enumerate(records.items(), 1):
            if not found:
                continue  # DuckDB refuses to insert no rows at all
            connection.executemany(
                f"insert into raw_{source}.{table} (record, source_system, _load_id, _file_id, "
                f"_record_number) values (?, '{source}', 1, {file_id}, ?)",
                [(json.dumps(record), number) for number, record in enumerate(found, 1)],
            )
    dbt.must("run", "--select", *(f"stg_{source}__{entity}" for entity in entities))


def held_by_a_desk(rows: Rows, entity: str, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """What a service desk holds of the company: what is there still, and who has a ticket."""
    current = {row["ticket_id"]: row for row in rows["tickets"]}
    tickets = {key: row for key, row in current.items() if row["is_deleted"] != "true"}
    asking = {row["customer_id"] for row in tickets.values()}
    key = "message_id" if entity == "ticket_messages" else f"{entity.removesuffix('s')}_id"
    versions = {
        row[key]: row
        for row in rows[entity]
        if row[key]
        and (entity != "customers" or row[key] in asking)
        and row.get("ticket_id") in {None, *tickets}
    }
    return [
        tuple(row[column] for column in columns)
        for row in versions.values()
        if row["is_deleted"] != "true"
    ]
