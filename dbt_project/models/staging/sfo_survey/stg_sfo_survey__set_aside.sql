-- Grain: one row per respondent who answered none of the year's questions.
with

answers as (
    {{ airport_answers() }}
),

silent as (
    select
        _load_id,
        _file_id,
        _record_number
    from answers
    group by _load_id, _file_id, _record_number
    having count(answer) = 0 and count(question_id) > 0
)

select {{ set_aside_row('sfo_survey', "'no_answer'") }}
from silent
