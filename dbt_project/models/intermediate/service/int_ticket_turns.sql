-- Grain: one row per solved ticket whose states are on record: how its time was shared
-- between waiting for the company, waiting for the customer and waiting for others.
-- Before the first recorded state it waited for the company; time between a solution
-- and a reopening is nobody's wait.

with

tickets as (
    select * from {{ ref('int_tickets_served') }}
    where is_resolved and solved_at is not null
),

states as (
    select
        tickets.ticket_key,
        tickets.created_at,
        tickets.solved_at,
        changes.changed_at,
        changes.status,
        lead(changes.changed_at) over (
            partition by tickets.ticket_key order by changes.changed_at asc
        ) as next_changed_at,
        row_number() over (
            partition by tickets.ticket_key order by changes.changed_at asc
        ) as place
    from tickets
    inner join {{ ref('accepted_ticket_changes') }} as changes
        on
            tickets.source_system = changes.ticket_system
            and tickets.ticket_id = changes.ticket_id
    where
        changes.status is not null
        and changes.changed_at >= tickets.created_at
        and changes.changed_at <= tickets.solved_at
),

spans as (
    select
        ticket_key,
        status,
        {{ seconds_between('changed_at', 'coalesce(next_changed_at, solved_at)') }}
            as seconds
    from states
    union all
    select
        ticket_key,
        'new' as status,
        {{ seconds_between('created_at', 'changed_at') }} as seconds
    from states
    where place = 1
),

final as (
    select
        ticket_key,
        sum(case when status in ('new', 'open') then seconds else 0 end)
            as requester_wait_seconds,
        sum(case when status = 'pending' then seconds else 0 end)
            as agent_wait_seconds,
        sum(case when status = 'hold' then seconds else 0 end) as on_hold_seconds
    from spans
    group by ticket_key
)

select * from final
