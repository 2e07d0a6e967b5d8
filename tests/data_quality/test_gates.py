"""The door: errored is not failed, acknowledgements, one process with many guests, cost."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from data_quality.gates import DbtTest, GateError, GateSettings, run_gate
from tests.data_quality.gate_files import EMAIL, SETTINGS, Judge, RawFile, Warehouse, check


def test_importing_the_door_does_not_import_great_expectations() -> None:
    """Most commands run no gate; Great Expectations is the slowest import of the stack."""
    code = (
        "import sys, data_quality.gates;"
        "print([m for m in ('great_expectations', 'sqlalchemy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_great_expectations_comes_without_altair_and_scipy_and_leaves_them_whole() -> None:
    code = (
        "import sys\n"
        "from data_quality.deferred import deferred_imports\n"
        "with deferred_imports():\n"
        "    import data_quality.runner\n"
        "print([m for m in ('altair', 'scipy.stats') if m in sys.modules])\n"
        "from great_expectations.expectations.core import"
        " expect_column_kl_divergence_to_be_less_than as kl\n"
        "print(kl.stats.norm.cdf(0.0), kl.alt.Chart.__name__)\n"
        "import altair, scipy.stats\n"
        "print(altair.Chart is kl.alt.Chart, scipy.stats.norm is kl.stats.norm)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split("\n")[:3] == ["[]", "0.5 Chart", "True True"]


def test_errored_is_told_apart_from_failed_and_blocks_too(
    warehouse: Warehouse, judge: Judge
) -> None:
    warehouse.health(1, read=100, accepted=1)
    warehouse.execute("drop table marts.rpt_metrics")
    result = judge("marts")
    assert result.status == "errored"
    assert result.blocks
    errored = check(result, "marts.metric_scale")
    assert errored.status == "errored"
    assert "could not be judged" in errored.detail
    assert "rpt_metrics does not exist" in errored.detail
    # One check that errs must not take the others with it: DuckDB aborts a whole transaction.
    assert check(result, "marts.row_account").status == "failed"
    assert check(result, "marts.recency").status == "passed"


def test_checks_that_cannot_be_set_up_are_errored(warehouse: Warehouse, judge: Judge) -> None:
    warehouse.execute("drop table marts.rpt_source_health")
    result = judge("marts")
    assert result.status == "errored"
    assert check(result, "marts.source_health").status == "errored"
    assert "rpt_source_health does not exist" in check(result, "marts.source_health").detail
    assert check(result, "marts.metric_scale").status == "passed"


def test_an_acknowledged_check_lets_the_release_pass_and_says_so(
    warehouse: Warehouse, judge: Judge
) -> None:
    warehouse.health(1, read=100, accepted=1)
    keys = frozenset({"marts.row_account", "dbt.t", "marts.no_such_check", "raw.ledger.files.x"})
    result = judge("marts", acknowledged=keys, dbt_tests=(DbtTest("t", "error", "out of memory"),))
    assert result.status == "passed"
    acknowledged = check(result, "marts.row_account")
    assert acknowledged.status == "acknowledged"
    assert acknowledged.detail.startswith("Acknowledged; it had failed.")
    assert check(result, "dbt.t").detail.startswith("Acknowledged; it had errored.")
    # A key of the other gate is that gate's business; a mistyped one is told.
    assert result.unused_acknowledgements == ("marts.no_such_check",)


@pytest.mark.parametrize("name", ["raw", "marts"])
def test_the_file_is_free_for_a_writer_after_the_gate(
    raw: RawFile, warehouse: Warehouse, serving: Warehouse, judge: Judge, name: str
) -> None:
    """A GX engine that is not disposed keeps DuckDB's lock, and the next stage cannot write."""
    raw.load(100)
    for _ in range(2):
        judge(name, previous=serving.path)
        for path in (raw.path, warehouse.path, serving.path):
            with duckdb.connect(str(path)) as connection:
                connection.execute("create or replace table main.written as select 1 as one")


def test_the_file_is_free_even_when_the_gate_breaks(
    warehouse: Warehouse, tmp_path: Path, judge: Judge
) -> None:
    broken = tmp_path / "serving.duckdb"
    broken.write_text("no database")
    with pytest.raises(GateError, match=r"serving\.duckdb cannot be read"):
        judge("marts", previous=broken)
    with duckdb.connect(str(warehouse.path)) as connection:
        connection.execute("create table main.written as select 1 as one")


def test_the_gate_writes_nothing_into_the_database(raw: RawFile, judge: Judge) -> None:
    raw.load(100)
    before = raw.path.read_bytes()
    judge("raw")
    assert raw.path.read_bytes() == before


def test_a_database_that_is_being_written_is_said_to_be(
    warehouse: Warehouse, tmp_path: Path
) -> None:
    holder = subprocess.Popen(
        [
            sys.executable,
            "-c",
            "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print(1, flush=True); input()",
            str(warehouse.path),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert holder.stdout is not None
        holder.stdout.readline()
        with pytest.raises(GateError, match="another process may be writing it"):
            run_gate("marts", database=warehouse.path, docs_dir=tmp_path, settings=SETTINGS)
    finally:
        holder.communicate("\n")


def test_wrong_arguments_are_answered_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(GateError, match="the gates are raw, marts"):
        run_gate("mart", database=tmp_path, docs_dir=tmp_path, settings=SETTINGS)  # type: ignore[arg-type]
    with pytest.raises(GateError, match="run `cx refresh` first"):
        run_gate("raw", database=tmp_path / "no.duckdb", docs_dir=tmp_path, settings=SETTINGS)
    with pytest.raises(ValueError, match="time zone"):
        GateSettings(now=datetime(2026, 3, 15))  # noqa: DTZ001 (the point of the test)


def test_the_result_can_be_kept_as_json(warehouse: Warehouse, judge: Judge) -> None:
    warehouse.health(1, read=100, accepted=1)
    result = judge("marts")
    kept = json.loads(result.to_json())
    assert kept["status"] == "failed"
    assert {one["key"]: one["status"] for one in kept["checks"]}["marts.row_account"] == "failed"
    assert result.counts()["failed"] == len(result.with_status("failed"))


def test_nothing_is_written_outside_the_docs_folder(
    raw: RawFile, tmp_path: Path, judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw.load(100)
    work = tmp_path / "work"
    home = tmp_path / "home"
    work.mkdir()
    home.mkdir()
    monkeypatch.chdir(work)
    monkeypatch.setenv("HOME", str(home))
    judge("raw")
    assert not list(work.iterdir())
    assert not list(home.iterdir())
    assert {path.name for path in tmp_path.iterdir()} == {"work", "home", "data_docs", "raw.duckdb"}


def test_the_gate_is_silent(
    raw: RawFile, judge: Judge, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """GX logs a traceback for every check that errs, with the statement and maybe a value."""
    raw.load(100, email=f"'{EMAIL}'")
    raw.execute("drop table raw_files.orders")
    assert judge("raw").status == "errored"
    seen = capfd.readouterr()
    assert seen.out == ""
    assert seen.err == ""
    assert not caplog.records
