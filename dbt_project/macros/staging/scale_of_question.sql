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
