-- The parts of all members sum to the change of the whole (metrics.md 2.32).

select
    metric,
    scope,
    scale_id,
    period_grain,
    period_start,
    dimension,
    sum(part) as parts,
    max(value_of_whole - previous_value_of_whole) as change
from {{ ref('rpt_score_changes') }}
group by metric, scope, scale_id, period_grain, period_start, dimension
having
    abs(
        sum(part) - max(value_of_whole - previous_value_of_whole)
    ) > 1.0e-6
