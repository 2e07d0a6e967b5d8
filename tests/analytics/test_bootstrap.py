"""Intervals of ratios: what resampling customers can and cannot say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from analytics.bootstrap import (
    METRICS,
    Period,
    percentile_interval,
    ratio_intervals,
    resampled_ratios,
)

GROSS, NET = METRICS


def unit(customer: int, start: float, end: float, **given: Any) -> dict[str, Any]:
    return {
        "metric": NET,
        "period_grain": "month",
        "period_start": date(2025, 1, 1),
        "previous_start": date(2024, 12, 1),
        "is_provisional": False,
        "unit_key": customer,
        "segment": None,
        "persona": None,
        "country": None,
        "x": Decimal(str(start)),
        "y": Decimal(str(end)),
        **given,
    }


def table(rows: list[dict[str, Any]]) -> pa.Table:
    schema = pa.schema(
        [
            ("metric", pa.string()),
            ("period_grain", pa.string()),
            ("period_start", pa.date32()),
            ("previous_start", pa.date32()),
            ("is_provisional", pa.bool_()),
            ("unit_key", pa.int64()),
            ("segment", pa.string()),
            ("persona", pa.string()),
            ("country", pa.string()),
            ("x", pa.decimal128(18, 4)),
            ("y", pa.decimal128(18, 4)),
        ]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def book(customers: int = 200) -> list[dict[str, Any]]:
    random = np.random.default_rng(5)
    start = random.integers(10, 100, customers)
    end = np.where(random.random(customers) < 0.1, 0, start * random.choice([1, 1, 1.5], customers))
    segments = random.choice(["home", "work"], customers).tolist()
    return [
        unit(number, float(x), float(y), segment=segment)
        for number, (x, y, segment) in enumerate(zip(start, end, segments, strict=True))
    ]


def test_interval_is_about_that_of_the_delta_method() -> None:
    rows = book()
    x, y = (np.array([float(row[name]) for row in rows]) for name in "xy")
    ratio = y.sum() / x.sum()
    error = np.sqrt(((y - ratio * x) ** 2).sum()) / x.sum()
    found = ratio_intervals(table(rows)).to_pylist()
    overall = next(row for row in found if row["dimension"] == "all")
    assert overall["ci_low"] == pytest.approx(ratio - 1.96 * error, abs=0.3 * error)
    assert overall["ci_high"] == pytest.approx(ratio + 1.96 * error, abs=0.3 * error)
    assert {row["member"] for row in found if row["dimension"] == "segment"} == {"home", "work"}
    assert {row["member"] for row in found if row["dimension"] == "country"} == {"unknown"}


def test_the_order_of_rows_and_other_metrics_do_not_matter() -> None:
    rows = book(40)
    other = [unit(number, 1, 0, metric="logo_churn_rate") for number in range(900, 920)]
    assert ratio_intervals(table(rows)).equals(ratio_intervals(table([*other, *reversed(rows)])))


def test_nobody_changed_says_nothing() -> None:
    """An interval from 100 % to 100 % would claim that nobody ever will."""
    assert ratio_intervals(table([unit(1, 10, 10), unit(2, 5, 5)])).num_rows == 0


def test_one_customer_has_no_interval() -> None:
    assert ratio_intervals(table([unit(1, 10, 5)])).num_rows == 0


def test_nothing_at_the_start_has_no_interval() -> None:
    assert ratio_intervals(table([unit(1, 0, 0), unit(2, 0, 0)])).num_rows == 0


def test_no_subscribers_at_all() -> None:
    assert ratio_intervals(table([])).num_rows == 0


def test_gross_never_exceeds_what_there_was() -> None:
    rows = [{**row, "metric": GROSS, "y": min(row["x"], row["y"])} for row in book(60)]
    for row in ratio_intervals(table(rows)).to_pylist():
        assert 0 <= row["ci_low"] <= row["ci_high"] <= 1


def test_weights_in_parts_are_the_same_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    """Many customers are drawn a few resamples at a time."""
    period = Period(np.arange(30), np.ones((30, 1)) * np.arange(30)[:, None], np.ones((30, 1)))
    whole = resampled_ratios([period], 30, resamples=50)[0]
    monkeypatch.setattr("analytics.bootstrap.WEIGHTS_AT_ONCE", 200)
    assert np.array_equal(resampled_ratios([period], 30, resamples=50)[0], whole)


def test_interval_never_leaves_out_the_value() -> None:
    low, high = percentile_interval(np.array([[0.2], [0.3]]), np.array([0.9]))
    assert (low[0] <= 0.21, high[0]) == (True, 0.9)
