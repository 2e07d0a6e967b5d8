-- Net promoter score (metrics.md 2.1): 100 * (p - d), on -100..100. p: share of promoters,
-- d: share of detractors, n: answers or effective answers.

{% macro nps(p, d) -%} (100 * (({{ p }}) - ({{ d }}))) {%- endmacro %}

-- Variance of one answer coded 1, 0, -1 (whuber, stats.stackexchange.com 18603).
{% macro nps_variance(p, d) -%}
    (({{ p }}) + ({{ d }}) - power(({{ p }}) - ({{ d }}), 2))
{%- endmacro %}

-- Adjusted Wald interval (Rocks 2016; MeasuringU 2021; R package NPS, test "adjusted.wald"):
-- three pseudo-answers, 3/4 promoter, 3/2 passive, 3/4 detractor, then the plain Wald interval,
-- clamped to +-100 because ten promoters of ten would reach 106. It surrounds the adjusted
-- centre; the score that is printed beside it is the plain one. Null without answers.
-- factor: of a finite population (finite_population_factor), on the standard error.
{% macro nps_adjusted_wald_low(p, d, n, factor='1') -%}
    case
        when {{ n }} is not null
            then greatest(
                {{ nps_adjusted_centre(p, d, n) }}
                - {{ factor }} * {{ nps_adjusted_margin(p, d, n) }}, -100.0e0
            )
    end
{%- endmacro %}

{% macro nps_adjusted_wald_high(p, d, n, factor='1') -%}
    case
        when {{ n }} is not null
            then least(
                {{ nps_adjusted_centre(p, d, n) }}
                + {{ factor }} * {{ nps_adjusted_margin(p, d, n) }}, 100.0e0
            )
    end
{%- endmacro %}

{% macro nps_adjusted_centre(p, d, n) -%}
    {{ nps(nps_adjusted_share(p, n), nps_adjusted_share(d, n)) }}
{%- endmacro %}

{% macro nps_adjusted_margin(p, d, n) -%}
    (100 * {{ z_95() }} * sqrt(
        {{ nps_variance(nps_adjusted_share(p, n), nps_adjusted_share(d, n)) }}
        / (({{ n }}) + 3.0e0)
    ))
{%- endmacro %}

{% macro nps_adjusted_share(share, n) -%}
    ((({{ share }}) * ({{ n }}) + 0.75e0) / (({{ n }}) + 3.0e0))
{%- endmacro %}
