"""Run reports are written whole, read back as they were, and found by how the run ended."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dagster_project import run_report
from dagster_project.refresh import ops_tables
from dagster_project.run_report import GateCheck, Refusal, RowAccount, RunReport, Stage

REPORT = RunReport(
    run_id="20250101T000000Z-aaaaaa",
    started_at="2025-01-01T00:00:00.000+00:00",
    finished_at="2025-01-01T00:01:00.000+00:00",
    status="blocked",
    as_of="2024-12-31T00:00:00.000+00:00",
    new_loads=(1, 2),
    last_load=2,
    row_accounts=(RowAccount("files", "orders", 1, 10, 7, 1, 1, 1),),
    refusals=(Refusal("files", "reviews", "reviews.csv", "no header"),),
    stages=(Stage("ingest", 1.5, 10), Stage("prepare", 2.0)),
    gate_results=(GateCheck("raw", "raw.schema", "raw_*", "errored"),),
    acknowledged={"raw.schema": "known"},
    published=(),
)


def test_report_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = run_report.write_report(tmp_path / "runs", REPORT)
    assert path.name == "20250101T000000Z-aaaaaa.json"
    assert run_report.read_report(path) == REPORT
    assert run_report.read_report(path.with_name("latest.json")) == REPORT
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name, "latest.json"]


def test_newest_comes_first_and_can_be_asked_by_its_end(tmp_path: Path) -> None:
    ends = ["published", "blocked", "failed", "published", "skipped"]
    for day, status in enumerate(ends, start=1):
        run_report.write_report(
            tmp_path, replace(REPORT, run_id=f"2025010{day}T000000Z-aaaaaa", status=status)
        )
    assert [report.status for report in run_report.reports(tmp_path)] == ends[::-1]
    assert [report.status for report in run_report.reports(tmp_path, newest=1)] == ["skipped"]
    last = run_report.last_of(tmp_path, ["published"])
    assert last is not None
    assert last.run_id.startswith("20250104")
    assert run_report.last_of(tmp_path / "no", ["published"]) is None


def test_run_that_goes_on_is_not_the_newest_that_ended(tmp_path: Path) -> None:
    run_report.write_report(tmp_path, replace(REPORT, status="published"))
    running = run_report.begun("20250102T000000Z-aaaaaa", datetime(2025, 1, 2, tzinfo=UTC))
    path = run_report.write_report(tmp_path, running)
    assert run_report.read_report(path) == running == run_report.reports(tmp_path)[0]
    assert run_report.read_report(tmp_path / "latest.json").run_id == REPORT.run_id
    last = run_report.last_of(tmp_path, ["published"])
    assert last is not None and last.run_id == REPORT.run_id
    assert run_report.died(running).status == "failed"
    assert run_report.died(REPORT) == REPORT


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"run_id": 1}'])
def test_file_that_is_no_report_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "20250101T000000Z-aaaaaa.json"
    path.write_text(text)
    with pytest.raises(ValueError, match="move it away") as caught:
        run_report.read_report(path)
    assert str(path) in str(caught.value)


def test_run_ids_sort_by_time_and_never_repeat() -> None:
    early = run_report.new_run_id(datetime(2025, 1, 1, 9, tzinfo=UTC))
    late = run_report.new_run_id(datetime(2025, 1, 1, 10, tzinfo=UTC))
    assert early < late
    assert early != run_report.new_run_id(datetime(2025, 1, 1, 9, tzinfo=UTC))


def test_only_what_failed_or_could_not_be_judged_blocks() -> None:
    statuses = ["passed", "warned", "failed", "errored", "acknowledged"]
    checks = tuple(GateCheck("raw", status, "t", status) for status in statuses)
    assert [c.key for c in replace(REPORT, gate_results=checks).blocking()] == ["failed", "errored"]


def test_tables_of_the_schema_ops() -> None:
    tables = ops_tables([REPORT])
    (run,) = tables["runs"].to_pylist()
    assert (run["rows_read"], run["rows_quarantined"], run["seconds"]) == (10, 1, 3.5)
    assert run["started_at"] == datetime(2025, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    (check,) = tables["gate_results"].to_pylist()
    assert (check["check_key"], check["acknowledged_reason"]) == ("raw.schema", "known")
    json.dumps([run, check], default=str)


def test_schema_ops_is_typed_even_when_there_is_nothing_to_tell() -> None:
    empty = ops_tables([])
    assert empty["runs"].schema == ops_tables([REPORT])["runs"].schema
    assert empty["gate_results"].num_rows == 0
