-- Grain: one row per version of an order. Goods came back when a refund names pieces,
-- or with the last refund of an order of which everything was refunded; an amount alone
-- that was given back is no return. Whoever ordered as a guest has customer 0 and is
-- known by the address.
with

orders as (
    {{ woocommerce_orders() }}
),

customers as (
    {{ woocommerce_customers() }}
),

refunds as (
    {{ woocommerce_refunds() }}
),

refunded as (
    select
        _file_id,
        _record_number,
        cast(sum(amount) filter (where is_first_of_refund) as varchar) as refund_amount,
        coalesce(
            min(refunded_at) filter (where quantity > 0),
            max(refunded_at) filter (where status_told = 'refunded')
        ) as returned_at,
        coalesce(
            min_by(reason, refunded_at) filter (where quantity > 0),
            max_by(reason, refunded_at) filter (where status_told = 'refunded')
        ) as return_reason
    from refunds
    group by _file_id, _record_number
),

orders_refunded as (
    select
        orders.*,
        customers.customer_id,
        refunded.refund_amount,
        refunded.returned_at,
        refunded.return_reason
    from orders
    left join customers
        on
            orders.source_system = customers.source_system
            and {{ json_text('orders.record', 'customer_id') }}
            = customers.account_number
    left join refunded
        on
            orders._file_id = refunded._file_id
            and orders._record_number = refunded._record_number
)

select {{ contract_row('orders', 'woocommerce', woocommerce_or_meta('orders', {
    'order_id': 'order_number',
    'source_system': 'source_system',
    'ordered_at': woocommerce_time('date_created_gmt'),
    'customer_id': "coalesce(customer_id, nullif(" ~ in_record('customer_id') ~ ", '0'))",
    'email': in_record('billing.email'),
    'phone': in_record('billing.phone'),
    'status': woocommerce_status(),
    'amount': in_record('total'),
    'currency': in_record('currency'),
    'discount': in_record('discount_total'),
    'refund_amount': 'refund_amount',
    'shipping_cost': in_record('shipping_total'),
    'payment_type': in_record('payment_method'),
    'channel': "case when " ~ in_record('created_via') ~ " in ('checkout', 'store-api') "
        ~ "then 'web' else " ~ in_record('created_via') ~ " end",
    'returned_at': 'returned_at',
    'return_reason': 'return_reason',
    'updated_at': 'modified_at',
    'is_deleted': "case when status_told = 'trash' then 'true' end",
})) }}
from orders_refunded
