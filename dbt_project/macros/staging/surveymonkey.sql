-- SurveyMonkey's ways (source surveymonkey): a survey holds pages of questions, a question choices
-- and rows, and an answer names all of them by their ids.

-- One row per question of each version of a survey in `surveys`, with its choices and rows.
{% macro surveymonkey_questions(surveys) -%}
select
    _load_id,
    _file_id,
    _record_number,
    source_system,
    record,
    survey_id,
    page_place * 1000 + place as place,
    {{ json_text('element', 'id') }} as question_key,
    {{ json_text('element', 'family') }} as family,
    {{ json_text('element', 'subtype') }} as subtype,
    {{ replace_all(
        json_text_at('element', ['headings', 0, 'heading']), '<[^>]*>', ''
    ) }} as heading,
    {{ json_text_at('element', ['answers', 'choices']) }} as choices,
    {{ json_text_at('element', ['answers', 'rows']) }} as answer_rows
from (
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        record,
        survey_id,
        page_place,
        {{ json_elements_in_order(json_text('page', 'questions')) }}
    from (
        select
            _load_id,
            _file_id,
            _record_number,
            source_system,
            record,
            survey_id,
            element as page,
            place as page_place
        from (
            select
                *,
                {{ in_record('id') }} as survey_id,
                {{ json_elements_in_order(in_record('pages')) }}
            from {{ surveys }}
        ) as pages
    ) as pages_named
) as questions_of_pages
where {{ json_text('element', 'family') }} <> 'presentation'
{%- endmacro %}

-- One row per choice of `questions`, with the score that it stands for. The weights of a promoter
-- question are -100, 0 and 100: its scores are its places, from 0.
{% macro surveymonkey_choices(questions) -%}
select
    *,
    case
        when is_promoter then place - 1
        else coalesce(weight, number)
    end as value
from (
    select
        *,
        sum(case when is_not_applicable then 0 else 1 end) over (
            partition by _file_id, _record_number, question_key
        ) = 11
        and min(weight) over (partition by _file_id, _record_number, question_key) = -100
        and max(weight) over (partition by _file_id, _record_number, question_key) = 100
            as is_promoter
    from (
        select
            _load_id,
            _file_id,
            _record_number,
            source_system,
            survey_id,
            question_key,
            place,
            {{ json_text('element', 'id') }} as choice_id,
            {{ json_text('element', 'text') }} as label,
            try_cast({{ json_text('element', 'weight') }} as integer) as weight,
            try_cast({{ json_text('element', 'text') }} as integer) as number,
            coalesce({{ json_text('element', 'is_na') }} = 'true', false) as is_not_applicable
        from (
            select
                _load_id,
                _file_id,
                _record_number,
                source_system,
                survey_id,
                question_key,
                {{ json_elements_in_order('choices') }}
            from {{ questions }}
        ) as choices_listed
    ) as choices_read
) as choices_weighed
{%- endmacro %}

-- One row per row of `questions` with several of them, each of which is asked by itself.
{% macro surveymonkey_rows(questions) -%}
select
    *,
    count(*) over (partition by _file_id, _record_number, question_key) as row_count
from (
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        survey_id,
        question_key,
        place as row_place,
        {{ json_text('element', 'id') }} as row_id,
        {{ json_text('element', 'text') }} as row_text,
        {{ json_text('element', 'type') }} as row_type
    from (
        select
            _load_id,
            _file_id,
            _record_number,
            source_system,
            survey_id,
            question_key,
            {{ json_elements_in_order('answer_rows') }}
        from {{ questions }}
    ) as rows_listed
) as rows_read
{%- endmacro %}

-- One row per version of a completed response and question that it answers, or that it answered
-- before, with what it says as score, text or choice; `is_said` where it says something now.
{% macro surveymonkey_answers() -%}
with

questions_of_all_versions as (
    {{ surveymonkey_questions(source('raw_surveymonkey', 'surveys')) }}
),

choices_of_all_versions as (
    {{ surveymonkey_choices('questions_of_all_versions') }}
),

rows_of_all_versions as (
    {{ surveymonkey_rows('questions_of_all_versions') }}
),

-- A question, choice or row that was taken out of its survey keeps its answers.
questions as (
    select * from {{ newest_rows(
        'questions_of_all_versions', 'source_system, survey_id, question_key'
    ) }}
),

choices as (
    select * from {{ newest_rows(
        'choices_of_all_versions', 'source_system, survey_id, question_key, choice_id'
    ) }}
),

answer_rows as (
    select * from {{ newest_rows(
        'rows_of_all_versions', 'source_system, survey_id, question_key, row_id'
    ) }}
),

questions_with_scale as (
    {{ questions_with_scale() }}
),

responses as (
    select
        *,
        {{ in_record('id') }} as response_id,
        {{ in_record('survey_id') }} as survey_id,
        cast(_file_id as bigint) * 1000000000 + _record_number as read_order
    from {{ source('raw_surveymonkey', 'responses') }}
),

pages as (
    select
        source_system,
        response_id,
        survey_id,
        read_order,
        {{ json_elements(in_record('pages')) }} as page
    from responses
),

