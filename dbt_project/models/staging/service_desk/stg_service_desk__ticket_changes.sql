-- Grain: one row per update of an incident. Times are to the minute: of two updates of
-- one ticket in the same minute the later row of the file holds.
with

updates as (
    select * from {{ source('raw_service_desk', 'incident_event_log') }}
),

renamed as (
    select
        _load_id,
        _file_id,
        _record_number,
        number as ticket_id,
        {{ service_desk_time('sys_updated_at') }} as changed_at,
        {{ service_desk_status('incident_state') }} as status,
        {{ service_desk_text('assignment_group') }} as team,
        {{ service_desk_text('assigned_to') }} as agent_employee_id
    from updates
)

select {{ contract_row('ticket_changes', 'service_desk', given=[
    'ticket_id', 'changed_at', 'status', 'team', 'agent_employee_id',
]) }}
from renamed
