-- Zendesk's own ways of writing (source zendesk).

-- The channel of a `via`; one without a name here stays as it is.
{% macro zendesk_channel(via) -%}
    case
        when {{ via }} in ('mail') then 'email'
        when {{ via }} in ('web_form', 'web_widget') then 'web'
        when {{ via }} in ('native_messaging', 'web_messenger') then 'chat'
        when {{ via }} in ('voice', 'voicemail', 'phone_call_inbound', 'phone_call_outbound')
            then 'phone'
        when {{ via }} in ('mobile_sdk', 'ios', 'android') then 'app'
        when {{ via }} in ('text_message', 'native_sms') then 'sms'
        when {{ via }} in (
            'twitter', 'twitter_dm', 'facebook', 'facebook_post', 'facebook_message',
            'instagram_dm'
        )
            then 'social'
        else {{ via }}
    end
{%- endmacro %}

-- The custom fields of tickets as last read, by the title that may be a column's name.
{% macro zendesk_fields() -%}
    select
        source_system,
        {{ in_record('id') }} as field_id,
        lower(trim({{ in_record('title') }})) as title
    from {{ newest_rows(
        source('raw_zendesk', 'ticket_fields'), 'source_system, ' ~ in_record('id')
    ) }}
{%- endmacro %}

-- Users as last read, with the id that the company itself gives them, if it does.
{% macro zendesk_users() -%}
    select
        source_system,
        {{ in_record('id') }} as user_id,
        {{ in_record('role') }} as role,
        {{ first_of([
            in_record('user_fields.customer_id'), in_record('user_fields.employee_id'),
            in_record('id'),
        ]) }} as own_id
    from {{ newest_rows(source('raw_zendesk', 'users'), 'source_system, ' ~ in_record('id')) }}
{%- endmacro %}

-- Tickets to which the company itself gives an id, by a custom field.
{% macro zendesk_ticket_ids() -%}
    select
        filled.source_system,
        filled.ticket_id,
        max({{ json_text('filled.field', 'value') }}) as own_id
    from (
        select
            source_system,
            {{ in_record('id') }} as ticket_id,
            {{ json_elements(json_text('record', 'custom_fields')) }} as field
        from {{ newest_rows(
            source('raw_zendesk', 'tickets'), 'source_system, ' ~ in_record('id')
        ) }}
    ) as filled
    inner join ({{ zendesk_fields() }}) as fields
        on
            filled.source_system = fields.source_system
            and {{ json_text('filled.field', 'id') }} = fields.field_id
    where fields.title = 'ticket_id'
    group by filled.source_system, filled.ticket_id
{%- endmacro %}

-- Ratings with the company's own ids of the ticket and of who was asked.
{% macro zendesk_ratings() -%}
    select
        ratings.*,
        coalesce(tickets.own_id, {{ json_text('ratings.record', 'ticket_id') }}) as ticket_id,
        coalesce(users.own_id, {{ json_text('ratings.record', 'requester_id') }}) as customer_id
    from {{ source('raw_zendesk', 'satisfaction_ratings') }} as ratings
    left join ({{ zendesk_ticket_ids() }}) as tickets
        on
            ratings.source_system = tickets.source_system
            and {{ json_text('ratings.record', 'ticket_id') }} = tickets.ticket_id
    left join ({{ zendesk_users() }}) as users
        on
            ratings.source_system = users.source_system
            and {{ json_text('ratings.record', 'requester_id') }} = users.user_id
{%- endmacro %}

-- The groups of agents as last read.
{% macro zendesk_groups() -%}
    select
        source_system,
        {{ in_record('id') }} as group_id,
        {{ in_record('name') }} as group_name
    from {{ newest_rows(source('raw_zendesk', 'groups'), "source_system, " ~ in_record('id')) }}
{%- endmacro %}

-- One row per event of a ticket and what was changed or written in it, with the company's own
-- id of the ticket.
{% macro zendesk_children() -%}
    select
        events.*,
        coalesce(tickets.own_id, {{ json_text('events.record', 'ticket_id') }}) as ticket_id,
        {{ json_elements(json_text('events.record', 'child_events')) }} as child
    from {{ source('raw_zendesk', 'ticket_events') }} as events
    left join ({{ zendesk_ticket_ids() }}) as tickets
        on
            events.source_system = tickets.source_system
            and {{ json_text('events.record', 'ticket_id') }} = tickets.ticket_id
{%- endmacro %}
