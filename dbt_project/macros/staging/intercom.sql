-- Intercom's own ways of writing (source intercom).

-- Where a conversation came in; one without a name here stays as it is.
{% macro intercom_channel() -%}
    {{ first_of([
        in_record('custom_attributes.channel'),
        "case when " ~ in_record('source.type') ~ " = 'conversation' then 'chat' when "
        ~ in_record('source.type') ~ " in ('phone_call', 'phone_switch') then 'phone' when "
        ~ in_record('source.type') ~ " in ('facebook', 'instagram', 'twitter') then 'social' "
        ~ "when " ~ in_record('source.type') ~ " = 'push' then 'app' else "
        ~ in_record('source.type') ~ " end",
    ]) }}
{%- endmacro %}

-- The status that a state is; an unknown one stays as it is.
{% macro intercom_status(state) -%}
    case {{ state }}
        when 'snoozed' then 'pending'
        when 'closed' then 'solved'
        else {{ state }}
    end
{%- endmacro %}

-- Who wrote, by the type of the author; Intercom's machine may write in an admin's name.
{% macro intercom_role(author) -%}
    case
        when {{ json_text(author, 'from_ai_agent') }} = 'true' then 'bot'
        when {{ json_text(author, 'type') }} in ('user', 'lead', 'contact', 'visitor')
            then 'customer'
        when {{ json_text(author, 'type') }} = 'admin' then 'agent'
        else {{ json_text(author, 'type') }}
    end
{%- endmacro %}

{% macro intercom_ticket_id() -%}
    {{ first_of([in_record('custom_attributes.ticket_id'), in_record('id')]) }}
{%- endmacro %}

-- The company's own id of a contact, which Intercom has a field for.
{% macro intercom_customer_id() -%}
    {{ first_of([
        in_record('custom_attributes.customer_id'), in_record('external_id'), in_record('id'),
    ]) }}
{%- endmacro %}

-- One row per conversation with its customer as the company knows him by now. Of several
-- people in it the first holds.
{% macro intercom_conversations() -%}
    select
        conversations.*,
        coalesce(
            contacts.customer_id,
            nullif({{ json_text_at('conversations.record', ['contacts', 'contacts', 0, 'external_id']) }}, ''),
            {{ json_text_at('conversations.record', ['contacts', 'contacts', 0, 'id']) }}
        ) as customer_id
    from {{ source('raw_intercom', 'conversations') }} as conversations
    left join (
        select
            source_system,
            {{ in_record('id') }} as contact_id,
            {{ intercom_customer_id() }} as customer_id
        from {{ newest_rows(
            source('raw_intercom', 'contacts'), 'source_system, ' ~ in_record('id')
        ) }}
    ) as contacts
        on
            conversations.source_system = contacts.source_system
            and {{ json_text_at('conversations.record', ['contacts', 'contacts', 0, 'id']) }}
            = contacts.contact_id
{%- endmacro %}

-- One row per part of a conversation: what was said, or done.
{% macro intercom_parts() -%}
    select
        *,
        {{ intercom_ticket_id() }} as ticket_id,
        {{ json_elements_in_order(
            json_text_at('record', ['conversation_parts', 'conversation_parts'])
        ) }}
    from {{ source('raw_intercom', 'conversations') }}
{%- endmacro %}

-- The teams as last read.
{% macro intercom_teams() -%}
    select
        source_system,
        {{ in_record('id') }} as team_id,
        {{ in_record('name') }} as team_name
    from {{ newest_rows(source('raw_intercom', 'teams'), 'source_system, ' ~ in_record('id')) }}
{%- endmacro %}

-- When a rating was given; one from before Intercom kept that, when it was asked for.
{% macro intercom_rated_at() -%}
    {{ first_of([
        in_record('conversation_rating.updated_at'), in_record('conversation_rating.created_at'),
    ]) }}
{%- endmacro %}
