-- Formbricks's ways (source formbricks): a survey lists its questions, and a response holds under
-- the id of each what was answered, as it reads in the respondent's language.

-- One row per question of each version of a survey in `surveys`, with the scale that its id or
-- its type names. What only shows a button or asks for a person's address is no question.
{% macro formbricks_questions(surveys) -%}
with

questions_listed as (
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        record,
        {{ in_record('id') }} as survey_id,
        {{ json_elements_in_order(in_record('questions')) }}
    from {{ surveys }}
),

questions_read as (
    select
        *,
        place as position,
        {{ json_text('element', 'id') }} as question_id,
        {{ json_text('element', 'type') }} as question_type,
        coalesce({{ json_text('element', 'inputType') }}, 'text') as input_type,
        {{ replace_all(first_of([
            json_text_at('element', ['headline', 'default']), json_text('element', 'headline')
        ]), '<[^>]*>', '') }} as wording
    from questions_listed
),

choices as (
    select
        _file_id,
        _record_number,
        position,
        {{ json_elements(json_text('element', 'choices')) }} as choice
    from questions_read
    where question_type = 'multipleChoiceSingle'
),

-- Choices may be the steps of a scale: all of its numbers and nothing else.
choices_counted as (
    select
        _file_id,
        _record_number,
        position,
        count(*) as steps,
        min(try_cast({{ formbricks_label('choice') }} as integer)) as lowest,
        max(try_cast({{ formbricks_label('choice') }} as integer)) as highest
    from choices
    group by _file_id, _record_number, position
),

questions_bounded as (
    select
        questions_read.*,
        case
            when questions_read.question_type = 'nps' then 0
            when {{ formbricks_is_rating('questions_read.question_type') }} then 1
            when choices_counted.steps = choices_counted.highest - choices_counted.lowest + 1
                then choices_counted.lowest
        end as lowest,
        case
            when questions_read.question_type = 'nps' then 10
            when {{ formbricks_is_rating('questions_read.question_type') }}
                then try_cast({{ json_text('questions_read.element', 'range') }} as integer)
            when choices_counted.steps = choices_counted.highest - choices_counted.lowest + 1
                then choices_counted.highest
        end as highest,
        questions_read.question_type not in (
            'cta', 'contactInfo', 'address', 'fileUpload', 'cal', 'payment'
        )
        and questions_read.input_type not in ('email', 'phone') as is_asked
    from questions_read
    left join choices_counted
        on
            questions_read._file_id = choices_counted._file_id
            and questions_read._record_number = choices_counted._record_number
            and questions_read.position = choices_counted.position
),

scales_named as (
    {{ scales_named('questions_bounded', ['_file_id', '_record_number', 'position']) }}
),

languages as (
    select
        _file_id,
        _record_number,
        {{ json_elements(in_record('languages')) }} as language
    from {{ surveys }}
),

languages_by_default as (
    select
        _file_id,
        _record_number,
        min({{ json_text_at('language', ['language', 'code']) }}) as code
    from languages
    where {{ json_text('language', 'default') }} = 'true'
    group by _file_id, _record_number
)

select
    questions_bounded.*,
    languages_by_default.code as default_language,
    coalesce(scales_named.scale_id, scales_typed.scale_id) as scale_id,
    coalesce(
        questions_bounded.question_id = scales_named.scale_id,
        scales_typed.scale_id is not null
    ) as is_headline
from questions_bounded
left join scales_named
    on
        questions_bounded._file_id = scales_named._file_id
        and questions_bounded._record_number = scales_named._record_number
        and questions_bounded.position = scales_named.position
-- a question of the type nps, csat or ces names its scale by that
left join {{ ref('ref_scales') }} as scales_typed
    on
        questions_bounded.question_type = scales_typed.scale_id
        and questions_bounded.lowest = scales_typed.min
        and questions_bounded.highest = scales_typed.max
left join languages_by_default
    on
        questions_bounded._file_id = languages_by_default._file_id
        and questions_bounded._record_number = languages_by_default._record_number
{%- endmacro %}

-- A choice as the survey words it; a picture has an id alone.
{% macro formbricks_label(choice) -%}
    {{ first_of([
        json_text_at(choice, ['label', 'default']),
        json_text(choice, 'label'),
        json_text(choice, 'id')
    ]) }}
{%- endmacro %}

{% macro formbricks_is_rating(question_type) -%}
    {{ question_type }} in ('rating', 'csat', 'ces', 'opinionScale')
{%- endmacro %}

-- One row per version of a finished response and question that it answers, or that it answered
-- before: with what it says as score, text or choice. All three are null where it says nothing
-- of the kind: an address, a file, nothing any more.
{% macro formbricks_answers() -%}
with

questions_of_all_versions as (
    {{ formbricks_questions(source('raw_formbricks', 'surveys')) }}
),

