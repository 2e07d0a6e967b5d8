-- Grain: one row per line of an order.

with

items as (
    select * from {{ ref('accepted_order_items') }}
),

orders as (
    select * from {{ ref('int_orders_promised') }}
),

final as (
    select
        {{ key_of("'orders:' || items.order_system || ':' || items.order_id") }}
            as order_key,
        items.order_id,
        items.line_number,
        items.source_system,
        orders.customer_key,
        orders.ordered_at,
        items.product_id,
        items.product_category,
        items.seller_id,
        items.quantity,
        cast(items.unit_price * orders.rate_to_own_currency as decimal(18, 4))
            as unit_price,
        cast(items.shipping_cost * orders.rate_to_own_currency as decimal(18, 4))
            as shipping_cost,
        items.delivered_quantity,
        items.returned_quantity,
        items.delivered_quantity >= coalesce(items.quantity, 1) as is_in_full,
        items.not_as_described,
        items.delivered_at
    from items
    inner join orders
        on
            items.order_system = orders.source_system
            and items.order_id = orders.order_id
    -- where two systems bring the lines of one order, its own has the word
    qualify rank() over (
        partition by items.order_system, items.order_id
        order by
            case when items.source_system = items.order_system then 0 else 1 end asc,
            items.source_system asc
    ) = 1
)

select * from final
