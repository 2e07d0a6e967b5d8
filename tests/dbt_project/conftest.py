"""One build of the real dbt project, shared by the tests of this folder.

Two loads are built one after the other, as a tenant's refreshes would, and then both at once from
nothing.
"""

import gzip
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from dbt.contracts.graph.manifest import Manifest

from dagster_project.analytics_stage import ensure_tables
from ingestion.issued_keys import remember_issued_keys
from ingestion.pipelines import ensure_raw, ingest
from tests.dbt_project.building import (
    ACCOUNT,
    KEYS,
    SOURCES,
    Built,
    Dbt,
    invoke,
    told,
    write_load,
    write_special_rows,
)

# When event files are read, unless a test says otherwise.
NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
WEB = ("+accepted_web_events", "+accepted_identity_links")
Accepted = Callable[[Mapping[str, str | bytes]], Dbt]


@pytest.fixture(scope="session")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Manifest:
    """The project as dbt understands it, with the models of all sources."""
    scratch = tmp_path_factory.mktemp("parsed")
    result = invoke(
        ["parse", "--vars", f"{{{SOURCES}}}"], scratch / "raw", scratch / "warehouse", scratch
    )
    assert result.success, told(result)
    assert isinstance(result.result, Manifest)
    # dbt cannot copy a saved query without a filter, and each run needs a copy of the manifest
    result.result.saved_queries.clear()
    return result.result


@pytest.fixture(scope="session")
def built(manifest: Manifest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    home = tmp_path_factory.mktemp("home")
    raw = home / "raw.duckdb"
    ensure_raw(raw, hash_key="a key for tests")
    write_special_rows(raw)
    # the manifest names the database, which DuckDB calls by its file's name
    stepwise = Dbt(manifest, raw, home / "stepwise" / "warehouse.duckdb", home)
    at_once = Dbt(manifest, raw, home / "at_once" / "warehouse.duckdb", home)
    for dbt in (stepwise, at_once):
        dbt.warehouse.parent.mkdir()
        # models behind analytics/ are built here too, on what it has found: nothing
        ensure_tables(dbt.warehouse)
    build = ("build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    write_load(raw, 1)
    stepwise.must(*build)
    first_account = stepwise.rows(ACCOUNT)
    first_keys = dict(stepwise.rows(KEYS))
    remember_issued_keys(raw, stepwise.warehouse)
    write_load(raw, 2)
    stepwise.must(*build)
    at_once.must(*build)
    return Built(stepwise, at_once, first_account, first_keys)


@pytest.fixture
def accepted(manifest: Manifest, tmp_path: Path) -> Accepted:
    """Reads the files that it is given into the accepted web events; once more, and it adds to
    what was read before."""
    raw = tmp_path / "raw.duckdb"
    dbt = Dbt(manifest, raw, tmp_path / "warehouse.duckdb", tmp_path)

    def read(files: Mapping[str, str | bytes]) -> Dbt:
        for name, content in files.items():
            path = tmp_path / "inputs" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            data = content.encode() if isinstance(content, str) else content
            path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
        report = ingest(raw, inputs=(tmp_path / "inputs",), hash_key="key", now=NOW)
        assert report.refused == ()
        dbt.must("build", "--exclude-resource-type", "test", "--select", *WEB)
        return dbt

    return read
