"""The exact interval of a count, compared with SciPy's chi-square quantiles."""

from __future__ import annotations

import duckdb
import numpy as np
from scipy import stats

from .conftest import SqlProject


def test_poisson_limits(project: SqlProject, connection: duckdb.DuckDBPyConnection) -> None:
    counts = np.concatenate([np.arange(5000), np.logspace(3.8, 9, 300).round()]).astype(np.int64)
    connection.execute("create table counts as select unnest(?) as y", [counts])
    got = connection.sql(f"""
        select {project.macro("poisson_low", "y")} as low,
            {project.macro("poisson_high", "y")} as high
        from counts order by y
    """).fetchnumpy()
    counts = np.sort(counts)
    low = np.where(counts > 0, stats.chi2.ppf(0.025, 2 * np.maximum(counts, 1)) / 2, 0)
    np.testing.assert_allclose(got["low"], low, rtol=1e-11, atol=0)
    high = stats.chi2.ppf(0.975, 2 * counts + 2) / 2
    np.testing.assert_allclose(got["high"], high, rtol=1e-11, atol=0)


def test_nothing_counted_is_no_interval(
    project: SqlProject, connection: duckdb.DuckDBPyConnection
) -> None:
    text = f"select {project.macro('poisson_low', 'y')}, {project.macro('poisson_high', 'y')}"
    assert connection.sql(f"{text} from (select null::bigint as y)").fetchone() == (None, None)
