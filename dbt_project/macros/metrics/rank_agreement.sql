-- Kendall's tau-b of two rankings (Kendall 1945), an aggregate over all pairs of things ranked.
-- x, y: -1, 0 or 1, the order of a pair in either ranking; 0 is a tie. Null where a ranking has
-- nothing but ties.
{% macro kendall_tau_b(x, y) -%}
    (sum({{ x }} * {{ y }}) / nullif(sqrt(
        1.0e0 * count(*) filter (where {{ x }} <> 0) * count(*) filter (where {{ y }} <> 0)
    ), 0))
{%- endmacro %}
