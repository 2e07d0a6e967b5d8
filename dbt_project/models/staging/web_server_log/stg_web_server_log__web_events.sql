-- Grain: one row per hit that a person may have meant: a page, a form that was sent, or
-- an error met on the way. What a page fetches by itself (images, styles, scripts),
-- redirects, parts of a file and other methods are no events and no rows. A log knows
-- no ids: a visitor is an address with a user agent, an event is its line, counted
-- within its file, so that the same line in a rotated log is the same event.
with

hits as (
    {{ hits_named() }}
),

machines as (
    {{ agents_of_machines(source('raw_web_server_log', 'web_events')) }}
),

hits_keyed as (
    select
        *,
        {{ log_text('user_agent') }} as agent,
        {{ key_of(
            "concat_ws(' ', address, logname, remote_user, received, request, status, "
            ~ "bytes, referrer, user_agent, appended)"
        ) }} as line_key
    from hits
),

events as (
    select
        *,
        row_number() over (
            partition by _load_id, _file_id, line_key order by _record_number
        ) as times_in_file
    from hits_keyed
    where reason is null
),

renamed as (
    select
        events._load_id,
        events._file_id,
        events._record_number,
        cast(events.line_key as varchar) || '-' || cast(events.times_in_file as varchar)
            as event_id,
        {{ log_time('events.received') }} as occurred_at,
        events.event_name,
        -- a line without an agent may be anybody's: the address alone
        md5(concat_ws(' ', events.address, events.agent)) as anonymous_id,
        events.page,
        {{ without_query(log_text('events.referrer')) }} as referrer,
        {{ query_value('events.target', 'utm_source') }} as utm_source,
        {{ query_value('events.target', 'utm_medium') }} as utm_medium,
        {{ query_value('events.target', 'utm_campaign') }} as utm_campaign,
        {{ device_of_agent('events.agent') }} as device,
        events.agent as user_agent,
        case
            when events.agent is null or machines.user_agent is not null then 'true'
            else 'false'
        end as is_bot,
        case when events.event_name = 'error' then 'true' else 'false' end as is_error
    from events
    left join machines on events.agent = machines.user_agent
)

select {{ contract_row('web_events', 'web_server_log', given=[
    'event_id', 'occurred_at', 'event_name', 'anonymous_id', 'page', 'referrer',
    'utm_source', 'utm_medium', 'utm_campaign', 'device', 'user_agent', 'is_bot',
    'is_error',
]) }}
from renamed
