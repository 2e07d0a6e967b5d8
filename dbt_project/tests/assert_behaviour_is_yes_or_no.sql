-- A returned row is a measure of behaviour some unit of which has a weight, or a value
-- other than yes or no (error: int_metric_person_counts counts them, and the rate and
-- its interval would be wrong).
with

units as (
    select * from {{ ref('int_metric_unit_members') }}
    where is_behaviour
)

select
    series_id,
    count(*) as units
from units
where
    is_weighted
    or weight <> 1
    -- whether a buyer came back is known by period only
    or (y_main is null) <> is_purchase
    or y_main not in (0, 1)
    or y_score is not null
    or y_low is not null
group by series_id
