-- Grain: one row per version of a subscription that no longer holds because a newer one
-- replaced it: what the source said of its price before.
select
    source_system,
    subscription_id,
    mrr,
    updated_at,
    row_key
from {{ ref('judged_subscriptions') }}
where not is_current and verdict in ('accepted', 'superseded')
