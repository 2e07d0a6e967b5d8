-- How much a sample says: effective numbers of answers and the number that a margin needs.

-- Kish's effective number of answers under weights: (sum of w)^2 / sum of w^2 (Kish 1965).
{% macro kish_n_effective(sum_w, sum_ww) -%}
    (1.0e0 * ({{ sum_w }}) * ({{ sum_w }}) / nullif({{ sum_ww }}, 0))
{%- endmacro %}

-- Sum over persons of the squared weighted deviation from the mean, from exact sums per person
-- A = sum of w*y and W = sum of w:  sum of (A - mean*W)^2  (metrics.md 2.0, person counting).
{% macro clustered_deviation(sum_aa, sum_aw, sum_ww, mean) -%}
    (({{ sum_aa }}) - 2 * ({{ mean }}) * ({{ sum_aw }}) + ({{ mean }}) * ({{ mean }}) * ({{ sum_ww }}))
{%- endmacro %}

-- Variance of a mean whose answers come in persons (metrics.md 2.0):
-- G / (G - 1) * deviation / (sum of w)^2. Null for one person.
{% macro clustered_variance(persons, deviation, sum_w) -%}
    (
        1.0e0 * ({{ persons }}) / nullif(({{ persons }}) - 1, 0)
        * ({{ deviation }}) / (1.0e0 * ({{ sum_w }}) * ({{ sum_w }}))
    )
{%- endmacro %}

-- The number of independent answers that would be as sure: v / Var, at most Kish's number; where
-- all answers agree, v = 0, the number of persons (metrics.md 2.0).
{% macro clustered_n_effective(v, variance, kish, persons) -%}
    case
        when {{ v }} = 0 then 1.0e0 * ({{ persons }})
        when {{ variance }} > 0 then least({{ v }} / ({{ variance }}), {{ kish }})
        when {{ variance }} <= 0 then {{ kish }}
    end
{%- endmacro %}

-- Rates whose observations come in clusters, those of one person, say: one row per group with n,
-- y, clusters, p = y / n and n_effective (null for one cluster). relation: one row per group and
-- cluster with n and y, whole numbers.
{% macro clustered_rates(relation, groups) -%}
    select
        {{ groups | join(', ') }},
        n,
        y,
        clusters,
        p,
        case
            when clusters >= 2
                then {{ clustered_n_effective(
                    'p * (1 - p)', clustered_variance('clusters', 'deviation', 'n'), 'n', 'clusters'
                ) }}
        end as n_effective
    from (
        select
            {{ groups | join(', ') }},
            cast(sum(n) as double) as n,
            cast(sum(y) as double) as y,
            count(*) as clusters,
            cast(sum(y) as double) / cast(sum(n) as double) as p,
            {{ clustered_deviation(
                'cast(sum(y * y) as double)', 'cast(sum(y * n) as double)',
                'cast(sum(n * n) as double)',
                'cast(sum(y) as double) / cast(sum(n) as double)',
            ) }} as deviation
        from {{ relation }}
        group by {{ groups | join(', ') }}
    ) as clustered
{%- endmacro %}

-- Answers needed for an interval of +-margin: z^2 * v / margin^2, rounded up. v and margin on
-- the same scale: for NPS in points give v * 10000, for a share p * (1 - p).
{% macro needed_n(v, margin) -%}
    ceil({{ z_95() }} * {{ z_95() }} * ({{ v }}) / (1.0e0 * ({{ margin }}) * ({{ margin }})))
{%- endmacro %}

-- The product of two whole numbers, exact to 38 digits; beyond them an error, never a rounding.
{% macro exact_product(a, b) -%}
    cast({{ a }} as decimal(19, 0)) * cast({{ b }} as decimal(19, 0))
{%- endmacro %}

-- What a standard error is multiplied by where a good part of all people answered (Cochran 1977,
-- 2.6): sqrt((N - n) / (N - 1)) above a twentieth of them, else 1. Null where n exceeds N.
{% macro finite_population_factor(n, population) -%}
    case
        when {{ n }} > {{ population }} then null
        when {{ n }} > 0.05e0 * {{ population }}
            then sqrt((({{ population }}) - ({{ n }})) / (({{ population }}) - 1.0e0))
        when {{ n }} <= 0.05e0 * {{ population }} then 1.0e0
    end
{%- endmacro %}
