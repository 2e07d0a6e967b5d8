-- Grain: one row per message that is an event: all but those that say who somebody is.
-- A message that was sent again bears its messageId; the one received last holds.
with

messages as (
    select
        *,
        coalesce(
            {{ json_text_at('context', ['page', 'path']) }},
            {{ json_text('properties', 'path') }},
            case when type = 'screen' then name end
        ) as page_told,
        {{ json_text_at('context', ['page', 'referrer']) }} as referrer_told,
        {{ json_text('context', 'campaign') }} as campaign,
        {{ json_text('context', 'userAgent') }} as agent,
        lower({{ json_text_at('context', ['device', 'type']) }}) in ('ios', 'android')
        or type = 'screen' as is_app,
        {{ segment_time() }} as happened_at
    from {{ source('raw_segment', 'web_events') }}
    -- a message without a type is of one that nobody knows
    where coalesce(type, '') not in ('identify', 'group', 'alias')
),

agents as (
    select {{ json_text('context', 'userAgent') }} as user_agent
    from {{ source('raw_segment', 'web_events') }}
),

machines as (
    {{ agents_of_machines('agents') }}
),

renamed as (
    select
        messages._load_id,
        messages._file_id,
        messages._record_number,
        messages.messageid as event_id,
        messages.happened_at as occurred_at,
        messages.receivedat as updated_at,
        -- a type that is none of these has no name, and is quarantined
        case messages.type
            when 'track' then replace(lower(trim(messages.event)), ' ', '_')
            when 'page' then 'page_view'
            when 'screen' then 'screen_view'
        end as event_name,
        messages.anonymousid as anonymous_id,
        messages.userid as customer_id,
        {{ json_text_at('messages.context', ['traits', 'email']) }} as email,
        {{ json_text('messages.context', 'sessionId') }} as session_id,
        {{ without_query('messages.page_told') }} as page,
        {{ without_query('messages.referrer_told') }} as referrer,
        {{ json_text('messages.campaign', 'source') }} as utm_source,
        {{ json_text('messages.campaign', 'medium') }} as utm_medium,
        {{ json_text('messages.campaign', 'name') }} as utm_campaign,
        case
            when messages.is_app then 'app'
            else {{ device_of_agent('messages.agent') }}
        end as device,
        {{ json_text_at('messages.context', ['os', 'name']) }} as os,
        messages.agent as user_agent,
        -- an app gives its library as agent, and a server none
        case
            when
                machines.user_agent is not null
                and not coalesce(messages.is_app, false)
                then 'true'
            else 'false'
        end as is_bot,
        messages.properties
    from messages
    left join machines on messages.agent = machines.user_agent
)

select {{ contract_row('web_events', 'segment', given=[
    'event_id', 'occurred_at', 'updated_at', 'event_name', 'anonymous_id',
    'customer_id', 'email', 'session_id', 'page', 'referrer', 'utm_source',
    'utm_medium', 'utm_campaign', 'device', 'os', 'user_agent', 'is_bot', 'properties',
]) }}
from renamed
