-- Grain: one row per complaint: what one person complains about on one topic is one
-- complaint until all its contacts have been over for seven days, whoever wrote it down
-- and on however many channels. Complaints of nobody known count one by one.

with

tickets as (
    select * from {{ ref('int_tickets_served') }}
    where is_complaint
),

interactions as (
    select * from {{ ref('int_interactions_resolved') }}
    where direction = 'inbound' and touchpoint = 'complaint'
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

complaints_recorded as (
    select
        tickets.ticket_key as contact_key,
        tickets.customer_key,
        tickets.created_at as occurred_at,
        case
            when tickets.is_open then as_of.as_of
            else coalesce(tickets.solved_at, tickets.created_at)
        end as ended_at,
        coalesce(tickets.topic, '') as topic_key,
        tickets.topic,
        tickets.segment,
        tickets.persona,
        tickets.country,
        tickets.language
    from tickets
    cross join as_of
    union all
    select
        touchpoint_id,
        customer_key,
        occurred_at,
        occurred_at,
        coalesce(topic, ''),
        topic,
        segment,
        persona,
        country,
        language
    from interactions
),

complaints_marked as (
    select
        *,
        {{ opens_issue('contact_key') }} as opens_issue
    from complaints_recorded
),

final as (
    select
        contact_key as complaint_key,
        customer_key,
        occurred_at,
        topic,
        segment,
        persona,
        country,
        language
    from complaints_marked
    where opens_issue = 1 or customer_key is null
)

select * from final
