-- Grain: one row per share of the returning customers: the days of inactivity within
-- which that share usually comes back (metrics.md 2.6). Who buys without a contract
-- never says goodbye; after longer than nine in ten usually take, the customer is taken
-- for lost, and the neighbouring shares show how much hangs on it.
-- A customer has one usual gap, the mean of its own, so that frequent buyers do not
-- speak for all. Null where nobody has come back yet.

with

purchase_days as (
    select * from {{ ref('int_purchase_days') }}
),

usual_gaps as (
    select
        customer_key,
        1.0e0 * {{ dbt.datediff('min(day)', 'max(day)', 'day') }} / (count(*) - 1)
            as days
    from purchase_days
    group by customer_key
    having count(*) > 1
),

final as (
    {% for share in [80, 90, 95] -%}
    select
        {{ share }} as share_pct,
        count(*) as customers,
        cast(ceil(
            percentile_cont({{ share / 100 }}) within group (order by days)
        ) as integer) as days
    from usual_gaps
    {{ 'union all' if not loop.last }}
    {% endfor %}
)

select * from final
