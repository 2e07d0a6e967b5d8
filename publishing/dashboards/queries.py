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
# The periods that a measure is shown by, the shortest first; the last resort is all time.
SHOWN_GRAINS = ("month", "quarter", "year")
# Periods with fewer answers are passed over for longer ones.
ENOUGH = 30
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


def best_scale(metric: str, scopes: Sequence[str]) -> str:
    """The scope (the first of `scopes` that has answers) and its scale with most of them."""
    return f"""select scope, scale_id
from marts.rpt_metrics
where metric = {quoted(metric)}
    and dimension = 'all'
    and weighting = 'none'
    and scope in ({", ".join(quoted(scope) for scope in scopes)})
group by scope, scale_id
order by {_place("scope", scopes)}, max(n) desc nulls last, scale_id
limit 1"""


def shown_periods(
    metric: str, scopes: Sequence[str], *, also: Sequence[str] = (), filters: str = ""
) -> str:
    """A measure over everybody as dashboards show it, in time order; the last row is its value.

    The shortest of month, quarter and year whose newest period and the one before it (if any)
    have ENOUGH answers, so that they can be compared; else all time. Periods that are not over
    are left out, since half a month is no month; so are the newest ones whose answers still come
    in, when there are earlier ones. `also` are further columns of an answer, `filters` stand
    beside the table's own columns.
    """
    selected = ", ".join(("period_start", "value", "ci_low", "ci_high", "n", "target", *also))
    return f"""with best as (
    {_indented(best_scale(metric, scopes))}
),

every_period as (
    select period_grain, period_start, value, ci_low, ci_high, n, target,
        is_suppressed, is_provisional, is_wide,
        case period_grain
            when 'month' then period_start + interval '1 month'
            when 'quarter' then period_start + interval '3 months'
            when 'year' then period_start + interval '1 year'
        end as period_end
    from marts.rpt_metrics
    where metric = {quoted(metric)}
        and exists (
            select 1 from best
            where best.scope = rpt_metrics.scope and best.scale_id = rpt_metrics.scale_id
        )
        and weighting = 'none'
        and dimension = 'all'
        and period_grain in ('all', {", ".join(quoted(grain) for grain in SHOWN_GRAINS)})
        {filters}
),

ended as (
    select every_period.*,
        max(case when not is_provisional then period_start end)
            over (partition by period_grain) as newest_final
    from every_period
    cross join marts.rpt_as_of
    -- the day of as_of is over: the newest event of a full day is the end of that day
    where period_end <= as_of_day + interval '1 day'
),

shown as (
    select ended.*,
        lag(n) over (partition by period_grain order by period_start) as n_before,
        lag(period_end) over (partition by period_grain order by period_start) as ended_before,
        row_number() over (partition by period_grain order by period_start desc) as age
    from ended
    where newest_final is null or period_start <= newest_final
),

chosen as (
    select period_grain
    from shown
    where age = 1
        and n >= {ENOUGH}
        and (ended_before is null or (ended_before = period_start and n_before >= {ENOUGH}))
    order by {_place("period_grain", SHOWN_GRAINS)}
    limit 1
)

select {selected}
from shown
where exists (select 1 from chosen where chosen.period_grain = shown.period_grain)
union all
select {selected}
from every_period
where period_grain = 'all'
    and not exists (select 1 from chosen)
order by period_start"""


def _place(column: str, values: Sequence[str]) -> str:
    places = " ".join(f"when {quoted(value)} then {i}" for i, value in enumerate(values))
    return f"case {column} {places} end"


def _indented(query: str) -> str:
    return query.replace("\n", "\n    ")


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
