-- Grain: one row per day with a unit and period in which that day lies. Rolling windows
-- overlap: a day lies in four windows of 28 days and in three of 90.

with

days as (
    select day
    from {{ ref('int_metric_units') }}
    group by day
),

as_of as (
    select cast({{ local_date('as_of') }} + interval '1' day as date) as rolling_end
    from {{ ref('int_as_of') }}
),

days_in_calendar as (
    {% for grain in calendar_periods() -%}
    select
        day,
        '{{ grain }}' as period_grain,
        {{ period_start(grain, 'day') }} as period_start
    from days
    union all
    {% endfor -%}
    select
        day,
        'all' as period_grain,
        min(day) over () as period_start
    from days
),

-- The end of the first window that holds a day, and the ends of those that follow.
{% for grain, window in rolling_periods().items() -%}
days_in_{{ grain }} as (
    select
        days.day,
        '{{ grain }}' as period_grain,
        as_of.rolling_end,
        cast(
            as_of.rolling_end
            - {{ window.step }} * interval '1' day * cast(floor(
                ({{ dbt.datediff('days.day', 'as_of.rolling_end', 'day') }} - 1)
                / {{ window.step }}.0e0
            ) as integer)
            + {{ window.step }} * interval '1' day * steps.number
            as date
        ) as window_end
    from days
    cross join as_of
    cross join {{ whole_numbers(window.days // window.step - 1) }} as steps (number)
),

{% endfor -%}
final as (
    select
        day,
        period_grain,
        period_start
    from days_in_calendar
    {% for grain, window in rolling_periods().items() -%}
    union all
    select
        day,
        period_grain,
        cast(window_end - interval '{{ window.days }}' day as date) as period_start
    from days_in_{{ grain }}
    where window_end <= rolling_end
    {% endfor %}
)

select * from final
