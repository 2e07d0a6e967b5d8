-- Typeform's ways (source typeform): a form holds fields, some of which hold fields themselves,
-- and an answer bears its value under the name of its own type.

-- One row per field that asks something in `forms`, a relation of definitions as they came, with
-- the scale that its ref names. What holds other fields asks nothing itself.
{% macro typeform_fields(forms) -%}
with

{% for level in (1, 2, 3) -%}
fields_{{ level }} as (
    select
        _load_id,
        _file_id,
        _record_number,
        source_system,
        record,
        {%- if level == 1 %}
        {{ in_record('id') }} as survey_id,
        cast(null as varchar) as held_by,
        0 as held_at,
        {{ json_elements_in_order(in_record('fields')) }}
    from {{ forms }}
        {%- else %}
        survey_id,
        {{ json_text('element', 'type') }} as held_by,
        (held_at + place) * 1000 as held_at,
        {{ json_elements_in_order(json_text_at('element', ['properties', 'fields'])) }}
    from fields_{{ level - 1 }}
        {%- endif %}
),

{% endfor -%}
fields_of_all_levels as (
    {% for level in (1, 2, 3) -%}
    select
        *,
        (held_at + place) * {{ 1000 ** (3 - level) }} as place_in_form
    from fields_{{ level }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
),

fields_bounded as (
    select
        *,
        {{ json_text('element', 'id') }} as field_id,
        {{ first_of([json_text('element', 'ref'), json_text('element', 'id')]) }}
            as question_id,
        {{ json_text('element', 'type') }} as field_type,
        {{ json_text('element', 'title') }} as wording,
        coalesce(held_by in ('contact_info', 'address'), false) as is_private,
        case {{ json_text('element', 'type') }}
            when 'yes_no' then 0
            when 'nps' then 0
            when 'rating' then 1
            when 'opinion_scale' then {{ typeform_first_step() }}
        end as lowest,
        case {{ json_text('element', 'type') }}
            when 'yes_no' then 1
            when 'nps' then 10
            when 'rating' then {{ typeform_steps() }}
            when 'opinion_scale' then {{ typeform_first_step() }} + {{ typeform_steps() }} - 1
        end as highest,
        row_number() over (
            partition by _file_id, _record_number
            order by coalesce(held_by in ('contact_info', 'address'), false), place_in_form
        ) as position
    from fields_of_all_levels
    where {{ json_text('element', 'type') }} not in (
        'group', 'inline_group', 'matrix', 'contact_info', 'address', 'statement'
    )
),

scales_named as (
    {{ scales_named('fields_bounded', ['_file_id', '_record_number', 'position']) }}
)

select
    fields_bounded.*,
    -- a field of the type nps names its scale by that
    coalesce(
        scales_named.scale_id,
        case when fields_bounded.field_type = 'nps' then 'nps' end
    ) as scale_id
from fields_bounded
left join scales_named
    on
        fields_bounded._file_id = scales_named._file_id
        and fields_bounded._record_number = scales_named._record_number
        and fields_bounded.position = scales_named.position
{%- endmacro %}

{% macro typeform_first_step() -%}
    case {{ json_text_at('element', ['properties', 'start_at_one']) }} when 'true' then 1 else 0 end
{%- endmacro %}

{% macro typeform_steps() -%}
    try_cast({{ json_text_at('element', ['properties', 'steps']) }} as integer)
{%- endmacro %}

-- One row per answer of a response, with what it says as score, text or choice. All three are null
-- where it says nothing of the kind: an address, a file, a name.
{% macro typeform_answers() -%}
with

forms as (
    select * from {{ newest_rows(
        source('raw_typeform', 'forms'), 'source_system, ' ~ in_record('id')
    ) }}
),

fields as (
    {{ typeform_fields('forms') }}
),

questions_with_scale as (
    {{ questions_with_scale() }}
),

answers_given as (
    select
        *,
        {{ json_elements_in_order(in_record('answers')) }}
    from {{ source('raw_typeform', 'responses') }}
),

answers_typed as (
    select
        *,
        {{ in_record('form_id') }} as survey_id,
        {{ json_text_at('element', ['field', 'id']) }} as field_id,
        {{ first_of([
            json_text_at('element', ['field', 'ref']),
            json_text_at('element', ['field', 'id'])
        ]) }} as question_id,
        {{ json_text_at('element', ['field', 'type']) }} as field_type,
        {{ json_text('element', 'type') }} as answer_type
    from answers_given
)

select
    given._load_id,
    given._file_id,
    given._record_number,
    given.source_system,
    given.record,
    given.survey_id,
    given.place,
    given.answer_type,
    given.question_id,
    {{ first_of([
        json_text('given.element', 'email'), json_text('given.element', 'phone_number')
    ]) }} as address,
    case
        when given.answer_type = 'number' and {{ typeform_is_score() }}
            then {{ json_text('given.element', 'number') }}
        when given.answer_type = 'boolean' and scaled.question_id is not null
            then case {{ json_text('given.element', 'boolean') }} when 'true' then '1' else '0' end
    end as score,
    case
        when coalesce(fields.is_private, false) or given.field_type = 'dropdown' then null
        when given.answer_type = 'text' then {{ json_text('given.element', 'text') }}
        when given.answer_type in ('choice', 'choices')
            then {{ first_of([
                json_text_at('given.element', ['choice', 'other']),
                json_text_at('given.element', ['choices', 'other'])
            ]) }}
    end as text,
    case
        when given.answer_type = 'choice'
            then {{ json_text_at('given.element', ['choice', 'label']) }}
        when given.answer_type = 'choices'
            then {{ json_texts_joined(
                json_text_at('given.element', ['choices', 'labels'])
            ) }}
        when given.answer_type = 'text' and given.field_type = 'dropdown'
            then {{ json_text('given.element', 'text') }}
        when given.answer_type = 'date' then {{ json_text('given.element', 'date') }}
        when given.answer_type = 'number' and not {{ typeform_is_score() }}
            then {{ json_text('given.element', 'number') }}
        when given.answer_type = 'boolean' and scaled.question_id is null
            then {{ json_text('given.element', 'boolean') }}
    end as selected
from answers_typed as given
left join fields
    on
        given.source_system = fields.source_system
        and given.survey_id = fields.survey_id
        and given.field_id = fields.field_id
left join questions_with_scale as scaled
    on
        given.source_system = scaled.source_system
        and given.survey_id = scaled.survey_id
        and given.question_id = scaled.question_id
{%- endmacro %}

-- A number is a score where a scale was shown. On a question that bears the name of a scale with
-- other bounds it would be taken for a score of that scale.
{% macro typeform_is_score() -%}
    (
        given.field_type in ('opinion_scale', 'rating', 'nps')
        and (
            scaled.question_id is not null
            or given.question_id not in ({{ default_scales() }})
        )
    )
{%- endmacro %}
