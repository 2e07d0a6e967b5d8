-- The airport's own ways of writing (source sfo_survey).

-- Every respondent with every question of the year and what was answered; a year that the seed
-- has no questions of has one without a name, so that it is quarantined.
{% macro airport_answers() -%}
    select
        respondents._load_id,
        respondents._file_id,
        respondents._record_number,
        respondents.year,
        coalesce(questions.position, 0) as position,
        questions.question_id,
        {{ json_text('respondents.row_json', 'RESPNUM') }} as respondent,
        {{ json_text('respondents.row_json', 'WEIGHT') }} as weight,
        -- 0 and blank are no answer
        nullif(nullif(trim(
            {{ json_text_of_column('respondents.row_json', 'questions.column_name') }}
        ), ''), '0') as answer
    from {{ source('raw_sfo_survey', 'answers') }} as respondents
    left join {{ ref('sfo_survey_questions') }} as questions
        on respondents.year = cast(questions.survey_year as varchar)
{%- endmacro %}
