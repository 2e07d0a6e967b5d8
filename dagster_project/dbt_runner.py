"""dbt inside this process: one parse, one build, no subprocess.

A subprocess per call costs three times as much for a project of this size (imports, parse).
This module is imported only when there is something to build: importing dbt takes seconds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner

from dagster_project.fingerprint import folder_digest
from dagster_project.manifest import first_comment
from dagster_project.settings import PROJECT_ROOT, Settings, set_environment
from publishing.serving import sql_text

PROJECT_DIR = PROJECT_ROOT / "dbt_project"
# The events in which dbt tells that a node has ended, and what each calls the number of nodes.
_ENDED = {
    "LogModelResult": "total",
    "LogNodeNoOpResult": "total",
    "LogNodeResult": "total",
    "LogSeedResult": "total",
    "LogTestResult": "num_models",
    "SkippingDetails": "total",
}
_OFFENDING_ROWS = 3
# Text columns that say what a row is and nothing about a person.
_SAFE_NAMES = ("_id", "_key", "_code", "_grain", "dimension", "entity", "metric", "source", "table")
# Ids that a tenant may have made of a person's address or number.
_NAMES_OF_PEOPLE = {"customer_id", "anonymous_id", "row_id", "left_id", "right_id"}
_LONGEST_SHOWN = 64

OnNode = Callable[[int, int, str], None]

# What reads the schema `analytics`, which is computed between the two builds.
BEHIND_ANALYTICS = "source:analytics+"
# What is only defined, and holds no row of a load: dbt's materialisations.
DEFINITIONS = ("view", "seed")


class DbtFailed(RuntimeError):
    """dbt could not do what it was asked: a parse error, or models that ended in an error."""


@dataclass(frozen=True)
class NodeResult:
    """How one model, seed or test ended."""

    unique_id: str
    kind: str
    name: str
    status: str
    seconds: float
    message: str
    offending: tuple[str, ...] = ()
    header: str = ""

    def told(self) -> str:
        """What a returned row means where the test says so, the message, the first such rows."""
        said = " ".join(part for part in (self.header, self.message) if part)
        return said + "".join(f"; row: {row}" for row in self.offending)


@dataclass(frozen=True)
class BuildResult:
    """All nodes of one build, in the order in which they ended."""

    nodes: tuple[NodeResult, ...]

    @property
    def tests(self) -> tuple[NodeResult, ...]:
        return tuple(n for n in self.nodes if n.kind == "test")

    @property
    def broken(self) -> tuple[NodeResult, ...]:
        """Nodes that could not be built at all, and tests that could not be run."""
        return tuple(n for n in self.nodes if n.status == "error")

    @property
    def is_complete(self) -> bool:
        """Whether every node was reached: dbt skips what stands behind a failed test."""
        return all(node.status != "skipped" for node in self.nodes)

    def require_whole(self) -> None:
        """Raises DbtFailed when a model or a test ended in an error: nothing can be judged."""
        if not self.broken:
            return
        first = self.broken[0]
        skipped = sum(1 for node in self.nodes if node.status == "skipped")
        raise DbtFailed(
            f"{len(self.broken)} of {len(self.nodes)} dbt nodes ended in an error "
            f"({skipped} behind them were not built); the first is {first.name}: {first.message}"
        )


def variables(settings: Settings, sources: Collection[str] | None = None) -> dict[str, object]:
    """The dbt vars of a tenant; `sources` are those that have a load in raw, unless given."""
    if sources is None:
        sources = _sources_loaded(settings)
    return {
        # in UTC, and told so: dbt reads a bare time in the tenant's zone
        "as_of": f"{settings.as_of}Z" if settings.as_of else "",
        "timezone": settings.timezone,
        "brand": settings.brand,
        "currency": settings.currency,
        "business_calendar": settings.calendar,
        "week_start": settings.week_start,
        "min_cell": settings.min_cell,
        "sources": sorted({"files", *sources}),
    }


def _sources_loaded(settings: Settings) -> list[str]:
    if not settings.raw.exists():
        return []
    with duckdb.connect(str(settings.raw), read_only=True) as connection:
        loads = connection.execute("select distinct source from ops.loads").fetchall()
    return [str(row[0]) for row in loads]


def manifest_path(settings: Settings) -> Path:
    return settings.dbt / "target" / "manifest.json"


def ensure_manifest(
    settings: Settings, values: Mapping[str, object], *, project: Path = PROJECT_DIR
) -> Path:
    """Parse the project unless the stored manifest is of these files and these vars."""
    path = manifest_path(settings)
    stamp = path.with_name("manifest.stamp")
    wanted = folder_digest(project) + json.dumps(values, sort_keys=True)
    if path.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return path
    _invoke(["parse"], settings, values, project=project)
    stamp.write_text(wanted, encoding="utf-8")
    return path


def build(
    settings: Settings,
    values: Mapping[str, object],
    *,
    behind_analytics: bool = False,
    full: bool = False,
    keep_definitions: bool = False,
    without_tests: Collection[str] = (),
    on_node: OnNode | None = None,
    project: Path = PROJECT_DIR,
) -> BuildResult:
    """Build and test one half of the models in one call; unit tests are for CI, on made-up rows.

    Args:
        behind_analytics: build what reads the schema `analytics`; else all the rest.
        keep_definitions: leave views and seeds as they are; what is tested of them, is tested.
        without_tests: tests that somebody has acknowledged. dbt does not build what stands
            behind a failed test, so they are left out and reported as failed.

    Raises:
        DbtFailed: the project does not parse or the database cannot be opened. A model that
            ends in an error does not raise: it is in `BuildResult.broken`.
    """
    # The manifest is on disk already; writing it once more costs as much as fifty tests.
    args = ["build", "--no-write-json", "--exclude-resource-type", "unit_test"]
    if full:
        args.append("--full-refresh")
    left_out = sorted(without_tests)
    if behind_analytics:
        args += ["--select", BEHIND_ANALYTICS]
    else:
        left_out.append(BEHIND_ANALYTICS)
    if keep_definitions:
        left_out += [f"config.materialized:{kind}" for kind in DEFINITIONS]
        # Else a test goes with the view that it reads, whose rows do change.
        args += ["--indirect-selection", "empty"]
    if left_out:
        args += ["--exclude", *left_out]
    outcome = _invoke(args, settings, values, project=project, on_node=on_node)
    nodes = [_node_result(result) for result in outcome.results]
    nodes = _with_offending(settings, outcome.results, nodes)
    return BuildResult(tuple(nodes))


def _invoke(
    args: list[str],
    settings: Settings,
    values: Mapping[str, object],
    *,
    project: Path,
    on_node: OnNode | None = None,
) -> Any:
    set_environment({"CX_WAREHOUSE": str(settings.warehouse), "CX_RAW": str(settings.raw)})
    folders = {
        "--project-dir": project,
        "--profiles-dir": project,
        "--target-path": settings.dbt / "target",
        "--log-path": settings.dbt / "logs",
    }
    flags = ["--log-level", "none", "--log-level-file", "info", "--no-use-colors"]
    command = [*flags, *args, "--vars", json.dumps(dict(values))]
    for flag, folder in folders.items():
        command += [flag, str(folder)]
    callbacks = [_progress(on_node)] if on_node else []
    try:
        outcome = dbtRunner(callbacks=callbacks).invoke(command)
    finally:
        # Until then no read-only connection to the same files is possible in this process.
        DuckDBConnectionManager.close_all_connections()  # type: ignore[no-untyped-call]
    if outcome.exception is not None:
        raise DbtFailed(f"dbt {args[0]}: {_one_line(str(outcome.exception))}") from (
            outcome.exception
        )
    return outcome.result


def _progress(on_node: OnNode) -> Callable[[Any], None]:
    def tell(event: Any) -> None:
        total = _ENDED.get(event.info.name)
        if total is not None:
            data = event.data
            on_node(data.index, getattr(data, total), data.node_info.node_name)

    return tell


def _node_result(result: Any) -> NodeResult:
    node = result.node
    return NodeResult(
        unique_id=node.unique_id,
        kind=str(node.resource_type),
        name=node.name,
        status=str(result.status),
        seconds=round(result.execution_time, 3),
        message=_one_line(str(result.message or "")),
        header=first_comment(node.raw_code) if node.resource_type == "test" else "",
    )


def left_out(test: str) -> NodeResult:
    """What stands for a test that somebody has acknowledged: it failed, and was not run again."""
    return NodeResult(
        unique_id="",
        kind="test",
        name=test,
        status="fail",
        seconds=0.0,
        message="not run again, so that what stands behind it could be built",
    )


def _with_offending(
    settings: Settings, results: list[Any], nodes: list[NodeResult]
) -> list[NodeResult]:
    """The first rows that each refused test objects to, so that a person need not search."""
    if not any(node.status == "fail" for node in nodes):
        return nodes
    with duckdb.connect(str(settings.warehouse), read_only=True) as connection:
        connection.execute(f"attach {sql_text(settings.raw)} as raw (read_only)")
        return [
            replace(node, offending=_rows_of(connection, result.node.compiled_code))
            if node.status == "fail"
            else node
            for node, result in zip(nodes, results, strict=True)
        ]


def _rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> tuple[str, ...]:
    cursor = connection.execute(f"select * from ({query}) limit {_OFFENDING_ROWS}")
    names = [column[0] for column in cursor.description or []]
    return tuple(described_row(names, row) for row in cursor.fetchall())


def described_row(names: Sequence[str], row: Sequence[object]) -> str:
    """One row for a log: keys, codes and numbers as they are, any other text withheld."""
    return ", ".join(
        f"{name}={value if _is_safe(name, value) else '(withheld)'}"
        for name, value in zip(names, row, strict=True)
    )


def _is_safe(name: str, value: object) -> bool:
    if not isinstance(value, str):
        return True
    is_safe = name.endswith(_SAFE_NAMES) and name not in _NAMES_OF_PEOPLE
    return is_safe and "@" not in value and len(value) <= _LONGEST_SHOWN


def _one_line(text: str) -> str:
    return " ".join(text.split())[:500]
