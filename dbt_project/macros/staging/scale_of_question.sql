-- The scale of an answer: what survey_questions says, else the default scale that bears the
-- question's own name.
{% macro scale_of_question(scale_id, question_id) -%}
    coalesce(
        {{ scale_id }},
        case when {{ question_id }} in ({{ default_scales() }}) then {{ question_id }} end
    )
{%- endmacro %}

-- Questions that need no survey_questions: each bears the name of its scale.
{% macro default_scales() -%} 'nps', 'csat', 'ces', 'enps', 'fcr_survey', 'would_have_called'
{%- endmacro %}

-- The scale that a question's id names, of `questions` with their `lowest` and `highest` score:
-- one row per question whose id begins with the name of a scale that has those very bounds.
{% macro scales_named(questions) -%}
    select
        questions._file_id,
        questions._record_number,
        questions.position,
        scales.scale_id
    from {{ questions }} as questions
    inner join {{ ref('ref_scales') }} as scales
        on
            questions.lowest = scales.min
            and questions.highest = scales.max
            and scales.step = 1
            and left(questions.question_id || '_', length(scales.scale_id) + 1)
            = scales.scale_id || '_'
    -- the longest name: csat_7_speed is on csat_7
    qualify row_number() over (
        partition by questions._file_id, questions._record_number, questions.position
        order by length(scales.scale_id) desc
    ) = 1
{%- endmacro %}

-- Questions that have a scale: their system's own, and what the tenant says.
{% macro questions_with_scale() -%}
    select
        source_system,
        survey_id,
        question_id
    from {{ ref('ref_questions') }}
    where scale_id is not null
    group by source_system, survey_id, question_id
{%- endmacro %}
