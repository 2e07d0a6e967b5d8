-- Recency, frequency, monetary value (metrics.md 2.8).

-- A score 1..5 from the share of people whose value is not better: five bins of cume_dist(), so
-- that equal values always get equal scores (ntile would tear them apart). `order_by` sorts the
-- worst first.
{% macro rfm_score(order_by, partition_by=none) -%}
    cast(ceil(5 * cume_dist() over (
        {{- 'partition by ' ~ partition_by ~ ' ' if partition_by }}order by {{ order_by -}}
    )) as integer)
{%- endmacro %}

-- Purchase days of each person, put together: one row per person from one row per person and
-- purchase day (person, day, value). The values are net of refunds; days, not orders, are
-- counted, so that a purchase split into two orders is one. From these come RFM, the share of
-- repeat buyers (2.7) and the inputs of latent-churn models (2.10).
{% macro purchases_of_person(relation, person, day, value) -%}
    select
        {{ person }},
        count(*) as purchase_days,
        count(*) - 1 as repeat_days,
        min({{ day }}) as first_day,
        max({{ day }}) as last_day,
        sum({{ value }}) as value_total,
        -- the first purchase says nothing of how much a returning customer spends
        (sum({{ value }}) - min_by({{ value }}, {{ day }})) / nullif(count(*) - 1, 0)
            as repeat_value_mean
    from {{ relation }}
    group by {{ person }}
{%- endmacro %}
