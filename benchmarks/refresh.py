"""What a refresh costs: seconds, rows per second and memory, at sizes of your choice.

    .venv/bin/python benchmarks/refresh.py --events 1e6 1e7

For each size a sample company is written and refreshed three times into a home of its own: the
first run, the same again, and with one more day. How to read the figures: benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

MONTHS = 24
# Web events that the sample company writes per customer in these months.
EVENTS_PER_CUSTOMER = 50
# ru_maxrss counts kibibytes, but bytes on macOS.
RSS_UNIT = 1 if sys.platform == "darwin" else 1024
LAST_DAY = date(2026, 6, 30)


@dataclass(frozen=True)
class Ended:
    """A finished process: wall and CPU seconds, and the most memory it ever held."""

    seconds: float
    cpu_seconds: float
    peak_rss_bytes: int


@dataclass(frozen=True)
class Measured:
    """One refresh, as seen from outside (`process`) and as it reports itself (the rest)."""

    run: str
    status: str
    process: Ended
    rows_read: int
    web_events_read: int
    stages: tuple[dict[str, Any], ...]

    @property
    def rows_per_second(self) -> float:
        return self.rows_read / self.process.seconds


@dataclass(frozen=True)
class Size:
    """All measurements of one company."""

    customers: int
    input_bytes: int
    generate: Ended
    runs: tuple[Measured, ...]

    @property
    def ratios(self) -> dict[str, float]:
        """Seconds of each later run over those of the first."""
        first, *later = self.runs
        return {run.run: run.process.seconds / first.process.seconds for run in later}


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    sizes = []
    if options.folder is not None:
        options.folder.mkdir(parents=True, exist_ok=True)
    for events in options.events:
        with tempfile.TemporaryDirectory(prefix="cx-bench-", dir=options.folder) as folder:
            size = _measure(Path(folder), events, file_format=options.format)
        sizes.append(size)
        if not options.json:
            _print_size(size)
    if options.json:
        print(json.dumps({"machine": _machine(), "sizes": [_told(size) for size in sizes]}))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument(
        "--events",
        type=float,
        nargs="+",
        default=[1e6],
        metavar="N",
        help="web events of the company, about: 1e7 is 200,000 customers (default: 1e6)",
    )
    parser.add_argument(
        "--folder",
        type=Path,
        metavar="DIR",
        help="where inputs and homes are written and removed again; 1e7 events need 6 GB",
    )
    parser.add_argument("--format", choices=("csv", "jsonl", "parquet"), default="csv")
    parser.add_argument("--json", action="store_true", help="one JSON object for machines")
    return parser.parse_args(arguments)


def _measure(folder: Path, events: float, *, file_format: str) -> Size:
    """Generate, first run, repeat run, one more day."""
    inputs, home = folder / "inputs", folder / "home"
    customers = max(1, round(events / EVENTS_PER_CUSTOMER))
    company = ["--out", str(inputs), "--customers", str(customers), "--months", str(MONTHS)]
    company += ["--format", file_format]
    yesterday = (LAST_DAY - timedelta(days=1)).isoformat()
    generated = _cx("generate", *company, "--through", yesterday)
    input_bytes = sum(path.stat().st_size for path in inputs.rglob("*") if path.is_file())
    runs = [measured(run, home, inputs) for run in ("first", "repeat")]
    _cx("generate", *company, "--through", LAST_DAY.isoformat())
    runs.append(measured("one more day", home, inputs))
    return Size(customers, input_bytes, generated, tuple(runs))


def measured(run: str, home: Path, *inputs: Path) -> Measured:
    """A refresh of a home in a process of its own."""
    folders = [part for folder in inputs for part in ("--inputs", str(folder))]
    ended = _cx("refresh", *folders, "--home", str(home))
    report = json.loads((home / "runs" / "latest.json").read_text(encoding="utf-8"))
    accounts = report["row_accounts"]
    return Measured(
        run=run,
        status=report["status"],
        process=ended,
        rows_read=sum(account["read"] for account in accounts),
        web_events_read=sum(a["read"] for a in accounts if a["entity"] == "web_events"),
        stages=tuple(report["stages"]),
    )


def _cx(*arguments: str) -> Ended:
    """Run a command to its end; a failure ends the benchmark with what the command said."""
    command = [sys.executable, "-m", "dagster_project.cli", *arguments]
    settings = {name: value for name, value in os.environ.items() if not name.startswith("CX_")}
    begun = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command,
            cwd=Path(__file__).resolve().parents[1],
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        # Not getrusage(RUSAGE_CHILDREN): its peak is that of the largest child so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.monotonic() - begun
        if process.returncode != 0:
            said.seek(0)
            sys.stderr.write(said.read().decode(errors="replace"))
            raise SystemExit(f"cx {arguments[0]} ended with exit code {process.returncode}")
    return Ended(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RSS_UNIT)


def _machine() -> dict[str, Any]:
    """What the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cores": os.cpu_count(),
        "memory_bytes": memory,
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "duckdb": version("duckdb"),
    }


def _told(size: Size) -> dict[str, Any]:
    runs = [{**asdict(run), "rows_per_second": run.rows_per_second} for run in size.runs]
    return {**asdict(size), "runs": runs, "ratios_to_first": size.ratios}


def _print_size(size: Size) -> None:
    machine = _machine()
    first = size.runs[0]
    print(
        f"{size.customers:,} customers, {MONTHS} months, {first.web_events_read:,} web events, "
        f"{first.rows_read:,} rows, {size.input_bytes / 1e6:,.0f} MB of input, "
        f"written in {size.generate.seconds:.1f} s"
    )
    print(
        f"{machine['cores']} cores, {machine['memory_bytes'] / 2**30:.0f} GiB, "
        f"{machine['architecture']}, Python {machine['python']}, DuckDB {machine['duckdb']}"
    )
    stages = [stage["name"] for stage in first.stages]
    header = ["run", "status", "rows", "seconds", "CPU s", "rows/s", "peak GB", *stages, "ratio"]
    rows = [header, *(_row(run, stages, size.ratios.get(run.run)) for run in size.runs)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
    print(flush=True)


def _row(run: Measured, stages: Sequence[str], ratio: float | None) -> list[str]:
    seconds = {stage["name"]: stage["seconds"] for stage in run.stages}
    return [
        run.run,
        run.status,
        f"{run.rows_read:,}",
        f"{run.process.seconds:.1f}",
        f"{run.process.cpu_seconds:.1f}",
        f"{run.rows_per_second:,.0f}",
        f"{run.process.peak_rss_bytes / 1e9:.2f}",
        *(f"{seconds[name]:.1f}" if name in seconds else "-" for name in stages),
        "1.00" if ratio is None else f"{ratio:.2f}",
    ]


if __name__ == "__main__":
    sys.exit(main())
