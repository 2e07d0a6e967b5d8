-- Grain: one row per version of an agent or administrator. A role in Zendesk is a
-- right, not a job, so it is not read.
with

groups_of_agents as (
    {{ zendesk_groups() }}
),

agents as (
    select
        users.*,
        groups_of_agents.group_name
    from {{ source('raw_zendesk', 'users') }} as users
    left join groups_of_agents
        on
            users.source_system = groups_of_agents.source_system
            and {{ json_text('users.record', 'default_group_id') }}
            = groups_of_agents.group_id
    where {{ json_text('users.record', 'role') }} in ('agent', 'admin')
)

select {{ contract_row('employees', 'zendesk', given=given_or_custom({
    'employee_id': in_record('id'),
    'source_system': 'source_system',
    'team': 'group_name',
    'left_at': "case when " ~ in_record('active') ~ " = 'false' then "
        ~ in_record('updated_at') ~ " end",
    'updated_at': in_record('updated_at'),
}, 'user_fields'), custom=['user_fields']) }}
from agents
