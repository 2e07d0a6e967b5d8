-- Grain: one row per customer: a person with at least one purchase.
-- Test people and employees are no customers and would shift everybody's score.

with

purchase_days as (
    select * from {{ ref('int_purchase_days') }}
),

as_of as (
    select * from {{ ref('int_as_of') }}
),

segments as (
    select * from {{ ref('ref_segments_rfm') }}
),

purchases as (
    {{ purchases_of_person('purchase_days', 'customer_key', 'day', 'revenue') | indent }}
),

customers_measured as (
    select
        purchases.customer_key,
        cast({{
            dbt.datediff('purchases.last_day', local_date('as_of.as_of'), 'day')
        }} as integer) as recency_days,
        cast(purchases.purchase_days as integer) as frequency_days,
        cast(purchases.value_total as decimal(18, 4)) as monetary,
        as_of.as_of
    from purchases
    cross join as_of
),

customers_scored as (
    select
        *,
        {{ rfm_score('recency_days desc') }} as r,
        {{ rfm_score('frequency_days asc') }} as f,
        -- of orders without an amount nothing is known, which is no low value
        case
            when monetary is not null
                then {{ rfm_score('monetary asc', partition_by='monetary is null') }}
        end as m
    from customers_measured
),

final as (
    select
        customers_scored.customer_key,
        customers_scored.recency_days,
        customers_scored.frequency_days,
        customers_scored.monetary,
        customers_scored.r,
        customers_scored.f,
        customers_scored.m,
        customers_scored.r * 100 + customers_scored.f * 10 + customers_scored.m as rfm,
        segments.rfm_segment,
        customers_scored.as_of
    from customers_scored
    left join segments
        on
            customers_scored.r between segments.r_from and segments.r_to
            and customers_scored.f between segments.f_from and segments.f_to
            and customers_scored.m between segments.m_from and segments.m_to
)

select * from final
