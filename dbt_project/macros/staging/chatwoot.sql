-- Chatwoot's own ways of writing (source chatwoot).

-- A moment; 0 is none.
{% macro chatwoot_moment(seconds) -%}
    {{ iso_of_epoch("nullif(split_part(" ~ seconds ~ ", '.', 1), '0')") }}
{%- endmacro %}

-- The channel of an inbox: its type, and the medium that some types have. One without a name here
-- stays as it is.
{% macro chatwoot_channel(type, medium) -%}
    case
        when {{ medium }} = 'whatsapp' then 'whatsapp'
        when {{ type }} = 'Channel::WebWidget' then 'chat'
        when {{ type }} in ('Channel::TwilioSms', 'Channel::Sms') then 'sms'
        when {{ type }} in (
            'Channel::FacebookPage', 'Channel::Instagram', 'Channel::Tiktok',
            'Channel::TwitterProfile'
        )
            then 'social'
        when {{ type }} = 'Channel::Voice' then 'phone'
        else lower(replace({{ type }}, 'Channel::', ''))
    end
{%- endmacro %}

-- The status that a state is; an unknown one stays as it is.
{% macro chatwoot_status(state) -%}
    case {{ state }}
        when 'snoozed' then 'pending'
        when 'resolved' then 'solved'
        else {{ state }}
    end
{%- endmacro %}

-- The company's own id of a contact, which Chatwoot has a field for.
{% macro chatwoot_customer_id() -%}
    {{ first_of([
        in_record('custom_attributes.customer_id'), in_record('identifier'), in_record('id'),
    ]) }}
{%- endmacro %}

-- Each conversation as last read: the company's own id of it, its customer as the company knows
-- him by now, and the channel of its inbox.
{% macro chatwoot_conversations() -%}
    select
        conversations.source_system,
        {{ json_text('conversations.record', 'id') }} as conversation_id,
        coalesce(
            nullif({{ json_text_at('conversations.record', ['custom_attributes', 'ticket_id']) }}, ''),
            {{ json_text('conversations.record', 'id') }}
        ) as ticket_id,
        coalesce(
            contacts.customer_id,
            nullif({{ json_text_at('conversations.record', ['meta', 'sender', 'identifier']) }}, ''),
            {{ json_text_at('conversations.record', ['meta', 'sender', 'id']) }}
        ) as customer_id,
        coalesce(
            nullif({{ json_text_at('conversations.record', ['custom_attributes', 'channel']) }}, ''),
            {{ chatwoot_channel(
                json_text_at('conversations.record', ['meta', 'channel']), 'inboxes.medium'
            ) }}
        ) as channel
    from (
        select *
        from {{ newest_rows(
            source('raw_chatwoot', 'conversations'), 'source_system, ' ~ in_record('id')
        ) }}
    ) as conversations
    left join (
        select
            source_system,
            {{ in_record('id') }} as contact_id,
            {{ chatwoot_customer_id() }} as customer_id
        from {{ newest_rows(
            source('raw_chatwoot', 'contacts'), 'source_system, ' ~ in_record('id')
        ) }}
    ) as contacts
        on
            conversations.source_system = contacts.source_system
            and {{ json_text_at('conversations.record', ['meta', 'sender', 'id']) }}
            = contacts.contact_id
    left join (
        select
            source_system,
            {{ in_record('id') }} as inbox_id,
            {{ in_record('medium') }} as medium
        from {{ newest_rows(
            source('raw_chatwoot', 'inboxes'), 'source_system, ' ~ in_record('id')
        ) }}
    ) as inboxes
        on
            conversations.source_system = inboxes.source_system
            and {{ json_text('conversations.record', 'inbox_id') }} = inboxes.inbox_id
{%- endmacro %}
