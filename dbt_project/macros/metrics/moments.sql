-- Where a touchpoint that many pass leaves many unsatisfied (metrics.md 2.34).

-- Contacts that would have been rated as not satisfying, had all been rated as the answers about
-- the touchpoint were. traffic: contacts; performance: share of satisfied answers, 0..1.
{% macro moment_priority(traffic, performance) -%}
    ({{ traffic }} * (1.0e0 - ({{ performance }})))
{%- endmacro %}

-- How satisfied people are at each touchpoint, as rpt_metrics publishes it, suppression included:
-- the scale with the most answers speaks. Columns touchpoint, scale_id, numerator, n, value,
-- ci_low, ci_high, is_suppressed, place (1: this one). `periods`: a condition on rpt_metrics.
{% macro touchpoint_satisfaction(periods) -%}
    select
        member as touchpoint,
        period_grain,
        scale_id,
        numerator,
        n,
        value,
        ci_low,
        ci_high,
        is_suppressed,
        row_number() over (
            partition by member, period_grain
            order by n desc nulls last, scale_id asc
        ) as place
    from {{ ref('rpt_metrics') }}
    where
        metric = 'csat'
        and scope = 'transactional'
        and weighting = 'none'
        and dimension = 'touchpoint'
        and {{ periods }}
{%- endmacro %}
