-- A returned row is a scale on which scores would be judged wrongly: no range, no step,
-- an unknown direction, thresholds outside the range or crossing each other (error).
select *
from {{ ref('ref_scales') }}
where
    metric is null
    or coalesce(min >= max, true)
    or coalesce(step <= 0, true)
    or coalesce(direction not in ('higher_is_better', 'lower_is_better'), true)
    -- boxes may be blank only where promoters and detractors take their place
    or coalesce(top_box_from not between min and max, promoter_from is null)
    or coalesce(bottom_box_to not between min and max, promoter_from is null)
    or (direction = 'higher_is_better' and bottom_box_to >= top_box_from)
    or (direction = 'lower_is_better' and bottom_box_to <= top_box_from)
    or (promoter_from is null) <> (detractor_to is null)
    or detractor_to >= promoter_from
