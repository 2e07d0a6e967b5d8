"""Rules that hold for any book of subscribers."""

from __future__ import annotations

import duckdb
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats

from .conftest import SqlProject

BOOK = st.lists(st.tuples(st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=30)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(book=BOOK)
def test_gross_retention_is_at_most_one_and_at_most_net(
    project: SqlProject, connection: duckdb.DuckDBPyConnection, book: list[tuple[int, int]]
) -> None:
    connection.execute("create or replace table book (mrr_start integer, mrr_end integer)")
    connection.executemany("insert into book values (?, ?)", book)
    row = connection.sql(f"""
        select
            {project.macro("gross_revenue_retention", "mrr_start", "mrr_end")},
            {project.macro("net_revenue_retention", "mrr_start", "mrr_end")}
        from book
    """).fetchone()
    assert row is not None
    gross, net = row
    if sum(start for start, _ in book) == 0:
        assert (gross, net) == (None, None), "nothing at the start: no share of it"
    else:
        assert 0 <= gross <= min(1, net)


def test_an_unknown_end_is_not_kept(
    project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """`least` skips nulls, and would count a price nobody knows as fully kept."""
    kept = project.macro("revenue_kept", "10", "null::integer")
    assert connection.sql(f"select {kept}").fetchone() == (None,)


def test_a_year_of_monthly_churn(
    project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    yearly = project.macro("yearly_churn_of_monthly", "0.02e0")
    row = connection.sql(f"select {yearly}").fetchone()
    assert row is not None
    assert round(row[0], 6) == 0.215283, "not 24 %"


def test_a_change_is_tested_by_what_each_customer_adds(
    project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    """Against the definition: influences of both months added up per customer, then squared."""
    random = np.random.default_rng(3)
    months: list[dict[int, tuple[int, int]]] = []
    for _ in range(2):
        here = random.choice(60, size=45, replace=False).tolist()
        start = random.integers(5, 100, 45)
        end = np.where(random.random(45) < 0.2, 0, start + random.integers(-5, 20, 45))
        months.append(dict(zip(here, zip(start.tolist(), end.tolist(), strict=True), strict=True)))
    connection.execute("""
        create table ratio_intervals (
            metric varchar, period_grain varchar, period_start date, dimension varchar,
            member varchar, ci_low double, ci_high double
        );
        create table int_ratios_subscriptions (
            metric varchar, period_grain varchar, period_start date, previous_start date,
            is_provisional boolean, unit_key bigint, segment varchar, persona varchar,
            country varchar, x decimal(18, 4), y decimal(18, 4)
        )
    """)
    connection.executemany(
        "insert into int_ratios_subscriptions values ('net_revenue_retention', 'month', ?, ?, "
        "false, ?, null, null, null, ?, ?)",
        [
            (f"2025-0{number}-01", f"2025-0{max(number - 1, 1)}-01", customer, x, y)
            for number, month in enumerate(months, start=2)
            for customer, (x, y) in month.items()
        ],
    )
    model = project.model("intermediate/metrics/ratios/int_metric_ratios.sql")
    found = connection.sql(f"select value, change, p from ({model}) order by period_start")
    (first, _, _), (second, change, p) = found.fetchall()
    ratios, influence = [], np.zeros(60)
    for sign, month in zip((-1, 1), months, strict=True):
        below = sum(x for x, _ in month.values())
        ratio = sum(y for _, y in month.values()) / below
        ratios.append(ratio)
        for customer, (x, y) in month.items():
            influence[customer] += sign * (y - ratio * x) / below
    z = (ratios[1] - ratios[0]) / np.sqrt((influence**2).sum())
    assert (first, second) == pytest.approx(ratios)
    assert change == pytest.approx(ratios[1] - ratios[0])
    assert p == pytest.approx(2 * stats.norm.sf(abs(z)))
