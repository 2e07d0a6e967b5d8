-- Grain: one row per version of a visit whose visitor the site knows as a user.
with

visits as (
    select
        *,
        {{ matomo_id('userId') }} as user_id,
        {{ matomo_id('visitorId') }} as visitor_id
    from {{ source('raw_matomo', 'visits') }}
)

select {{ contract_row('identity_links', 'matomo', {
    'source_system': 'source_system',
    'left_type': "'customer_id'",
    'left_id': 'user_id',
    'right_type': "'anonymous_id'",
    'right_id': 'visitor_id',
    'linked_at': iso_of_epoch(in_record('firstActionTimestamp')),
}) }}
from visits
where user_id is not null and visitor_id is not null
