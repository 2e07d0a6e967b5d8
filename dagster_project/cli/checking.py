"""`cx check`, `cx release`, `cx status`: what the gates say, and what became of the last runs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from dagster_project import lock, run_report
from dagster_project.cli.making import finish
from dagster_project.cli.outcome import DONE, REFUSED, UsageError
from dagster_project.cli.query import select
from dagster_project.cli.sources import last_fetches, print_fetches, print_refusals
from dagster_project.cli.summary import HEADLINES, measure, print_checks
from dagster_project.console import table, teller
from dagster_project.settings import Settings, load_settings
from publishing import serving

_RUNS_SHOWN = 10
_MESSAGE = 120
# `to_mend` counts a bad row once, `quarantined` every time that it was read.
_FRESHNESS = """
    select health.source, health.entity, max(loaded_at) as last_loaded_at,
        max(newest_record_at) as newest_record_at,
        sum(read) as read, sum(accepted) as accepted, sum(superseded) as superseded,
        sum(withdrawn) as withdrawn, sum(quarantined) as quarantined,
        coalesce(max(bad.to_mend), 0) as to_mend
    from marts.rpt_source_health as health
    left join (
        select source, entity, sum(rows_open) as to_mend from marts.rpt_quarantine group by all
    ) as bad on health.source = bad.source and health.entity = bad.entity
    group by health.source, health.entity
    order by health.source, health.entity
"""


def check(arguments: argparse.Namespace) -> int:
    """Run both gates on what is there; dbt's tests run with the build, in `cx refresh`."""
    from dagster_project.refresh import Run, why_unreadable

    settings = load_settings(arguments.home)
    if not settings.warehouse.exists():
        raise UsageError(f"nothing has been built in {settings.home}; run `cx refresh` first")
    with teller(is_silent=arguments.json) as telling, lock.writer_lock(settings.lock):
        reason = why_unreadable(settings.warehouse)
        if reason is not None:
            raise UsageError(f"{reason}; run `cx refresh --full`: it is built again from raw")
        run = Run(settings=settings, teller=telling)
        checks = [*run.gate_raw(), *run.gate_marts()]
    if arguments.json:
        print(json.dumps([asdict(c) for c in checks], ensure_ascii=False))
    else:
        print_checks(c for c in checks if c.status != "passed")
        print(f"{sum(c.status == 'passed' for c in checks)} of {len(checks)} checks passed")
        print(f"Details: {settings.data_docs}")
    return REFUSED if any(c.blocks for c in checks) else DONE


def release(arguments: argparse.Namespace) -> int:
    """Run the blocked run's stages again on the same rows, with some checks acknowledged."""
    from dagster_project.refresh import refresh

    settings = load_settings(arguments.home)
    blocked = _blocked_run(settings)
    keys = {check.key for check in blocked.blocking()}
    for key in arguments.acknowledge:
        if key not in keys:
            raise UsageError(f"{key!r} blocks nothing; blocking now: {', '.join(sorted(keys))}")
    if not arguments.reason.strip():
        raise UsageError("--reason is empty; say why this may be published")
    acknowledged = {
        **blocked.acknowledged,
        **dict.fromkeys(arguments.acknowledge, arguments.reason.strip()),
    }
    with teller(is_silent=arguments.json) as telling:
        report = refresh(
            settings,
            teller=telling,
            acknowledged=acknowledged,
            reads_inputs=False,
            refused_before=blocked.refusals,
        )
    return finish(settings, report, as_json=arguments.json)


def status(arguments: argparse.Namespace) -> int:
    """What is published, what happened lately, how fresh it is."""
    settings = load_settings(arguments.home)
    if arguments.diff:
        return _print_diff(settings, as_json=arguments.json)
    reports = _told_runs(settings)
    published, trouble = _published(settings)
    fetches = last_fetches(settings)
    if arguments.json:
        content = {
            "published_run": published,
            "runs": [asdict(report) for report in reports],
            "fetches": None if fetches is None else [asdict(fetch) for fetch in fetches],
        }
        print(json.dumps(content, ensure_ascii=False, default=datetime.isoformat))
    else:
        _print_status(
            settings,
            reports,
            published or ("cannot be read" if trouble else "nothing yet: run `cx refresh`"),
        )
        print_fetches(fetches, accounts=[name for name, _ in settings.sources])
        ended = next((report for report in reports if _ended(report)), None)
        if ended is not None:
            print_refusals(ended)
    if trouble:
        raise UsageError(trouble)
    if published is not None and not arguments.json:
        names, found = select(settings.serving, _FRESHNESS)
        table(names, [["" if v is None else str(v) for v in row] for row in found])
    return DONE


