-- Grain: one row per order.

with

orders as (
    select * from {{ ref('int_orders_promised') }}
),

as_of as (
    select as_of from {{ ref('int_as_of') }}
),

final as (
    select
        {{ key_of("'orders:' || orders.source_system || ':' || orders.order_id") }}
            as order_key,
        orders.order_id,
        orders.source_system,
        orders.customer_key,
        orders.ordered_at,
        orders.status,
        orders.amount,
        orders.currency,
        orders.margin,
        orders.refund_amount,
        orders.shipping_cost,
        orders.payment_type,
        orders.channel,
        orders.store_id,
        orders.promised_at,
        orders.shipped_at,
        orders.delivered_at,
        orders.cancelled_at,
        orders.cancelled_by,
        orders.returned_at,
        orders.return_reason,
        orders.requested_until,
        orders.promised_until,
        orders.last_promised_until,
        {{ is_on_time(
            'orders.requested_from', 'orders.requested_until', 'as_of.as_of'
        ) }}
            as is_on_time_requested,
        {{ is_on_time('orders.promised_from', 'orders.promised_until', 'as_of.as_of') }}
            as is_on_time_first_promise,
        {{ is_on_time(
            'orders.promised_from', 'orders.last_promised_until', 'as_of.as_of'
        ) }}
            as is_on_time_last_promise,
        coalesce(
            orders.promised_until <= as_of.as_of
            and (orders.cancelled_by is null or orders.cancelled_by <> 'customer'),
            false
        ) as is_due,
        -- no greatest(): it would make an order that never arrived late by 0 seconds
        case
            when orders.delivered_at <= orders.promised_until then 0.0e0
            else {{ seconds_between('orders.promised_until', 'orders.delivered_at') }}
        end as late_seconds,
        coalesce(orders.is_delay_by_customer, false) as is_delay_by_customer,
        -- a purchase unless it was cancelled: what retention, repeat buying and RFM
        -- count
        coalesce(orders.status <> 'cancelled', true) and orders.cancelled_at is null
            as is_purchase
    from orders
    cross join as_of
)

select * from final
