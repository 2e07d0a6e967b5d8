"""The SQL behind a tile, one text for the site, for Metabase and for `cx query`.

It names published reports only and runs on DuckDB and PostgreSQL. Values come from the
descriptions and from the snapshot; all are quoted.
"""

from __future__ import annotations

import re

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
    grain: str,
    dimension: str = "all",
) -> str:
    """All periods of one grain and all members of one dimension, unweighted, in time order."""
    return f"""select {", ".join(METRIC_COLUMNS)}
from marts.rpt_metrics
where metric = {quoted(metric)}
    and scope = {quoted(scope)}
    and scale_id = {quoted(scale_id)}
    and weighting = 'none'
    and period_grain = {quoted(grain)}
    and dimension = {quoted(dimension)}
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
