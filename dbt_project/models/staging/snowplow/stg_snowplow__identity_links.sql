-- Grain: one row per file and pair of identifiers that its events bear together: who
-- signed in, the browser on this site, the browser on every site of the collector.
with

events as (
    select
        _load_id,
        _file_id,
        _record_number,
        {{ snowplow_time('coalesce(derived_tstamp, collector_tstamp)') }} as linked_at,
        user_id,
        {{ snowplow_browser('domain_userid') }} as domain_userid,
        {{ snowplow_browser('network_userid') }} as network_userid
    from {{ source('raw_snowplow', 'web_events') }}
),

pairs as (
    select
        *,
        0 as place,
        'customer_id' as left_type,
        user_id as left_id,
        domain_userid as right_id
    from events
    union all
    select
        *,
        1 as place,
        'customer_id' as left_type,
        user_id as left_id,
        network_userid as right_id
    from events
    union all
    select
        *,
        2 as place,
        'anonymous_id' as left_type,
        domain_userid as left_id,
        network_userid as right_id
    from events
),

told as (
    select
        _load_id,
        _file_id,
        place,
        left_type,
        left_id,
        right_id,
        min(_record_number) as _record_number,
        min(linked_at) as linked_at
    from pairs
    where left_id <> '' and right_id <> ''
    group by _load_id, _file_id, place, left_type, left_id, right_id
)

select {{ contract_row('identity_links', 'snowplow', row_in_record='place', given={
    'left_type': 'left_type',
    'left_id': 'left_id',
    'right_type': "'anonymous_id'",
    'right_id': 'right_id',
    'linked_at': 'linked_at',
}) }}
from told
