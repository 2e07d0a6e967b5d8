"""The short account at the end of a run: rows read, seconds spent, headline numbers, places."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from dagster_project.cli.query import select
from dagster_project.console import printable, table
from dagster_project.run_report import BLOCKED, FAILED, SKIPPED, GateCheck, RowAccount, RunReport
from dagster_project.settings import Settings

HEADLINES = """
    select metric, scope, scale_id, value, ci_low, ci_high, n, unit
    from marts.rpt_metrics
    where dimension = 'all' and period_grain = 'all' and weighting = 'none'
        and not is_suppressed and value is not null
    order by all
"""
_CHECKS_SHOWN = 10
# What one asks first, in this order; the rest is a query away.
_SHOWN_FIRST = (
    "nps",
    "csat",
    "ces",
    "enps",
    "response_rate",
    "on_time_delivery_rate",
    "repeat_purchase_rate",
    "first_reply_within_target",
    "fcr_repeat_window",
    "journey_completion_rate",
    "closed_loop_on_time_rate",
    "complaint_rate",
)


def print_summary(settings: Settings, report: RunReport) -> None:
    """Tables for a person, on stdout; what went wrong, on stderr."""
    if report.status == SKIPPED:
        print(printable(report.message))
    if report.row_accounts:
        _print_accounts(report.row_accounts)
    for refusal in report.refusals:
        _complain(f"refused {refusal.file} ({refusal.source}.{refusal.entity}): {refusal.message}")
    if report.status == BLOCKED:
        _print_blocked(settings, report)
        return
    if report.status == FAILED:
        _complain(f"failed: {report.message}")
        _complain(_state_of_publication(report))
        _complain(f"It can be run again. Report: {_report_path(settings)}")
        return
    if report.stages and report.status != SKIPPED:
        rows = [(s.name, f"{s.seconds:.1f}", _count(s.rows)) for s in report.stages]
        table(["stage", "seconds", "rows"], rows)
    print_headlines(settings)
    print_places(settings)


def print_headlines(settings: Settings) -> None:
    """The overall value of the metrics that one asks for first, with intervals."""
    _, rows = select(settings.serving, HEADLINES)
    shown = sorted(
        (row for row in rows if row[0] in _SHOWN_FIRST),
        key=lambda row: (_SHOWN_FIRST.index(str(row[0])), *map(str, row[1:3])),
    )
    table(
        ["metric", "scope", "scale", "value", "95% interval", "n"],
        [_headline(row) for row in shown],
        title="All of the time covered, everybody",
    )
    others = len({row[0] for row in rows} - set(_SHOWN_FIRST))
    if others:
        print(
            f'{others} more metrics: cx query "select metric, value, n from marts.rpt_metrics '
            "where dimension = 'all' and period_grain = 'all'\""
        )


def print_places(settings: Settings) -> None:
    """Where to look next."""
    print(f"Dashboards  {settings.site / 'index.html'}  (or: cx serve)")
    print(f'Tables      {settings.serving}  (or: cx query "select ...")')
    print(f"Checks      {settings.data_docs}")
    print(f"Report      {_report_path(settings)}")


def print_checks(checks: Iterable[GateCheck]) -> None:
    """Checks that did not pass, with what they saw."""
    rows = [(c.gate, c.status, c.key, c.observed, c.detail) for c in checks]
    if rows:
        table(["gate", "status", "key", "observed", "detail"], rows, keeps_lines=True)


def _print_accounts(accounts: Iterable[RowAccount]) -> None:
    rows = [
        (
            a.source,
            a.entity,
            *(f"{n:,}" for n in (a.read, a.accepted, a.superseded, a.withdrawn, a.quarantined)),
        )
        for a in accounts
    ]
    names = ["source", "entity", "read", "accepted", "superseded", "withdrawn", "quarantined"]
    table(names, rows)


def _print_blocked(settings: Settings, report: RunReport) -> None:
    blocking = report.blocking()
    _complain(f"blocked by {len(blocking)} checks; nothing was published, what was there stays:")
    for check in blocking[:_CHECKS_SHOWN]:
        told = f"  {check.status} {check.key}: {check.observed}. {check.detail}"
        _complain(told, keeps_lines=True)
    _complain(f"All checks: {_report_path(settings)} and {settings.data_docs}")
    _complain(f"To publish all the same: cx release --acknowledge {blocking[0].key} --reason '...'")


def _state_of_publication(report: RunReport) -> str:
    if report.published:
        return "The tables are published; the dashboards are still those of the run before."
    return "Nothing was published; what was there before is untouched."


def _headline(row: tuple[object, ...]) -> tuple[str, ...]:
    metric, scope, scale, value, low, high, n, unit = row
    interval = "" if low is None else f"{_bound(low, unit)} to {_bound(high, unit)}"
    return (str(metric), str(scope), str(scale), measure(value, unit), interval, _count(n))


def measure(value: object, unit: object) -> str:
    """A metric's value as it is told: a share in per cent, an NPS whole and with its sign."""
    if unit == "points" and isinstance(value, int | float):
        whole = round(abs(value) + 1e-9)
        return f"{-whole if value < 0 else whole:+d}" if whole else "0"
    return _bound(value, unit)


def _bound(value: object, unit: object) -> str:
    if not isinstance(value, int | float):
        return "" if value is None else str(value)
    if unit == "rate":
        return f"{value:.1%}"
    # adding 0.0 takes the sign from a zero
    places = 1 if unit == "points" else 2
    return f"{round(value, places) + 0.0:,.{places}f}"


def _count(number: object) -> str:
    return f"{number:,}" if isinstance(number, int) else ""


def _report_path(settings: Settings) -> str:
    return str(settings.runs / "latest.json")


def _complain(text: str, *, keeps_lines: bool = False) -> None:
    print(printable(text, keeps_lines=keeps_lines), file=sys.stderr)
