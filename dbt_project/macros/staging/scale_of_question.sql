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

-- The scale whose name a question begins with and whose steps it shows, of several the longest:
-- csat_7_speed is on csat_7. `asked` has question_id, lowest and highest, and `key` tells its rows
-- apart.
{% macro scales_named(asked, key) -%}
    select
        {%- for column in key %}
        asked.{{ column }},
        {%- endfor %}
        scales.scale_id
    from {{ asked }} as asked
    inner join {{ ref('ref_scales') }} as scales
        on
            asked.lowest = scales.min
            and asked.highest = scales.max
            and scales.step = 1
            and left(asked.question_id || '_', length(scales.scale_id) + 1)
            = scales.scale_id || '_'
    qualify row_number() over (
        partition by asked.{{ key | join(', asked.') }} order by length(scales.scale_id) desc
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
