-- Pipedrive's own ways of writing (source pipedrive).

-- The records of a list, and those that the feed shows to be gone. A deletion may leave the time of
-- the last change as it was, so it bears none: it replaces whatever was read before it.
{% macro pipedrive_records(table, item) -%}
    select
        *,
        {{ in_record('id') }} as own_number,
        {{ in_record('update_time') }} as changed_at,
        {{ in_record('is_deleted') }} as is_gone
    from {{ source('raw_pipedrive', table) }}
    union all
    select
        *,
        {{ in_record('id') }} as own_number,
        cast(null as varchar) as changed_at,
        'true' as is_gone
    from {{ source('raw_pipedrive', 'deleted_records') }}
    where {{ in_record('item') }} = '{{ item }}'
{%- endmacro %}

-- The API's first version writes a moment as 2026-01-31 08:00:00, which is UTC.
{% macro pipedrive_moment(text) -%}
    replace({{ text }}, ' ', 'T') || 'Z'
{%- endmacro %}

-- The address or number of a list that is marked as the main one, among the first five; else the
-- first.
{% macro pipedrive_main(list) -%}
    {%- set told = [] -%}
    {%- for place in range(5) -%}
        {%- do told.append(
            'case when ' ~ json_text_at('record', [list, place, 'primary']) ~ " = 'true' then "
            ~ json_text_at('record', [list, place, 'value']) ~ ' end'
        ) -%}
    {%- endfor -%}
    {%- do told.append(json_text_at('record', [list, 0, 'value'])) -%}
    {{ return(first_of(told)) }}
{%- endmacro %}

-- The company's own id of each record as last read, where it gives one, by Pipedrive's number.
{% macro pipedrive_own_ids(table, item, column) -%}
    select
        source_system as told_by,
        own_number as told_number,
        {{ first_of([in_record('named.' ~ column), 'own_number']) }} as own_id
    from {{ newest_rows(
        '(' ~ pipedrive_records(table, item) ~ ') as records', 'source_system, own_number'
    ) }}
{%- endmacro %}

-- What a deal tells of how it ended, if it ended so: one that was opened again tells it still.
{% macro pipedrive_if_ended(status, path) -%}
    case {{ in_record('status') }} when '{{ status }}' then {{ in_record(path) }} end
{%- endmacro %}

-- What an activity was, by its type: a call, an e-mail or a meeting. Null for what is a task, a
-- deadline, or of a type that the company has added.
{% macro pipedrive_contact_channel() -%}
    case coalesce({{ in_record('type') }}, {{ in_record('data.type') }})
        when 'call' then 'phone'
        when 'email' then 'email'
        when 'meeting' then 'field'
        when 'lunch' then 'field'
    end
{%- endmacro %}

-- When an activity took place: when it was due, or, if it was done before that, when it was done.
-- Of one that did not, when it was made: it may be due at any time to come.
{% macro pipedrive_occurred_at() -%}
    coalesce(
        case
            when {{ in_record('done') }} = 'true'
                then coalesce(
                    least(
                        {{ in_record('due_date') }} || 'T'
                        || left(nullif({{ in_record('due_time') }}, ''), 5) || ':00Z',
                        {{ in_record('marked_as_done_time') }}
                    ),
                    {{ in_record('marked_as_done_time') }},
                    {{ in_record('due_date') }}
                )
        end,
        {{ in_record('add_time') }},
        {{ pipedrive_moment(in_record('data.add_time')) }}
    )
{%- endmacro %}

-- How long an activity was, from hours and minutes such as 01:30; null where nobody said.
{% macro pipedrive_seconds() -%}
    cast(
        nullif(
            try_cast(split_part({{ in_record('duration') }}, ':', 1) as integer) * 3600
            + try_cast(split_part({{ in_record('duration') }}, ':', 2) as integer) * 60,
            0
        ) as varchar
    )
{%- endmacro %}
