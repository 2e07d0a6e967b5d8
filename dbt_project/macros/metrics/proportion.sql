-- A proportion and the difference of two: intervals that hold for small n and at 0 and 1.

-- Wilson's score interval (Wilson 1927; Newcombe 1998, method 3). p in [0, 1]; n > 0, which may
-- be an effective number of answers and so no whole number. At 0 and 1 the touching end is
-- exact: rounding must not print 1e-17 for nothing.
{% macro wilson_low(p, n) -%}
    case
        when {{ p }} = 0 then 0.0e0
        else ({{ p }} + {{ z_95() }} * {{ z_95() }} / (2 * ({{ n }})) - {{ wilson_half(p, n) }})
            / (1 + {{ z_95() }} * {{ z_95() }} / ({{ n }}))
    end
{%- endmacro %}

{% macro wilson_high(p, n) -%}
    case
        when {{ p }} = 1 then 1.0e0
        else ({{ p }} + {{ z_95() }} * {{ z_95() }} / (2 * ({{ n }})) + {{ wilson_half(p, n) }})
            / (1 + {{ z_95() }} * {{ z_95() }} / ({{ n }}))
    end
{%- endmacro %}

{% macro wilson_half(p, n) -%}
    {{ z_95() }} * sqrt(
        ({{ p }}) * (1 - ({{ p }})) / ({{ n }})
        + {{ z_95() }} * {{ z_95() }} / (4.0e0 * ({{ n }}) * ({{ n }}))
    )
{%- endmacro %}

-- Newcombe's hybrid score interval of p1 - p2 (Newcombe 1998, Statistics in Medicine 17:873,
-- method 10): the Wilson limits of both, put together by Pythagoras.
{% macro newcombe_low(p1, n1, p2, n2) -%}
    (({{ p1 }}) - ({{ p2 }}) - sqrt(
        power(({{ p1 }}) - ({{ wilson_low(p1, n1) }}), 2)
        + power(({{ wilson_high(p2, n2) }}) - ({{ p2 }}), 2)
    ))
{%- endmacro %}

{% macro newcombe_high(p1, n1, p2, n2) -%}
    (({{ p1 }}) - ({{ p2 }}) + sqrt(
        power(({{ wilson_high(p1, n1) }}) - ({{ p1 }}), 2)
        + power(({{ p2 }}) - ({{ wilson_low(p2, n2) }}), 2)
    ))
{%- endmacro %}
