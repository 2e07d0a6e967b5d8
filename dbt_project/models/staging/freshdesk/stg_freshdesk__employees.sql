-- Grain: one row per time that an agent was listed, with the first of his groups.
with

groups_of_agents as (
    {{ freshdesk_groups() }}
),

agents as (
    select
        agents.*,
        groups_of_agents.group_name
    from {{ source('raw_freshdesk', 'agents') }} as agents
    left join groups_of_agents
        on
            agents.source_system = groups_of_agents.source_system
            and {{ json_text_at('agents.record', ['group_ids', 0]) }}
            = groups_of_agents.group_id
)

select {{ contract_row('employees', 'freshdesk', given={
    'employee_id': in_record('id'),
    'source_system': 'source_system',
    'team': 'group_name',
    'role': in_record('contact.job_title'),
    'updated_at': in_record('updated_at'),
}) }}
from agents
