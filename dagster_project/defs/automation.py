"""When runs start by themselves: every night, and when files arrive; and what a run stands on."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

from dagster_project.connections import connections
from dagster_project.console import Lines
from dagster_project.defs.ingestion import BACKFILLED, fetched_key
from dagster_project.lock import writer_lock
from dagster_project.refresh import Run
from dagster_project.settings import Settings, load_settings
from ingestion.fetching.model import Connection

JOB = "refresh"
NIGHTLY = "0 2 * * *"
SENSOR_SECONDS = 60

refresh_job = dg.define_asset_job(
    JOB,
    selection=dg.AssetSelection.all() - dg.AssetSelection.key_prefixes([BACKFILLED]),
    description="Ingest, gate, build, gate, publish: what `cx refresh` does.",
    # For a run whose process died; a refused gate is an answer, not an accident. What a run has
    # read and checked is known to it alone, so the next one begins anew.
    tags={"dagster/max_retries": "2", "dagster/retry_strategy": "ALL_STEPS"},
)


def fetch_jobs(settings: Settings) -> list[UnresolvedAssetJobDefinition]:
    """One job per connected system: lands what is new there; the next refresh reads it."""
    return [_fetch_job(connection) for connection in connections(settings)]


def _fetch_job(connection: Connection) -> UnresolvedAssetJobDefinition:
    return dg.define_asset_job(
        f"fetch_{connection.name}",
        selection=dg.AssetSelection.assets(fetched_key(connection)),
        description=f"Lands what is new at {connection.name}; the next refresh reads it.",
    )


def fetch_schedules(settings: Settings) -> list[dg.ScheduleDefinition]:
    """For systems with a `schedule` of their own, beside the nightly run that fetches from all."""
    return [
        dg.ScheduleDefinition(
            name=f"fetch_{connection.name}",
            job=_fetch_job(connection),
            cron_schedule=connection.schedule,
            execution_timezone=settings.timezone,
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
        for connection in connections(settings)
        if connection.schedule
    ]


class RunResource(dg.ConfigurableResource[Run]):
    """The state of one run, under the writer lock from its first step to its last.

    Steps run in one process (`in_process_executor`), so that they share it.
    """

    home: str
    full: bool = False

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Run]:
        del context
        settings = load_settings(Path(self.home))
        teller = Lines()
        with (
            writer_lock(settings.lock, wait=True, on_wait=teller.say),
            Run(settings=settings, teller=teller, full=self.full) as run,
        ):
            yield run


def nightly_schedule(settings: Settings) -> dg.ScheduleDefinition:
    """Once a day at two in the tenant's zone, when yesterday's files are there."""
    home = settings.home

    @dg.schedule(
        name="nightly",
        job=refresh_job,
        cron_schedule=NIGHTLY,
        execution_timezone=settings.timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description="Refreshes every night from the folders that cx.toml remembers.",
    )
    def nightly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        settings = load_settings(home)
        if not settings.inputs and not settings.sources:
            return _nothing_remembered(home)
        return dg.RunRequest(run_key=context.scheduled_execution_time.isoformat())

    return nightly


def arrival_sensor(settings: Settings) -> dg.SensorDefinition:
    """Starts a run when files have arrived and stand still."""
    home = settings.home

    @dg.sensor(
        name="files_arrived",
        job=refresh_job,
        minimum_interval_seconds=SENSOR_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Watches the remembered input folders; waits until a file has been written.",
    )
    def files_arrived(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        folders = load_settings(home).inputs
        if not folders:
            return _nothing_remembered(home)
        seen = listing_digest(folders)
        before: dict[str, str] = json.loads(context.cursor or "{}")
        if seen == before.get("run"):
            return dg.SkipReason("no file has changed since the last run that this started")
        if seen != before.get("seen"):
            # Still being written, perhaps: look again before reading.
            return dg.SensorResult(
                skip_reason="files have changed; waiting until they stand still",
                cursor=json.dumps({**before, "seen": seen}),
            )
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=f"files-{seen}")],
            cursor=json.dumps({"seen": seen, "run": seen}),
        )

    return files_arrived


def listing_digest(folders: Sequence[Path]) -> str:
    """A digest of names, sizes and times; a folder that is away counts as empty."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                state = path.stat()
                digest.update(f"{path}\0{state.st_size}\0{state.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def _nothing_remembered(home: Path) -> dg.SkipReason:
    return dg.SkipReason(f"{home}/cx.toml remembers no inputs; run `cx refresh --inputs DIR` once")
