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

-- The quantile with which the intervals of the differences of every two of several members hold
-- all at once in 95 % of samples: Phi^-1(1 - 0.05 / 2 / pairs) (Bonferroni; Dunn 1961). Null for
-- more than fifteen members.
{% macro z_of_all_pairs(members) -%}
    case
        when {{ members }} = 2 then 1.959963984540054e0
        when {{ members }} = 3 then 2.393979799818510e0
        when {{ members }} = 4 then 2.638257273476751e0
        when {{ members }} = 5 then 2.807033768343811e0
        when {{ members }} = 6 then 2.935199468866699e0
        when {{ members }} = 7 then 3.038074304924212e0
        when {{ members }} = 8 then 3.123734630323845e0
        when {{ members }} = 9 then 3.196950229131255e0
        when {{ members }} = 10 then 3.260767488420534e0
        when {{ members }} = 11 then 3.317247361552435e0
        when {{ members }} = 12 then 3.367847180032717e0
        when {{ members }} = 13 then 3.413634265948503e0
        when {{ members }} = 14 then 3.455412966339047e0
        when {{ members }} = 15 then 3.493804003943268e0
    end
{%- endmacro %}
