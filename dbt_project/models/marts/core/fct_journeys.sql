-- Grain: one row per walk of a known person through a journey. One that reached the
-- goal is completed; one without a contact for longer than quit_after_days is
-- abandoned; the others are open.

with

contacts as (
    select * from {{ ref('int_contact_journeys') }}
),

orders as (
    select * from {{ ref('fct_orders') }}
    where is_purchase
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

walks as (
    select
        journey_id,
        min(journey) as journey,
        min(customer_key) as customer_key,
        min(first_touchpoint_id) as first_touchpoint_id,
        min(occurred_at) as started_at,
        max(occurred_at) as last_contact_at,
        min(occurred_at) filter (where is_goal) as goal_reached_at,
        min(quit_after_days) as quit_after_days,
        count(distinct stage) as stages_reached,
        count(*) as contacts,
        {{ continuity_columns() }}
    from contacts
    group by journey_id
),

first_contacts as (
    select
        touchpoint_id,
        touchpoint,
        stage,
        channel,
        is_entry
    from contacts
    where touchpoint_id = first_touchpoint_id
),

purchases as (
    select
        contacts.journey_id,
        count(*) as orders,
        sum(orders.amount - coalesce(orders.refund_amount, 0)) as outcome_value
    from contacts
    inner join orders on contacts.touchpoint_id = orders.order_key
    group by contacts.journey_id
),

walks_judged as (
    select
        walks.*,
        case
            when walks.goal_reached_at is not null then 'completed'
            when
                {{ seconds_between('walks.last_contact_at', 'as_of.as_of') }}
                > walks.quit_after_days * 86400
                then 'abandoned'
            else 'open'
        end as status,
        {{ seconds_between('walks.started_at', 'as_of.as_of') }}
        > walks.quit_after_days * 86400 as is_mature
    from walks
    cross join as_of
),

final as (
    select
        walks.journey_id,
        walks.journey,
        walks.customer_key,
        walks.started_at,
        case walks.status
            when 'completed' then walks.goal_reached_at
            when 'abandoned' then walks.last_contact_at
        end as ended_at,
        walks.last_contact_at,
        walks.status,
        first_contacts.is_entry as is_entered,
        walks.is_mature,
        first_contacts.touchpoint as first_touchpoint,
        first_contacts.stage as first_stage,
        first_contacts.channel as first_channel,
        walks.stages_reached,
        walks.channels,
        walks.contacts,
        walks.switches,
        walks.switches_judged,
        walks.restarts,
        coalesce(purchases.orders, 0) as orders,
        cast(purchases.outcome_value as decimal(18, 4)) as outcome_value
    from walks_judged as walks
    inner join first_contacts
        on walks.first_touchpoint_id = first_contacts.touchpoint_id
    left join purchases on walks.journey_id = purchases.journey_id
)

select * from final
