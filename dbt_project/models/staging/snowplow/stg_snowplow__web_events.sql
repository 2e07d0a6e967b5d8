-- Grain: one row per event that was read. What bears the id of another event and says
-- something else is an event too (docs/DECISIONS.md, "Which Snowplow event is a
-- repeat").
with

events as (
    select
        *,
        {{ snowplow_fingerprint() }} as fingerprint
    from {{ source('raw_snowplow', 'web_events') }}
),

-- Some machines send every event under the same id: the first keeps it.
ids_shared as (
    select
        event_id,
        min_by(
            fingerprint, cast(_file_id as bigint) * 100000000000 + _record_number
        ) as first_fingerprint
    from events
    group by event_id
    having min(fingerprint) <> max(fingerprint)
),

machines as (
    {{ agents_of_machines(source('raw_snowplow', 'web_events'), 'useragent') }}
),

events_spread as (
    select
        *,
        platform in ('mob', 'app') as is_app,
        {{ valid_json('unstruct_event') }} as own_event,
        {{ valid_json('_extra') }} as beside,
        coalesce(derived_contexts, '') || coalesce(_extra, '') as contexts_derived
    from events
),

renamed as (
    select
        events._load_id,
        events._file_id,
        events._record_number,
        events.event_id
        || case
            when events.fingerprint <> ids_shared.first_fingerprint
                then '-' || events.fingerprint
            else ''
        end as event_id,
        {{ snowplow_time('coalesce(events.derived_tstamp, events.collector_tstamp)') }}
            as occurred_at,
        {{ snowplow_time('coalesce(events.load_tstamp, events.collector_tstamp)') }}
            as updated_at,
        case events.event
            when 'struct'
                then replace(replace(lower(trim(events.se_action)), ' ', '_'), '-', '_')
            when 'unstruct'
                then coalesce(
                    events.event_name,
                    split_part(
                        {{ json_text_at('events.own_event', ['data', 'schema']) }},
                        '/',
                        2
                    )
                )
            else coalesce(events.event_name, events.event)
        end as event_name,
        coalesce(
            {{ snowplow_browser('events.domain_userid') }},
            {{ snowplow_browser('events.network_userid') }}
        ) as anonymous_id,
        events.user_id as customer_id,
        events.domain_sessionid as session_id,
        coalesce(
            events.page_urlpath,
            case
                when events.is_app
                    then {{ json_text_at(
                        'events.own_event', ['data', 'data', 'name']
                    ) }}
            end
        ) as page,
        {{ without_query('events.page_referrer') }} as referrer,
        events.mkt_source as utm_source,
        events.mkt_medium as utm_medium,
        events.mkt_campaign as utm_campaign,
        case
            when events.is_app then 'app'
            when events.dvce_type = 'Computer' then 'desktop'
            when events.dvce_type in ('Mobile', 'Tablet') then lower(events.dvce_type)
            else {{ device_of_agent('events.useragent') }}
        end as device,
        events.os_name as os,
        events.br_name as browser,
        events.useragent as user_agent,
        -- an app gives its library as agent; the enrichment knows lists of machines
        case
            when
                events.br_type = 'Robot'
                or machines.user_agent is not null
                and not coalesce(events.is_app, false)
                or {{ matches(
                    'events.contexts_derived', '"spider_?[oO]r_?[rR]obot": ?true'
                ) }}
                then 'true'
            else 'false'
        end as is_bot,
        events.geo_country as country,
        case when events.event_name = 'application_error' then 'true' else 'false' end
            as is_error,
        case events.event
            when 'struct' then {{ json_row({
                'category': 'events.se_category',
                'action': 'events.se_action',
                'label': 'events.se_label',
                'property': 'events.se_property',
                'value': 'events.se_value',
            }) }}
            when 'unstruct'
                then coalesce(
                    {{ json_text_at('events.own_event', ['data', 'data']) }},
                    {{ json_text_of_column('events.beside', snowplow_own_column()) }}
                )
        end as properties
    from events_spread as events
    left join ids_shared on events.event_id = ids_shared.event_id
    left join machines on events.useragent = machines.user_agent
)

select {{ contract_row('web_events', 'snowplow', given=[
    'event_id', 'occurred_at', 'updated_at', 'event_name', 'anonymous_id', 'customer_id',
    'session_id', 'page', 'referrer', 'utm_source', 'utm_medium', 'utm_campaign',
    'device', 'os', 'browser', 'user_agent', 'is_bot', 'country', 'is_error',
    'properties',
]) }}
from renamed
