-- Kendall's tau-b of two rankings (Kendall 1945), an aggregate over all pairs of things ranked.
-- x, y: -1, 0 or 1, the order of a pair in either ranking; 0 is a tie. Null where a ranking has
-- nothing but ties.
{% macro kendall_tau_b(x, y) -%}
    (sum({{ x }} * {{ y }}) / nullif(sqrt(
        1.0e0 * count(*) filter (where {{ x }} <> 0) * count(*) filter (where {{ y }} <> 0)
    ), 0))
{%- endmacro %}

-- Its 95 % interval by Fisher's transformation with the variance 0.437 / (n - 4) of Fieller,
-- Hartley and Pearson (1957, Biometrika 44:470). It is good from ten things on and for tau within
-- +-0.8 (Bonett and Wright 2000, Psychometrika 65:23); else nothing is said: null.
-- n: how many things are ranked.
{% macro kendall_low(tau, n) -%} {{ kendall_limit(tau, n, '-') }} {%- endmacro %}
{% macro kendall_high(tau, n) -%} {{ kendall_limit(tau, n, '+') }} {%- endmacro %}

{% macro kendall_limit(tau, n, sign) -%}
    case
        when {{ n }} >= 10 and abs({{ tau }}) <= 0.8e0
            then tanh(
                0.5e0 * ln((1 + {{ tau }}) / (1 - {{ tau }}))
                {{ sign }} {{ z_95() }} * sqrt(0.437e0 / ({{ n }} - 4))
            )
    end
{%- endmacro %}
