-- A funnel is written out step by step, for SQL cannot loop; more steps than these are refused
-- (assert_funnels_are_usable).
{% macro most_funnel_steps() %} {{ return(8) }} {% endmacro %}
