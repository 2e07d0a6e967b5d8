-- Grain: one row per metric, period, dimension and member: who recommends, who came
-- that way, what is said in public, and whether those who say that they would recommend
-- do (metrics.md 2.22).
{%- set grains = ['month', 'quarter', 'year', 'all'] %}
{%- set row_key = ['metric', 'period_grain', 'period_start', 'dimension', 'member'] %}
{%- set place = row_key[1:] %}

with

units as (
    select
        *,
        min(day) over () as first_day
    from {{ ref('int_word_of_mouth_units') }}
),

compared as (
    select * from {{ ref('int_word_of_mouth_compared') }}
),

as_of as (
    select {{ local_date('as_of') }} as as_of_day from {{ ref('int_as_of') }}
),

units_in_period as (
    {% for grain in grains -%}
    select
        metric,
        unit_key,
        '{{ grain }}' as period_grain,
        {{ 'first_day' if grain == 'all' else period_start(grain, 'day') }}
            as period_start,
        platform,
        bool_or(is_yes) as is_yes,
        max(stars) as stars,
        max(seconds_waited) as seconds_waited
    from units
    group by
        metric,
        unit_key,
        {{ 'first_day' if grain == 'all' else period_start(grain, 'day') }},
        platform
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

units_by_member as (
    select
        *,
        'all' as dimension,
        'all' as member
    from units_in_period
    union all
    select
        *,
        'platform' as dimension,
        platform as member
    from units_in_period
    where platform is not null
),

rates as (
    select
        {{ row_key | join(', ') }},
        cast(null as integer) as window_days,
        1.0e0 * count(*) filter (where is_yes) as numerator,
        count(*) as n,
        false as is_suppressed
    from units_by_member
    group by {{ row_key | join(', ') }}
    union all
    select
        metric,
        'all' as period_grain,
        first_day as period_start,
        dimension,
        member,
        window_days,
        1.0e0 * done as numerator,
        n,
        is_suppressed
    from compared
),

rates_estimated as (
    select
        *,
        numerator / n as p
    from rates
),

-- The first member less the other: promoters less detractors, referred less others.
differences as (
    select
        here.metric,
        here.period_grain,
        here.period_start,
        here.dimension,
        'difference' as member,
        here.window_days,
        here.n + there.n as n,
        here.p - there.p as value,
        {{ newcombe_low('here.p', 'here.n', 'there.p', 'there.n') }} as ci_low,
        {{ newcombe_high('here.p', 'here.n', 'there.p', 'there.n') }} as ci_high,
        here.is_suppressed or there.is_suppressed as is_suppressed
    from rates_estimated as here
    inner join rates_estimated as there
        on
            here.metric = there.metric
            and (
                (here.member = 'promoter' and there.member = 'detractor')
                or (here.member = 'referred' and there.member = 'others')
            )
),

reviews as (
    select * from units_by_member
    where metric = 'review_reply_rate'
),

stars_summed as (
    select
        {{ place | join(', ') }},
        count(*) as n,
        sum(cast(stars as decimal(18, 9))) as total,
        sum(cast(stars as decimal(18, 9)) * cast(stars as decimal(18, 9))) as squares
    from reviews
    where stars is not null
    group by {{ place | join(', ') }}
),

stars_estimated as (
    select
        *,
        1.0e0 * total / n as mean,
        -- a difference of equal sums may fall below 0 by the last bit
        greatest(squares - 1.0e0 * total * total / n, 0.0e0) / nullif(n - 1, 0)
            as variance
    from stars_summed
),

reply_curves as (
    {{ kaplan_meier('reviews', place, 'seconds_waited', 'is_yes') | indent }}
),

reply_times as (
    select
        {{ place | join(', ') }},
        {{ time_by_which(0.5) }} as median,
        {{ time_by_which(0.5, 'ci_low') }} as median_low,
        {{ time_by_which(0.5, 'ci_high') }} as median_high,
        sum(events) as events,
        max(at_risk) as n
    from reply_curves
    group by {{ place | join(', ') }}
),

rows_united as (
    select
        {{ row_key | join(', ') }},
        'rate' as unit,
        window_days,
        numerator,
        1.0e0 * n as denominator,
        n,
        p as value,
        {{ wilson_low('p', 'n') }} as ci_low,
        {{ wilson_high('p', 'n') }} as ci_high,
        'wilson' as ci_method,
        is_suppressed
    from rates_estimated
    union all
    select
        {{ row_key | join(', ') }},
        'rate' as unit,
        window_days,
        cast(null as double) as numerator,
        cast(null as double) as denominator,
        n,
        value,
        ci_low,
        ci_high,
        'newcombe' as ci_method,
        is_suppressed
    from differences
    union all
    select
        'review_stars_mean' as metric,
        {{ place | join(', ') }},
        'stars' as unit,
        cast(null as integer) as window_days,
        cast(total as double) as numerator,
        1.0e0 * n as denominator,
        n,
        mean as value,
        mean - {{ t_95('n - 1') }} * sqrt(variance / n) as ci_low,
        mean + {{ t_95('n - 1') }} * sqrt(variance / n) as ci_high,
        case when n > 1 then 't' end as ci_method,
        false as is_suppressed
    from stars_estimated
    union all
    -- who still waits for a reply counts as waiting: blank until half have one
    select
        'review_reply_seconds_p50' as metric,
        {{ place | join(', ') }},
        'seconds' as unit,
        cast(null as integer) as window_days,
        1.0e0 * events as numerator,
        1.0e0 * n as denominator,
        n,
        median as value,
        median_low as ci_low,
        median_high as ci_high,
        'kaplan_meier' as ci_method,
        false as is_suppressed
    from reply_times
),

final as (
    select
        rows_united.metric,
        rows_united.period_grain,
        rows_united.period_start,
        rows_united.dimension,
        rows_united.member,
        rows_united.unit,
        rows_united.window_days,
        {%- for column in ['numerator', 'denominator'] %}
        case
            when not rows_united.is_suppressed
                then {{ significant('rows_united.' ~ column) }}
        end as {{ column }},
        {%- endfor %}
        case when not rows_united.is_suppressed then cast(rows_united.n as bigint) end
            as n,
        {%- for column in ['value', 'ci_low', 'ci_high'] %}
        case
            when not rows_united.is_suppressed
                then {{ significant('rows_united.' ~ column) }}
        end as {{ column }},
        {%- endfor %}
        case when not rows_united.is_suppressed then rows_united.ci_method end
            as ci_method,
        rows_united.is_suppressed,
        rows_united.n < 30 as is_wide,
        case rows_united.period_grain
            {%- for grain in grains if grain != 'all' %}
            when '{{ grain }}'
                then cast(
                    rows_united.period_start + {{ calendar_periods()[grain] }} as date
                ) > as_of.as_of_day
            {%- endfor %}
            else false
        end as is_provisional
    from rows_united
    cross join as_of
)

select * from final
