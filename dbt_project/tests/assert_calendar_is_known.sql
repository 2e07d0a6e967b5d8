-- A returned row is a calendar without a single opening hour: every waiting time would
-- be blank (error; name one of business_hours in CX_CALENDAR).

select '{{ var("business_calendar") }}' as calendar
from {{ ref('ref_business_hours') }}
having
    count(*) > 0
    and count(*) filter (where calendar = '{{ var("business_calendar") }}') = 0
