"""Nothing of a person leaves the database through a gate: not in results, not in Data Docs."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_quality.gates import DbtTest
from data_quality.redaction import explained, without_identities
from tests.data_quality.gate_files import EMAIL, Judge, RawFile, Warehouse


def everything_written(docs: Path) -> str:
    files = [path for path in docs.rglob("*") if path.is_file()]
    assert files
    return "\n".join(path.read_text(encoding="utf-8") for path in files)


def test_an_email_in_every_failing_place_shows_nowhere(
    raw: RawFile, warehouse: Warehouse, judge: Judge, tmp_path: Path
) -> None:
    for _ in range(5):
        raw.load(100)
    # Keys, times and lines that are e-mail addresses, and all of them in failing checks.
    raw.load(9, order_id="null", rejected=90)
    raw.load(60, order_id="null", ordered_at=f"'{EMAIL}'", rejected=90)
    warehouse.health(1, read=1000, quarantined=500)
    results = [
        judge("raw"),
        judge("marts", dbt_tests=(DbtTest("t", "fail", f"row {EMAIL} is orphaned"),)),
    ]
    assert [result.status for result in results] == ["failed", "failed"]
    assert EMAIL not in "".join(result.to_json() for result in results)
    assert EMAIL not in everything_written(tmp_path / "data_docs")


def test_an_error_that_quotes_a_value_is_told_without_it(
    warehouse: Warehouse, judge: Judge, tmp_path: Path
) -> None:
    """A view that casts badly makes DuckDB quote the value in its message."""
    warehouse.execute("drop table marts.rpt_metrics")
    warehouse.execute("create table marts.texts as select $1 as text", [EMAIL])
    warehouse.execute(
        "create view marts.rpt_metrics as select 'nps' as metric, 'rate' as unit,"
        " text::double as value, 0.0 as ci_low, 1.0 as ci_high from marts.texts"
    )
    result = judge("marts")
    assert result.status == "errored"
    (errored,) = {check.detail for check in result.with_status("errored")}
    assert "ConversionException" in errored
    assert EMAIL not in result.to_json()
    assert EMAIL not in everything_written(tmp_path / "data_docs")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (
            '(_duckdb.BinderException) Binder Error: column "x" not found\nLINE 1: ...',
            'Binder Error: column "x" not found',
        ),
        (
            "(duckdb.duckdb.ConversionException) Conversion Error: Could not convert 'a@b.de'",
            "an error (its text is withheld, it may quote a row)",
        ),
        (
            "(_duckdb.ConversionException) Conversion Error: 'O'Brien' is no number",
            "ConversionException (its text is withheld, it may quote a row)",
        ),
        (
            'Error: The column "nope" in BatchData does not exist.',
            'The column "nope" in BatchData does not exist',
        ),
        ("anything else", "an error (its text is withheld, it may quote a row)"),
    ],
)
def test_what_an_error_may_say(message: str, said: str) -> None:
    assert explained(message) == said


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("see a.b+c@d-e.co.uk, please", "see [e-mail], please"),
        ("call +49 (30) 1234-567 now", "call [phone] now"),
        ("load 2: 90 of 1000 rows, 2026-03-01 10:00", "load 2: 90 of 1000 rows, 2026-03-01 10:00"),
    ],
)
def test_identities_are_masked_and_figures_are_not(text: str, masked: str) -> None:
    assert without_identities(text) == masked


def test_an_expectation_that_reports_values_is_refused(raw: RawFile) -> None:
    """Map expectations put unexpected values into results; whoever adds one must hear of it."""
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import (
        ExpectColumnValuesToBeInSet,
    )

    from data_quality.checks import Check, Suite
    from data_quality.duckdb_adapter import open_session
    from data_quality.runner import judge_suites

    raw.load(100)
    leaking = Suite(
        "leaking",
        "select email from raw_files.orders",
        (
            Check(
                key="raw.leaking",
                table="raw_files.orders",
                severity="error",
                expectation=ExpectColumnValuesToBeInSet(column="email", value_set=["x"]),
                meaning="",
            ),
        ),
    )
    with (
        open_session(raw.path, previous=None, telemetry=False) as session,
        pytest.raises(TypeError, match="reports values of rows"),
    ):
        judge_suites(session, [leaking])
