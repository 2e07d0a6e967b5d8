-- A returned row is a step of a funnel that more people reached than the step before it
-- (error): whoever is at a step has passed all those before.
with

steps as (
    select
        funnel,
        step,
        dimension,
        segment,
        entrants,
        reached,
        lag(reached) over (
            partition by funnel, dimension, segment
            order by step_number
        ) as reached_before
    from {{ ref('rpt_funnels') }}
)

select *
from steps
where reached > reached_before or reached > entrants
