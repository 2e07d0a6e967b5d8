"""GX on DuckDB: what the adapter is for, and that everything is pushed down."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import great_expectations as gx
import pytest

from data_quality.checks import Check, Suite
from data_quality.duckdb_adapter import literal, open_session, quoted
from data_quality.expectations import (
    largest,
    no_rows,
    rows_between,
    rows_equal,
    share_filled,
    smallest,
)
from data_quality.runner import judge_suites


@pytest.fixture(scope="module")
def million(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("million") / "million.duckdb"
    columns = ", ".join(f"i + {number} as c{number}" for number in range(10))
    with duckdb.connect(str(path)) as connection:
        connection.execute(
            f"create table events as select {columns}, 'page ' || i % 9 as page"
            " from range(1000000) as r(i)"
        )
    return path


def test_thirty_expectations_over_a_million_rows(million: Path) -> None:
    columns = [f"c{number}" for number in range(10)]
    expectations = [
        *(share_filled(column, at_least=1.0) for column in columns),
        *(largest(column, at_least=999_999) for column in columns),
        *(smallest(column, at_least=0) for column in columns[:8]),
        rows_between(1_000_000, 1_000_000),
        # Regex expectations do not know DuckDB; a condition does the same.
        no_rows("not regexp_matches(page, '^page [0-9]{1}$')"),
    ]
    checks = tuple(
        Check(key=f"k{number}", table="events", severity="error", expectation=one, meaning="")
        for number, one in enumerate(expectations)
    )
    with open_session(million, previous=None, telemetry=False) as session:
        (judged,) = judge_suites(session, [Suite("events", "select * from events", checks)])
    assert [check.status for check in judged.checks] == ["passed"] * 30


def test_the_stock_datasource_still_errs(million: Path) -> None:
    """GX issue 10738. The day that this fails the adapter may be dropped."""
    context: Any = gx.get_context(mode="ephemeral")
    stock = context.data_sources.add_sql(
        name="stock",
        connection_string=f"duckdb:///{million}",
        kwargs={"connect_args": {"read_only": True}},
    )
    try:
        asset = stock.add_query_asset(name="events", query="select * from events")
        batch = asset.get_batch(asset.build_batch_request())
        result = batch.validate(rows_equal(1_000_000))
        assert not result.success
        assert "raised_exception': False" not in str(result.exception_info)
    finally:
        stock.get_engine().dispose()
        stock.get_execution_engine().close()


def test_telemetry_is_off_unless_turned_on(million: Path) -> None:
    for telemetry in (False, True):
        with open_session(million, previous=None, telemetry=telemetry) as session:
            assert session.context.config.analytics_enabled is telemetry


@pytest.mark.parametrize(("name", "text"), [("a", '"a"'), ('a"b', '"a""b"')])
def test_identifiers_are_quoted(name: str, text: str) -> None:
    assert quoted(name) == text
    assert quoted("s", name) == f'"s".{text}'


def test_literals_are_quoted() -> None:
    assert literal("o'clock") == "'o''clock'"
