-- Grain: one row per walk through a journey that is over, was seen to begin, and began
-- so long ago that it could have been given up by now: counting the quick successes of
-- the last weeks alone would flatter. A stage belongs to one journey, so that the stage
-- of the beginning tells the journeys apart.

with

walks as (
    select
        walks.customer_key,
        walks.started_at,
        walks.status,
        walks.first_channel as channel,
        walks.first_touchpoint as touchpoint,
        walks.first_stage as stage,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language
    from {{ ref('fct_journeys') }} as walks
    inner join {{ ref('dim_customers') }} as customers
        on walks.customer_key = customers.customer_key
    where
        walks.status <> 'open'
        and walks.is_entered
        and walks.is_mature
        and not (customers.is_test or customers.is_employee)
),

final as (
    select
        {{ metric_unit({
            'measure': "'journey_completion_rate'",
            'person_key': 'customer_key',
            'day': local_date('started_at'),
            'y_main': "case when status = 'completed' then 1 else 0 end",
        }, dimensions=[
            'channel', 'touchpoint', 'stage', 'segment', 'persona', 'country', 'language',
        ]) }}
    from walks
)

select * from final
