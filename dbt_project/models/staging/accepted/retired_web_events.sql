-- Grain: one row per version of a web event that no longer holds: replaced or
-- withdrawn. Incremental models read here whose past has changed; nothing counts these
-- rows.
select
    row_key,
    changed_in_load,
    source_system,
    anonymous_id,
    customer_id,
    email,
    session_id
from {{ ref('judged_web_events') }}
where not is_current and verdict <> 'quarantined'
