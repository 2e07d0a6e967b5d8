-- Grain: one row per ticket or inbound contact, thing measured about it, and employee
-- who handled it. Says who in a key, for the counting of people alone: what is
-- published is the team.
-- Trained: the employee's list of topics has the contact's; a blank list is none where
-- the system keeps such lists. Of a contact before the last training it is not known
-- whether an earlier one had the topic.

with

-- A ticket of which no team was ever noted tells nothing of its ways.
ticket_teams as (
    select
        ticket_system,
        ticket_id,
        min(team) <> max(team) as is_transferred
    from {{ ref('accepted_ticket_changes') }}
    where team is not null
    group by ticket_system, ticket_id
),

tickets as (
    select
        served.ticket_key as contact_key,
        served.source_system,
        accepted.agent_employee_id as employee_id,
        served.team,
        served.topic,
        served.created_at as occurred_at,
        served.is_one_touch,
        served.is_reopened,
        tickets.is_escalated,
        ticket_teams.is_transferred,
        served.reply_time_seconds,
        served.is_replied
    from {{ ref('int_tickets_served') }} as served
    inner join {{ ref('fct_tickets') }} as tickets
        on served.ticket_key = tickets.ticket_key
    inner join {{ ref('accepted_tickets') }} as accepted
        on
            served.source_system = accepted.source_system
            and served.ticket_id = accepted.ticket_id
    left join ticket_teams
        on
            served.source_system = ticket_teams.ticket_system
            and served.ticket_id = ticket_teams.ticket_id
    where accepted.agent_employee_id is not null
),

interactions as (
    select
        resolved.touchpoint_id as contact_key,
        accepted.source_system,
        accepted.employee_id,
        resolved.team,
        resolved.topic,
        resolved.occurred_at,
        resolved.duration_seconds
    from {{ ref('int_interactions_resolved') }} as resolved
    inner join {{ ref('fct_touchpoints') }} as touchpoints
        on resolved.touchpoint_id = touchpoints.touchpoint_id
    inner join {{ ref('accepted_interactions') }} as accepted
        on
            touchpoints.source_system = accepted.source_system
            and touchpoints.source_id = accepted.interaction_id
    where accepted.employee_id is not null and resolved.direction = 'inbound'
),

contacts as (
    select
        contact_key,
        source_system,
        employee_id,
        team,
        topic,
        occurred_at
    from tickets
    union all
    select
        contact_key,
        source_system,
        employee_id,
        team,
        topic,
        occurred_at
    from interactions
),

answers as (
    select * from {{ ref('fct_survey_responses') }}
    where
        is_counted
        and is_headline
        and metric = 'csat'
        and scope = 'transactional'
        and touchpoint_id is not null
),

observations as (
    select
        touchpoint_id as contact_key,
        'csat' as measure,
        scale_id,
        case when category = 'top' then 1 else 0 end as y,
        cast(null as double) as seconds,
        true as is_over
    from answers
    {%- for measure, is_so in {
        'fcr_one_touch': 'is_one_touch',
        'reopen_rate': 'is_reopened',
        'escalation_rate': 'is_escalated',
        'transfer_rate': 'is_transferred',
    }.items() %}
    union all
    select
        contact_key,
        '{{ measure }}' as measure,
        'all' as scale_id,
        case when {{ is_so }} then 1 else 0 end as y,
        null as seconds,
        true as is_over
    from tickets
    where {{ is_so }} is not null
    {%- endfor %}
    union all
    select
        contact_key,
        'first_reply_p50_seconds' as measure,
        'all' as scale_id,
        null as y,
        reply_time_seconds as seconds,
        is_replied as is_over
    from tickets
    where reply_time_seconds is not null
    union all
    select
        contact_key,
        'handling_p50_seconds' as measure,
        'all' as scale_id,
        null as y,
        duration_seconds as seconds,
        true as is_over
    from interactions
    where duration_seconds is not null
),

systems_with_lists as (
    select source_system
    from {{ ref('dim_employees') }}
    where trained_topics is not null
    group by source_system
),

employees as (
    select
        employees.employee_key,
        employees.last_trained_at,
        case
            when lists.source_system is not null
                then ';' || replace(
                    lower(coalesce(employees.trained_topics, '')), ' ', ''
                ) || ';'
        end as topics
    from {{ ref('dim_employees') }} as employees
    left join systems_with_lists as lists
        on employees.source_system = lists.source_system
),

contacts_by_employee as (
    select
        contacts.*,
        {{ named_key('employee', 'contacts', 'employees', 'employee_id') }}
            as employee_key
    from contacts
    {{ named_joins(
        'contacts', 'employee', ref('accepted_employees'), 'employee_id'
    ) }}
),

final as (
    select
        contacts.contact_key,
        contacts.employee_key,
        coalesce(contacts.team, 'unknown') as team,
        case
            when contacts.topic is null or employees.topics is null then 'unknown'
            when
                position(
                    ';' || replace(lower(contacts.topic), ' ', '') || ';'
                    in employees.topics
                ) = 0
                then 'untrained'
            when contacts.occurred_at < employees.last_trained_at then 'unknown'
            else 'trained'
        end as training,
        observations.measure,
        observations.scale_id,
        observations.y,
        observations.seconds,
        observations.is_over
    from contacts_by_employee as contacts
    inner join observations on contacts.contact_key = observations.contact_key
    left join employees on contacts.employee_key = employees.employee_key
)

select * from final
