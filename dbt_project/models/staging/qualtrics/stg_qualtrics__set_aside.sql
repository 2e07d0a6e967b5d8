-- Grain: one row per question that asks nothing, or nothing that can be told as one
-- answer, and per response that was not finished, is thought to be spam, or answers
-- nothing.
with

rows_of_records as (
    select
        file_id,
        record_number
    from {{ ref('stg_qualtrics__survey_questions') }}
    union all
    select
        file_id,
        record_number
    from {{ ref('stg_qualtrics__survey_responses') }}
),

records as (
    select
        *,
        'no_question' as reason
    from {{ source('raw_qualtrics', 'questions') }}
    union all
    select
        *,
        case
            when {{ qualtrics_is_spam() }} then 'spam'
            when {{ qualtrics_counts() }} then 'no_answer'
            else 'unfinished'
        end as reason
    from {{ source('raw_qualtrics', 'responses') }}
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

select {{ set_aside_row('qualtrics') }}
from silent
