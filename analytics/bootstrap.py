"""Intervals of ratios of two sums over customers, by resampling the customers (metrics.md 2.0).

The percentile bootstrap of Efron (1979): customers are drawn with replacement, a customer with all
of its rows, and the middle 95 % of the ratios is the interval.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Floats = npt.NDArray[np.float64]

RESAMPLES = 2000
SEED = 20_240_229
# Weights of this many resamples and customers are in memory at once: 160 MB.
WEIGHTS_AT_ONCE = 20_000_000
# Sums of whole units of 1e-4 are exact in any order, so that threads change no digit.
UNITS_OF_MONEY = 10_000

DIMENSIONS = ("segment", "persona", "country")
METRICS = ("gross_revenue_retention", "net_revenue_retention")
KEY = ("metric", "period_grain", "period_start", "dimension", "member")
SCHEMA = pa.schema(
    [
        ("metric", pa.string()),
        ("period_grain", pa.string()),
        ("period_start", pa.date32()),
        ("dimension", pa.string()),
        ("member", pa.string()),
        ("ci_low", pa.float64()),
        ("ci_high", pa.float64()),
    ]
)


@dataclass(frozen=True)
class Period:
    """Who counts in one metric and period, and under which members.

    customer: shape (n,), number of each customer among all; above, below: shape (n, members), 0
    for a member the customer is not in. Whole numbers, so that their sums are exact.
    """

    customer: npt.NDArray[np.int64]
    above: Floats
    below: Floats


def resampled_ratios(
    periods: Sequence[Period], customers: int, *, resamples: int = RESAMPLES, seed: int = SEED
) -> list[Floats]:
    """Ratios of the sums of resampled customers, the same resamples in every period.

    Args:
        customers: how many there are in all.

    Returns:
        Per period, shape (resamples, members); nan where nothing below the line was drawn.
    """
    random = np.random.default_rng(seed)
    ratios = [np.full((resamples, period.above.shape[1]), np.nan) for period in periods]
    at_once = max(1, WEIGHTS_AT_ONCE // max(customers, 1))
    for begin in range(0, resamples, at_once):
        end = min(begin + at_once, resamples)
        drawn = random.multinomial(
            customers, np.full(customers, 1 / customers), size=end - begin
        ).astype(np.float64)
        for period, found in zip(periods, ratios, strict=True):
            # One product over all customers: picking a period's own draws would copy them.
            members = period.above.shape[1]
            amounts = np.zeros((customers, 2 * members))
            amounts[period.customer, :members] = period.above
            amounts[period.customer, members:] = period.below
            above, below = np.hsplit(drawn @ amounts, 2)
            np.divide(above, below, out=found[begin:end], where=below > 0)
    return ratios


def percentile_interval(ratios: Floats, value: Floats) -> tuple[Floats, Floats]:
    """The middle 95 % of each column, nan where nothing varies.

    A sample in which nobody changed says nothing of how often somebody will, and an interval
    without width would claim to know. Never leaves out the value itself, shape (groups,).
    """
    is_known = ~np.isnan(ratios).all(axis=0) & ~np.isnan(value)
    low, high = np.full((2, ratios.shape[1]), np.nan)
    if is_known.any():
        low[is_known], high[is_known] = np.nanpercentile(ratios[:, is_known], [2.5, 97.5], axis=0)
    low, high = np.minimum(low, value), np.maximum(high, value)
    has_width = high > low
    return np.where(has_width, low, np.nan), np.where(has_width, high, np.nan)


def ratio_intervals(units: pa.Table) -> pa.Table:
    """Intervals of revenue retention.

    Args:
        units: one row per metric, period and customer (unit_key), with segment, persona, country
            and the amounts x below and y above the line; other metrics are passed over.

    Returns:
        SCHEMA: one row per metric, period and member of a dimension that has an interval.
    """
    rows = units.filter(pc.field("metric").isin(METRICS)).sort_by(
        [(name, "ascending") for name in (*KEY[:3], "unit_key")]
    )
    if rows.num_rows == 0:
        return SCHEMA.empty_table()
    names, customer = np.unique(rows["unit_key"].to_numpy(), return_inverse=True)
    y, x = (np.rint(rows[name].cast(pa.float64()).to_numpy() * UNITS_OF_MONEY) for name in "yx")
    codes = [_codes(rows[name]) for name in DIMENSIONS]
    columns = [rows[name].to_numpy(zero_copy_only=False) for name in KEY[:3]]
    is_first = np.logical_or.reduce([column[1:] != column[:-1] for column in columns])
    edges = np.flatnonzero(np.r_[True, is_first, True])
    keys, periods = [], []
    for begin, end in itertools.pairwise(edges):
        own = slice(begin, end)
        members, belongs = _members([(labels, code[own]) for labels, code in codes])
        of_period = tuple(rows[name][int(begin)].as_py() for name in KEY[:3])
        keys.append([(*of_period, *member) for member in members])
        periods.append(
            Period(customer[own], belongs * y[own, np.newaxis], belongs * x[own, np.newaxis])
        )
    tables = []
    for key, period, ratios in zip(
        keys, periods, resampled_ratios(periods, len(names)), strict=True
    ):
        value, below = np.full(len(key), np.nan), period.below.sum(axis=0)
        np.divide(period.above.sum(axis=0), below, out=value, where=below > 0)
        tables.append(_table(key, *percentile_interval(ratios, value)))
    return pa.concat_tables(tables)


def _codes(column: pa.ChunkedArray) -> tuple[list[str], npt.NDArray[np.intp]]:
    """The labels of a dimension, and of each row the number of its label."""
    names, codes = np.unique(
        column.fill_null("unknown").to_numpy(zero_copy_only=False).astype(str), return_inverse=True
    )
    return names.tolist(), codes


def _members(
    dimensions: Sequence[tuple[list[str], npt.NDArray[np.intp]]],
) -> tuple[list[tuple[str, str]], Floats]:
    """Dimension and member of each column, and who belongs: shape (customers, members)."""
    count = len(dimensions[0][1])
    members, belongs = [("all", "all")], [np.ones(count)]
    for dimension, (labels, codes) in zip(DIMENSIONS, dimensions, strict=True):
        for number in np.unique(codes).tolist():
            members.append((dimension, labels[number]))
            belongs.append((codes == number).astype(np.float64))
    return members, np.stack(belongs, axis=1)


def _table(keys: list[tuple[object, ...]], low: Floats, high: Floats) -> pa.Table:
    has_interval = ~np.isnan(low)
    kept = [key for key, shown in zip(keys, has_interval, strict=True) if shown]
    columns = dict(zip(KEY, zip(*kept, strict=True), strict=True)) if kept else {}
    return pa.table(
        {
            **{name: pa.array(columns.get(name, ()), SCHEMA.field(name).type) for name in KEY},
            "ci_low": low[has_interval],
            "ci_high": high[has_interval],
        },
        schema=SCHEMA,
    )
