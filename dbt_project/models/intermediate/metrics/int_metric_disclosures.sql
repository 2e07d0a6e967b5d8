-- Grain: one row per series, dimension member and period: may it be shown? (metrics.md
-- 2.0, "Suppression" and "Weights"). Internal: the numbers that decide are the ones to
-- be hidden.
{%- set least = var('min_cell') %}

with

totals as (
    select
        series_id,
        member_id,
        period_id,
        n,
        n_entering
    from {{ ref('int_metric_totals') }}
),

series as (
    select * from {{ ref('int_metric_series') }}
),

members as (
    select * from {{ ref('int_metric_members') }}
),

periods as (
    select * from {{ ref('int_metric_periods') }}
),

-- Who subtracts one rolling window from the next learns what entered and what left.
windows_compared as (
    select
        totals.series_id,
        totals.member_id,
        totals.period_id,
        periods.period_grain,
        periods.period_start,
        totals.n_entering,
        -- no row of the earlier window is a window without answers
        coalesce(earlier.n, 0) - (totals.n - totals.n_entering) as n_leaving
    from totals
    inner join periods on totals.period_id = periods.period_id
    left join totals as earlier
        on
            periods.preceding_period_id = earlier.period_id
            and totals.series_id = earlier.series_id
            and totals.member_id = earlier.member_id
    where periods.entering_from is not null
),

-- A step with no change shows again what the last change showed, so the last change
-- that was one decides; between any two published windows then lies nothing or enough.
{% for change in ['entering', 'leaving'] -%}
windows_since_{{ change }} as (
    select
        *,
        count(*) filter (where n_{{ change }} > 0) over (
            partition by series_id, member_id, period_grain
            order by period_start asc
            rows between unbounded preceding and current row
        ) as {{ change }}_number
    from {{ 'windows_compared' if loop.first else 'windows_since_entering' }}
),

{% endfor -%}
windows_judged as (
    select
        series_id,
        member_id,
        period_id,
        {%- for change in ['entering', 'leaving'] %}
        max(n_{{ change }}) over (
            partition by series_id, member_id, period_grain, {{ change }}_number
        ) between 1 and {{ least }} - 1
            as reveals_{{ change }}{{ ',' if not loop.last }}
        {%- endfor %}
    from windows_since_leaving
),

totals_judged as (
    select
        totals.series_id,
        totals.member_id,
        totals.period_id,
        totals.n,
        members.dimension,
        members.member,
        series.measure,
        series.scope,
        series.scale_id,
        series.weighting,
        series.is_suppressible
        and (
            totals.n < {{ least }}
            or coalesce(windows.reveals_entering or windows.reveals_leaving, false)
        ) as is_hidden
    from totals
    inner join series on totals.series_id = series.series_id
    inner join members on totals.member_id = members.member_id
    left join windows_judged as windows
        on
            totals.series_id = windows.series_id
            and totals.member_id = windows.member_id
            and totals.period_id = windows.period_id
),

-- One hidden member alone is the total less the others: the next smallest goes with it.
members_ranked as (
    select
        *,
        count(*) filter (where is_hidden) over family as hidden_members,
        row_number() over (
            partition by series_id, period_id, dimension
            order by is_hidden desc, n asc, member asc
        ) as place,
        -- of the answers of one member in one period: have all of them a weight?
        n = max(n) over (
            partition by measure, scope, scale_id, period_id, member_id
        ) as is_fully_weighted
    from totals_judged
    window family as (partition by series_id, period_id, dimension)
),

final as (
    select
        series_id,
        member_id,
        period_id,
        -- a score that is hidden is hidden under every weighting; one that lacks weights
        -- somewhere is not published, and hides nothing
        max(
            is_fully_weighted and (is_hidden or (hidden_members = 1 and place = 2))
        ) over (
            partition by measure, scope, scale_id, period_id, member_id
        ) as is_suppressed,
        -- where weighted and unweighted waves mix there is no weighted score
        is_fully_weighted
    from members_ranked
)

select * from final
