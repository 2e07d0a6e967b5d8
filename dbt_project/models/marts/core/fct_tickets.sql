-- Grain: one row per ticket; spam is out, a merged ticket lives on in its survivor.
{%- set kinds = ['customer_id', 'email', 'phone'] %}
{%- set is_reply -%}
messages.author_role = 'agent' and coalesce(messages.is_public, true)
{%- endset %}

with

tickets as (
    select * from {{ ref('accepted_tickets') }}
    where not coalesce(is_spam, false) and merged_into_ticket_id is null
),

-- The public answers of persons: automatic replies and internal notes answer
-- nobody, nor does a message that was written before the ticket.
replies as (
    select
        messages.ticket_system,
        messages.ticket_id,
        min(messages.created_at) filter (where {{ is_reply }}) as replied_at,
        count(*) filter (where {{ is_reply }}) as replies
    from {{ ref('accepted_ticket_messages') }} as messages
    inner join tickets
        on
            messages.ticket_system = tickets.source_system
            and messages.ticket_id = tickets.ticket_id
            and messages.created_at >= tickets.created_at
    group by messages.ticket_system, messages.ticket_id
),

changes as (
    select
        changes.ticket_system,
        changes.ticket_id,
        changes.changed_at,
        changes.status in ('solved', 'closed') as is_solution,
        lag(changes.status in ('solved', 'closed')) over (
            partition by changes.ticket_system, changes.ticket_id
            order by changes.changed_at asc
        ) as was_solved
    from {{ ref('accepted_ticket_changes') }} as changes
    inner join tickets
        on
            changes.ticket_system = tickets.source_system
            and changes.ticket_id = tickets.ticket_id
            and changes.changed_at >= tickets.created_at
    -- a change of the team or the agent alone says nothing of the state
    where changes.status is not null
),

solutions as (
    select
        ticket_system,
        ticket_id,
        min(changed_at) filter (where is_solution) as first_solved_at,
        max(changed_at) filter (where is_solution) as solved_at,
        max_by(is_solution, changed_at) as is_solution_last
    from changes
    group by ticket_system, ticket_id
),

-- A history that never tells of a solution tells of no reopening either.
histories as (
    select
        ticket_system,
        ticket_id,
        count(*) filter (where was_solved and not is_solution) as reopens
    from changes
    group by ticket_system, ticket_id
    having count(*) filter (where is_solution) > 0
),

staffed_days as (
    select * from {{ ref('int_staffed_days') }}
),

tickets_stated as (
    select
        tickets.*,
        -- where the source names no state, its history does, or that it was solved
        coalesce(
            tickets.status in ('solved', 'closed'),
            solutions.is_solution_last,
            tickets.solved_at is not null or tickets.closed_at is not null
        ) as is_solved,
        solutions.first_solved_at as first_solution_at,
        solutions.solved_at as last_solution_at
    from tickets
    left join solutions
        on
            tickets.source_system = solutions.ticket_system
            and tickets.ticket_id = solutions.ticket_id
),

tickets_completed as (
    select
        tickets.*,
        coalesce(tickets.agent_replies, cast(replies.replies as integer))
            as replies_known,
        {{ person_of(kinds) }} as customer_key,
        case
            when coalesce(tickets.opened_by, 'customer') = 'customer'
                then coalesce(tickets.first_reply_at, replies.replied_at)
        end as first_answered_at,
        case
            when tickets.is_solved
                then coalesce(
                    tickets.solved_at, tickets.last_solution_at, tickets.closed_at
                )
        end as resolved_at,
        coalesce(
            tickets.first_solved_at,
            least(tickets.first_solution_at, tickets.solved_at),
            tickets.closed_at
        ) as first_resolved_at,
        cast(coalesce(tickets.reopens, histories.reopens) as integer) as reopens_known
    from tickets_stated as tickets
    left join replies
        on
            tickets.source_system = replies.ticket_system
            and tickets.ticket_id = replies.ticket_id
    left join histories
        on
            tickets.source_system = histories.ticket_system
            and tickets.ticket_id = histories.ticket_id
    {{ person_joins('tickets', kinds) }}
),

tickets_timed as (
    select
        tickets_completed.*,
        {{ seconds_between('created_at', 'first_answered_at') }} as first_reply_seconds,
        {{ seconds_between('created_at', 'resolved_at') }} as resolution_seconds,
        {{ staffed_seconds_at('first_answered_at', 'reply_days') }}
        - {{ staffed_seconds_at('created_at', 'created_days') }}
            as first_reply_business_seconds,
        {{ staffed_seconds_at('resolved_at', 'solved_days') }}
        - {{ staffed_seconds_at('created_at', 'created_days') }}
            as resolution_business_seconds,
        -- a ticket of the same person on the same topic in the seven days before; no
        -- topic is one topic
        {{ seconds_between(
            'lag(created_at) over ('
            ~ 'partition by customer_key, topic '
            ~ 'order by created_at, row_key)', 'created_at'
        ) }} <= {{ var('issue_gap_days') }} * 86400 as follows_same_topic
    from tickets_completed
    left join staffed_days as created_days
        on {{ local_date('created_at') }} = created_days.day
    left join staffed_days as reply_days
        on {{ local_date('first_answered_at') }} = reply_days.day
    left join staffed_days as solved_days
        on {{ local_date('resolved_at') }} = solved_days.day
),

final as (
    select
        {{ key_of("'tickets:' || source_system || ':' || ticket_id") }} as ticket_key,
        ticket_id,
        source_system,
        customer_key,
        created_at,
        channel,
        topic,
        priority,
        status,
        team,
        opened_by,
        first_answered_at as first_reply_at,
        first_resolved_at as first_solved_at,
        resolved_at as solved_at,
        first_reply_seconds,
        resolution_seconds,
        first_reply_business_seconds,
        resolution_business_seconds,
        not is_solved as is_open,
        reopens_known as reopens,
        replies_known as agent_replies,
        case when is_solved then replies_known < 2 end as is_one_touch,
        case
            when customer_key is not null then coalesce(follows_same_topic, false)
        end as is_repeat_contact,
        coalesce(is_complaint, false) as is_complaint,
        case_id,
        related_order_id,
        context_known,
        is_first_level_resolvable,
        escalated as is_escalated,
        cast(refund_amount as decimal(18, 4)) as refund_amount
    from tickets_timed
)

select * from final
