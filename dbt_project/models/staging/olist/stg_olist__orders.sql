-- Grain: one row per row of the orders file.
-- "unavailable" is an order that the shop could not fulfil: cancelled by the company.
with

orders as (
    select * from {{ source('raw_olist', 'orders') }}
),

customers as (
    select
        customer_id,
        customer_unique_id
    from {{ newest_rows(source('raw_olist', 'customers'), 'customer_id') }}
),

payments as (
    select
        order_id,
        sum(try_cast(payment_value as decimal(18, 4))) as paid,
        max_by(
            payment_type,
            {{ ordered_pair(
                'try_cast(payment_value as decimal(18, 4))', 'payment_sequential'
            ) }}
        ) as payment_type
    from {{ newest_rows(
        source('raw_olist', 'order_payments'), 'order_id, payment_sequential'
    ) }}
    group by order_id
),

freight as (
    select
        order_id,
        sum(try_cast(freight_value as decimal(18, 4))) as shipping_cost
    from {{ newest_rows(
        source('raw_olist', 'order_items'), 'order_id, order_item_id'
    ) }}
    group by order_id
),

renamed as (
    select
        orders._load_id,
        orders._file_id,
        orders._record_number,
        orders.order_id,
        orders.order_purchase_timestamp as ordered_at,
        customers.customer_unique_id as customer_id,
        case orders.order_status
            when 'approved' then 'paid'
            when 'invoiced' then 'paid'
            when 'processing' then 'paid'
            when 'canceled' then 'cancelled'
            when 'unavailable' then 'cancelled'
            else orders.order_status
        end as status,
        cast(payments.paid as varchar) as amount,
        'BRL' as currency,
        cast(freight.shipping_cost as varchar) as shipping_cost,
        payments.payment_type,
        'marketplace' as channel,
        orders.order_estimated_delivery_date as promised_at,
        orders.order_delivered_carrier_date as shipped_at,
        orders.order_delivered_customer_date as delivered_at,
        case orders.order_status
            when 'canceled' then 'customer'
            when 'unavailable' then 'company'
        end as cancelled_by
    from orders
    left join customers on orders.customer_id = customers.customer_id
    left join payments on orders.order_id = payments.order_id
    left join freight on orders.order_id = freight.order_id
)

select {{ contract_row('orders', 'olist', given=[
    'order_id', 'ordered_at', 'customer_id', 'status', 'amount', 'currency',
    'shipping_cost', 'payment_type', 'channel', 'promised_at', 'shipped_at',
    'delivered_at', 'cancelled_by',
]) }}
from renamed
