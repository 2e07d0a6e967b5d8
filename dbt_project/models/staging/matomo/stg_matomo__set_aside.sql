-- Grain: one row per visit in which nothing was done and nobody was recognised.
with

visits as (
    select
        *,
        'no_action' as reason
    from {{ source('raw_matomo', 'visits') }}
    where
        coalesce({{ in_record('actionDetails') }}, '[]') = '[]'
        and ({{ matomo_id('userId') }} is null or {{ matomo_id('visitorId') }} is null)
)

select {{ set_aside_row('matomo') }}
from visits
