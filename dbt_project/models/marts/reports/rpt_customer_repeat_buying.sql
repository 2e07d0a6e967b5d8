-- Grain: one row per customer: what models of latent churn (BG/NBD, Gamma-Gamma) are
-- fitted to (metrics.md 2.10). Purchases are put together by day and time is measured
-- in weeks: two choices of their own.
{%- set week = '7.0e0' %}

with

purchase_days as (
    select * from {{ ref('int_purchase_days') }}
),

as_of as (
    select
        as_of,
        {{ local_date('as_of') }} as as_of_day
    from {{ ref('int_as_of') }}
),

purchases as (
    {{ purchases_of_person('purchase_days', 'customer_key', 'day', 'revenue') | indent }}
),

purchases_timed as (
    select
        purchases.*,
        as_of.as_of,
        {{ dbt.datediff('purchases.first_day', 'purchases.last_day', 'day') }} / {{ week }}
            as weeks_to_last,
        {{ dbt.datediff('purchases.first_day', 'as_of.as_of_day', 'day') }} / {{ week }}
            as weeks_to_now,
        cast(purchases.repeat_value_mean as double) as mean_value
    from purchases
    cross join as_of
),

final as (
    select
        customer_key,
        first_day as first_purchase_date,
        cast(repeat_days as bigint) as repeat_days,
        {{ significant('weeks_to_last') }} as recency_at_last,
        {{ significant('weeks_to_now') }} as age,
        {{ significant('mean_value') }} as mean_repeat_value,
        'week' as time_unit,
        as_of
    from purchases_timed
)

select * from final
