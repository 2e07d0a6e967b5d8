-- What the row accounts and the quarantine say of every entity, written once.

{% macro all_entities() -%}
    {{ return([
        'customers', 'accounts', 'leads', 'orders', 'order_items', 'subscriptions',
        'subscription_changes', 'survey_invitations', 'survey_responses', 'survey_questions',
        'survey_frame', 'tickets', 'ticket_changes', 'ticket_messages', 'interactions',
        'web_events', 'reviews', 'feedback_actions', 'employee_feedback', 'employees',
        'consents', 'identity_links', 'decisions',
    ]) }}
{%- endmacro %}

-- The key of a row as one text; what names a person is hashed, as this is published.
{% macro row_id_text(entity) -%}
    {%- set personal = ['customer_id', 'left_id', 'right_id'] -%}
    concat_ws(
        ':'
        {%- for column in contract_key(entity) %},
        {% if column in personal -%}
            substr({{ keyed_hash(column) }}, 1, 12)
        {%- else -%}
            cast({{ column }} as varchar)
        {%- endif -%}
        {%- endfor %}
    )
{%- endmacro %}

-- Whether all of the key of a row could be read; a blank `source_system` is the source's own.
{% macro has_whole_key(entity) -%}
    {%- for column in contract_key(entity) -%}
        {{ column }} is not null{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

-- When the newest row of an entity happened: its first event time.
{% macro newest_record(entity) -%}
    {%- set event_times = [] -%}
    {%- for column in contract_columns(entity)
        if column.type == 'timestamp' and not column.meta.may_be_future and column.name != 'updated_at' -%}
        {%- do event_times.append(column.name) -%}
    {%- endfor -%}
    {%- if event_times -%}
        max({{ event_times[0] }}) filter (where verdict <> 'quarantined')
    {%- else -%}
        cast(null as timestamp)
    {%- endif -%}
{%- endmacro %}

-- Lines that could not be read at all, from every source.
{% macro rejected_lines() -%}
    {%- set source_names = ['files'] -%}
    {%- for source_name in var('sources') if source_name != 'files' -%}
        {%- do source_names.append(source_name) -%}
    {%- endfor -%}
    {%- for source_name in source_names %}
    select
        '{{ source_name }}' as source,
        entity,
        cast(null as varchar) as row_id,
        _file_id as file_id,
        line_number as record_number,
        'malformed_line' as reason_code,
        error as reason,
        _load_id as load_id,
        line_text as row_json
    from {{ source('raw_' ~ source_name, 'rejected_lines') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

-- The select list with which every `stg_<source>__set_aside` ends: a record that becomes no row, on
-- purpose, and why. Whatever a source leaves out without naming it here is a fault:
-- assert_every_record_is_explained.
{% macro set_aside_row(source_name, reason='reason') -%}
    {%- do config(enabled=source_name in var('sources')) -%}
    '{{ source_name }}' as source,
    _load_id as load_id,
    _file_id as file_id,
    _record_number as record_number,
    {{ reason }} as reason
{%- endmacro %}

-- Of the current rows of an entity, the share that belongs to a known person.
{% macro match_rates() -%}
    select
        contacts.source,
        contacts.entity,
        avg(case when people.is_known then 1.0e0 else 0.0e0 end) as match_rate
    from (
        select
            source,
            case source_entity when 'web_sessions' then 'web_events' else source_entity end
                as entity,
            customer_key
        from {{ ref('fct_touchpoints') }}
        where source_entity <> 'deliveries'
        union all
        select
            source,
            'survey_responses' as entity,
            customer_key
        from {{ ref('int_survey_responses_scored') }}
    ) as contacts
    left join {{ ref('int_people_profiled') }} as people
        on contacts.customer_key = people.customer_key
    group by contacts.source, contacts.entity
{%- endmacro %}
