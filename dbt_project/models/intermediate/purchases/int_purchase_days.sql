-- Grain: one row per customer and local day with a purchase: two orders of one day are
-- one purchase. Test people and employees are no customers.

with

orders as (
    select * from {{ ref('fct_orders') }}
    where is_purchase
),

customers as (
    select * from {{ ref('dim_customers') }}
    where not (is_test or is_employee)
),

-- A refund belongs to its order, so it lowers the day of the purchase.
days as (
    select
        orders.customer_key,
        {{ local_date('orders.ordered_at') }} as day,
        sum(orders.amount - coalesce(orders.refund_amount, 0)) as revenue,
        sum(
            orders.margin
            - coalesce(orders.refund_amount, 0)
            - coalesce(orders.shipping_cost, 0)
        ) as margin,
        count(*) as orders,
        count(orders.amount) as orders_with_amount,
        count(orders.margin) as orders_with_margin
    from orders
    inner join customers on orders.customer_key = customers.customer_key
    group by orders.customer_key, {{ local_date('orders.ordered_at') }}
),

final as (
    select
        *,
        row_number() over customer as place,
        min(day) over (partition by customer_key) as first_day,
        lead(day) over customer as next_day
    from days
    window customer as (partition by customer_key order by day asc)
)

select * from final
