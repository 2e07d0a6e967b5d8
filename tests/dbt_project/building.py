"""Runs the real dbt project in this process on a few made-up rows.

Raw gets its rows directly, so that no file format stands between a rule and its test.
"""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import yaml
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner, dbtRunnerResult
from dbt.contracts.graph.manifest import Manifest

from tests.dbt_project import company
from tests.dbt_project.judged_cases import JUDGED, LOADED_AT, VERSIONS

PROJECT = Path(__file__).resolve().parents[2] / "dbt_project"
VARIABLES = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))["vars"]
SOURCE_ENTITIES: dict[str, list[str]] = VARIABLES["source_entities"]
FOREIGN = sorted(SOURCE_ENTITIES)
SOURCES = f"sources: [files, {', '.join(FOREIGN)}]"
TENANT = f"{{{SOURCES}, timezone: Asia/Tehran, brand: Own}}"

Row = Mapping[str, str | None]


def rows_of_load(load: int) -> dict[str, list[Row]]:
    """All rows of one load by entity, in reading order; the cases come first."""
    rows: dict[str, list[Row]] = defaultdict(list)
    for case in JUDGED if load == 1 else ():
        rows[case.entity].append(case.row)
    for versions in VERSIONS:
        for at_load, columns, _ in versions.readings:
            if at_load == load:
                rows["customers"].append({"customer_id": versions.name, **columns})
    for entity, found in (company.LOAD_1 if load == 1 else company.LOAD_2).items():
        rows[entity].extend(found)
    return rows


def write_load(raw: Path, load: int) -> None:
    """Writes one load into raw.duckdb as ingestion would; a file is an entity of a load."""
    with duckdb.connect(str(raw)) as connection:
        loaded_at = LOADED_AT[load - 1].replace(tzinfo=None)
        connection.execute("insert into ops.loads values (?, 'files', ?)", [load, loaded_at])
        for number, (entity, rows) in enumerate(rows_of_load(load).items()):
            file_id = load * 100 + number
            _note_file(connection, file_id, load, entity, records=len(rows))
            for record_number, row in enumerate(rows, start=1):
                columns = {
                    **row,
                    "_load_id": load,
                    "_file_id": file_id,
                    "_file": f"{entity}.csv",
                    "_record_number": record_number,
                }
                connection.execute(
                    f"insert into raw_files.{entity} ({', '.join(columns)}) "
                    f"values ({', '.join('?' * len(columns))})",
                    list(columns.values()),
                )


def _note_file(
    connection: duckdb.DuckDBPyConnection,
    file_id: int,
    load: int,
    entity: str,
    *,
    records: int = 0,
    rejected_lines: int = 0,
) -> None:
    connection.execute(
        "insert into ops.files by name select ? as file_id, ? as load_id, 'files' as source, "
        "? as entity, ? as file, ? as records, ? as rejected_lines, 'loaded' as status",
        [file_id, load, entity, f"{entity}.csv", records, rejected_lines],
    )


def write_special_rows(raw: Path) -> None:
    """What no entity holds: a line that could not be read, and a scale of the tenant's own."""
    seed = PROJECT / "seeds" / "scales.csv"
    with duckdb.connect(str(raw)) as connection:
        _note_file(connection, 7, 1, "orders", rejected_lines=1)
        connection.execute(
            "insert into raw_files.rejected_lines by name select 1 as _load_id, 7 as _file_id, "
            "'orders.csv' as _file, 'orders' as entity, 13 as line_number, "
            "'\"open quote' as line_text, 'the quote is never closed' as error"
        )
        connection.execute(
            f"insert into reference.scales by name "
            f"select * from read_csv('{seed}', all_varchar = true)"
        )
        connection.execute(
            "insert into reference.scales by name select 'nps_5' as scale_id, 'nps' as metric, "
            "'1' as min, '5' as max, '1' as step, 'higher_is_better' as direction, "
            "'5' as top_box_from, '3' as bottom_box_to, '5' as promoter_from, '3' as detractor_to"
        )


@dataclass(frozen=True)
class Dbt:
    """dbt in this process on one raw and one warehouse file, from one parsed manifest."""

    manifest: Manifest
    raw: Path
    warehouse: Path
    scratch: Path

    def run(self, *arguments: str, values: str = TENANT) -> dbtRunnerResult:
        # a copy, because dbt writes what it compiles into the manifest it is given
        return invoke(
            [*arguments, "--vars", values],
            self.raw,
            self.warehouse,
            self.scratch,
            self.manifest.deepcopy(),  # type: ignore[no-untyped-call]
        )

    def must(self, *arguments: str) -> None:
        result = self.run(*arguments)
        assert result.success, told(result)

    def rows(self, query: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(query, list(parameters)).fetchall()


def invoke(
    arguments: Sequence[str],
    raw: Path,
    warehouse: Path,
    scratch: Path,
    manifest: Manifest | None = None,
) -> dbtRunnerResult:
    paths = {"CX_RAW": str(raw), "CX_WAREHOUSE": str(warehouse)}
    before = {name: os.environ.get(name) for name in paths}
    os.environ.update(paths)
    try:
        return dbtRunner(manifest=manifest).invoke(
            [
                *arguments,
                *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)),
                *("--target-path", str(scratch / "target"), "--log-path", str(scratch / "logs")),
                "--quiet",
            ]
        )
    finally:
        # dbt keeps the files open for the next call; the tests want to read them
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


def told(result: dbtRunnerResult) -> str:
    """The nodes that did not succeed, with what dbt says of them."""
    if result.exception is not None:
        return str(result.exception)
    nodes: Any = result.result
    # what was skipped only stands behind something that failed
    good = {"success", "pass", "no-op", "skipped"}
    bad = [node for node in nodes if str(node.status) not in good]
    return "\n".join(f"{node.node.name}: {node.status}: {node.message}" for node in bad)


@dataclass(frozen=True)
class Built:
    """The same two loads, built one after the other and at once; and the first account."""

    stepwise: Dbt
    at_once: Dbt
    first_account: list[tuple[Any, ...]]
    first_keys: dict[str, int]


ACCOUNT = (
    "select source, entity, load_id, read, accepted, superseded, withdrawn, quarantined "
    "from marts.rpt_source_health where load_id = 1 order by all"
)
KEYS = (
    "select nodes.id_text, keys.customer_key from intermediate.int_customer_keys as keys "
    "inner join intermediate.int_identity_nodes as nodes on keys.node = nodes.node"
)


def record_number(case_name: str) -> int:
    """The number of a case within its entity, in the first load."""
    entity = next(case.entity for case in JUDGED if case.name == case_name)
    names = [case.name for case in JUDGED if case.entity == entity]
    return names.index(case_name) + 1
