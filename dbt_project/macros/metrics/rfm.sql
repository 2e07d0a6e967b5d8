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
        -- the first purchase says nothing of how much a returning customer spends; a mean of
        -- which a part is unknown is unknown
        case when count({{ value }}) filter (where {{ day }} > first_purchase_day) = count(*) - 1
            then sum({{ value }}) filter (where {{ day }} > first_purchase_day)
                / nullif(count(*) - 1, 0) end as repeat_value_mean
    from (
        select *, min({{ day }}) over (partition by {{ person }}) as first_purchase_day
        from {{ relation }}
    ) as purchases_since_first
    group by {{ person }}
{%- endmacro %}

-- Days within which the second purchase is looked for (metrics.md 2.7, windowed form).
{% macro repeat_windows() %} {{ return([30, 90, 365]) }} {% endmacro %}
