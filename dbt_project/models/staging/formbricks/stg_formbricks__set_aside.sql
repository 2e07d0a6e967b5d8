-- Grain: one row per survey that asks nothing, and per response that is not finished or
-- has no score, text or choice.
with

rows_of_records as (
    select
        file_id,
        record_number
    from {{ ref('stg_formbricks__survey_questions') }}
    union all
    select
        file_id,
        record_number
    from {{ ref('stg_formbricks__survey_responses') }}
),

records as (
    select
        *,
        'no_question' as reason
    from {{ source('raw_formbricks', 'surveys') }}
    union all
    select
        *,
        case
            when {{ in_record('finished') }} = 'true' then 'no_answer' else 'unfinished'
        end as reason
    from {{ source('raw_formbricks', 'responses') }}
),

silent as (
    select records.*
    from records
    left join rows_of_records
        on
            records._file_id = rows_of_records.file_id
            and records._record_number = rows_of_records.record_number
    where rows_of_records.file_id is null
)

select {{ set_aside_row('formbricks') }}
from silent
