-- Looking at many members at once: the false discovery rate (metrics.md 2.0, "Many members").

-- Benjamini and Hochberg (1995) in two steps. First p * tests / rank of the p-value within its
-- family, then, over `p_stepped` of that name, the smallest of this and all larger p-values. p: a
-- column, null where nothing was tested, which counts for nothing; family and tie: lists of
-- columns, the tie making the order unique.
{% macro benjamini_hochberg_step(p, family, tie) -%}
    {{ p }} * count({{ p }}) over (partition by {{ family | join(', ') }})
    / row_number() over (
        partition by {{ family | join(', ') }}
        order by {{ p }} asc nulls last, {{ tie }} asc
    )
{%- endmacro %}

{% macro benjamini_hochberg(p_stepped, p, family, tie) -%}
    case when {{ p }} is not null then least(
        min({{ p_stepped }}) over (
            partition by {{ family | join(', ') }}
            order by {{ p }} asc nulls last, {{ tie }} asc
            rows between current row and unbounded following
        ), 1.0e0
    ) end
{%- endmacro %}
