-- Grain: one row per inbound contact that asks for service: a ticket that the customer
-- opened, or an inbound interaction about a topic or on a touchpoint of the support
-- stage, or of none known. Replies inside a ticket are no contacts.
-- Contacts of one person about one topic, any channel, form an issue until all of them
-- have been over for seven days; contacts without a topic are about one topic of their
-- own.

with

tickets as (
    select * from {{ ref('int_tickets_served') }}
    where is_from_customer
),

interactions as (
    select * from {{ ref('int_interactions_resolved') }}
    where direction = 'inbound' and (
        coalesce(stage = 'support', true) or topic is not null
    )
),

touchpoints as (
    select * from {{ ref('ref_touchpoints') }}
),

channels as (
    select * from {{ ref('ref_channels') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

staffed_days as (
    select * from {{ ref('int_staffed_days') }}
),

contacts as (
    select
        tickets.ticket_key as contact_key,
        'tickets' as source_entity,
        tickets.customer_key,
        tickets.created_at as occurred_at,
        -- an open ticket is not over
        case
            when tickets.is_open then as_of.as_of
            else coalesce(tickets.solved_at, tickets.created_at)
        end as ended_at,
        tickets.is_open,
        tickets.channel,
        tickets.topic,
        tickets.team,
        'support_ticket' as touchpoint,
        cast(null as varchar) as stage,
        cast(null as varchar) as environment,
        cast(null as double) as wait_seconds,
        cast(null as double) as duration_seconds,
        cast(null as decimal(18, 4)) as cost,
        cast(null as boolean) as handed_over_to_human,
        tickets.context_known,
        tickets.is_complaint,
        tickets.is_first_level_resolvable,
        tickets.segment,
        tickets.persona,
        tickets.country,
        tickets.language
    from tickets
    cross join as_of
    union all
    select
        touchpoint_id,
        'interactions',
        customer_key,
        occurred_at,
        occurred_at
        + cast(floor(coalesce(duration_seconds, 0)) as integer) * interval '1' second,
        false,
        channel,
        topic,
        team,
        touchpoint,
        stage,
        environment,
        wait_seconds,
        duration_seconds,
        cost,
        handed_over_to_human,
        context_known,
        touchpoint = 'complaint',
        -- said of tickets only
        null,
        segment,
        persona,
        country,
        language
    from interactions
),

contacts_timed as (
    select
        contacts.contact_key,
        contacts.source_entity,
        contacts.customer_key,
        contacts.occurred_at,
        contacts.ended_at,
        contacts.is_open,
        contacts.channel,
        contacts.topic,
        contacts.team,
        contacts.touchpoint,
        coalesce(contacts.stage, touchpoints.stage) as stage,
        coalesce(contacts.environment, touchpoints.environment) as environment,
        contacts.wait_seconds,
        contacts.duration_seconds,
        contacts.cost,
        contacts.handed_over_to_human,
        contacts.context_known,
        contacts.is_complaint,
        contacts.is_first_level_resolvable,
        contacts.segment,
        contacts.persona,
        contacts.country,
        contacts.language,
        coalesce(contacts.topic, '') as topic_key,
        coalesce(channels.is_assisted, false) as is_assisted,
        case
            -- no opening then or ever after: nobody said when there is staff
            when coalesce(days.opens_at, days.next_opens_at) is null then null
            when days.opens_at is null then true
            else
                contacts.occurred_at < days.opens_at
                or contacts.occurred_at >= days.closes_at
        end as is_after_hours,
        case
            when contacts.occurred_at < days.opens_at
                then {{ seconds_between('contacts.occurred_at', 'days.opens_at') }}
            when contacts.occurred_at < days.closes_at then 0.0e0
            else {{ seconds_between('contacts.occurred_at', 'days.next_opens_at') }}
        end as seconds_to_opening
    from contacts
    left join staffed_days as days
        on {{ local_date('contacts.occurred_at') }} = days.day
    left join channels on contacts.channel = channels.channel
    left join touchpoints on contacts.touchpoint = touchpoints.touchpoint
),

contacts_marked as (
    select
        *,
        {{ opens_issue('contact_key') }} as opens_issue
    from contacts_timed
),

contacts_in_issues as (
    select
        *,
        {{ issue_number('opens_issue', 'contact_key') }} as issue_in_topic
    from contacts_marked
),

final as (
    select
        *,
        -- of nobody known no issue can be followed
        case
            when customer_key is not null
                then first_value(contact_key) over (
                    partition by customer_key, topic_key, issue_in_topic
                    order by occurred_at asc, contact_key asc
                )
        end as issue_key
    from contacts_in_issues
)

select * from final
