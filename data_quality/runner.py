"""Runs the suites of a gate with Great Expectations and turns its answers into check results."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import great_expectations as gx
import sqlalchemy as sa
from great_expectations.expectations.metadata_types import FailureSeverity

from data_quality.checks import Check, Suite
from data_quality.data_docs import Page, write_docs
from data_quality.duckdb_adapter import Session, open_session
from data_quality.expected import read_expected
from data_quality.gates import (
    CheckResult,
    CheckStatus,
    DbtTest,
    GateName,
    GateResult,
    GateSettings,
    GateStatus,
)
from data_quality.redaction import explained, without_identities
from data_quality.suites.marts import MARTS_PLANNERS
from data_quality.suites.raw import RAW_PLANNERS

PLANNERS = {"raw": RAW_PLANNERS, "marts": MARTS_PLANNERS}
DBT_STATUSES: dict[str, CheckStatus] = {
    "pass": "passed",
    "success": "passed",
    "warn": "warned",
    "fail": "failed",
}


@dataclass(frozen=True)
class Judged:
    """A suite's checks, and the page that shows what GX found."""

    checks: tuple[CheckResult, ...]
    page: Page


def run(name: GateName, *, database: Path, docs_dir: Path, settings: GateSettings) -> GateResult:
    """See `gates.run_gate`."""
    started_at, clock = datetime.now(UTC), time.perf_counter()
    if name == "raw" and settings.expected is None:
        settings = replace(settings, expected=read_expected())
    with open_session(
        database.resolve(), previous=settings.previous, telemetry=settings.telemetry
    ) as session:
        suites, unplanned = _plan(name, session, settings)
        judged = judge_suites(session, suites)
    found = [*unplanned, *(check for suite in judged for check in suite.checks)]
    if name == "marts":
        found += [_dbt_result(test) for test in settings.dbt_tests]
    checks = tuple(_acknowledged(check, settings.acknowledged) for check in found)
    result = GateResult(
        name=name,
        status=_status(checks),
        checks=checks,
        docs=docs_dir / name / "index.html",
        started_at=started_at,
        seconds=time.perf_counter() - clock,
        unused_acknowledgements=_unused(name, checks, settings.acknowledged),
    )
    write_docs(docs_dir, result=result, pages=[suite.page for suite in judged])
    return result


def _plan(
    name: GateName, session: Session, settings: GateSettings
) -> tuple[list[Suite], list[CheckResult]]:
    """Builds the suites; a planner that cannot read what it needs is an errored check itself."""
    suites: list[Suite] = []
    unplanned: list[CheckResult] = []
    for key, planner in PLANNERS[name].items():
        try:
            suites += planner(session, settings)
        except sa.exc.SQLAlchemyError as error:
            unplanned.append(
                CheckResult(
                    key=key,
                    table="",
                    status="errored",
                    observed="",
                    detail=f"These checks could not be set up: {explained(str(error))}",
                )
            )
    return suites, unplanned


def judge_suites(session: Session, suites: Iterable[Suite]) -> list[Judged]:
    assets = [
        (suite, session.datasource.add_query_asset(name=suite.slug, query=suite.query))
        for suite in suites
    ]
    # Once, after the assets: each one added to a context writes its whole configuration as YAML.
    session.context.add_datasource(datasource=session.datasource)
    return [_judge_suite(session, suite, asset) for suite, asset in assets]


def _judge_suite(session: Session, suite: Suite, asset: Any) -> Judged:
    expectations = gx.ExpectationSuite(name=suite.slug)
    for check in suite.checks:
        expectation = check.expectation
        expectation.meta = {"key": check.key}
        expectation.severity = (
            FailureSeverity.CRITICAL if check.severity == "error" else FailureSeverity.WARNING
        )
        expectations.add_expectation(expectation)
    batch = asset.get_batch(asset.build_batch_request())
    # BASIC adds a few unexpected values for map expectations; BOOLEAN_ONLY would drop the observed
    # aggregate too. No suite here has a map expectation: `_observed` refuses one.
    outcome = batch.validate(expectations, result_format="BASIC")
    by_key = {found.expectation_config.meta["key"]: found for found in outcome.results}
    checks = tuple(_result(session, check, by_key[check.key]) for check in suite.checks)
    return Judged(checks, Page(suite.name, suite.slug, _without_errors(outcome)))


