-- A returned row shows, of a score that is hidden, a number from which people could be
-- told.
select
    metric,
    scope,
    period_grain,
    period_start,
    dimension,
    member
from {{ ref('rpt_metrics') }}
where
    is_suppressed
    and (
        coalesce(
            numerator, denominator, n, n_persons, n_effective, value, ci_low, ci_high,
            previous_value, change, change_p_value, change_p_adjusted
        ) is not null
        or is_alert is not null
    )
union all
select
    metric,
    scope,
    period_grain,
    period_start,
    dimension,
    member
from {{ ref('rpt_score_changes') }}
where
    is_suppressed
    and coalesce(
        rate_part, mix_part, n, previous_n, share, previous_share, value, previous_value
    ) is not null
