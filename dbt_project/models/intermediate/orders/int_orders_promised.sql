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

final as (
    select
        *,
        {{ end_of_promise('requested_at') }} as requested_until,
        {{ end_of_promise('promised_at') }} as promised_until,
        {{ end_of_promise('coalesce(last_promised_at, promised_at)') }}
            as last_promised_until
    from orders_with_rate
)

select * from final
