-- Grain: one row per respondent and question that was answered; columns drift from year
-- to year, so the seed sfo_survey_questions says which column holds which question. 6
-- is "not applicable"; 0 and blank are no answer and no row. The survey is taken in
-- May; the day is not known in every year, so all of a year's answers bear the middle
-- of May.
with

respondents as (
    select * from {{ source('raw_sfo_survey', 'answers') }}
),

questions as (
    select * from {{ ref('sfo_survey_questions') }}
),

answers as (
    select
        respondents._load_id,
        respondents._file_id,
        respondents._record_number,
        respondents.year,
        questions.position,
        questions.question_id,
        {{ json_text('respondents.row_json', 'RESPNUM') }} as respondent,
        {{ json_text('respondents.row_json', 'WEIGHT') }} as weight,
        trim(
            {{ json_text_of_column('respondents.row_json', 'questions.column_name') }}
        ) as answer
    from respondents
    inner join questions on respondents.year = cast(questions.survey_year as varchar)
),

renamed as (
    select
        _load_id,
        _file_id,
        _record_number,
        position,
        year || '-' || respondent as response_id,
        'sfo_' || year as survey_id,
        question_id,
        year || '-05-15' as responded_at,
        case when answer <> '6' then answer end as score,
        case when answer = '6' then 'true' else 'false' end as is_not_applicable,
        year || '-' || respondent as customer_id,
        weight
    from answers
    where answer <> '' and answer <> '0'
)

select {{ contract_row(
    'survey_responses', 'sfo_survey', row_in_record='position', given=[
        'response_id', 'survey_id', 'question_id', 'responded_at', 'score',
        'is_not_applicable', 'customer_id', 'weight',
    ]
) }}
from renamed
