-- Grain: one row per order and promise that has come due, and one per purchase.
{%- set dimensions = ['channel', 'segment', 'persona', 'country', 'language'] %}

with

orders as (
    select * from {{ ref('fct_orders') }}
),

customers as (
    select * from {{ ref('dim_customers') }}
),

orders_of_people as (
    select
        orders.*,
        customers.segment,
        customers.persona,
        customers.country,
        customers.language
    from orders
    left join customers on orders.customer_key = customers.customer_key
    -- an order of nobody known is an order; test people and employees count nowhere
    where
        customers.customer_key is null
        or not (customers.is_test or customers.is_employee)
),

final as (
    {% for suffix, is_on_time, due_at in [
        ('', 'is_on_time_first_promise', 'promised_until'),
        ('_requested', 'is_on_time_requested', 'requested_until'),
        ('_last', 'is_on_time_last_promise', 'last_promised_until'),
    ] -%}
    select
        {{ metric_unit({
            'measure': "'on_time_delivery_rate" ~ suffix ~ "'",
            'person_key': 'coalesce(customer_key, -order_key)',
            'day': local_date(due_at),
            'y_main': 'case when ' ~ is_on_time ~ ' then 1 else 0 end',
        }, dimensions=dimensions) }}
    from orders_of_people
    -- null: not due yet, nothing promised, or cancelled by the customer
    where {{ is_on_time }} is not null
    union all
    {% endfor -%}
    -- whether the buyer comes back depends on the period: int_metric_unit_periods
    -- decides
    select
        {{ metric_unit({
            'measure': "'repeat_purchase_rate'",
            'person_key': 'customer_key',
            'day': local_date('ordered_at'),
        }, dimensions=dimensions) }}
    from orders_of_people
    where is_purchase and customer_key is not null
)

select * from final
