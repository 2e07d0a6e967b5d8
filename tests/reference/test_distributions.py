"""The distributions that DuckDB lacks, compared with SciPy."""

from __future__ import annotations

from collections.abc import Callable

import duckdb
import numpy as np
import pytest
from scipy import stats

from .conftest import SqlProject

Evaluate = Callable[..., float]


def test_z_is_the_normal_quantile(evaluate: Evaluate) -> None:
    assert evaluate("z_95") == stats.norm.ppf(0.975)


def test_normal_cdf(project: SqlProject, connection: duckdb.DuckDBPyConnection) -> None:
    points = np.linspace(-9, 9, 36001)
    connection.execute("create table points as select * from (select unnest(?) as x)", [points])
    got = connection.sql(f"select {project.macro('normal_cdf', 'x')} as y from points").fetchnumpy()
    assert np.abs(got["y"] - stats.norm.cdf(points)).max() < 1e-15


@pytest.mark.parametrize("z", [0.0, 0.5, -1.959963984540054, 3.3, 7.0, 7.1, -9.5, 30.0])
def test_two_sided_p(evaluate: Evaluate, z: float) -> None:
    assert evaluate("two_sided_p", f"({z!r}::double)") == pytest.approx(
        2 * stats.norm.sf(abs(z)), rel=1e-9
    )


@pytest.mark.parametrize("df", [1, 2, 3, 4, 5, 9, 10, 19, 20, 21, 25, 30, 60, 120, 1000, 10**6])
def test_t_quantile(evaluate: Evaluate, df: int) -> None:
    assert evaluate("t_95", df) == pytest.approx(stats.t.ppf(0.975, df), rel=0, abs=1e-8)


@pytest.mark.parametrize(
    ("macro", "arguments"),
    [
        ("t_95", ["0"]),
        ("two_sided_p", ["null::double"]),
        ("normal_cdf", ["null::double"]),
        ("significant", ["null::double"]),
        ("wilson_low", ["null::double", "null::double"]),
        ("nps_adjusted_wald_low", ["null::double", "null::double", "null::double"]),
        ("nps_adjusted_wald_high", ["null::double", "null::double", "null::double"]),
    ],
)
def test_nothing_known_gives_null(evaluate: Evaluate, macro: str, arguments: list[str]) -> None:
    """least() and greatest() skip nulls: a p-value of nothing was once 1.0."""
    assert evaluate(macro, *arguments) is None


@pytest.mark.parametrize(
    ("x", "expected"),
    [
        ("-0.0e0", "0.0"),
        ("1 / 3e0", "0.333333333333"),
        ("-2 / 3e0", "-0.666666666667"),
        ("123456789.123456789e0", "123456789.123"),
        ("9.87654321098765e15", "9876543210990000.0"),
        ("1.23456789012345e-9", "1.23456789012e-09"),
        ("0.1e0 + 0.2e0", "0.3"),
        ("99.9999999999999e0", "100.0"),
    ],
)
def test_twelve_significant_digits(evaluate: Evaluate, x: str, expected: str) -> None:
    assert repr(evaluate("significant", f"({x})")) == expected