def _result(session: Session, check: Check, found: Any) -> CheckResult:
    error = _error(found.exception_info)
    if error is not None:
        status: CheckStatus = "errored"
        detail = f"This check could not be judged: {explained(error)}"
    elif found.success:
        status, detail = "passed", ""
    else:
        status = "failed" if check.severity == "error" else "warned"
        detail = _detail(session, check)
    return CheckResult(
        key=check.key,
        table=check.table,
        status=status,
        observed="" if error is not None else _observed(check, found.result),
        detail=detail,
        severity=check.severity,
    )


def _error(exception_info: dict[str, Any] | None) -> str | None:
    """The first exception's message: GX gives one flat record, or one per metric that failed."""
    if not exception_info:
        return None
    if "raised_exception" in exception_info and not exception_info["raised_exception"]:
        return None
    records = [exception_info] if "exception_message" in exception_info else exception_info.values()
    messages = [
        f"{record.get('exception_message')}\n{record.get('exception_traceback')}"
        for record in records
        if isinstance(record, dict)
    ]
    return messages[0] if messages else "unknown"


def _observed(check: Check, result: dict[str, Any]) -> str:
    value = result.get("observed_value")
    if "partial_unexpected_list" in result:
        raise TypeError(f"{check.key} is an expectation that reports values of rows")
    if check.observed:
        return check.observed
    if check.counted:
        return f"{value} {check.counted}"
    if isinstance(value, float):
        return f"{value:.1%}"
    return f"{value} rows" if isinstance(value, int) else str(value)


def _detail(session: Session, check: Check) -> str:
    lines = [check.meaning]
    for query in check.explain:
        try:
            lines += [str(line) for (line,) in session.rows(query) if line is not None]
        except sa.exc.SQLAlchemyError as error:
            lines.append(f"(no examples: {explained(str(error))})")
    return without_identities("\n".join(lines))


def _without_errors(outcome: Any) -> Any:
    """The same outcome with error texts redacted, for its Data Docs page."""
    for found in outcome.results:
        error = _error(found.exception_info)
        if error is not None:
            found.exception_info = {
                "raised_exception": True,
                "exception_message": explained(error),
                "exception_traceback": "withheld",
            }
    return outcome


def _dbt_result(test: DbtTest) -> CheckResult:
    """A test that was skipped or that dbt could not run was not passed: it is errored."""
    status = DBT_STATUSES.get(test.status, "errored")
    said = "" if status == "passed" else without_identities(test.message.split("\n")[0])
    if status == "errored":
        said = f"dbt status {test.status}: {explained(test.message)}"
    return CheckResult(
        key=f"dbt.{test.name}",
        table="",
        status=status,
        observed=test.status,
        detail=said,
        severity="warn" if status == "warned" else "error",
    )


def _acknowledged(check: CheckResult, keys: frozenset[str]) -> CheckResult:
    if check.key not in keys or check.status not in ("failed", "errored"):
        return check
    return replace(
        check, status="acknowledged", detail=f"Acknowledged; it had {check.status}.\n{check.detail}"
    )


def _status(checks: Iterable[CheckResult]) -> GateStatus:
    statuses = {check.status for check in checks}
    if "errored" in statuses:
        return "errored"
    return "failed" if "failed" in statuses else "passed"


def _unused(name: GateName, checks: Iterable[CheckResult], keys: frozenset[str]) -> tuple[str, ...]:
    prefixes = ("raw.",) if name == "raw" else ("marts.", "dbt.")
    used = {check.key for check in checks if check.status == "acknowledged"}
    return tuple(sorted(key for key in keys - used if key.startswith(prefixes)))
