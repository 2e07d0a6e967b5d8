-- Qualtrics' ways (source qualtrics): a question bears its points in an object by their ids, in an
-- order of its own and recoded to values of its own; a response bears the values of all questions
-- under names made of their ids.

-- One row per thing that is asked in `questions`, a relation of questions as they came: a question,
-- or each statement of a matrix. What asks nothing has no row.
{% macro qualtrics_asked(questions) -%}
with

questions_typed as (
    select
        *,
        {{ in_record('survey_id') }} as survey_id,
        {{ in_record('QuestionID') }} as qualtrics_id,
        {{ first_of([in_record('DataExportTag'), in_record('QuestionID')]) }} as tag,
        {{ qualtrics_wording(in_record('QuestionText')) }} as question_wording,
        {{ in_record('QuestionType') }} = 'Matrix' as is_matrix,
        {{ in_record('QuestionType') }} = 'MC' and {{ in_record('Selector') }} = 'NPS' as is_nps,
        case
            when
                {{ in_record('QuestionType') }} = 'MC'
                and {{ in_record('Selector') }} in ('MAVR', 'MAHR', 'MACOL', 'MSB')
                then 'choices'
            when {{ in_record('QuestionType') }} = 'MC' then 'choice'
            when
                {{ in_record('QuestionType') }} = 'Matrix'
                and {{ in_record('SubSelector') }} in ('SingleAnswer', 'DL')
                then 'choice'
            -- a form of several fields asks who somebody is, a password what nobody may know
            when
                {{ in_record('QuestionType') }} = 'TE'
                and {{ in_record('Selector') }} not in ('FORM', 'PW')
                then 'text'
        end as kind
    from {{ questions }}
),

points as (
    select
        _file_id,
        _record_number,
        qualtrics_id,
        record,
        {{ json_elements(
            "case when is_matrix then " ~ in_record('AnswerOrder') ~ " else "
            ~ in_record('ChoiceOrder') ~ " end"
        ) }} as element
    from questions_typed
    where kind = 'choice'
),

points_recoded as (
    select
        *,
        {{ qualtrics_id_of('element') }} as point_id,
        try_cast(coalesce(
            {{ json_text_of_column(in_record('RecodeValues'), qualtrics_id_of('element')) }},
            {{ qualtrics_id_of('element') }}
        ) as double) as value
    from points
),

-- Whole steps, all of them, or no scale.
bounds as (
    select
        _file_id,
        _record_number,
        case
            when count(distinct value) = max(value) - min(value) + 1 and count(*) = count(value)
                then min(value)
        end as lowest,
        max(value) as highest,
        max(
            case
                when {{ json_text(
                    json_text_of_column(in_record('Choices'), 'point_id'), 'TextEntry'
                ) }} = 'true'
                    then qualtrics_id || '_' || point_id || '_TEXT'
            end
        ) as other_key
    from points_recoded
    group by _file_id, _record_number
),

statements as (
    select
        *,
        {{ json_elements_in_order(in_record('ChoiceOrder')) }}
    from questions_typed
    where is_matrix and kind is not null
),

asked as (
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        record,
        survey_id,
        qualtrics_id,
        kind,
        is_nps,
        0 as part,
        tag as question_id,
        question_wording as wording,
        qualtrics_id as value_key
    from questions_typed
    where not is_matrix and kind is not null
    union all
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        record,
        survey_id,
        qualtrics_id,
        kind,
        is_nps,
        place as part,
        {{ first_of([
            json_text_of_column(
                in_record('ChoiceDataExportTags'), qualtrics_id_of('element')
            ),
            "tag || '_' || " ~ qualtrics_id_of('element')
        ]) }} as question_id,
        question_wording || ' ' || {{ qualtrics_wording(json_text(
            json_text_of_column(in_record('Choices'), qualtrics_id_of('element')), 'Display'
        )) }} as wording,
        qualtrics_id || '_' || {{ qualtrics_id_of('element') }} as value_key
    from statements
),

