"""The run report: what one run read, did, cost, refused and published.

`runs/<run_id>.json` for every run and a copy as `runs/latest.json`, written whole or not at all.
The same reports become `ops.runs` and `ops.gate_results` of the snapshot.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PUBLISHED = "published"
BLOCKED = "blocked"
FAILED = "failed"
SKIPPED = "skipped"
# Written when a run begins; who finds it while nobody writes has found a run that died.
RUNNING = "running"
STATUSES = (PUBLISHED, BLOCKED, FAILED, SKIPPED, RUNNING)
DIED = "did not end (killed?)"
# How many runs the snapshot tells of; the files themselves are all kept.
RUNS_TOLD = 400


@dataclass(frozen=True)
class Stage:
    """One stage of a run; `rows` is None where a stage has no rows of its own."""

    name: str
    seconds: float
    rows: int | None = None


@dataclass(frozen=True)
class RowAccount:
    """read = accepted + superseded + withdrawn + quarantined, of one entity in one load."""

    source: str
    entity: str
    load_id: int
    read: int
    accepted: int
    superseded: int
    withdrawn: int
    quarantined: int


@dataclass(frozen=True)
class Refusal:
    """A file that could not be taken in; what was loaded of its entity before stays."""

    source: str
    entity: str
    file: str
    message: str
    reason: str = ""


@dataclass(frozen=True)
class GateCheck:
    """One check of a gate: passed, warned, failed, errored, or acknowledged by a person."""

    gate: str
    key: str
    table: str
    status: str
    observed: str = ""
    detail: str = ""

    @property
    def blocks(self) -> bool:
        return self.status in ("failed", "errored")


@dataclass(frozen=True)
class RunReport:
    """All of the above for one run; see outputs.md of the design for what readers rely on."""

    run_id: str
    started_at: str
    finished_at: str
    status: str
    as_of: str | None = None
    message: str = ""
    fingerprint: str = ""
    same_as_run: str | None = None
    new_loads: tuple[int, ...] = ()
    last_load: int = 0
    row_accounts: tuple[RowAccount, ...] = ()
    refusals: tuple[Refusal, ...] = ()
    stages: tuple[Stage, ...] = ()
    peak_rss_bytes: int = 0
    gate_results: tuple[GateCheck, ...] = ()
    acknowledged: Mapping[str, str] = field(default_factory=dict)
    published: tuple[str, ...] = ()
    content_hashes: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)

    def blocking(self) -> list[GateCheck]:
        return [check for check in self.gate_results if check.blocks]


def new_run_id(now: datetime) -> str:
    """An id that sorts by time; the tail tells runs of one second apart."""
    return f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{secrets.token_hex(3)}"


def timestamp(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def write_report(runs: Path, report: RunReport) -> Path:
    """Write a report under its own name and, unless the run goes on, as the newest."""
    runs.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(report), indent=2, ensure_ascii=False) + "\n"
    path = runs / f"{report.run_id}.json"
    for target in (path,) if report.status == RUNNING else (path, runs / "latest.json"):
        draft = target.with_name(f".{target.name}.{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(target)
    return path


def begun(run_id: str, started: datetime) -> RunReport:
    """What a run writes when it begins; its end replaces it."""
    now = timestamp(started)
    return RunReport(run_id=run_id, started_at=now, finished_at=now, status=RUNNING)


def died(report: RunReport) -> RunReport:
    """A report as it is to be told when nobody writes: a run that goes on has died."""
    return replace(report, status=FAILED, message=DIED) if report.status == RUNNING else report


def read_report(path: Path) -> RunReport:
    """A report as it was written.

    Raises:
        ValueError: the file is no run report of this version.
    """
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return replace(
            RunReport(**content),
            new_loads=tuple(content["new_loads"]),
            row_accounts=tuple(RowAccount(**row) for row in content["row_accounts"]),
            refusals=tuple(Refusal(**row) for row in content["refusals"]),
            stages=tuple(Stage(**row) for row in content["stages"]),
            gate_results=tuple(GateCheck(**row) for row in content["gate_results"]),
            published=tuple(content["published"]),
        )
    except (KeyError, TypeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path} is not a run report ({error}); move it away") from error


def reports(runs: Path, *, newest: int = RUNS_TOLD) -> list[RunReport]:
    """The reports of a home, newest first."""
    return [read_report(path) for path in _files(runs)[:newest]]


def last_of(runs: Path, statuses: Sequence[str]) -> RunReport | None:
    """The newest run that ended in one of some ways."""
    for path in _files(runs):
        report = read_report(path)
        if report.status in statuses:
            return report
    return None


def _files(runs: Path) -> list[Path]:
    return sorted((p for p in runs.glob("[0-9]*.json")), reverse=True)


def _utc(text: str) -> datetime:
    """As the marts have it: UTC, without saying so in the type."""
    return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None)


def run_rows(told: Iterable[RunReport]) -> list[dict[str, object]]:
    """Rows of `ops.runs`."""
    return [
        {
            "run_id": report.run_id,
            "started_at": _utc(report.started_at),
            "finished_at": _utc(report.finished_at),
            "status": report.status,
            "as_of": None if report.as_of is None else _utc(report.as_of),
            "message": report.message,
            "seconds": round(sum(stage.seconds for stage in report.stages), 3),
            "rows_read": sum(account.read for account in report.row_accounts),
            "rows_quarantined": sum(account.quarantined for account in report.row_accounts),
            "peak_rss_bytes": report.peak_rss_bytes,
        }
        for report in told
    ]


def gate_rows(told: Iterable[RunReport]) -> list[dict[str, object]]:
    """Rows of `ops.gate_results`: one per check and run."""
    return [
        {
            "run_id": report.run_id,
            "finished_at": _utc(report.finished_at),
            "gate": check.gate,
            "check_key": check.key,
            "table_name": check.table,
            "status": check.status,
            "observed": check.observed,
            "detail": check.detail,
            "acknowledged_reason": report.acknowledged.get(check.key),
        }
        for report in told
        for check in report.gate_results
    ]
