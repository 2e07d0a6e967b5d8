-- A returned row is a funnel that cannot be counted as it stands (error): steps
-- without an order, without a condition or with the same one twice, one step only, more
-- than the model writes out, or a window that is missing or not the same for all steps.
select
    funnel,
    count(*) as steps
from {{ ref('ref_funnels') }}
group by funnel
having
    funnel is null
    or count(step) < count(*)
    or count(position) < count(*)
    or count(distinct position) < count(*)
    or count(coalesce(stage, touchpoint)) < count(*)
    or count(distinct coalesce(stage, '') || ' ' || coalesce(touchpoint, '')) < count(*)
    or count(*) not between 2 and {{ most_funnel_steps() }}
    or count(within_days) < count(*)
    or min(within_days) <> max(within_days)
    or min(within_days) <= 0
