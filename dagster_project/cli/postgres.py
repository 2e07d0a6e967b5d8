"""`cx publish postgres`: the published marts into a PostgreSQL schema."""

from __future__ import annotations

from typing import Any

from dagster_project.cli.outcome import UsageError
from dagster_project.settings import Settings, postgres_target
from publishing import serving


def publish_postgres(settings: Settings, *, is_forced: bool) -> dict[str, Any]:
    """Copy the current snapshot's marts; what was done, for the teller.

    Raises:
        UsageError: no server is named, psycopg is not installed, or PostgreSQL refused.
    """
    url, schema = postgres_target()
    try:
        from publishing.postgres import PostgresError, publish
    except ImportError as error:
        raise UsageError(
            "publishing to PostgreSQL needs psycopg: pip install 'cx-metrics-warehouse[postgres]'"
        ) from error
    from dagster_project.manifest import described_marts, manifest_of, read_manifest

    try:
        copied = publish(
            settings.serving,
            url=url,
            schema=schema,
            run_id=serving.current_run_id(settings.home),
            described=described_marts(read_manifest(manifest_of(settings))),
            is_forced=is_forced,
        )
    except (PostgresError, serving.NoSnapshot) as error:
        raise UsageError(str(error)) from error
    said = "unchanged" if copied.is_unchanged else f"{copied.tables} tables, {copied.rows:,} rows"
    return {"postgres": f"schema {copied.schema}: {said} in {copied.seconds:.1f} s"}
