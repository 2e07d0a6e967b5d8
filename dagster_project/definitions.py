"""Everything Dagster shows and runs: `dagster dev -m dagster_project.definitions`.

Systems, files -> raw -> gate -> models -> analytics -> reports -> gate -> snapshot -> dashboards.
"""

from __future__ import annotations

from pathlib import Path

import dagster as dg

from dagster_project.defs import automation, ingestion, publishing, quality, transformation
from dagster_project.manifest import manifest_of, read_manifest
from dagster_project.settings import Settings, load_settings, silence_telemetry


def build_definitions(settings: Settings, manifest_file: Path) -> dg.Definitions:
    """The graph of one home, from its dbt manifest."""
    manifest = read_manifest(manifest_file)
    return dg.Definitions(
        assets=[
            *ingestion.fetched_assets(settings),
            *ingestion.backfilled_assets(settings),
            ingestion.raw_assets(settings, manifest),
            *transformation.model_assets(manifest, manifest_file),
            publishing.snapshot_asset(manifest),
            publishing.site_pages,
        ],
        asset_checks=[quality.raw_gate(manifest), quality.marts_gate(manifest)],
        jobs=[automation.refresh_job, *automation.fetch_jobs(settings)],
        schedules=[automation.nightly_schedule(settings), *automation.fetch_schedules(settings)],
        sensors=[automation.arrival_sensor(settings)],
        resources={"cx_run": automation.RunResource(home=str(settings.home))},
        executor=dg.in_process_executor,
    )


@dg.definitions
def defs() -> dg.Definitions:
    silence_telemetry()
    settings = load_settings()
    return build_definitions(settings, manifest_of(settings))
