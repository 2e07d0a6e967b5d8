-- Grain: one row per question of a year's survey, as the seed sfo_survey_questions
-- names it.
with

files as (
    select
        _load_id,
        _file_id,
        year
    from {{ source('raw_sfo_survey', 'answers') }}
    group by _load_id, _file_id, year
),

questions as (
    select * from {{ ref('sfo_survey_questions') }}
),

renamed as (
    select
        files._load_id,
        files._file_id,
        -- of the file, and of no record in it
        cast(0 as bigint) as _record_number,
        'sfo_' || files.year as survey_id,
        questions.question_id,
        questions.scale_id,
        questions.wording,
        questions.touchpoint,
        cast(questions.is_headline as varchar) as is_headline,
        cast(questions.position as varchar) as position
    from files
    inner join questions on files.year = cast(questions.survey_year as varchar)
)

select {{ contract_row(
    'survey_questions', 'sfo_survey', row_in_record='cast(position as bigint)', given=[
        'survey_id', 'question_id', 'scale_id', 'wording', 'touchpoint', 'is_headline',
        'position',
    ]
) }}
from renamed
