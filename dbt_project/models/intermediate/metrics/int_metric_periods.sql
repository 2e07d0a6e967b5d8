-- Grain: one row per period in which something counts.
-- previous: the period that ends where this one begins, with which it is compared.
-- preceding: the rolling window one step earlier, from which this one differs by few
-- answers.

with

period_days as (
    select * from {{ ref('int_metric_period_days') }}
),

as_of as (
    select {{ local_date('as_of') }} as as_of_day from {{ ref('int_as_of') }}
),

periods_bounded as (
    {% for grain, length in calendar_periods().items() -%}
    select
        period_grain,
        period_start,
        cast(period_start + {{ length }} as date) as period_end,
        cast(period_start - {{ length }} as date) as previous_start,
        cast(period_start + 2 * {{ length }} as date) as next_end,
        cast(null as date) as preceding_start,
        cast(null as date) as entering_from
    from period_days
    where period_grain = '{{ grain }}'
    group by period_grain, period_start
    union all
    {% endfor -%}
    {% for grain, window in rolling_periods().items() -%}
    {%- set length = "interval '" ~ window.days ~ "' day" -%}
    {%- set step = "interval '" ~ window.step ~ "' day" -%}
    select
        period_grain,
        period_start,
        cast(period_start + {{ length }} as date) as period_end,
        cast(period_start - {{ length }} as date) as previous_start,
        cast(period_start + 2 * {{ length }} as date) as next_end,
        cast(period_start - {{ step }} as date) as preceding_start,
        cast(period_start + {{ length }} - {{ step }} as date) as entering_from
    from period_days
    where period_grain = '{{ grain }}'
    group by period_grain, period_start
    union all
    {% endfor -%}
    select
        period_grain,
        period_start,
        date '9999-12-31' as period_end,
        period_start as previous_start,
        date '9999-12-31' as next_end,
        cast(null as date) as preceding_start,
        cast(null as date) as entering_from
    from period_days
    where period_grain = 'all'
    group by period_grain, period_start
),

periods_numbered as (
    select
        cast(row_number() over (order by period_grain, period_start) as integer)
            as period_id,
        *
    from periods_bounded
),

final as (
    select
        periods.*,
        previous.period_id as previous_period_id,
        preceding.period_id as preceding_period_id,
        as_of.as_of_day
    from periods_numbered as periods
    cross join as_of
    left join periods_numbered as previous
        on
            periods.period_grain = previous.period_grain
            and periods.previous_start = previous.period_start
            and periods.period_grain <> 'all'
    left join periods_numbered as preceding
        on
            periods.period_grain = preceding.period_grain
            and periods.preceding_start = preceding.period_start
)

select * from final
