"""Runs the asset graph in this process, for the shell.

The same assets as in Dagster's own runs, on an instance that keeps no event log: nobody reads
one after a shell run (the run report is its record), and storing a thousand events costs 3 s in
memory and 15 s on disk. Such a run enters no pool either; the writer lock keeps others away.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._core.instance import InstanceType
from dagster._core.launcher.sync_in_memory_run_launcher import SyncInMemoryRunLauncher
from dagster._core.run_coordinator import DefaultRunCoordinator
from dagster._core.storage.event_log.in_memory import InMemoryEventLogStorage
from dagster._core.storage.noop_compute_log_manager import NoOpComputeLogManager
from dagster._core.storage.root import LocalArtifactStorage
from dagster._core.storage.runs import InMemoryRunStorage

from dagster_project.dagster_home import ensure_dagster_home
from dagster_project.dbt_runner import DbtFailed, ensure_manifest, variables
from dagster_project.definitions import build_definitions
from dagster_project.defs.automation import JOB
from dagster_project.refresh import Run

_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


class _NoEventLog(InMemoryEventLogStorage):
    def store_event(self, event: object) -> None:
        """Forgotten at once."""

    def get_asset_records(self, asset_keys: Sequence[dg.AssetKey] | None = None) -> Sequence[Any]:
        del asset_keys
        return []


def materialize(run: Run) -> None:
    """Materialise the whole graph with the state of one run.

    Does not raise for what happens inside a stage: that is in the run's report.
    """
    try:
        with run.stage("prepare"):
            manifest = ensure_manifest(run.settings, variables(run.settings))
            ensure_dagster_home(run.settings.dagster)
            job = build_definitions(run.settings, manifest).resolve_job_def(JOB)
    except DbtFailed:
        return  # like any other stage's failure
    result = execute(job, resources={"cx_run": run})
    if not result.success and not run.is_explained:
        run.failure = _first_failure(result)


def execute(job: dg.JobDefinition, *, resources: dict[str, Any]) -> dg.ExecuteInProcessResult:
    """Run a job to its end, whatever happens in it, without a word on stderr."""
    # It warns of checks that a skipped step did not report; the run's own report tells why.
    # Not on "dagster" itself: Dagster sets that one back to DEBUG with every run.
    logging.getLogger("dagster._core").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory(prefix="cx-dagster-") as scratch:
        return job.execute_in_process(
            instance=_instance(Path(scratch)),
            resources=resources,
            raise_on_error=False,
            run_config=_QUIET,
        )


def _instance(scratch: Path) -> dg.DagsterInstance:
    return dg.DagsterInstance(
        instance_type=InstanceType.EPHEMERAL,
        local_artifact_storage=LocalArtifactStorage(str(scratch)),
        run_storage=InMemoryRunStorage(),
        event_storage=_NoEventLog(),
        compute_log_manager=NoOpComputeLogManager(),
        run_coordinator=DefaultRunCoordinator(),
        run_launcher=SyncInMemoryRunLauncher(),
    )


def _first_failure(result: dg.ExecuteInProcessResult) -> str:
    """What went wrong outside of our stages, down to its cause."""
    for event in result.all_events:
        if event.is_step_failure and event.step_failure_data.error is not None:
            error = event.step_failure_data.error
            while error.cause is not None:
                error = error.cause
            return f"{event.step_key}: {error.message.strip()}"
    return "the run failed before its first step"
