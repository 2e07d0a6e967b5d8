"""The SQL behind a tile, one text for the site, for Metabase and for `cx query`.

It names published reports only and runs on DuckDB and PostgreSQL. Values come from the
descriptions and from the snapshot; all are quoted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

METRIC_COLUMNS = (
    "metric",
    "scope",
    "scale_id",
    "period_grain",
    "period_start",
    "dimension",
    "member",
    "unit",
    "numerator",
    "denominator",
    "n",
    "value",
    "ci_low",
    "ci_high",
    "previous_value",
    "change",
    "is_significant",
    "is_suppressed",
    "is_wide",
    "is_provisional",
    "target",
)
_OPTIONAL = re.compile(r"\[\[.*?\]\]", re.DOTALL)


def quoted(value: str) -> str:
    """A text as an SQL literal."""
    return "'" + value.replace("'", "''") + "'"


def metric_rows(
    metric: str,
    *,
    scope: str,
    scale_id: str,
    grains: Sequence[str],
    dimension: str | None = None,
) -> str:
    """All periods of some grains, unweighted, in time order; of one dimension or of each."""
    of_dimension = "" if dimension is None else f"\n    and dimension = {quoted(dimension)}"
    return f"""select {", ".join(METRIC_COLUMNS)}
from marts.rpt_metrics
where metric = {quoted(metric)}
    and scope = {quoted(scope)}
    and scale_id = {quoted(scale_id)}
    and weighting = 'none'
    and period_grain in ({", ".join(quoted(grain) for grain in grains)}){of_dimension}
order by member, period_start"""


def cohort_rows(event: str, rule: str, grain: str) -> str:
    """The retention of every cohort at every age."""
    return f"""select
    cohort_start, cohort_size, age, retained, mature, rate, ci_low, ci_high, is_mature
from marts.rpt_retention_cohorts
where event = {quoted(event)}
    and rule = {quoted(rule)}
    and period_grain = {quoted(grain)}
order by cohort_start, age"""


def without_filters(rows: str) -> str:
    """A tile's rows with no filter chosen: its optional clauses `[[and ...]]` left out."""
    return _OPTIONAL.sub("", rows).strip()
