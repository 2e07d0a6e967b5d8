-- Grain: one row per measure, cohort and age: what a customer has brought in its first
-- months (metrics.md 2.9). A cohort are the people who first bought in one calendar
-- month; age counts each one's own months from the first purchase, and only people who
-- are that old count, so that the young do not pull down what the old have brought.
{#- Ten years: older ages are few people's. -#}
{%- set oldest_age = 120 %}
{%- set measures = ['revenue', 'margin'] %}

with

purchase_days as (
    select * from {{ ref('int_purchase_days') }}
),

as_of as (
    select {{ local_date('as_of') }} as as_of_day from {{ ref('int_as_of') }}
),

-- The months of a life that a day closes: the day a month after the first purchase
-- belongs to the second.
purchases_aged as (
    select
        purchase_days.*,
        {{ whole_months('purchase_days.first_day', 'purchase_days.day') }}
            as month_of_life
    from purchase_days
    cross join as_of
    where purchase_days.day <= as_of.as_of_day
),

purchases_by_month as (
    select
        customer_key,
        first_day,
        month_of_life
        {%- for measure in measures %},
        sum({{ measure }}) as {{ measure }},
        sum(orders_with_{{ 'amount' if measure == 'revenue' else measure }})
            as {{ measure }}_orders
        {%- endfor %},
        sum(orders) as orders
    from purchases_aged
    group by customer_key, first_day, month_of_life
),

customers_aged as (
    select
        purchases.customer_key,
        purchases.first_day,
        {{ whole_months('purchases.first_day', 'as_of.as_of_day') }} as age_now
    from purchase_days as purchases
    cross join as_of
    where purchases.place = 1 and purchases.day <= as_of.as_of_day
),

ages as (
    select numbers.number as age
    from {{ whole_numbers(oldest_age) }} as numbers (number)
    where numbers.number > 0
),

customers_by_age as (
    select
        customers_aged.customer_key,
        customers_aged.first_day,
        {{ period_start('month', 'customers_aged.first_day') }} as cohort_start,
        ages.age
    from customers_aged
    inner join ages on customers_aged.age_now >= ages.age
),

-- Of a month without a purchase nothing was brought; of one whose amounts are unknown,
-- an unknown sum.
values_by_age as (
    select
        customers.customer_key,
        customers.cohort_start,
        customers.age
        {%- for measure in measures %},
        sum(coalesce(purchases.{{ measure }}, 0)) over life as {{ measure }},
        sum(coalesce(purchases.{{ measure }}_orders, 0)) over life
            as {{ measure }}_orders
        {%- endfor %},
        sum(coalesce(purchases.orders, 0)) over life as orders
    from customers_by_age as customers
    left join purchases_by_month as purchases
        on
            customers.customer_key = purchases.customer_key
            and customers.age = purchases.month_of_life + 1
    window life as (
        partition by customers.customer_key
        order by customers.age asc
        rows between unbounded preceding and current row
    )
),

sums as (
    {% for measure in measures -%}
    {%- for cohort in ['month', 'all'] -%}
    {%- set is_month = cohort == 'month' -%}
    select
        '{{ measure }}' as measure,
        '{{ cohort }}' as cohort_grain,
        {{ 'cohort_start' if is_month else 'min(cohort_start)' }} as cohort_start,
        age,
        count(*) as people,
        sum(orders) as orders,
        sum({{ measure }}_orders) as orders_valued,
        sum({{ measure }}) as value,
        cast(sum({{ measure }} * {{ measure }}) as double) as squares
    from values_by_age
    group by {{ 'cohort_start, ' if is_month }}age
    {{ 'union all' if not (loop.last and measure == measures | last) }}
    {% endfor -%}
    {%- endfor %}
),

means as (
    select
        *,
        -- nothing is known of the value of these purchases: unknown, not nothing
        case when orders_valued > 0 then 1.0e0 * value / people end as mean
    from sums
),

deviations as (
    select
        *,
        (squares - people * mean * mean) / nullif(people - 1, 0) as variance
    from means
),

intervals as (
    select
        *,
        -- a difference of equal sums may fall below 0 by the last bit
        {{ t_95('people - 1') }}
        * sqrt(case when variance > 0 then variance else 0 end / people)
            as margin_of_error
    from deviations
),

bounds as (
    select
        *,
        case when people > 1 then mean - margin_of_error end as low,
        case when people > 1 then mean + margin_of_error end as high
    from intervals
),

final as (
    select
        measure,
        cohort_grain,
        cohort_start,
        cast(age as integer) as age_months,
        cast(people as bigint) as people,
        cast(orders as bigint) as orders,
        cast(orders_valued as bigint) as orders_valued,
        case when orders_valued > 0 then cast(value as decimal(18, 4)) end as numerator,
        cast(people as bigint) as denominator,
        cast(people as bigint) as n,
        {{ significant('mean') }} as value,
        {{ significant('low') }} as ci_low,
        {{ significant('high') }} as ci_high,
        people < 30 as is_wide
    from bounds
)

select * from final
