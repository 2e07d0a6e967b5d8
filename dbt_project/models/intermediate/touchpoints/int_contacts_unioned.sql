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
        {{ contact({
            'source_entity': "'interactions'",
            'source': 'interactions.source',
            'source_system': 'interactions.source_system',
            'source_id': 'interaction_id',
            'customer_key': person_of(kinds),
            'occurred_at': 'occurred_at',
            'touchpoint': 'touchpoint',
            'environment': 'environment',
            'direction': "coalesce(direction, 'inbound')",
            'topic': 'topic',
            'team': 'team',
            'duration_seconds': 'duration_seconds',
            'wait_seconds': 'wait_seconds',
            'outcome': 'outcome',
            'cost': 'cost',
            'case_id': 'case_id',
            'context_known': 'context_known',
            'handed_over_to_human': 'handed_over_to_human',
            'campaign_id': 'campaign_id',
        }) }}
    from interactions
    {{ person_joins('interactions', kinds) }}
    union all
    select
        {{ contact({
            'source_entity': "'orders'",
            'source_id': 'order_id',
            'occurred_at': 'ordered_at',
            'touchpoint': "'purchase'",
            'outcome': 'status',
        }) }}
    from orders
    union all
    select
        {{ contact({
            'source_entity': "'deliveries'",
            'source_id': 'order_id',
            'occurred_at': 'delivered_at',
            'touchpoint': "'delivery'",
            'direction': "'outbound'",
            'cost': 'shipping_cost',
        }) }}
    from orders
    where delivered_at is not null
    union all
    select
        {{ contact({
            'source_entity': "'tickets'",
            'source_id': 'ticket_id',
            'occurred_at': 'created_at',
            'touchpoint': "'support_ticket'",
            'direction': "case opened_by when 'agent' then 'outbound' else 'inbound' end",
            'topic': 'topic',
            'team': 'team',
            'outcome': 'status',
            'case_id': 'case_id',
            'context_known': 'context_known',
        }) }}
    from tickets
    union all
    select
        {{ contact({
            'source_entity': "'web_sessions'",
            'source_id': 'cast(session_key as varchar)',
            'occurred_at': 'started_at',
            'touchpoint': "case channel when 'app' then 'app_visit' else 'website_visit' end",
            'session_id': 'session_id',
            'duration_seconds': seconds_between('started_at', 'ended_at'),
            'outcome': "case when converted then 'converted' end",
        }) }}
    from sessions
    union all
    select
        {{ contact({
            'source_entity': "'reviews'",
            'source_id': 'review_id',
            'occurred_at': 'posted_at',
            'touchpoint': "'review'",
            'channel': "'review_site'",
        }) }}
    from reviews
    -- a person's opinion of a rival is no contact with this brand
    where brand is null or brand = {{ own_brand() }}
    union all
    select
        {{ contact({
            'source_entity': "'leads'",
            'source_id': 'lead_id',
            'occurred_at': 'created_at',
            'touchpoint': "'enquiry'",
            'channel': 'origin',
        }) }}
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
