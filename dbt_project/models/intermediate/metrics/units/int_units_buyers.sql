-- Grain: one row per buyer and window: did the second purchase follow the first within
-- so many days? (metrics.md 2.7). Only buyers whose window is over count, so a running
-- period fills up as they mature.

{%- set dimensions = ['segment', 'country', 'language'] %}

with

first_purchases as (
    select * from {{ ref('int_purchase_days') }}
    where place = 1
),

customers as (
    select * from {{ ref('dim_customers') }}
),

as_of as (
    select {{ local_date('as_of') }} as as_of_day from {{ ref('int_as_of') }}
),

buyers as (
    select
        first_purchases.customer_key,
        first_purchases.day,
        {{ dbt.datediff('first_purchases.day', 'first_purchases.next_day', 'day') }}
            as days_to_second,
        {{ dbt.datediff('first_purchases.day', 'as_of.as_of_day', 'day') }} as age,
        customers.segment,
        customers.country,
        customers.language
    from first_purchases
    inner join customers on first_purchases.customer_key = customers.customer_key
    cross join as_of
),

final as (
    {% for days in repeat_windows() -%}
    select
        {{ metric_unit({
            'measure': "'repeat_purchase_rate_" ~ days ~ "d'",
            'person_key': 'customer_key',
            'day': 'day',
            'y_main': 'case when days_to_second <= ' ~ days ~ ' then 1 else 0 end',
        }, dimensions=dimensions) }}
    from buyers
    where age > {{ days }}
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
