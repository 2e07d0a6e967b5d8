-- Grain: one row per deletion of a review that was never read.
with

final as (
    select reviews.*
    from {{ source('raw_trustpilot', 'reviews') }} as reviews
    left join {{ ref('stg_trustpilot__reviews') }} as rows_of_records
        on
            reviews._file_id = rows_of_records.file_id
            and reviews._record_number = rows_of_records.record_number
    where rows_of_records.file_id is null
)

select {{ set_aside_row('trustpilot', "'without_record'") }}
from final
