-- Grain: one row per second in which a conversation changed its state, team or admin,
-- per version of it. Of two states in one second the later holds; what was left alone
-- is null.
with

parts as (
    {{ intercom_parts() }}
),

teams as (
    {{ intercom_teams() }}
),

parts_told as (
    select
        *,
        {{ json_text('element', 'part_type') }} as part_type,
        {{ json_text('element', 'created_at') }} as changed_at,
        {{ json_text_at('element', ['assigned_to', 'type']) }} as assigned_type,
        nullif({{ json_text_at('element', ['assigned_to', 'id']) }}, '0') as assigned_id
    from parts
),

parts_meant as (
    select
        parts_told.*,
        teams.team_name,
        case when parts_told.assigned_type = 'admin' then parts_told.assigned_id end
            as admin_id,
        case
            when parts_told.part_type = 'close' then 'closed'
            when parts_told.part_type = 'snoozed' then 'snoozed'
            when parts_told.part_type in ('open', 'unsnoozed', 'timer_unsnooze')
                or parts_told.part_type like '%_and_reopen'
                or parts_told.part_type like '%_and_unsnooze'
                then 'open'
        end as state
    from parts_told
    left join teams
        on
            parts_told.source_system = teams.source_system
            and parts_told.assigned_type = 'team'
            and parts_told.assigned_id = teams.team_id
),

changed as (
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        ticket_id,
        changed_at,
        max_by(state, place) filter (where state is not null) as state,
        max_by(team_name, place) filter (where team_name is not null) as team,
        max_by(admin_id, place) filter (where admin_id is not null)
            as agent_employee_id,
        max(place) as place
    from parts_meant
    where coalesce(state, team_name, admin_id) is not null
    group by
        _load_id, _file_id, _record_number, source_system, ticket_id, changed_at
)

select {{ contract_row('ticket_changes', 'intercom', row_in_record='place', given={
    'ticket_id': 'ticket_id',
    'changed_at': iso_of_epoch('changed_at'),
    'source_system': 'source_system',
    'status': intercom_status('state'),
    'team': 'team',
    'agent_employee_id': 'agent_employee_id',
}) }}
from changed
