-- What a score is by the thresholds of its scale: promoter, passive or detractor, else top,
-- middle or bottom box. Reads the columns of ref_scales beside the score.
{% macro category_of(score) -%}
    case
        when {{ score }} is null then null
        when promoter_from is not null and {{ score }} >= promoter_from then 'promoter'
        when promoter_from is not null and {{ score }} <= detractor_to then 'detractor'
        when promoter_from is not null then 'passive'
        when direction = 'lower_is_better' and {{ score }} <= top_box_from then 'top'
        when direction = 'lower_is_better' and {{ score }} >= bottom_box_to then 'bottom'
        when direction = 'lower_is_better' then 'middle'
        when {{ score }} >= top_box_from then 'top'
        when {{ score }} <= bottom_box_to then 'bottom'
        else 'middle'
    end
{%- endmacro %}

-- Whether a category is on one side of the scale; false for none.
{% macro is_good(category) -%} coalesce({{ category }} in ('promoter', 'top'), false) {%- endmacro %}
{% macro is_bad(category) -%} coalesce({{ category }} in ('detractor', 'bottom'), false) {%- endmacro %}
