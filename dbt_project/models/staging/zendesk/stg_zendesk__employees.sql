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

select {{ contract_row('employees', 'zendesk', custom=['user_fields'], given={
    'employee_id': in_record('id'),
    'source_system': 'source_system',
    'team': 'group_name',
    'left_at': "case when " ~ in_record('active') ~ " = 'false' then "
        ~ in_record('updated_at') ~ " else " ~ in_record('user_fields.left_at') ~ " end",
    'updated_at': in_record('updated_at'),
}) }}
from agents
