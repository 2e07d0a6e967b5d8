-- Grain: one row per order, in the tenant's currency, its three promises as deadlines.

with

orders as (
    select * from {{ ref('accepted_orders') }}
),

exchange_rates as (
    select * from {{ ref('ref_exchange_rates') }}
),

orders_resolved as (
    select
        orders.*,
        {{ person_of(['customer_id', 'email', 'phone']) }} as customer_key
    from orders
    {{ person_joins('orders', ['customer_id', 'email', 'phone']) }}
),

orders_with_rate as (
    select
        orders_resolved.*,
        case
            when
                coalesce(orders_resolved.currency, own.currency, '')
                = coalesce(own.currency, '')
                then 1.0e0
            else exchange_rates.rate
        end as rate_to_own_currency,
        own.currency as own_currency
    from orders_resolved
    cross join {{ ref('int_own_currency') }} as own
    left join exchange_rates
        on
            orders_resolved.currency = exchange_rates.currency
            and substr(
                cast({{ local_date('orders_resolved.ordered_at') }} as varchar), 1, 7
            )
            = substr(exchange_rates.month, 1, 7)
),

-- Named one by one: an amount in the source's currency goes no further than here.
final as (
    select
        order_id,
        source,
        source_system,
        changed_in_load,
        customer_key,
        ordered_at,
        status,
        own_currency as currency,
        rate_to_own_currency,
        {%- for amount in ['amount', 'margin', 'refund_amount', 'shipping_cost'] %}
        cast({{ amount }} * rate_to_own_currency as decimal(18, 4)) as {{ amount }},
        {%- endfor %}
        payment_type,
        channel,
        store_id,
        requested_from,
        promised_from,
        promised_at,
        shipped_at,
        delivered_at,
        cancelled_at,
        cancelled_by,
        returned_at,
        return_reason,
        is_delay_by_customer,
        {{ end_of_promise('requested_at') }} as requested_until,
        {{ end_of_promise('promised_at') }} as promised_until,
        {{ end_of_promise('coalesce(last_promised_at, promised_at)') }}
            as last_promised_until
    from orders_with_rate
)

select * from final