asked_bounded as (
    select
        asked.*,
        case when asked.is_nps then 0 else bounds.lowest end as lowest,
        case when asked.is_nps then 10 else bounds.highest end as highest,
        case when asked.kind = 'text' then asked.qualtrics_id || '_TEXT' else bounds.other_key end
            as text_key
    from asked
    left join bounds
        on
            asked._file_id = bounds._file_id
            and asked._record_number = bounds._record_number
),

scales_named as (
    {{ scales_named('asked_bounded', ['_file_id', '_record_number', 'part']) }}
)

select
    asked_bounded.*,
    coalesce(scales_named.scale_id, case when asked_bounded.is_nps then 'nps' end) as scale_id
from asked_bounded
left join scales_named
    on
        asked_bounded._file_id = scales_named._file_id
        and asked_bounded._record_number = scales_named._record_number
        and asked_bounded.part = scales_named.part
{%- endmacro %}

-- An id in a list, where it stands as a text or as a number.
{% macro qualtrics_id_of(element) -%}
    replace(cast({{ element }} as varchar), '"', '')
{%- endmacro %}

-- A wording without the marks of its layout.
{% macro qualtrics_wording(text) -%}
    trim(replace({{ replace_all(text, '<[^>]*>', ' ') }}, '&nbsp;', ' '))
{%- endmacro %}

-- One row per response and thing that was asked, with what was answered as score, text or choice;
-- all three are null where it was not.
{% macro qualtrics_answers() -%}
with

questions as (
    select * from {{ newest_rows(
        source('raw_qualtrics', 'questions'),
        'source_system, ' ~ in_record('survey_id') ~ ', ' ~ in_record('QuestionID')
    ) }}
),

asked as (
    {{ qualtrics_asked('questions') }}
),

-- Qualtrics' own, and what the tenant says.
questions_with_scale as (
    select
        source_system,
        survey_id,
        question_id
    from {{ ref('ref_questions') }}
    where scale_id is not null
    group by source_system, survey_id, question_id
),

answers as (
    select
        responses._load_id,
        responses._file_id,
        responses._record_number,
        responses.source_system,
        responses.record,
        asked.survey_id,
        asked.question_id,
        asked.kind,
        asked.kind = 'choice' and scaled.question_id is not null as is_score,
        row_number() over (
            partition by responses._file_id, responses._record_number
            order by asked.qualtrics_id, asked.part
        ) as place,
        {{ json_text_of_column(
            json_text('responses.record', 'values'), 'asked.value_key'
        ) }} as value,
        {{ json_text_of_column(
            json_text('responses.record', 'labels'), 'asked.value_key'
        ) }} as label,
        {{ json_text_of_column(
            json_text('responses.record', 'values'), 'asked.text_key'
        ) }} as text
    from {{ source('raw_qualtrics', 'responses') }} as responses
    inner join asked
        on
            responses.source_system = asked.source_system
            and {{ json_text('responses.record', 'survey_id') }} = asked.survey_id
    left join questions_with_scale as scaled
        on
            asked.source_system = scaled.source_system
            and asked.survey_id = scaled.survey_id
            and asked.question_id = scaled.question_id
)

select
    *,
    case when is_score then value end as score,
    case
        when kind = 'choices' and coalesce(label, value) like '[%'
            then {{ json_texts_joined(
                "case when coalesce(label, value) like '[%' then coalesce(label, value) end"
            ) }}
        when kind <> 'text' and not is_score then coalesce(label, value)
    end as selected
from answers
{%- endmacro %}

-- A response that its person has finished and that no machine is thought to have given.
{% macro qualtrics_counts() -%}
    {{ in_record('values.finished') }} in ('1', 'true') and not {{ qualtrics_is_spam() }}
{%- endmacro %}
{% macro qualtrics_is_spam() -%}
    coalesce({{ in_record('values.status') }} in ('8', '9', '12', '40'), false)
{%- endmacro %}

-- How a survey reached its person; a link that anybody may follow is answered on the web.
{% macro qualtrics_channel(distributed) -%}
    case
        when {{ distributed }} in ('anonymous', 'gl', 'qr-code', 'offline') then 'web'
        else {{ distributed }}
    end
{%- endmacro %}
