-- Where a touchpoint that many pass leaves many unsatisfied (metrics.md 2.34).

-- Contacts that would have been rated as not satisfying, had all been rated as the answers about
-- the touchpoint were. traffic: contacts; performance: share of satisfied answers, 0..1.
{% macro moment_priority(traffic, performance) -%}
    ({{ traffic }} * (1.0e0 - ({{ performance }})))
{%- endmacro %}
