-- Grain: one row per time that an admin, a teammate, was listed, with the first of his
-- teams.
with

teams as (
    {{ intercom_teams() }}
),

admins as (
    select
        admins.*,
        teams.team_name
    from {{ source('raw_intercom', 'admins') }} as admins
    left join teams
        on
            admins.source_system = teams.source_system
            and {{ json_text_at('admins.record', ['team_ids', 0]) }} = teams.team_id
)

select {{ contract_row('employees', 'intercom', given={
    'employee_id': in_record('id'),
    'source_system': 'source_system',
    'team': 'team_name',
    'role': in_record('job_title'),
}) }}
from admins
