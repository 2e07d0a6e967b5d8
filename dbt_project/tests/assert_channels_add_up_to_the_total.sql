-- A returned row is a period in which the published channels of a score count more than
-- its total, or, where none is hidden, another number.
with

by_channel as (
    select
        metric,
        scope,
        scale_id,
        weighting,
        period_grain,
        period_start,
        sum(n) as n,
        bool_or(is_suppressed) as has_hidden
    from {{ ref('rpt_metrics') }}
    where dimension = 'channel'
    group by metric, scope, scale_id, weighting, period_grain, period_start
)

select
    total.metric,
    total.scope,
    total.period_grain,
    total.period_start,
    total.n,
    by_channel.n as n_by_channel
from {{ ref('rpt_metrics') }} as total
inner join by_channel
    on
        total.metric = by_channel.metric
        and total.scope = by_channel.scope
        and total.scale_id = by_channel.scale_id
        and total.weighting = by_channel.weighting
        and total.period_grain = by_channel.period_grain
        and total.period_start = by_channel.period_start
where
    total.dimension = 'all'
    -- a buyer may buy on several channels
    and not {{ is_measure_with('counts_buyers', 'total.metric') }}
    and (
        by_channel.n > total.n
        or (not by_channel.has_hidden and by_channel.n <> total.n)
    )
