-- Grain: one row per unit, dimension member and period in which the unit counts.
-- A view: 26 million rows at demo size, which its readers reduce at once.
{{ config(materialized='view') }}

with

units as (
    select * from {{ ref('int_metric_unit_members') }}
),

period_days as (
    select
        days.day,
        periods.*
    from {{ ref('int_metric_period_days') }} as days
    inner join {{ ref('int_metric_periods') }} as periods
        on
            days.period_grain = periods.period_grain
            and days.period_start = periods.period_start
),

units_in_period as (
    select
        units.series_id,
        units.member_id,
        period_days.period_id,
        units.person_key,
        units.is_behaviour,
        units.weight,
        case
            when not units.is_purchase then units.y_main
            -- a buyer counts once, on the first purchase day of the period, and came
            -- back when there is another one
            when units.next_day < period_days.period_end then 1
            else 0
        end as y_main,
        units.y_score,
        units.y_low,
        units.day >= period_days.entering_from as is_entering,
        -- Only who has another unit in this period or in one next to it must be put
        -- together: a tenth of the rows. Weighted units are few and go that way too, to
        -- wide decimals.
        units.is_weighted
        or units.previous_day >= period_days.previous_start
        or units.next_day < period_days.next_end as is_connected
    from units
    inner join period_days on units.day = period_days.day
    where
        units.superseded_on >= period_days.period_end
        and {{ may_be_daily('period_days.period_grain', 'units.is_whole') }}
        and not (units.is_purchase and units.previous_day >= period_days.period_start)
)

select * from units_in_period
