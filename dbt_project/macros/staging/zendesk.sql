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

-- The columns of an entity that `given` leaves to custom fields, by their titles.
{% macro zendesk_titles(entity, given) -%}
    {%- set titles = [] -%}
    {%- for column in contract_columns(entity) if column.name not in given -%}
        {%- do titles.append(column.name) -%}
    {%- endfor -%}
    {{ return(titles) }}
{%- endmacro %}

-- The groups of agents as last read.
{% macro zendesk_groups() -%}
    select
        source_system,
        {{ in_record('id') }} as group_id,
        {{ in_record('name') }} as group_name
    from {{ newest_rows(source('raw_zendesk', 'groups'), "source_system, " ~ in_record('id')) }}
{%- endmacro %}

-- One row per event of a ticket and what was changed or written in it.
{% macro zendesk_children() -%}
    select
        *,
        {{ json_elements(json_text('record', 'child_events')) }} as child
    from {{ source('raw_zendesk', 'ticket_events') }}
{%- endmacro %}
