-- A returned row is a duration that cannot be, or staffed time longer than the time it
-- is part of (error; the second is allowed to differ by the rounding of a microsecond).
select
    'fct_tickets' as fact,
    ticket_key as fact_key
from {{ ref('fct_tickets') }}
where
    first_reply_seconds < 0
    or resolution_seconds < 0
    or first_reply_business_seconds < 0
    or resolution_business_seconds < 0
    or first_reply_business_seconds > first_reply_seconds + 1e-6
    or resolution_business_seconds > resolution_seconds + 1e-6
    or (first_reply_seconds is null) <> (first_reply_business_seconds is null)
    or (resolution_seconds is null) <> (resolution_business_seconds is null)
union all
select
    'fct_web_sessions' as fact,
    session_key as fact_key
from {{ ref('fct_web_sessions') }}
where ended_at < started_at
union all
select
    'fct_touchpoints' as fact,
    touchpoint_id as fact_key
from {{ ref('fct_touchpoints') }}
where duration_seconds < 0 or wait_seconds < 0
union all
select
    'fct_reviews' as fact,
    review_key as fact_key
from {{ ref('fct_reviews') }}
where reply_seconds < 0
