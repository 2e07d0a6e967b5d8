-- Grain: one row per contact of a person with the brand, whatever system recorded it.
-- An order is two contacts: buying and receiving. A web session is one.
{%- set kinds = ['customer_id', 'email', 'phone', 'anonymous_id'] %}

with

interactions as (
    select * from {{ ref('accepted_interactions') }}
),

orders as (
    select * from {{ ref('int_orders_promised') }}
),

sessions as (
    select * from {{ ref('int_web_sessions_resolved') }}
),

tickets as (
    select
        tickets.*,
        {{ person_of(['customer_id', 'email', 'phone']) }} as customer_key
    from {{ ref('accepted_tickets') }} as tickets
    {{ person_joins('tickets', ['customer_id', 'email', 'phone']) }}
    where not coalesce(tickets.is_spam, false)
),

reviews as (
    select
        reviews.*,
        {{ person_of(['customer_id']) }} as customer_key
    from {{ ref('accepted_reviews') }} as reviews
    {{ person_joins('reviews', ['customer_id']) }}
),

leads as (
    select
        leads.*,
        {{ person_of(['customer_id', 'email', 'phone']) }} as customer_key
    from {{ ref('accepted_leads') }} as leads
    {{ person_joins('leads', ['customer_id', 'email', 'phone']) }}
),

contacts as (
    select
        'interactions' as source_entity,
        interactions.source,
        interactions.source_system,
        interactions.interaction_id as source_id,
        {{ person_of(kinds) }} as customer_key,
        interactions.occurred_at,
        interactions.touchpoint,
        interactions.channel,
        interactions.environment,
        coalesce(interactions.direction, 'inbound') as direction,
        cast(null as varchar) as session_id,
        interactions.topic,
        interactions.team,
        interactions.duration_seconds,
        interactions.wait_seconds,
        interactions.outcome,
        interactions.cost,
        interactions.case_id,
        interactions.context_known,
        interactions.handed_over_to_human,
        interactions.campaign_id,
        interactions.changed_in_load
    from interactions
    {{ person_joins('interactions', kinds) }}
    union all
    select
        'orders',
        source,
        source_system,
        order_id,
        customer_key,
        ordered_at,
        'purchase',
        channel,
        cast(null as varchar),
        'inbound',
        null,
        null,
        null,
        null,
        null,
        status,
        null,
        null,
        null,
        null,
        null,
        changed_in_load
    from orders
    union all
    select
        'deliveries',
        source,
        source_system,
        order_id,
        customer_key,
        delivered_at,
        'delivery',
        channel,
        cast(null as varchar),
        'outbound',
        null,
        null,
        null,
        null,
        null,
        null,
        shipping_cost,
        null,
        null,
        null,
        null,
        changed_in_load
    from orders
    where delivered_at is not null
    union all
    select
        'tickets',
        source,
        source_system,
        ticket_id,
        customer_key,
        created_at,
        'support_ticket',
        channel,
        cast(null as varchar),
        case when opened_by = 'agent' then 'outbound' else 'inbound' end,
        null,
        topic,
        team,
        null,
        null,
        status,
        null,
        case_id,
        context_known,
        null,
        null,
        changed_in_load
    from tickets
    union all
    select
        'web_sessions',
        source,
        source_system,
        cast(session_key as varchar),
        customer_key,
        started_at,
        case when channel = 'app' then 'app_visit' else 'website_visit' end,
        channel,
        cast(null as varchar),
        'inbound',
        session_id,
        null,
        null,
        {{ seconds_between('started_at', 'ended_at') }},
        null,
        case when converted then 'converted' end,
        null,
        null,
        null,
        null,
        null,
        changed_in_load
    from sessions
    union all
    select
        'reviews',
        source,
        source_system,
        review_id,
        customer_key,
        posted_at,
        'review',
        'review_site',
        cast(null as varchar),
        'inbound',
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        changed_in_load
    from reviews
    -- a person's opinion of a rival is no contact with this brand
    where brand is null or brand = {{ own_brand() }}
    union all
    select
        'leads',
        source,
        source_system,
        lead_id,
        customer_key,
        created_at,
        'enquiry',
        origin,
        cast(null as varchar),
        'inbound',
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        null,
        changed_in_load
    from leads
    where created_at is not null
),

final as (
    select
        {{ key_of("source_entity || ':' || source_system || ':' || source_id") }}
            as touchpoint_id,
        *
    from contacts
)

select * from final