questions_answered as (
    select
        source_system,
        response_id,
        survey_id,
        read_order,
        {{ json_elements(json_text('page', 'questions')) }} as question
    from pages
),

answers as (
    select
        source_system,
        response_id,
        survey_id,
        read_order,
        {{ json_text('question', 'id') }} as question_key,
        {{ json_elements(json_text('question', 'answers')) }} as answer
    from questions_answered
),

answers_named as (
    select
        answers.source_system,
        answers.response_id,
        answers.survey_id,
        answers.read_order,
        case
            when answer_rows.row_count > 1
                then answers.question_key || '.' || answer_rows.row_id
            else answers.question_key
        end as question_id,
        questions.family,
        questions.subtype,
        questions.place * 1000 + coalesce(answer_rows.row_place, 0) as place,
        answer_rows.row_type,
        choices.label,
        choices.value,
        coalesce(choices.is_not_applicable, false) as is_not_applicable,
        {{ json_text('answers.answer', 'text') }} as written
    from answers
    inner join questions
        on
            answers.source_system = questions.source_system
            and answers.survey_id = questions.survey_id
            and answers.question_key = questions.question_key
    left join choices
        on
            answers.source_system = choices.source_system
            and answers.survey_id = choices.survey_id
            and answers.question_key = choices.question_key
            and {{ json_text('answers.answer', 'choice_id') }} = choices.choice_id
    left join answer_rows
        on
            answers.source_system = answer_rows.source_system
            and answers.survey_id = answer_rows.survey_id
            and answers.question_key = answer_rows.question_key
            and {{ json_text('answers.answer', 'row_id') }} = answer_rows.row_id
),

answers_joined as (
    select
        source_system,
        response_id,
        survey_id,
        read_order,
        question_id,
        min(family) as family,
        min(subtype) as subtype,
        min(place) as place,
        max(case when is_not_applicable then 'true' end) as is_not_applicable,
        max(case when not is_not_applicable then value end) as value,
        {{ text_list('case when not is_not_applicable then label end') }} as chosen,
        {{ text_list('written') }} as written,
        max(case when row_type = 'email' then written end) as email,
        max(case when row_type = 'phone' then written end) as phone
    from answers_named
    group by source_system, response_id, survey_id, read_order, question_id
),

answers_said as (
    select
        given.source_system,
        given.response_id,
        given.read_order,
        given.question_id,
        given.place,
        given.is_not_applicable,
        given.email,
        given.phone,
        case
            when {{ surveymonkey_is_score() }} then cast(given.value as varchar)
        end as score,
        case
            when given.family = 'demographic' then null
            when given.family = 'open_ended' and given.subtype = 'numerical' then null
            when given.family <> 'datetime' then given.written
        end as text,
        case
            when given.family = 'datetime' then given.written
            when given.family = 'open_ended' and given.subtype = 'numerical' then given.written
            when not {{ surveymonkey_is_score() }} then given.chosen
        end as selected
    from answers_joined as given
    left join questions_with_scale as scaled
        on
            given.source_system = scaled.source_system
            and given.survey_id = scaled.survey_id
            and given.question_id = scaled.question_id
),

answers_said_ever as (
    select
        source_system,
        response_id,
        question_id,
        min(place) as place,
        min(read_order) as first_read_order
    from answers_said
    where concat_ws('', score, text, selected, is_not_applicable) <> ''
    group by source_system, response_id, question_id
),

addresses as (
    select
        source_system,
        response_id,
        read_order,
        case when count(email) = 1 then max(email) end as only_email,
        case when count(phone) = 1 then max(phone) end as only_phone
    from answers_said
    group by source_system, response_id, read_order
)

select
    responses._load_id,
    responses._file_id,
    responses._record_number,
    responses.source_system,
    responses.record,
    responses.survey_id,
    ever.question_id,
    row_number() over (
        partition by responses._file_id, responses._record_number
        order by ever.place, ever.question_id
    ) as place,
    said.score,
    said.text,
    said.selected,
    said.is_not_applicable,
    addresses.only_email,
    addresses.only_phone,
    concat_ws('', said.score, said.text, said.selected, said.is_not_applicable) <> '' as is_said
from responses
inner join answers_said_ever as ever
    on
        responses.source_system = ever.source_system
        and responses.response_id = ever.response_id
        and responses.read_order >= ever.first_read_order
left join answers_said as said
    on
        responses.source_system = said.source_system
        and responses.response_id = said.response_id
        and responses.read_order = said.read_order
        and ever.question_id = said.question_id
left join addresses
    on
        responses.source_system = addresses.source_system
        and responses.response_id = addresses.response_id
        and responses.read_order = addresses.read_order
{%- endmacro %}

-- A rating shows a scale; a choice is a score where the question has one. On a question that bears
-- the name of a scale with other bounds a number would be taken for a score of that scale.
{% macro surveymonkey_is_score() -%}
    (
        given.value is not null
        and (
            scaled.question_id is not null
            or given.subtype = 'rating' and given.question_id not in ({{ default_scales() }})
        )
    )
{%- endmacro %}
