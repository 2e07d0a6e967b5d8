-- Grain: one row per event that was read, and one that withdraws it per event that a
-- newer export of its day no longer holds (docs/DECISIONS.md, "A day that GA4 exports
-- again"). An event of somebody who did not consent has no browser, and is kept. Of
-- one's own parameters, load_ms and is_error fill the columns of their names.
with

events as {{ inlined() }} (
    {{ ga4_events() }}
),

country_names as (
    select * from {{ ref('country_names') }}
),

events_spread as {{ inlined() }} (
    select
        *,
        {{ object_of_pairs('event_params') }} as params,
        {{ object_of_pairs('event_params', without=[
            'page_location', 'page_referrer', 'source', 'medium', 'campaign',
            'firebase_screen', 'ga_session_id', 'load_ms', 'is_error',
        ]) }} as params_left,
        {{ valid_json('collected_traffic_source') }} as campaign,
        {{ valid_json('device') }} as device_told,
        nullif({{ json_text(valid_json('geo'), 'country') }}, '(not set)')
            as country_told,
        {{ valid_json('items') }} as items_told,
        upper(platform) in ('ANDROID', 'IOS') as is_app
    from events
),

renamed as {{ inlined() }} (
    select
        _load_id as read_in_load,
        _file_id,
        _record_number,
        is_late,
        event_id,
        {{ iso_of_microseconds('event_timestamp') }} as occurred_at,
        event_name,
        user_pseudo_id as anonymous_id,
        user_id as customer_id,
        -- the number of a session begins anew with every browser
        user_pseudo_id || '-' || {{ json_text('params', 'ga_session_id') }}
            as session_id,
        coalesce(
            {{ path_of(json_text('params', 'page_location')) }},
            case when is_app then {{ json_text('params', 'firebase_screen') }} end
        ) as page,
        {{ without_query(json_text('params', 'page_referrer')) }} as referrer,
        coalesce(
            {{ json_text('campaign', 'manual_source') }},
            {{ json_text('params', 'source') }}
        ) as utm_source,
        coalesce(
            {{ json_text('campaign', 'manual_medium') }},
            {{ json_text('params', 'medium') }}
        ) as utm_medium,
        coalesce(
            {{ json_text('campaign', 'manual_campaign_name') }},
            {{ json_text('params', 'campaign') }}
        ) as utm_campaign,
        case
            when is_app then 'app'
            else lower({{ json_text('device_told', 'category') }})
        end as device,
        {{ json_text('device_told', 'operating_system') }} as os,
        coalesce(
            {{ json_text_at('device_told', ['web_info', 'browser']) }},
            {{ json_text('device_told', 'browser') }}
        ) as browser,
        coalesce(country_names.country, country_told) as country,
        {{ json_text('params', 'load_ms') }} as load_ms,
        coalesce(
            {{ json_text('params', 'is_error') }},
            -- GA4's own name for an error that a page or an app met
            case when event_name = 'exception' then 'true' else 'false' end
        ) as is_error,
        case
            -- a long basket stays in raw: the event is not refused for its sake
            when items_told <> '[]' and length(items_told) + length(params_left) < 19000
                then
                    '{"items":' || items_told
                    || case when params_left = '{}' then '' else ',' end
                    || substr(params_left, 2)
            else params_left
        end as properties
    from events_spread
    left join country_names on events_spread.country_told = country_names.name
),

gone as (
    {{ ga4_gone('events', 'event_id') }}
),

versions as (
    select
        renamed.*,
        read_in_load as _load_id,
        0 as place,
        case when is_late then 'true' end as is_deleted
    from renamed
    union all
    select
        renamed.*,
        gone.gone_in_load as _load_id,
        1 as place,
        'true' as is_deleted
    from renamed
    inner join gone
        on
            renamed._file_id = gone._file_id
            and renamed._record_number = gone._record_number
)

select {{ contract_row('web_events', 'ga4', row_in_record='place', given=[
    'event_id', 'occurred_at', 'event_name', 'anonymous_id', 'customer_id', 'session_id',
    'page', 'referrer', 'utm_source', 'utm_medium', 'utm_campaign', 'device', 'os',
    'browser', 'country', 'load_ms', 'is_error', 'properties', 'is_deleted',
]) }}
from versions
