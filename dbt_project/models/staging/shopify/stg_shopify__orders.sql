-- Grain: one row per version of an order that is no test. Amounts are in the shop's
-- currency. When it was sent is when its first parcel was; when it arrived Shopify does
-- not say.
with

orders as (
    {{ shopify_orders() }}
),

deliveries as (
    {{ shopify_deliveries() }}
),

money_back as (
    {{ shopify_money_back() }}
),

returned_lines as (
    {{ shopify_returned_lines() }}
),

returned as (
    select
        _file_id,
        _record_number,
        min_by(returned_at, {{ utc_timestamp('returned_at') }}) as returned_at,
        min_by(note, {{ utc_timestamp('returned_at') }}) as return_reason
    from returned_lines
    group by _file_id, _record_number
),

orders_completed as (
    select
        orders.*,
        deliveries.shipped_at,
        coalesce(deliveries.has_arrived, false) as has_arrived,
        money_back.refund_amount,
        returned.returned_at,
        returned.return_reason
    from orders
    left join deliveries
        on
            orders._file_id = deliveries._file_id
            and orders._record_number = deliveries._record_number
    left join money_back
        on
            orders._file_id = money_back._file_id
            and orders._record_number = money_back._record_number
    left join returned
        on
            orders._file_id = returned._file_id
            and orders._record_number = returned._record_number
)

select {{ contract_row('orders', 'shopify', given_or_meta('orders', {
    'order_id': 'order_number',
    'source_system': 'source_system',
    'ordered_at': in_record('created_at'),
    'customer_id': in_record('customer.id'),
    'email': first_of([in_record('email'), in_record('contact_email')]),
    'phone': in_record('phone'),
    'status': shopify_status(),
    'amount': in_record('total_price'),
    'currency': in_record('currency'),
    'discount': in_record('total_discounts'),
    'refund_amount': 'refund_amount',
    'shipping_cost': in_record('total_shipping_price_set.shop_money.amount'),
    'payment_type': json_text_at('record', ['payment_gateway_names', 0]),
    'channel': "case " ~ in_record('source_name') ~ " when 'pos' then 'store' "
        ~ "when 'iphone' then 'app' when 'android' then 'app' else "
        ~ in_record('source_name') ~ " end",
    'store_id': in_record('location_id'),
    'shipped_at': 'shipped_at',
    'cancelled_at': in_record('cancelled_at'),
    'cancelled_by': "case when " ~ in_record('cancel_reason') ~ " = 'customer' then 'customer' "
        ~ "when " ~ in_record('cancelled_at') ~ " is not null then 'company' end",
    'returned_at': 'returned_at',
    'return_reason': 'return_reason',
    'updated_at': in_record('updated_at'),
})) }}
from orders_completed
