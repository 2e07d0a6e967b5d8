-- A proportion and the difference of two: intervals that hold for small n and at 0 and 1.

-- Wilson's score interval (Wilson 1927; Newcombe 1998, method 3). p in [0, 1]; n > 0, which may
-- be an effective number of answers and so no whole number; z: quantile, 95 % unless given. At 0
-- and 1 the touching end is exact: rounding must not print 1e-17 for nothing.
{% macro wilson_low(p, n, z=none) -%}
    case
        when {{ p }} = 0 then 0.0e0
        else {{ wilson_limit(p, n, '-', z or z_95()) }}
    end
{%- endmacro %}

{% macro wilson_high(p, n, z=none) -%}
    case
        when {{ p }} = 1 then 1.0e0
        else {{ wilson_limit(p, n, '+', z or z_95()) }}
    end
{%- endmacro %}

{% macro wilson_limit(p, n, sign, z) -%}
    (
        ({{ p }}) + {{ z }} * {{ z }} / (2.0e0 * ({{ n }}))
        {{ sign }} {{ z }} * sqrt(
            ({{ p }}) * (1 - ({{ p }})) / ({{ n }})
            + {{ z }} * {{ z }} / (4.0e0 * ({{ n }}) * ({{ n }}))
        )
    ) / (1 + {{ z }} * {{ z }} / ({{ n }}))
{%- endmacro %}

-- Newcombe's hybrid score interval of p1 - p2 (Newcombe 1998, Statistics in Medicine 17:873,
-- method 10): the Wilson limits of both, put together by Pythagoras. z as of wilson_low.
{% macro newcombe_low(p1, n1, p2, n2, z=none) -%}
    {{ difference_low(p1, wilson_low(p1, n1, z), p2, wilson_high(p2, n2, z)) }}
{%- endmacro %}

{% macro newcombe_high(p1, n1, p2, n2, z=none) -%}
    {{ difference_high(p1, wilson_high(p1, n1, z), p2, wilson_low(p2, n2, z)) }}
{%- endmacro %}

-- The interval of a difference or a product from the limits of its two independent parts
-- (MOVER: Zou, Huang and Zhang 2009, Statistics in Medicine 28:1379; the product by the sum of
-- logarithms). The product is of parts that are 0 or more; where it is 0 its upper limit is the
-- product of theirs.
{% macro difference_low(x1, low1, x2, high2) -%}
    (({{ x1 }}) - ({{ x2 }}) - sqrt(
        power(({{ x1 }}) - ({{ low1 }}), 2) + power(({{ high2 }}) - ({{ x2 }}), 2)
    ))
{%- endmacro %}

{% macro difference_high(x1, high1, x2, low2) -%}
    (({{ x1 }}) - ({{ x2 }}) + sqrt(
        power(({{ high1 }}) - ({{ x1 }}), 2) + power(({{ x2 }}) - ({{ low2 }}), 2)
    ))
{%- endmacro %}

{% macro product_low(x1, low1, x2, low2) -%}
    case
        when {{ low1 }} = 0 or {{ low2 }} = 0 then 0.0e0
        else {{ x1 }} * {{ x2 }} * exp(-sqrt(
            power(ln({{ x1 }} / {{ low1 }}), 2) + power(ln({{ x2 }} / {{ low2 }}), 2)
        ))
    end
{%- endmacro %}

{% macro product_high(x1, high1, x2, high2) -%}
    case
        when {{ x1 }} = 0 or {{ x2 }} = 0 then {{ high1 }} * {{ high2 }}
        else {{ x1 }} * {{ x2 }} * exp(sqrt(
            power(ln({{ high1 }} / {{ x1 }}), 2) + power(ln({{ high2 }} / {{ x2 }}), 2)
        ))
    end
{%- endmacro %}

-- A proportion for testing a difference: one success and one failure more on each side
-- (Agresti and Caffo 2000), so that a side without any variance is not taken for certain.
{% macro agresti_caffo_share(p, n) -%}
    ((({{ p }}) * ({{ n }}) + 1.0e0) / (({{ n }}) + 2.0e0))
{%- endmacro %}

{% macro agresti_caffo_variance(p, n) -%}
    (
        {{ agresti_caffo_share(p, n) }} * (1 - {{ agresti_caffo_share(p, n) }})
        / (({{ n }}) + 2.0e0)
    )
{%- endmacro %}
