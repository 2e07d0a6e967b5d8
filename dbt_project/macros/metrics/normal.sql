-- The normal distribution. DuckDB has no erf, so its distribution function is a rational
-- approximation and its quantile a constant (metrics.md 2.0, "Intervals").

-- Phi^-1(0.975): every interval of the warehouse is a two-sided 95 % interval.
{% macro z_95() -%} 1.959963984540054e0 {%- endmacro %}

-- P(Z <= x) for a standard normal Z. x: a double expression, written once into the query, so
-- give a column. Hart's rational approximation as published by G. West, "Better approximations
-- to cumulative normal functions", Wilmott 2005; absolute error below 1e-15 (test_normal.py).
{% macro normal_cdf(x) -%}
    case
        when {{ x }} is null then null
        when {{ x }} > 0 then 1 - {{ normal_upper_tail('abs(' ~ x ~ ')') }}
        else {{ normal_upper_tail('abs(' ~ x ~ ')') }}
    end
{%- endmacro %}

-- P(Z > x) for x >= 0: small tails keep nine digits of their own.
{% macro normal_upper_tail(x) -%}
    (case
        when {{ x }} > 37 then 0.0e0
        when {{ x }} < 7.07106781186547e0
            then exp(-{{ x }} * {{ x }} / 2) * {{ horner(x, [
                '3.52624965998911e-2', '0.700383064443688e0', '6.37396220353165e0',
                '33.912866078383e0', '112.079291497871e0', '221.213596169931e0',
                '220.206867912376e0',
            ]) }} / {{ horner(x, [
                '8.83883476483184e-2', '1.75566716318264e0', '16.064177579207e0',
                '86.7807322029461e0', '296.564248779674e0', '637.333633378831e0',
                '793.826512519948e0', '440.413735824752e0',
            ]) }}
        else
            exp(-{{ x }} * {{ x }} / 2) / 2.506628274631e0
            / ({{ x }} + 1 / ({{ x }} + 2 / ({{ x }} + 3 / ({{ x }} + 4 / ({{ x }} + 0.65e0)))))
    end)
{%- endmacro %}

-- The polynomial with these coefficients, highest power first.
{% macro horner(x, coefficients) -%}
    {%- set ns = namespace(text=coefficients[0]) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set ns.text = '(' ~ ns.text ~ ' * ' ~ x ~ ' + ' ~ coefficient ~ ')' -%}
    {%- endfor -%}
    {{ ns.text }}
{%- endmacro %}

-- P(|Z| >= |z|): the p-value of a two-sided normal test. Null for a null z, which `least` alone
-- would make a 1.
{% macro two_sided_p(z) -%}
    case
        when {{ z }} is not null
            then least(2 * {{ normal_upper_tail('abs(' ~ z ~ ')') }}, 1.0e0)
    end
{%- endmacro %}

-- The z of a change, of columns. Null where there is no comparison: one person, or one order,
-- against another; or where what is left of the variance is below rounding, for then everybody
-- agreed, or moved alike, and the normal test says nothing. variance: of the change;
-- variance_apart: of both sides, had they nobody in common; fewest: the units of the smaller side.
{% macro z_of_change(change, variance, variance_apart, fewest) -%}
    case
        when {{ fewest }} >= 2 and {{ variance }} > 1.0e-12 * {{ variance_apart }}
            then {{ change }} / sqrt({{ variance }})
    end
{%- endmacro %}
