-- A returned row is a published score outside its scale, outside its own interval, or
-- without the number that it rests on. (The interval of NPS surrounds the adjusted
-- score, never loses the plain one.)
select
    metric,
    scope,
    scale_id,
    weighting,
    period_grain,
    period_start,
    dimension,
    member
from {{ ref('rpt_metrics') }}
where
    not is_suppressed
    and not coalesce(
        n >= 1
        and coalesce(
            ci_low <= value + 1e-9 and value - 1e-9 <= ci_high, ci_method is null
        )
        and case
            when denominator = 0 then value is null
            -- who buys more may outweigh who leaves
            when metric = 'net_revenue_retention' then value >= 0
            when unit = 'rate' then value between 0 and 1
            when unit = 'points' then value between -100 and 100
            else true
        end,
        false
    )
