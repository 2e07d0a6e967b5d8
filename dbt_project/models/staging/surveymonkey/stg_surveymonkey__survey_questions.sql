-- Grain: one row per version of a survey and question that asks something; each row of
-- a question with several is one.
with

questions as (
    {{ surveymonkey_questions(source('raw_surveymonkey', 'surveys')) }}
),

questions_asked as (
    select * from questions
    where family <> 'demographic'
),

choices as (
    {{ surveymonkey_choices('questions_asked') }}
),

steps as (
    select
        _file_id,
        _record_number,
        question_key,
        bool_or(is_promoter) as is_promoter,
        min(value) as lowest,
        max(value) as highest,
        count(*) as choice_count,
        count(distinct value) as value_count
    from choices
    where not is_not_applicable
    group by _file_id, _record_number, question_key
),

answer_rows as (
    {{ surveymonkey_rows('questions_asked') }}
),

questions_bounded as (
    select
        questions._load_id,
        questions._file_id,
        questions._record_number,
        questions.source_system,
        questions.record,
        questions.survey_id,
        case
            when answer_rows.row_count > 1
                then questions.question_key || '.' || answer_rows.row_id
            else questions.question_key
        end as question_id,
        case
            when answer_rows.row_count > 1
                then
                    concat_ws(': ', questions.heading, nullif(answer_rows.row_text, ''))
            else questions.heading
        end as wording,
        coalesce(steps.is_promoter, false) as is_promoter,
        case
            when
                steps.choice_count = steps.value_count
                and steps.choice_count = steps.highest - steps.lowest + 1
                then steps.lowest
        end as lowest,
        steps.highest,
        row_number() over (
            partition by questions._file_id, questions._record_number
            order by questions.place, answer_rows.row_place
        ) as position
    from questions_asked as questions
    left join steps
        on
            questions._file_id = steps._file_id
            and questions._record_number = steps._record_number
            and questions.question_key = steps.question_key
    left join answer_rows
        on
            questions._file_id = answer_rows._file_id
            and questions._record_number = answer_rows._record_number
            and questions.question_key = answer_rows.question_key
            and answer_rows.row_count > 1
),

scales_named as (
    {{ scales_named('questions_bounded', ['_file_id', '_record_number', 'position']) }}
),

final as (
    select
        questions_bounded.*,
        coalesce(
            scales_named.scale_id,
            case when questions_bounded.is_promoter then 'nps' end
        ) as scale_id,
        coalesce(
            questions_bounded.question_id = scales_named.scale_id,
            questions_bounded.is_promoter
        ) as is_headline
    from questions_bounded
    left join scales_named
        on
            questions_bounded._file_id = scales_named._file_id
            and questions_bounded._record_number = scales_named._record_number
            and questions_bounded.position = scales_named.position
)

select {{ contract_row('survey_questions', 'surveymonkey', {
    'source_system': 'source_system',
    'survey_id': 'survey_id',
    'question_id': 'question_id',
    'scale_id': 'scale_id',
    'wording': 'wording',
    'language': in_record('language'),
    'is_headline': "case when is_headline then 'true' else 'false' end",
    'position': 'cast(position as varchar)',
    'updated_at': in_record('date_modified'),
}, row_in_record='position') }}
from final
