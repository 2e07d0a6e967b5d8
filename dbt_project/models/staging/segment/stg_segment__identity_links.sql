-- Grain: one row per pair of identifiers that a message says are one person's: identify
-- ties the user to the browser, the e-mail address and the phone, alias to an earlier
-- id. Groups are no people.
with

messages as (
    select
        *,
        {{ segment_time() }} as linked_at,
        'customer_id' as left_type,
        userid as left_id
    from {{ source('raw_segment', 'web_events') }}
    where type in ('identify', 'alias') and userid <> ''
),

links as (
    select
        *,
        0 as place,
        'anonymous_id' as right_type,
        anonymousid as right_id
    from messages
    union all
    select
        *,
        1 as place,
        'email' as right_type,
        {{ json_text('traits', 'email') }} as right_id
    from messages
    union all
    select
        *,
        2 as place,
        'phone' as right_type,
        {{ json_text('traits', 'phone') }} as right_id
    from messages
    union all
    select
        *,
        3 as place,
        -- the id before signing in
        'anonymous_id' as right_type,
        previousid as right_id
    from messages
    where type = 'alias'
),

told as (
    select * from links
    where right_id <> ''
)

select {{ contract_row('identity_links', 'segment', row_in_record='place', given=[
    'left_type', 'left_id', 'right_type', 'right_id', 'linked_at',
]) }}
from told
