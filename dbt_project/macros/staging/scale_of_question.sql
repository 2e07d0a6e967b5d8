-- The scale of an answer: what survey_questions says, else the default scale that bears the
-- question's own name.
{% macro scale_of_question(scale_id, question_id) -%}
    coalesce(
        {{ scale_id }},
        case when {{ question_id }} in ('nps', 'csat', 'ces', 'enps') then {{ question_id }} end
    )
{%- endmacro %}
