-- Freshdesk's own ways of writing (source freshdesk).

-- What a ticket or a person gives, where no custom field bears the name of the column. Fields of
-- tickets bear it behind `cf_`.
{% macro freshdesk_or_custom(entity, given) -%}
    {%- set made = {} -%}
    {%- for column in contract_columns(entity) -%}
        {%- if column.name in ['source_system', 'updated_at', 'is_deleted'] -%}
            {%- do made.update({column.name: given.get(column.name, 'cast(null as varchar)')}) -%}
        {%- else -%}
            {%- do made.update({column.name: first_of([
                in_record('custom_fields.cf_' ~ column.name),
                in_record('custom_fields.' ~ column.name),
                given.get(column.name, 'null'),
            ])}) -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(made) }}
{%- endmacro %}

-- The status that a number is: the five that every account begins with, and those two of them that
-- tell whom a ticket waits for. A status that a company has added stays a number.
{% macro freshdesk_status(number) -%}
    case {{ number }}
        when '2' then 'open'
        when '3' then 'pending'
        when '4' then 'solved'
        when '5' then 'closed'
        when '6' then 'pending'
        when '7' then 'hold'
        else {{ number }}
    end
{%- endmacro %}

{% macro freshdesk_priority(number) -%}
    case {{ number }}
        when '1' then 'low'
        when '2' then 'medium'
        when '3' then 'high'
        when '4' then 'urgent'
        else {{ number }}
    end
{%- endmacro %}

-- Where a ticket came in; a number without a name here stays as it is.
{% macro freshdesk_channel(source) -%}
    case {{ source }}
        when '1' then 'email'
        when '2' then 'web'
        when '3' then 'phone'
        when '7' then 'chat'
        when '9' then 'web'
        when '10' then 'email'
        else {{ source }}
    end
{%- endmacro %}

{% macro freshdesk_ticket_id() -%}
    {{ first_of([
        in_record('custom_fields.cf_ticket_id'), in_record('custom_fields.ticket_id'),
        in_record('id'),
    ]) }}
{%- endmacro %}

{% macro freshdesk_customer_id() -%}
    {{ first_of([
        in_record('custom_fields.customer_id'), in_record('unique_external_id'), in_record('id'),
    ]) }}
{%- endmacro %}

-- Tickets of all three lists: those that are there, those that were deleted, and spam.
{% macro freshdesk_tickets() -%}
    {%- for table in ['tickets', 'deleted_tickets', 'spam_tickets'] %}
    {{ 'union all' if not loop.first }}
    select * from {{ source('raw_freshdesk', table) }}
    {%- endfor %}
{%- endmacro %}

-- Contacts that are there, and those that were deleted.
{% macro freshdesk_contacts() -%}
    select
        *,
        cast(null as varchar) as is_gone
    from {{ source('raw_freshdesk', 'contacts') }}
    union all
    select
        *,
        'true' as is_gone
    from {{ source('raw_freshdesk', 'deleted_contacts') }}
{%- endmacro %}

-- Each ticket as last read: the company's own id of it, its customer as the company knows him by
-- now, and its channel.
{% macro freshdesk_tickets_known() -%}
    select
        tickets.source_system,
        tickets.number,
        tickets.ticket_id,
        tickets.channel,
        coalesce(contacts.customer_id, tickets.requester_id) as customer_id
    from (
        select
            source_system,
            {{ in_record('id') }} as number,
            {{ freshdesk_ticket_id() }} as ticket_id,
            {{ in_record('requester_id') }} as requester_id,
            {{ first_of([
                in_record('custom_fields.cf_channel'), freshdesk_channel(in_record('source')),
            ]) }} as channel
        from {{ newest_rows(
            '(' ~ freshdesk_tickets() ~ ') as tickets', 'source_system, ' ~ in_record('id')
        ) }}
    ) as tickets
    left join (
        select
            source_system,
            {{ in_record('id') }} as contact_id,
            {{ freshdesk_customer_id() }} as customer_id
        from {{ newest_rows(
            '(' ~ freshdesk_contacts() ~ ') as contacts', 'source_system, ' ~ in_record('id')
        ) }}
    ) as contacts
        on
            tickets.source_system = contacts.source_system
            and tickets.requester_id = contacts.contact_id
{%- endmacro %}

-- The answers that the questions of surveys accept, one row each: which number it is, its step
-- among them from the worst on, and the scale that so many steps are. Three are none known here.
{% macro freshdesk_steps(surveys) -%}
    select
        accepted.*,
        cast(accepted.answer as varchar) as rating,
        row_number() over answers_in_order as step,
        count(*) over answers_of_question as steps,
        case count(*) over answers_of_question
            when 2 then 'csat_thumbs'
            when 5 then 'csat'
            when 7 then 'csat_7'
        end as scale_id
    from (
        select
            asked._load_id,
            asked._file_id,
            asked._record_number,
            asked.source_system,
            asked.place,
            {{ json_text('asked.record', 'id') }} as survey_id,
            {{ json_text('asked.element', 'id') }} as question_id,
            {{ json_text('asked.element', 'label') }} as wording,
            {{ json_elements(json_text('asked.element', 'accepted_ratings')) }} as answer
        from (
            select
                *,
                {{ json_elements_in_order(in_record('questions')) }}
            from {{ surveys }}
        ) as asked
    ) as accepted
    window
        answers_of_question as (partition by _file_id, _record_number, question_id),
        answers_in_order as (
            partition by _file_id, _record_number, question_id
            order by cast(accepted.answer as integer)
        )
{%- endmacro %}

-- The groups of agents as last read.
{% macro freshdesk_groups() -%}
    select
        source_system,
        {{ in_record('id') }} as group_id,
        {{ in_record('name') }} as group_name
    from {{ newest_rows(source('raw_freshdesk', 'groups'), 'source_system, ' ~ in_record('id')) }}
{%- endmacro %}
