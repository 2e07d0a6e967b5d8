-- Grain: one row per update of a ticket that changed its status, group or assignee.
-- What was changed together is one update; what it left alone is null.
with

children as (
    {{ zendesk_children() }}
),

changed as (
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        ticket_id,
        {{ in_record('created_at') }} as changed_at,
        max(nullif({{ json_text('child', 'status') }}, 'deleted')) as status,
        max({{ json_text('child', 'group_id') }}) as group_id,
        max({{ json_text('child', 'assignee_id') }}) as assignee_id
    from children
    where {{ json_text('child', 'event_type') }} in ('Create', 'Change')
    group by
        _load_id, _file_id, _record_number, source_system, ticket_id,
        {{ in_record('created_at') }}
),

groups_of_agents as (
    {{ zendesk_groups() }}
),

users as (
    {{ zendesk_users() }}
),

named as (
    select
        changed.*,
        groups_of_agents.group_name as team,
        coalesce(users.own_id, changed.assignee_id) as agent_employee_id
    from changed
    left join groups_of_agents
        on
            changed.source_system = groups_of_agents.source_system
            and changed.group_id = groups_of_agents.group_id
    left join users
        on
            changed.source_system = users.source_system
            and changed.assignee_id = users.user_id
    where
        changed.status is not null
        or changed.group_id is not null
        or changed.assignee_id is not null
)

select {{ contract_row('ticket_changes', 'zendesk', given=[
    'ticket_id', 'source_system', 'changed_at', 'status', 'team', 'agent_employee_id',
]) }}
from named
