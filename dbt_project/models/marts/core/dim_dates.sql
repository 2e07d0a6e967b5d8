-- Grain: one row per day of the tenant's zone, from the first contact to the end of the
-- year of `as_of`.

with

span as (
    select
        min({{ local_date('occurred_at') }}) as first_day,
        max(cast(
            date_trunc('year', {{ local_date('as_of') }})
            + interval '1' year - interval '1' day as date
        )) as last_day
    from {{ ref('fct_touchpoints') }}
    cross join {{ ref('int_as_of') }}
),

days as (
    {{ day_spine(
        '(select cast(first_day as timestamp) from span)',
        '(select cast(last_day as timestamp) from span)',
    ) }}
),

days_in_both_calendars as (
    {{ with_jalali('days', 'day') }}
),

hours as (
    select *
    from {{ ref('ref_business_hours') }}
    where calendar = '{{ var("business_calendar") }}'
),

holidays as (
    select
        cast(holiday as date) as holiday,
        min(name) as name
    from {{ ref('ref_holidays') }}
    where calendar = '{{ var("business_calendar") }}'
    group by 1
),

final as (
    select
        days.day as date_day,
        cast(extract(isodow from days.day) as integer) as iso_weekday,
        {%- for grain in ['week', 'month', 'quarter', 'year'] %}
        {{ period_start(grain, 'days.day') }} as {{ grain }}_start,
        {%- endfor %}
        cast(extract(year from days.day) as integer) as year,
        cast(extract(quarter from days.day) as integer) as quarter,
        cast(extract(month from days.day) as integer) as month,
        cast(extract(day from days.day) as integer) as day_of_month,
        days.jalali_year,
        days.jalali_month,
        days.jalali_day,
        holidays.holiday is not null as is_holiday,
        holidays.name as holiday_name,
        hours.iso_weekday is not null and holidays.holiday is null as is_staffed
    from days_in_both_calendars as days
    left join hours on extract(isodow from days.day) = hours.iso_weekday
    left join holidays on days.day = holidays.holiday
)

select * from final
