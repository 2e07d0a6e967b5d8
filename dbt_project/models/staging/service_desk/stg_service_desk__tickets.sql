-- Grain: one row per update of an incident: each is a version of the ticket, the last
-- one in the log holds, for its times are to the minute and would tie. It knows no
-- first reply and no answers of agents.
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
        {{ service_desk_time('opened_at') }} as created_at,
        {{ service_desk_text('caller_id') }} as customer_id,
        lower({{ service_desk_text('contact_type') }}) as channel,
        {{ service_desk_text('category') }} as topic,
        {{ service_desk_text('priority') }} as priority,
        {{ service_desk_status('incident_state') }} as status,
        {{ service_desk_time('resolved_at') }} as solved_at,
        {{ service_desk_time('closed_at') }} as closed_at,
        reopen_count as reopens,
        {{ service_desk_text('assigned_to') }} as agent_employee_id,
        {{ service_desk_text('assignment_group') }} as team
    from updates
)

select {{ contract_row('tickets', 'service_desk', given=[
    'ticket_id', 'created_at', 'customer_id', 'channel', 'topic', 'priority', 'status',
    'solved_at', 'closed_at', 'reopens', 'agent_employee_id', 'team',
]) }}
from renamed
