-- Grain: one row per touchpoint, registered or only met in the data: every contact
-- finds its own.

with

registered as (
    select * from {{ ref('ref_touchpoints') }}
),

-- A stage belongs to one journey.
stages as (
    select * from {{ ref('ref_journeys') }}
),

used as (
    select
        touchpoint,
        count(*) as contacts,
        max(occurred_at) as last_contact_at
    from {{ ref('fct_touchpoints') }}
    where touchpoint is not null
    group by touchpoint
),

final as (
    select
        coalesce(registered.touchpoint, used.touchpoint) as touchpoint,
        registered.stage,
        stages.journey,
        stages.position as stage_position,
        registered.environment,
        coalesce(registered.is_moment_that_matters, false) as is_moment_that_matters,
        registered.touchpoint is not null as is_registered,
        coalesce(used.contacts, 0) as contacts,
        used.last_contact_at
    from registered
    full outer join used on registered.touchpoint = used.touchpoint
    left join stages on registered.stage = stages.stage
)

select * from final
