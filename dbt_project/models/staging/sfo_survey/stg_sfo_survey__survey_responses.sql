-- Grain: one row per respondent and question that was answered; columns drift from year
-- to year, so the seed sfo_survey_questions says which column holds which question. 6
-- is "not applicable"; 0 and blank are no answer and no row. The survey is taken in
-- May; the day is not known in every year, so all of a year's answers bear the middle
-- of May.
with

answers as (
    {{ airport_answers() }}
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
    where answer is not null or question_id is null
)

select {{ contract_row(
    'survey_responses', 'sfo_survey', row_in_record='position', given=[
        'response_id', 'survey_id', 'question_id', 'responded_at', 'score',
        'is_not_applicable', 'customer_id', 'weight',
    ]
) }}
from renamed