def _told_runs(settings: Settings) -> list[run_report.RunReport]:
    """The last runs; while somebody writes, only the newest can be the one that goes on."""
    reports = run_report.reports(settings.runs, newest=_RUNS_SHOWN)
    going_on = reports[:1] if lock.holder(settings.lock) is not None else []
    return [*going_on, *map(run_report.died, reports[len(going_on) :])]


def _published(settings: Settings) -> tuple[str | None, str]:
    """The run that is published, or why nobody can tell."""
    if not settings.serving.exists():
        return None, ""
    try:
        return serving.current_run_id(settings.home), ""
    except serving.Unreadable as error:
        return None, str(error)


def _print_status(
    settings: Settings, reports: Sequence[run_report.RunReport], published: str
) -> None:
    print(f"Home       {settings.home}")
    print(f"Inputs     {', '.join(map(str, settings.inputs)) or 'none remembered'}")
    print(f"Published  {published}")
    print(f"Writing    {lock.holder(settings.lock) or 'nobody'}")
    if reports:
        rows = [(r.run_id, r.status, _ended(r), _told(r)) for r in reports]
        table(["run", "status", "finished", "message"], rows)
        print_checks(reports[0].blocking())


def _told(report: run_report.RunReport) -> str:
    refused = [f"{len(report.refusals)} refused"] if report.refusals else []
    return "; ".join([*([report.message[:_MESSAGE]] if report.message else []), *refused])


def _ended(report: run_report.RunReport) -> str:
    has_ended = report.status != run_report.RUNNING and report.message != run_report.DIED
    return report.finished_at[:19] if has_ended else ""


def _blocked_run(settings: Settings) -> run_report.RunReport:
    for report in run_report.reports(settings.runs, newest=1):
        if report.status == run_report.BLOCKED:
            return report
    raise UsageError("the last run was not blocked: there is nothing to release")


def _print_diff(settings: Settings, *, as_json: bool) -> int:
    try:
        current = serving.current_run_id(settings.home)
    except serving.NoSnapshot as error:
        raise UsageError(str(error)) from error
    kept = serving.readable_snapshots(settings.home, before=current)
    if not kept:
        raise UsageError("only one snapshot is kept yet; there is nothing to compare it with")
    changes = _changed_tables(kept[0], settings.serving)
    headlines = _changed_headlines(kept[0], settings.serving)
    if as_json:
        print(json.dumps({"tables": changes, "metrics": headlines}, ensure_ascii=False))
        return DONE
    print(f"From run {serving.run_id_of(kept[0])} to run {current}")
    table(["table", "rows before", "rows now"], changes)
    table(["metric", "scope", "scale", "before", "now"], headlines)
    return DONE


def _changed_tables(before: Path, now: Path) -> list[list[str]]:
    old = {f"{t.schema}.{t.name}": t for t in serving.published_tables(before)}
    new = {f"{t.schema}.{t.name}": t for t in serving.published_tables(now)}
    return [
        [name, *(f"{side[name].rows:,}" if name in side else "" for side in (old, new))]
        for name in sorted({*old, *new})
        if name not in old or name not in new or old[name].content_hash != new[name].content_hash
    ]


def _changed_headlines(before: Path, now: Path) -> list[list[str]]:
    """What a reader sees change; a change that rounding hides is in the changed tables."""
    values = [
        {tuple(map(str, row[:3])): measure(row[3], row[7]) for row in select(path, HEADLINES)[1]}
        for path in (before, now)
    ]
    return [
        [*key, *(side.get(key, "") for side in values)]
        for key in sorted({*values[0], *values[1]})
        if values[0].get(key) != values[1].get(key)
    ]
