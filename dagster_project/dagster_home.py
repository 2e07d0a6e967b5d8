"""`CX_HOME/dagster/dagster.yaml`: how Dagster's daemon treats the runs of a home."""

from __future__ import annotations

from pathlib import Path

DAGSTER_YAML = """\
# Written by cx; DAGSTER_HOME is this folder. Your own changes are kept: delete the file to get
# the defaults back.
telemetry:
  enabled: false
concurrency:
  runs:
    max_concurrent_runs: 2
  pools:
    # One writing run at a time. Counted per run, so that the slot ends with the run: a slot held
    # per step outlives a killed process.
    default_limit: 1
    granularity: run
run_monitoring:
  enabled: true
  start_timeout_seconds: 300
  max_runtime_seconds: 21600
run_retries:
  enabled: true
  max_retries: 0
  # A refused gate or a broken model is an answer; only a run whose process died is run again.
  retry_on_asset_or_op_failure: false
"""


def ensure_dagster_home(folder: Path) -> Path:
    """Write the configuration unless there is one."""
    path = folder / "dagster.yaml"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".draft")
        draft.write_text(DAGSTER_YAML, encoding="utf-8")
        draft.replace(path)
    return path
