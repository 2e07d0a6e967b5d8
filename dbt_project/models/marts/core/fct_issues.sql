-- Grain: one row per issue: what one person wants settled, followed across channels.

with

contacts as (
    select * from {{ ref('int_contact_issues') }}
),

tickets as (
    select * from {{ ref('fct_tickets') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

issues as (
    select
        issue_id,
        min(first_touchpoint_id) as first_touchpoint_id,
        min(customer_key) as customer_key,
        min(topic) as topic,
        min(occurred_at) as first_contact_at,
        max(occurred_at) as last_contact_at,
        count(*) as contacts,
        {{ continuity_columns() }}
    from contacts
    group by issue_id
),

first_contacts as (
    select
        touchpoint_id,
        channel,
        team
    from contacts
    where touchpoint_id = first_touchpoint_id
),

-- A ticket that was merged into another is a contact, and settled with its survivor.
solutions as (
    select
        contacts.issue_id,
        count(*) as tickets,
        case
            when count(*) filter (where tickets.is_open) = 0
                then max(tickets.solved_at)
        end as resolved_at
    from contacts
    inner join tickets on contacts.touchpoint_id = tickets.ticket_key
    group by contacts.issue_id
),

final as (
    select
        issues.issue_id,
        issues.customer_key,
        issues.topic,
        issues.first_contact_at,
        issues.last_contact_at,
        issues.contacts,
        issues.channels,
        first_contacts.channel as first_channel,
        first_contacts.team as first_team,
        issues.switches,
        issues.switches_judged,
        issues.restarts,
        case
            when issues.restarts > 0 then false
            when issues.switches > 0 and issues.switches_judged = issues.switches
                then true
        end as is_continuous,
        {{ seconds_between('issues.last_contact_at', 'as_of.as_of') }}
        > {{ var('issue_gap_days') }} * 86400 as is_over,
        coalesce(solutions.tickets, 0) as tickets,
        solutions.resolved_at
    from issues
    inner join first_contacts
        on issues.first_touchpoint_id = first_contacts.touchpoint_id
    left join solutions on issues.issue_id = solutions.issue_id
    cross join as_of
)

select * from final