-- A question that was taken out of its survey keeps its answers.
questions as (
    select * from {{ newest_rows(
        'questions_of_all_versions', 'source_system, survey_id, question_id'
    ) }}
),

questions_with_scale as (
    {{ questions_with_scale() }}
),

responses_finished as (
    select * from {{ source('raw_formbricks', 'responses') }}
    where {{ in_record('finished') }} = 'true'
),

answers as (
    select
        responses._load_id,
        responses._file_id,
        responses._record_number,
        responses.source_system,
        responses.record,
        questions.survey_id,
        questions.question_id,
        questions.question_type,
        questions.input_type,
        questions.is_asked,
        questions.default_language,
        questions.element as question,
        row_number() over (
            partition by responses._file_id, responses._record_number
            order by questions.position, questions.question_id
        ) as place,
        nullif(
            {{ json_text_of_column(json_text('responses.record', 'data'), 'questions.question_id') }},
            ''
        ) as answer
    from responses_finished as responses
    inner join questions
        on
            responses.source_system = questions.source_system
            and {{ json_text('responses.record', 'surveyId') }} = questions.survey_id
),

answers_of_several as (
    select
        _file_id,
        _record_number,
        place,
        {{ json_elements(valid_json('answer')) }} as part
    from answers
    where question_type in ('multipleChoiceMulti', 'ranking', 'pictureSelection')
),

parts as (
    select
        _file_id,
        _record_number,
        place,
        {{ json_element_text('part') }} as part
    from answers_of_several
    union all
    select
        _file_id,
        _record_number,
        place,
        answer as part
    from answers
    where question_type = 'multipleChoiceSingle' and answer is not null
),

choices as (
    select
        _file_id,
        _record_number,
        place,
        {{ json_elements(json_text('question', 'choices')) }} as choice
    from answers
    where answer is not null
),

-- What was chosen, in the survey's first language; null for what the person wrote instead.
parts_named as (
    select
        parts._file_id,
        parts._record_number,
        parts.place,
        parts.part,
        min({{ formbricks_label('choices.choice') }}) as label
    from parts
    left join choices
        on
            parts._file_id = choices._file_id
            and parts._record_number = choices._record_number
            and parts.place = choices.place
            and (
                parts.part = {{ formbricks_label('choices.choice') }}
                or strpos(
                    {{ json_text('choices.choice', 'label') }},
                    concat('"', replace(replace(parts.part, '\', '\\'), '"', '\"'), '"')
                ) > 0
            )
    group by parts._file_id, parts._record_number, parts.place, parts.part
),

choices_joined as (
    select
        _file_id,
        _record_number,
        place,
        {{ text_list('label') }} as chosen,
        {{ text_list('case when label is null then part end') }} as written
    from parts_named
    group by _file_id, _record_number, place
),

answers_typed as (
    select
        answers.*,
        choices_joined.chosen,
        choices_joined.written,
        scaled.question_id is not null as has_scale,
        answers.question_type = 'nps'
        or {{ formbricks_is_rating('answers.question_type') }} as is_rating
    from answers
    left join choices_joined
        on
            answers._file_id = choices_joined._file_id
            and answers._record_number = choices_joined._record_number
            and answers.place = choices_joined.place
    left join questions_with_scale as scaled
        on
            answers.source_system = scaled.source_system
            and answers.survey_id = scaled.survey_id
            and answers.question_id = scaled.question_id
),

answers_said as (
    select
        *,
        case
            when not is_asked then null
            -- on a question that bears the name of a scale with other bounds a number would be
            -- taken for a score of that scale
            when is_rating and (has_scale or question_id not in ({{ default_scales() }}))
                then answer
            when question_type = 'multipleChoiceSingle' and has_scale then chosen
        end as score,
        case
            when not is_asked then null
            when question_type = 'openText' and input_type <> 'number' then answer
            else written
        end as text,
        case
            when not is_asked then null
            when question_type = 'openText'
                then case when input_type = 'number' then answer end
            when question_type = 'multipleChoiceSingle' and has_scale then null
            when
                question_type in (
                    'multipleChoiceSingle', 'multipleChoiceMulti', 'ranking', 'pictureSelection'
                )
                then chosen
            when is_rating and (has_scale or question_id not in ({{ default_scales() }}))
                then null
            else answer
        end as selected
    from answers_typed
)

select
    *,
    concat_ws('', score, text, selected) <> '' as is_said,
    max(concat_ws('', score, text, selected)) over (
        partition by source_system, {{ in_record('id') }}, question_id
        order by _load_id, _file_id, _record_number
        rows between unbounded preceding and 1 preceding
    ) <> '' as was_said
from answers_said
{%- endmacro %}

-- An address that was asked for, in a field of its own or among the five of contact details.
{% macro formbricks_address(kind, place) -%}
    case
        when input_type = '{{ kind }}' then answer
        when question_type = 'contactInfo'
            then nullif({{ json_text_at(valid_json('answer'), [place]) }}, '')
    end
{%- endmacro %}
