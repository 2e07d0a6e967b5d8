"""`cx publish postgres`: the published marts into a PostgreSQL schema."""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING

from dagster_project.cli.outcome import DONE, FAILED, UsageError
from dagster_project.manifest import described_marts, manifest_of, read_manifest
from dagster_project.settings import load_settings, postgres_target
from publishing import serving

if TYPE_CHECKING:
    from publishing import postgres


def publish(arguments: argparse.Namespace) -> int:
    """Copy the current snapshot's marts, unless its run is there already."""
    settings = load_settings(arguments.home)
    url, schema = postgres_target()
    try:
        from publishing import postgres
    except ImportError as error:
        raise UsageError(
            "publishing to PostgreSQL needs psycopg: pip install 'cx-metrics-warehouse[postgres]'"
        ) from error
    try:
        copied = postgres.publish(
            settings.serving,
            url=url,
            schema=schema,
            run_id=serving.current_run_id(settings.home),
            described=described_marts(read_manifest(manifest_of(settings))),
            is_forced=arguments.force,
            on_table=lambda name: None if arguments.json else print(f"{name} ...", flush=True),
        )
    except (serving.NoSnapshot, postgres.PostgresMisconfigured) as error:
        raise UsageError(str(error)) from error
    except postgres.PostgresError as error:
        print(f"cx: {error}", file=sys.stderr)
        return FAILED
    print(json.dumps(_as_json(copied)) if arguments.json else _sentence(copied))
    return DONE


def _as_json(copied: postgres.Copied) -> dict[str, object]:
    return {
        "schema": copied.schema,
        "run": copied.run_id,
        "tables": copied.tables,
        "rows": copied.rows,
        "seconds": round(copied.seconds, 1),
        "unchanged": copied.is_unchanged,
    }


def _sentence(copied: postgres.Copied) -> str:
    if copied.is_unchanged:
        return f"schema {copied.schema} holds run {copied.run_id} already; --force copies it again"
    return (
        f"schema {copied.schema}: {copied.tables} tables, {copied.rows:,} rows of run "
        f"{copied.run_id} in {copied.seconds:.1f} s"
    )
