-- Grain: one row per answer of the company to a review, which is read with it, and per
-- element of any other list.
with

final as (
    select * from {{ source('raw_app_store', 'reviews') }}
    where list <> 'data'
)

select {{ set_aside_row(
    'app_store', "case when list = 'included' then 'joined' else 'unused' end"
) }}
from final
