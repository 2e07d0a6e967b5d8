-- A returned row is a journey that nobody could walk or finish, or whose stages do not
-- agree on when it is given up (error): its people would be counted wrongly.
select
    journey,
    count(*) as stages
from {{ ref('ref_journeys') }}
group by journey
having
    journey is null
    or count(stage) < count(*)
    or count(position) < count(*)
    or count(distinct position) < count(*)
    or count(*) filter (where is_entry) = 0
    or count(*) filter (where is_goal) = 0
    or count(quit_after_days) < count(*)
    or min(quit_after_days) <> max(quit_after_days)
    or min(quit_after_days) <= 0
