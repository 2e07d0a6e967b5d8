-- Grain: one row per series of behaviour, member, period and person, of those who have
-- another unit in the same period or in one next to it. Most rows of the metrics are
-- walks and visits of people who come often: what is yes or no and has no weight is
-- only counted, at a third of the cost of the sums of answers.

with

units as (
    select * from {{ ref('int_metric_unit_periods') }}
    where is_connected and is_behaviour
),

units_counted as (
    select
        series_id,
        member_id,
        period_id,
        person_key,
        count(*) as n,
        count(*) filter (where y_main = 1) as y
    from units
    group by series_id, member_id, period_id, person_key
)

select * from units_counted
