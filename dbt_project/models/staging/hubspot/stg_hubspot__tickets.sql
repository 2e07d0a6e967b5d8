-- Grain: one row per version of a ticket. A stage bears the status that it is named
-- after; the stages of HubSpot's own pipeline, and open or closed, are known; any other
-- is told as it is, and quarantined.
with

tickets as (
    select * from {{ source('raw_hubspot', 'tickets') }}
    union all
    select * from {{ source('raw_hubspot', 'archived_tickets') }}
),

contacts as (
    {{ hubspot_contact_of('tickets') }}
),

pipelines as (
    select
        source_system as pipeline_source,
        _load_id as told_in_load,
        _file_id as told_in_file,
        {{ in_record('id') }} as pipeline_id,
        {{ json_elements("json_extract(record, '$.stages')") }} as stage
    from {{ source('raw_hubspot', 'ticket_pipelines') }}
),

stages as (
    select
        pipeline_source,
        pipeline_id,
        {{ json_text('stage', 'id') }} as stage_id,
        lower({{ json_text('stage', 'label') }}) as stage_label,
        lower({{ json_text_at('stage', ['metadata', 'ticketState']) }}) as stage_state
    from pipelines
    qualify row_number() over (
        partition by pipeline_source, pipeline_id, stage_id
        order by told_in_load desc, told_in_file desc
    ) = 1
),

tickets_told as (
    select
        *,
        {{ in_record('id') }} as ticket_id,
        {{ hubspot_property('hs_pipeline') }} as pipeline_told,
        {{ hubspot_property('hs_pipeline_stage') }} as stage_told
    from tickets
),

tickets_in_stages as (
    select
        tickets_told.*,
        contacts.contact_id,
        stages.stage_label,
        stages.stage_state
    from tickets_told
    left join contacts
        on
            tickets_told.source_system = contacts.contact_source
            and tickets_told.ticket_id = contacts.object_id
    left join stages
        on
            tickets_told.source_system = stages.pipeline_source
            and tickets_told.pipeline_told = stages.pipeline_id
            and tickets_told.stage_told = stages.stage_id
)

select {{ contract_row('tickets', 'hubspot', dict(hubspot_state(), **{
    'ticket_id': 'ticket_id',
    'created_at': hubspot_property('createdate'),
    'customer_id': 'contact_id',
    'channel': hubspot_channel(hubspot_property('source_type')),
    'topic': first_of([
        hubspot_property('topic'), 'lower(' ~ hubspot_property('hs_ticket_category') ~ ')',
    ]),
    'priority': 'lower(' ~ hubspot_property('hs_ticket_priority') ~ ')',
    'status': hubspot_status(),
    'first_reply_at': first_of([
        hubspot_property('first_reply_at'), hubspot_property('first_agent_reply_date'),
    ]),
    'closed_at': hubspot_property('closed_date'),
    'agent_employee_id': hubspot_property('hubspot_owner_id'),
}), custom=['properties']) }}
from tickets_in_stages
