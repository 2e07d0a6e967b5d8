-- Grain: one row per element of a document's list that holds no reviews.
with

final as (
    select * from {{ source('raw_google_business', 'reviews') }}
    where list <> 'reviews'
)

select {{ set_aside_row('google_business', "'unused'") }}
from final
