-- A returned row is a cohort of which more people came back later than earlier: whoever
-- is back at age N or after is also back at every age before.
with

cells as (
    select
        *,
        lag(retained) over (
            partition by event, period_grain, cohort_start
            order by age asc
        ) as retained_before
    from {{ ref('rpt_retention_cohorts') }}
    where rule = 'on_or_after' and is_mature
)

select
    event,
    period_grain,
    cohort_start,
    age
from cells
where retained > retained_before
