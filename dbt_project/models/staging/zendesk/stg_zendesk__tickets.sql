-- Grain: one row per version of a ticket. A program that makes tickets is their
-- submitter, so a ticket of the API does not tell who opened it.
{%- set given = {
    'ticket_id': in_record('id'),
    'source_system': 'source_system',
    'created_at': in_record('created_at'),
    'customer_id': 'requester_id',
    'channel': zendesk_channel(in_record('via.channel')),
    'priority': in_record('priority'),
    'status': "nullif(" ~ in_record('status') ~ ", 'deleted')",
    'opened_by': "case when " ~ in_record('via.channel') ~ " = 'api' then null when "
        ~ in_record('submitter_id') ~ " = " ~ in_record('requester_id')
        ~ " then 'customer' when " ~ in_record('submitter_id') ~ " is not null then 'agent' end",
    'solved_at': in_record('metric_set.solved_at'),
    'reopens': in_record('metric_set.reopens'),
    'agent_replies': in_record('metric_set.replies'),
    'agent_employee_id': 'assignee_id',
    'team': 'group_name',
    'updated_at': iso_of_epoch(in_record('generated_timestamp')),
    'is_deleted': "case when " ~ in_record('status') ~ " = 'deleted' then 'true' end",
} %}
{%- set titles = [] %}
{%- for column in contract_columns('tickets') if column.name not in [
    'source_system', 'updated_at', 'is_deleted',
] %}
{%- do titles.append(column.name) %}
{%- do given.update({column.name: given.get(column.name, 'null')}) %}
{%- endfor %}
with

tickets as (
    select * from {{ source('raw_zendesk', 'tickets') }}
),

groups_of_agents as (
    {{ zendesk_groups() }}
),

users as (
    {{ zendesk_users() }}
),

fields as (
    {{ zendesk_fields() }}
),

filled as (
    select
        _file_id,
        _record_number,
        source_system,
        {{ json_elements(json_text('record', 'custom_fields')) }} as field
    from tickets
),

-- Of two fields with one title the one that was made later holds.
custom as (
    select
        {%- for title in titles %}
        max_by(
            {{ json_text('filled.field', 'value') }}, cast(fields.field_id as bigint)
        ) filter (where fields.title = '{{ title }}') as custom_{{ title }},
        {%- endfor %}
        filled._file_id,
        filled._record_number
    from filled
    inner join fields
        on
            filled.source_system = fields.source_system
            and {{ json_text('filled.field', 'id') }} = fields.field_id
    group by filled._file_id, filled._record_number
),

tickets_completed as (
    select
        {%- for title in titles %}
        custom.custom_{{ title }},
        {%- endfor %}
        tickets.*,
        groups_of_agents.group_name,
        coalesce(
            requesters.own_id, {{ json_text('tickets.record', 'requester_id') }}
        ) as requester_id,
        coalesce(
            assignees.own_id, {{ json_text('tickets.record', 'assignee_id') }}
        ) as assignee_id
    from tickets
    left join groups_of_agents
        on
            tickets.source_system = groups_of_agents.source_system
            and {{ json_text('tickets.record', 'group_id') }}
            = groups_of_agents.group_id
    left join users as requesters
        on
            tickets.source_system = requesters.source_system
            and {{ json_text('tickets.record', 'requester_id') }} = requesters.user_id
    left join users as assignees
        on
            tickets.source_system = assignees.source_system
            and {{ json_text('tickets.record', 'assignee_id') }} = assignees.user_id
    left join custom
        on
            tickets._file_id = custom._file_id
            and tickets._record_number = custom._record_number
)

select {{ contract_row('tickets', 'zendesk', given_or_custom(given)) }}
from tickets_completed
