-- Published doubles: 12 significant digits, so that the last bits of a sum, which differ from
-- engine to engine, are never published (metrics.md 2.0, "Determinism"); -0 becomes 0.
-- x: a column, for it stands several times. Below 1e-12 of a scaled number two powers of ten are
-- used, because 10^k is exact only to k = 22.
{% macro significant(x) -%}
    case
        when {{ x }} = 0 then 0.0e0
        when abs({{ x }}) >= 1.0e11
            then round({{ x }} / power(1.0e1, floor(log10(abs({{ x }}))) - 11))
                * power(1.0e1, floor(log10(abs({{ x }}))) - 11)
        else round({{ x }} * power(1.0e1, 11 - floor(log10(abs({{ x }})))))
            / power(1.0e1, 11 - floor(log10(abs({{ x }}))))
    end
{%- endmacro %}
