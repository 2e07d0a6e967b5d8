"""What a run's result depends on, as one digest: code, settings, versions and raw rows.

A refresh whose fingerprint equals that of the last published run has nothing to do. Nothing
heavy is imported here: the decision must not cost what it saves.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import duckdb

from dagster_project.settings import PROJECT_ROOT, Settings
from ingestion.fetches import read_fetches

# What tools leave behind in those folders.
_NOT_CODE = {"__pycache__", "target", "logs", "dbt_packages", "dbt_internal_packages", ".user.yml"}
PACKAGES = (
    "cx-metrics-warehouse",
    "duckdb",
    "dbt-core",
    "dbt-duckdb",
    "dagster",
    "great-expectations",
)


@cache
def versions() -> dict[str, str]:
    """The installed version of each part that could change a number."""
    found = {}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found


def folder_digest(*folders: Path) -> str:
    """A digest of all files' names and contents below some folders."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in _files(folder):
            digest.update(str(path.relative_to(folder)).encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def code_folders() -> list[Path]:
    """dbt's project and every Python package: what decides what is computed, judged and shown."""
    packages = (path.parent for path in PROJECT_ROOT.glob("*/__init__.py"))
    return sorted([PROJECT_ROOT / "dbt_project", *packages])


def fingerprint(settings: Settings) -> str:
    """The digest of everything that the published tables and pages depend on."""
    parts = {
        "code": folder_digest(*code_folders()),
        "settings": settings.shaping(),
        "versions": versions(),
        "raw": _raw_digest(settings.raw),
        "refused": [
            (each.source_system, each.raw_table, each.refused)
            for each in read_fetches(settings.raw)
        ],
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def shape(settings: Settings) -> str:
    """The digest of what the warehouse's kept tables were computed with, besides the rows.

    Incremental models keep rows that were cast, judged and joined under these; when one of them
    changes, the warehouse is built again from raw, or old and new rows would disagree.
    """
    parts = {
        "models": folder_digest(PROJECT_ROOT / "dbt_project"),
        "timezone": settings.timezone,
        "brand": settings.brand,
        "versions": versions(),
        "reference": _raw_digest(settings.raw, schemas=("reference", "private")),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def loads(raw: Path) -> list[str]:
    """Every load that raw holds, the oldest first; a new raw numbers its own from 1 again."""
    query = "select load_id || ' ' || source || ' ' || loaded_at from ops.loads order by load_id"
    with duckdb.connect(str(raw), read_only=True) as connection:
        return [str(load) for (load,) in connection.execute(query).fetchall()]


def definitions(settings: Settings, variables: Mapping[str, object]) -> str:
    """The digest of what the warehouse's views and seeds were made from: they hold no loaded row.

    With the columns of raw, since a view over a table that has got one more cannot be read.
    """
    parts = {
        "shape": shape(settings),
        "variables": dict(variables),
        "columns": _columns(settings.raw),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _columns(raw: Path) -> list[list[str]]:
    query = """
        select schema_name, table_name, column_name, data_type
        from duckdb_columns()
        where not internal
        order by schema_name, table_name, column_index
    """
    with duckdb.connect(str(raw), read_only=True) as connection:
        return [list(row) for row in connection.execute(query).fetchall()]


def _files(folder: Path) -> Iterable[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not _NOT_CODE.intersection(path.relative_to(folder).parts):
            yield path


def _raw_digest(raw: Path, *, schemas: tuple[str, ...] = ("reference", "private", "ops")) -> str:
    """The ledger of loads and files, the tenant's reference tables, the key of hashes.

    Not `identity.issued_keys`: publishing itself adds to it. Nor `ops.fetches`: that a fetch which
    brought nothing has ended at another time is no news, only how it ended.
    """
    digest = hashlib.sha256()
    with duckdb.connect(str(raw), read_only=True) as connection:
        for table in _small_tables(connection, schemas):
            rows = connection.execute(f"select * from {table} order by all").fetchall()
            digest.update(repr((table, rows)).encode())
    return digest.hexdigest()


def _small_tables(connection: duckdb.DuckDBPyConnection, schemas: tuple[str, ...]) -> list[str]:
    query = """
        select schema_name, '"' || schema_name || '"."' || table_name || '"'
        from duckdb_tables()
        where schema_name in ('reference', 'private', 'ops') and table_name <> 'fetches'
        order by all
    """
    found = connection.execute(query).fetchall()
    return [str(table) for schema, table in found if schema in schemas]
