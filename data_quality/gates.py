"""The door to the gates: what they are given, what they answer, and `run_gate`.

Importing this module is cheap on purpose: a command that runs no gate must not pay for Great
Expectations (`tests/data_quality/test_gates.py` holds that).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

from data_quality.deferred import deferred_imports
from data_quality.expected import ExpectedTable

GateName = Literal["raw", "marts"]
Severity = Literal["error", "warn"]
CheckStatus = Literal["passed", "warned", "failed", "errored", "acknowledged"]
GateStatus = Literal["passed", "failed", "errored"]

GATE_NAMES: tuple[GateName, ...] = ("raw", "marts")


class GateError(Exception):
    """The gate could not be run at all; the message says what, where and what to do."""


@dataclass(frozen=True)
class Bounds:
    """How far a load may differ from its own history. Shares are 0..1.

    "block" bounds are for what cannot be a good delivery, "warn" bounds for what deserves a look.
    """

    history_loads: int = 20
    """Earlier loads of the same source and entity that make up its history."""
    volume_min_loads: int = 4
    """With fewer earlier loads than this, a median says nothing and volume is not judged."""
    volume_min_rows: int = 50
    """Below this median, a load's size is chance and volume is not judged."""
    volume_block_below: float = 0.1
    """Shares of the median. An outage or a holiday halves a day; a tenth is a torn delivery."""
    volume_warn_below: float = 0.5
    volume_warn_above: float = 4.0
    null_share_warn: float = 0.10
    """Rise of the null share of an identifier or a score over its history, in share points."""
    null_share_block: float = 0.50
    """The same for a required column, which has in effect vanished then."""
    rejected_share_warn: float = 0.01
    """Rise of the share of unreadable lines over history, in share points."""
    rejected_lines_warn: int = 10
    """Fewer unreadable lines than these are not worth a word."""
    rejected_share_block: float = 0.5
    """A file of which half cannot be read is not a file of this entity."""
    judged_rows: int = 20
    """Null shares and times of a load with fewer rows than this are not judged."""
    usable_times_block: float = 0.5
    """With less than this share of its times readable, a load is in another format."""
    rows_drop_block: float = 0.5
    """A fact table that lost more than this share against the published snapshot blocks."""
    drift_share: float = 0.2
    """Relative change of a headline metric that has no interval, before it is pointed out."""
    stale_after_days: int = 45
    """Age of the newest row of all sources before it is pointed out."""


@dataclass(frozen=True)
class DbtTest:
    """One dbt test's result; `status` in dbt's words (pass, warn, fail, error, skipped)."""

    name: str
    status: str
    message: str = ""


@dataclass(frozen=True)
class GateSettings:
    """What a gate needs besides the database.

    now: the run's clock, timezone-aware (`CX_AS_OF` when it is set); gate "raw" needs none.
    previous: the published serving.duckdb; None, or a path without a file, means a first run.
    expected: tables that raw must hold; None reads the input contract of this project.
    dbt_tests: results of the build, part of the release decision (gate "marts").
    acknowledged: check keys that somebody takes responsibility for.
    quarantine_share, quarantine_rows: a load blocks when it exceeds both.
    telemetry: whether Great Expectations may send usage statistics.
    """

    now: datetime
    previous: Path | None = None
    expected: tuple[ExpectedTable, ...] | None = None
    dbt_tests: tuple[DbtTest, ...] = ()
    acknowledged: frozenset[str] = frozenset()
    quarantine_share: float = 0.05
    quarantine_rows: int = 50
    bounds: Bounds = Bounds()
    telemetry: bool = False

    def __post_init__(self) -> None:
        if self.now.tzinfo is None:
            raise ValueError("GateSettings.now needs a time zone, e.g. datetime.now(UTC)")


@dataclass(frozen=True)
class CheckResult:
    """One check's answer. `key` is stable from run to run: `cx release --acknowledge KEY`."""

    key: str
    table: str
    status: CheckStatus
    observed: str
    detail: str
    severity: Severity = "error"


@dataclass(frozen=True)
class GateResult:
    """A gate's answer: `errored` when a check could not be judged, which blocks like `failed`.

    unused_acknowledgements: keys of this gate that name no check, or one that needed none.
    """

    name: GateName
    status: GateStatus
    checks: tuple[CheckResult, ...]
    docs: Path
    started_at: datetime
    seconds: float
    unused_acknowledgements: tuple[str, ...] = ()

    @property
    def blocks(self) -> bool:
        return self.status != "passed"

    def with_status(self, *statuses: CheckStatus) -> tuple[CheckResult, ...]:
        return tuple(check for check in self.checks if check.status in statuses)

    def counts(self) -> Mapping[str, int]:
        found = [check.status for check in self.checks]
        return {status: found.count(status) for status in dict.fromkeys(found)}

    def to_json(self) -> str:
        values = asdict(self) | {"docs": str(self.docs), "started_at": self.started_at.isoformat()}
        return json.dumps(values, indent=2, ensure_ascii=False)


def run_gate(
    name: GateName, *, database: Path, docs_dir: Path, settings: GateSettings
) -> GateResult:
    """Judges `database` (raw.duckdb for "raw", warehouse.duckdb for "marts") and writes Data Docs.

    Opens the file read-only and has let go of it on return, so that a writer can follow in the
    same process. Raises GateError when the gate cannot be run; never for what a check found.
    """
    if name not in GATE_NAMES:
        raise GateError(f"there is no gate {name!r}; the gates are {', '.join(GATE_NAMES)}")
    if not database.is_file():
        raise GateError(f"gate {name}: {database} does not exist; run `cx refresh` first")
    # Here and not above: Great Expectations takes longer to import than a gate takes to run.
    with deferred_imports():
        from data_quality.runner import run

    return run(name, database=database, docs_dir=docs_dir, settings=settings)
