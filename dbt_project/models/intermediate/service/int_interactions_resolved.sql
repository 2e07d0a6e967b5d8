-- Grain: one row per recorded interaction, with its person and what the touchpoints
-- reference says of it; test people and employees are out.

with

interactions as (
    select * from {{ ref('accepted_interactions') }}
),

contacts as (
    select * from {{ ref('fct_touchpoints') }}
    where source_entity = 'interactions'
),

customers as (
    select * from {{ ref('dim_customers') }}
),

final as (
    select
        contacts.touchpoint_id,
        contacts.customer_key,
        contacts.occurred_at,
        contacts.touchpoint,
        contacts.stage,
        contacts.environment,
        contacts.channel,
        contacts.direction,
        contacts.topic,
        contacts.team,
        contacts.duration_seconds,
        contacts.wait_seconds,
        contacts.cost,
        interactions.is_personalised,
        interactions.experiment_group,
        interactions.campaign_id,
        interactions.handed_over_to_human,
        interactions.context_known,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language
    from contacts
    inner join interactions
        on
            contacts.source_system = interactions.source_system
            and contacts.source_id = interactions.interaction_id
    left join customers on contacts.customer_key = customers.customer_key
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
)

select * from final
